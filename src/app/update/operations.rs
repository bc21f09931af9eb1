//! Operations: what they report, how they end, and those that an earlier deck left open.

use crate::app::effect::{Effect, Effects};
use crate::app::event::InterruptedOp;
use crate::app::state::{Interrupted, State};
use crate::domain::names::OpId;
use crate::domain::progress::{Happening, Progress};

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
    let service = state
        .ops
        .operations
        .iter_mut()
        .find(|operation| operation.plan.op == progress.op)
        .map(|operation| {
            if let Happening::Ended(outcome) = &progress.what {
                operation.outcome = Some(outcome.clone());
            }
            operation.progress.push(progress.clone());
            operation.plan.intent.place().service.clone()
        });
    let Some(service) = service.and_then(|name| state.world.services.get_mut(&name)) else {
        return Effects::none();
    };
    if let Some(attempt) = service
        .evidence
        .attempts
        .iter_mut()
        .find(|a| a.op == progress.op)
    {
        match &progress.what {
            Happening::Written { .. } => attempt.at = progress.at,
            Happening::Ended(outcome) => attempt.outcome = Some(outcome.clone()),
            Happening::IntentRecorded | Happening::Evaluated { .. } => {}
        }
    }
    super::reassess::conclude(service, state.world.now);
    match &progress.what {
        Happening::Ended(_) => Effects::from(vec![Effect::Bell]),
        Happening::IntentRecorded | Happening::Written { .. } | Happening::Evaluated { .. } => {
            Effects::none()
        }
    }
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

/// Reads how far the interrupted operations got; those that were read are put away by the same key.
pub(super) fn verify(state: &mut State) -> Effects {
    let mut effects = Vec::new();
    let mut open = Vec::new();
    for mut interrupted in std::mem::take(&mut state.ops.interrupted) {
        if interrupted.found.is_some() {
            effects.push(Effect::CloseInterrupted(interrupted.op.plan.op.clone()));
            continue;
        }
        if !interrupted.verifying {
            interrupted.verifying = true;
            effects.push(Effect::Verify(Box::new(interrupted.op.plan.clone())));
        }
        open.push(interrupted);
    }
    state.ops.interrupted = open;
    effects.into()
}

/// An interrupted operation was read after.
pub(super) fn verified(state: &mut State, op: &OpId, found: Progress) -> Effects {
    if let Some(interrupted) = state
        .ops
        .interrupted
        .iter_mut()
        .find(|i| i.op.plan.op == *op)
    {
        interrupted.verifying = false;
        interrupted.found = Some(found);
    }
    Effects::none()
}
