//! Helm's releases, read from their own records: the history by labels alone, the inside only of the few revisions that
//! are shown. Values and manifests enter the deck only as what differs between two revisions, when a person asks.

mod difference;
mod map;
mod marks;
mod record;
mod run;

pub use crate::adapters::transport::PlaceSettings;
pub use difference::difference;
pub use run::run;

/// How many questions about releases are under way at once: forty services must not wait for each other's round trips.
const AT_ONCE: usize = 8;

/// The releases of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The environments in it.
    pub places: Vec<PlaceSettings>,
}

#[cfg(test)]
mod tests;
