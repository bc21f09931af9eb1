//! Reading and setting fields of an object that is kept as JSON.
//!
//! Objects stay JSON from the wire to the store, so that no field is lost in a type of ours.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// The text at a JSON pointer, or "".
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub(crate) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// Sets a field, making the objects on the way; does nothing where something else than an object is in the way.
pub(crate) fn set(object: &mut Value, path: &[&str], value: Value) {
    let Some((last, way)) = path.split_last() else {
        return;
    };
    let mut at = object;
    for step in way {
        let Value::Object(map) = at else { return };
        at = map
            .entry(*step)
            .or_insert_with(|| Value::Object(Map::new()));
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
    }
    if let Value::Object(map) = at {
        map.insert((*last).to_owned(), value);
    }
}

/// Sets a field, or takes it away when there is no value.
pub(crate) fn set_or_remove(object: &mut Value, path: &[&str], value: Option<Value>) {
    match value {
        Some(value) => set(object, path, value),
        None => remove(object, path),
    }
}

/// Takes a field away.
pub(crate) fn remove(object: &mut Value, path: &[&str]) {
    let Some((last, way)) = path.split_last() else {
        return;
    };
    let at = way
        .iter()
        .try_fold(object, |at, step| at.as_object_mut()?.get_mut(*step));
    if let Some(Value::Object(map)) = at {
        map.remove(*last);
    }
}

/// A time as the API writes it: whole seconds, UTC.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
