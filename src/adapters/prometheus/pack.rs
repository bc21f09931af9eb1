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
    /// Micrometer, as Spring Boot uses it.
    Micrometer,
    /// Istio's standard metrics.
    Istio,
    /// The ingress controller ingress-nginx.
    IngressNginx,
    /// Envoy's clusters.
    Envoy,
}

impl PackName {
    /// Every pack.
    pub const ALL: [Self; 6] = [
        Self::OtelHttp,
        Self::HttpRequestsTotal,
        Self::Micrometer,
        Self::Istio,
        Self::IngressNginx,
        Self::Envoy,
    ];

    /// As the configuration writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtelHttp => "otel-http",
            Self::HttpRequestsTotal => "http-requests-total",
            Self::Micrometer => "micrometer",
            Self::Istio => "istio",
            Self::IngressNginx => "ingress-nginx",
            Self::Envoy => "envoy",
        }
    }

    /// The pack of that name.
    pub const fn pack(self) -> &'static Pack {
        match self {
            Self::OtelHttp => &OTEL_HTTP,
            Self::HttpRequestsTotal => &HTTP_REQUESTS_TOTAL,
            Self::Micrometer => &MICROMETER,
            Self::Istio => &ISTIO,
            Self::IngressNginx => &INGRESS_NGINX,
            Self::Envoy => &ENVOY,
        }
    }
}

/// Metric and label names. Of the labels the first that the server has is used; where it has none yet, the first.
#[derive(Debug, PartialEq)]
pub struct Pack {
    /// The counter of requests.
    pub counter: &'static str,
    /// The counter that counts the same, for a server that has not the first.
    pub other_counter: Option<&'static str>,
    /// The buckets of the histogram of durations.
    pub buckets: &'static str,
    /// How many of the histogram's unit are a second: 1000 for milliseconds.
    pub per_second: f64,
    /// Labels that may hold the HTTP method.
    pub method: &'static [&'static str],
    /// Labels that may hold the route.
    pub route: &'static [&'static str],
    /// Labels that may hold the HTTP status.
    pub status: &'static [&'static str],
    /// The label that is there where a request ended with an error, also where no response was sent.
    pub error: Option<&'static str>,
    /// The status of requests whose client went away before there was one.
    pub gone: Option<&'static str>,
    /// Who counted a request, where each request is counted by several.
    pub reporter: Option<Reporter>,
    /// A label and the value of which requests are left out, because no label of the pack tells whether they failed.
    pub untold: Option<(&'static str, &'static str)>,
}

impl Pack {
    /// The histogram of durations where it is native: one series without a suffix
    /// (`prometheus.io/docs/specs/native_histograms`, "Data model").
    pub(super) fn native(&self) -> &'static str {
        self.buckets.strip_suffix("_bucket").unwrap_or(self.buckets)
    }

    /// Whether the counter is the histogram's own, so that a native one counts the requests as well.
    pub(super) fn counts_by_histogram(&self) -> bool {
        self.counter.strip_suffix("_count") == Some(self.native())
    }
}

/// The label that says who counted a request, and whom to believe: the first of whom there are series, and nobody else.
#[derive(Debug, PartialEq, Eq)]
pub struct Reporter {
    /// The label.
    pub label: &'static str,
    /// Its values, the best first.
    pub values: &'static [&'static str],
}

/// What most packs have in common.
const SECONDS: Pack = Pack {
    counter: "",
    other_counter: None,
    buckets: "",
    per_second: 1.0,
    method: &["method"],
    route: &[],
    status: &["status"],
    error: None,
    gone: None,
    reporter: None,
    untold: None,
};

static OTEL_HTTP: Pack = Pack {
    counter: "http_server_request_duration_seconds_count",
    buckets: "http_server_request_duration_seconds_bucket",
    method: &["http_request_method"],
    route: &["http_route"],
    // Only there if a response was sent; where none was, `error.type` says that the request failed
    // (opentelemetry.io/docs/specs/semconv/http/http-metrics).
    status: &["http_response_status_code"],
    error: Some("error_type"),
    ..SECONDS
};

