//! One folder an outside system: its wire types, a pure map, and errors by what the operator can do.

pub mod flagd;
pub mod helm;
pub mod kubernetes;
pub mod prometheus;
pub mod transport;
