//! What each target exports: the services' own metrics, cAdvisor's and kube-state-metrics'.
//!
//! Names and labels are exactly those of the real exporters; values come in a fixed order, new ones at the end.

mod signals;

use std::sync::Arc;

use crate::sim::prometheus::{Labels, Pair};
use crate::sim::scenario::{Endpoint, Pack, Service};

use super::app::App;
use super::flags::NAMESPACE;
use super::pod::{Child, Life, Pod, bound_label};

pub(crate) use signals::{lag_labels, lag_values, sandbox_labels, sandbox_values};

/// The port on which pods serve their metrics.
pub(crate) const METRICS_PORT: u16 = 9464;
/// The CPU limit of every container, in cores.
pub(crate) const CPU_LIMIT: f64 = 1.0;
/// The memory limit of every container, in bytes.
pub(crate) const MEMORY_LIMIT: f64 = 536_870_912.0;

/// What every container requests, in cores and in bytes.
const CPU_REQUEST: f64 = 0.25;
const MEMORY_REQUEST: f64 = 268_435_456.0;

/// kubelet and kube-state-metrics, as targets.
pub(crate) const KUBELET: [(&str, &str); 4] = [
    ("job", "kubelet"),
    ("instance", "10.0.0.11:10250"),
    ("metrics_path", "/metrics/cadvisor"),
    ("node", "node-1"),
];
pub(crate) const STATE_METRICS: [(&str, &str); 2] =
    [("job", "kube-state-metrics"), ("instance", "10.1.0.4:8080")];

/// `kafka_exporter`, as a target (its own default port: `danielqsj/kafka_exporter`, `kafka_exporter.go`).
pub(crate) const KAFKA: [(&str, &str); 2] =
    [("job", "kafka-exporter"), ("instance", "10.1.3.7:9308")];

fn pair(name: &str, value: &str) -> Pair {
    (Arc::from(name), Arc::from(value))
}

pub(crate) fn pairs(labels: &[(&str, &str)]) -> Vec<Pair> {
    labels
        .iter()
        .map(|(name, value)| pair(name, value))
        .collect()
}

fn named(name: &str, base: &[Pair], more: &[(&str, &str)]) -> Labels {
    Labels::new(
        [pair("__name__", name)]
            .into_iter()
            .chain(base.iter().cloned())
            .chain(pairs(more)),
    )
}

/// The labels that service discovery gives a pod's target.
pub(crate) fn target(service: &str, pod: &Pod) -> Vec<Pair> {
    vec![
        pair("instance", &format!("{}:{METRICS_PORT}", pod.ip)),
        pair("job", &format!("{NAMESPACE}/{service}")),
        pair("namespace", NAMESPACE),
        pair("pod", &pod.name),
        pair("service", service),
    ]
}

/// The labels of `up` for a pod's target.
pub(crate) fn up(base: &[Pair]) -> Labels {
    named("up", base, &[])
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counters of a few hours and times of day are far below 2^52"
)]
fn float(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "times are far below 2^52 ms")]
fn unix(at: i64) -> f64 {
    at as f64 / 1000.0
}

/// A pod's own metrics, in the order of [`app_labels`].
pub(crate) fn app_values(service: &Service, pod: &Pod) -> Vec<Option<f64>> {
    let mut out = vec![Some(unix(pod.started))];
    out.extend(signals::own_values(service, &pod.vitals));
    for child in &pod.children {
        match child {
            Child::Counter { total, .. } => out.push(Some(float(*total))),
            Child::Histogram { buckets, sum, .. } => {
                out.push(Some(float(buckets.iter().sum())));
                out.push(Some(*sum));
                out.extend(buckets.iter().scan(0, |below, count| {
                    *below += count;
                    Some(Some(float(*below)))
                }));
            }
        }
    }
    out
}

/// The labels of a pod's own metrics.
pub(crate) fn app_labels(service: &Service, pod: &Pod) -> Vec<Labels> {
    let base = target(&service.name, pod);
    let mut out = vec![named("process_start_time_seconds", &base, &[])];
    out.extend(signals::own_labels(service, &base));
    for child in &pod.children {
        match child {
            Child::Counter {
                endpoint, status, ..
            } => {
                let Some(endpoint) = service.endpoints.get(*endpoint) else {
                    continue;
                };
                let code = status.to_string();
                out.push(named(
                    "http_requests_total",
                    &base,
                    &[
                        (service.status_label.as_deref().unwrap_or("code"), &code),
                        ("handler", &endpoint.route),
                        ("method", &endpoint.method),
                    ],
                ));
            }
            Child::Histogram {
                endpoint,
                status,
                buckets,
                ..
            } => {
                let Some(endpoint) = service.endpoints.get(*endpoint) else {
                    continue;
                };
                let status = status.map(|status| status.to_string());
                let (family, own) = histogram_labels(service, endpoint, status.as_deref());
                let own: Vec<(&str, &str)> =
                    own.iter().map(|(name, value)| (*name, *value)).collect();
                out.push(named(&format!("{family}_count"), &base, &own));
                out.push(named(&format!("{family}_sum"), &base, &own));
                for at in 0..buckets.len() {
                    let bound = bound_label(at);
                    let with_bound: Vec<(&str, &str)> = own
                        .iter()
                        .copied()
                        .chain([("le", bound.as_str())])
                        .collect();
                    out.push(named(&format!("{family}_bucket"), &base, &with_bound));
                }
            }
        }
    }
    out
}

