//! What the cluster's API shows of the model: objects as the real controllers, Helm and the kubelet leave them.
//!
//! Objects are written when something changes, never by polling, so that a watch is as quiet as a real one.

mod helm;
mod infrastructure;
mod pods;
mod workload;

use serde_json::{Value, json};

use crate::sim::kubernetes::Store;
use crate::sim::prometheus::Millis;

use super::app::App;
use super::flags::NAMESPACE;
use super::timestamp;

pub(crate) use helm::releases;
pub(crate) use infrastructure::{feature_flags, infrastructure};
pub(crate) use pods::{pod, pod_gone};
pub(crate) use workload::workload;

/// A moment as Kubernetes writes it.
fn time(at: Millis) -> String {
    timestamp(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The uid that the store gave an object.
fn uid(stored: &Value) -> &str {
    stored
        .pointer("/metadata/uid")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The image of a version, and its digest.
fn image(service: &str, version: &str) -> (String, String) {
    let digest = crate::sim::hash::hex(&format!("image {service} {version}"), 64);
    (
        format!("registry.example/shop/{service}:{version}"),
        format!("registry.example/shop/{service}@sha256:{digest}"),
    )
}

/// The labels of everything that belongs to a release.
fn labels(app: &App, version: &str) -> Value {
    json!({
        "app.kubernetes.io/name": app.service.name,
        "app.kubernetes.io/instance": app.service.name,
        "app.kubernetes.io/version": version,
        "app.kubernetes.io/managed-by": "Helm",
        "helm.sh/chart": format!("{}-{version}", app.service.name),
    })
}

/// Everything of a service, when the world begins.
pub(crate) fn everything(store: &Store, app: &App, at: Millis) {
    releases(store, app);
    helm::stable_mark(store, app);
    workload(store, app, at);
    for one in &app.pods {
        pod(store, app, one, at);
    }
}

/// An event about an object, as `kubectl get events` lists it.
fn event(store: &Store, about: (&str, &str), reason: &str, message: &str, at: Millis) {
    let (kind, name) = about;
    let warning = matches!(reason, "BackOff" | "Failed" | "ProgressDeadlineExceeded");
    let key = format!("{name}/{reason}/{at}/{message}");
    store.apply(json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": format!("{name}.{}", crate::sim::hash::hex(&key, 16)),
            "namespace": NAMESPACE,
            "creationTimestamp": time(at),
        },
        "involvedObject": {"kind": kind, "namespace": NAMESPACE, "name": name},
        "reason": reason,
        "message": message,
        "type": if warning { "Warning" } else { "Normal" },
        "count": 1,
        "firstTimestamp": time(at),
        "lastTimestamp": time(at),
        "source": {"component": if kind == "Pod" { "kubelet" } else { "deployment-controller" }},
        "reportingComponent": "",
        "reportingInstance": "",
    }));
}
