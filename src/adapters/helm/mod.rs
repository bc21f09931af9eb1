//! Helm's releases, read from their own records: the history by labels alone, the inside only of the few revisions that
//! are shown. Values and manifests never enter the deck.

mod map;
mod record;
mod run;

pub use crate::adapters::transport::PlaceSettings;
pub use run::run;

/// The releases of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The environments in it.
    pub places: Vec<PlaceSettings>,
}

#[cfg(test)]
mod tests;
