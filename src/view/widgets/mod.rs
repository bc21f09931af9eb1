//! Parts that several screens share.

pub(crate) mod action;
pub(crate) mod aftermath;
pub(crate) mod chart;
pub(crate) mod header;
pub(crate) mod hint;
pub(crate) mod labelled;
pub(crate) mod notice;
pub(crate) mod part;
mod promotion;
pub(crate) mod roster;
pub(crate) mod side;
pub(crate) mod sieve;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod trend;
pub(crate) mod zoomed;
