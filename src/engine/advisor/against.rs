//! The reasons for and against each rung, as data. `against` never says nothing: it ends with what was looked at.

use super::case::{Case, FlagCase};
use super::effect::{self, Upshot};
use super::explain::{self, Explained};
use super::reason::{Looked, Reason};
use crate::domain::gauge::Gauge;
use crate::domain::verdict::{Metric, Verdict};
use crate::engine::advisor::advice::{Effect, RungKind};
use crate::engine::assess::{EndpointRow, Limit};

/// The lower bound over which an endpoint, or the rest of them, is worse than production's.
const WORSE: f64 = 1.0;

/// Where canary's errors are, by a flag's endpoints.
pub(crate) fn errors_on(flag: &FlagCase) -> Option<Reason> {
    flag.errors.as_ref().map(|e| Reason::ErrorsOnFlag {
        key: flag.key.clone(),
        on: e.on,
        of: e.of,
        endpoints: e.failing.clone(),
    })
}

/// Why disabling a flag is right.
pub(crate) fn for_flag(case: &Case, flag: &FlagCase) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = errors_on(flag).into_iter().collect();
    if let (Some(changed), Some(worse), true) = (
        &flag.changed,
        case.worse(),
        explain::changed_near(case, flag),
    ) {
        reasons.push(Reason::FlagChangedBefore {
            key: flag.key.clone(),
            at: changed.at,
            by: changed.by.clone(),
            onset: worse.since,
        });
    }
    let looked_at: Vec<Metric> = machines(case)
        .filter(|(metric, known)| *known && is_well(case, *metric))
        .map(|(m, _)| m)
        .collect();
    if !looked_at.is_empty() && machines_over(case).is_empty() {
        reasons.push(Reason::MachinesWell { looked_at });
    }
    reasons
}

/// What speaks against disabling a flag, and what was looked at.
pub(crate) fn against_flag(case: &Case, flag: &FlagCase) -> Vec<Reason> {
    let mut against = Vec::new();
    if let Some(e) = &flag.errors {
        let errors = e.of - e.on.min(e.of);
        match e.rest.filter(|rest| rest.low > WORSE) {
            Some(estimate) => against.push(Reason::RestAlsoWorse { errors, estimate }),
            None if errors == 0 || e.rest.is_some() => against.push(Reason::RestIsWell { errors }),
            // Nothing to compare them with.
            None => {}
        }
    } else if flag.endpoints.is_none() {
        against.push(Reason::EndpointsUnknown {
            key: flag.key.clone(),
        });
    }
    if let Explained::By { others, .. } = explain::explained(case) {
        against.extend(
            others
                .into_iter()
                .filter(|o| o.key != flag.key)
                .filter_map(another),
        );
    }
    against.extend(machines_over(case));
    against.extend(shared_worse(case));
    against.extend(review_first(case));
    against.extend(unknown_machines(case));
    against.extend(owned_by(flag.owner.as_ref()));
    if let Some((on, of)) = flag.evaluated.filter(|(on, of)| on < of) {
        against.push(Reason::Instances { on, of });
    }
    against.extend(stale(case));
    let pods = case.hurt.canary_pods.map(|_| Looked::Pods);
    let looked_at = [Looked::OtherEndpoints, Looked::Machines]
        .into_iter()
        .chain(pods)
        .chain([Looked::Owner]);
    against.push(Reason::LookedAt(looked_at.collect()));
    against
}

/// That a flag has a part of the errors, beside others.
pub(crate) fn another(flag: &FlagCase) -> Option<Reason> {
    flag.errors.as_ref().map(|e| Reason::AnotherFlagToo {
        key: flag.key.clone(),
        on: e.on,
        of: e.of,
    })
}

/// Why rolling back is right, beyond what the rule said.
pub(crate) fn for_rollback(case: &Case) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = tried_below(case, RungKind::Rollback).into_iter().collect();
    if let Some(revision) = case.release.stable {
        reasons.push(Reason::StableKnown {
            revision,
            version: case.release.stable_version.clone(),
            since: case.release.stable_since,
        });
    }
    reasons
}

/// What speaks against rolling back, and what was looked at.
pub(crate) fn against_rollback(case: &Case) -> Vec<Reason> {
    let mut against = Vec::new();
    if let Some(bad) = case.production_bad() {
        against.push(Reason::ProductionAsBad {
            estimate: bad.verdict.estimate,
        });
    }
    if let Some(schema) = case
        .schema
        .filter(|s| !(s.stable_min..=s.stable_max).contains(&s.version))
    {
        against.push(Reason::SchemaUnfit {
            schema: schema.version,
            takes: (schema.stable_min, schema.stable_max),
        });
    }
    let unfinished = case.release.status.filter(|status| status.is_pending());
    against.extend(unfinished.map(|status| Reason::Unfinished { status }));
    against.extend(owned_by(case.release.owner.as_ref()));
    against.extend(stale(case));
    against.push(Reason::LookedAt(vec![
        Looked::Release,
        Looked::Owner,
        Looked::Production,
    ]));
    against
}

/// Why people, beyond what the rule said.
pub(crate) fn for_people(case: &Case) -> Vec<Reason> {
    tried_below(case, RungKind::People).into_iter().collect()
}

