//! Reasons, as data with their numbers. What they say in English is the view's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::access::Permission;
use crate::domain::exporter::Exporter;
use crate::domain::metrics::Endpoint;
use crate::domain::names::FlagKey;
use crate::domain::release::{ReleaseStatus, Revision};
use crate::domain::security::{Affected, Statement};
use crate::domain::source::SourceId;
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::{Estimate, Metric};
use crate::engine::assess::{RedLine, Value};

/// Something for or against a rung.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person raised a security incident.
    SecurityIncident {
        /// Who, when and why.
        raised: Statement,
    },
    /// Where traffic is blocked nobody is served.
    NobodyServed {
        /// Where.
        on: Affected,
    },
    /// So many of canary's errors are on the flag's endpoints.
    ErrorsOnFlag {
        /// The flag.
        key: FlagKey,
        /// Errors on its endpoints.
        on: u64,
        /// All errors.
        of: u64,
        /// Its endpoints that fail.
        endpoints: Vec<Endpoint>,
    },
    /// Another flag explains the errors as well.
    AnotherFlagToo {
        /// The other flag.
        key: FlagKey,
        /// Errors on its endpoints.
        on: u64,
        /// All errors.
        of: u64,
    },
    /// The flag was changed shortly before the onset.
    FlagChangedBefore {
        /// The flag.
        key: FlagKey,
        /// When.
        at: Timestamp,
        /// By whom, as the API server recorded it.
        by: Untrusted,
        /// The onset.
        onset: Timestamp,
    },
    /// Errors are spread over endpoints that no flag switches.
    ErrorsSpread {
        /// Endpoints that are worse.
        endpoints: u32,
        /// The onset.
        since: Timestamp,
    },
    /// The errors outside the flag's endpoints are also worse than production's.
    RestAlsoWorse {
        /// How many there are.
        errors: u64,
        /// How they compare.
        estimate: Estimate,
    },
    /// The errors outside the flag's endpoints are as production's.
    RestIsWell {
        /// How many there are.
        errors: u64,
    },
    /// A red line is crossed.
    RedLine(RedLine),
    /// A metric of canary is over the limit where action is due.
    OverLimit {
        /// Which.
        metric: Metric,
        /// Its value.
        value: Value,
    },
    /// A metric is worse than production's.
    WorseThanProduction {
        /// Which.
        metric: Metric,
        /// How they compare.
        estimate: Option<Estimate>,
        /// Since when.
        since: Timestamp,
    },
    /// The stable version can't run on the schema as it is.
    SchemaUnfit {
        /// The schema's version.
        schema: u32,
        /// The least and the most that the stable version takes.
        takes: (u32, u32),
    },
    /// Machines are well: what the process asks before a flag is enough.
    MachinesWell {
        /// What was looked at.
        looked_at: Vec<Metric>,
    },
    /// A machine metric that is not known.
    NotKnown {
        /// Which.
        metric: Metric,
    },
    /// Helm is in the middle of something that a rollback would cut short.
    Unfinished {
        /// Of what.
        status: ReleaseStatus,
    },
    /// The rung below was tried.
    TriedBelow {
        /// When.
        at: Timestamp,
        /// Whether it helped in part.
        in_part: bool,
    },
    /// So many attempts failed.
    AttemptsFailed {
        /// How many.
        count: u32,
    },
    /// The stable version is known and was good.
    StableKnown {
        /// The revision.
        revision: Revision,
        /// Its version.
        version: Option<Untrusted>,
        /// Since when it is marked.
        since: Option<Timestamp>,
    },
    /// Production fails in the same way: this rung would change nothing.
    ProductionAsBad {
        /// How they compare.
        estimate: Option<Estimate>,
    },
    /// A shared dependency or a migration may still be the cause.
    SharedDependency,
    /// Only the business is worse: a person reviews it before anything is switched.
    ReviewFirst,
    /// The flag's endpoints are not known.
    EndpointsUnknown {
        /// The flag.
        key: FlagKey,
    },
    /// Somebody else writes the object and would revert it.
    OwnedBy {
        /// Who.
        owner: Untrusted,
    },
    /// Which instances evaluate the flag as on.
    Instances {
        /// On.
        on: u32,
        /// Asked.
        of: u32,
    },
    /// The evidence is old.
    Stale {
        /// Which source.
        source: SourceId,
        /// The last time it answered.
        last: Option<Timestamp>,
    },
    /// What was looked at and spoke neither way; so that `against` never says nothing.
    LookedAt(Vec<Looked>),
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looked {
    /// The errors outside the flag.
    OtherEndpoints,
    /// CPU and memory.
    Machines,
    /// Restarts and readiness.
    Pods,
    /// The release's state.
    Release,
    /// Who owns the object.
    Owner,
    /// Production.
    Production,
}

/// Why something is closed or not needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// A security incident stands.
    SecurityIncident {
        /// Since when.
        since: Timestamp,
    },
    /// There is no canary.
    NoCanary,
    /// The soak is not over.
    Soak {
        /// When it is.
        until: Timestamp,
    },
    /// A metric has not earned its pass.
    NotPassed {
        /// Which.
        metric: Metric,
    },
    /// A gauge is not compared, for the sides are told by exporters that don't mean the same: no wait mends that.
    OtherExporters {
        /// Which.
        metric: Metric,
        /// Who tells canary's.
        canary: Exporter,
        /// Who tells production's.
        production: Exporter,
    },
    /// A gauge is not compared, for how many pods each side has is not known: no wait mends that either.
    NoPods {
        /// Which.
        metric: Metric,
    },
    /// A metric is or was worse.
    Worse {
        /// Which.
        metric: Metric,
    },
    /// A red line is crossed.
    RedLine(RedLine),
    /// Evidence is missing or old.
    NoEvidence {
        /// Of which source; none when a metric has no series.
        source: Option<SourceId>,
    },
    /// Production is bad itself.
    ProductionBad,
    /// Production ran this version already and was taken back from it.
    TakenBack {
        /// By which revision it ran there.
        revision: Revision,
    },
    /// No flag explains it.
    NoFlag,
    /// The flag is off already.
    FlagOff,
    /// No stable version is marked.
    NoStable,
    /// Whether a version is marked stable may not be read.
    StableUnknown {
        /// The right that is missing.
        missing: Permission,
    },
    /// The stable version can't run on the schema as it is.
    SchemaUnfit,
    /// The stable revision is not in Helm's history any more.
    StableGone {
        /// The revision.
        revision: Revision,
    },
    /// Canary runs the stable revision already.
    RunsStable,
    /// The release is in the middle of an operation.
    Pending {
        /// Which.
        status: ReleaseStatus,
    },
    /// No route is set up that could be changed.
    NoRoute,
    /// No migration took part.
    NoMigration,
    /// No restore pipeline is set up.
    NoRestore,
    /// This version of the deck advises it and can't carry it out.
    ByHand,
    /// Nothing is wrong.
    NothingWrong,
    /// Something else comes first.
    EarlierRung,
}
