//! The few request bodies that Go clients send as protobuf: reviews, delete options, secrets, leases.
//!
//! Newer kubectl and helm speak protobuf for built-in types and take JSON back; without this they could not ask or write.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The four bytes before every message.
const MAGIC: &[u8] = b"k8s\0";

/// What a field holds.
enum Holds {
    Text,
    Texts,
    Bytes,
    Integer,
    Flag,
    Message(Schema),
    /// A map to texts, or to bytes.
    Map(&'static Holds),
    /// Seconds and nanoseconds.
    Time,
}

/// Fields by number.
type Schema = &'static [(u64, &'static str, Holds)];

static ENVELOPE: Schema = &[
    (
        1,
        "type",
        Holds::Message(&[(1, "apiVersion", Holds::Text), (2, "kind", Holds::Text)]),
    ),
    (2, "raw", Holds::Bytes),
];

static METADATA: Schema = &[
    (1, "name", Holds::Text),
    (2, "generateName", Holds::Text),
    (3, "namespace", Holds::Text),
    (5, "uid", Holds::Text),
    (6, "resourceVersion", Holds::Text),
    (11, "labels", Holds::Map(&Holds::Text)),
    (12, "annotations", Holds::Map(&Holds::Text)),
    (14, "finalizers", Holds::Texts),
];

static SECRET: Schema = &[
    (1, "metadata", Holds::Message(METADATA)),
    (2, "data", Holds::Map(&Holds::Bytes)),
    (3, "type", Holds::Text),
    (4, "stringData", Holds::Map(&Holds::Text)),
    (5, "immutable", Holds::Flag),
];

static CONFIG_MAP: Schema = &[
    (1, "metadata", Holds::Message(METADATA)),
    (2, "data", Holds::Map(&Holds::Text)),
    (3, "binaryData", Holds::Map(&Holds::Bytes)),
    (4, "immutable", Holds::Flag),
];

static NAMESPACE: Schema = &[(1, "metadata", Holds::Message(METADATA))];

static LEASE: Schema = &[
    (1, "metadata", Holds::Message(METADATA)),
    (
        2,
        "spec",
        Holds::Message(&[
            (1, "holderIdentity", Holds::Text),
            (2, "leaseDurationSeconds", Holds::Integer),
            (3, "acquireTime", Holds::Time),
            (4, "renewTime", Holds::Time),
            (5, "leaseTransitions", Holds::Integer),
        ]),
    ),
];

static ACCESS_REVIEW: Schema = &[(
    2,
    "spec",
    Holds::Message(&[
        (
            1,
            "resourceAttributes",
            Holds::Message(&[
                (1, "namespace", Holds::Text),
                (2, "verb", Holds::Text),
                (3, "group", Holds::Text),
                (4, "version", Holds::Text),
                (5, "resource", Holds::Text),
                (6, "subresource", Holds::Text),
                (7, "name", Holds::Text),
            ]),
        ),
        (
            2,
            "nonResourceAttributes",
            Holds::Message(&[(1, "path", Holds::Text), (2, "verb", Holds::Text)]),
        ),
    ]),
)];

static RULES_REVIEW: Schema = &[(2, "spec", Holds::Message(&[(1, "namespace", Holds::Text)]))];

static DELETE_OPTIONS: Schema = &[
    (1, "gracePeriodSeconds", Holds::Integer),
    (
        2,
        "preconditions",
        Holds::Message(&[(1, "uid", Holds::Text), (2, "resourceVersion", Holds::Text)]),
    ),
    (4, "propagationPolicy", Holds::Text),
    (5, "dryRun", Holds::Texts),
];

