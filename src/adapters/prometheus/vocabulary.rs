//! By which names exporters tell the gauges that are no machine's: another vocabulary is another row, not another code
//! path.

use crate::domain::exporter::Exporter;
use crate::domain::gauge::Gauge;

/// One way in which a gauge is told. Of a gauge's rows the first counts of which the server has every metric.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// What it tells.
    pub(super) gauge: Gauge,
    /// Who tells it.
    pub(super) exporter: Exporter,
    /// Whose series they are, where the configuration says nothing else.
    pub(super) whose: Whose,
    /// Its metrics, in the order that the shape wants.
    pub(super) terms: &'static [Term],
    /// How the gauge is made of them.
    pub(super) shape: Shape,
}

/// A metric, with the labels that part it from others of its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// Its name.
    pub(super) metric: &'static str,
    /// Labels and their values.
    pub(super) with: &'static [(&'static str, &'static str)],
}

/// Whose series are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those that the service's matchers select.
    Service,
    /// Those of the containers of the service's pods.
    Containers,
    /// Those of the service's pods as a whole.
    Pods,
    /// Those of another program, in which this label has the service's name.
    Named(&'static str),
}

/// How a gauge is made of its metrics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// What the first has counted over what the second has: a share, or a mean. What the first counts is so many to one
    /// of the gauge's unit.
    Mean {
        /// 1000 where the first counts milliseconds and the gauge is in seconds.
        per_unit: f64,
    },
    /// What the first has counted over what both have.
    Part,
    /// The first over the second as they stand, where it is most in each process; of these the mean.
    Fullest(Pairing),
    /// All as they stand, added up.
    Total,
    /// The most of the first as it stands.
    Most,
    /// What all have counted, a second.
    PerSecond,
}

/// Which series of two metrics belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing {
    /// Those with the same labels.
    Same,
    /// Those with the same labels but for this one of the first.
    But(&'static str),
    /// Several of the first belong to one of the second: by these labels, the last of which the second calls otherwise.
    Many {
        /// The labels of both.
        on: &'static [&'static str],
        /// How the second calls the last of them.
        called: &'static str,
    },
}

const fn plain(metric: &'static str) -> Term {
    Term { metric, with: &[] }
}

const SECONDS: Shape = Shape::Mean { per_unit: 1.0 };
const MILLISECONDS: Shape = Shape::Mean { per_unit: 1e3 };
const NANOSECONDS: Shape = Shape::Mean { per_unit: 1e9 };

