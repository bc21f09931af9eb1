//! The embedded world: a seeded model on a virtual clock, served in the real wire formats.
//!
//! It is another program in our binary: it names nothing of ours outside this room, so that no bug cancels itself.

pub mod clock;
pub mod knobs;
pub mod kubernetes;
pub mod serve;