fn histogram_labels<'a>(
    service: &'a Service,
    endpoint: &'a Endpoint,
    status: Option<&'a str>,
) -> (&'static str, Vec<(&'a str, &'a str)>) {
    match service.pack {
        Pack::OtelHttp => {
            let mut labels = vec![
                ("http_request_method", endpoint.method.as_str()),
                ("http_route", endpoint.route.as_str()),
                ("network_protocol_version", "1.1"),
                ("url_scheme", "http"),
            ];
            if let Some(status) = status {
                let label = service.status_label.as_deref();
                labels.push((label.unwrap_or("http_response_status_code"), status));
                if status.starts_with('5') {
                    labels.push(("error_type", status));
                }
            }
            ("http_server_request_duration_seconds", labels)
        }
        Pack::Plain => (
            "http_request_duration_seconds",
            vec![
                ("handler", endpoint.route.as_str()),
                ("method", endpoint.method.as_str()),
            ],
        ),
    }
}

/// cAdvisor's metrics of a pod's container (`google/cadvisor`, `docs/storage/prometheus.md`; of what it waits for
/// `lib/metrics/prometheus.go`), in the order of [`cadvisor_labels`].
pub(crate) fn cadvisor_values(pod: &Pod) -> Vec<Option<f64>> {
    let running = pod.life == Life::Running;
    let [for_cpu, for_memory, for_disk] = pod.meters.waited;
    vec![
        running.then_some(pod.cpu_seconds),
        running.then_some((pod.memory * MEMORY_LIMIT).round()),
        running.then_some(float(pod.meters.periods)),
        running.then_some(float(pod.meters.throttled)),
        running.then_some(for_cpu),
        running.then_some(for_memory),
        running.then_some(for_disk),
    ]
}

/// The labels of cAdvisor's metrics.
pub(crate) fn cadvisor_labels(service: &str, pod: &Pod) -> Vec<Labels> {
    let image = format!("registry.example/shop/{service}:{}", pod.version);
    let base = pairs(&KUBELET);
    let own = [
        ("container", service),
        ("image", image.as_str()),
        ("namespace", NAMESPACE),
        ("pod", pod.name.as_str()),
    ];
    let with_cpu: Vec<(&str, &str)> = own.iter().copied().chain([("cpu", "total")]).collect();
    vec![
        named("container_cpu_usage_seconds_total", &base, &with_cpu),
        named("container_memory_working_set_bytes", &base, &own),
        named("container_cpu_cfs_periods_total", &base, &own),
        named("container_cpu_cfs_throttled_periods_total", &base, &own),
        named("container_pressure_cpu_waiting_seconds_total", &base, &own),
        named(
            "container_pressure_memory_waiting_seconds_total",
            &base,
            &own,
        ),
        named("container_pressure_io_waiting_seconds_total", &base, &own),
    ]
}

/// kube-state-metrics' view of a pod, in the order of [`state_labels`].
pub(crate) fn state_values(pod: &Pod) -> Vec<Option<f64>> {
    let flag = |holds: bool| Some(f64::from(u8::from(holds)));
    let looping = pod.life == Life::Exited && pod.restarts > 0;
    vec![
        Some(CPU_LIMIT),
        Some(MEMORY_LIMIT),
        Some(CPU_REQUEST),
        Some(MEMORY_REQUEST),
        Some(f64::from(pod.restarts)),
        flag(pod.ready.is_some()),
        flag(pod.ready.is_none()),
        flag(false),
        looping.then_some(1.0),
    ]
}

/// The labels of kube-state-metrics' view of a pod.
pub(crate) fn state_labels(service: &str, pod: &Pod) -> Vec<Labels> {
    let base = pairs(&STATE_METRICS);
    let of = |name: &str, more: &[(&str, &str)]| {
        let own: Vec<(&str, &str)> = [("namespace", NAMESPACE), ("pod", pod.name.as_str())]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        named(name, &base, &own)
    };
    let container = ("container", service);
    let given = |metric, resource, unit| {
        of(
            metric,
            &[
                container,
                ("resource", resource),
                ("unit", unit),
                ("node", "node-1"),
            ],
        )
    };
    let ready = |condition| of("kube_pod_status_ready", &[("condition", condition)]);
    vec![
        given("kube_pod_container_resource_limits", "cpu", "core"),
        given("kube_pod_container_resource_limits", "memory", "byte"),
        given("kube_pod_container_resource_requests", "cpu", "core"),
        given("kube_pod_container_resource_requests", "memory", "byte"),
        of("kube_pod_container_status_restarts_total", &[container]),
        ready("true"),
        ready("false"),
        ready("unknown"),
        of(
            "kube_pod_container_status_waiting_reason",
            &[container, ("reason", "CrashLoopBackOff")],
        ),
    ]
}

/// kube-state-metrics' view of a deployment, in the order of [`deployment_labels`].
pub(crate) fn deployment_values(app: &App) -> Vec<Option<f64>> {
    let desired = app.spec().pods;
    let ready = app.ready();
    vec![
        Some(f64::from(desired)),
        Some(f64::from(ready)),
        Some(f64::from(desired.saturating_sub(ready))),
        Some(f64::from(app.updated())),
        Some(f64::from(app.generation)),
    ]
}

/// The labels of kube-state-metrics' view of a deployment.
pub(crate) fn deployment_labels(service: &str) -> Vec<Labels> {
    let base = pairs(&STATE_METRICS);
    [
        "kube_deployment_spec_replicas",
        "kube_deployment_status_replicas_available",
        "kube_deployment_status_replicas_unavailable",
        "kube_deployment_status_replicas_updated",
        "kube_deployment_status_observed_generation",
    ]
    .iter()
    .map(|name| {
        named(
            name,
            &base,
            &[("deployment", service), ("namespace", NAMESPACE)],
        )
    })
    .collect()
}
