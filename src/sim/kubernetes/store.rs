//! The shared handle on one simulated cluster's state.
//!
//! The world's model writes to it as controllers do; the API handlers read and write the same state for people.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::fields::By;
use super::kinds::{self, Kind};
use super::object::{name, set};
use super::objects::{Key, Objects, Owners};
use crate::sim::clock::SimClock;

/// How old the cluster is when the world begins.
const CLUSTER_AGE: SignedDuration = SignedDuration::from_hours(24 * 90);

/// One cluster's objects; clones share them.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
    clock: SimClock,
}

#[derive(Debug)]
struct Shared {
    objects: watch::Sender<Objects>,
    version: watch::Sender<u64>,
}

impl Store {
    /// A cluster with its system namespaces and the definition of feature flags. Name and seed decide every uid.
    pub fn new(cluster_name: &str, seed: u64, clock: SimClock) -> Self {
        let store = Self {
            shared: Arc::new(Shared {
                objects: watch::Sender::new(Objects::new(cluster_name, seed)),
                version: watch::Sender::new(0),
            }),
            clock,
        };
        let born = store.now().checked_sub(CLUSTER_AGE);
        let born = born.unwrap_or(Timestamp::UNIX_EPOCH);
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            store.write(|objects, _| ensure_namespace(objects, name, born));
        }
        store.apply(feature_flag_definition(born));
        store
    }

    /// Creates or replaces an object as the cluster's own controllers would; the object as stored.
    ///
    /// The server's fields (uid, version, generation, owners) are set; a `creationTimestamp` that is given is kept,
    /// so that the world can begin with old objects. A missing namespace is made. `Null`, and nothing stored, if the
    /// kind is not served or has no name.
    pub fn apply(&self, object: Value) -> Value {
        let manager = match object.get("kind").and_then(Value::as_str) {
            Some("Pod" | "Node") => "kubelet",
            Some(_) | None => "kube-controller-manager",
        };
        self.apply_as(object, manager)
    }

    /// The same by another field manager (`helm`, `argocd-controller`, ...), who then is seen as its last changer.
    pub fn apply_as(&self, mut object: Value, manager: &str) -> Value {
        let (api_version, kind) = (
            super::object::text(&object, "/apiVersion"),
            super::object::text(&object, "/kind"),
        );
        let Some(kind) = kinds::by_type(api_version, kind) else {
            return Value::Null;
        };
        if name(&object).is_empty() {
            return Value::Null;
        }
        if kind.namespaced && super::object::namespace(&object).is_empty() {
            set(&mut object, &["metadata", "namespace"], json!("default"));
        }
        let stored = self.write(|objects, now| {
            if kind.namespaced {
                ensure_namespace(objects, super::object::namespace(&object), now);
            }
            let by = By::update(manager);
            objects.put(kind, object, &Owners::Update(&by), now)
        });
        Value::clone(&stored)
    }

    /// Takes an object away; whether it was there. `resource` is the plural, with the group where it is needed.
    pub fn remove(&self, resource: &str, namespace: &str, name: &str) -> bool {
        kinds::by_resource(resource).is_some_and(|kind| {
            let key = Key::new(kind, namespace, name);
            self.write(|objects, _| objects.remove(&key)).is_some()
        })
    }

    /// An object as stored.
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let key = Key::new(kinds::by_resource(resource)?, namespace, name);
        self.read(|objects| objects.get(&key).map(|object| Value::clone(object)))
    }

    /// The objects of a resource in one namespace or all, by namespace and name.
    pub fn list(&self, resource: &str, namespace: Option<&str>) -> Vec<Value> {
        let Some(kind) = kinds::by_resource(resource) else {
            return Vec::new();
        };
        self.read(|objects| {
            let found = objects.list(kind.storage(), namespace);
            found.iter().map(|object| Value::clone(object)).collect()
        })
    }

    /// The cluster's version, sent on every change.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.shared.version.subscribe()
    }

    /// The cluster's identity: the uid of its namespace `kube-system`.
    pub fn uid(&self) -> String {
        self.get("namespaces", "", "kube-system")
            .map(|namespace| super::object::text(&namespace, "/metadata/uid").to_owned())
            .unwrap_or_default()
    }

    /// Forgets the history: watches and pages from before now get 410 Gone.
    pub fn compact(&self) {
        self.write(|objects, _| objects.compact());
    }

    pub(crate) fn clock(&self) -> &SimClock {
        &self.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Objects) -> T) -> T {
        look(&self.shared.objects.borrow())
    }

    /// Changes the objects and tells the watchers if something changed.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Objects, Timestamp) -> T) -> T {
        let now = self.now();
        let mut out = None;
        let mut version = 0;
        // A value is always set: `send_modify` calls its closure exactly once.
        self.shared.objects.send_modify(|objects| {
            out = Some(change(objects, now));
            version = objects.version();
        });
        self.shared.version.send_if_modified(|seen| {
            let changed = *seen != version;
            *seen = version;
            changed
        });
        match out {
            Some(out) => out,
            None => unreachable!("the closure was called"),
        }
    }
}

fn ensure_namespace(objects: &mut Objects, name: &str, born: Timestamp) {
    let Some(kind) = kinds::by_resource("namespaces") else {
        return;
    };
    if objects.get(&Key::new(kind, "", name)).is_none() {
        objects.put(
            kind,
            namespace_object(name),
            &Owners::Update(&By::update("kube-apiserver")),
            born,
        );
    }
}

fn namespace_object(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    })
}

/// The definition of `FeatureFlag`, as data: what it defines is served anyway.
fn feature_flag_definition(born: Timestamp) -> Value {
    let kind: Option<&Kind> = kinds::by_resource("featureflags");
    let short = kind.map(|kind| kind.short).unwrap_or_default();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "featureflags.core.openfeature.dev",
            "creationTimestamp": super::object::time(born),
        },
        "spec": {
            "group": "core.openfeature.dev",
            "names": {
                "kind": "FeatureFlag", "listKind": "FeatureFlagList", "plural": "featureflags",
                "singular": "featureflag", "shortNames": short,
            },
            "scope": "Namespaced",
            "versions": [{
                "name": "v1beta1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }],
        },
        "status": {
            "conditions": [{"type": "Established", "status": "True", "reason": "InitialNamesAccepted"}],
            "storedVersions": ["v1beta1"],
        },
    })
}
