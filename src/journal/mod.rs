//! The append-only, hash-chained record of intents and outcomes: what was about to be done stands on disk before the
//! first byte of it is sent, so that a crash at any point leaves a record of how far it got.

mod chain;
mod entry;
mod error;
mod file;
mod unfinished;
mod writer;

#[cfg(test)]
mod tests;

pub use chain::{Hash, Record, Verification, verify};
pub use entry::Entry;
pub use error::{Damage, JournalError};
pub use file::{Journal, read};
pub use unfinished::{Left, Unfinished, unfinished};
pub use writer::{Requests, Writer, write_all};
