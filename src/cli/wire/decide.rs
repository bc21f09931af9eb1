//! What `decide` reads and prints.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::advice::{Promote, Rung};
use super::incident::Incident;
use super::judge::Tally;
use super::metric::{Judged, Metric, Value};
use super::missing::Missing;
use super::source::Source;
use super::status::Headline;
use super::words;
use crate::domain::flag::FlagState;
use crate::domain::release::ReleaseStatus;
use crate::engine::advisor::advice::RungKind;

/// The format that is read and written.
pub(in crate::cli) const SCHEMA: &str = "flightdeck.dev/decide/v1";

/// All that a recommendation for one service rests on. What is not said is not known, and never opens a promotion.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Evidence {
    /// `flightdeck.dev/decide/v1`.
    pub(in crate::cli) schema: String,
    /// The service.
    pub(in crate::cli) service: String,
    /// The moment.
    pub(in crate::cli) at: Timestamp,
    /// The seconds of an interval of the metrics; three of them make an answer old.
    #[serde(default = "interval")]
    pub(in crate::cli) interval_seconds: u32,
    /// The security incident that a person raised and nobody ended.
    #[serde(default)]
    pub(in crate::cli) security_incident: Option<Incident>,
    /// Whether there is a canary, and since when.
    #[serde(default)]
    pub(in crate::cli) canary: Canary,
    /// The cluster by whose sources canary's pods and releases are known.
    #[serde(default = "cluster")]
    pub(in crate::cli) canary_cluster: String,
    /// The end of the newest interval that both sides have.
    #[serde(default)]
    pub(in crate::cli) through: Option<Timestamp>,
    /// The numbers of the process, where they are not the usual ones.
    #[serde(default)]
    pub(in crate::cli) policy: Policy,
    /// The verdicts, as `judge` and `status` print them.
    pub(in crate::cli) metrics: Vec<Judged>,
    /// The red lines that canary crosses and production does not.
    #[serde(default)]
    pub(in crate::cli) red_lines: Vec<RedLine>,
    /// The red lines that production crosses.
    #[serde(default)]
    pub(in crate::cli) production_red_lines: Vec<RedLine>,
    /// Errors by endpoint since the onset, worst first.
    #[serde(default)]
    pub(in crate::cli) endpoints: Vec<Endpoint>,
    /// Canary's flags.
    #[serde(default)]
    pub(in crate::cli) flags: Vec<Flag>,
    /// Canary's release.
    #[serde(default)]
    pub(in crate::cli) release: Release,
    /// The database's schema and what the stable version takes of it; null when no migration took part.
    #[serde(default)]
    pub(in crate::cli) schema_range: Option<SchemaRange>,
    /// What was tried on canary, oldest first.
    #[serde(default)]
    pub(in crate::cli) attempts: Vec<Attempt>,
    /// The revision by which production ran canary's version already, and was taken back from it; null where it never did.
    #[serde(default)]
    pub(in crate::cli) taken_back: Option<u32>,
    /// How canary's errors are since the last of them.
    #[serde(default)]
    pub(in crate::cli) after: Option<After>,
    /// The sources and how they are doing. One that is needed and not named counts as not yet heard.
    #[serde(default)]
    pub(in crate::cli) sources: Vec<Source>,
}

const fn interval() -> u32 {
    15
}

pub(super) fn cluster() -> String {
    "canary".to_owned()
}

/// Whether there is a canary.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::cli) enum Canary {
    /// Not known.
    #[default]
    Unknown,
    /// Both sides run the same version.
    Same,
    /// There is one.
    Began {
        /// When it began to count.
        began_at: Timestamp,
        /// When its soak is over.
        soak_ends_at: Timestamp,
    },
    /// Both sides run the same version, and production soaks: "canary" stands for production, "production" for production
    /// before the release, and `canary_cluster` is production's.
    Promoted {
        /// When it began to count.
        began_at: Timestamp,
        /// When its soak is over.
        soak_ends_at: Timestamp,
        /// When the release began.
        released_at: Timestamp,
        /// Whether enough was seen of the time before.
        #[serde(default = "yes")]
        before_is_seen: bool,
    },
}

const fn yes() -> bool {
    true
}

/// Numbers of the process.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Policy {
    /// The share of errors on one flag's endpoints over which its flag is the first response.
    #[serde(default)]
    pub(in crate::cli) flag_share: Option<f64>,
    /// The fewest errors from which that share is taken.
    #[serde(default)]
    pub(in crate::cli) flag_minimum_errors: Option<u64>,
    /// How long a rung is given to help, in seconds.
    #[serde(default)]
    pub(in crate::cli) help_seconds: Option<u32>,
}

/// An absolute limit that is crossed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::cli) enum RedLine {
    /// Pods do not start or keep crashing.
    WontStart {
        /// Ready.
        ready: u32,
        /// Wanted.
        wanted: u32,
        /// The most frequent reason, such as `CrashLoopBackOff`.
        reason: String,
    },
    /// No pod is ready.
    Down,
    /// Containers restart too often.
    Restarts {
        /// A minute.
        per_minute: f64,
    },
    /// A gauge is over the limit where a rollback is required.
    Over {
        /// Which.
        metric: Metric,
        /// Its value.
        value: Value,
        /// The limit.
        limit: f64,
    },
}

