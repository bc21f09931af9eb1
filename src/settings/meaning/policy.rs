//! The numbers of the process: those that are written, over those that hold without them.

use crate::engine::policy::{Bands, Drop, Policy};
use crate::settings::{Fault, written};

use super::Reader;

impl Reader<'_> {
    pub(super) fn policy(&mut self, path: &[&str], written: &written::Policy, policy: &mut Policy) {
        let at = |key| [path, &[key]].concat();
        set(&mut policy.alpha, written.alpha);
        set(&mut policy.canary_soak_seconds, written.canary_soak_seconds);
        set(
            &mut policy.production_soak_seconds,
            written.production_soak_seconds,
        );
        set(&mut policy.restarts_per_minute, written.restarts_per_minute);
        set(&mut policy.flag_share, written.flag_share);
        set(&mut policy.flag_minimum_errors, written.flag_minimum_errors);
        set(&mut policy.help_seconds, written.help_seconds);
        set(&mut policy.own_dependencies, written.own_dependencies);
        // What is not written was checked where it comes from.
        if let Some(alpha) = written.alpha
            && !(alpha > 0.0 && alpha <= 0.1)
        {
            let what = format!("{alpha} is no chance of a false breach");
            self.wrong(&at("alpha"), Fault::Chance, what, None);
        }
        if let Some(share) = written.flag_share
            && !(share > 0.0 && share <= 1.0)
        {
            let what = format!("{share} is no share");
            self.wrong(&at("flag_share"), Fault::Share, what, None);
        }
        let bands = [
            ("errors", written.errors, &mut policy.errors),
            ("p95", written.p95, &mut policy.p95),
            ("cpu", written.cpu, &mut policy.cpu),
            ("memory", written.memory, &mut policy.memory),
            ("throttled", written.throttled, &mut policy.throttled),
            ("pool_used", written.pool_used, &mut policy.pool_used),
            ("pool_wait", written.pool_wait, &mut policy.pool_wait),
        ];
        for (key, written, bands) in bands {
            self.bands(&at(key), written, bands, f64::MIN_POSITIVE);
        }
        // None at all is what a network should lose.
        let network = written.network_errors;
        self.bands(
            &at("network_errors"),
            network,
            &mut policy.network_errors,
            0.0,
        );
        let Some(drop) = written.business_drop else {
            return;
        };
        set(&mut policy.business_drop.trigger, drop.trigger);
        set(&mut policy.business_drop.critical, drop.critical);
        let Drop { trigger, critical } = policy.business_drop;
        if !(trigger > 0.0 && trigger <= critical && critical <= 1.0) {
            let what = format!(
                "shares rise from trigger to critical, over 0 and at most 1, these are {trigger}, {critical}"
            );
            self.wrong(&at("business_drop"), Fault::DropLimits, what, None);
        }
    }

    fn bands(
        &mut self,
        path: &[&str],
        written: Option<written::Bands>,
        bands: &mut Bands,
        least: f64,
    ) {
        let Some(written) = written else {
            return;
        };
        set(&mut bands.target, written.target);
        set(&mut bands.trigger, written.trigger);
        set(&mut bands.critical, written.critical);
        let Bands {
            target,
            trigger,
            critical,
        } = *bands;
        if !(target >= least && target <= trigger && trigger <= critical) {
            let what = format!(
                "limits rise from target to critical, these are {target}, {trigger}, {critical}"
            );
            self.wrong(path, Fault::Limits, what, None);
        }
    }
}

fn set<T: Copy>(to: &mut T, from: Option<T>) {
    if let Some(value) = from {
        *to = value;
    }
}
