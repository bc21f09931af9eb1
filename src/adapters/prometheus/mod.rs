//! Prometheus: whole counts on the grid and gauges, asked for with one range query a panel group and scrape.
//!
//! Everything that the judge concludes hangs on these counts, so they are differences of the counters themselves,
//! taken on the server by one expression that serves history and live view alike; `increase()` extrapolates and is
//! never used for counts.

mod pack;
mod plan;
mod promql;

pub use pack::{Pack, PackName};

#[cfg(test)]
mod tests;
