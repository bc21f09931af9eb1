//! A value never travels without its age.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A value and when it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fresh<T> {
    /// What was seen.
    pub value: T,
    /// When, by our clock.
    pub at: Timestamp,
}

impl<T> Fresh<T> {
    /// A value seen at a time.
    pub const fn new(value: T, at: Timestamp) -> Self {
        Self { value, at }
    }

    /// How long ago it was seen; negative never, a clock that went back counts as zero.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.at).max(SignedDuration::ZERO)
    }
}
