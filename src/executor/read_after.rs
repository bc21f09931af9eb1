//! How far an interrupted operation got, found by reading alone.

use super::tools::Tools;
use super::verify_flag::{Seen, open};
use crate::adapters::flagd::read_flags;
use crate::domain::flag::FlagState;
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
    let Some((write, clients)) = write.and_then(|w| Some((w, tools.clusters.get(&w.cluster)?)))
    else {
        return Outcome::Unknown {
            why: Untrusted::from("its cluster can't be reached"),
        };
    };
    let flags = match read_flags(&clients.read, &write.source).await {
        Ok(flags) => flags,
        Err(trouble) => {
            return Outcome::Unknown {
                why: trouble.message,
            };
        }
    };
    let state = flags.flags.get(key).map(|flag| flag.state);
    if state != Some(*to) {
        let is = state.map_or("gone", FlagState::as_str);
        return Outcome::Changed {
            found: Untrusted::new(format!("the flag is {is}: the change is not there")),
        };
    }
    match open(place, tools).await {
        Err(why) => Outcome::Unverified {
            as_wanted: 0,
            of: 0,
            why,
        },
        Ok(instances) => {
            let seen = Seen::of(&instances.evaluate(key).await, *to);
            if seen.as_wanted == seen.of {
                Outcome::Verified { instances: seen.of }
            } else {
                seen.outcome()
            }
        }
    }
}
