//! Pods as the scheduler and the kubelet show them.

use serde_json::{Value, json};

use crate::sim::kubernetes::Store;
use crate::sim::prometheus::Millis;

use super::super::app::App;
use super::super::export::{CPU_LIMIT, MEMORY_LIMIT, METRICS_PORT};
use super::super::flags::NAMESPACE;
use super::super::pod::{Life, Pod};
use super::{event, image, labels, time, uid, workload};

/// The container that every pod of a service has.
pub(super) fn container(service: &str, version: &str) -> Value {
    let (image, _) = image(service, version);
    json!({
        "name": service,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [
            {"name": "http", "containerPort": 8080, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
        ],
        "resources": {
            "limits": {"cpu": format!("{CPU_LIMIT}"), "memory": format!("{}Mi", MEMORY_LIMIT / 1_048_576.0)},
            "requests": {"cpu": "250m", "memory": "256Mi"},
        },
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 3},
    })
}

/// The labels of a pod.
pub(super) fn pod_labels(app: &App, version: &str, hash: &str) -> Value {
    let mut labels = labels(app, version);
    if let Value::Object(labels) = &mut labels {
        labels.insert("pod-template-hash".to_owned(), json!(hash));
    }
    labels
}

/// Writes a pod as it is at `at`.
pub(crate) fn pod(store: &Store, app: &App, pod: &Pod, at: Millis) {
    let service = app.service.name.as_str();
    let owner = workload::replica_set_name(service, &pod.hash);
    let owner_uid = store
        .get("replicasets", NAMESPACE, &owner)
        .map(|stored| uid(&stored).to_owned())
        .unwrap_or_default();
    store.apply(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": pod.name,
            "generateName": format!("{owner}-"),
            "namespace": NAMESPACE,
            "creationTimestamp": time(pod.created),
            "labels": pod_labels(app, &pod.version, &pod.hash),
            "annotations": {
                "prometheus.io/scrape": "true",
                "prometheus.io/port": METRICS_PORT.to_string(),
            },
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": owner_uid,
                "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "nodeName": "node-1",
            "restartPolicy": "Always",
            "serviceAccountName": "default",
            "containers": [container(service, &pod.version)],
        },
        "status": status(app, pod, at),
    }));
    if pod.life == Life::Exited && pod.restarts > 0 {
        let message = format!(
            "Back-off restarting failed container {service} in pod {}",
            pod.name
        );
        event(store, ("Pod", &pod.name), "BackOff", &message, at);
    }
}

/// Takes a pod away: first it is seen to leave, as a graceful deletion shows it.
pub(crate) fn pod_gone(store: &Store, app: &App, pod: &Pod, at: Millis) {
    if let Some(mut leaving) = store.get("pods", NAMESPACE, &pod.name)
        && let Some(metadata) = leaving.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.insert("deletionTimestamp".to_owned(), json!(time(at)));
        metadata.insert("deletionGracePeriodSeconds".to_owned(), json!(30));
        store.apply(leaving);
    }
    store.remove("pods", NAMESPACE, &pod.name);
    let message = format!("Stopping container {}", app.service.name);
    event(store, ("Pod", &pod.name), "Killing", &message, at);
}

fn status(app: &App, pod: &Pod, at: Millis) -> Value {
    let (image, image_id) = image(&app.service.name, &pod.version);
    let ready = pod.ready.is_some();
    let since = pod.ready.unwrap_or(pod.created);
    let state = match pod.life {
        Life::Creating => json!({"waiting": {"reason": "ContainerCreating"}}),
        Life::Running => json!({"running": {"startedAt": time(pod.started)}}),
        Life::Exited if pod.restarts == 0 => json!({"terminated": ended(pod, at)}),
        Life::Exited => json!({"waiting": {
            "reason": "CrashLoopBackOff",
            "message": format!(
                "back-off {}s restarting failed container={} pod={}_{NAMESPACE}",
                pod.back_off() / 1000, app.service.name, pod.name
            ),
        }}),
    };
    let mut container = json!({
        "name": app.service.name,
        "image": image,
        "imageID": image_id,
        "containerID": format!("containerd://{}", crate::sim::hash::hex(&format!("{}{}", pod.name, pod.restarts), 64)),
        "ready": ready,
        "started": pod.life == Life::Running,
        "restartCount": pod.restarts,
        "state": state,
        "lastState": {},
    });
    if pod.restarts > 0
        && let Value::Object(container) = &mut container
    {
        let last = if pod.life == Life::Exited {
            at
        } else {
            pod.started
        };
        container.insert(
            "lastState".to_owned(),
            json!({"terminated": ended(pod, last)}),
        );
    }
    let condition = |kind: &str, holds: bool, since: Millis| {
        let mut condition = json!({
            "type": kind,
            "status": if holds { "True" } else { "False" },
            "lastProbeTime": null,
            "lastTransitionTime": time(since),
        });
        if !holds && let Value::Object(condition) = &mut condition {
            condition.insert("reason".to_owned(), json!("ContainersNotReady"));
            let message = format!("containers with unready status: [{}]", app.service.name);
            condition.insert("message".to_owned(), json!(message));
        }
        condition
    };
    let placed = pod.life != Life::Creating;
    let mut status = json!({
        "phase": if placed { "Running" } else { "Pending" },
        "conditions": [
            condition("PodScheduled", true, pod.created),
            condition("Initialized", true, pod.created),
            condition("ContainersReady", ready, since),
            condition("Ready", ready, since),
        ],
        "containerStatuses": [container],
        "hostIP": "10.0.0.11",
        "startTime": time(pod.created),
        "qosClass": "Burstable",
    });
    if placed && let Value::Object(status) = &mut status {
        status.insert("podIP".to_owned(), json!(pod.ip));
        status.insert("podIPs".to_owned(), json!([{"ip": pod.ip}]));
    }
    status
}

/// How the last process ended.
fn ended(pod: &Pod, at: Millis) -> Value {
    json!({
        "exitCode": 1,
        "reason": "Error",
        "startedAt": time(pod.started),
        "finishedAt": time(at),
    })
}
