//! Which metrics and labels a service exports, as data: so that another vocabulary is another row, not another code path.

use serde::{Deserialize, Serialize};

/// The name of a pack, as the configuration writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackName {
    /// OpenTelemetry's stable HTTP server conventions.
    #[default]
    OtelHttp,
    /// The plain `http_requests_total` of many client libraries.
    HttpRequestsTotal,
}

impl PackName {
    /// The pack of that name.
    pub const fn pack(self) -> &'static Pack {
        match self {
            Self::OtelHttp => &OTEL_HTTP,
            Self::HttpRequestsTotal => &HTTP_REQUESTS_TOTAL,
        }
    }
}

/// Metric and label names. Of the labels the first that the server has is used; where it has none yet, the first.
#[derive(Debug, PartialEq, Eq)]
pub struct Pack {
    /// The counter of requests.
    pub counter: &'static str,
    /// The buckets of the histogram of durations in seconds.
    pub buckets: &'static str,
    /// Labels that may hold the HTTP method.
    pub method: &'static [&'static str],
    /// Labels that may hold the route.
    pub route: &'static [&'static str],
    /// Labels that may hold the HTTP status.
    pub status: &'static [&'static str],
    /// The label that is there where a request ended with an error, also where no response was sent.
    pub error: Option<&'static str>,
}

static OTEL_HTTP: Pack = Pack {
    counter: "http_server_request_duration_seconds_count",
    buckets: "http_server_request_duration_seconds_bucket",
    method: &["http_request_method"],
    route: &["http_route"],
    // Only there if a response was sent; where none was, `error.type` says that the request failed
    // (opentelemetry.io/docs/specs/semconv/http/http-metrics).
    status: &["http_response_status_code"],
    error: Some("error_type"),
};

static HTTP_REQUESTS_TOTAL: Pack = Pack {
    counter: "http_requests_total",
    buckets: "http_request_duration_seconds_bucket",
    method: &["method"],
    route: &["handler", "route", "path"],
    // `code`: promhttp of client_golang, prometheus-net. `status_code`: starlette_exporter, express-prom-bundle. `status`:
    // prometheus-fastapi-instrumentator, prometheus-flask-exporter, Micrometer. `http_response_code`:
    // prometheus-wai-middleware. `response_code`: Envoy and Istio. `status` comes after the labels that are surely of HTTP,
    // for it may hold a word.
    status: &[
        "code",
        "status_code",
        "http_status_code",
        "response_code",
        "http_response_code",
        "status",
    ],
    error: None,
};

/// Usage and limits of containers, and their restarts: cAdvisor's and kube-state-metrics' names.
pub(super) mod containers {
    /// Seconds of CPU used, a counter (cAdvisor).
    pub(crate) const CPU: &str = "container_cpu_usage_seconds_total";
    /// Memory that can't be reclaimed, in bytes (cAdvisor).
    pub(crate) const MEMORY: &str = "container_memory_working_set_bytes";
    /// Limits in cores and bytes (kube-state-metrics).
    pub(crate) const LIMITS: &str = "kube_pod_container_resource_limits";
    /// Restarts, a counter (kube-state-metrics).
    pub(crate) const RESTARTS: &str = "kube_pod_container_status_restarts_total";
}
