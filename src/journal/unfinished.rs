//! What other sessions left standing. Operations whose record has an intent and no certain outcome: an earlier session was
//! killed, or lost its link, or never learned whether its change had arrived. And security incidents that nobody ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::chain::{Verification, verify};
use super::entry::Entry;
use super::error::{Damage, JournalError};
use super::file::{Journal, is_held, read};
use jiff::Timestamp;

use crate::domain::names::{OpId, ServiceName};
use crate::domain::plan::Plan;
use crate::domain::progress::{Happening, Progress};
use crate::domain::security::Incident;

/// An operation that has no certain outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// Its plan.
    pub plan: Plan,
    /// The id of its change in the cluster's audit log.
    pub audit_id: String,
    /// What was recorded of it.
    pub progress: Vec<Progress>,
}

/// What other sessions left behind.
#[derive(Debug, Default)]
pub struct Left {
    /// The unfinished operations of those that are over, oldest first.
    pub open: Vec<Unfinished>,
    /// The security incidents that stand, also those of a session that still runs: the last word on each counts.
    pub incidents: Vec<Incident>,
    /// What of their records can't be trusted: an operation may be missing for it.
    pub damage: Vec<Damage>,
}

/// Reads what all sessions left behind, of operations only those that are over. A half-written last line is a crash or a
/// session that writes just now, and no damage.
pub fn unfinished(folder: &Path) -> Result<Left, JournalError> {
    let mut open: Vec<Unfinished> = Vec::new();
    let mut damage: Vec<Damage> = Vec::new();
    let mut ended: BTreeSet<OpId> = BTreeSet::new();
    let mut incidents: BTreeMap<(ServiceName, Timestamp), Incident> = BTreeMap::new();
    for path in Journal::files(folder)? {
        let runs = is_held(&path);
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) => {
                damage.push(Damage::Unreadable(error));
                continue;
            }
        };
        let Verification {
            records, broken_at, ..
        } = verify(&text);
        if let Some(line) = broken_at {
            damage.push(Damage::Changed { path, line });
        }
        for record in records {
            match record.entry {
                Entry::Incident { incident } => {
                    let which = (incident.service.clone(), incident.raised.at);
                    // What was ended stays ended, whatever a clock says that was put back.
                    let ended = incidents
                        .get(&which)
                        .is_some_and(|known| known.ended.is_some());
                    if !ended {
                        incidents.insert(which, incident);
                    }
                }
                Entry::Opened { .. } => {}
                // What still runs is its own session's.
                Entry::Intent { .. } | Entry::Progress { .. } | Entry::Closed { .. } if runs => {}
                Entry::Intent { plan, audit_id } => {
                    open.push(Unfinished {
                        plan: *plan,
                        audit_id,
                        progress: Vec::new(),
                    });
                }
                Entry::Progress { progress } => {
                    if is_certain(&progress.what) {
                        ended.insert(progress.op.clone());
                    }
                    if let Some(known) = open.iter_mut().find(|u| u.plan.op == progress.op) {
                        known.progress.push(progress);
                    }
                }
                Entry::Closed { op, .. } => {
                    ended.insert(op);
                }
            }
        }
    }
    open.retain(|unfinished| !ended.contains(&unfinished.plan.op));
    let incidents = incidents.into_values();
    Ok(Left {
        open,
        incidents: incidents.filter(|i| i.ended.is_none()).collect(),
        damage,
    })
}

/// Whether an operation is over with this: somebody must still look where its end is unknown.
const fn is_certain(what: &Happening) -> bool {
    match what {
        Happening::Ended(outcome) => outcome.is_written().is_some(),
        Happening::IntentRecorded
        | Happening::Unanswered { .. }
        | Happening::Written { .. }
        | Happening::Evaluated { .. } => false,
    }
}
