//! What the evidence tells of changes: each source in its own words, and nothing that no source recorded.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Asked, Entry, Id, Of, What};
use crate::domain::alert::Alerts;
use crate::domain::environment::Place;
use crate::domain::flag::{Changed, FlagSet, FlagSource};
use crate::domain::names::{ClusterName, FlagKey, ServiceName};
use crate::domain::plan::Plan;
use crate::domain::progress::{Happening, Progress};
use crate::domain::release::{ReleaseHistory, ReleaseRevision, ReleaseStatus};
use crate::domain::security::Incident;
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::Verdict;
use crate::domain::workload::Rollout;
use crate::engine::advisor::Onset;
use crate::engine::assess::canary::version;
use crate::engine::assess::{Assessment, Compared, Row};
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};

/// What is told of one place.
type Told = Vec<(Timestamp, Of, What)>;

/// All entries, in no order, however old.
pub(super) fn entries(asked: &Asked<'_>, onset: Option<Onset>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut tell = |place: &Place, told: Told| {
        entries.extend(told.into_iter().map(|(at, of, what)| Entry {
            id: Id {
                place: place.clone(),
                of,
            },
            at,
            what,
            shown: place.service == *asked.service,
        }));
    };
    for (evidence, assessment) in &asked.services {
        for (environment, seen) in &evidence.environments {
            let place = Place::new(evidence.service.clone(), *environment);
            tell(&place, of_environment(seen));
        }
        for incident in &evidence.incidents {
            if let Some(environment) = incident.affected.environments().last() {
                let place = Place::new(evidence.service.clone(), *environment);
                tell(&place, of_incident(incident));
            }
        }
        let judged = assessment.compared().judged();
        let judged = Place::new(evidence.service.clone(), judged);
        tell(&judged, of_judged(evidence, assessment, asked.now));
    }
    // What is worse than another is told by its verdict.
    if let Some(onset) = onset.filter(|onset| onset.than.is_none()) {
        let place = Place::new(asked.service.clone(), onset.on);
        let metric = onset.metric;
        tell(
            &place,
            vec![(
                onset.at,
                Of::Began(metric),
                What::Began { metric, than: None },
            )],
        );
    }
    for (plan, progress) in &asked.operations {
        tell(plan.intent.place(), of_operation(plan, progress));
    }
    entries.extend(flags(asked));
    entries
}

/// The changes of flags. What several services read from one object changed once: it is the shown service's, if it is
/// among them.
fn flags(asked: &Asked<'_>) -> Vec<Entry> {
    let mut objects: BTreeMap<(&ClusterName, &FlagSource), Vec<(Place, &FlagSet)>> =
        BTreeMap::new();
    for (evidence, _) in &asked.services {
        for (environment, seen) in &evidence.environments {
            let place = Place::new(evidence.service.clone(), *environment);
            if let Some(flags) = &seen.flags {
                let object = (&seen.cluster, &flags.value.source);
                objects
                    .entry(object)
                    .or_default()
                    .push((place, &flags.value));
            }
        }
    }
    let of_object = |readers: Vec<(Place, &FlagSet)>| {
        let is_shown = |(place, _): &&(Place, &FlagSet)| place.service == *asked.service;
        let reader = readers.iter().find(is_shown).or_else(|| readers.first());
        let told = reader.map(|(place, set)| {
            let of_place = |(at, of, what)| Entry {
                id: Id {
                    place: place.clone(),
                    of,
                },
                at,
                what,
                shown: place.service == *asked.service,
            };
            let services: BTreeSet<&ServiceName> =
                readers.iter().map(|(p, _)| &p.service).collect();
            let told = of_flags(set, services.len());
            told.into_iter().map(of_place).collect::<Vec<_>>()
        });
        told.unwrap_or_default()
    };
    objects.into_values().flat_map(of_object).collect()
}

