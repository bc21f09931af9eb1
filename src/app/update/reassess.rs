//! Concluding anew: after news, and as time passes.

use jiff::{SignedDuration, Timestamp};

use crate::app::effect::Effect;
use crate::app::state::{ServiceState, World};
use crate::domain::environment::{Environment, Place};
use crate::domain::source::{SourceId, SourceState};
use crate::engine::advisor;

/// Before the canary: what its trends and the shares of its endpoints are taken from.
const HISTORY_BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// The most that is kept for a canary that stays, unless it soaks for longer: it is judged by its last hours then.
const LONGEST_HISTORY: SignedDuration = SignedDuration::from_hours(12);

/// By how much more may be kept until the oldest is forgotten.
const HISTORY_STEP: SignedDuration = SignedDuration::from_hours(1);

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
            effects.extend(history(service, now));
        }
    }
    effects
}

fn source_is_of(service: &ServiceState, source: &SourceId) -> bool {
    source.cluster().is_some_and(|cluster| {
        service
            .evidence
            .environments
            .values()
            .any(|e| e.cluster == *cluster)
    })
}

/// Concludes anew as time passes: advice each second, for its clocks run; the assessment less often, of each service in
/// another second, so that no key waits for all of them.
pub(super) fn by_time(world: &mut World, before: Timestamp) {
    let now = world.now;
    for (nth, service) in (0_i64..).zip(world.services.values_mut()) {
        let turn = |at: Timestamp| (at.as_second() - nth).div_euclid(EVERY_SECONDS);
        if turn(now) == turn(before) {
            service.advice = advisor::advise(&service.evidence, &service.assessment, now);
        } else {
            conclude(service, now);
        }
    }
}

/// Assesses and advises one service.
pub(super) fn conclude(service: &mut ServiceState, now: Timestamp) {
    let ServiceState {
        evidence, memory, ..
    } = service;
    (service.assessment, service.advice) = advisor::conclude(evidence, memory, now);
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

/// The history that the canary of a service, or what soaks on production, needs, if it was not asked for yet. A canary that is gone needs none any more,
/// and one that stays for days no more than its last hours: a deck that runs for weeks keeps no more than one that began.
fn history(service: &mut ServiceState, now: Timestamp) -> Vec<Effect> {
    if !sides_are_seen(service) {
        return Vec::new();
    }
    let assessment = &service.assessment;
    let Some(began) = assessment.canary_began.or(assessment.released) else {
        return match service.history_since.take() {
            Some(_) => metrics_since(service, now),
            None => Vec::new(),
        };
    };
    let policy = &service.evidence.policy;
    // A soak of production is held against as long a time before it, and some intervals.
    let before_soak = SignedDuration::from_secs(i64::from(policy.production_soak_seconds) + 300);
    let before = began
        .saturating_sub(HISTORY_BEFORE.max(before_soak))
        .unwrap_or(began);
    let soak = i64::from(
        policy
            .canary_soak_seconds
            .max(policy.production_soak_seconds),
    );
    let longest = LONGEST_HISTORY.max(SignedDuration::from_secs(soak.saturating_mul(2)));
    let since = before.max(now.saturating_sub(longest).unwrap_or(before));
    // As the present moves on the beginning follows in steps, for each is asked of the server.
    let is_asked = service.history_since.is_some_and(|known| {
        let follows = known >= before && known <= since;
        known == since
            || since > before
                && follows
                && (service.assessment.was_worse() || since < later(known, HISTORY_STEP))
    });
    if is_asked {
        return Vec::new();
    }
    service.history_since = Some(since);
    let name = &service.evidence.service;
    let mut effects = metrics_since(service, since);
    effects.push(Effect::BeforeCanary {
        place: Place::new(name.clone(), Environment::Production),
        until: began,
    });
    effects
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Both sides' metrics from a time on.
fn metrics_since(service: &ServiceState, since: Timestamp) -> Vec<Effect> {
    let name = &service.evidence.service;
    SIDES
        .into_iter()
        .filter(|environment| service.evidence.environments.contains_key(environment))
        .map(|environment| Effect::MetricsSince {
            place: Place::new(name.clone(), environment),
            since,
        })
        .collect()
}
