//! Helm's releases, read from their own records: the history by labels alone, the inside only of the few revisions that
//! are shown. Values and manifests never enter the deck.

mod map;
mod record;
mod run;

use crate::domain::environment::Place;
use crate::domain::names::{Namespace, ReleaseName};

pub use run::run;

/// The releases of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The environments in it.
    pub places: Vec<PlaceSettings>,
}

/// Where the release of one environment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSettings {
    /// The environment.
    pub place: Place,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its release.
    pub release: ReleaseName,
}

#[cfg(test)]
mod tests;