fn of_environment(seen: &EnvironmentEvidence) -> Told {
    let mut told = Vec::new();
    if let Some(releases) = &seen.releases {
        told.extend(of_releases(&releases.value));
    }
    if let Some(workload) = &seen.workload {
        let pods = workload.value.wanted;
        told.extend(workload.value.rollout.as_ref().map(|rollout| {
            let (at, what) = match rollout {
                Rollout::Complete { at } => (*at, What::RolloutComplete { pods }),
                Rollout::Progressing { since } => (*since, What::RolloutRuns),
                Rollout::Stuck { since, reason } => {
                    let reason = reason.clone();
                    (*since, What::RolloutStuck { reason })
                }
            };
            (at, Of::Rollout, what)
        }));
        let count = workload.value.restarts_recent;
        if count > 0 {
            told.push((workload.at, Of::Restarts, What::Restarts { count }));
        }
    }
    let alerts = seen.alerts.iter();
    told.extend(alerts.flat_map(|alerts| of_alerts(&alerts.value)));
    told
}

/// Alerts of one rule are one entry, since the first of them: pods of one Deployment alert one after the other.
fn of_alerts(alerts: &Alerts) -> Told {
    let mut first: BTreeMap<&Untrusted, (Timestamp, What)> = BTreeMap::new();
    for alert in alerts.named() {
        let what = What::Alert {
            name: alert.name.clone(),
            state: alert.state,
            severity: alert.severity.clone(),
        };
        // Those that fire come first, and the oldest of them.
        first.entry(&alert.name).or_insert((alert.since, what));
    }
    let told = first.into_iter();
    told.map(|(name, (at, what))| (at, Of::Alert(name.clone()), what))
        .collect()
}

/// When a revision was deployed, or tried to be. Its record's last change is that too, unless the record was changed when
/// the next revision came.
pub(super) fn deployed(revision: &ReleaseRevision) -> Option<Timestamp> {
    let told = revision.detail.as_ref().and_then(|d| d.last_deployed);
    told.or(match revision.status {
        ReleaseStatus::Deployed
        | ReleaseStatus::Failed
        | ReleaseStatus::PendingInstall
        | ReleaseStatus::PendingUpgrade
        | ReleaseStatus::PendingRollback
        | ReleaseStatus::Uninstalling
        | ReleaseStatus::Uninstalled => revision.modified,
        ReleaseStatus::Superseded | ReleaseStatus::Unknown => None,
    })
}

fn of_releases(history: &ReleaseHistory) -> Told {
    let before = std::iter::once(None).chain(history.revisions.iter().map(Some));
    let released = history
        .revisions
        .iter()
        .zip(before)
        .filter_map(|(r, before)| {
            let detail = r.detail.as_ref();
            let what = What::Release {
                revision: r.revision,
                from: before.map(|b| b.revision),
                version: detail.map(|d| d.app_version.as_ref().unwrap_or(&d.chart_version).clone()),
                status: r.status,
                rollback_to: detail.and_then(|d| d.rollback_to),
            };
            Some((deployed(r)?, Of::Release(r.revision), what))
        });
    let stable = history.stable.mark().and_then(|mark| {
        let what = What::Stable {
            revision: mark.revision,
            version: mark.app_version.clone(),
            by: mark.marked_by.clone(),
        };
        Some((mark.marked_at?, Of::Stable(mark.revision), what))
    });
    released.chain(stable).collect()
}

/// Flags with one record between them are one entry: of a text with all flags only the whole has a time.
fn of_flags(set: &FlagSet, services: usize) -> Told {
    let mut records: BTreeMap<(Timestamp, &Untrusted), Vec<&FlagKey>> = BTreeMap::new();
    for (key, flag) in &set.flags {
        if let Some(Changed { at, by }) = &flag.changed {
            records.entry((*at, by)).or_default().push(key);
        }
    }
    let entry = |((at, by), keys): ((Timestamp, &Untrusted), Vec<&FlagKey>)| {
        let first = *keys.first()?;
        let now = set.flags.get(first).filter(|_| keys.len() == 1);
        let what = What::Flags {
            by: by.clone(),
            now: now.map(|flag| flag.state),
            keys: keys.into_iter().cloned().collect(),
            services,
        };
        Some((at, Of::Flag(first.clone()), what))
    };
    records.into_iter().filter_map(entry).collect()
}

