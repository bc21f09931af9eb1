//! What the services rest on: the node, flagd with its flags, Prometheus.

use serde_json::{Map, Value, json};

use crate::sim::flagd::INSTANCES;
use crate::sim::kubernetes::Store;
use crate::sim::prometheus::Millis;

use super::super::flags::{NAMESPACE, OBJECT};
use super::time;
use super::workload::write_endpoints;

/// How long all this has been there when the world begins.
const AGE: Millis = 60 * 24 * 3600 * 1000;

/// The `FeatureFlag` object with these definitions.
pub(crate) fn feature_flags(spec: &Map<String, Value>, begin: Millis) -> Value {
    json!({
        "apiVersion": "core.openfeature.dev/v1beta1",
        "kind": "FeatureFlag",
        "metadata": {
            "name": OBJECT,
            "namespace": NAMESPACE,
            "creationTimestamp": time(begin - AGE),
            "labels": {"app.kubernetes.io/managed-by": "argocd"},
        },
        "spec": {"flagSpec": spec},
    })
}

/// The node, flagd and Prometheus.
pub(crate) fn infrastructure(store: &Store, begin: Millis) {
    let born = begin - AGE;
    store.apply(json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": "node-1",
            "creationTimestamp": time(born),
            "labels": {"kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux"},
        },
        "spec": {},
        "status": {
            "capacity": {"cpu": "64", "memory": "256Gi", "pods": "250"},
            "allocatable": {"cpu": "63", "memory": "250Gi", "pods": "250"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.11"}],
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status",
                "lastHeartbeatTime": time(begin), "lastTransitionTime": time(born),
            }],
            "nodeInfo": {"kubeletVersion": "v1.36.3", "operatingSystem": "linux", "architecture": "amd64"},
        },
    }));
    let flagd: Vec<String> = (0..INSTANCES).map(instance_name).collect();
    let addresses: Vec<String> = (0..INSTANCES)
        .map(|at| format!("10.1.1.{}", at + 10))
        .collect();
    let pods: Vec<(&str, &str, bool)> = flagd
        .iter()
        .zip(&addresses)
        .map(|(name, ip)| (name.as_str(), ip.as_str(), true))
        .collect();
    component(store, (NAMESPACE, "flagd"), ("ofrep", 8016), &pods, born);
    component(
        store,
        ("monitoring", "prometheus"),
        ("web", 9090),
        &[("prometheus-0", "10.1.2.10", true)],
        born,
    );
}

/// The name of an instance of flagd.
fn instance_name(at: usize) -> String {
    format!(
        "flagd-6c8b9-{}",
        crate::sim::hash::suffix(&format!("flagd {at}"), 5)
    )
}

fn component(
    store: &Store,
    (namespace, name): (&str, &str),
    port: (&str, u16),
    pods: &[(&str, &str, bool)],
    born: Millis,
) {
    store.apply(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name, "namespace": namespace, "creationTimestamp": time(born),
            "labels": {"app.kubernetes.io/name": name},
        },
        "spec": {
            "type": "ClusterIP",
            "clusterIP": format!("10.96.1.{}", crate::sim::hash::number(name) % 200 + 20),
            "selector": {"app.kubernetes.io/name": name},
            "ports": [{"name": port.0, "port": port.1, "targetPort": port.1, "protocol": "TCP"}],
        },
        "status": {"loadBalancer": {}},
    }));
    for (pod, ip, _) in pods {
        let ready =
            |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": time(born)});
        store.apply(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": pod, "namespace": namespace, "creationTimestamp": time(born),
                "labels": {"app.kubernetes.io/name": name},
            },
            "spec": {
                "nodeName": "node-1",
                "containers": [{
                    "name": name,
                    "image": format!("registry.example/{name}:stable"),
                    "ports": [{"name": port.0, "containerPort": port.1, "protocol": "TCP"}],
                }],
            },
            "status": {
                "phase": "Running",
                "podIP": ip,
                "podIPs": [{"ip": ip}],
                "startTime": time(born),
                "conditions": [ready("Initialized"), ready("PodScheduled"), ready("ContainersReady"), ready("Ready")],
                "containerStatuses": [{
                    "name": name, "image": format!("registry.example/{name}:stable"), "imageID": "", "ready": true,
                    "started": true, "restartCount": 0, "state": {"running": {"startedAt": time(born)}},
                    "lastState": {},
                }],
            },
        }));
    }
    write_endpoints(store, namespace, name, port, pods, &time(born));
}
