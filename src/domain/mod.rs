//! The nouns: what the deck knows, can ask for, and has done. No I/O and no clock, so that every conclusion drawn
//! from them can be tested, recorded and replayed.

pub mod access;
pub mod alert;
pub mod clock;
pub mod difference;
pub mod environment;
pub mod exporter;
pub mod flag;
pub mod fresh;
pub mod gauge;
pub mod grid;
pub mod metrics;
pub mod names;
pub mod observation;
pub mod plan;
pub mod pods;
pub mod progress;
pub mod release;
pub mod secret;
pub mod security;
pub mod source;
pub mod untrusted;
pub mod verdict;
pub mod workload;
pub mod write;
