//! Clients that we did not write, against the embedded world's wire formats.

mod kubernetes;
