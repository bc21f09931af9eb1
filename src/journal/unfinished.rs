//! Operations whose record has an intent and no certain outcome: an earlier session was killed, or lost its link, or never
//! learned whether its change had arrived.

use std::collections::BTreeSet;
use std::path::Path;

use super::chain::{Verification, verify};
use super::entry::Entry;
use super::error::{Damage, JournalError};
use super::file::{Journal, is_held, read};
use crate::domain::names::OpId;
use crate::domain::plan::Plan;
use crate::domain::progress::{Happening, Progress};

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

/// What sessions that are over left behind.
#[derive(Debug, Default)]
pub struct Left {
    /// Their unfinished operations, oldest first.
    pub open: Vec<Unfinished>,
    /// What of their records can't be trusted: an operation may be missing for it.
    pub damage: Vec<Damage>,
}

/// Reads what all sessions that are over left behind. A half-written last line is a crash, and no damage.
pub fn unfinished(folder: &Path) -> Result<Left, JournalError> {
    let mut open: Vec<Unfinished> = Vec::new();
    let mut damage: Vec<Damage> = Vec::new();
    let mut ended: BTreeSet<OpId> = BTreeSet::new();
    for path in Journal::files(folder)? {
        if is_held(&path) {
            continue;
        }
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
                Entry::Opened { .. } => {}
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
    Ok(Left { open, damage })
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
