//! The numbers of the process, all of which a configuration may change. One table: the screens draw these very limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::metrics::Endpoint;
use crate::domain::names::FlagKey;

/// What a service is judged and advised by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The chance of a false breach that a service accepts over the whole life of a canary (shared by its metrics).
    pub alpha: f64,
    /// How long a canary soaks, in seconds.
    pub canary_soak_seconds: u32,
    /// Error ratio: target, trigger, critical.
    pub errors: Bands,
    /// 95th percentile of the duration in seconds: target, trigger, critical.
    pub p95: Bands,
    /// CPU as a share of its limit: target, trigger, and where a rollback is required.
    pub cpu: Bands,
    /// Memory as a share of its limit: target, trigger, and where a rollback is required.
    pub memory: Bands,
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
            errors: Bands {
                target: 0.005,
                trigger: 0.01,
                critical: 0.05,
            },
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
            restarts_per_minute: 5.0,
            flag_share: 0.8,
            flag_minimum_errors: 30,
            help_seconds: 60,
            own_dependencies: false,
            flags: BTreeMap::new(),
        }
    }
}