static HTTP_REQUESTS_TOTAL: Pack = Pack {
    counter: "http_requests_total",
    buckets: "http_request_duration_seconds_bucket",
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
    ..SECONDS
};

// docs.spring.io/spring-boot/reference/actuator/metrics.html, "Spring MVC". There are buckets only with
// `management.metrics.distribution.percentiles-histogram.http.server.requests`. `exception` is no label of errors: it is
// `none` where there was no error, and there for the client's errors too.
static MICROMETER: Pack = Pack {
    counter: "http_server_requests_seconds_count",
    buckets: "http_server_requests_seconds_bucket",
    route: &["uri"],
    ..SECONDS
};

// istio.io/latest/docs/reference/config/metrics: no label has method or route. The client's proxy counts a request and
// the server's the same one; a waypoint does it for both.
static ISTIO: Pack = Pack {
    counter: "istio_requests_total",
    buckets: "istio_request_duration_milliseconds_bucket",
    per_second: 1e3,
    method: &[],
    status: &["response_code"],
    // envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage, RESPONSE_CODE.
    gone: Some("0"),
    reporter: Some(Reporter {
        label: "reporter",
        values: &["destination", "waypoint", "source"],
    }),
    // A gRPC call that fails is answered with 200: its status is in the trailers (`grpc_response_status`).
    untold: Some(("request_protocol", "grpc")),
    ..SECONDS
};

// kubernetes/ingress-nginx docs/user-guide/monitoring.md and internal/ingress/metric/collectors/socket.go. `path` is the
// rule's, so it makes no thousands.
static INGRESS_NGINX: Pack = Pack {
    counter: "nginx_ingress_controller_requests",
    buckets: "nginx_ingress_controller_request_duration_seconds_bucket",
    route: &["path"],
    ..SECONDS
};

// envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats, `upstream_rq_<*xx>`,
// `upstream_rq_<*>` and `upstream_rq_time` (milliseconds), with the tags of source/common/config/well_known_names.cc.
static ENVOY: Pack = Pack {
    counter: "envoy_cluster_upstream_rq_xx",
    other_counter: Some("envoy_cluster_upstream_rq"),
    buckets: "envoy_cluster_upstream_rq_time_bucket",
    per_second: 1e3,
    method: &[],
    status: &["envoy_response_code_class", "envoy_response_code"],
    ..SECONDS
};

/// Usage and limits of containers, what they wait for, and their restarts: cAdvisor's and kube-state-metrics' names.
pub(super) mod containers {
    /// Seconds of CPU used, a counter (cAdvisor).
    pub(crate) const CPU: &str = "container_cpu_usage_seconds_total";
    /// Memory that can't be reclaimed, in bytes (cAdvisor).
    pub(crate) const MEMORY: &str = "container_memory_working_set_bytes";
    /// Scheduler periods in which it was throttled, and all of them (google/cadvisor docs/storage/prometheus.md).
    pub(crate) const THROTTLED: [&str; 2] = [
        "container_cpu_cfs_throttled_periods_total",
        "container_cpu_cfs_periods_total",
    ];
    /// Seconds in which some task waited: for CPU, for memory, for a disk (google/cadvisor lib/metrics/prometheus.go; the
    /// kubelet tells them from 1.33 on where the kernel does: kubernetes.io/docs/reference/instrumentation/
    /// understand-psi-metrics).
    pub(crate) const WAITING: [&str; 3] = [
        "container_pressure_cpu_waiting_seconds_total",
        "container_pressure_memory_waiting_seconds_total",
        "container_pressure_io_waiting_seconds_total",
    ];
    /// Limits in cores and bytes (kube-state-metrics).
    pub(crate) const LIMITS: &str = "kube_pod_container_resource_limits";
    /// Requests in cores and bytes (kube-state-metrics).
    pub(crate) const REQUESTS: &str = "kube_pod_container_resource_requests";
    /// Restarts, a counter (kube-state-metrics).
    pub(crate) const RESTARTS: &str = "kube_pod_container_status_restarts_total";
}
