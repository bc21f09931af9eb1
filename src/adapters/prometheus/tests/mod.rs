//! The adapter's pure parts against texts and answers of a real server.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers made by the tests"
)]

mod alerts;
mod discover;
mod map;
mod native;
mod promql;
mod signals;
mod window;
mod wire;
