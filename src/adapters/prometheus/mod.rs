//! Prometheus: whole counts on the grid and gauges, asked for with one range query a panel group and scrape.
//!
//! Everything that the judge concludes hangs on these counts, so they are differences of the counters themselves,
//! taken on the server by one expression that serves history and live view alike; `increase()` extrapolates and is
//! never used for counts, only for how what a native histogram counted is spread over its buckets.

mod alerts;
mod apart;
mod before;
mod beside;
mod business;
mod discover;
mod durations;
mod found;
mod inventory;
mod latency;
mod map;
mod native;
mod pack;
mod parts;
mod plan;
mod pods;
mod promql;
mod run;
mod selector;
mod server;
mod session;
mod settings;
mod signals;
mod together;
mod vocabulary;
mod window;
mod wire;

pub use apart::{same_requests, untold, untold_apart};
pub use inventory::{Fed, FedBy, inventory};
pub use pack::{Pack, PackName};
pub use run::{observe_once, run};
pub use settings::{
    DEADLINE, Pods, SLOW_TARGET, Settings, Signal, Wanted, is_label_name, is_metric_name, is_tenant,
};
pub use together::Together;
pub use vocabulary::SignalError;

#[cfg(test)]
mod tests;
