//! What lies over a screen, from line 5 on: lines 1 to 3 stay live.

pub(crate) mod help;
pub(crate) mod palette;
pub(crate) mod plan;
pub(crate) mod refused;
pub(crate) mod security;
