//! Who tells a gauge. What two exporters call a pool's wait is not one thing: they count other moments, and other pools.

use serde::{Deserialize, Serialize};

/// A vocabulary in which a gauge is told. Two that say the same of a gauge under two names are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exporter {
    /// The kubelet's.
    Cadvisor,
    /// `HikariCP` through Micrometer.
    HikariMicrometer,
    /// `HikariCP`'s own collector for Prometheus.
    HikariNative,
    /// OpenTelemetry's database conventions.
    OpenTelemetry,
    /// The same before 1.26.
    OpenTelemetryOld,
    /// pgbouncer's.
    PgBouncer,
    /// An exporter of pgbouncer that tells how long the first in the queue has waited, not the mean.
    PgBouncerLongest,
    /// Micrometer's caches.
    Micrometer,
    /// Redis'.
    Redis,
    /// Kafka's.
    Kafka,
    /// `RabbitMQ`'s.
    RabbitMq,
    /// What the configuration names: it answers for the meaning.
    Configured,
}

impl Exporter {
    /// Every exporter.
    pub const ALL: [Self; 12] = [
        Self::Cadvisor,
        Self::HikariMicrometer,
        Self::HikariNative,
        Self::OpenTelemetry,
        Self::OpenTelemetryOld,
        Self::PgBouncer,
        Self::PgBouncerLongest,
        Self::Micrometer,
        Self::Redis,
        Self::Kafka,
        Self::RabbitMq,
        Self::Configured,
    ];

    /// What a person calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cadvisor => "cAdvisor",
            Self::HikariMicrometer => "HikariCP by Micrometer",
            Self::HikariNative => "HikariCP by its own collector",
            Self::OpenTelemetry => "OpenTelemetry",
            Self::OpenTelemetryOld => "OpenTelemetry before 1.26",
            Self::PgBouncer => "pgbouncer_exporter",
            Self::PgBouncerLongest => "pgbouncer_exporter without sums",
            Self::Micrometer => "Micrometer",
            Self::Redis => "redis_exporter",
            Self::Kafka => "kafka_exporter",
            Self::RabbitMq => "RabbitMQ",
            Self::Configured => "as configured",
        }
    }

    /// Whether values of both mean the same.
    pub fn is_like(self, other: Self) -> bool {
        self == other || self == Self::Configured || other == Self::Configured
    }
}
