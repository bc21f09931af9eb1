//! All that an adapter can tell us: whole snapshots with source, epoch and time.

use serde::{Deserialize, Serialize};

use jiff::Timestamp;

use super::access::{Access, ClusterIdentity, Permission};
use super::alert::Alerts;
use super::environment::Place;
use super::flag::{Evaluations, FlagSet};
use super::gauge::UseWindow;
use super::metrics::{BeforeCanary, RedWindow};
use super::names::ClusterName;
use super::pods::WorstPods;
use super::release::ReleaseHistory;
use super::source::{SourceId, Trouble};
use super::workload::WorkloadHealth;

/// Which life of a source speaks; an observation of an older epoch is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);

/// Something an adapter saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Who saw it.
    pub source: SourceId,
    /// In which life.
    pub epoch: Epoch,
    /// When, by our clock.
    pub at: Timestamp,
    /// What.
    pub fact: Fact,
}

/// What can be seen. Each replaces what the same source said before of the same thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The source failed and will be asked again.
    Failed {
        /// How.
        trouble: Trouble,
        /// When it is asked again.
        next_try: Timestamp,
    },
    /// The source answered and nothing changed.
    Alive,
    /// What the source does not tell of what it is asked for, though it answers; none is all of it told.
    Lacks(Vec<Trouble>),
    /// A cluster introduced itself.
    Cluster(ClusterName, ClusterIdentity),
    /// What I may do.
    Access(Vec<(Permission, Access)>),
    /// The pods of an environment.
    Workload(Place, WorkloadHealth),
    /// The release of an environment.
    Releases(Place, ReleaseHistory),
    /// The flags of an environment as defined.
    Flags(Place, FlagSet),
    /// The flags of an environment as evaluated.
    Evaluations(Place, Evaluations),
    /// Requests, errors and durations of an environment.
    Red(Place, RedWindow),
    /// Machines of an environment.
    Use(Place, UseWindow),
    /// The worst pods of an environment.
    Pods(Place, WorstPods),
    /// The alerts that name the service.
    Alerts(Place, Alerts),
    /// How production's requests were before the canary began.
    BeforeCanary(Place, BeforeCanary),
    /// What the metrics of an environment are asked by: each signal with its query, for a person, who can paste it.
    Queries(Place, Vec<(String, String)>),
}
