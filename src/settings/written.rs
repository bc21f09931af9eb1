//! The configuration file as it is written: field for field the documented format, with nothing that is not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::environment::Environment;

/// A flightdeck configuration.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// The format: 1.
    pub(super) version: u32,
    /// The cluster that holds requests, lanes, approvals and records.
    pub(super) home: Option<String>,
    /// Whether nothing may be written.
    #[serde(default)]
    pub(super) read_only: bool,
    /// A theme that ships (dark, light, mono, high-contrast, colour-blind, sixteen), or the path of a theme file.
    pub(super) theme: Option<String>,
    /// A keymap that ships (default, k9s), or the path of a keymap file.
    pub(super) keymap: Option<String>,
    /// A clock other than the system's, as `flightdeck simulate` writes it.
    pub(super) clock: Option<Clock>,
    /// The numbers of the process, for every service.
    #[serde(default)]
    pub(super) policy: Policy,
    /// The clusters, by a name of your choice.
    #[serde(default)]
    pub(super) clusters: BTreeMap<String, Cluster>,
    /// The services, by name.
    #[serde(default)]
    pub(super) services: BTreeMap<String, Service>,
}

/// A clock that runs beside the system's.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Clock {
    /// The time that it showed at `since`.
    #[schemars(with = "String")]
    pub(super) epoch: Timestamp,
    /// Its seconds in each real one.
    pub(super) speed: f64,
    /// The real time at which it showed `epoch`.
    #[schemars(with = "String")]
    pub(super) since: Timestamp,
}

/// A cluster.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cluster {
    /// The kube context.
    pub(super) context: String,
    /// The kubeconfig; by default `$KUBECONFIG`, then `~/.kube/config`.
    pub(super) kubeconfig: Option<PathBuf>,
}

/// A service.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    /// Its environments.
    #[schemars(with = "BTreeMap<String, Place>")]
    pub(super) environments: BTreeMap<Environment, Place>,
    /// What the configuration says about single flags.
    #[serde(default)]
    pub(super) flags: BTreeMap<String, Flag>,
    /// The metrics of the business that it is judged by, by a name of your choice.
    #[serde(default)]
    pub(super) business: BTreeMap<String, Business>,
    /// The numbers of the process, where this service has its own.
    #[serde(default)]
    pub(super) policy: Policy,
}

/// A metric of the business.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Business {
    /// What is asked of each environment's metrics server: `PromQL` whose value is a second's, such as
    /// `sum(rate(orders_total{$matchers}[1m]))`, where `$matchers` stands for the environment's matchers.
    pub(super) query: Option<String>,
    /// Which way it should go: `higher` or `lower`; higher where nothing is said.
    pub(super) better: Option<String>,
}

/// An environment of a service.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The cluster, by its name in `clusters`.
    pub(super) cluster: String,
    /// The namespace.
    pub(super) namespace: String,
    /// The Helm release.
    pub(super) release: String,
    /// The metrics server.
    pub(super) prometheus: Option<Prometheus>,
    /// The flags.
    pub(super) flags: Option<Flags>,
}

/// The metrics server of an environment.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Prometheus {
    /// `https://...`, `http://` to this machine, or `kube://NAMESPACE/svc/NAME:PORT`.
    pub(super) address: String,
    /// The vocabulary of the service's metrics: `otel-http`, `http-requests-total`, `micrometer`, `istio`,
    /// `ingress-nginx` or `envoy`.
    pub(super) pack: Option<String>,
    /// Labels that select the service's series.
    #[serde(default)]
    pub(super) matchers: BTreeMap<String, String>,
    /// Which pods are the service's, as a regular expression of their whole names; by default those of its Deployment.
    pub(super) pods: Option<String>,
    /// Labels that tell this environment's pods and queues from another's of the same names on the same server, such as
    /// `{ cluster = "canary" }`.
    #[serde(default)]
    pub(super) pod_matchers: BTreeMap<String, String>,
    /// The scrape interval in seconds, where it is not to be read from the data.
    pub(super) scrape_seconds: Option<u32>,
    /// Signals that have other names or selectors than are usual, such as `queue_lag`.
    #[serde(default)]
    pub(super) signals: BTreeMap<String, Signal>,
    /// Who asks.
    pub(super) auth: Option<Auth>,
    /// Whose metrics are meant, where the server keeps those of several (`X-Scope-OrgID` of Mimir and Cortex).
    pub(super) tenant: Option<String>,
}

