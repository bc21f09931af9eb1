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
const SECRET: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "privatekey",
    "connectionstring",
];

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
    compare(from, &before, to, &after).map_err(|why| malformed(&why))
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
) -> Result<Difference, String> {
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
fn objects(manifest: &str) -> Result<BTreeMap<Name, Value>, String> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(manifest).map_err(|why| why.to_string())?;
    let word = |value: &Value, path: &str| {
        let found = value.pointer(path).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let named = documents
        .into_iter()
        .filter(Value::is_object)
        .map(|object| {
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
                    if hidden || has_login(value) {
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
    SECRET.iter().any(|word| letters.contains(word))
}

/// Whether a text holds an address with a login: `postgres://bob:pa55@db/shop`.
fn has_login(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let host = rest.split(['/', '?', ' ']).next().unwrap_or_default();
        host.contains('@')
    })
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
