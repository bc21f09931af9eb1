//! From an assessment to a recommendation: which rung of the process's ladder, why, why not, and what if it fails.

pub mod advice;
mod against;
pub mod case;
mod distil;
mod effect;
pub mod escalation;
mod explain;
mod headline;
mod ladder;
mod onset;
mod promotion;
pub mod reason;
mod rules;
mod seen;
mod word;

#[cfg(test)]
mod tests;

pub use case::Case;
pub use distil::distil;
pub(crate) use explain::{compare, parted};
pub use onset::{Onset, began};

use jiff::Timestamp;

use self::advice::Advice;
use super::assess::{Assessment, Memory, assess_again};
use super::evidence::ServiceEvidence;

/// What is to be said of a service now: how it is, counting what others did about it, and what to do. What the judge said
/// is remembered without and with what others did.
pub fn conclude(
    evidence: &mut ServiceEvidence,
    [without, with]: &mut [Memory; 2],
    now: Timestamp,
) -> (Assessment, Advice) {
    evidence.attempts.retain(|attempt| attempt.op.is_some());
    let mut assessment = assess_again(evidence, without, now);
    let seen = seen::attempts(evidence, &assessment, now);
    if !seen.is_empty() {
        evidence.attempts.extend(seen);
        evidence.attempts.sort_by_key(|attempt| attempt.at);
        assessment = assess_again(evidence, with, now);
    }
    let advice = advise(evidence, &assessment, now);
    (assessment, advice)
}

/// The recommendation for a service, from what is known of it and how it was assessed.
pub fn advise(evidence: &ServiceEvidence, assessment: &Assessment, now: Timestamp) -> Advice {
    decide(&distil(evidence, assessment, now))
}

/// The recommendation for a case: the one way to a decision, live or headless.
pub fn decide(case: &Case) -> Advice {
    let ruling = rules::ruling(case);
    let (rungs, first) = ladder::ladder(case, &ruling);
    Advice {
        compared: case.compared(),
        headline: headline::headline(case),
        hurt: case.hurt.clone(),
        rungs,
        first,
        promotion: promotion::promotion(case),
    }
}
