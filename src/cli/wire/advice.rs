//! What is advised, as `status` and `decide` print it: each reason by its kind, for a program, and as a sentence.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::words::{self, tag};
use crate::domain::environment::Environment;
use crate::domain::untrusted::Untrusted;
use crate::engine::advisor::advice::{self, Channel, RungKind, RungState, RungTarget};
use crate::engine::advisor::reason;
use crate::engine::assess::Compared;
use crate::view::words::closed;
use crate::view::words::{reason::reason as sentence, rung};

/// Why: the kind of reason, and the reason as a sentence.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Because {
    /// The kind, such as `errors_on_flag`.
    pub(in crate::cli) reason: String,
    /// The sentence.
    pub(in crate::cli) text: String,
}

impl Because {
    fn reason(why: &reason::Reason, compared: Compared) -> Self {
        Self {
            reason: tag(why),
            text: sentence(why, compared),
        }
    }

    fn closed(why: &reason::Closed, now: Timestamp) -> Self {
        Self {
            reason: tag(why),
            text: closed::whole(why, now, ": "),
        }
    }
}

/// A rung of the process's ladder.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Rung {
    /// Which.
    #[schemars(schema_with = "words::rung")]
    pub(in crate::cli) kind: RungKind,
    /// Its level in the process, 1 to 6.
    pub(in crate::cli) level: u8,
    /// Where it stands.
    pub(in crate::cli) state: Stands,
    /// What it would do, as an order.
    pub(in crate::cli) order: String,
    /// On what.
    pub(in crate::cli) target: Target,
    /// Whether it can be taken.
    pub(in crate::cli) open: bool,
    /// Why not; null when it can, or was.
    pub(in crate::cli) why_not: Option<Because>,
    /// What speaks for it.
    #[serde(rename = "for")]
    pub(in crate::cli) speaks_for: Vec<Because>,
    /// What speaks against it.
    pub(in crate::cli) against: Vec<Because>,
    /// How long it usually takes.
    pub(in crate::cli) seconds: Seconds,
    /// Whom the process tells.
    #[schemars(schema_with = "words::channels")]
    pub(in crate::cli) notify: Vec<Channel>,
}

/// Where a rung stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Stands {
    /// Take this one.
    Recommended,
    /// The next if that does not help.
    Next,
    /// Possible.
    Open,
    /// Not possible.
    Blocked,
    /// There is nothing for it to do.
    NotNeeded,
    /// Being carried out.
    Running,
    /// Carried out.
    Done,
}

/// What a rung acts on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Target {
    /// The environment; null for the on-call engineer, and where it is canary and production.
    #[schemars(schema_with = "words::environment_or_null")]
    pub(in crate::cli) environment: Option<Environment>,
    /// The flag, where it is one.
    pub(in crate::cli) flag: Option<String>,
    /// The Helm revision to go to, where one is known.
    pub(in crate::cli) revision: Option<u32>,
    /// Its application version.
    pub(in crate::cli) version: Option<String>,
}

/// Seconds from the least to the most.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(in crate::cli) struct Seconds {
    /// The least.
    pub(in crate::cli) least: u32,
    /// The most.
    pub(in crate::cli) most: u32,
}

/// Whether canary may be promoted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Promote {
    /// Whether nothing stands against it.
    pub(in crate::cli) open: bool,
    /// What it waits for.
    pub(in crate::cli) waits: Vec<Because>,
}

impl Promote {
    pub(in crate::cli) fn of(promotion: &advice::Promotion, now: Timestamp) -> Self {
        let waits = promotion.waits.iter();
        Self {
            open: promotion.open,
            waits: waits.map(|why| Because::closed(why, now)).collect(),
        }
    }
}

impl Rung {
    pub(in crate::cli) fn of(of: &advice::Rung, compared: Compared, now: Timestamp) -> Self {
        let (state, why_not) = match &of.state {
            RungState::Recommended => (Stands::Recommended, None),
            RungState::Next => (Stands::Next, None),
            RungState::Open => (Stands::Open, None),
            RungState::Blocked(why) => (Stands::Blocked, Some(why)),
            RungState::NotNeeded(why) => (Stands::NotNeeded, Some(why)),
            RungState::Running { .. } => (Stands::Running, None),
            RungState::Done { .. } => (Stands::Done, None),
        };
        let because = |why| Because::reason(why, compared);
        let (least, most) = of.seconds;
        Self {
            kind: of.kind,
            level: of.kind.level(),
            state,
            order: rung::order(of),
            target: Target::of(&of.target),
            open: matches!(state, Stands::Recommended | Stands::Next | Stands::Open),
            why_not: why_not.map(|why| Because::closed(why, now)),
            speaks_for: of.reasons.iter().map(because).collect(),
            against: of.against.iter().map(because).collect(),
            seconds: Seconds { least, most },
            notify: of.notify.clone(),
        }
    }
}

impl Target {
    fn of(target: &RungTarget) -> Self {
        let nothing = Self {
            environment: None,
            flag: None,
            revision: None,
            version: None,
        };
        match target {
            RungTarget::Flag { key, environment } => Self {
                environment: Some(*environment),
                flag: Some(key.as_str().to_owned()),
                ..nothing
            },
            RungTarget::Release {
                environment,
                to,
                version,
            } => Self {
                environment: Some(*environment),
                revision: to.map(|revision| revision.0.get()),
                version: version.as_ref().map(Untrusted::shown),
                ..nothing
            },
            RungTarget::Environment(environment) => Self {
                environment: Some(*environment),
                ..nothing
            },
            // One of two sides is no target.
            RungTarget::Traffic(affected) => match affected.environments() {
                [one] => Self {
                    environment: Some(*one),
                    ..nothing
                },
                _ => nothing,
            },
            RungTarget::OnCall => nothing,
        }
    }
}
