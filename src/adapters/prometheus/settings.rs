//! What an environment's metrics server is and how the service is found on it: made by the settings room, which owns
//! the file's form.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::adapters::transport::{Address, Login};
use crate::domain::environment::Place;
use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::names::Namespace;

use super::pack::PackName;
use super::selector::{Matchers, literal};

/// How long one query may take.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// Requests that take longer than this many seconds are slow.
pub const SLOW_TARGET: f64 = 0.5;

/// One environment's metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The service and environment that the metrics are of.
    pub place: Place,
    /// The metrics server.
    pub address: Address,
    /// Who asks.
    pub login: Login,
    /// Whose metrics are meant, where the server keeps those of several.
    pub tenant: Option<String>,
    /// The vocabulary of the service's metrics.
    pub pack: PackName,
    /// Labels that select the service's series, and its targets in `up` where they are target labels.
    pub matchers: BTreeMap<String, String>,
    /// The namespace of the service's pods.
    pub namespace: Namespace,
    /// Which pods are the service's.
    pub pods: Pods,
    /// Labels that tell this environment's pods and queues from another's of the same names on the same server.
    pub pod_matchers: BTreeMap<String, String>,
    /// Gauges that are not asked for, because the other side of the service reads the same numbers ([`untold_apart`]).
    ///
    /// [`untold_apart`]: super::untold_apart
    pub untold: BTreeSet<Gauge>,
    /// The target for durations in seconds.
    pub slow_target: f64,
    /// The scrape interval in seconds, where it is not to be read from the data.
    pub scrape_seconds: Option<u32>,
    /// How long one query may take.
    pub deadline: Duration,
    /// Signals that have other names or selectors here than are usual.
    pub signals: BTreeMap<Gauge, Signal>,
    /// The metrics of the business: for each a query, in which `$matchers` stands for [`Self::matchers`].
    pub business: BTreeMap<BusinessName, String>,
}

/// How a signal is called here. What is said is checked by [`Signal::check`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signal {
    /// The metrics, in the order in which the signal is made of them; none for the usual ones.
    pub metrics: Vec<String>,
    /// The labels that select them; none for the usual ones.
    pub matchers: Option<BTreeMap<String, String>>,
}

/// Which pods of a namespace are the service's; cAdvisor knows no other name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pods {
    /// Those that the Deployment or `StatefulSet` of that name makes.
    Of(String),
    /// Those whose whole name the regular expression (RE2) matches.
    Matching(String),
}

impl Settings {
    /// The settings of an environment, all else as it is usual.
    pub fn new(place: Place, address: Address, namespace: Namespace, workload: &str) -> Self {
        Self {
            place,
            address,
            login: Login::default(),
            tenant: None,
            pack: PackName::default(),
            matchers: BTreeMap::new(),
            namespace,
            pods: Pods::Of(workload.to_owned()),
            pod_matchers: BTreeMap::new(),
            untold: BTreeSet::new(),
            slow_target: SLOW_TARGET,
            scrape_seconds: None,
            deadline: DEADLINE,
            signals: BTreeMap::new(),
            business: BTreeMap::new(),
        }
    }

    /// The service's series.
    pub(super) fn series(&self) -> Matchers {
        Matchers::default().and_all(&self.matchers)
    }

    /// The service's pods.
    pub(super) fn pod_series(&self) -> Matchers {
        let pods = match &self.pods {
            Pods::Of(workload) => {
                format!("{}-([0-9]+|[a-z0-9]+-[a-z0-9]{{5}})", literal(workload))
            }
            Pods::Matching(regex) => regex.clone(),
        };
        Matchers::default()
            .and("namespace", "=", self.namespace.as_str())
            .and("pod", "=~", &pods)
            .and_all(&self.pod_matchers)
    }

    /// All pods of the service's namespace.
    pub(super) fn namespace_series(&self) -> Matchers {
        Matchers::default()
            .and("namespace", "=", self.namespace.as_str())
            .and_all(&self.pod_matchers)
    }

    /// The series of another program in which a label has the service's name.
    pub(super) fn named_series(&self, label: &str) -> Matchers {
        Matchers::default()
            .and(label, "=", self.place.service.as_str())
            .and_all(&self.pod_matchers)
    }

    /// The containers of the service's pods, without what holds a pod together.
    pub(super) fn container_series(&self) -> Matchers {
        self.pod_series()
            .and("container", "!=", "")
            .and("container", "!=", "POD")
    }
}

/// Whether a text can be the name of a label; the settings room refuses others, for they would end a selector.
pub fn is_label_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text can be the name of a metric.
pub fn is_metric_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':'))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
}

/// Whether a text can be the name of a tenant, or of several
/// (grafana.com/docs/mimir/latest/configure/about-tenant-ids).
pub fn is_tenant(text: &str) -> bool {
    text.split('|').all(|one| {
        (1..=150).contains(&one.len())
            && one
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!-_.*'()".contains(c))
    })
}

/// How much history is needed; the shell changes it as the canary comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// From when on intervals are kept; older ones are dropped.
    pub since: Timestamp,
    /// How far back from the present they are kept in any case.
    pub recent: SignedDuration,
    /// When the canary began, for the tallies of the day before it; none where they are not needed (every environment
    /// but production).
    pub canary_began: Option<Timestamp>,
}

impl Wanted {
    /// From when on intervals are kept at a moment.
    pub(super) fn first(&self, now: Timestamp) -> Timestamp {
        let recent = now.saturating_sub(self.recent).unwrap_or(now);
        self.since.min(recent)
    }
}
