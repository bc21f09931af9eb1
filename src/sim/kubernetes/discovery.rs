//! What the server has: its version, its health, and the lists of its resources in the old and the new form.
//!
//! kubectl before 1.26 asks group by group, later ones ask once; both find the same table of kinds.

use serde_json::{Value, json};

use super::kinds::{KINDS, Kind};

/// The verbs of every resource.
const VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

const STATUS_VERBS: [&str; 3] = ["get", "patch", "update"];

/// The groups that only answer questions: group, plural, kind.
const REVIEWS: [(&str, &str, &str); 3] = [
    (
        "authentication.k8s.io",
        "selfsubjectreviews",
        "SelfSubjectReview",
    ),
    (
        "authorization.k8s.io",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
    ),
    (
        "authorization.k8s.io",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
    ),
];

/// The body for a path that is no resource, with its content type; `None` if nothing is there.
pub(crate) fn document(path: &[&str], accept: &str) -> Option<(String, Vec<u8>)> {
    let json = |value: Value| {
        Some((
            "application/json".to_owned(),
            value.to_string().into_bytes(),
        ))
    };
    match path {
        ["version"] => json(version()),
        ["readyz" | "healthz" | "livez", ..] => {
            Some(("text/plain; charset=utf-8".to_owned(), b"ok".to_vec()))
        }
        [] => json(json!({"paths": [
            "/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version",
        ]})),
        // Valid and empty: clients then merge and check by what they know themselves.
        ["openapi", "v3"] => json(json!({"paths": {}})),
        ["openapi", "v2"] if accept.contains("protobuf") => Some((
            "application/com.github.proto-openapi.spec.v2.v1.0+protobuf".to_owned(),
            b"\x0a\x032.0".to_vec(),
        )),
        ["openapi", "v2"] => json(
            json!({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.36.3"}, "paths": {}}),
        ),
        ["api" | "apis"] => Some(match (aggregated(accept), path) {
            (Some(version), _) => {
                let list = aggregated_list(path == ["api"], version);
                let media = format!(
                    "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
                );
                (media, list.to_string().into_bytes())
            }
            (None, ["api"]) => {
                return json(
                    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
                );
            }
            (None, _) => {
                let groups: Value = groups()
                    .into_iter()
                    .skip(1)
                    .map(|(group, version)| api_group(group, version))
                    .collect();
                return json(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}));
            }
        }),
        ["api", "v1"] => json(resources("", "v1")?),
        ["apis", group] => {
            let (group, version) = groups().into_iter().find(|(known, _)| known == group)?;
            let mut out = api_group(group, version);
            super::object::set(&mut out, &["kind"], json!("APIGroup"));
            super::object::set(&mut out, &["apiVersion"], json!("v1"));
            json(out)
        }
        ["apis", group, version] => json(resources(group, version)?),
        _ => None,
    }
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "gitVersion": "v1.36.3", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2026-10-14T12:00:00Z", "goVersion": "go1.26.8", "compiler": "gc", "platform": "linux/amd64",
    })
}

/// The version of aggregated discovery that the client prefers.
fn aggregated(accept: &str) -> Option<&'static str> {
    accept
        .split(',')
        .find_map(|clause| {
            let wanted = clause.contains("as=APIGroupDiscoveryList");
            if wanted && clause.contains("v=v2beta1") {
                Some(Some("v2beta1"))
            } else if wanted && clause.contains("v=v2") {
                Some(Some("v2"))
            } else if clause.trim().starts_with("application/json") && !wanted {
                Some(None)
            } else {
                None
            }
        })
        .flatten()
}

/// Groups with their one version, the core first.
fn groups() -> Vec<(&'static str, &'static str)> {
    let kinds = KINDS.iter().map(|kind| (kind.group, kind.version));
    let mut all: Vec<_> = kinds
        .chain(REVIEWS.iter().map(|(group, _, _)| (*group, "v1")))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a group has anything here.
pub(crate) fn has_group(group: &str) -> bool {
    groups().iter().any(|(known, _)| *known == group)
}

fn api_group(group: &str, version: &str) -> Value {
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

fn of_group<'a>(group: &'a str, version: &'a str) -> impl Iterator<Item = &'static Kind> + 'a {
    KINDS
        .iter()
        .filter(move |kind| kind.group == group && kind.version == version)
}

fn reviews_of(group: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    REVIEWS
        .iter()
        .filter(move |(known, _, _)| *known == group)
        .map(|(_, plural, kind)| (*plural, *kind))
}

/// The `APIResourceList` of a group and version.
fn resources(group: &str, version: &str) -> Option<Value> {
    if !groups().contains(&(group, version)) {
        return None;
    }
    let mut all = Vec::new();
    for kind in of_group(group, version) {
        all.push(json!({
            "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind,
            "verbs": VERBS, "shortNames": kind.short, "categories": kind.categories,
        }));
        if kind.status {
            all.push(json!({
                "name": format!("{}/status", kind.plural), "singularName": "", "namespaced": kind.namespaced,
                "kind": kind.kind, "verbs": STATUS_VERBS,
            }));
        }
    }
    for (plural, kind) in reviews_of(group) {
        all.push(json!({
            "name": plural, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind, "verbs": ["create"],
        }));
    }
    let group_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    Some(json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": all,
    }))
}

fn aggregated_list(core: bool, version: &str) -> Value {
    let groups = groups();
    let wanted = groups.iter().filter(|(group, _)| group.is_empty() == core);
    let items: Value = wanted
        .map(|(group, version)| {
            json!({
                "metadata": {"name": group, "creationTimestamp": null},
                "versions": [{
                    "version": version, "freshness": "Current", "resources": aggregated_resources(group, version),
                }],
            })
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"), "metadata": {},
        "items": items,
    })
}

fn aggregated_resources(group: &str, version: &str) -> Vec<Value> {
    let response = |kind: &str| json!({"group": group, "version": version, "kind": kind});
    let kinds = of_group(group, version).map(|kind| {
        let parts = if kind.status {
            json!([{"subresource": "status", "responseKind": response(kind.kind), "verbs": STATUS_VERBS}])
        } else {
            Value::Null
        };
        json!({
            "resource": kind.plural, "responseKind": response(kind.kind), "singularResource": kind.singular,
            "scope": if kind.namespaced { "Namespaced" } else { "Cluster" }, "verbs": VERBS,
            "shortNames": kind.short, "categories": kind.categories, "subresources": parts,
        })
    });
    let reviews = reviews_of(group).map(|(plural, kind)| {
        json!({
            "resource": plural, "responseKind": response(kind), "scope": "Cluster",
            "singularResource": kind.to_lowercase(), "verbs": ["create"],
        })
    });
    kinds.chain(reviews).collect()
}