/// The message as the JSON that would say the same; `None` if it is broken or of a kind that is not known here.
pub(crate) fn to_json(body: &[u8]) -> Option<Value> {
    let envelope = message(body.strip_prefix(MAGIC)?, ENVELOPE)?;
    let raw = STANDARD
        .decode(super::object::text(&envelope, "/raw"))
        .ok()?;
    let kind = super::object::text(&envelope, "/type/kind");
    let schema = match kind {
        "Secret" => SECRET,
        "ConfigMap" => CONFIG_MAP,
        "Namespace" => NAMESPACE,
        "Lease" => LEASE,
        "SelfSubjectAccessReview" => ACCESS_REVIEW,
        "SelfSubjectRulesReview" => RULES_REVIEW,
        "SelfSubjectReview" => &[],
        "DeleteOptions" => DELETE_OPTIONS,
        _ => return None,
    };
    let mut out = message(&raw, schema)?;
    super::object::set(&mut out, &["kind"], json!(kind));
    let version = super::object::text(&envelope, "/type/apiVersion");
    super::object::set(&mut out, &["apiVersion"], json!(version));
    Some(out)
}

/// A field as it is on the wire.
enum Wire<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Fixed,
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut out = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        out |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(out);
        }
    }
    None
}

fn field<'a>(bytes: &mut &'a [u8]) -> Option<(u64, Wire<'a>)> {
    let tag = varint(bytes)?;
    let value = match tag & 7 {
        0 => Wire::Varint(varint(bytes)?),
        1 => {
            *bytes = bytes.get(8..)?;
            Wire::Fixed
        }
        2 => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            let (value, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Wire::Bytes(value)
        }
        5 => {
            *bytes = bytes.get(4..)?;
            Wire::Fixed
        }
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn message(mut bytes: &[u8], schema: Schema) -> Option<Value> {
    let mut out = Map::new();
    while !bytes.is_empty() {
        let (number, wire) = field(&mut bytes)?;
        if let Some((_, name, holds)) = schema.iter().find(|(known, _, _)| *known == number) {
            read(&mut out, name, holds, &wire)?;
        }
    }
    Some(Value::Object(out))
}

fn read(out: &mut Map<String, Value>, name: &str, holds: &Holds, wire: &Wire<'_>) -> Option<()> {
    let value = match (holds, wire) {
        (Holds::Texts, Wire::Bytes(bytes)) => {
            let text = std::str::from_utf8(bytes).ok()?;
            let list = out.entry(name).or_insert_with(|| json!([]));
            list.as_array_mut()?.push(json!(text));
            return Some(());
        }
        (Holds::Map(value), Wire::Bytes(bytes)) => {
            let entry = pair(bytes, value)?;
            let map = out.entry(name).or_insert_with(|| json!({}));
            map.as_object_mut()?.insert(entry.0, entry.1);
            return Some(());
        }
        (Holds::Text, Wire::Bytes(bytes)) => {
            let text = std::str::from_utf8(bytes).ok()?;
            if text.is_empty() {
                return Some(());
            }
            json!(text)
        }
        (Holds::Bytes, Wire::Bytes(bytes)) => json!(STANDARD.encode(bytes)),
        (Holds::Message(schema), Wire::Bytes(bytes)) => message(bytes, schema)?,
        (Holds::Time, Wire::Bytes(bytes)) => moment(bytes)?,
        (Holds::Integer, Wire::Varint(value)) => json!(value.cast_signed()),
        (Holds::Flag, Wire::Varint(value)) => json!(*value != 0),
        _ => return None,
    };
    out.insert(name.to_owned(), value);
    Some(())
}

fn pair(mut bytes: &[u8], holds: &Holds) -> Option<(String, Value)> {
    let (mut key, mut entry) = (String::new(), Map::new());
    while !bytes.is_empty() {
        match field(&mut bytes)? {
            (1, Wire::Bytes(bytes)) => std::str::from_utf8(bytes).ok()?.clone_into(&mut key),
            (2, wire) => read(&mut entry, "value", holds, &wire)?,
            _ => {}
        }
    }
    let value = entry.remove("value").unwrap_or_else(|| json!(""));
    Some((key, value))
}

fn moment(mut bytes: &[u8]) -> Option<Value> {
    let (mut seconds, mut nanoseconds) = (0_i64, 0_i32);
    while !bytes.is_empty() {
        match field(&mut bytes)? {
            (1, Wire::Varint(value)) => seconds = value.cast_signed(),
            (2, Wire::Varint(value)) => nanoseconds = i32::try_from(value).ok()?,
            _ => {}
        }
    }
    let at = jiff::Timestamp::new(seconds, nanoseconds).ok()?;
    Some(json!(at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()))
}
