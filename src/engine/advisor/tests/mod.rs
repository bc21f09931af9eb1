//! The advisor's rules, each against a table of small cases, and its laws.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::semicolon_if_nothing_returned,
    reason = "what else is seen is shown; a case is bent in one expression"
)]

mod attempts;
mod blind;
mod clock;
mod complete;
mod flag;
mod gauges;
mod laws;
mod lines;
mod promotion;
mod security;
mod soak;
mod weather;

use super::advice::{Advice, Rung, RungKind, RungState};
use super::{Case, advise, decide, distil};
use crate::engine::assess::assess;
use crate::engine::built::{Story, at};
use crate::engine::evidence::ServiceEvidence;

/// The advice on evidence at a time.
pub(super) fn advice(evidence: &ServiceEvidence, clock: &str) -> Advice {
    let now = at(clock);
    advise(evidence, &assess(evidence, now), now)
}

/// The case that a story makes at its end.
pub(super) fn case(story: &Story) -> Case {
    let evidence = story.evidence();
    distil(&evidence, &assess(&evidence, story.now), story.now)
}

/// The advice on a case, bent.
pub(super) fn bent(story: &Story, bend: impl FnOnce(&mut Case)) -> Advice {
    let mut case = case(story);
    bend(&mut case);
    decide(&case)
}

pub(super) fn rung(advice: &Advice, kind: RungKind) -> &Rung {
    advice.rungs.iter().find(|r| r.kind == kind).unwrap()
}

pub(super) fn state(advice: &Advice, kind: RungKind) -> &RungState {
    &rung(advice, kind).state
}
