//! The numbers of the process, all of which a configuration may change. One table: the screens draw these very limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::metrics::Endpoint;
use crate::domain::names::FlagKey;

/// What a service is judged and advised by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The chance of a false breach that a service accepts over the whole life of a canary (shared by its metrics).
    pub alpha: f64,
    /// How long a canary soaks, in seconds.
    pub canary_soak_seconds: u32,
    /// How long production soaks after it began to run a version, in seconds.
    pub production_soak_seconds: u32,
    /// Error ratio: target, trigger, critical.
    pub errors: Bands,
    /// The share of requests that should not fail, over 30 days: the service level objective.
    pub objective: f64,
    /// How many times faster than the objective allows the error budget may be used up before people are paged.
    pub burn_page: f64,
    /// 95th percentile of the duration in seconds: target, trigger, critical.
    pub p95: Bands,
    /// CPU as a share of its limit: target, trigger, and where a rollback is required.
    pub cpu: Bands,
    /// Memory as a share of its limit: target, trigger, and where a rollback is required.
    pub memory: Bands,
    /// Throttled scheduler periods as a share: target, trigger; no rollback is required by them.
    pub throttled: Bands,
    /// Connections in use as a share of the pool: target, trigger, and where the pool is exhausted.
    pub pool_used: Bands,
    /// Mean wait for a connection in seconds: target, trigger, critical.
    pub pool_wait: Bands,
    /// Packets dropped or broken a second: target, trigger, critical.
    pub network_errors: Bands,
    /// The metrics of the business that are judged.
    pub business: BTreeMap<BusinessName, Better>,
    /// By how much, as a share of production's for each request, a metric of the business may be worse: trigger, critical.
    pub business_drop: Drop,
    /// Container restarts a minute over which a rollback is required.
    pub restarts_per_minute: f64,
    /// The share of errors on one flag's endpoints over which its flag is the first response.
    pub flag_share: f64,
    /// The fewest errors from which that share is taken.
    pub flag_minimum_errors: u64,
    /// How long a rung is given to help, in seconds, before the next is advised.
    pub help_seconds: u32,
    /// Whether the canary has dependencies of its own (a database, a third party), which can fail it as a whole while
    /// production is well. A breach is then told from such a burst, at the price of a later one.
    pub own_dependencies: bool,
    /// Endpoints of flags, where the configuration says so; it wins over the flag's own metadata.
    pub flags: BTreeMap<FlagKey, Vec<Endpoint>>,
}

/// Which way a metric of the business should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More is better: orders.
    Higher,
    /// Less is better: refusals.
    Lower,
}

impl Better {
    /// As a configuration writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }
}

/// How much worse a metric of the business may be, as shares of production's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drop {
    /// Where a person looks, and a flag may be disabled.
    pub trigger: f64,
    /// Where it is critical.
    pub critical: f64,
}

/// Three limits of one metric, rising.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bands {
    /// Where it should stay under.
    pub target: f64,
    /// Where action is due, and a warning.
    pub trigger: f64,
    /// Where it is critical, or a rollback is required.
    pub critical: f64,
}

impl Default for Policy {
    /// The process's own numbers (`Automated Rollback Triggers`, `Alerting Strategy`, `Performance Metrics`).
    fn default() -> Self {
        Self {
            alpha: 0.01,
            canary_soak_seconds: 300,
            production_soak_seconds: 600,
            errors: Bands {
                target: 0.005,
                trigger: 0.01,
                critical: 0.05,
            },
            // The process's own target for errors. The page is at 2 % of a month's budget in an hour: 0.02 * 720 h / 1 h (SRE
            // Workbook, chapter 5, table 5-8).
            objective: 0.995,
            burn_page: 14.4,
            p95: Bands {
                target: 0.5,
                trigger: 2.0,
                critical: 5.0,
            },
            cpu: Bands {
                target: 0.8,
                trigger: 0.8,
                critical: 0.9,
            },
            memory: Bands {
                target: 0.8,
                trigger: 0.85,
                critical: 0.85,
            },
            // The process names no number for what follows, but for an exhausted pool; these are where each begins to hurt.
            throttled: Bands {
                target: 0.05,
                trigger: 0.25,
                critical: 1.0,
            },
            pool_used: Bands {
                target: 0.8,
                trigger: 0.9,
                critical: 0.98,
            },
            pool_wait: Bands {
                target: 0.02,
                trigger: 0.02,
                critical: 1.0,
            },
            network_errors: Bands {
                target: 0.0,
                trigger: 1.0,
                critical: 10.0,
            },
            business: BTreeMap::new(),
            business_drop: Drop {
                trigger: 0.2,
                critical: 0.5,
            },
            restarts_per_minute: 5.0,
            flag_share: 0.8,
            flag_minimum_errors: 30,
            help_seconds: 60,
            own_dependencies: false,
            flags: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// The limits of a gauge; none where only a comparison tells. Restarts have one limit, by the minute.
    pub const fn bands(&self, gauge: Gauge) -> Option<Bands> {
        match gauge {
            Gauge::Cpu => Some(self.cpu),
            Gauge::Memory => Some(self.memory),
            Gauge::Throttled => Some(self.throttled),
            Gauge::PoolUsed => Some(self.pool_used),
            Gauge::PoolWait => Some(self.pool_wait),
            Gauge::NetworkErrors => Some(self.network_errors),
            Gauge::Restarts
            | Gauge::CacheHits
            | Gauge::QueueLag
            | Gauge::Network
            | Gauge::Business(_) => None,
        }
    }

    /// The share of requests that the objective lets fail.
    pub fn budget(&self) -> f64 {
        (1.0 - self.objective).max(f64::MIN_POSITIVE)
    }

    /// Which way a gauge should go.
    pub fn better(&self, gauge: Gauge) -> Better {
        match gauge {
            Gauge::CacheHits => Better::Higher,
            Gauge::Business(name) => self.business.get(&name).copied().unwrap_or(Better::Higher),
            Gauge::Cpu
            | Gauge::Memory
            | Gauge::Restarts
            | Gauge::Throttled
            | Gauge::PoolUsed
            | Gauge::PoolWait
            | Gauge::QueueLag
            | Gauge::Network
            | Gauge::NetworkErrors => Better::Lower,
        }
    }
}
