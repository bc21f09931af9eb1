//! Concluding anew: after news, and as time passes.

use jiff::{SignedDuration, Timestamp};

use crate::app::effect::Effect;
use crate::app::state::{ServiceState, World};
use crate::domain::environment::{Environment, Place};
use crate::domain::source::{SourceId, SourceState};
use crate::engine::advisor;

/// Before the canary: what its trends and the shares of its endpoints are taken from.
const HISTORY_BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// The two sides of a comparison.
const SIDES: [Environment; 2] = [Environment::Canary, Environment::Production];

/// How often a service is assessed anew when nothing is heard: sources grow old, waits end.
const EVERY_SECONDS: i64 = 5;

/// Concludes anew for every service that rests on a source; asks for the history that a canary needs.
pub(super) fn resting_on(world: &mut World, source: &SourceId) -> Vec<Effect> {
    let now = world.now;
    let mut effects = Vec::new();
    for service in world.services.values_mut() {
        if service.evidence.sources.contains_key(source) || source_is_of(service, source) {
            conclude(service, now);
            effects.extend(history(service));
        }
    }
    effects
}

fn source_is_of(service: &ServiceState, source: &SourceId) -> bool {
    super::heard::cluster_of(source).is_some_and(|cluster| {
        service
            .evidence
            .environments
            .values()
            .any(|e| e.cluster == *cluster)
    })
}

/// Concludes anew as time passes: advice each second, for its clocks run; the assessment less often.
pub(super) fn by_time(world: &mut World, before: Timestamp) {
    let now = world.now;
    let assess_too =
        now.as_second().div_euclid(EVERY_SECONDS) != before.as_second().div_euclid(EVERY_SECONDS);
    for service in world.services.values_mut() {
        if assess_too {
            conclude(service, now);
        } else {
            service.advice = advisor::advise(&service.evidence, &service.assessment, now);
        }
    }
}

/// Assesses and advises one service.
pub(super) fn conclude(service: &mut ServiceState, now: Timestamp) {
    (service.assessment, service.advice) = advisor::conclude(&mut service.evidence, now);
}

/// Whether each side has shown what it runs, or can't: until then its version may turn out to be the other's, and a
/// history of days would be asked for that nobody needs.
fn sides_are_seen(service: &ServiceState) -> bool {
    let fails = |source: SourceId| {
        let state = service.evidence.sources.get(&source);
        matches!(state, Some(SourceState::Failing { .. }))
    };
    let of = |side| service.evidence.environments.get(side);
    SIDES.iter().filter_map(of).all(|side| {
        let cluster = || side.cluster.clone();
        side.workload.is_some()
            || side.releases.is_some()
            || (fails(SourceId::Kubernetes(cluster())) && fails(SourceId::Helm(cluster())))
    })
}

/// The history that the canary of a service needs, if it was not asked for yet.
fn history(service: &mut ServiceState) -> Vec<Effect> {
    let Some(began) = service.assessment.canary_began else {
        return Vec::new();
    };
    if !sides_are_seen(service) {
        return Vec::new();
    }
    let since = began.saturating_sub(HISTORY_BEFORE).unwrap_or(began);
    if service.history_since == Some(since) {
        return Vec::new();
    }
    service.history_since = Some(since);
    let name = &service.evidence.service;
    let mut effects: Vec<Effect> = SIDES
        .into_iter()
        .filter(|environment| service.evidence.environments.contains_key(environment))
        .map(|environment| Effect::MetricsSince {
            place: Place::new(name.clone(), environment),
            since,
        })
        .collect();
    effects.push(Effect::BeforeCanary {
        place: Place::new(name.clone(), Environment::Production),
        until: began,
    });
    effects
}
