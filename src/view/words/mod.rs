//! The one place where reasons become sentences, so that a state of things is called the same on every screen.

pub(crate) mod alert;
pub(crate) mod change;
pub(crate) mod closed;
pub(crate) mod compare;
pub(crate) mod fit;
pub(crate) mod headline;
pub(crate) mod hurt;
pub(crate) mod level;
pub(crate) mod number;
pub(crate) mod operation;
pub(crate) mod pod;
pub(crate) mod reason;
pub(crate) mod refusal;
pub(crate) mod release;
pub(crate) mod rung;
pub(crate) mod security;
pub(crate) mod service;
pub(crate) mod sides;
pub(crate) mod source;
pub(crate) mod time;

#[cfg(test)]
mod tests;
