//! What a service's pods export beside requests: connections, look-ups, the business' own counter; a pod's network; a
//! queue's lag.
//!
//! Apart from requests, which every service has: these a service has or has not.

use crate::sim::prometheus::{Labels, Pair};
use crate::sim::scenario::{PoolKind, Service};

use super::super::app::App;
use super::super::flags::NAMESPACE;
use super::super::pod::{Life, Pod};
use super::super::vitals::{Traffic, Vitals};
use super::{KAFKA, KUBELET, float, named, pairs};

/// A process' own values, in the order of [`own_labels`].
pub(super) fn own_values(service: &Service, vitals: &Vitals) -> Vec<Option<f64>> {
    let mut out = Vec::new();
    if let Some(pool) = &service.pool {
        let (size, used) = (f64::from(pool.size), f64::from(vitals.used));
        let waits = [float(vitals.taken), vitals.waited];
        match pool.kind {
            PoolKind::Hikari => {
                let pending = f64::from(vitals.pending);
                out.extend([size, used, size - used, pending, size, size]);
                out.extend(waits);
            }
            PoolKind::Otel => {
                out.extend([used, size - used, size]);
                out.extend(waits);
                out.push(float(vitals.taken));
            }
        }
    }
    if service.cache.is_some() {
        out.extend([float(vitals.hits), float(vitals.misses)]);
    }
    if service.business.is_some() {
        out.push(float(vitals.completed));
    }
    out.into_iter().map(Some).collect()
}

/// The labels of a process' own values.
pub(super) fn own_labels(service: &Service, base: &[Pair]) -> Vec<Labels> {
    let mut out = Vec::new();
    if let Some(pool) = &service.pool {
        let name = pool.name.as_str();
        match pool.kind {
            // brettwooldridge/HikariCP metrics/micrometer/MicrometerMetricsTracker.java, with the names that Micrometer's
            // PrometheusNamingConvention makes of them. A pool of a fixed size keeps all its connections.
            PoolKind::Hikari => {
                for metric in [
                    "hikaricp_connections",
                    "hikaricp_connections_active",
                    "hikaricp_connections_idle",
                    "hikaricp_connections_pending",
                    "hikaricp_connections_max",
                    "hikaricp_connections_min",
                    "hikaricp_connections_acquire_seconds_count",
                    "hikaricp_connections_acquire_seconds_sum",
                ] {
                    out.push(named(metric, base, &[("pool", name)]));
                }
            }
            // OpenTelemetry semantic conventions, database/database-metrics.md (db.client.connection.*), as its
            // compatibility/prometheus_and_openmetrics.md translates names and units.
            PoolKind::Otel => {
                let pool = ("db_client_connection_pool_name", name);
                for state in ["used", "idle"] {
                    let state = ("db_client_connection_state", state);
                    out.push(named("db_client_connection_count", base, &[pool, state]));
                }
                for metric in [
                    "db_client_connection_max",
                    "db_client_connection_wait_time_seconds_count",
                    "db_client_connection_wait_time_seconds_sum",
                ] {
                    out.push(named(metric, base, &[pool]));
                }
                out.push(named(
                    "db_client_connection_wait_time_seconds_bucket",
                    base,
                    &[pool, ("le", "+Inf")],
                ));
            }
        }
    }
    if let Some(cache) = &service.cache {
        // micrometer-metrics/micrometer core/instrument/binder/cache/CacheMeterBinder.java.
        for result in ["hit", "miss"] {
            let own = [("cache", cache.as_str()), ("result", result)];
            out.push(named("cache_gets_total", base, &own));
        }
    }
    if let Some(business) = &service.business {
        out.push(named(&business.counter, base, &[]));
    }
    out
}

/// cAdvisor's metrics of a pod's network, in the order of [`sandbox_labels`].
pub(crate) fn sandbox_values(pod: &Pod) -> Vec<Option<f64>> {
    let there = pod.life != Life::Creating;
    let of = |Traffic { bytes, dropped }| [float(bytes), float(dropped), 0.0];
    [of(pod.meters.received), of(pod.meters.sent)]
        .concat()
        .into_iter()
        .map(|value| there.then_some(value))
        .collect()
}

/// The labels of a pod's network (`google/cadvisor`, `docs/storage/prometheus.md`). All containers of a pod share the network
/// of its sandbox, so no container is named, and the image is the sandbox's.
pub(crate) fn sandbox_labels(pod: &Pod) -> Vec<Labels> {
    let base = pairs(&KUBELET);
    let own = [
        ("image", "registry.k8s.io/pause:3.10"),
        ("interface", "eth0"),
        ("namespace", NAMESPACE),
        ("pod", pod.name.as_str()),
    ];
    [
        "container_network_receive_bytes_total",
        "container_network_receive_packets_dropped_total",
        "container_network_receive_errors_total",
        "container_network_transmit_bytes_total",
        "container_network_transmit_packets_dropped_total",
        "container_network_transmit_errors_total",
    ]
    .iter()
    .map(|name| named(name, &base, &own))
    .collect()
}

/// The lag of a service's queue by partition, in the order of [`lag_labels`].
pub(crate) fn lag_values(app: &App) -> Vec<Option<f64>> {
    app.backlog
        .lag
        .iter()
        .map(|lag| Some(float(*lag)))
        .collect()
}

/// The labels of that lag (`danielqsj/kafka_exporter`, `kafka_exporter.go`).
pub(crate) fn lag_labels(service: &Service) -> Vec<Labels> {
    let base = pairs(&KAFKA);
    let queue = service.queue.iter();
    queue
        .flat_map(|queue| (0..queue.partitions).map(move |partition| (queue, partition)))
        .map(|(queue, partition)| {
            let partition = partition.to_string();
            let own = [
                ("consumergroup", queue.group.as_str()),
                ("topic", queue.topic.as_str()),
                ("partition", partition.as_str()),
            ];
            named("kafka_consumergroup_lag", &base, &own)
        })
        .collect()
}
