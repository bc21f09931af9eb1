//! All that is known of a service at a moment: what judgement, advice and plans are made from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::domain::alert::Alerts;
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::{Evaluations, FlagSet, FlagState};
use crate::domain::fresh::Fresh;
use crate::domain::gauge::UseWindow;
use crate::domain::metrics::{BeforeCanary, RedWindow};
use crate::domain::names::{ClusterName, FlagKey, Namespace, OpId, ReleaseName, ServiceName};
use crate::domain::pods::WorstPods;
use crate::domain::progress::Outcome;
use crate::domain::release::ReleaseHistory;
use crate::domain::security::{Affected, Incident};
use crate::domain::source::{SourceId, SourceState};
use crate::domain::workload::WorkloadHealth;

/// What is known of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceEvidence {
    /// The service.
    pub service: ServiceName,
    /// The numbers it is judged by.
    pub policy: Policy,
    /// Its environments.
    pub environments: BTreeMap<Environment, EnvironmentEvidence>,
    /// The sources it rests on and how they are doing.
    pub sources: BTreeMap<SourceId, SourceState>,
    /// What was tried, oldest first.
    pub attempts: Vec<Attempt>,
    /// The security incidents that were raised, oldest first.
    #[serde(default)]
    pub incidents: Vec<Incident>,
}

impl ServiceEvidence {
    /// The security incidents that stand.
    pub fn standing(&self) -> impl Iterator<Item = &Incident> {
        let all = self.incidents.iter();
        all.filter(|incident| incident.ended.is_none())
    }

    /// All that stand as one: every side that one of them concerns, in the words of the first.
    pub fn incident(&self) -> Option<Incident> {
        let first = self.standing().min_by_key(|incident| incident.raised.at)?;
        let sides = self.standing().map(|incident| incident.affected);
        Some(Incident {
            affected: sides.reduce(Affected::and)?,
            ..first.clone()
        })
    }

    /// Whether an incident is of this service, and not of another one that has its name.
    pub fn is_of(&self, incident: &Incident) -> bool {
        self.service == incident.service
            && incident.places.iter().all(|at| {
                let known = self.environments.get(&at.environment);
                known.is_some_and(|k| k.context == at.context && k.namespace == at.namespace)
            })
    }
}

/// What is known of one environment. Nothing is ever removed when a source dies: values keep the time they were seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentEvidence {
    /// The cluster, as configured.
    pub cluster: ClusterName,
    /// The kube context, for the screen.
    pub context: String,
    /// The namespace.
    pub namespace: Namespace,
    /// The Helm release.
    pub release: ReleaseName,
    /// Its pods.
    pub workload: Option<Fresh<WorkloadHealth>>,
    /// Its releases.
    pub releases: Option<Fresh<ReleaseHistory>>,
    /// Its flags as defined.
    pub flags: Option<Fresh<FlagSet>>,
    /// Its flags as evaluated.
    pub evaluations: Option<Fresh<Evaluations>>,
    /// Rate, errors, duration.
    pub red: Option<Fresh<RedWindow>>,
    /// Utilisation, saturation.
    pub usage: Option<Fresh<UseWindow>>,
    /// Its worst pods.
    #[serde(default)]
    pub pods: Option<Fresh<WorstPods>>,
    /// The alerts of its metrics server that name the service.
    #[serde(default)]
    pub alerts: Option<Fresh<Alerts>>,
    /// How requests were before the canary (of production).
    pub before: Option<BeforeCanary>,
}

/// Something that was tried against a breach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The operation of this deck; none where somebody else did it, which the flag's source tells.
    pub op: Option<OpId>,
    /// Where.
    pub place: Place,
    /// What.
    pub what: Tried,
    /// When the change was made.
    pub at: Timestamp,
    /// How it ended; none while it runs.
    pub outcome: Option<Outcome>,
    /// Since when canary is no longer worse, where that was earned after it.
    pub recovered_at: Option<Timestamp>,
    /// Since when the bad ratio is surely under half of what it was.
    pub helped_at: Option<Timestamp>,
}

/// What can have been tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// A flag was set.
    Flag {
        /// Which.
        key: FlagKey,
        /// To what.
        to: FlagState,
    },
}
