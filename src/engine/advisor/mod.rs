//! From an assessment to a recommendation: which rung of the process's ladder, why, why not, and what if it fails.

pub mod advice;
pub mod reason;
