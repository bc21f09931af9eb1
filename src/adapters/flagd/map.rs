//! From a flag source's document to definitions.

use std::collections::BTreeMap;

use kube::core::ObjectMeta;
use serde_json::Value;

use crate::adapters::transport::owner::gitops_owner;
use crate::domain::flag::{Changed, FlagDefinition, FlagSet, FlagSource, FlagState};
use crate::domain::metrics::Endpoint;
use crate::domain::names::FlagKey;
use crate::domain::untrusted::Untrusted;

/// The flags of a source. A flag that can't be read is left out, so that it costs only itself.
pub(super) fn flag_set(source: &FlagSource, meta: &ObjectMeta, flags: &Value) -> FlagSet {
    let mut read = BTreeMap::new();
    for (key, definition) in flags.as_object().into_iter().flatten() {
        let parsed = FlagKey::parse(key).ok().zip(flag(definition));
        let Some((key, mut flag)) = parsed else {
            let key = Untrusted::from(key.as_str());
            tracing::warn!(%key, %source, "a flag that can't be read");
            continue;
        };
        flag.changed = changed(source, meta, key.as_str());
        read.insert(key, flag);
    }
    FlagSet {
        source: source.clone(),
        uid: meta.uid.clone().unwrap_or_default(),
        resource_version: meta.resource_version.clone().unwrap_or_default(),
        owner: gitops_owner(meta),
        flags: read,
    }
}

/// The state of a definition; none if it says neither word.
pub(super) fn state(definition: &Value) -> Option<FlagState> {
    match definition.get("state")?.as_str()? {
        "ENABLED" => Some(FlagState::Enabled),
        "DISABLED" => Some(FlagState::Disabled),
        _ => None,
    }
}

fn flag(definition: &Value) -> Option<FlagDefinition> {
    let variants = definition.get("variants")?.as_object()?;
    let default = definition.get("defaultVariant").and_then(Value::as_str);
    let targeting = definition.get("targeting");
    Some(FlagDefinition {
        state: state(definition)?,
        variants: variants
            .keys()
            .map(|v| Untrusted::from(v.as_str()))
            .collect(),
        default_variant: default.map(Untrusted::from),
        // flagd takes null and {} for no rules.
        has_targeting: targeting.is_some_and(|t| match t {
            Value::Null => false,
            Value::Object(rules) => !rules.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => true,
        }),
        endpoints: endpoints(definition),
        changed: None,
        definition: definition.clone(),
    })
}

/// `metadata.endpoints`: comma-separated `METHOD route`.
fn endpoints(definition: &Value) -> Option<Vec<Endpoint>> {
    let said = definition.get("metadata")?.get("endpoints")?.as_str()?;
    let named = said.split(',').map(str::trim).filter(|e| !e.is_empty());
    let endpoints: Vec<Endpoint> = named
        .map(|e| Endpoint::new(e.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    (!endpoints.is_empty()).then_some(endpoints)
}

/// The newest change that the API server recorded of a flag's part of the object.
pub(super) fn changed(source: &FlagSource, meta: &ObjectMeta, key: &str) -> Option<Changed> {
    let path = match source {
        FlagSource::FeatureFlag { .. } => vec![
            "f:spec".to_owned(),
            "f:flagSpec".to_owned(),
            "f:flags".to_owned(),
            format!("f:{key}"),
        ],
        FlagSource::ConfigMap { key, .. } => vec!["f:data".to_owned(), format!("f:{key}")],
    };
    let entries = meta.managed_fields.iter().flatten();
    let mine = entries.filter(|entry| {
        let fields = entry.fields_v1.as_ref().map(|fields| &fields.0);
        let at_end = fields.and_then(|all| path.iter().try_fold(all, |at, step| at.get(step)));
        at_end.is_some()
    });
    let timed = mine.filter_map(|entry| Some((entry.time.as_ref()?.0, entry.manager.as_deref())));
    let (at, by) = timed.max_by_key(|(at, _)| *at)?;
    Some(Changed {
        at,
        by: Untrusted::from(by.unwrap_or_default()),
    })
}
