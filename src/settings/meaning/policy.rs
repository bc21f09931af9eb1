//! The numbers of the process: those that are written, over those that hold without them.

use crate::engine::policy::{Bands, Policy};
use crate::settings::written;

use super::Reader;

impl Reader<'_> {
    pub(super) fn policy(&mut self, path: &[&str], written: &written::Policy, policy: &mut Policy) {
        let at = |key| [path, &[key]].concat();
        set(&mut policy.alpha, written.alpha);
        set(&mut policy.canary_soak_seconds, written.canary_soak_seconds);
        set(&mut policy.restarts_per_minute, written.restarts_per_minute);
        set(&mut policy.flag_share, written.flag_share);
        set(&mut policy.flag_minimum_errors, written.flag_minimum_errors);
        set(&mut policy.help_seconds, written.help_seconds);
        set(&mut policy.own_dependencies, written.own_dependencies);
        if !(policy.alpha > 0.0 && policy.alpha <= 0.1) {
            self.wrong(
                &at("alpha"),
                "a chance of a false breach is over 0 and at most 0.1",
                None,
            );
        }
        if !(policy.flag_share > 0.0 && policy.flag_share <= 1.0) {
            self.wrong(&at("flag_share"), "a share is over 0 and at most 1", None);
        }
        let bands = [
            ("errors", written.errors, &mut policy.errors),
            ("p95", written.p95, &mut policy.p95),
            ("cpu", written.cpu, &mut policy.cpu),
            ("memory", written.memory, &mut policy.memory),
        ];
        for (key, written, bands) in bands {
            let written = written.unwrap_or_default();
            set(&mut bands.target, written.target);
            set(&mut bands.trigger, written.trigger);
            set(&mut bands.critical, written.critical);
            let Bands {
                target,
                trigger,
                critical,
            } = *bands;
            if !(target > 0.0 && target <= trigger && trigger <= critical) {
                let what = format!(
                    "limits rise from target to critical, these are {target}, {trigger}, {critical}"
                );
                self.wrong(&at(key), what, None);
            }
        }
    }
}

fn set<T: Copy>(to: &mut T, from: Option<T>) {
    if let Some(value) = from {
        *to = value;
    }
}
