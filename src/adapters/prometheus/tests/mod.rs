//! The adapter's pure parts against texts and answers of a real server.

mod discover;
mod map;
mod promql;
mod window;
mod wire;
