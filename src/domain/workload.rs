//! How the pods of an environment are: a summary, never the pods themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::untrusted::Untrusted;

/// The most pods that a summary names.
pub const WORST_PODS: usize = 20;

/// The Deployments of one release and their pods, summed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WorkloadHealth {
    /// Pods asked for.
    pub wanted: u32,
    /// Pods that are ready.
    pub ready: u32,
    /// Pods of the newest template.
    pub updated: u32,
    /// Restarts of the containers that are there now, since each began.
    pub restarts: u32,
    /// Restarts in the last five minutes, counted while watching.
    pub restarts_recent: u32,
    /// Where the newest rollout stands; none when there is no Deployment.
    pub rollout: Option<Rollout>,
    /// The version that runs: label `app.kubernetes.io/version`, else the image's tag.
    pub version: Option<Untrusted>,
    /// Images in use, with digests where the pods tell them.
    pub images: Vec<Untrusted>,
    /// The worst pods, worst first, at most [`WORST_PODS`].
    pub worst: Vec<PodTrouble>,
    /// The pods themselves; none where they may not be watched.
    #[serde(default)]
    pub pods: Option<PodsSeen>,
    /// Who owns the Deployments besides Helm, if anyone: Argo CD or Flux would revert a change.
    pub owner: Option<Untrusted>,
}

/// Where a rollout stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rollout {
    /// All pods are of the newest template and available, since a time.
    Complete {
        /// When the condition was last updated to say so.
        at: Timestamp,
    },
    /// Pods are being replaced.
    Progressing {
        /// When it began.
        since: Timestamp,
    },
    /// It made no progress within its deadline.
    Stuck {
        /// Since when.
        since: Timestamp,
        /// The reason given.
        reason: Untrusted,
    },
}

/// A pod that is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodTrouble {
    /// The pod.
    pub pod: Untrusted,
    /// Such as `CrashLoopBackOff`, `ImagePullBackOff`, `OOMKilled`, `not ready`.
    pub reason: Untrusted,
    /// Its restarts.
    pub restarts: u32,
}

/// The pods of a release as the cluster tells them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PodsSeen {
    /// How many there are, without those that leave.
    pub all: u32,
    /// Those that are not ready, then those that restarted, then others; at most [`WORST_PODS`].
    pub listed: Vec<PodSeen>,
    /// How many leave: deleted and still there, or ended.
    #[serde(default)]
    pub leave: u32,
    /// Those that leave, by name; at most [`WORST_PODS`].
    #[serde(default)]
    pub leaving: Vec<Untrusted>,
}

/// One pod as the cluster tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodSeen {
    /// Its name.
    pub pod: Untrusted,
    /// Whether it is ready.
    pub ready: bool,
    /// Since when it is ready, or is not; none where it does not say.
    pub since: Option<Timestamp>,
    /// The restarts of its containers in all.
    pub restarts: u32,
    /// Those of the last five minutes, counted while watching.
    pub recent: u32,
    /// Why it is not ready, or restarted last, such as `OOMKilled`.
    pub reason: Option<Untrusted>,
}
