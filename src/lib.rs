//! flightdeck: a terminal mission control for a commit-to-production process.
//!
//! A functional core (`domain`, `engine`, `app`, `view`) in an imperative shell: what the deck is and what it
//! concludes are pure functions of recorded events; the shell only carries bytes between them and the world.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod executor;
pub mod input;
pub mod journal;
pub mod settings;
pub mod shell;
pub mod sim;
pub mod theme;
pub mod view;
