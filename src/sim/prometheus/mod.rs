//! A simulated Prometheus for each cluster: samples, `PromQL`, the HTTP API, and the exporters that it scrapes.
//!
//! # A real Prometheus on the same world
//! Beside the API each cluster has a listener with the exporters themselves. `/sd` answers Prometheus' HTTP service
//! discovery with every pod as a target of its own, so that `up`, staleness and `instance` are as in a real cluster:
//! ```yaml
//! scrape_configs:
//!   - job_name: world            # each target brings its own job, instance, namespace, pod and service
//!     scrape_interval: 15s
//!     honor_labels: true
//!     http_sd_configs:
//!       - url: http://ADDRESS/sd
//!         refresh_interval: 5s
//! ```
//! `/metrics` has the series of all targets on one page, with the same labels; it needs `honor_labels: true` too, but
//! `up` is then the page's. A longer story than one can wait for is written by [`openmetrics`] and loaded with
//! `promtool tsdb create-blocks-from openmetrics`.

mod answer;
mod api;
mod exporters;
mod exposition;
mod form;
mod labels;
mod promql;
mod rules;
mod scrape;
#[cfg(test)]
mod tests;
mod tsdb;

pub(crate) use api::Api;
pub(crate) use exporters::Exporters;
pub(crate) use exposition::openmetrics;
pub(crate) use labels::{Labels, Pair};
pub(crate) use scrape::{Slots, next as next_scrape};
pub(crate) use tsdb::{Millis, Tsdb};

/// The one value of a query at one moment.
#[cfg(test)]
pub(crate) fn value(tsdb: &Tsdb, query: &str, at: Millis) -> Option<f64> {
    let expr = promql::parse(query).ok()?;
    match promql::evaluate(tsdb, &expr, promql::Grid::instant(at)).ok()? {
        promql::Value::Vector(rows) => rows.first()?.points.first().copied()?,
        promql::Value::Scalar(values) => values.first().copied(),
        promql::Value::Text(_) => None,
    }
}