/// Every row; those of a gauge in the order in which they are looked for.
pub(super) static ROWS: &[Row] = &[
    // google/cadvisor docs/storage/prometheus.md.
    Row {
        gauge: Gauge::Throttled,
        exporter: Exporter::Cadvisor,
        whose: Whose::Containers,
        terms: &[
            plain("container_cpu_cfs_throttled_periods_total"),
            plain("container_cpu_cfs_periods_total"),
        ],
        shape: Shape::Mean { per_unit: 1.0 },
    },
    Row {
        gauge: Gauge::Network,
        exporter: Exporter::Cadvisor,
        whose: Whose::Pods,
        terms: &[
            plain("container_network_receive_bytes_total"),
            plain("container_network_transmit_bytes_total"),
        ],
        shape: Shape::PerSecond,
    },
    Row {
        gauge: Gauge::NetworkErrors,
        exporter: Exporter::Cadvisor,
        whose: Whose::Pods,
        terms: &[
            plain("container_network_receive_packets_dropped_total"),
            plain("container_network_transmit_packets_dropped_total"),
            plain("container_network_receive_errors_total"),
            plain("container_network_transmit_errors_total"),
        ],
        shape: Shape::PerSecond,
    },
    // brettwooldridge/HikariCP metrics/micrometer/MicrometerMetricsTracker.java.
    Row {
        gauge: Gauge::PoolUsed,
        exporter: Exporter::HikariMicrometer,
        whose: Whose::Service,
        terms: &[
            plain("hikaricp_connections_active"),
            plain("hikaricp_connections_max"),
        ],
        shape: Shape::Fullest(Pairing::Same),
    },
    Row {
        gauge: Gauge::PoolWait,
        exporter: Exporter::HikariMicrometer,
        whose: Whose::Service,
        terms: &[
            plain("hikaricp_connections_acquire_seconds_sum"),
            plain("hikaricp_connections_acquire_seconds_count"),
        ],
        shape: SECONDS,
    },
    // metrics/prometheus/HikariCPCollector.java and PrometheusMetricsTracker.java of the same.
    Row {
        gauge: Gauge::PoolUsed,
        exporter: Exporter::HikariNative,
        whose: Whose::Service,
        terms: &[
            plain("hikaricp_active_connections"),
            plain("hikaricp_max_connections"),
        ],
        shape: Shape::Fullest(Pairing::Same),
    },
    Row {
        gauge: Gauge::PoolWait,
        exporter: Exporter::HikariNative,
        whose: Whose::Service,
        terms: &[
            plain("hikaricp_connection_acquired_nanos_sum"),
            plain("hikaricp_connection_acquired_nanos_count"),
        ],
        shape: NANOSECONDS,
    },
    // open-telemetry/semantic-conventions docs/database/database-metrics.md, with the names that
    // compatibility/prometheus_and_openmetrics.md of the specification makes of them.
    Row {
        gauge: Gauge::PoolUsed,
        exporter: Exporter::OpenTelemetry,
        whose: Whose::Service,
        terms: &[
            Term {
                metric: "db_client_connection_count",
                with: &[("db_client_connection_state", "used")],
            },
            plain("db_client_connection_max"),
        ],
        shape: Shape::Fullest(Pairing::But("db_client_connection_state")),
    },
    Row {
        gauge: Gauge::PoolWait,
        exporter: Exporter::OpenTelemetry,
        whose: Whose::Service,
        terms: &[
            plain("db_client_connection_wait_time_seconds_sum"),
            plain("db_client_connection_wait_time_seconds_count"),
        ],
        shape: SECONDS,
    },
    // The same conventions at v1.24.0, which instrumentations keep until told otherwise (a note on the same page).
    Row {
        gauge: Gauge::PoolUsed,
        exporter: Exporter::OpenTelemetryOld,
        whose: Whose::Service,
        terms: &[
            Term {
                metric: "db_client_connections_usage",
                with: &[("state", "used")],
            },
            plain("db_client_connections_max"),
        ],
        shape: Shape::Fullest(Pairing::But("state")),
    },
    Row {
        gauge: Gauge::PoolWait,
        exporter: Exporter::OpenTelemetryOld,
        whose: Whose::Service,
        terms: &[
            plain("db_client_connections_wait_time_milliseconds_sum"),
            plain("db_client_connections_wait_time_milliseconds_count"),
        ],
        shape: MILLISECONDS,
    },
    // prometheus-community/pgbouncer_exporter README.md and collector.go. A pool is of a database and a user; the size is
    // of the database, which is called `name` there (`database` is what it is on the server behind).
    Row {
        gauge: Gauge::PoolUsed,
        exporter: Exporter::PgBouncer,
        whose: Whose::Service,
        terms: &[
            plain("pgbouncer_pools_server_active_connections"),
            plain("pgbouncer_databases_pool_size"),
        ],
        shape: Shape::Fullest(Pairing::Many {
            on: &["job", "instance", "database"],
            called: "name",
        }),
    },
    // Both by transaction: in the usual mode that is what a connection is waited for.
    Row {
        gauge: Gauge::PoolWait,
        exporter: Exporter::PgBouncer,
        whose: Whose::Service,
        terms: &[
            plain("pgbouncer_stats_client_wait_seconds_total"),
            plain("pgbouncer_stats_sql_transactions_pooled_total"),
        ],
        shape: SECONDS,
    },
    // spreaker/prometheus-pgbouncer-exporter README.md has no sum: how long the first in the queue has waited.
    Row {
        gauge: Gauge::PoolWait,
        exporter: Exporter::PgBouncerLongest,
        whose: Whose::Service,
        terms: &[plain("pgbouncer_pools_client_maxwait_seconds")],
        shape: Shape::Most,
    },
    // micrometer-metrics/micrometer core/instrument/binder/cache/CacheMeterBinder.java. Redis' binding has a third
    // result, `pending`, which is no answer yet.
    Row {
        gauge: Gauge::CacheHits,
        exporter: Exporter::Micrometer,
        whose: Whose::Service,
        terms: &[
            Term {
                metric: "cache_gets_total",
                with: &[("result", "hit")],
            },
            Term {
                metric: "cache_gets_total",
                with: &[("result", "miss")],
            },
        ],
        shape: Shape::Part,
    },
    // oliver006/redis_exporter exporter/metrics.go: keyspace_hits, keyspace_misses.
    Row {
        gauge: Gauge::CacheHits,
        exporter: Exporter::Redis,
        whose: Whose::Service,
        terms: &[
            plain("redis_keyspace_hits_total"),
            plain("redis_keyspace_misses_total"),
        ],
        shape: Shape::Part,
    },
    // danielqsj/kafka_exporter README.md, "Consumer Groups".
    Row {
        gauge: Gauge::QueueLag,
        exporter: Exporter::Kafka,
        whose: Whose::Named("consumergroup"),
        terms: &[plain("kafka_consumergroup_lag")],
        shape: Shape::Total,
    },
    // rabbitmq/rabbitmq-server deps/rabbitmq_prometheus/metrics.md. Queues are told apart only at /metrics/per-object
    // and, under the second name, at /metrics/detailed.
    Row {
        gauge: Gauge::QueueLag,
        exporter: Exporter::RabbitMq,
        whose: Whose::Named("queue"),
        terms: &[plain("rabbitmq_queue_messages_ready")],
        shape: Shape::Total,
    },
    Row {
        gauge: Gauge::QueueLag,
        exporter: Exporter::RabbitMq,
        whose: Whose::Named("queue"),
        terms: &[plain("rabbitmq_detailed_queue_messages_ready")],
        shape: Shape::Total,
    },
];

