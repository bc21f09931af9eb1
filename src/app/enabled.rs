//! May I, and if not why: the one answer for keys, help, palette and the lines that name a key.

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::behind::{behind, changes, selected};
use super::evidence::queries;
use super::flags;
use super::focus::contexts;
use super::releases::pair;
use super::roster;
use super::sieve::table;
use super::state::{Operation, Overlay, Screen, State};
use crate::domain::names::OpId;
use crate::domain::plan::{Confirmation, Intent};
use crate::domain::progress::Outcome;
use crate::engine::timeline::Of;

/// Why an action is closed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotNow {
    /// Nothing is advised.
    NothingAdvised,
    /// Nothing was done that could be undone.
    NothingToUndo,
    /// No flag is selected.
    NoFlag,
    /// No operation was interrupted.
    NothingInterrupted,
    /// The plan runs, or is over.
    Confirmed,
    /// There is no other revision to compare with.
    NothingToCompare,
    /// There is nothing behind the selected line.
    NothingBehind,
    /// The selected line is of another service than the one that is shown, whose plan it would be.
    AnotherSelected,
    /// The selected line is of another change than the last one, which alone is taken back.
    NotTheLast,
    /// No query was sent for what is shown.
    NoQuery,
    /// It means nothing here.
    NotHere,
}

/// Whether an action is open now.
pub fn enabled(state: &State, action: Action) -> Result<(), NotNow> {
    if !action
        .info()
        .contexts
        .iter()
        .any(|context| contexts(state).contains(context))
    {
        return Err(NotNow::NotHere);
    }
    match action {
        Action::PlanAdvised | Action::Undo | Action::SecurityIncident
            if is_another_selected(state) =>
        {
            Err(NotNow::AnotherSelected)
        }
        Action::PlanAdvised => state
            .world
            .services
            .get(&state.ui.service)
            .and_then(|service| service.advice.first)
            .map(|_| ())
            .ok_or(NotNow::NothingAdvised),
        Action::Undo => {
            let last = undoable(state).ok_or(NotNow::NothingToUndo)?;
            match selected_operation(state) {
                Some(op) if op != last.plan.op => Err(NotNow::NotTheLast),
                Some(_) | None => Ok(()),
            }
        }
        Action::ToggleFlag => flags::selected(state).map(|_| ()).ok_or(NotNow::NoFlag),
        Action::Filter | Action::Order => table(state).map(|_| ()).ok_or(NotNow::NotHere),
        Action::VerifyInterrupted => (!state.ops.interrupted.is_empty())
            .then_some(())
            .ok_or(NotNow::NothingInterrupted),
        Action::ConfirmKey | Action::EditReason => match state.plan() {
            Some(view) if view.confirmed.is_some() => Err(NotNow::Confirmed),
            Some(_) => Ok(()),
            None => Err(NotNow::NotHere),
        },
        Action::Difference => (state.ui.releases.compared.is_some() || pair(state).is_some())
            .then_some(())
            .ok_or(NotNow::NothingToCompare),
        Action::Affected => is_being_raised(state).then_some(()).ok_or(NotNow::NotHere),
        Action::Open => behind(state).map(|_| ()).ok_or(NotNow::NothingBehind),
        Action::Copy => (!queries(state).is_empty())
            .then_some(())
            .ok_or(NotNow::NoQuery),
        Action::Overview
        | Action::Ladder
        | Action::Flags
        | Action::Releases
        | Action::Pods
        | Action::Changed
        | Action::Services
        | Action::PreviousService
        | Action::NextService
        | Action::Worst
        | Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::Top
        | Action::Bottom
        | Action::Back
        | Action::SwitchEnvironment
        | Action::Wider
        | Action::OnlyService
        | Action::ShowPatch
        | Action::Submit
        | Action::QueryText
        | Action::Zoom
        | Action::SecurityIncident
        | Action::Refresh
        | Action::Freeze
        | Action::Palette
        | Action::Help
        | Action::Redraw
        | Action::Suspend
        | Action::Interrupt
        | Action::Quit => Ok(()),
    }
}

/// Whether a security incident is being raised, so that its side can be chosen.
fn is_being_raised(state: &State) -> bool {
    match state.ui.overlays.last() {
        Some(Overlay::Incident(view)) => view.ends.is_none(),
        Some(
            Overlay::Help { .. }
            | Overlay::Palette { .. }
            | Overlay::Plan(_)
            | Overlay::Refused { .. },
        )
        | None => false,
    }
}

/// Whether the line that is looked at is of another service than the one on the first lines.
fn is_another_selected(state: &State) -> bool {
    match state.ui.screen {
        Screen::Services => roster::selected(state) != Some(&state.ui.service),
        Screen::Changed => {
            let timeline = changes(state);
            selected(state, &timeline).is_some_and(|entry| !entry.shown)
        }
        Screen::Overview
        | Screen::Ladder
        | Screen::Flags
        | Screen::Releases
        | Screen::Pods
        | Screen::Evidence { .. }
        | Screen::Chart { .. } => false,
    }
}

/// The operation that the selected line of what changed is about.
fn selected_operation(state: &State) -> Option<OpId> {
    if state.ui.screen != Screen::Changed {
        return None;
    }
    let timeline = changes(state);
    match &selected(state, &timeline)?.id.of {
        Of::Confirmed(op) | Of::Ended(op) => Some(op.clone()),
        Of::Release(_)
        | Of::Stable(_)
        | Of::Flag(_)
        | Of::Rollout
        | Of::Restarts
        | Of::Alert(_)
        | Of::Canary
        | Of::SoakEnd
        | Of::Raised(_)
        | Of::EndedIncident(_)
        | Of::Began(_)
        | Of::Certain(_)
        | Of::Over(_)
        | Of::Helped(_)
        | Of::Recovered(_) => None,
    }
}

/// The last change of the shown service that stands and was not taken back.
pub(crate) fn undoable(state: &State) -> Option<&Operation> {
    let taken_back: Vec<&OpId> = state
        .ops
        .operations
        .iter()
        // One that was refused took nothing back.
        .filter(|o| o.outcome.as_ref().and_then(Outcome::is_written) != Some(false))
        .filter_map(|o| undoes(&o.plan.intent))
        .collect();
    state.ops.operations.iter().rev().find(|operation| {
        operation.plan.intent.place().service == state.ui.service
            && undoes(&operation.plan.intent).is_none()
            && !taken_back.contains(&&operation.plan.op)
            && operation
                .outcome
                .as_ref()
                .is_some_and(|o| o.is_written() == Some(true))
    })
}

const fn undoes(intent: &Intent) -> Option<&OpId> {
    match intent {
        Intent::SetFlag { undoes, .. } => undoes.as_ref(),
    }
}

/// Whether a plan is confirmed by a key alone.
pub(crate) const fn key_is_enough(confirmation: &Confirmation) -> bool {
    match confirmation {
        Confirmation::Key => true,
        Confirmation::TypeName { .. } => false,
    }
}
