//! The parts of Deployments and pods that the deck reads, and the small rows that it keeps of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use kube::core::Object;
use serde::Deserialize;

use crate::adapters::transport::owner::gitops_owner;
use crate::domain::untrusted::Untrusted;

pub(super) const INSTANCE: &str = "app.kubernetes.io/instance";
const VERSION: &str = "app.kubernetes.io/version";

/// A Deployment as read.
pub(super) type WireDeployment = Object<DeploymentSpec, DeploymentStatus>;
/// A pod as read.
pub(super) type WirePod = Object<PodSpec, PodStatus>;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeploymentSpec {
    replicas: Option<u32>,
    #[serde(default)]
    template: Template,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Template {
    metadata: TemplateMeta,
    spec: PodSpec,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct TemplateMeta {
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DeploymentStatus {
    observed_generation: i64,
    replicas: u32,
    ready_replicas: u32,
    updated_replicas: u32,
    available_replicas: u32,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    reason: String,
    last_update_time: Option<Timestamp>,
    last_transition_time: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodSpec {
    containers: Vec<Container>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Container {
    image: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodStatus {
    phase: String,
    reason: String,
    conditions: Vec<Condition>,
    init_container_statuses: Vec<ContainerStatus>,
    container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus {
    image: String,
    #[serde(rename = "imageID")]
    image_id: String,
    restart_count: u32,
    state: ContainerState,
    last_state: ContainerState,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    reason: String,
    exit_code: i32,
}

/// Where one Deployment's rollout stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    Complete {
        at: Option<Timestamp>,
    },
    Progressing {
        at: Option<Timestamp>,
    },
    Stuck {
        at: Option<Timestamp>,
        reason: String,
    },
}

/// What is kept of a Deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeploymentRow {
    pub(super) instance: Arc<str>,
    pub(super) generation: i64,
    pub(super) wanted: u32,
    pub(super) ready: u32,
    pub(super) updated: u32,
    pub(super) stage: Stage,
    /// When the rollout of this generation was first seen under way.
    pub(super) since: Option<Timestamp>,
    pub(super) version: Option<Box<str>>,
    pub(super) images: Images,
    pub(super) owner: Option<Untrusted>,
}

/// What is kept of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PodRow {
    pub(super) instance: Arc<str>,
    pub(super) ready: bool,
    /// Since when it is ready, or is not.
    pub(super) since: Option<Timestamp>,
    /// It ran to its end, or is being removed: neither well nor unwell.
    pub(super) leaving: bool,
    pub(super) restarts: u32,
    /// Why it is not well, or why it last restarted.
    pub(super) reason: Option<Arc<str>>,
    pub(super) images: Images,
}

/// The images of one pod; shared by all pods that have the same.
pub(super) type Images = Arc<[Box<str>]>;

/// Texts that many rows share, kept once.
#[derive(Debug, Default)]
pub(super) struct Pool {
    texts: BTreeSet<Arc<str>>,
    images: BTreeSet<Images>,
}

impl Pool {
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(kept) = self.texts.get(text) {
            return kept.clone();
        }
        let kept: Arc<str> = text.into();
        self.texts.insert(kept.clone());
        kept
    }

    fn images(&mut self, images: Vec<Box<str>>) -> Images {
        if let Some(kept) = self.images.get(images.as_slice()) {
            return kept.clone();
        }
        let kept: Images = images.into();
        self.images.insert(kept.clone());
        kept
    }
}

fn label<'a, P: Clone, U: Clone>(object: &'a Object<P, U>, key: &str) -> Option<&'a str> {
    let labels = object.metadata.labels.as_ref()?;
    labels.get(key).map(String::as_str)
}

/// The row of a Deployment; none if it belongs to no release.
pub(super) fn of_deployment(object: &WireDeployment, pool: &mut Pool) -> Option<DeploymentRow> {
    let instance = pool.text(label(object, INSTANCE)?);
    let status = object.status.clone().unwrap_or_default();
    let generation = object.metadata.generation.unwrap_or_default();
    let wanted = object.spec.replicas.unwrap_or(1);
    let containers = &object.spec.template.spec.containers;
    let images = containers.iter().map(|c| c.image.as_str().into()).collect();
    Some(DeploymentRow {
        instance,
        generation,
        wanted,
        ready: status.ready_replicas,
        updated: status.updated_replicas,
        stage: stage(generation, wanted, &status),
        since: None,
        version: label(object, VERSION)
            .or_else(|| {
                Some(
                    object
                        .spec
                        .template
                        .metadata
                        .labels
                        .as_ref()?
                        .get(VERSION)?
                        .as_str(),
                )
            })
            .map(Into::into),
        images: pool.images(images),
        owner: gitops_owner(&object.metadata),
    })
}

