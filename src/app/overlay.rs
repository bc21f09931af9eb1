//! What lies over a screen: help, palette, plans and what is asked before something is confirmed.

use serde::{Deserialize, Serialize};

use super::field::Field;
use crate::domain::names::{OpId, ServiceName};
use crate::domain::plan::{Intent, Plan};
use crate::domain::security::{Affected, Incident};
use crate::domain::untrusted::Untrusted;
use crate::engine::planner::Refusal;

/// Something that lies over a screen, from line 5 on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Overlay {
    /// All keys of the screen below.
    Help {
        /// The first line shown.
        scroll: u16,
    },
    /// The command palette.
    Palette {
        /// What is typed.
        field: Field,
        /// The selected suggestion.
        selected: usize,
    },
    /// A plan, then its progress.
    Plan(Box<PlanView>),
    /// A security incident that is being raised, or ended.
    Incident(Box<IncidentView>),
    /// Why there is no plan.
    Refused {
        /// What was wanted; none where not even that is known.
        wanted: Option<Intent>,
        /// Why not.
        refusal: Refusal,
    },
}

/// A plan on the screen. Its target is frozen: nothing that happens in the world changes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanView {
    /// The plan.
    pub plan: Plan,
    /// Which part has the keys.
    pub editing: Editing,
    /// The name as typed so far.
    pub typed: Field,
    /// The reason as typed.
    pub reason: Field,
    /// Whether the very change is shown.
    pub show_patch: bool,
    /// What the dry run answered; none while it runs.
    pub dry_run: Option<Result<(), Untrusted>>,
    /// The operation, once confirmed: its progress is shown from [`super::state::Ops::operations`].
    pub confirmed: Option<OpId>,
    /// Why the last confirmation was not taken.
    pub complaint: Option<Complaint>,
}

/// A security incident on the screen. Its service is frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentView {
    /// Of which service.
    pub service: ServiceName,
    /// The incident that stands and would be ended; none where one would be raised.
    pub ends: Option<Incident>,
    /// Whose traffic is to be blocked.
    pub affected: Affected,
    /// The reason as typed.
    pub reason: Field,
    /// Why the last confirmation was not taken.
    pub complaint: Option<Complaint>,
}

/// Which part of a plan has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Editing {
    /// None: keys are actions.
    Nothing,
    /// The reason.
    Reason,
    /// The service's name, to confirm.
    Name,
}

/// Why a confirmation was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Complaint {
    /// The key came within 300 ms of the plan's opening.
    TooSoon,
    /// The key was held down.
    Repeated,
    /// It was pasted.
    Pasted,
    /// Another name was typed.
    WrongName,
    /// No reason was typed.
    NoReason,
    /// The plan is older than it may be.
    Expired,
    /// The cluster says no.
    NotAllowed,
    /// Nothing may be written.
    ReadOnly,
}
