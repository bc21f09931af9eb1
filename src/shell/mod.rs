//! The imperative shell: it carries bytes between the pure core and the world, and decides nothing.

pub mod clock;
pub mod event_loop;
pub mod evidence;
mod field_manager;
pub mod flight;
pub mod headless;
pub mod logbook;
pub mod logging;
pub mod login;
pub mod look;
pub mod runner;
pub mod signals;
pub mod source;
pub mod supervisor;
pub mod terminal;
mod typing;
