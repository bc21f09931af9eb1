//! A cluster: who it is, who I am in it, what I may do, and how the pods of each environment are. It watches, and
//! keeps small rows only, so that ten thousand pods cost megabytes and no list after the start.

pub mod access;
pub mod identity;
mod map;
mod memory;
mod rows;
mod run;

pub use crate::adapters::transport::PlaceSettings;
pub use access::may_i;
pub use identity::introduce;
pub use run::run;

/// What to watch in one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The environments in it.
    pub places: Vec<PlaceSettings>,
}

#[cfg(test)]
mod tests;
