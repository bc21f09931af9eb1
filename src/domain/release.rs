//! Helm releases, read from their own records.

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::Permission;
use super::untrusted::Untrusted;

/// The number of a release's revision, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub NonZeroU32);

impl Revision {
    /// The revision of that number; none for 0.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Helm's nine statuses (`pkg/release/common/status.go` of helm/helm).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseStatus {
    /// Not known, or a word that Helm does not have.
    Unknown,
    /// The one in use.
    Deployed,
    /// Removed, record kept.
    Uninstalled,
    /// Followed by a later one: not a proof that it was good.
    Superseded,
    /// Did not succeed.
    Failed,
    /// Being removed.
    Uninstalling,
    /// A first install that has not finished.
    PendingInstall,
    /// An upgrade that has not finished.
    PendingUpgrade,
    /// A rollback that has not finished.
    PendingRollback,
}

impl ReleaseStatus {
    /// Helm's own word for it (`pkg/release/common/status.go` of helm/helm).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
        }
    }

    /// Whether an operation began and no end was recorded.
    pub const fn is_pending(self) -> bool {
        matches!(
            self,
            Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback
        )
    }
}

/// The history of one release in one environment, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReleaseHistory {
    /// The revisions that Helm still keeps.
    pub revisions: Vec<ReleaseRevision>,
    /// The version marked stable here, as far as it may be read.
    pub stable: Stable,
}

/// What is known of a stable mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stable {
    /// What is marked; none where nothing is.
    Known(Option<StableMark>),
    /// The cluster does not let the mark be read: there may be one.
    Denied(Permission),
}

impl Default for Stable {
    fn default() -> Self {
        Self::Known(None)
    }
}

impl Stable {
    /// The mark, where there is one that was read.
    pub const fn mark(&self) -> Option<&StableMark> {
        match self {
            Self::Known(mark) => mark.as_ref(),
            Self::Denied(_) => None,
        }
    }

    /// The right that is missing to read it.
    pub const fn missing(&self) -> Option<&Permission> {
        match self {
            Self::Known(_) => None,
            Self::Denied(missing) => Some(missing),
        }
    }
}

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRevision {
    /// Its number.
    pub revision: Revision,
    /// Its status.
    pub status: ReleaseStatus,
    /// When its record was last changed (label `modifiedAt`, else `createdAt`).
    pub modified: Option<Timestamp>,
    /// What only the record itself tells; read for what is shown.
    pub detail: Option<ReleaseDetail>,
}

/// The inside of a release record that the deck shows; values and manifest stay where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseDetail {
    /// The chart's name.
    pub chart: Untrusted,
    /// The chart's version.
    pub chart_version: Untrusted,
    /// The application's version, if the chart names one.
    pub app_version: Option<Untrusted>,
    /// Helm's description, such as `Rollback to 3`.
    pub description: Untrusted,
    /// When it was deployed.
    pub last_deployed: Option<Timestamp>,
    /// The revision it rolled back to, where it was a rollback.
    pub rollback_to: Option<Revision>,
}

/// What `ConfigMap flightdeck-stable-SERVICE` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StableMark {
    /// The Helm revision.
    pub revision: Revision,
    /// The application's version.
    pub app_version: Option<Untrusted>,
    /// When it was marked.
    pub marked_at: Option<Timestamp>,
    /// By whom.
    pub marked_by: Option<Untrusted>,
}

impl ReleaseHistory {
    /// The revision in use: the newest that is deployed, else the newest of all.
    pub fn current(&self) -> Option<&ReleaseRevision> {
        let deployed = self
            .revisions
            .iter()
            .rev()
            .find(|r| r.status == ReleaseStatus::Deployed);
        deployed.or_else(|| self.revisions.last())
    }

    /// A revision by its number.
    pub fn get(&self, revision: Revision) -> Option<&ReleaseRevision> {
        self.revisions.iter().find(|r| r.revision == revision)
    }
}