/// How a signal is called here.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Signal {
    /// Its metrics, in the order in which it is made of them; by default those that are known of it.
    #[serde(default)]
    pub(super) metrics: Vec<String>,
    /// Labels that select its series, in place of the usual ones.
    pub(super) matchers: Option<BTreeMap<String, String>>,
}

/// The flags of an environment.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Flags {
    /// `featureflag/NAMESPACE/NAME`, or `configmap/NAMESPACE/NAME[/KEY]`.
    pub(super) source: String,
    /// Where flagd answers OFREP: one address, or a list with one for each instance.
    pub(super) ofrep: Option<OneOrMore>,
    /// Who asks flagd.
    pub(super) auth: Option<Auth>,
}

/// One text or several.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

/// Who asks: `{ bearer = SECRET }`, or `{ user = "...", password = SECRET }`; beside either or alone,
/// `{ certificate = "...", key = SECRET }` and `{ ca = "..." }`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Auth {
    /// A token.
    pub(super) bearer: Option<Secret>,
    /// A user.
    pub(super) user: Option<String>,
    /// The user's password.
    pub(super) password: Option<Secret>,
    /// The file of the client's certificate (PEM), where the server wants one.
    pub(super) certificate: Option<PathBuf>,
    /// The certificate's key (PEM).
    pub(super) key: Option<Secret>,
    /// The file of the authorities (PEM) that vouch for the server, in place of the system's.
    pub(super) ca: Option<PathBuf>,
}

/// Where a secret is: never the secret itself.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Secret {
    /// A file that only its owner can read.
    pub(super) file: Option<PathBuf>,
    /// An environment variable.
    pub(super) env: Option<String>,
    /// A program and its arguments, which prints it.
    pub(super) exec: Option<Vec<String>>,
}

/// A flag, as this configuration knows it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Flag {
    /// The endpoints that it switches, such as `POST /pay`.
    pub(super) endpoints: Vec<String>,
}

/// The numbers of the process; what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    /// The chance of a false breach over the whole life of a canary.
    pub(super) alpha: Option<f64>,
    /// How long a canary soaks, in seconds.
    pub(super) canary_soak_seconds: Option<u32>,
    /// How long production soaks after it began to run a version, in seconds; 0 is not at all.
    pub(super) production_soak_seconds: Option<u32>,
    /// Error ratio.
    pub(super) errors: Option<Bands>,
    /// 95th percentile of the duration in seconds.
    pub(super) p95: Option<Bands>,
    /// CPU as a share of its limit.
    pub(super) cpu: Option<Bands>,
    /// Memory as a share of its limit.
    pub(super) memory: Option<Bands>,
    /// Throttled scheduler periods as a share.
    pub(super) throttled: Option<Bands>,
    /// Connections in use as a share of the pool.
    pub(super) pool_used: Option<Bands>,
    /// Mean wait for a connection in seconds.
    pub(super) pool_wait: Option<Bands>,
    /// Packets dropped or broken a second.
    pub(super) network_errors: Option<Bands>,
    /// By how much a metric of the business may be worse, as a share of production's for each request.
    pub(super) business_drop: Option<Drop>,
    /// Container restarts a minute over which a rollback is required.
    pub(super) restarts_per_minute: Option<f64>,
    /// The share of errors on one flag's endpoints over which its flag is the first response.
    pub(super) flag_share: Option<f64>,
    /// The fewest errors from which that share is taken.
    pub(super) flag_minimum_errors: Option<u64>,
    /// How long a rung is given to help, in seconds.
    pub(super) help_seconds: Option<u32>,
    /// Whether the canary has dependencies of its own (a database, a third party), which can fail it as a whole.
    pub(super) own_dependencies: Option<bool>,
}

/// Three limits, rising; what is absent stays as it is.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bands {
    /// Where it should stay under.
    pub(super) target: Option<f64>,
    /// Where action is due.
    pub(super) trigger: Option<f64>,
    /// Where it is critical, or a rollback is required.
    pub(super) critical: Option<f64>,
}

/// Two limits, rising; what is absent stays as it is.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Drop {
    /// Where action is due.
    pub(super) trigger: Option<f64>,
    /// Where it is critical.
    pub(super) critical: Option<f64>,
}

/// The JSON Schema of the configuration file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Written).into()
}
