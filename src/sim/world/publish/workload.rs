//! Deployment, replica sets, service and endpoints of a service.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sim::kubernetes::Store;
use crate::sim::prometheus::Millis;

use super::super::app::{App, Status, template_hash};
use super::super::flags::NAMESPACE;
use super::super::timestamp;
use super::pods::{container, pod_labels};
use super::{labels, time, uid};

/// The name of a version's replica set.
pub(super) fn replica_set_name(service: &str, hash: &str) -> String {
    format!("{service}-{hash}")
}

/// Writes everything about a service but its pods and its Helm history.
pub(crate) fn workload(store: &Store, app: &App, at: Millis) {
    let stored = store.apply_as(deployment(app, app.generation, at), "helm");
    // The controller has seen what the server just counted.
    let generation = stored
        .pointer("/metadata/generation")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let seen = u32::try_from(generation).unwrap_or(app.generation);
    if seen != app.generation {
        store.apply(deployment(app, seen, at));
    }
    replica_sets(store, app, uid(&stored));
    store.apply_as(service(app), "helm");
    endpoints(store, app);
}

fn deployment(app: &App, generation: u32, at: Millis) -> Value {
    let name = app.service.name.as_str();
    let desired = app.spec().pods;
    let (ready, updated) = (app.ready(), app.updated());
    let total = app.pods.len();
    let release = app.releases.last();
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "creationTimestamp": time(first_release(app)),
            "labels": labels(app, app.version()),
            "annotations": {
                "deployment.kubernetes.io/revision": release.map_or(1, |release| release.revision).to_string(),
                "meta.helm.sh/release-name": name,
                "meta.helm.sh/release-namespace": NAMESPACE,
            },
        },
        "spec": {
            "replicas": desired,
            "progressDeadlineSeconds": 300,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": selector(name)},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
            },
            "template": {
                "metadata": {"labels": labels(app, app.version())},
                "spec": template_spec(name, app.version()),
            },
        },
        "status": {
            "observedGeneration": generation,
            "replicas": total,
            "updatedReplicas": updated,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "unavailableReplicas": total.saturating_sub(ready as usize),
            "conditions": conditions(app, at),
        },
    })
}

/// What a template says beside its labels. A replica set's is its Deployment's, or clients don't see it as the new one.
fn template_spec(name: &str, version: &str) -> Value {
    json!({
        "containers": [container(name, version)],
        "restartPolicy": "Always",
        "serviceAccountName": "default",
    })
}

/// Whether enough pods are available, and how far the rollout is.
fn conditions(app: &App, at: Millis) -> Value {
    let desired = app.spec().pods;
    let release = app.releases.last();
    let began = release.map_or(at, |release| release.deployed_at);
    let failed = release.is_some_and(|release| release.status == Status::Failed);
    let set = replica_set_name(&app.service.name, &app.hash());
    let (progressing, reason, message, updated_at) = match (app.rolled_out, failed) {
        (Some(done), _) => (
            "True",
            "NewReplicaSetAvailable",
            format!("ReplicaSet \"{set}\" has successfully progressed."),
            done,
        ),
        (None, true) => (
            "False",
            "ProgressDeadlineExceeded",
            format!("ReplicaSet \"{set}\" has timed out progressing."),
            at,
        ),
        (None, false) => (
            "True",
            "ReplicaSetUpdated",
            format!("ReplicaSet \"{set}\" is progressing."),
            at,
        ),
    };
    let available = app.ready() >= desired - desired / 4;
    json!([
        {
            "type": "Available",
            "status": if available { "True" } else { "False" },
            "reason": if available { "MinimumReplicasAvailable" } else { "MinimumReplicasUnavailable" },
            "message": if available { "Deployment has minimum availability." }
                else { "Deployment does not have minimum availability." },
            "lastUpdateTime": time(first_release(app)),
            "lastTransitionTime": time(first_release(app)),
        },
        {
            "type": "Progressing",
            "status": progressing,
            "reason": reason,
            "message": message,
            "lastUpdateTime": time(updated_at),
            "lastTransitionTime": time(began),
        },
    ])
}

fn first_release(app: &App) -> Millis {
    app.releases
        .first()
        .map_or(0, |release| release.deployed_at)
}

