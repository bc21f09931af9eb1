//! What a request asks for, read from its method, query, headers and body.
//!
//! Refusals here are those that the real server makes before it looks at any object.

use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{Method, Request};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::protobuf;
use super::query::Query;
use super::route::Target;
use super::status::Failure;
use super::write::PatchKind;

pub(crate) fn verb(method: &Method, target: &Target, query: &Query) -> Option<&'static str> {
    let named = target.name.is_some();
    let placed = target.namespace.is_some() || !target.kind.namespaced;
    match (method.as_str(), named) {
        ("GET", _) if query.flag("watch") => Some("watch"),
        ("GET", true) => Some("get"),
        ("GET", false) => Some("list"),
        ("POST", false) if placed => Some("create"),
        ("PUT", true) => Some("update"),
        ("PATCH", true) => Some("patch"),
        ("DELETE", true) => Some("delete"),
        ("DELETE", false) if placed => Some("deletecollection"),
        _ => None,
    }
}

/// Who is named as the owner of changed fields: what the client says, else the program's name.
pub(crate) fn manager(request: &Request<Bytes>, query: &Query) -> String {
    let said = query.get("fieldManager");
    if !said.is_empty() {
        return said.to_owned();
    }
    let agent = request.headers().get(USER_AGENT);
    let agent = agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or("unknown");
    agent.split('/').next().unwrap_or(agent).to_owned()
}

pub(crate) fn dry_run(said: &str, options: &str) -> Result<bool, Failure> {
    match said {
        "" => Ok(false),
        "All" => Ok(true),
        other => {
            let why = format!("Unsupported value: [\"{other}\"]: supported values: \"All\"");
            Err(Failure::invalid(
                &format!("{options}.meta.k8s.io"),
                "",
                "dryRun",
                &why,
            ))
        }
    }
}

fn media(request: &Request<Bytes>) -> &str {
    let value = request.headers().get(CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|error| Failure::bad_request(format!("error decoding the body: {error}")))
}

pub(crate) fn body(request: &Request<Bytes>) -> Result<Value, Failure> {
    match media(request) {
        "application/json" | "" => parse(request.body()),
        "application/vnd.kubernetes.protobuf" => protobuf::to_json(request.body())
            .ok_or_else(|| Failure::unsupported("application/json")),
        _ => Err(Failure::unsupported("application/json")),
    }
}

/// The options of a deletion, which may have no body.
pub(crate) fn options(request: &Request<Bytes>) -> Result<Value, Failure> {
    if request.body().is_empty() {
        Ok(json!({}))
    } else {
        body(request)
    }
}

pub(crate) fn patch_kind(
    request: &Request<Bytes>,
    target: &Target,
    query: &Query,
) -> Result<PatchKind, Failure> {
    match media(request) {
        "application/json-patch+json" => Ok(PatchKind::Json),
        "application/merge-patch+json" => Ok(PatchKind::Merge),
        "application/strategic-merge-patch+json" if !target.kind.custom => Ok(PatchKind::Strategic),
        "application/apply-patch+yaml" | "application/apply-patch+json" => {
            if query.get("fieldManager").is_empty() {
                let why = "Required value: is required for apply patch";
                return Err(Failure::invalid(
                    "PatchOptions.meta.k8s.io",
                    "",
                    "fieldManager",
                    why,
                ));
            }
            let force = query.flag("force");
            Ok(PatchKind::Apply { force })
        }
        _ if target.kind.custom => Err(Failure::unsupported(
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )),
        _ => Err(Failure::unsupported_patch()),
    }
}