/// One endpoint's errors on both sides.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Endpoint {
    /// Such as `POST /pay`.
    #[serde(rename = "endpoint")]
    pub(in crate::cli) name: String,
    /// Canary's.
    pub(in crate::cli) canary: Tally,
    /// Production's.
    pub(in crate::cli) production: Tally,
}

/// A flag of canary.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Flag {
    /// Its key.
    pub(in crate::cli) key: String,
    /// Its state.
    #[schemars(schema_with = "words::flag_state")]
    pub(in crate::cli) state: FlagState,
    /// The endpoints that it switches; null is unknown.
    #[serde(default)]
    pub(in crate::cli) endpoints: Option<Vec<String>>,
    /// Canary's errors on them and in all; by default counted from `endpoints`.
    #[serde(default)]
    pub(in crate::cli) errors: Option<OnOf>,
    /// Instances that evaluate it as on, of those that answered; null where they can't be asked.
    #[serde(default)]
    pub(in crate::cli) evaluated: Option<OnOf>,
    /// Its last change.
    #[serde(default)]
    pub(in crate::cli) changed: Option<Changed>,
    /// Who else writes it and would revert a change.
    #[serde(default)]
    pub(in crate::cli) owner: Option<String>,
    /// Whether production serves it as on, which makes it nothing new on canary; null is unknown.
    #[serde(default)]
    pub(in crate::cli) on_production: Option<bool>,
}

/// Some of several.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct OnOf {
    /// Some.
    pub(in crate::cli) on: u64,
    /// All.
    pub(in crate::cli) of: u64,
}

/// A change of a flag.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Changed {
    /// When.
    pub(in crate::cli) at: Timestamp,
    /// By whom.
    pub(in crate::cli) by: String,
}

/// The release on canary.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Release {
    /// The newest revision's status, as Helm writes it.
    #[serde(default)]
    #[schemars(schema_with = "words::release_status_or_null")]
    pub(in crate::cli) status: Option<ReleaseStatus>,
    /// The revision in use.
    #[serde(default)]
    pub(in crate::cli) current: Option<u32>,
    /// The revision marked stable.
    #[serde(default)]
    pub(in crate::cli) stable: Option<u32>,
    /// The right that is missing to read what is marked stable; null where it can be read.
    #[serde(default)]
    pub(in crate::cli) stable_denied: Option<Missing>,
    /// Its version.
    #[serde(default)]
    pub(in crate::cli) stable_version: Option<String>,
    /// Since when it is marked.
    #[serde(default)]
    pub(in crate::cli) stable_since: Option<Timestamp>,
    /// Whether Helm still keeps the stable revision; by default it does.
    #[serde(default)]
    pub(in crate::cli) stable_kept: Option<bool>,
    /// Whether canary runs what is marked stable; by default where that is the revision in use. Pods may run a newer one that
    /// Helm calls failed.
    #[serde(default)]
    pub(in crate::cli) runs_stable: Option<bool>,
    /// Who else writes the Deployments and would revert a change.
    #[serde(default)]
    pub(in crate::cli) owner: Option<String>,
}

/// A schema and what the stable version takes of it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct SchemaRange {
    /// The schema's version.
    pub(in crate::cli) version: u32,
    /// The least version that the stable release takes.
    pub(in crate::cli) stable_min: u32,
    /// The most.
    pub(in crate::cli) stable_max: u32,
}

/// Something that was tried.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Attempt {
    /// The rung.
    #[schemars(schema_with = "words::rung")]
    pub(in crate::cli) rung: RungKind,
    /// The flag, where it was one.
    #[serde(default)]
    pub(in crate::cli) flag: Option<String>,
    /// When.
    pub(in crate::cli) at: Timestamp,
    /// How it ended; null while it runs.
    #[serde(default)]
    pub(in crate::cli) outcome: Option<Outcome>,
    /// Since when canary is no longer worse, where that was earned.
    #[serde(default)]
    pub(in crate::cli) recovered_at: Option<Timestamp>,
    /// Since when the bad ratio is surely under half of what it was.
    #[serde(default)]
    pub(in crate::cli) helped_at: Option<Timestamp>,
    /// Whether it was taken back.
    #[serde(default)]
    pub(in crate::cli) undone: bool,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Outcome {
    /// Done, and verified where it matters.
    Verified,
    /// Accepted, and not verified.
    Unverified,
    /// Refused: nothing changed.
    Refused,
    /// The API server said that who asked may not: nothing changed.
    Forbidden,
    /// The world was not as the plan said: nothing changed.
    Changed,
    /// Sent, and no answer came.
    Unknown,
}

/// How canary's errors are since an action.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct After {
    /// When it was acted.
    pub(in crate::cli) acted_at: Timestamp,
    /// Canary's.
    pub(in crate::cli) canary: Tally,
    /// Production's.
    pub(in crate::cli) production: Tally,
}

/// What is advised.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Decision {
    /// `flightdeck.dev/decide/v1`.
    pub(in crate::cli) schema: &'static str,
    /// The service.
    pub(in crate::cli) service: String,
    /// The moment.
    pub(in crate::cli) at: Timestamp,
    /// The state of things.
    pub(in crate::cli) headline: Headline,
    /// The rung to take now; null when nothing is to be done, or nothing can be said.
    #[schemars(schema_with = "words::rung_or_null")]
    pub(in crate::cli) advised: Option<RungKind>,
    /// The whole ladder, level 1 first.
    pub(in crate::cli) rungs: Vec<Rung>,
    /// Whether canary may be promoted.
    pub(in crate::cli) promote: Promote,
}