/// How a gauge is made of metrics that the configuration names, and how many it wants; none for a gauge that is a
/// machine's or the business'.
pub(super) const fn named(gauge: Gauge) -> Option<(Shape, Wants)> {
    match gauge {
        Gauge::Throttled | Gauge::PoolWait => Some((SECONDS, Wants::Two)),
        Gauge::PoolUsed => Some((Shape::Fullest(Pairing::Same), Wants::Two)),
        Gauge::CacheHits => Some((Shape::Part, Wants::Two)),
        Gauge::QueueLag => Some((Shape::Total, Wants::Any)),
        Gauge::Network | Gauge::NetworkErrors => Some((Shape::PerSecond, Wants::Any)),
        Gauge::Cpu | Gauge::Memory | Gauge::Restarts | Gauge::Business(_) => None,
    }
}

/// How many metrics a shape is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// Two, in this order.
    Two,
    /// At least one.
    Any,
}

/// Why a signal can't have the names that a configuration gives it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// It has one vocabulary alone.
    #[error(
        "{0} is always read by cAdvisor's and kube-state-metrics' names; say which pods with `pods`"
    )]
    Fixed(Gauge),
    /// Another number of metrics is needed.
    #[error("{gauge} is made of {wants}")]
    Number {
        /// Which.
        gauge: Gauge,
        /// Of what.
        wants: &'static str,
    },
    /// A text is no metric's name.
    #[error("{0:?} is no metric's name")]
    Metric(String),
    /// Nothing is said.
    #[error("neither metrics nor matchers are named")]
    Empty,
}

/// What a gauge is made of, in words.
pub(super) const fn made_of(gauge: Gauge) -> &'static str {
    match gauge {
        Gauge::Throttled => "two counters: throttled periods, and all periods",
        Gauge::PoolUsed => "two gauges: connections in use, and the most there may be",
        Gauge::PoolWait => "two counters: seconds waited, and how often was waited",
        Gauge::CacheHits => "two counters: hits, and misses",
        Gauge::QueueLag => "one gauge or more, which are added up",
        Gauge::Network => "one counter of bytes or more, which are added up",
        Gauge::NetworkErrors => "one counter of packets or more, which are added up",
        Gauge::Cpu | Gauge::Memory => "cAdvisor's use and kube-state-metrics' limits",
        Gauge::Restarts => "kube-state-metrics' counter",
        Gauge::Business(_) => "a query",
    }
}
