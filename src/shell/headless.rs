//! A run without a screen, until a condition: the same sources, the same fold, the same runner.

use std::time::Duration;

use crate::app::state::{ServiceState, State};
use crate::domain::environment::{Environment, Place};
use crate::domain::source::{SourceId, SourceState, TroubleKind};
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};
use crate::engine::planner;

use super::flight::Flight;
use super::runner::ForScreen;

/// How a run without a screen ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// The condition gave this.
    With(T),
    /// Time ran out.
    TimedOut,
    /// Something in the core asked to leave.
    Left,
}

/// Flies until the condition gives something, at most that long in real time. The condition is asked at the start and
/// after each event.
pub async fn until<T>(
    flight: &mut Flight,
    most: Duration,
    mut condition: impl FnMut(&State) -> Option<T>,
) -> anyhow::Result<Ended<T>> {
    let deadline = tokio::time::sleep(most);
    tokio::pin!(deadline);
    loop {
        if let Some(found) = condition(flight.state()?) {
            return Ok(Ended::With(found));
        }
        let heard = tokio::select! {
            biased;
            () = &mut deadline => return Ok(Ended::TimedOut),
            heard = flight.next() => heard,
        };
        if flight.take(heard).contains(&ForScreen::Quit) {
            return Ok(Ended::Left);
        }
    }
}

/// Whether all that a service rests on has answered or failed, the history of its canary included: what is concluded
/// from then on is not for want of patience.
pub fn is_read(service: &ServiceState) -> bool {
    let ServiceEvidence {
        environments,
        sources,
        ..
    } = &service.evidence;
    sources.iter().all(|(id, state)| match state {
        SourceState::Reading { .. } => false,
        SourceState::Failing { trouble, .. } => is_an_answer(trouble.kind),
        SourceState::Live { lacks, .. } => environments.iter().all(|(environment, known)| {
            // Alerts are asked for beside all else: they come, or it is said that they are lacking.
            let here = Place::new(service.evidence.service.clone(), *environment);
            let waits = *id == SourceId::Prometheus(here) && known.alerts.is_none();
            has_told(service, id, *environment, known) && !(waits && lacks.is_empty())
        }),
    })
}

/// Whether trouble is an answer, or only none yet: a source that was slow once is asked again, and may be in time then.
const fn is_an_answer(trouble: TroubleKind) -> bool {
    match trouble {
        TroubleKind::TimedOut | TroubleKind::Throttled => false,
        TroubleKind::Unauthorized
        | TroubleKind::Forbidden
        | TroubleKind::Unreachable
        | TroubleKind::NotFound
        | TroubleKind::ServerError
        | TroubleKind::Malformed
        | TroubleKind::Partial => true,
    }
}

/// Whether a source that answers has told of an environment, if it is one of its sources.
fn has_told(
    service: &ServiceState,
    source: &SourceId,
    environment: Environment,
    known: &EnvironmentEvidence,
) -> bool {
    let here = |place: &Place| place.environment == environment;
    match source {
        SourceId::Kubernetes(cluster) => known.cluster != *cluster || known.workload.is_some(),
        SourceId::Helm(cluster) => known.cluster != *cluster || known.releases.is_some(),
        SourceId::Flags(place) => !here(place) || known.flags.is_some(),
        SourceId::Flagd(place) => !here(place) || known.evaluations.is_some(),
        SourceId::Prometheus(place) => !here(place) || has_history(service, environment, known),
    }
}

fn has_history(
    service: &ServiceState,
    environment: Environment,
    known: &EnvironmentEvidence,
) -> bool {
    let Some(red) = &known.red else {
        return false;
    };
    let Some(since) = service.history_since else {
        return true;
    };
    let reaches = red.value.first <= red.value.grid.first_from(since);
    match environment {
        Environment::Uat => true,
        Environment::Canary => reaches,
        Environment::Production => reaches && known.before.is_some(),
    }
}

/// Whether a plan for an environment's flags can be made as well as it ever will: the flags, who evaluates them, which
/// cluster it is and what I may do there are known, or can't be.
pub fn is_ready_for_flags(state: &State, place: &Place) -> bool {
    let fails = |source: &SourceId| match state.world.sources.get(source) {
        Some(SourceState::Failing { trouble, .. }) => is_an_answer(trouble.kind),
        Some(SourceState::Reading { .. } | SourceState::Live { .. }) | None => false,
    };
    let service = state.world.services.get(&place.service);
    let Some(known) = service.and_then(|s| s.evidence.environments.get(&place.environment)) else {
        // There is nothing that could still come.
        return true;
    };
    let definitions = SourceId::Flags(place.clone());
    if fails(&definitions) {
        return true;
    }
    let is_live = matches!(
        state.world.sources.get(&definitions),
        Some(SourceState::Live { .. })
    );
    let Some(flags) = known.flags.as_ref().filter(|_| is_live) else {
        return false;
    };
    let evaluators = SourceId::Flagd(place.clone());
    let evaluated = known.evaluations.is_some()
        || fails(&evaluators)
        || !state.world.sources.contains_key(&evaluators);
    let introduced = state.world.clusters.contains_key(&known.cluster)
        || fails(&SourceId::Kubernetes(known.cluster.clone()));
    let source = &flags.value.source;
    let needed = planner::permissions(place, &known.cluster, &known.namespace, source);
    let answered = needed.iter().all(|p| state.world.access.contains_key(p));
    evaluated && introduced && answered
}
