//! Does a flag explain the errors? The process's 80 % rule, with a minimum count and a bound that small numbers can't fool.

use super::case::{Case, FlagCase, FlagErrors};
use crate::domain::flag::{FlagDefinition, FlagState};
use crate::domain::gauge::Gauge;
use crate::domain::metrics::{Endpoint, Tally};
use crate::domain::names::FlagKey;
use crate::domain::verdict::{Estimate, Metric};
use crate::engine::assess::EndpointRow;
use crate::engine::bound;
use crate::engine::policy::Policy;

/// The share that must be believable as a least: more than half.
const BELIEVABLE_SHARE: f64 = 0.5;

/// The certainty of that bound.
const SHARE_CERTAINTY: f64 = 0.99;

/// How long before the onset a change still counts as near it, in seconds.
const NEAR_SECONDS: i64 = 1800;

/// Which flag explains the errors.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Explained<'a> {
    /// None does.
    None,
    /// One does; others that would, too, are named.
    By {
        flag: &'a FlagCase,
        others: Vec<&'a FlagCase>,
    },
    /// Several do, and nothing tells them apart: neither wins.
    Several(Vec<&'a FlagCase>),
}

/// Which flag explains what is worse, among those that are on. A metric of the business has no endpoints: there only the
/// time of a change speaks.
pub(crate) fn explained(case: &Case) -> Explained<'_> {
    let of_business = is_of_business(case);
    let speaks = |f: &FlagCase| {
        if of_business {
            changed_near(case, f)
        } else {
            is_new(case, f) && explains(f, &case.policy)
        }
    };
    let all: Vec<&FlagCase> = case
        .flags
        .iter()
        .filter(|f| is_on(f) && speaks(f))
        .collect();
    let near: Vec<&FlagCase> = all
        .iter()
        .copied()
        .filter(|f| changed_near(case, f))
        .collect();
    match (all.as_slice(), near.as_slice()) {
        ([], _) => Explained::None,
        ([flag], _) | (_, [flag]) => Explained::By {
            flag,
            others: all.iter().copied().filter(|f| f.key != flag.key).collect(),
        },
        (several, _) => Explained::Several(several.to_vec()),
    }
}

/// The least part of the errors for which a flag is named among several.
const PART: f64 = 0.2;

/// The flags that are on, are new on canary and have a good part of the errors each; none where only one has.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
pub(crate) fn parts(case: &Case) -> Vec<&FlagCase> {
    let has_part = |flag: &FlagCase| {
        flag.errors.as_ref().is_some_and(|e| {
            e.of >= case.policy.flag_minimum_errors && e.on as f64 >= PART * e.of as f64
        })
    };
    let flags = case.flags.iter();
    let parts: Vec<&FlagCase> = flags
        .filter(|f| is_on(f) && is_new(case, f) && has_part(f))
        .collect();
    if parts.len() > 1 { parts } else { Vec::new() }
}

/// Whether what is worse is a metric of the business.
pub(crate) fn is_of_business(case: &Case) -> bool {
    case.worse()
        .is_some_and(|w| matches!(w.metric, Metric::Gauge(Gauge::Business(_))))
}

/// Whether a flag is on: enabled, and not evaluated as off by every instance that was asked.
pub(crate) fn is_on(flag: &FlagCase) -> bool {
    flag.state == FlagState::Enabled && flag.evaluated.is_none_or(|(on, _)| on > 0)
}

/// Whether a flag switches something that is new on canary: a feature that production serves as well, and that nobody has
/// touched before the onset, is not what differs.
fn is_new(case: &Case, flag: &FlagCase) -> bool {
    flag.on_production != Some(true) || changed_near(case, flag)
}

/// Whether a flag was changed shortly before the onset.
pub(crate) fn changed_near(case: &Case, flag: &FlagCase) -> bool {
    match (&flag.changed, case.worse()) {
        (Some(changed), Some(worse)) => {
            let before = worse.since.duration_since(changed.at).as_secs();
            // The onset is right to one interval, so a change within the one before it is still before it.
            (-i64::from(case.interval_seconds)..=NEAR_SECONDS).contains(&before)
        }
        (None, _) | (_, None) => false,
    }
}

/// Whether most errors are on a flag's endpoints, believably.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
pub(crate) fn explains(flag: &FlagCase, policy: &Policy) -> bool {
    flag.errors.as_ref().is_some_and(|e| {
        e.of >= policy.flag_minimum_errors
            && e.on as f64 > policy.flag_share * e.of as f64
            && bound::at_least(e.on, e.of, SHARE_CERTAINTY) > BELIEVABLE_SHARE
    })
}

/// The endpoints of a flag: what the configuration says, else the flag's own metadata, else not known.
pub(crate) fn endpoints_of(
    policy: &Policy,
    key: &FlagKey,
    definition: &FlagDefinition,
) -> Option<Vec<Endpoint>> {
    policy
        .flags
        .get(key)
        .cloned()
        .or_else(|| definition.endpoints.clone())
}

/// Parts canary's errors by a flag's endpoints.
pub(crate) fn parted(rows: &[EndpointRow], of_flag: &[Endpoint]) -> Option<FlagErrors> {
    let of = rows.iter().map(|r| r.canary.bad).sum();
    if of == 0 {
        return None;
    }
    let (on, rest): (Vec<_>, Vec<_>) = rows.iter().partition(|r| of_flag.contains(&r.endpoint));
    let sum = |f: fn(&EndpointRow) -> Tally| {
        rest.iter()
            .map(|r| f(r))
            .fold(Tally::default(), Tally::plus)
    };
    Some(FlagErrors {
        on: on.iter().map(|r| r.canary.bad).sum(),
        of,
        failing: on
            .iter()
            .filter(|r| r.canary.bad > 0)
            .map(|r| r.endpoint.clone())
            .collect(),
        rest: compare(sum(|r| r.canary), sum(|r| r.production)),
    })
}

/// How two counts compare at one look: the share of the bad ones that fell on canary, bounded, against the share that its
/// requests would give it.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
pub(crate) fn compare(canary: Tally, production: Tally) -> Option<Estimate> {
    let bad = canary.bad + production.bad;
    if canary.total == 0 || production.total == 0 || bad == 0 {
        return None;
    }
    let scale = production.total as f64 / canary.total as f64;
    let ratio = |share: f64| (share < 1.0).then(|| share / (1.0 - share) * scale);
    let high = bound::at_most(canary.bad, bad, 0.995);
    Some(Estimate {
        ratio: (production.bad > 0).then(|| canary.bad as f64 / production.bad as f64 * scale),
        low: ratio(bound::at_least(canary.bad, bad, 0.995)).unwrap_or(0.0),
        high: if production.bad > 0 {
            ratio(high)
        } else {
            None
        },
        certainty: 0.99,
    })
}
