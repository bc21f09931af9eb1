//! What is recorded.

use serde::{Deserialize, Serialize};

use super::chain::Hash;
use crate::domain::names::OpId;
use crate::domain::plan::Plan;
use crate::domain::progress::Progress;
use crate::domain::security::Incident;

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Entry {
    /// A session began; its chain goes on from the newest one before it.
    Opened {
        /// The head of the session before; none for the first.
        previous: Option<Hash>,
        /// The program's version.
        version: String,
    },
    /// Something is about to be done. On disk before anything is sent.
    Intent {
        /// The whole plan, with what was there before.
        plan: Box<Plan>,
        /// The id that the cluster's audit log will show for the change.
        audit_id: String,
    },
    /// What a running operation reported; the last one is its outcome.
    Progress {
        /// The report.
        progress: Progress,
    },
    /// A security incident was raised, or ended: as it is from then on.
    Incident {
        /// The incident.
        incident: Incident,
    },
    /// An operation that an earlier session left open was read after, and this was found.
    Closed {
        /// Which.
        op: OpId,
        /// What was found.
        found: Progress,
    },
}
