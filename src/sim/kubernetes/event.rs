//! The two faces of an event: `v1` and `events.k8s.io/v1`.
//!
//! One object is stored; each client sees the names of fields that its version has.

use serde_json::Value;

use super::kinds::Kind;
use super::object::{remove, set};

/// `v1`, `events.k8s.io/v1`.
const NAMES: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("count", "deprecatedCount"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("source", "deprecatedSource"),
    ("reportingComponent", "reportingController"),
];

/// The stored object as this kind's clients see it.
pub(crate) fn shown(kind: &Kind, object: &Value) -> Option<Value> {
    (kind.group == "events.k8s.io").then(|| {
        let mut out = object.clone();
        rename(&mut out, |core, new| (core, new));
        set(&mut out, &["apiVersion"], Value::from(kind.api_version()));
        out
    })
}

/// What a client of this kind sent, as it is stored.
pub(crate) fn stored(kind: &Kind, mut object: Value) -> Value {
    if kind.group == "events.k8s.io" {
        rename(&mut object, |core, new| (new, core));
        set(&mut object, &["apiVersion"], Value::from("v1"));
    }
    object
}

fn rename(
    object: &mut Value,
    way: impl Fn(&'static str, &'static str) -> (&'static str, &'static str),
) {
    for (core, new) in NAMES {
        let (from, to) = way(core, new);
        if let Some(value) = object.get(from).cloned() {
            remove(object, &[from]);
            set(object, &[to], value);
        }
    }
}
