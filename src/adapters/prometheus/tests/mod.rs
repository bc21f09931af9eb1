//! The adapter's pure parts against texts and answers of a real server.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers of made-up stories"
)]

mod discover;
mod map;
mod promql;
mod window;
mod wire;
