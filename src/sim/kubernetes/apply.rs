//! Server-side apply: what a manager says it wants, merged with what others own.
//!
//! Conflicts and dropped fields are decided by `managedFields`, as on the real server.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::fields::{self, By, Entry, Path, key_of, leaves, list_keys};
use super::kinds::Kind;
use super::object::set_or_remove;
use super::status::Failure;

/// The object after `by` applied `wanted`, and who owns what then.
pub(crate) fn apply(
    kind: &Kind,
    old: Option<&Value>,
    wanted: &Value,
    by: &By,
    force: bool,
    now: Timestamp,
) -> Result<(Value, Vec<Entry>), Failure> {
    let api_version = kind.api_version();
    let Some(old) = old else {
        let mut entries = Vec::new();
        let set = leaves(wanted, kind.custom).into_keys().collect();
        fields::own(&mut entries, by, set, &api_version, now);
        return Ok((wanted.clone(), entries));
    };
    let mut entries = fields::read(old);
    let asked = leaves(wanted, kind.custom);
    let present = leaves(old, kind.custom);
    let mut conflicts = Vec::new();
    for entry in entries.iter_mut().filter(|entry| entry.by != *by) {
        let differs = |path: &Path| {
            asked
                .get(path)
                .is_some_and(|value| present.get(path) != Some(value))
        };
        conflicts.extend(
            entry
                .set
                .iter()
                .filter(|path| differs(path))
                .map(|path| (owner(entry), dotted(path))),
        );
        if force {
            entry.set.retain(|path| !differs(path));
        }
    }
    if !force && !conflicts.is_empty() {
        return Err(Failure::owned(&conflicts));
    }
    let mut new = old.clone();
    merge(&mut new, wanted, "", "", kind.custom);
    // A version in the configuration is a precondition and was looked at; it is no wish.
    let version = old.pointer("/metadata/resourceVersion").cloned();
    set_or_remove(&mut new, &["metadata", "resourceVersion"], version);
    let asked: BTreeSet<Path> = asked.into_keys().collect();
    let others = |owns: &dyn Fn(&Path) -> bool| {
        let mut others = entries.iter().filter(|entry| entry.by != *by);
        others.any(|entry| entry.set.iter().any(owns))
    };
    let mine = entries.iter().find(|entry| entry.by == *by);
    let dropped = mine
        .into_iter()
        .flat_map(|mine| mine.set.difference(&asked));
    // An element's own path comes before those of its fields: it goes at once, unless others hold a part of it.
    for path in dropped {
        let kept = match path.split_last() {
            Some((last, element)) if last == "." => others(&|held| held.starts_with(element)),
            Some(_) | None => others(&|held| held == path),
        };
        if !kept {
            take(&mut new, path);
        }
    }
    entries.retain(|entry| entry.by != *by && !entry.set.is_empty());
    fields::own(&mut entries, by, asked, &api_version, now);
    Ok((new, entries))
}

fn owner(entry: &Entry) -> String {
    let mut said = format!("\"{}\"", entry.by.manager);
    if let Some(subresource) = &entry.by.subresource {
        said = format!("{said} with subresource \"{subresource}\"");
    }
    if !entry.by.apply {
        said = format!("{said} using {}", entry.api_version);
    }
    said
}

/// A path as messages say it: `.spec.template.spec.containers[name="pay"].image`.
fn dotted(path: &Path) -> String {
    path.iter()
        .map(|step| match step.split_once(':') {
            Some(("f", field)) => format!(".{field}"),
            Some(("k", keys)) => {
                let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
                let said = keys.iter().map(|(key, value)| format!("{key}={value}"));
                format!("[{}]", said.collect::<Vec<_>>().join(","))
            }
            Some(("v", value)) => format!("[={value}]"),
            Some(_) | None => String::new(),
        })
        .collect()
}

fn merge(target: &mut Value, wanted: &Value, parent: &str, field: &str, custom: bool) {
    match (&mut *target, wanted) {
        (Value::Object(map), Value::Object(wanted)) if !wanted.is_empty() => {
            for (key, value) in wanted {
                let inner = map.entry(key.clone()).or_insert(Value::Null);
                merge(inner, value, field, key, custom && field != "metadata");
            }
        }
        (Value::Array(items), Value::Array(wanted)) if !custom => {
            if let Some(keys) = list_keys(parent, field) {
                for one in wanted {
                    let key = key_of(one, keys);
                    let found = items.iter_mut().find(|item| key_of(item, keys) == key);
                    match found {
                        Some(item) => merge(item, one, field, field, custom),
                        None => items.push(one.clone()),
                    }
                }
            } else if (parent, field) == ("metadata", "finalizers") {
                for one in wanted {
                    if !items.contains(one) {
                        items.push(one.clone());
                    }
                }
            } else {
                items.clone_from(wanted);
            }
        }
        _ => target.clone_from(wanted),
    }
}

/// Takes away what stands at a path.
fn take(object: &mut Value, path: &[String]) {
    let Some((step, rest)) = path.split_first() else {
        return;
    };
    match (step.split_once(':'), object) {
        (Some(("f", field)), Value::Object(map)) => {
            if rest.is_empty() {
                map.remove(field);
            } else if let Some(inner) = map.get_mut(field) {
                take(inner, rest);
            }
        }
        (Some(("k", keys)), Value::Array(items)) => {
            let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let names: Vec<&str> = keys.keys().map(String::as_str).collect();
            let is = |item: &Value| key_of(item, &names).as_object() == Some(&keys);
            if rest.iter().all(|step| step == ".") {
                items.retain(|item| !is(item));
            } else if let Some(item) = items.iter_mut().find(|item| is(item))
                && !names.iter().any(|key| rest == [format!("f:{key}")])
            {
                take(item, rest);
            }
        }
        (Some(("v", value)), Value::Array(items)) => {
            let gone: Value = serde_json::from_str(value).unwrap_or_default();
            items.retain(|item| *item != gone);
        }
        _ => {}
    }
}
