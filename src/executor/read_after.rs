//! How far an interrupted operation got, found by reading alone.

use super::look::{Found, look, too_late};
use super::tools::Tools;
use super::verify_flag::verify_flag;
use crate::domain::plan::Plan;
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::untrusted::Untrusted;

/// Reads what the world says of a plan that was interrupted. Nothing is written.
pub async fn read_after(plan: &Plan, tools: &Tools) -> Progress {
    let outcome = outcome(plan, tools).await;
    Progress {
        op: plan.op.clone(),
        at: tools.clock.now(),
        what: Happening::Ended(outcome),
    }
}

async fn outcome(plan: &Plan, tools: &Tools) -> Outcome {
    let Some(write) = plan.set_flag() else {
        return Outcome::Unknown {
            why: Untrusted::from("the plan holds no change"),
        };
    };
    match look(write, tools).await {
        Found::Written { .. } => {}
        Found::Never { instead } => return Outcome::Changed { found: instead },
        Found::AsBefore { now } if tools.clock.now() > too_late(plan) => {
            return Outcome::Changed { found: now };
        }
        Found::AsBefore { now } => return not_yet(plan, &now),
        Found::Unread { why } => return Outcome::Unknown { why },
    }
    // It may still be on its way to the instances: they are given the time that the plan gives them.
    match plan.verification() {
        Some(wanted) => verify_flag(wanted, tools, None).await,
        None => Outcome::Unverified {
            as_wanted: 0,
            of: 0,
            why: Untrusted::from("the plan has no step that verifies"),
        },
    }
}

/// The change is not there, and its request may still be on its way.
pub(super) fn not_yet(plan: &Plan, now: &Untrusted) -> Outcome {
    let until = too_late(plan).strftime("%H:%M:%S");
    Outcome::Unknown {
        why: Untrusted::new(format!(
            "{}; it may still come until {until} UTC",
            now.raw()
        )),
    }
}
