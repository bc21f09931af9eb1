//! A simulated Kubernetes API server, true to the wire for kubectl, helm and kube-rs.
//!
//! One `Store` is one cluster's state; the world's model writes to it as controllers would, people through the `Api`.

mod access;
mod age;
mod answer;
mod api;
mod apply;
mod audit;
mod columns;
mod discovery;
mod event;
mod fields;
mod form;
mod kinds;
mod object;
mod objects;
mod patch;
mod pod_row;
mod protobuf;
mod query;
mod read;
mod request;
mod review;
mod route;
mod selector;
mod status;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod watch;
mod write;

pub use access::{Access, Rule};
pub use api::Api;
pub use audit::AuditEntry;
pub use store::Store;
