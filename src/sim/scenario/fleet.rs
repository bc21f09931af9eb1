//! The services that every scenario plays on: their endpoints, load, pods and release history.
//!
//! One file for all scenarios, so that a scenario says only what is special about it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which of the two clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Where a new version is tried.
    Canary,
    /// Where most requests go.
    Production,
}

impl Side {
    /// Both, canary first.
    pub(crate) const BOTH: [Self; 2] = [Self::Canary, Self::Production];

    /// The cluster's name in a deck's configuration, which is also the environment's.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::Production => "production",
        }
    }

    /// The kubeconfig context, and the cluster's own name.
    pub(crate) fn context(self) -> &'static str {
        match self {
            Self::Canary => "eu-canary",
            Self::Production => "eu-prod",
        }
    }
}

/// How a service names its metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pack {
    /// OpenTelemetry's HTTP server semantics, stable.
    OtelHttp,
    /// The older convention of `http_requests_total` by handler, method and code.
    Plain,
}

impl Pack {
    /// The name in a deck's configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OtelHttp => "otel-http",
            Self::Plain => "http-requests-total",
        }
    }
}

/// Everything that is there before a scenario begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fleet {
    pub(crate) services: Vec<Service>,
    /// flagd's definition, the same on both clusters.
    pub(crate) flags: Map<String, Value>,
}

/// One service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) pack: Pack,
    /// The label of the HTTP status, where it is not its pack's.
    #[serde(default)]
    pub(crate) status_label: Option<String>,
    pub(crate) endpoints: Vec<Endpoint>,
    /// Its database connections; none where it has no pool.
    pub(crate) pool: Option<Pool>,
    /// The name of its cache.
    pub(crate) cache: Option<String>,
    /// The queue that it reads, on each cluster one of its own.
    pub(crate) queue: Option<Queue>,
    /// What its pods count for the business.
    pub(crate) business: Option<Business>,
    /// The alert that its team has on it.
    pub(crate) alert: Option<Alert>,
    pub(crate) canary: SideSpec,
    pub(crate) production: SideSpec,
}

impl Service {
    pub(crate) fn on(&self, side: Side) -> &SideSpec {
        match side {
            Side::Canary => &self.canary,
            Side::Production => &self.production,
        }
    }
}

/// An endpoint's normal behaviour.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Endpoint {
    pub(crate) method: String,
    pub(crate) route: String,
    /// Share of the service's requests; the endpoints' shares sum to 1.
    pub(crate) share: f64,
    /// Share of requests answered with 500.
    pub(crate) errors: f64,
    /// Share of requests answered with 404, which is nobody's error.
    #[serde(default)]
    pub(crate) missing: f64,
    /// What the business counts of each request that succeeds.
    #[serde(default)]
    pub(crate) business: f64,
    /// Median duration; durations are log-normal.
    pub(crate) median_ms: f64,
    /// The standard deviation of the duration's logarithm.
    pub(crate) sigma: f64,
}

impl Endpoint {
    /// `POST /pay`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.route)
    }
}

/// How a pool names its metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PoolKind {
    /// `HikariCP` through Micrometer.
    Hikari,
    /// OpenTelemetry's database client semantics.
    Otel,
}

/// The database connections of each pod.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pool {
    pub(crate) kind: PoolKind,
    pub(crate) name: String,
    /// How many connections a pod holds, used or not.
    pub(crate) size: u32,
}

/// A topic of Kafka and who reads it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Queue {
    pub(crate) group: String,
    pub(crate) topic: String,
    pub(crate) partitions: u32,
}

/// A counter of the business.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Business {
    /// What a deck's configuration calls it.
    pub(crate) name: String,
    /// The counter's own name.
    pub(crate) counter: String,
}

/// A rule about a service's share of failed requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alert {
    pub(crate) name: String,
    pub(crate) severity: String,
    /// The share of failed requests over which it holds.
    pub(crate) above: f64,
    /// Over how many seconds that share is taken.
    pub(crate) window_seconds: u32,
    /// For how many seconds it must hold before it fires.
    pub(crate) for_seconds: u32,
    pub(crate) summary: String,
}

/// A service on one cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SideSpec {
    /// Requests a second.
    pub(crate) rate: f64,
    pub(crate) pods: u32,
    /// Normal CPU use as a share of the limit of one core.
    pub(crate) cpu: f64,
    /// Normal memory as a share of the limit.
    pub(crate) memory: f64,
    /// Oldest first; the last is what runs.
    pub(crate) releases: Vec<PastRelease>,
}

/// A release from before the scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PastRelease {
    pub(crate) revision: u32,
    pub(crate) version: String,
    pub(crate) hours_ago: f64,
}
