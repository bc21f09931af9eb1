//! What goes wrong in the story, besides its numbers.

use jiff::Timestamp;

use super::{FLAG, PAY, at, definition, evaluations, key, place};
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::gauge::Gauge;
use crate::domain::names::OpId;
use crate::domain::progress::Outcome;
use crate::domain::source::{SourceState, Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;
use crate::domain::workload::{PodTrouble, Rollout};
use crate::engine::evidence::{Attempt, EnvironmentEvidence, ServiceEvidence, Tried};

/// Canary's environment, to bend.
pub(crate) fn canary(evidence: &mut ServiceEvidence) -> &mut EnvironmentEvidence {
    evidence.environments.get_mut(&Environment::Canary).unwrap()
}

/// Production's environment, to bend.
pub(crate) fn production(evidence: &mut ServiceEvidence) -> &mut EnvironmentEvidence {
    evidence
        .environments
        .get_mut(&Environment::Production)
        .unwrap()
}

/// The pods of an environment do not start.
pub(crate) fn crash(environment: &mut EnvironmentEvidence, ready: u32) {
    let health = &mut environment.workload.as_mut().unwrap().value;
    health.ready = ready;
    health.worst = (ready..health.wanted)
        .map(|n| PodTrouble {
            pod: format!("checkout-{n}").into(),
            reason: "CrashLoopBackOff".into(),
            restarts: 5,
        })
        .collect();
}

/// An environment's metrics have a gauge, which is so much at each time.
pub(crate) fn feeds(
    environment: &mut EnvironmentEvidence,
    gauge: Gauge,
    value: impl Fn(Timestamp) -> f64,
) {
    let usage = &mut environment.usage.as_mut().unwrap().value;
    let (grid, first) = (usage.grid, usage.first);
    let length = usage.gauges.values().map(Vec::len).max().unwrap();
    let values = (0_i64..)
        .take(length)
        .map(|n| Some(value(grid.start(first.plus(n))) * (1.0 + 0.001 * real(n % 7))));
    usage.gauges.insert(gauge, values.collect());
}

fn real(small: i64) -> f64 {
    f64::from(i32::try_from(small).unwrap())
}

/// A source that refuses, last heard at a time.
pub(crate) fn refuses(last_good: Option<Timestamp>) -> SourceState {
    SourceState::Failing {
        trouble: Trouble {
            kind: TroubleKind::Unreachable,
            message: Untrusted::from("connection refused"),
        },
        since: last_good.unwrap_or(at("03:00:00")),
        last_good,
        next_try: at("03:59:59"),
    }
}

/// The flag was disabled on canary at a time, and how that ended.
pub(crate) fn disabled(clock: &str, outcome: Option<Outcome>) -> Attempt {
    Attempt {
        op: Some(OpId::parse(&format!("op-{clock}")).unwrap()),
        place: place(Environment::Canary),
        what: Tried::Flag {
            key: key(FLAG),
            to: FlagState::Disabled,
        },
        at: at(clock),
        outcome,
        recovered_at: None,
        helped_at: None,
    }
}

/// The flag is off on canary, as its source and its instances say.
pub(crate) fn flag_is_off(evidence: &mut ServiceEvidence) {
    let canary = canary(evidence);
    let flags = &mut canary.flags.as_mut().unwrap().value.flags;
    flags.insert(key(FLAG), definition(FlagState::Disabled, Some(&[PAY])));
    canary.evaluations.as_mut().unwrap().value = evaluations(false);
}

/// What canary runs was promoted: the release began at a time, and its rollout was complete at another.
pub(crate) fn promote(evidence: &mut ServiceEvidence, released: &str, complete: &str) {
    let ours = canary(evidence).clone();
    let theirs = production(evidence);
    let health = &mut theirs.workload.as_mut().unwrap().value;
    health.version = ours.workload.unwrap().value.version;
    health.rollout = Some(Rollout::Complete { at: at(complete) });
    theirs.releases = ours.releases;
    let revisions = &mut theirs.releases.as_mut().unwrap().value.revisions;
    let newest = revisions.last_mut().unwrap();
    newest.detail.as_mut().unwrap().last_deployed = Some(at(released));
}

/// The flag is on in an environment, since a time.
pub(crate) fn flag_is_on(evidence: &mut ServiceEvidence, of: Environment, since: &str) {
    let side = evidence.environments.get_mut(&of).unwrap();
    let mut on = definition(FlagState::Enabled, Some(&[PAY]));
    on.changed.as_mut().unwrap().at = at(since);
    let flags = &mut side.flags.as_mut().unwrap().value.flags;
    flags.insert(key(FLAG), on);
    side.evaluations.as_mut().unwrap().value = evaluations(true);
}
