//! JSON patch, merge patch and strategic merge patch.
//!
//! Strategic merge knows by which key a list's elements are the same; kubectl and helm rest on that.

use serde_json::{Map, Value};

use super::fields::list_keys;
use super::status::Failure;

/// RFC 6902; whatever does not fit, a failed `test` among it, is 422 as on the real server.
pub(crate) fn json(object: &mut Value, patch: &Value) -> Result<(), Failure> {
    let patch: json_patch::Patch = serde_json::from_value(patch.clone())
        .map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")))?;
    json_patch::patch(object, &patch).map_err(|_| Failure::patch_does_not_fit())
}

/// RFC 7386.
pub(crate) fn merge(object: &mut Value, patch: &Value) -> Result<(), Failure> {
    if !patch.is_object() {
        return Err(Failure::bad_request("Invalid JSON Patch"));
    }
    json_patch::merge(object, patch);
    Ok(())
}

/// Kubernetes' own: maps and lists of named things are merged, with `$` directives.
pub(crate) fn strategic(object: &mut Value, patch: &Value) -> Result<(), Failure> {
    let Value::Object(patch) = patch else {
        return Err(Failure::bad_request("invalid patch format"));
    };
    merge_map(object, patch, "");
    Ok(())
}

fn merge_map(target: &mut Value, patch: &Map<String, Value>, field: &str) {
    let directive = patch.get("$patch").and_then(Value::as_str);
    if !target.is_object() || directive.is_some() {
        *target = Value::Object(Map::new());
    }
    if directive == Some("delete") {
        return;
    }
    let Value::Object(map) = target else { return };
    if let Some(Value::Array(kept)) = patch.get("$retainKeys") {
        map.retain(|key, _| kept.iter().any(|kept| kept == key));
    }
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            if let (Some(Value::Array(items)), Value::Array(gone)) = (map.get_mut(list), value) {
                items.retain(|item| !gone.contains(item));
            }
        } else if !key.starts_with('$') {
            merge_field(map, key, value, field);
        }
    }
    for (key, order) in patch {
        let list = key.strip_prefix("$setElementOrder/");
        if let (Some(list), Value::Array(order)) = (list, order)
            && let Some(Value::Array(items)) = map.get_mut(list)
        {
            let keys = list_keys(field, list);
            items.sort_by_key(|item| {
                let place = order.iter().position(|one| same(keys, one, item));
                place.unwrap_or(usize::MAX)
            });
        }
    }
}

fn merge_field(map: &mut Map<String, Value>, key: &str, value: &Value, parent: &str) {
    match value {
        Value::Null => drop(map.remove(key)),
        Value::Object(patch) => {
            let target = map.entry(key.to_owned()).or_insert(Value::Null);
            merge_map(target, patch, key);
        }
        Value::Array(patch) => {
            let target = map
                .entry(key.to_owned())
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(items) = target {
                merge_list(items, patch, parent, key);
            } else {
                *target = value.clone();
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            map.insert(key.to_owned(), value.clone());
        }
    }
}

fn merge_list(items: &mut Vec<Value>, patch: &[Value], parent: &str, field: &str) {
    let directive =
        |item: &Value, wanted: &str| item.get("$patch").and_then(Value::as_str) == Some(wanted);
    if (parent, field) == ("metadata", "finalizers") {
        for item in patch {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        return;
    }
    let keys = list_keys(parent, field);
    if keys.is_none() || patch.iter().any(|item| directive(item, "replace")) {
        *items = patch
            .iter()
            .filter(|item| !directive(item, "replace"))
            .cloned()
            .collect();
        return;
    }
    for item in patch {
        let found = items.iter_mut().find(|one| same(keys, one, item));
        match (found, item) {
            _ if directive(item, "delete") => items.retain(|one| !same(keys, one, item)),
            (Some(one), Value::Object(patch)) => merge_map(one, patch, field),
            (Some(_) | None, _) => {
                let mut made = Value::Null;
                if let Value::Object(patch) = item {
                    merge_map(&mut made, patch, field);
                }
                items.push(made);
            }
        }
    }
}

/// Whether two elements are the same one: by the first key, as strategic merge has only one.
fn same(keys: Option<&'static [&'static str]>, left: &Value, right: &Value) -> bool {
    match keys.and_then(<[&str]>::first) {
        Some(key) => left.get(*key).is_some() && left.get(*key) == right.get(*key),
        None => left == right,
    }
}
