//! The object that holds an environment's flags, whichever of the two kinds it is.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::core::{ApiResource, DynamicObject, ObjectMeta};
use kube::{Api, Client};
use serde_json::Value;

use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::trouble::{of_kube, trouble, within};
use crate::domain::flag::{FlagSet, FlagSource};
use crate::domain::source::{Trouble, TroubleKind};

use super::map;

/// The resource of a source.
pub(super) fn resource(source: &FlagSource) -> ApiResource {
    match source {
        FlagSource::FeatureFlag { .. } => ApiResource {
            group: "core.openfeature.dev".to_owned(),
            version: "v1beta1".to_owned(),
            api_version: "core.openfeature.dev/v1beta1".to_owned(),
            kind: "FeatureFlag".to_owned(),
            plural: "featureflags".to_owned(),
        },
        FlagSource::ConfigMap { .. } => ApiResource::erase::<ConfigMap>(&()),
    }
}

/// The API of a source's namespace.
pub(super) fn api(client: Client, source: &FlagSource) -> Api<DynamicObject> {
    Api::namespaced_with(client, source.namespace().as_str(), &resource(source))
}

/// The flags in an object.
pub(super) fn flags(source: &FlagSource, object: &DynamicObject) -> Result<FlagSet, Trouble> {
    let set = |flags: &Value| map::flag_set(source, &object.metadata, flags);
    match source {
        FlagSource::FeatureFlag { .. } => object
            .data
            .pointer("/spec/flagSpec/flags")
            .map(set)
            .ok_or_else(|| {
                trouble(
                    TroubleKind::Malformed,
                    format!("{source} has no spec.flagSpec.flags"),
                )
            }),
        FlagSource::ConfigMap { key, .. } => {
            let document = parse(source, text(source, key, object)?)?;
            document
                .get("flags")
                .map(set)
                .ok_or_else(|| trouble(TroubleKind::Malformed, format!("{source}: no \"flags\"")))
        }
    }
}

/// The text under a `ConfigMap`'s key.
pub(super) fn text<'a>(
    source: &FlagSource,
    key: &str,
    object: &'a DynamicObject,
) -> Result<&'a str, Trouble> {
    let data = object.data.get("data");
    data.and_then(|data| data.get(key)?.as_str())
        .ok_or_else(|| trouble(TroubleKind::NotFound, format!("{source} is not there")))
}

/// flagd's JSON document.
pub(super) fn parse(source: &FlagSource, text: &str) -> Result<Value, Trouble> {
    serde_json::from_str(text)
        .map_err(|e| trouble(TroubleKind::Malformed, format!("{source} is not JSON: {e}")))
}

/// Reads a source once.
pub async fn read_flags(client: &Client, source: &FlagSource) -> Result<FlagSet, Trouble> {
    flags(source, &get(client, source).await?)
}

/// Gets the object of a source.
pub(super) async fn get(client: &Client, source: &FlagSource) -> Result<DynamicObject, Trouble> {
    let api = api(client.clone(), source);
    within(READ_DEADLINE, of_kube, api.get(source.name().as_str())).await
}

/// The metadata of an object as far as a precondition needs it: uid and resource version.
pub(super) fn identity(meta: &ObjectMeta) -> (&str, &str) {
    let uid = meta.uid.as_deref().unwrap_or_default();
    (uid, meta.resource_version.as_deref().unwrap_or_default())
}
