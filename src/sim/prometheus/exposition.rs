//! The text formats: what an exporter serves, and a whole history as OpenMetrics.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::answer::number;
use super::labels::{Labels, NAME};
use super::tsdb::{Millis, Tsdb, is_stale};

/// The family that a series' name belongs to, with its type and help.
pub(crate) fn family(name: &str) -> (&str, &'static str, &'static str) {
    for (family, kind, help) in [
        (
            "http_server_request_duration_seconds",
            "histogram",
            "Duration of HTTP server requests.",
        ),
        (
            "http_request_duration_seconds",
            "histogram",
            "Duration of HTTP requests.",
        ),
        (
            "hikaricp_connections_acquire_seconds",
            "summary",
            "Connection acquire time",
        ),
        (
            "db_client_connection_wait_time_seconds",
            "histogram",
            "The time it took to obtain an open connection from the pool.",
        ),
    ] {
        if let Some(rest) = name.strip_prefix(family)
            && matches!(rest, "_bucket" | "_count" | "_sum")
        {
            return (family, kind, help);
        }
    }
    let kind = if name.ends_with("_total") {
        "counter"
    } else {
        "gauge"
    };
    (name, kind, help(name))
}

/// What an exporter says of a metric.
fn help(name: &str) -> &'static str {
    match name {
        "http_requests_total" => "HTTP requests by handler, method and code.",
        "process_start_time_seconds" => "Start time of the process since unix epoch in seconds.",
        "container_cpu_usage_seconds_total" => "Cumulative cpu time consumed in seconds.",
        "container_memory_working_set_bytes" => "Current working set in bytes.",
        "kube_pod_container_status_restarts_total" => {
            "The number of container restarts per container."
        }
        "kube_pod_container_resource_limits" => {
            "The number of requested limit resource by a container."
        }
        "kube_pod_status_ready" => "Describes whether the pod is ready to serve requests.",
        "kube_pod_container_status_waiting_reason" => {
            "Describes the reason the container is currently in waiting state."
        }
        "kube_deployment_spec_replicas" => "Number of desired pods for a deployment.",
        "kube_deployment_status_replicas_available" => {
            "The number of available replicas per deployment."
        }
        "kube_deployment_status_replicas_unavailable" => {
            "The number of unavailable replicas per deployment."
        }
        "kube_deployment_status_replicas_updated" => {
            "The number of updated replicas per deployment."
        }
        "kube_deployment_status_observed_generation" => {
            "The generation observed by the deployment controller."
        }
        "container_cpu_cfs_periods_total" => "Number of elapsed enforcement period intervals.",
        "container_cpu_cfs_throttled_periods_total" => "Number of throttled period intervals.",
        "container_network_receive_bytes_total" => "Cumulative count of bytes received",
        "container_network_receive_packets_dropped_total" => {
            "Cumulative count of packets dropped while receiving"
        }
        "container_network_receive_errors_total" => {
            "Cumulative count of errors encountered while receiving"
        }
        "container_network_transmit_bytes_total" => "Cumulative count of bytes transmitted",
        "container_network_transmit_packets_dropped_total" => {
            "Cumulative count of packets dropped while transmitting"
        }
        "container_network_transmit_errors_total" => {
            "Cumulative count of errors encountered while transmitting"
        }
        "hikaricp_connections" => "Total connections",
        "hikaricp_connections_active" => "Active connections",
        "hikaricp_connections_idle" => "Idle connections",
        "hikaricp_connections_pending" => "Pending threads",
        "hikaricp_connections_max" => "Max connections",
        "hikaricp_connections_min" => "Min connections",
        "db_client_connection_count" => {
            "The number of connections that are currently in state described by the state attribute."
        }
        "db_client_connection_max" => "The maximum number of open connections allowed.",
        "cache_gets_total" => {
            "The number of times cache lookup methods have returned a cached (hit) or uncached (miss) value."
        }
        "kafka_consumergroup_lag" => {
            "Current Approximate Lag of a ConsumerGroup at Topic/Partition"
        }
        "orders_completed_total" => "Orders that were completed.",
        _ => "",
    }
}

/// `name{label="value"}`, escaped.
fn series(out: &mut String, labels: &Labels) {
    out.push_str(labels.get(NAME));
    let mut first = true;
    for (name, value) in labels.iter().filter(|(name, _)| &**name != NAME) {
        out.push(if first { '{' } else { ',' });
        first = false;
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        // Writing to a String cannot fail.
        _ = write!(out, "{name}=\"{value}\"");
    }
    if !first {
        out.push('}');
    }
}

/// A page as an exporter serves it, families together.
pub(crate) fn page(samples: impl IntoIterator<Item = (Labels, f64)>) -> String {
    let mut families: BTreeMap<String, Vec<(Labels, f64)>> = BTreeMap::new();
    for (labels, value) in samples {
        let (name, ..) = family(labels.get(NAME));
        families
            .entry(name.to_owned())
            .or_default()
            .push((labels, value));
    }
    let mut out = String::new();
    for (name, samples) in families {
        let first = samples
            .first()
            .map(|(labels, _)| labels.get(NAME).to_owned());
        let (_, kind, help) = family(first.as_deref().unwrap_or_default());
        _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in samples {
            series(&mut out, &labels);
            _ = writeln!(out, " {}", number(value));
        }
    }
    out
}

/// Every sample from `start` to `end` as OpenMetrics text, for `promtool tsdb create-blocks-from openmetrics`.
pub(crate) fn openmetrics(tsdb: &Tsdb, start: Millis, end: Millis) -> String {
    let mut families: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in tsdb.names() {
        families.entry(family(name).0).or_default().push(name);
    }
    let mut out = String::new();
    for (name, members) in families {
        let (_, kind, help) = family(members.first().copied().unwrap_or(name));
        // OpenMetrics names a counter's family without its suffix.
        let title = if kind == "counter" {
            name.trim_end_matches("_total")
        } else {
            name
        };
        _ = write!(out, "# HELP {title} {help}\n# TYPE {title} {kind}\n");
        for one in members.iter().flat_map(|member| tsdb.named(Some(member))) {
            for (at, value) in &one.samples {
                if (start..=end).contains(at) && !is_stale(*value) {
                    series(&mut out, &one.labels);
                    _ = writeln!(out, " {} {}.{:03}", number(*value), at / 1000, at % 1000);
                }
            }
        }
    }
    out.push_str("# EOF\n");
    out
}
