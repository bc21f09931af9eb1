//! Which sources still speak. What rests on one that does not is no data, however well it looked when it was last seen.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::canary::later;
use super::judging::LATE_INTERVALS;
use crate::domain::environment::{Environment, Place};
use crate::domain::source::{SourceId, SourceState, Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};

/// The seconds after which a source that is watched, not polled, is old: three times the longest that a watch lives.
const WATCH_OLD_SECONDS: u32 = 90;

/// A source that does not speak now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silent {
    /// Which.
    pub source: SourceId,
    /// When it last answered; none if never.
    pub last: Option<Timestamp>,
    /// What is wrong; none while the first answer is awaited.
    pub trouble: Option<Trouble>,
    /// When it is asked again.
    pub next_try: Timestamp,
}

/// The seconds after which an answer of a source is old: three intervals.
pub(crate) fn old_after(source: &SourceId, interval_seconds: u32) -> u32 {
    match source {
        SourceId::Prometheus(_) => interval_seconds.saturating_mul(3),
        SourceId::Kubernetes(_) | SourceId::Helm(_) | SourceId::Flags(_) | SourceId::Flagd(_) => {
            WATCH_OLD_SECONDS.max(interval_seconds.saturating_mul(3))
        }
    }
}

/// Whether a source is silent now: it fails, has not answered yet, or its answer is old.
pub(crate) fn silent(
    source: &SourceId,
    state: &SourceState,
    interval_seconds: u32,
    now: Timestamp,
) -> Option<Silent> {
    match state {
        SourceState::Reading { .. } => Some(Silent {
            source: source.clone(),
            last: None,
            trouble: None,
            next_try: now,
        }),
        SourceState::Failing {
            trouble,
            last_good,
            next_try,
            ..
        } => Some(Silent {
            source: source.clone(),
            last: *last_good,
            trouble: Some(trouble.clone()),
            next_try: *next_try,
        }),
        SourceState::Live { at, .. } => {
            let most = old_after(source, interval_seconds);
            let old = now.duration_since(*at) > SignedDuration::from_secs(i64::from(most));
            old.then(|| Silent {
                source: source.clone(),
                last: Some(*at),
                trouble: Some(Trouble {
                    kind: TroubleKind::TimedOut,
                    message: Untrusted::from("no answer for too long"),
                }),
                next_try: later(now, i64::from(interval_seconds)),
            })
        }
    }
}

/// The sources that judgement of a service rests on, with their states. One of a cluster that nobody has heard of yet is
/// being read; of the others each that is configured has a state from the start.
pub(crate) fn needed(
    evidence: &ServiceEvidence,
    now: Timestamp,
) -> BTreeMap<SourceId, SourceState> {
    let mut out = BTreeMap::new();
    for (environment, e) in &evidence.environments {
        if *environment == Environment::Uat {
            continue;
        }
        let place = Place::new(evidence.service.clone(), *environment);
        let ids = [
            (
                SourceId::Kubernetes(e.cluster.clone()),
                e.workload.as_ref().map(|v| v.at),
            ),
            (
                SourceId::Helm(e.cluster.clone()),
                e.releases.as_ref().map(|v| v.at),
            ),
        ];
        for (id, seen) in ids {
            let state = evidence
                .sources
                .get(&id)
                .cloned()
                .or_else(|| seen.map(SourceState::live));
            out.insert(id, state.unwrap_or(SourceState::Reading { since: now }));
        }
        if has_metrics(evidence, *environment) {
            let id = SourceId::Prometheus(place);
            let state = metrics(evidence.sources.get(&id), e, now);
            out.insert(id, state);
        }
        add_flags(evidence, *environment, e, &mut out);
    }
    out
}

/// Whether an environment has metrics: their source is configured, or something was told.
pub(crate) fn has_metrics(evidence: &ServiceEvidence, environment: Environment) -> bool {
    let id = SourceId::Prometheus(Place::new(evidence.service.clone(), environment));
    let told = |e: &EnvironmentEvidence| e.red.is_some();
    evidence.sources.contains_key(&id) || evidence.environments.get(&environment).is_some_and(told)
}

/// How a metrics server is doing. One that answers without a new interval is no better than one that does not answer.
fn metrics(known: Option<&SourceState>, e: &EnvironmentEvidence, now: Timestamp) -> SourceState {
    let seen = e.red.as_ref();
    let state = known
        .cloned()
        .or_else(|| seen.map(|red| SourceState::live(red.at)))
        .unwrap_or(SourceState::Reading { since: now });
    match (&state, seen) {
        (SourceState::Live { .. }, Some(red)) => {
            let (grid, end) = (red.value.grid, red.value.end());
            if grid.index_at(now).since(end) <= LATE_INTERVALS {
                return state;
            }
            SourceState::Failing {
                trouble: Trouble {
                    kind: TroubleKind::Partial,
                    message: Untrusted::from("it answers, without new samples"),
                },
                since: grid.start(end),
                last_good: Some(grid.start(end)),
                next_try: later(now, i64::from(grid.seconds())),
            }
        }
        (
            SourceState::Live { .. } | SourceState::Reading { .. } | SourceState::Failing { .. },
            _,
        ) => state,
    }
}

/// Flags are optional: their sources count where they are configured, which shows by a state or a value.
fn add_flags(
    evidence: &ServiceEvidence,
    environment: Environment,
    e: &EnvironmentEvidence,
    out: &mut BTreeMap<SourceId, SourceState>,
) {
    let place = Place::new(evidence.service.clone(), environment);
    let ids = [
        (
            SourceId::Flags(place.clone()),
            e.flags.as_ref().map(|v| v.at),
        ),
        (SourceId::Flagd(place), e.evaluations.as_ref().map(|v| v.at)),
    ];
    for (id, seen) in ids {
        let state = evidence
            .sources
            .get(&id)
            .cloned()
            .or_else(|| seen.map(SourceState::live));
        if let Some(state) = state {
            out.insert(id, state);
        }
    }
}

/// The metrics source of an environment that is silent now, if it is.
pub(crate) fn silent_metrics(
    evidence: &ServiceEvidence,
    environment: Environment,
    interval_seconds: u32,
    now: Timestamp,
) -> Option<Silent> {
    let id = SourceId::Prometheus(Place::new(evidence.service.clone(), environment));
    let state = needed(evidence, now).remove(&id)?;
    silent(&id, &state, interval_seconds, now)
}

/// The cluster of an environment, if it is silent now.
pub(crate) fn silent_cluster(
    evidence: &ServiceEvidence,
    environment: Environment,
    interval_seconds: u32,
    now: Timestamp,
) -> Option<Silent> {
    let cluster = &evidence.environments.get(&environment)?.cluster;
    let id = SourceId::Kubernetes(cluster.clone());
    let state = needed(evidence, now).remove(&id)?;
    silent(&id, &state, interval_seconds, now)
}
