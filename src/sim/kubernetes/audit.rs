//! The cluster's audit log, kept in memory.
//!
//! A client that chose an `Audit-ID` before it sent a write can find here whether the write arrived.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

/// How many entries are kept.
const KEPT: usize = 10_000;

/// One answered request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The `Audit-ID`, the client's own if it sent one.
    pub id: String,
    /// When it was answered, by the world's clock.
    pub at: Timestamp,
    /// Who asked; "" if unknown.
    pub user: String,
    /// `get`, `list`, `watch`, `create`, ...; the HTTP method in lower case for paths that are no resource.
    pub verb: String,
    /// The path with its query.
    pub uri: String,
    /// The resource (`deployments.apps`), with `/SUBRESOURCE`; "" for other paths.
    pub resource: String,
    /// The object's namespace; "" for cluster-wide requests.
    pub namespace: String,
    /// The object's name; "" for collections.
    pub name: String,
    /// The HTTP status of the answer.
    pub code: u16,
    /// The client's name for itself.
    pub user_agent: String,
}

impl AuditEntry {
    /// Whether it asked for a change.
    pub fn is_write(&self) -> bool {
        matches!(
            self.verb.as_str(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        ) && !self.resource.starts_with("self")
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Audit {
    log: Arc<watch::Sender<Log>>,
}

#[derive(Debug, Default)]
struct Log {
    entries: Vec<AuditEntry>,
    ever: u64,
}

impl Audit {
    pub(crate) fn record(&self, entry: AuditEntry) {
        self.log.send_modify(|log| {
            if log.entries.len() >= KEPT {
                log.entries.drain(..KEPT / 2);
            }
            log.entries.push(entry);
            log.ever += 1;
        });
    }

    pub(crate) fn entries(&self) -> Vec<AuditEntry> {
        self.log.borrow().entries.clone()
    }

    /// How many requests there ever were.
    pub(crate) fn ever(&self) -> u64 {
        self.log.borrow().ever
    }
}