/// What speaks against calling people: that the canary may still be the cause of what both sides suffer.
pub(crate) fn against_people(case: &Case) -> Vec<Reason> {
    let mut against = Vec::new();
    if case.production_bad().is_some() {
        against.push(Reason::SharedDependency);
    }
    against.extend(stale(case));
    against.push(Reason::LookedAt(vec![
        Looked::Production,
        Looked::Machines,
        Looked::Pods,
    ]));
    against
}

/// The highest rung below one that was tried and failed.
pub(crate) fn tried_below(case: &Case, rung: RungKind) -> Option<Reason> {
    let (_, attempt, upshot) = effect::highest_failed(case).filter(|(tried, ..)| *tried < rung)?;
    Some(Reason::TriedBelow {
        at: attempt.at,
        in_part: upshot == Upshot::Of(Effect::HelpedInPart),
    })
}

/// Errors on endpoints that are worse than production's.
pub(crate) fn spread(case: &Case) -> Option<Reason> {
    let worse = case.worse()?;
    let endpoints = case.endpoints.iter().filter(|row| is_worse(row)).count();
    (endpoints > 0).then(|| Reason::ErrorsSpread {
        endpoints: u32::try_from(endpoints).unwrap_or(u32::MAX),
        since: worse.since,
    })
}

fn is_worse(row: &EndpointRow) -> bool {
    row.estimate
        .or_else(|| explain::compare(row.canary, row.production))
        .is_some_and(|e| e.low > WORSE)
}

/// That canary is worse, in what and since when.
pub(crate) fn worse(case: &Case) -> Option<Reason> {
    case.worse().map(|w| Reason::WorseThanProduction {
        metric: w.metric,
        estimate: w.estimate,
        since: w.since,
    })
}

/// CPU, memory, restarts and what else of the machines and pools there is, and whether each is known.
fn machines(case: &Case) -> impl Iterator<Item = (Metric, bool)> {
    Gauge::NAMED.into_iter().filter_map(|gauge| {
        let metric = Metric::Gauge(gauge);
        let row = case.metric(metric);
        let known = row.is_some_and(|m| m.canary.is_some() && m.was.is_none());
        (row.is_some() || Gauge::MACHINES.contains(&gauge)).then_some((metric, known))
    })
}

/// Whether nothing speaks against a metric of canary: within its limits and not worse than production's.
fn is_well(case: &Case, metric: Metric) -> bool {
    case.metric(metric).is_some_and(|m| {
        m.canary_over < Limit::OverTrigger
            && !matches!(m.last(), Verdict::Breach { .. } | Verdict::Watch(_))
    })
}

fn unknown_machines(case: &Case) -> impl Iterator<Item = Reason> {
    machines(case)
        .filter(|(_, known)| !known)
        .map(|(metric, _)| Reason::NotKnown { metric })
}

fn owned_by(owner: Option<&crate::domain::untrusted::Untrusted>) -> Option<Reason> {
    owner.map(|owner| Reason::OwnedBy {
        owner: owner.clone(),
    })
}

/// Where only the business is worse, nothing says that the flag's feature is the cause: a person looks first.
fn review_first(case: &Case) -> Option<Reason> {
    explain::is_of_business(case).then_some(Reason::ReviewFirst)
}

/// What pods share or wait for and is worse on canary alone: pools, caches, queues, the network.
fn shared_worse(case: &Case) -> impl Iterator<Item = Reason> {
    const SHARED: [Gauge; 6] = [
        Gauge::PoolUsed,
        Gauge::PoolWait,
        Gauge::CacheHits,
        Gauge::QueueLag,
        Gauge::Throttled,
        Gauge::NetworkErrors,
    ];
    SHARED
        .into_iter()
        .filter_map(|gauge| case.metric(Metric::Gauge(gauge)))
        .filter_map(|m| {
            let over =
                m.canary_over >= Limit::OverTrigger && m.production_over < Limit::OverTrigger;
            if let Some(value) = m.canary.filter(|_| over) {
                let metric = m.verdict.metric;
                return Some(Reason::OverLimit { metric, value });
            }
            match m.last() {
                Verdict::Breach { since } => Some(Reason::WorseThanProduction {
                    metric: m.verdict.metric,
                    estimate: None,
                    since: *since,
                }),
                Verdict::Pass
                | Verdict::Unsure(_)
                | Verdict::Watch(_)
                | Verdict::Recovered { .. }
                | Verdict::NoData(_) => None,
            }
        })
}

/// Sources that no longer speak.
fn stale(case: &Case) -> impl Iterator<Item = Reason> {
    case.silent().map(|silent| Reason::Stale {
        source: silent.source,
        last: silent.last,
    })
}

/// The machine metrics of canary, and not of production, over the limit where action is due.
pub(crate) fn machines_over(case: &Case) -> Vec<Reason> {
    [Gauge::Cpu, Gauge::Memory]
        .into_iter()
        .filter_map(|g| case.metric(Metric::Gauge(g)))
        .filter(|m| m.canary_over >= Limit::OverTrigger && m.production_over < Limit::OverTrigger)
        .filter_map(|m| {
            m.canary.map(|value| Reason::OverLimit {
                metric: m.verdict.metric,
                value,
            })
        })
        .collect()
}
