//! Who owns which field: `metadata.managedFields` as the API server keeps it.
//!
//! It is what tells a client who changed an object last, and what server-side apply decides conflicts by.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::object::{text, time};

/// A field's path in the notation of `fieldsV1`: `f:NAME`, `k:{KEYS}`, `v:VALUE`, `.`.
pub(crate) type Path = Vec<String>;

/// Whose write it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct By {
    pub(crate) manager: String,
    pub(crate) apply: bool,
    pub(crate) subresource: Option<String>,
}

impl By {
    /// A plain write by this manager.
    pub(crate) fn update(manager: &str) -> Self {
        Self {
            manager: manager.to_owned(),
            apply: false,
            subresource: None,
        }
    }
}

/// One manager's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) by: By,
    pub(crate) api_version: String,
    pub(crate) time: String,
    pub(crate) set: BTreeSet<Path>,
}

/// The keys by which a list's elements are told apart; `None` for a list that is one value.
pub(crate) fn list_keys(parent: &str, field: &str) -> Option<&'static [&'static str]> {
    match (parent, field) {
        ("metadata", "ownerReferences") => Some(&["uid"]),
        (
            _,
            "containers"
            | "initContainers"
            | "ephemeralContainers"
            | "env"
            | "volumes"
            | "imagePullSecrets"
            | "secrets",
        ) => Some(&["name"]),
        (_, "volumeMounts") => Some(&["mountPath"]),
        (_, "conditions") => Some(&["type"]),
        ("containers" | "initContainers", "ports") => Some(&["containerPort", "protocol"]),
        ("spec", "ports") => Some(&["port", "protocol"]),
        (_, "hostAliases") => Some(&["ip"]),
        _ => None,
    }
}

/// Every leaf of an object that a manager can own, with its value.
pub(crate) fn leaves(object: &Value, custom: bool) -> BTreeMap<Path, &Value> {
    let mut out = BTreeMap::new();
    let mut path = Path::new();
    if let Value::Object(map) = object {
        for (field, value) in map {
            if matches!(field.as_str(), "apiVersion" | "kind") {
                continue;
            }
            path.push(format!("f:{field}"));
            if let ("metadata", Value::Object(meta)) = (field.as_str(), value) {
                for (field, value) in meta {
                    if !SERVER_FIELDS.contains(&field.as_str()) {
                        path.push(format!("f:{field}"));
                        walk(value, "metadata", field, false, &mut path, &mut out);
                        path.pop();
                    }
                }
            } else {
                walk(value, "", field, custom, &mut path, &mut out);
            }
            path.pop();
        }
    }
    out
}

/// What the server itself sets or what cannot change: owned by nobody.
const SERVER_FIELDS: [&str; 9] = [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "resourceVersion",
    "generation",
    "managedFields",
    "deletionTimestamp",
    "selfLink",
];

fn walk<'a>(
    value: &'a Value,
    parent: &str,
    field: &str,
    custom: bool,
    path: &mut Path,
    out: &mut BTreeMap<Path, &'a Value>,
) {
    const HERE: &Value = &Value::Null;
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (inner, value) in map {
                path.push(format!("f:{inner}"));
                walk(value, field, inner, custom, path, out);
                path.pop();
            }
        }
        Value::Array(items) if !custom && (parent, field) == ("metadata", "finalizers") => {
            for item in items {
                path.push(format!("v:{item}"));
                out.insert(path.clone(), HERE);
                path.pop();
            }
        }
        Value::Array(items) if !custom => match list_keys(parent, field) {
            Some(keys) if !items.is_empty() => {
                for item in items {
                    path.push(format!("k:{}", key_of(item, keys)));
                    path.push(".".to_owned());
                    out.insert(path.clone(), HERE);
                    path.pop();
                    walk(item, field, field, custom, path, out);
                    path.pop();
                }
            }
            Some(_) | None => drop(out.insert(path.clone(), value)),
        },
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => drop(out.insert(path.clone(), value)),
    }
}

