//! The adapter's pure parts against texts and answers of a real server.

mod promql;
