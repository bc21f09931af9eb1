//! Operations: what they report, how they end, and those that were left open: by an earlier deck, or because nobody knows
//! whether their change arrived.

use crate::app::effect::{Effect, Effects};
use crate::app::event::InterruptedOp;
use crate::app::state::{Interrupted, State};
use crate::domain::names::OpId;
use crate::domain::plan::Plan;
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
pub(super) fn progressed(state: &mut State, progress: Progress) -> Effects {
    let what = progress.what.clone();
    let Some(plan) = told(state, progress) else {
        return Effects::none();
    };
    match what {
        Happening::Ended(outcome) => {
            let mut effects = vec![Effect::Bell];
            if let Outcome::Forbidden { .. } = outcome {
                // What was allowed is not any more: the next plan is to know it.
                let needed = plan.permissions.iter();
                let needed = needed.map(|(permission, _)| permission.clone());
                effects.push(Effect::AskAccess(needed.collect()));
            }
            if outcome.is_written().is_none() {
                left_open(state, plan);
            }
            effects.into()
        }
        Happening::IntentRecorded
        | Happening::Unanswered { .. }
        | Happening::Written { .. }
        | Happening::Evaluated { .. } => Effects::none(),
    }
}

/// Puts a report to its operation, and concludes anew what rests on it; gives back the operation's plan.
fn told(state: &mut State, progress: Progress) -> Option<Plan> {
    let mut operations = state.ops.operations.iter_mut();
    let operation = operations.find(|operation| operation.plan.op == progress.op)?;
    if let Happening::Ended(outcome) = &progress.what {
        operation.outcome = Some(outcome.clone());
    }
    let plan = operation.plan.clone();
    operation.progress.push(progress.clone());
    let service = &plan.intent.place().service;
    let service = state.world.services.get_mut(service)?;
    let mut attempts = service.evidence.attempts.iter_mut();
    if let Some(attempt) = attempts.find(|a| a.op.as_ref() == Some(&progress.op)) {
        match progress.what {
            Happening::Written { .. } => attempt.at = progress.at,
            Happening::Ended(outcome) => attempt.outcome = Some(outcome),
            Happening::IntentRecorded
            | Happening::Unanswered { .. }
            | Happening::Evaluated { .. } => {}
        }
    }
    super::reassess::conclude(service, state.world.now);
    Some(plan)
}

/// An operation of this run whose end nobody knows is offered like one of an earlier run.
fn left_open(state: &mut State, plan: Plan) {
    let operation = state.ops.operations.iter();
    let progress = operation
        .filter(|operation| operation.plan.op == plan.op)
        .flat_map(|operation| operation.progress.clone())
        .collect();
    state.ops.interrupted.push(Interrupted {
        op: InterruptedOp { plan, progress },
        found: None,
        verifying: false,
    });
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
    interrupted.verifying = false;
    let is_known = is_known(&found);
    interrupted.found = Some(found.clone());
    if !is_known {
        return Effects::none();
    }
    // One of this run has its end by that, for undo and for what is advised.
    told(state, found);
    Effects::from(vec![Effect::CloseInterrupted(op.clone())])
}

/// Whether reading told how the world is.
fn is_known(found: &Progress) -> bool {
    !matches!(found.what, Happening::Ended(Outcome::Unknown { .. }))
}
