//! Compares two release records: the values that a person set, and the objects of the manifest. It is read when a person asks
//! for it; nothing of it is kept.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use serde_json::Value;

use super::PlaceSettings;
use super::record::{self, Inside};
use crate::adapters::transport::Clients;
use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::trouble::{of_kube, within};
use crate::domain::difference::{Change, Difference, How, ObjectChange, Told};
use crate::domain::release::Revision;
use crate::domain::source::{Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;

/// Parts of a path that make what is below it a secret: told by their names, for a record does not say.
const SECRET: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "privatekey",
    "connectionstring",
    "webhook",
    "signingkey",
    "accesskey",
    "dsn",
];

/// Words of a path that are one whole part of it.
const SECRET_PARTS: [&str; 4] = ["pass", "pwd", "key", "pw"];

/// Reads two revisions and compares them.
pub async fn difference(
    clients: &Clients,
    place: &PlaceSettings,
    from: Revision,
    to: Revision,
) -> Result<Difference, Trouble> {
    let (before, after) = (
        read(clients, place, from).await?,
        read(clients, place, to).await?,
    );
    compare(from, &before, to, &after).map_err(malformed)
}

/// The inside of one record. Helm's driver names the Secret by release and revision (`pkg/storage/storage.go`).
async fn read(
    clients: &Clients,
    place: &PlaceSettings,
    revision: Revision,
) -> Result<Inside, Trouble> {
    let secrets: Api<Secret> = Api::namespaced(clients.read.clone(), place.namespace.as_str());
    let name = format!("sh.helm.release.v1.{}.v{revision}", place.release);
    let secret = within(READ_DEADLINE, of_kube, secrets.get(&name)).await?;
    let release = secret.data.as_ref().and_then(|data| data.get("release"));
    let Some(release) = release else {
        return Err(malformed("the record has no release in it"));
    };
    record::inside(&release.0).map_err(|why| malformed(&why.to_string()))
}

fn malformed(why: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::Malformed,
        message: Untrusted::new(why),
    }
}

/// Compares the insides of two records.
pub(super) fn compare(
    from: Revision,
    before: &Inside,
    to: Revision,
    after: &Inside,
) -> Result<Difference, &'static str> {
    let (mut old, mut new) = (objects(&before.manifest)?, objects(&after.manifest)?);
    let names: BTreeSet<Name> = old.keys().chain(new.keys()).cloned().collect();
    let mut changed = Vec::new();
    for name in names {
        let how = match (old.remove(&name), new.remove(&name)) {
            (None, _) => How::Added,
            (_, None) => How::Removed,
            (Some(old), Some(new)) => {
                let changes = changes(&old, &new, name.0 == "Secret");
                if changes.is_empty() {
                    continue;
                }
                How::Changed(changes)
            }
        };
        changed.push(ObjectChange {
            kind: Untrusted::new(name.0),
            name: Untrusted::new(name.2),
            how,
        });
    }
    Ok(Difference {
        from,
        to,
        values: changes(&before.values, &after.values, false),
        objects: changed,
    })
}

/// Kind, namespace and name.
type Name = (String, String, String);

/// The objects of a manifest.
fn objects(manifest: &str) -> Result<BTreeMap<Name, Value>, &'static str> {
    // What is wrong with it is not told: it would be told with a piece of it, which may be a secret.
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(manifest).map_err(|_| "a manifest is not YAML")?;
    let documents = documents.into_iter().flat_map(|document| {
        let mut document = document;
        match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) if document.get("kind").is_some_and(|k| k == "List") => items,
            Some(items) => {
                if let Some(object) = document.as_object_mut() {
                    object.insert("items".to_owned(), items);
                }
                vec![document]
            }
            None => vec![document],
        }
    });
    let word = |value: &Value, path: &str| {
        let found = value.pointer(path).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let named = documents.filter(Value::is_object).map(|object| {
        let name = (
            word(&object, "/kind"),
            word(&object, "/metadata/namespace"),
            word(&object, "/metadata/name"),
        );
        (name, object)
    });
    Ok(named.collect())
}

/// The places where two values differ.
fn changes(before: &Value, after: &Value, all_secret: bool) -> Vec<Change> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    flatten(String::new(), before, &mut old);
    flatten(String::new(), after, &mut new);
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differ = paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path));
    differ
        .map(|path| {
            let hidden = is_secret(path) || (all_secret && !path.starts_with("metadata."));
            let told = |value: Option<&String>| {
                value.map(|value| {
                    if hidden || may_be_secret(value) {
                        Told::Hidden
                    } else {
                        Told::Value(Untrusted::new(value.clone()))
                    }
                })
            };
            Change {
                path: Untrusted::new(path.clone()),
                before: told(old.get(path)),
                after: told(new.get(path)),
            }
        })
        .collect()
}

fn is_secret(path: &str) -> bool {
    let letters: String = path
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let mut parts = path.split(|c: char| !c.is_ascii_alphanumeric());
    SECRET.iter().any(|word| letters.contains(word))
        || parts.any(|part| SECRET_PARTS.contains(&part.to_ascii_lowercase().as_str()))
}

/// Whether a text may hold a secret by what it says: an address with a login (`postgres://bob:pa55@db/shop`), a private key,
/// an argument or a file's line that names one.
fn may_be_secret(text: &str) -> bool {
    let has_login = text.split("://").skip(1).any(|rest| {
        let host = rest.split(['/', '?', ' ', '"', '\n']).next();
        host.is_some_and(|host| host.contains('@'))
    });
    has_login || text.contains("PRIVATE KEY") || is_secret(text)
}

/// Every leaf by its path. Of lists, an entry with a name is found by it, so that one more does not move all that follow.
fn flatten(path: String, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(format!("{path}{dot}{key}"), value, into);
            }
        }
        Value::Array(entries) if !entries.is_empty() => {
            for (at, entry) in entries.iter().enumerate() {
                let name = entry.get("name").and_then(Value::as_str);
                let key = name.map_or_else(|| at.to_string(), str::to_owned);
                flatten(format!("{path}[{key}]"), entry, into);
            }
        }
        Value::String(text) => {
            into.insert(path, text.clone());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) => {
            into.insert(path, value.to_string());
        }
    }
}
