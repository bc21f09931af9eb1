//! Everything that can happen to the deck. Nothing else changes its state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::field::Field;
use crate::domain::access::{Access, Permission};
use crate::domain::difference::Difference;
use crate::domain::environment::Place;
use crate::domain::names::OpId;
use crate::domain::observation::Observation;
use crate::domain::plan::{Intent, Plan};
use crate::domain::progress::Progress;
use crate::domain::release::Revision;
use crate::domain::security::Incident;
use crate::domain::untrusted::Untrusted;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Time passed: the only time that the core knows.
    Tick {
        /// The present.
        now: Timestamp,
    },
    /// An adapter saw something.
    Heard(Box<Observation>),
    /// A person asked for something by a key or by its name.
    Act {
        /// What.
        action: Action,
        /// When the key came.
        at: Timestamp,
        /// How.
        press: Press,
    },
    /// The command line wants a plan.
    Wanted {
        /// For what.
        intent: Intent,
        /// When.
        at: Timestamp,
    },
    /// The command line confirms the plan that was made (`--yes`).
    Ordered {
        /// The reason it gave.
        reason: Untrusted,
        /// When.
        at: Timestamp,
    },
    /// A person edited the open text field.
    Edited(Field),
    /// A key that means nothing here.
    Unbound {
        /// The key, for the hint line.
        key: String,
    },
    /// Text was pasted.
    Pasted {
        /// Its length; the text itself is never kept.
        characters: usize,
        /// When.
        at: Timestamp,
    },
    /// The screen has another size.
    Resized {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// A cluster said what I may do.
    Access(Vec<(Permission, Access)>),
    /// A running operation reports.
    Progressed(Progress),
    /// A dry run of a plan's change was answered.
    DryRun {
        /// The plan's operation.
        op: OpId,
        /// Nothing, or why it would be refused.
        answer: Result<(), Untrusted>,
    },
    /// The journal holds operations that never ended: an earlier deck was killed or lost its link.
    Interrupted(Vec<InterruptedOp>),
    /// The journal holds security incidents that nobody ended.
    Incidents(Vec<Incident>),
    /// Records of earlier sessions can't be read or were changed: operations may be missing. A sentence each.
    Damaged(Vec<String>),
    /// An interrupted operation was read after: what the world says now.
    Verified {
        /// The operation.
        op: OpId,
        /// What was found.
        found: Progress,
    },
    /// Two revisions of a release were compared.
    Compared {
        /// Where.
        place: Place,
        /// The earlier one.
        from: Revision,
        /// The later one.
        to: Revision,
        /// In what they differ, or why that can't be read.
        answer: Result<Difference, Untrusted>,
    },
    /// Nothing may be written any more.
    ReadOnly {
        /// Why, such as a full disk.
        why: String,
    },
    /// The process was asked to end (SIGTERM, SIGHUP).
    Ended,
}

/// How a key came. It is measured in real time, which the deck's own need not be; only a key that was pressed by itself,
/// at a plan that a person had time to see, confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// Whether it was held down.
    pub held: bool,
    /// Whether it came together with the key before it: pasted, or queued on a line that stood.
    pub together: bool,
    /// How many milliseconds after the same key, where that was the one before it.
    pub again_after_ms: Option<u64>,
    /// For how many milliseconds the plan on the screen had been there; 0 without one.
    pub plan_shown_ms: u64,
}

/// An operation whose journal has an intent and no outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterruptedOp {
    /// Its plan.
    pub plan: Plan,
    /// What was recorded of it.
    pub progress: Vec<Progress>,
}