/// The identity of a list's element; a port without a protocol is TCP.
pub(crate) fn key_of(item: &Value, keys: &[&str]) -> Value {
    let mut identity = Map::new();
    for key in keys {
        match item.get(*key) {
            Some(value) => drop(identity.insert((*key).to_owned(), value.clone())),
            None if *key == "protocol" => {
                identity.insert("protocol".to_owned(), json!("TCP"));
            }
            None => {}
        }
    }
    Value::Object(identity)
}

/// The entries of an object.
pub(crate) fn read(object: &Value) -> Vec<Entry> {
    let entries = object.pointer("/metadata/managedFields");
    let entries = entries.and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .map(|entry| {
            let mut set = BTreeSet::new();
            if let Some(fields) = entry.get("fieldsV1") {
                unfold(fields, &mut Path::new(), &mut set);
            }
            Entry {
                by: By {
                    manager: text(entry, "/manager").to_owned(),
                    apply: text(entry, "/operation") == "Apply",
                    subresource: entry
                        .get("subresource")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
                },
                api_version: text(entry, "/apiVersion").to_owned(),
                time: text(entry, "/time").to_owned(),
                set,
            }
        })
        .collect()
}

fn unfold(node: &Value, path: &mut Path, set: &mut BTreeSet<Path>) {
    match node {
        Value::Object(map) if !map.is_empty() => {
            for (step, node) in map {
                path.push(step.clone());
                unfold(node, path, set);
                path.pop();
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => drop(set.insert(path.clone())),
    }
}

/// The entries as the object carries them.
pub(crate) fn write(entries: &[Entry]) -> Value {
    entries
        .iter()
        .map(|entry| {
            let mut fields = Value::Object(Map::new());
            for path in &entry.set {
                fold(&mut fields, path);
            }
            let mut out = json!({
                "manager": entry.by.manager,
                "operation": if entry.by.apply { "Apply" } else { "Update" },
                "apiVersion": entry.api_version,
                "time": entry.time,
                "fieldsType": "FieldsV1",
                "fieldsV1": fields,
            });
            if let (Some(map), Some(subresource)) = (out.as_object_mut(), &entry.by.subresource) {
                map.insert("subresource".to_owned(), json!(subresource));
            }
            out
        })
        .collect()
}

fn fold(fields: &mut Value, path: &[String]) {
    let mut at = fields;
    for step in path {
        let Value::Object(map) = at else { return };
        at = map
            .entry(step.clone())
            .or_insert_with(|| Value::Object(Map::new()));
    }
}

/// The entries after `by` changed `old` into `new` by an update: what it changed is now its own, and of nobody else.
pub(crate) fn after_update(
    old: Option<&Value>,
    new: &Value,
    custom: bool,
    by: &By,
    api_version: &str,
    now: Timestamp,
) -> Vec<Entry> {
    let before = old.map(|old| leaves(old, custom)).unwrap_or_default();
    let after = leaves(new, custom);
    let changed: BTreeSet<Path> = after
        .iter()
        .filter(|(path, value)| before.get(*path) != Some(value))
        .map(|(path, _)| path.clone())
        .collect();
    let mut entries = old.map(read).unwrap_or_default();
    for entry in &mut entries {
        entry
            .set
            .retain(|path| after.contains_key(path) && !changed.contains(path));
    }
    if !changed.is_empty() {
        own(&mut entries, by, changed, api_version, now);
    }
    entries.retain(|entry| !entry.set.is_empty());
    entries
}

/// Adds fields to a manager's entry, with the time.
pub(crate) fn own(
    entries: &mut Vec<Entry>,
    by: &By,
    set: BTreeSet<Path>,
    api_version: &str,
    now: Timestamp,
) {
    if let Some(mine) = entries.iter_mut().find(|entry| entry.by == *by) {
        mine.set.extend(set);
        time(now).clone_into(&mut mine.time);
        api_version.clone_into(&mut mine.api_version);
    } else {
        entries.push(Entry {
            by: by.clone(),
            api_version: api_version.to_owned(),
            time: time(now),
            set,
        });
    }
}
