//! The rungs of the ladder: what each would do, where it stands, whom it tells.

use jiff::Timestamp;

use super::closed::{is_absent, whole};
use super::security::sides;
use super::time::{clock, usual};
use crate::engine::advisor::advice::{Channel, Effect, Rung, RungKind, RungState, RungTarget};
use crate::engine::advisor::reason::Closed;

/// What the rung would do, as an order.
pub(crate) fn order(rung: &Rung) -> String {
    match (&rung.target, rung.kind) {
        (RungTarget::Flag { key, environment }, _) => {
            format!("Disable flag {key} on {environment}")
        }
        (
            RungTarget::Release {
                environment,
                to: Some(revision),
                version,
            },
            _,
        ) => {
            let version = version
                .as_ref()
                .map_or_else(|| "stable".to_owned(), |v| format!("{}, stable", v.shown()));
            format!("Roll {environment} back to rev {revision} ({version})")
        }
        (
            RungTarget::Release {
                environment,
                to: None,
                ..
            },
            _,
        ) => format!("Roll {environment} back"),
        (RungTarget::Traffic(affected), _) => format!("Block all traffic to {}", sides(*affected)),
        (RungTarget::Environment(environment), RungKind::Flag) => {
            format!("Disable the flag on {environment}")
        }
        (RungTarget::Environment(environment), RungKind::Rollback) => {
            format!("Roll {environment} back")
        }
        (RungTarget::Environment(environment), RungKind::Traffic) => {
            format!("Reroute {environment}'s traffic")
        }
        (RungTarget::Environment(environment), RungKind::Database) => {
            format!("Check {environment}'s database and migration")
        }
        (RungTarget::Environment(environment), RungKind::Restore) => {
            format!("Restore {environment} from backup")
        }
        (RungTarget::Environment(_), RungKind::People) | (RungTarget::OnCall, _) => {
            "Page on-call and hold the lane".to_owned()
        }
    }
}

/// The same in the middle of a sentence.
pub(crate) fn order_low(rung: &Rung) -> String {
    low(&order(rung))
}

/// A sentence in the middle of another.
pub(crate) fn low(order: &str) -> String {
    let mut letters = order.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// How long it takes, and whether it can be taken back.
pub(crate) fn cost(rung: &Rung) -> String {
    let undo = match rung.kind {
        RungKind::Flag => Some("can be undone".to_owned()),
        RungKind::Rollback
        | RungKind::Traffic
        | RungKind::Database
        | RungKind::Restore
        | RungKind::People => None,
    };
    usual(rung.seconds)
        .into_iter()
        .chain(undo)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Where the rung stands.
pub(crate) fn state(rung: &Rung, now: Timestamp) -> String {
    match &rung.state {
        RungState::Recommended => "DO THIS".to_owned(),
        RungState::Next => "next".to_owned(),
        RungState::Open => "open".to_owned(),
        RungState::Blocked(why) => because("blocked", why, now),
        RungState::NotNeeded(why) => because("not needed", why, now),
        RungState::Running { since } => format!("running since {}", clock(*since)),
        RungState::Done { at, effect: came } => {
            let came = match came {
                Effect::Waiting { .. } => "too early to tell",
                Effect::Recovered { .. } => "helped",
                Effect::HelpedInPart => "helped in part",
                Effect::DidNotHelp => "did not help",
                Effect::Refused => "refused, nothing was changed",
                Effect::NotMeasurable => "no traffic to measure it",
            };
            format!("{}, {came}", clock(*at))
        }
    }
}

/// What is not there needs no word before it.
fn because(word: &str, why: &Closed, now: Timestamp) -> String {
    let said = whole(why, now, " ");
    if is_absent(why) {
        said
    } else {
        format!("{word}: {said}")
    }
}

/// What came of a rung.
pub(crate) fn effect(effect: Effect) -> String {
    match effect {
        Effect::Waiting { until } => {
            format!("too early to tell; called unhelpful at {}", clock(until))
        }
        Effect::Recovered { at } => {
            format!("helped: no longer worse since {}", clock(at))
        }
        Effect::HelpedInPart => "helped in part: better, not well".to_owned(),
        Effect::DidNotHelp => "did not help within its time".to_owned(),
        Effect::Refused => "was refused: nothing was changed".to_owned(),
        Effect::NotMeasurable => "can't be measured: no traffic".to_owned(),
    }
}

/// Whom the process tells.
pub(crate) fn told(channels: &[Channel]) -> String {
    channels
        .iter()
        .map(|channel| match channel {
            Channel::Teams => "Teams",
            Channel::Slack => "Slack",
            Channel::PagerDuty => "on-call by PagerDuty",
            Channel::Executive => "executives",
            Channel::Security => "security",
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// The rung's name in commands and lists.
pub(crate) const fn name(kind: RungKind) -> &'static str {
    match kind {
        RungKind::Flag => "flag",
        RungKind::Rollback => "rollback",
        RungKind::Traffic => "traffic",
        RungKind::Database => "database",
        RungKind::Restore => "restore",
        RungKind::People => "people",
    }
}
