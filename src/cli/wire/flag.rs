//! What `flag` prints: the flags of a service, or a change of one from its plan to its outcome.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::decide::Outcome;
use super::words::{self, tag};
use crate::domain::access::{Access, Permission};
use crate::domain::environment::Environment;
use crate::domain::flag::{Evaluation, FlagDefinition, FlagSet, FlagState};
use crate::domain::names::FlagKey;
use crate::domain::plan::{Intent, Plan};
use crate::domain::progress::{self, Progress};
use crate::domain::untrusted::Untrusted;
use crate::engine::evidence::EnvironmentEvidence;
use crate::engine::planner::Refusal;
use crate::view::words::operation::{happening, wanted};
use crate::view::words::refusal::refusal;

/// The flags of a service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Flags {
    /// `flightdeck.dev/flags/v1`.
    pub(in crate::cli) schema: &'static str,
    /// The service.
    pub(in crate::cli) service: String,
    /// Its environments that have flags.
    pub(in crate::cli) environments: Vec<OfEnvironment>,
}

/// The flags of an environment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct OfEnvironment {
    /// Which.
    #[schemars(schema_with = "words::environment")]
    pub(in crate::cli) environment: Environment,
    /// The object that defines them; null where it could not be read.
    pub(in crate::cli) source: Option<String>,
    /// Who else writes that object and would revert a change.
    pub(in crate::cli) owner: Option<String>,
    /// Why they could not be read; null where they were.
    pub(in crate::cli) trouble: Option<String>,
    /// The flags, by key.
    pub(in crate::cli) flags: Vec<Flag>,
}

/// A flag.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Flag {
    /// Its key.
    pub(in crate::cli) key: String,
    /// Its state.
    #[schemars(schema_with = "words::flag_state")]
    pub(in crate::cli) state: FlagState,
    /// The variant where no rule applies.
    pub(in crate::cli) default_variant: Option<String>,
    /// Whether it has targeting rules.
    pub(in crate::cli) has_targeting: bool,
    /// The endpoints that it switches; null where they are not known.
    pub(in crate::cli) endpoints: Option<Vec<String>>,
    /// Instances that evaluate it as on; null where none could be asked.
    pub(in crate::cli) on: Option<u64>,
    /// Instances that answered.
    pub(in crate::cli) of: Option<u64>,
    /// When its source was last changed.
    pub(in crate::cli) changed_at: Option<Timestamp>,
    /// By whom, as the API server recorded it.
    pub(in crate::cli) changed_by: Option<String>,
}

impl OfEnvironment {
    pub(in crate::cli) fn of(
        environment: Environment,
        known: &EnvironmentEvidence,
        configured: &std::collections::BTreeMap<FlagKey, Vec<crate::domain::metrics::Endpoint>>,
        trouble: Option<String>,
    ) -> Self {
        let set: Option<&FlagSet> = known.flags.as_ref().map(|flags| &flags.value);
        let asked = |key: &FlagKey| {
            let evaluations = known.evaluations.as_ref()?;
            evaluations.value.flags.get(key).map(Vec::as_slice)
        };
        let of = |(key, flag): (&FlagKey, &FlagDefinition)| {
            let own = configured.get(key).or(flag.endpoints.as_ref());
            Flag::of(key, flag, own, asked(key).unwrap_or_default())
        };
        Self {
            environment,
            source: set.map(|set| set.source.to_string()),
            owner: set.and_then(|set| set.owner.as_ref().map(Untrusted::shown)),
            trouble,
            flags: set.map_or_else(Vec::new, |set| set.flags.iter().map(of).collect()),
        }
    }
}

impl Flag {
    fn of(
        key: &FlagKey,
        flag: &FlagDefinition,
        endpoints: Option<&Vec<crate::domain::metrics::Endpoint>>,
        asked: &[Evaluation],
    ) -> Self {
        let answers: Vec<bool> = asked.iter().filter_map(|e| e.answer.is_on()).collect();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let on = answers.iter().filter(|on| **on).count();
        let is_known = !answers.is_empty();
        Self {
            key: key.as_str().to_owned(),
            state: flag.state,
            default_variant: flag.default_variant.as_ref().map(Untrusted::shown),
            has_targeting: flag.has_targeting,
            endpoints: endpoints.map(|all| all.iter().map(ToString::to_string).collect()),
            on: is_known.then(|| count(on)),
            of: is_known.then(|| count(answers.len())),
            changed_at: flag.changed.as_ref().map(|changed| changed.at),
            changed_by: flag.changed.as_ref().map(|changed| changed.by.shown()),
        }
    }
}

