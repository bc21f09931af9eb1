//! One cluster's objects and the log of their changes, as plain state.
//!
//! One number counts every change in the cluster, as etcd's revision does: lists, watches and conflicts all rest on it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::fields::{self, By, Entry};
use super::kinds::Kind;
use super::object::{name, namespace, remove, set, set_or_remove, time};

/// How many changes the log keeps; a watch from before them gets 410 Gone.
const LOG: usize = 8192;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) resource: &'static str,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Key {
    pub(crate) fn new(kind: &Kind, namespace: &str, name: &str) -> Self {
        Self {
            resource: kind.storage(),
            namespace: if kind.namespaced { namespace } else { "" }.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// One change of one object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) key: Key,
    /// The object after it; for a deletion the last state, with the deletion's version.
    pub(crate) object: Arc<Value>,
    pub(crate) before: Option<Arc<Value>>,
    pub(crate) deleted: bool,
}

/// A version that the log no longer reaches back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compacted {
    pub(crate) oldest: u64,
}

/// How the owners of an object's fields are found.
pub(crate) enum Owners<'a> {
    /// Whatever differs is now this manager's.
    Update(&'a By),
    /// Already decided, by server-side apply.
    Given(&'a [Entry]),
}

#[derive(Debug)]
pub(crate) struct Objects {
    seed: String,
    version: u64,
    compacted: u64,
    all: BTreeMap<Key, Arc<Value>>,
    births: BTreeMap<Key, u64>,
    log: VecDeque<Change>,
}

impl Objects {
    pub(crate) fn new(cluster: &str, seed: u64) -> Self {
        Self {
            seed: format!("{cluster}/{seed}"),
            version: 1,
            compacted: 0,
            all: BTreeMap::new(),
            births: BTreeMap::new(),
            log: VecDeque::new(),
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.all.get(key)
    }

    /// Creates or replaces; sets what the server sets. The object unchanged, if nothing changes.
    pub(crate) fn put(
        &mut self,
        kind: &Kind,
        mut new: Value,
        owners: &Owners<'_>,
        now: Timestamp,
    ) -> Arc<Value> {
        let key = Key::new(kind, namespace(&new), name(&new));
        let old = self.all.get(&key).cloned();
        let births = self.births.get(&key).copied().unwrap_or_default();
        Self::finish(kind, &mut new, old.as_deref(), owners, now);
        if let Some(old) = &old {
            if same(old, &new) {
                return Arc::clone(old);
            }
        } else {
            set(
                &mut new,
                &["metadata", "uid"],
                json!(self.uid(&key, births)),
            );
            self.births.insert(key.clone(), births + 1);
        }
        self.version += 1;
        set(
            &mut new,
            &["metadata", "resourceVersion"],
            json!(self.version.to_string()),
        );
        let new = Arc::new(new);
        self.all.insert(key.clone(), Arc::clone(&new));
        self.record(Change {
            version: self.version,
            key,
            object: Arc::clone(&new),
            before: old,
            deleted: false,
        });
        new
    }

    /// What [`put`](Self::put) would store, for a dry run.
    pub(crate) fn preview(
        &self,
        kind: &Kind,
        mut new: Value,
        owners: &Owners<'_>,
        now: Timestamp,
    ) -> Value {
        let key = Key::new(kind, namespace(&new), name(&new));
        let old = self.all.get(&key);
        Self::finish(kind, &mut new, old.map(Arc::as_ref), owners, now);
        if old.is_none() {
            let births = self.births.get(&key).copied().unwrap_or_default();
            set(
                &mut new,
                &["metadata", "uid"],
                json!(self.uid(&key, births)),
            );
        }
        new
    }

    /// Sets the server's own fields, but for the version.
    fn finish(
        kind: &Kind,
        new: &mut Value,
        old: Option<&Value>,
        owners: &Owners<'_>,
        now: Timestamp,
    ) {
        set(new, &["apiVersion"], json!(kind.api_version()));
        set(new, &["kind"], json!(kind.kind));
        if !kind.namespaced {
            remove(new, &["metadata", "namespace"]);
        }
        let kept = |field: &str| old.and_then(|old| old.get("metadata")?.get(field).cloned());
        if old.is_some() {
            for field in ["uid", "creationTimestamp", "resourceVersion"] {
                set_or_remove(new, &["metadata", field], kept(field));
            }
        } else {
            remove(new, &["metadata", "resourceVersion"]);
            if new
                .pointer("/metadata/creationTimestamp")
                .is_none_or(Value::is_null)
            {
                set(new, &["metadata", "creationTimestamp"], json!(time(now)));
            }
        }
        if kind.counts_generations() {
            let before = kept("generation").and_then(|value| value.as_u64());
            let changed = old.is_none_or(|old| spec(old) != spec(new));
            let generation = before.unwrap_or_default() + u64::from(changed);
            set(new, &["metadata", "generation"], json!(generation.max(1)));
        }
        let entries = match owners {
            Owners::Update(by) => {
                fields::after_update(old, new, kind.custom, by, &kind.api_version(), now)
            }
            Owners::Given(entries) => entries.to_vec(),
        };
        let managed = (!entries.is_empty()).then(|| fields::write(&entries));
        set_or_remove(new, &["metadata", "managedFields"], managed);
    }

    /// The uid of the `births`-th object of this name: the same in every run.
    fn uid(&self, key: &Key, births: u64) -> String {
        uuid(&format!(
            "{}/{}/{}/{}/{births}",
            self.seed, key.resource, key.namespace, key.name
        ))
    }

    /// Takes an object away; its last state, with the deletion's version.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.all.remove(key)?;
        self.version += 1;
        let mut last = Value::clone(&before);
        set(
            &mut last,
            &["metadata", "resourceVersion"],
            json!(self.version.to_string()),
        );
        let last = Arc::new(last);
        self.record(Change {
            version: self.version,
            key: key.clone(),
            object: Arc::clone(&last),
            before: Some(before),
            deleted: true,
        });
        Some(last)
    }

    fn record(&mut self, change: Change) {
        self.log.push_back(change);
        if self.log.len() > LOG
            && let Some(oldest) = self.log.pop_front()
        {
            self.compacted = oldest.version;
        }
    }

    /// Forgets the log: every version before the present one is gone.
    pub(crate) fn compact(&mut self) {
        self.log.clear();
        self.compacted = self.version;
    }

    /// The changes after `version`, oldest first.
    pub(crate) fn since(&self, version: u64) -> Result<impl Iterator<Item = &Change>, Compacted> {
        self.reaches(version)?;
        let from = self.log.partition_point(|change| change.version <= version);
        Ok(self.log.range(from..))
    }

    fn reaches(&self, version: u64) -> Result<(), Compacted> {
        if version < self.compacted {
            Err(Compacted {
                oldest: self.compacted,
            })
        } else {
            Ok(())
        }
    }

    /// The objects of a resource, in one namespace or all, by namespace and name.
    pub(crate) fn list(&self, resource: &'static str, within: Option<&str>) -> Vec<Arc<Value>> {
        let first = Key {
            resource,
            namespace: within.unwrap_or_default().to_owned(),
            name: String::new(),
        };
        self.all
            .range(first..)
            .take_while(|(key, _)| {
                key.resource == resource && within.is_none_or(|within| key.namespace == within)
            })
            .map(|(_, object)| Arc::clone(object))
            .collect()
    }

    /// The same as it was at an older version.
    pub(crate) fn list_at(
        &self,
        resource: &'static str,
        within: Option<&str>,
        version: u64,
    ) -> Result<Vec<Arc<Value>>, Compacted> {
        self.reaches(version)?;
        let mut at: BTreeMap<(String, String), Arc<Value>> = self
            .list(resource, within)
            .into_iter()
            .map(|object| {
                (
                    (namespace(&object).to_owned(), name(&object).to_owned()),
                    object,
                )
            })
            .collect();
        let newer = self.log.iter().rev();
        for change in newer.take_while(|change| change.version > version) {
            let inside = within.is_none_or(|within| change.key.namespace == within);
            if change.key.resource == resource && inside {
                let key = (change.key.namespace.clone(), change.key.name.clone());
                match &change.before {
                    Some(before) => drop(at.insert(key, Arc::clone(before))),
                    None => drop(at.remove(&key)),
                }
            }
        }
        Ok(at.into_values().collect())
    }
}

/// A uuid from a text: the same text, the same uuid.
pub(crate) fn uuid(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(36);
    for (at, byte) in Sha256::digest(text.as_bytes()).iter().take(16).enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        let byte = match at {
            6 => 0x40 | (byte & 0x0f),
            8 => 0x80 | (byte & 0x3f),
            _ => *byte,
        };
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// All that a generation counts: everything but metadata and status.
fn spec(object: &Value) -> Vec<(&String, &Value)> {
    let fields = object.as_object().into_iter().flatten();
    fields
        .filter(|(field, _)| {
            !matches!(
                field.as_str(),
                "apiVersion" | "kind" | "metadata" | "status"
            )
        })
        .collect()
}

/// Whether nothing but the times of ownership differs.
fn same(old: &Value, new: &Value) -> bool {
    fn timeless(object: &Value) -> Value {
        let mut object = object.clone();
        let entries = object.pointer_mut("/metadata/managedFields");
        for entry in entries.and_then(Value::as_array_mut).into_iter().flatten() {
            remove(entry, &["time"]);
        }
        object
    }
    old == new || timeless(old) == timeless(new)
}
