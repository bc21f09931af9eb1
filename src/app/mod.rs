//! The pure half of the loop: state, events, actions, effects, and the one function between them. A run is a fold over
//! its events, so that replay, screenshots, headless and tests are one path.

pub mod action;
pub(crate) mod behind;
pub mod chord;
pub mod effect;
pub mod enabled;
pub mod event;
pub(crate) mod evidence;
pub mod field;
pub mod flags;
pub mod focus;
pub(crate) mod help;
pub mod overlay;
pub mod pods;
#[cfg(test)]
pub(crate) mod pressing;
pub mod releases;
pub mod roster;
pub mod screen;
pub mod sieve;
pub mod start;
pub mod state;
pub mod suggest;
pub mod update;

pub use focus::{contexts, field_in_use};
pub use start::start;
pub use update::update;