/// A change of a flag: its plan or why there is none, and what became of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Change {
    /// `flightdeck.dev/flag/v1`.
    pub(in crate::cli) schema: &'static str,
    /// The plan; null where there is none.
    pub(in crate::cli) plan: Option<Planned>,
    /// Why there is no plan, or why it was not carried out.
    pub(in crate::cli) refusal: Option<Refused>,
    /// What the API server says to the change without making it: null is yes; only where nothing was ordered.
    pub(in crate::cli) dry_run: Option<String>,
    /// What happened, oldest first; empty where nothing was ordered.
    pub(in crate::cli) progress: Vec<Happened>,
    /// How it ended; null where nothing was ordered, or the end was not seen.
    pub(in crate::cli) outcome: Option<Outcome>,
}

/// A plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Planned {
    /// The operation's name: in the journal, and in the cluster's audit log.
    pub(in crate::cli) operation: String,
    /// The service.
    pub(in crate::cli) service: String,
    /// The environment.
    #[schemars(schema_with = "words::environment")]
    pub(in crate::cli) environment: Environment,
    /// The flag.
    pub(in crate::cli) flag: String,
    /// The object that is changed.
    pub(in crate::cli) object: Option<String>,
    /// The flag's state now.
    #[schemars(schema_with = "words::flag_state_or_null")]
    pub(in crate::cli) from: Option<FlagState>,
    /// Its state then.
    #[schemars(schema_with = "words::flag_state")]
    pub(in crate::cli) to: FlagState,
    /// Who it is for, as the API server says.
    pub(in crate::cli) by: Option<String>,
    /// Why.
    pub(in crate::cli) reason: String,
    /// What must be allowed, and what the cluster answered.
    pub(in crate::cli) permissions: Vec<Asked>,
    /// Who else writes the object and would revert it.
    pub(in crate::cli) owner: Option<String>,
}

/// A permission and what the cluster answered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Asked {
    /// Such as `patch featureflags.core.openfeature.dev in shop`.
    pub(in crate::cli) permission: String,
    /// `allowed`, `denied`, `not_installed` (the real verb alone counts) or `unknown` (the question failed).
    pub(in crate::cli) answer: String,
    /// Why it is not known.
    pub(in crate::cli) why: Option<String>,
}

impl Asked {
    pub(in crate::cli) fn of((permission, access): &(Permission, Access)) -> Self {
        Self {
            permission: permission.to_string(),
            answer: tag(access),
            why: match access {
                Access::Unknown { why } => Some(why.shown()),
                Access::Allowed | Access::Denied | Access::NotInstalled => None,
            },
        }
    }
}

/// Why there is no plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Refused {
    /// The kind, such as `denied`.
    pub(in crate::cli) reason: String,
    /// The sentence.
    pub(in crate::cli) text: String,
}

impl Refused {
    pub(in crate::cli) fn of(why: &Refusal) -> Self {
        Self {
            reason: tag(why),
            text: refusal(why),
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Happened {
    /// When.
    pub(in crate::cli) at: Timestamp,
    /// The kind, such as `written`.
    pub(in crate::cli) what: String,
    /// The sentence.
    pub(in crate::cli) text: String,
}

impl Happened {
    pub(in crate::cli) fn of(progress: &Progress, intent: &Intent) -> Self {
        Self {
            at: progress.at,
            what: tag(&progress.what),
            text: happening(&progress.what, wanted(intent)).2,
        }
    }
}

impl From<&progress::Outcome> for Outcome {
    fn from(outcome: &progress::Outcome) -> Self {
        match outcome {
            progress::Outcome::Verified { .. } => Self::Verified,
            progress::Outcome::Unverified { .. } => Self::Unverified,
            progress::Outcome::Refused { .. } => Self::Refused,
            progress::Outcome::Forbidden { .. } => Self::Forbidden,
            progress::Outcome::Changed { .. } => Self::Changed,
            progress::Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

impl Planned {
    pub(in crate::cli) fn of(plan: &Plan) -> Self {
        let Intent::SetFlag { place, key, to, .. } = &plan.intent;
        let write = plan.set_flag();
        Self {
            operation: plan.op.as_str().to_owned(),
            service: place.service.as_str().to_owned(),
            environment: place.environment,
            flag: key.as_str().to_owned(),
            object: write.map(|write| format!("{} in cluster {}", write.source, write.cluster)),
            from: write.map(|write| write.from),
            to: *to,
            by: plan.by.as_ref().map(|by| by.as_str().to_owned()),
            reason: plan.reason.shown(),
            permissions: plan.permissions.iter().map(Asked::of).collect(),
            owner: plan.owner.as_ref().map(Untrusted::shown),
        }
    }
}
