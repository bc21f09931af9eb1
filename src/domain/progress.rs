//! What an operation reports while it runs, and how it ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::names::OpId;
use super::untrusted::Untrusted;

/// One report of a running operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which operation.
    pub op: OpId,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: Happening,
}

/// What can happen to an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The intent stands in the journal, on disk.
    IntentRecorded,
    /// The change was sent and no clear answer came: it is not sent again, but looked for.
    Unanswered {
        /// What came instead of an answer.
        why: Untrusted,
    },
    /// The change was accepted.
    Written {
        /// The object's new resource version.
        resource_version: String,
    },
    /// Instances were asked.
    Evaluated {
        /// How many answer as wanted.
        as_wanted: u32,
        /// How many there are.
        of: u32,
        /// Those that answer otherwise or not at all.
        holdouts: Vec<Untrusted>,
    },
    /// It is over.
    Ended(Outcome),
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done and verified where it matters.
    Verified {
        /// Instances that answer as wanted.
        instances: u32,
    },
    /// Accepted by the cluster, and not every instance answers as wanted (or none could be asked).
    Unverified {
        /// Instances that answer as wanted.
        as_wanted: u32,
        /// Instances asked.
        of: u32,
        /// What was seen of the others.
        why: Untrusted,
    },
    /// Refused before anything was written: nothing changed.
    Refused {
        /// Why.
        why: Untrusted,
    },
    /// The API server said that who asked may not: nothing changed.
    Forbidden {
        /// What it said.
        why: Untrusted,
    },
    /// The world was not as the plan said, or is not now: the change does not stand, plan again.
    Changed {
        /// What was found instead.
        found: Untrusted,
    },
    /// Sent, no answer came, and reading did not tell: read again, never send again. Such an operation stays open.
    Unknown {
        /// What is known.
        why: Untrusted,
    },
}

impl Outcome {
    /// Whether the change stands in the cluster; none when that is not known.
    pub const fn is_written(&self) -> Option<bool> {
        match self {
            Self::Verified { .. } | Self::Unverified { .. } => Some(true),
            Self::Refused { .. } | Self::Forbidden { .. } | Self::Changed { .. } => Some(false),
            Self::Unknown { .. } => None,
        }
    }
}
