//! Operations: what they report, how they end, and those that an earlier deck left open.

use crate::app::effect::{Effect, Effects};
use crate::app::event::InterruptedOp;
use crate::app::state::{Interrupted, State};
use crate::domain::names::OpId;
use crate::domain::progress::{Happening, Outcome, Progress};

/// Whether an operation of ours runs.
pub(super) fn is_running(state: &State) -> bool {
    state
        .ops
        .operations
        .iter()
        .any(|operation| operation.outcome.is_none())
}

/// A running operation reports. One that is not known is kept as well: nothing that happened is dropped.
pub(super) fn progressed(state: &mut State, progress: &Progress) -> Effects {
    let mut effects = Vec::new();
    let service = state
        .ops
        .operations
        .iter_mut()
        .find(|operation| operation.plan.op == progress.op)
        .map(|operation| {
            if let Happening::Ended(Outcome::Forbidden { .. }) = &progress.what {
                // What was allowed is not any more: the next plan is to know it.
                let needed = operation.plan.permissions.iter();
                let needed = needed.map(|(permission, _)| permission.clone());
                effects.push(Effect::AskAccess(needed.collect()));
            }
            if let Happening::Ended(outcome) = &progress.what {
                operation.outcome = Some(outcome.clone());
            }
            operation.progress.push(progress.clone());
            operation.plan.intent.place().service.clone()
        });
    let Some(service) = service.and_then(|name| state.world.services.get_mut(&name)) else {
        return effects.into();
    };
    if let Some(attempt) = service
        .evidence
        .attempts
        .iter_mut()
        .find(|a| a.op.as_ref() == Some(&progress.op))
    {
        match &progress.what {
            Happening::Written { .. } => attempt.at = progress.at,
            Happening::Ended(outcome) => attempt.outcome = Some(outcome.clone()),
            Happening::IntentRecorded | Happening::Evaluated { .. } => {}
        }
    }
    super::reassess::conclude(service, state.world.now);
    match &progress.what {
        Happening::Ended(_) => effects.push(Effect::Bell),
        Happening::IntentRecorded | Happening::Written { .. } | Happening::Evaluated { .. } => {}
    }
    effects.into()
}

/// The journal holds operations without an end.
pub(super) fn interrupted(state: &mut State, found: Vec<InterruptedOp>) -> Effects {
    let fresh = found.into_iter().map(|op| Interrupted {
        op,
        found: None,
        verifying: false,
    });
    state.ops.interrupted.extend(fresh);
    Effects::none()
}

/// Reads how far the interrupted operations got. Those that were read, and whose record is closed with that, are put away
/// by the same key; where nobody could tell, it is asked again.
pub(super) fn verify(state: &mut State) -> Effects {
    let mut effects = Vec::new();
    state
        .ops
        .interrupted
        .retain(|i| !i.found.as_ref().is_some_and(is_known));
    for interrupted in &mut state.ops.interrupted {
        if !interrupted.verifying {
            interrupted.verifying = true;
            interrupted.found = None;
            effects.push(Effect::Verify(Box::new(interrupted.op.plan.clone())));
        }
    }
    effects.into()
}

/// An interrupted operation was read after: its record is closed with what was found.
pub(super) fn verified(state: &mut State, op: &OpId, found: Progress) -> Effects {
    let mut interrupted = state.ops.interrupted.iter_mut();
    let Some(interrupted) = interrupted.find(|i| i.op.plan.op == *op) else {
        return Effects::none();
    };
    let closes = is_known(&found).then(|| Effect::CloseInterrupted(op.clone()));
    interrupted.verifying = false;
    interrupted.found = Some(found);
    Vec::from_iter(closes).into()
}

/// Whether reading told how the world is.
fn is_known(found: &Progress) -> bool {
    !matches!(found.what, Happening::Ended(Outcome::Unknown { .. }))
}
