//! The embedded world: a seeded model on a virtual clock, served over loopback in the real wire formats.
//!
//! It is another program in our binary: it names nothing of ours outside this room, so that no bug cancels itself.

pub mod clock;
pub mod deck;
mod door;
mod flagd;
mod hash;
pub mod knobs;
pub mod kubernetes;
mod mishaps;
mod options;
mod people;
mod prometheus;
mod running;
pub mod scenario;
pub mod serve;
mod world;

pub use options::Options;
pub use people::PEOPLE;
pub use running::{ClusterKnobs, Running, Sim, StartError};
pub use scenario::Side;
