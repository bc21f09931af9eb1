//! A simulated Kubernetes API server, true to the wire for kubectl, helm and kube-rs.
//!
//! One `Store` is one cluster's state; the world's model writes to it as controllers would, people through the API.

mod fields;
mod kinds;
mod object;
mod objects;
mod store;

pub use store::Store;
