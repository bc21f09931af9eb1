//! How far an interrupted operation got, found by reading alone.

use std::collections::BTreeSet;

use super::look::{Found, look, too_late};
use super::tools::Tools;
use super::verify_flag::{Seen, open};
use crate::domain::plan::{Intent, Plan, Step};
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::untrusted::Untrusted;
use crate::domain::write::Write;

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
    let Intent::SetFlag { place, key, to, .. } = &plan.intent;
    let write = plan.steps.iter().find_map(|step| match step {
        Step::Write(Write::SetFlag(write)) => Some(write),
        Step::VerifyFlag { .. } => None,
    });
    let Some(write) = write else {
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
    match open(place, tools).await {
        Err(why) => Outcome::Unverified {
            as_wanted: 0,
            of: 0,
            why,
        },
        Ok(instances) => {
            let seen = Seen::of(&instances.evaluate(key).await, *to, &mut knew(plan));
            if seen.is_all() {
                Outcome::Verified { instances: seen.of }
            } else {
                seen.outcome()
            }
        }
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

/// The instances that knew the flag when the plan was made.
fn knew(plan: &Plan) -> BTreeSet<Untrusted> {
    let of_step = |step: &Step| match step {
        Step::VerifyFlag { knew, .. } => knew.clone(),
        Step::Write(_) => Vec::new(),
    };
    plan.steps.iter().flat_map(of_step).collect()
}
