//! The verbs of judgement, pure: evidence in, verdicts, advice and plans out. No clock, no I/O: the same evidence
//! gives the same bytes, live, replayed or headless.

pub mod advisor;
pub mod approval;
pub mod assess;
pub(crate) mod bound;
#[cfg(test)]
pub(crate) mod built;
pub mod evidence;
pub mod judge;
pub mod planner;
pub mod pods;
pub mod policy;
pub mod stats;
pub mod timeline;