fn of_judged(evidence: &ServiceEvidence, assessment: &Assessment, now: Timestamp) -> Told {
    let mut told = Vec::new();
    let judged = assessment.compared().judged();
    let canary = evidence.environments.get(&judged);
    let policy = &evidence.policy;
    let (began, soak) = match assessment.promoted {
        Some(promoted) => (Some(promoted.counts_from), policy.production_soak_seconds),
        None => (assessment.canary_began, policy.canary_soak_seconds),
    };
    if let Some(at) = began.filter(|at| *at <= now) {
        let soak = i64::from(soak);
        let what = What::Canary {
            version: canary.and_then(version).cloned(),
            soak: SignedDuration::from_secs(soak),
        };
        told.push((at, Of::Canary, what));
    }
    if let Some(at) = assessment.soak_ends.filter(|at| *at <= now) {
        told.push((at, Of::SoakEnd, What::SoakEnd));
    }
    for row in &assessment.rows {
        told.extend(of_verdict(row, assessment.compared()));
    }
    for attempt in &evidence.attempts {
        if let Some(at) = attempt.helped_at {
            told.push((at, Of::Helped(attempt.at), What::Helped));
        }
        if let Some(at) = attempt.recovered_at {
            told.push((at, Of::Recovered(attempt.at), What::Recovered));
        }
    }
    told
}

/// The verdict of a metric, or what it was while its source still answered.
fn of_verdict(row: &Row, compared: Compared) -> Told {
    let metric = row.verdict.metric;
    let began = |since: Timestamp| {
        (
            since,
            Of::Began(metric),
            What::Began {
                metric,
                than: Some(compared),
            },
        )
    };
    match row.was.as_ref().unwrap_or(&row.verdict.verdict) {
        Verdict::Breach { since } => {
            let certain = |at| (at, Of::Certain(metric), What::Certain { metric });
            let certain = row.certain_at.map(certain);
            std::iter::once(began(*since)).chain(certain).collect()
        }
        Verdict::Recovered { since, until } => {
            vec![
                began(*since),
                (*until, Of::Over(metric), What::Over { metric }),
            ]
        }
        Verdict::Pass | Verdict::Unsure(_) | Verdict::Watch(_) | Verdict::NoData(_) => Vec::new(),
    }
}

fn of_incident(incident: &Incident) -> Told {
    let Incident { raised, ended, .. } = incident;
    let began = (
        raised.at,
        Of::Raised(raised.at),
        What::Raised(raised.clone(), incident.affected),
    );
    let over = ended.as_ref().map(|said| {
        let of = Of::EndedIncident(raised.at);
        (said.at, of, What::EndedIncident(said.clone()))
    });
    std::iter::once(began).chain(over).collect()
}

/// An operation counts from what was recorded of it; one without a record was only planned. One that was read again
/// ended as it was seen last.
fn of_operation(plan: &Plan, progress: &[Progress]) -> Told {
    let confirmed = progress.iter().find_map(|report| match report.what {
        Happening::IntentRecorded => {
            let (by, intent) = (plan.by.clone(), plan.intent.clone());
            let what = What::Confirmed { by, intent };
            Some((report.at, Of::Confirmed(plan.op.clone()), what))
        }
        Happening::Ended(_)
        | Happening::Unanswered { .. }
        | Happening::Written { .. }
        | Happening::Evaluated { .. } => None,
    });
    let ended = progress.iter().rev().find_map(|report| match &report.what {
        Happening::Ended(outcome) => {
            let (intent, outcome) = (plan.intent.clone(), outcome.clone());
            let what = What::Ended { intent, outcome };
            Some((report.at, Of::Ended(plan.op.clone()), what))
        }
        Happening::IntentRecorded
        | Happening::Unanswered { .. }
        | Happening::Written { .. }
        | Happening::Evaluated { .. } => None,
    });
    confirmed.into_iter().chain(ended).collect()
}
