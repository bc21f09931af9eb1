//! Helm's releases, read from their own records: the history by labels alone, the inside only of the few revisions that
//! are shown. Values and manifests enter the deck only as what differs between two revisions, when a person asks.

mod difference;
mod map;
mod record;
mod run;

pub use crate::adapters::transport::PlaceSettings;
pub use difference::difference;
pub use run::run;

/// The releases of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The environments in it.
    pub places: Vec<PlaceSettings>,
}

#[cfg(test)]
mod tests;