/// The rule of `kubectl rollout status`, with the times of condition Progressing.
fn stage(generation: i64, wanted: u32, status: &DeploymentStatus) -> Stage {
    let progressing = status.conditions.iter().find(|c| c.kind == "Progressing");
    let updated = progressing.and_then(|c| c.last_update_time.or(c.last_transition_time));
    if status.observed_generation < generation {
        return Stage::Progressing { at: None };
    }
    if let Some(condition) = progressing.filter(|c| c.status == "False") {
        return Stage::Stuck {
            at: condition.last_transition_time.or(updated),
            reason: condition.reason.clone(),
        };
    }
    let whole = status.updated_replicas >= wanted
        && status.replicas <= status.updated_replicas
        && status.available_replicas >= status.updated_replicas;
    if whole {
        Stage::Complete { at: updated }
    } else {
        Stage::Progressing { at: updated }
    }
}

/// The row of a pod; none if it belongs to no release.
pub(super) fn of_pod(object: &WirePod, pool: &mut Pool) -> Option<PodRow> {
    let instance = pool.text(label(object, INSTANCE)?);
    let status = object.status.as_ref();
    let containers = status.map(|s| s.container_statuses.as_slice());
    let containers = containers.unwrap_or_default();
    let condition = status.and_then(|s| s.conditions.iter().find(|c| c.kind == "Ready"));
    let ready = condition.is_some_and(|c| c.status == "True");
    let leaving = object.metadata.deletion_timestamp.is_some()
        || status.is_some_and(|s| s.phase == "Succeeded");
    let images = if containers.is_empty() {
        let asked = object.spec.containers.iter();
        asked.map(|c| c.image.as_str().into()).collect()
    } else {
        containers.iter().map(with_digest).collect()
    };
    let reason = status.and_then(|s| reason(s, ready));
    Some(PodRow {
        instance,
        ready,
        since: condition.and_then(|c| c.last_transition_time),
        leaving,
        restarts: containers.iter().map(|c| c.restart_count).sum(),
        reason: reason.map(|reason| pool.text(&reason)),
        images: pool.images(images),
    })
}

fn with_digest(container: &ContainerStatus) -> Box<str> {
    let digest = container.image_id.split_once('@').map(|(_, digest)| digest);
    match digest {
        Some(digest) if !container.image.contains('@') => {
            format!("{}@{digest}", container.image).into()
        }
        Some(_) | None => container.image.as_str().into(),
    }
}

/// Why a pod is not well; of a well one, why it restarted last.
fn reason(status: &PodStatus, ready: bool) -> Option<String> {
    let all = status.init_container_statuses.iter();
    let all = all.chain(&status.container_statuses);
    let last = |container: &ContainerStatus| {
        let last = container.last_state.terminated.as_ref();
        last.map(|t| t.reason.clone()).filter(|r| !r.is_empty())
    };
    if ready {
        return status.container_statuses.iter().find_map(last);
    }
    let mut starting = None;
    for container in all {
        let state = &container.state;
        if let Some(waiting) = state.waiting.as_ref().filter(|w| !w.reason.is_empty()) {
            if matches!(
                waiting.reason.as_str(),
                "ContainerCreating" | "PodInitializing"
            ) {
                starting.get_or_insert_with(|| waiting.reason.clone());
                continue;
            }
            let telling = last(container).filter(|r| !matches!(r.as_str(), "Error" | "Completed"));
            return Some(match telling {
                Some(last) => format!("{} ({last})", waiting.reason),
                None => waiting.reason.clone(),
            });
        }
        if let Some(end) = state.terminated.as_ref().filter(|t| t.exit_code != 0) {
            let code = end.exit_code;
            return Some(match end.reason.as_str() {
                "" => format!("exit {code}"),
                said => said.to_owned(),
            });
        }
    }
    if !status.reason.is_empty() {
        return Some(status.reason.clone());
    }
    let unscheduled = status
        .conditions
        .iter()
        .find(|c| c.kind == "PodScheduled" && c.status == "False" && !c.reason.is_empty());
    unscheduled.map(|c| c.reason.clone()).or(starting)
}