fn selector(name: &str) -> Value {
    json!({"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name})
}

fn replica_sets(store: &Store, app: &App, deployment_uid: &str) {
    let name = app.service.name.as_str();
    let present = app.hash();
    let mut seen = BTreeSet::new();
    for release in &app.releases {
        let hash = template_hash(name, &release.version);
        if !seen.insert(hash.clone()) {
            continue;
        }
        let pods: Vec<_> = app.pods.iter().filter(|pod| pod.hash == hash).collect();
        let ready = pods.iter().filter(|pod| pod.ready.is_some()).count();
        let wanted = if hash == present {
            app.spec().pods as usize
        } else {
            pods.len()
        };
        store.apply(json!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": replica_set_name(name, &hash),
                "namespace": NAMESPACE,
                "creationTimestamp": time(release.deployed_at),
                "labels": pod_labels(app, &release.version, &hash),
                "annotations": {
                    "deployment.kubernetes.io/revision": release.revision.to_string(),
                    "deployment.kubernetes.io/desired-replicas": app.spec().pods.to_string(),
                },
                "ownerReferences": [{
                    "apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": deployment_uid,
                    "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "spec": {
                "replicas": wanted,
                "selector": {"matchLabels": {
                    "app.kubernetes.io/name": name,
                    "app.kubernetes.io/instance": name,
                    "pod-template-hash": hash,
                }},
                "template": {
                    "metadata": {"labels": pod_labels(app, &release.version, &hash)},
                    "spec": template_spec(name, &release.version),
                },
            },
            "status": {
                "replicas": pods.len(),
                "fullyLabeledReplicas": pods.len(),
                "readyReplicas": ready,
                "availableReplicas": ready,
                "observedGeneration": 1,
            },
        }));
    }
}

fn service(app: &App) -> Value {
    let name = app.service.name.as_str();
    let last = crate::sim::hash::number(name) % 200 + 20;
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "creationTimestamp": time(first_release(app)),
            "labels": labels(app, app.version()),
        },
        "spec": {
            "type": "ClusterIP",
            "clusterIP": format!("10.96.0.{last}"),
            "clusterIPs": [format!("10.96.0.{last}")],
            "selector": selector(name),
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
        },
        "status": {"loadBalancer": {}},
    })
}

fn endpoints(store: &Store, app: &App) {
    let pods: Vec<(&str, &str, bool)> = app
        .pods
        .iter()
        .map(|pod| (pod.name.as_str(), pod.ip.as_str(), pod.ready.is_some()))
        .collect();
    let born = time(first_release(app));
    write_endpoints(
        store,
        NAMESPACE,
        &app.service.name,
        ("http", 8080),
        &pods,
        &born,
    );
}

/// Both kinds of endpoints of a service, from `(pod, address, ready)`.
pub(super) fn write_endpoints(
    store: &Store,
    namespace: &str,
    service: &str,
    port: (&str, u16),
    pods: &[(&str, &str, bool)],
    born: &str,
) {
    let ports = json!([{"name": port.0, "port": port.1, "protocol": "TCP"}]);
    let target = |pod: &str| json!({"kind": "Pod", "name": pod, "namespace": namespace});
    let addresses = |ready: bool| -> Vec<Value> {
        pods.iter()
            .filter(|(_, _, is)| *is == ready)
            .map(|(pod, ip, _)| json!({"ip": ip, "nodeName": "node-1", "targetRef": target(pod)}))
            .collect()
    };
    let mut subset = json!({"addresses": addresses(true), "ports": ports});
    let waiting = addresses(false);
    if !waiting.is_empty()
        && let Value::Object(subset) = &mut subset
    {
        subset.insert("notReadyAddresses".to_owned(), json!(waiting));
    }
    store.apply(json!({
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": service, "namespace": namespace, "creationTimestamp": born},
        "subsets": [subset],
    }));
    let slice: Vec<Value> = pods
        .iter()
        .map(|(pod, ip, ready)| {
            json!({
                "addresses": [ip],
                "conditions": {"ready": ready, "serving": ready, "terminating": false},
                "nodeName": "node-1",
                "targetRef": target(pod),
            })
        })
        .collect();
    store.apply(json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{service}-{}", crate::sim::hash::suffix(service, 5)),
            "namespace": namespace,
            "creationTimestamp": born,
            "labels": {"kubernetes.io/service-name": service},
        },
        "addressType": "IPv4",
        "endpoints": slice,
        "ports": ports,
    }));
}

/// Whole seconds since 1970, as Helm labels its Secrets.
pub(super) fn unix(at: Millis) -> i64 {
    timestamp(at).as_second()
}
