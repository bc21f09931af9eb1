//! From what somebody wants to the plan for it, or to why there is none.

pub mod refusal;

pub use refusal::Refusal;
