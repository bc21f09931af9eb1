//! Where the time comes from: one trait, so that a run can be live, scaled, frozen or replayed.

use jiff::Timestamp;

/// Tells the time. Implemented in the shell: the system's clock, or a simulated world's.
pub trait Clock: Send + Sync {
    /// The present, in UTC.
    fn now(&self) -> Timestamp;
}
