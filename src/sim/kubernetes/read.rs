//! Getting one object and listing many, in pages, at a version.
//!
//! A page that follows shows the state of the first, as the real server's snapshot does.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::form::Form;
use super::object::{name, namespace, set, text};
use super::objects::{Compacted, Key, Objects};
use super::query::Query;
use super::route::Target;
use super::selector::Selector;
use super::status::Failure;
use super::store::Store;
use super::view;

pub(crate) fn get(store: &Store, target: &Target, form: Form) -> Result<Value, Failure> {
    let key = Key::new(target.kind, target.namespace(), target.name());
    let object = store
        .read(|objects| objects.get(&key).cloned())
        .ok_or_else(|| Failure::not_found(target.kind, target.name()))?;
    Ok(view::one(target.kind, form, &object, store.now()))
}

pub(crate) fn list(
    store: &Store,
    target: &Target,
    query: &Query,
    form: Form,
) -> Result<Vec<u8>, Failure> {
    let selector = Selector::of(target.kind, query, None)?;
    let limit = query.number("limit")?.filter(|limit| *limit > 0);
    let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let (mut objects, version, start) = store.read(|objects| snapshot(objects, target, query))?;
    if let Some(start) = &start {
        objects.retain(|object| position(object) > *start);
    }
    if !selector.is_empty() {
        objects.retain(|object| selector.matches(object));
    }
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if target.kind.custom && form == Form::Whole {
        set(&mut metadata, &["continue"], json!(""));
    }
    if let Some(limit) = limit.filter(|limit| objects.len() > *limit) {
        let rest = objects.len() - limit;
        objects.truncate(limit);
        if let Some(last) = objects.last() {
            let token = json!({"v": "meta.k8s.io/v1", "rv": version, "start": position(last)});
            let token = URL_SAFE_NO_PAD.encode(token.to_string());
            set(&mut metadata, &["continue"], json!(token));
        }
        if selector.is_empty() {
            set(&mut metadata, &["remainingItemCount"], json!(rest));
        }
    }
    Ok(view::list(
        target.kind,
        form,
        &objects,
        metadata,
        store.now(),
    ))
}

/// Where an object stands in the order of pages.
fn position(object: &Value) -> (String, String) {
    (namespace(object).to_owned(), name(object).to_owned())
}

type Snapshot = (Vec<Arc<Value>>, u64, Option<(String, String)>);

fn snapshot(objects: &Objects, target: &Target, query: &Query) -> Result<Snapshot, Failure> {
    let (resource, within) = (target.kind.storage(), target.namespace.as_deref());
    let current = objects.version();
    let token = query.get("continue");
    if !token.is_empty() {
        let (version, start) = continued(token)?;
        let found = objects.list_at(resource, within, version).map_err(|Compacted { .. }| {
            Failure::expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
            )
        })?;
        return Ok((found, version, Some(start)));
    }
    let version = query.number("resourceVersion")?.unwrap_or_default();
    if version > current {
        return Err(Failure::too_new(version, current));
    }
    if query.get("resourceVersionMatch") == "Exact" && version > 0 {
        let found = objects
            .list_at(resource, within, version)
            .map_err(|Compacted { oldest }| Failure::too_old(version, oldest))?;
        return Ok((found, version, None));
    }
    Ok((objects.list(resource, within), current, None))
}

fn continued(token: &str) -> Result<(u64, (String, String)), Failure> {
    let broken = || Failure::bad_request("continue key is not valid");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| broken())?;
    let token: Value = serde_json::from_slice(&bytes).map_err(|_| broken())?;
    let version = token.get("rv").and_then(Value::as_u64);
    let start = (
        text(&token, "/start/0").to_owned(),
        text(&token, "/start/1").to_owned(),
    );
    version.map(|version| (version, start)).ok_or_else(broken)
}
