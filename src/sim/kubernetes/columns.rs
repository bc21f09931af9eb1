//! The columns of each resource's table and how their cells are made.
//!
//! `kubectl get` prints what the server says here, so these are the real server's columns and words.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::age::since;
use super::kinds::Kind;
use super::object::{name, text};
use super::pod_row;

/// Columns by resource, `+` before those that only `-o wide` shows.
static COLUMNS: [(&str, &str); 14] = [
    (
        "pods",
        "Name|Ready|Status|Restarts|Age|+IP|+Node|+Nominated Node|+Readiness Gates",
    ),
    (
        "deployments.apps",
        "Name|Ready|Up-to-date|Available|Age|+Containers|+Images|+Selector",
    ),
    (
        "replicasets.apps",
        "Name|Desired|Current|Ready|Age|+Containers|+Images|+Selector",
    ),
    ("statefulsets.apps", "Name|Ready|Age|+Containers|+Images"),
    (
        "services",
        "Name|Type|Cluster-IP|External-IP|Port(s)|Age|+Selector",
    ),
    (
        "events",
        "Last Seen|Type|Reason|Object|+Subobject|+Source|Message|+First Seen|+Count|+Name",
    ),
    ("nodes", "Name|Status|Roles|Age|Version"),
    ("namespaces", "Name|Status|Age"),
    ("secrets", "Name|Type|Data|Age"),
    ("configmaps", "Name|Data|Age"),
    ("endpoints", "Name|Endpoints|Age"),
    (
        "endpointslices.discovery.k8s.io",
        "Name|AddressType|Ports|Endpoints|Age",
    ),
    ("leases.coordination.k8s.io", "Name|Holder|Age"),
    (
        "customresourcedefinitions.apiextensions.k8s.io",
        "Name|Created At",
    ),
];

/// The columns of a resource: each one's name, and whether only `-o wide` shows it.
pub(crate) fn columns(kind: &Kind) -> impl Iterator<Item = (&'static str, bool)> {
    let mut known = COLUMNS.iter();
    let columns = known
        .find(|(resource, _)| *resource == kind.storage())
        .map_or("Name|Age", |(_, columns)| columns);
    columns
        .split('|')
        .map(|column| match column.strip_prefix('+') {
            Some(column) => (column, true),
            None => (column, false),
        })
}

/// The cells of one object's row, in the order of [`columns`].
pub(crate) fn cells(kind: &Kind, object: &Value, now: Timestamp) -> Vec<Value> {
    let name = json!(name(object));
    let born = text(object, "/metadata/creationTimestamp");
    let age = json!(since(born, now));
    let number = |pointer: &str| number(object, pointer);
    let ready = || {
        json!(format!(
            "{}/{}",
            number("/status/readyReplicas"),
            desired(object)
        ))
    };
    match kind.storage() {
        "pods" => pod_row::cells(object, now),
        "deployments.apps" => {
            let (names, images) = containers(object);
            vec![
                name,
                ready(),
                json!(number("/status/updatedReplicas")),
                json!(number("/status/availableReplicas")),
                age,
                names,
                images,
                selector(object),
            ]
        }
        "replicasets.apps" => {
            let (names, images) = containers(object);
            vec![
                name,
                json!(desired(object)),
                json!(number("/status/replicas")),
                json!(number("/status/readyReplicas")),
                age,
                names,
                images,
                selector(object),
            ]
        }
        "statefulsets.apps" => {
            let (names, images) = containers(object);
            vec![name, ready(), age, names, images]
        }
        "services" => service(object, name, age),
        "events" => event(object, name, now),
        "nodes" => node(object, name, age),
        "namespaces" => vec![name, json!(text(object, "/status/phase")), age],
        "secrets" => vec![
            name,
            json!(text(object, "/type")),
            json!(size(object, &["data"])),
            age,
        ],
        "configmaps" => vec![name, json!(size(object, &["data", "binaryData"])), age],
        "endpoints" => vec![name, json!(endpoints(object)), age],
        "endpointslices.discovery.k8s.io" => vec![
            name,
            json!(text(object, "/addressType")),
            json!(listed(
                each(object, "/ports").map(|port| plain(port.get("port")))
            )),
            json!(listed(each(object, "/endpoints").flat_map(|one| {
                each(one, "/addresses").map(|it| plain(Some(it)))
            }))),
            age,
        ],
        "leases.coordination.k8s.io" => {
            vec![name, json!(text(object, "/spec/holderIdentity")), age]
        }
        "customresourcedefinitions.apiextensions.k8s.io" => vec![name, json!(born)],
        _ => vec![name, age],
    }
}

pub(crate) fn each<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    let items = object.pointer(pointer).and_then(Value::as_array);
    items.into_iter().flatten()
}

pub(crate) fn number(object: &Value, pointer: &str) -> i64 {
    let value = object.pointer(pointer);
    value.and_then(Value::as_i64).unwrap_or_default()
}

/// A text, or the table's word for nothing.
pub(crate) fn or_none(text: &str) -> Value {
    json!(if text.is_empty() { "<none>" } else { text })
}

fn desired(object: &Value) -> i64 {
    let wanted = object.pointer("/spec/replicas");
    wanted.and_then(Value::as_i64).unwrap_or(1)
}

fn size(object: &Value, fields: &[&str]) -> usize {
    let maps = fields
        .iter()
        .filter_map(|field| object.get(*field)?.as_object());
    maps.map(serde_json::Map::len).sum()
}

/// A number or a text as it is written in a cell.
fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "*".to_owned(),
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = items.collect();
    if all.is_empty() {
        return "<unset>".to_owned();
    }
    let shown = all.iter().take(3).cloned().collect::<Vec<_>>().join(",");
    if all.len() > 3 {
        format!("{shown} + {} more...", all.len() - 3)
    } else {
        shown
    }
}

fn containers(object: &Value) -> (Value, Value) {
    let joined = |field: &str| {
        let all = each(object, "/spec/template/spec/containers");
        let all = all.map(|one| one.get(field).and_then(Value::as_str).unwrap_or_default());
        json!(all.collect::<Vec<_>>().join(","))
    };
    (joined("name"), joined("image"))
}

fn labels(object: &Value, pointer: &str) -> String {
    let labels = object.pointer(pointer).and_then(Value::as_object);
    let pairs = labels.into_iter().flatten();
    let pairs = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    pairs.collect::<Vec<_>>().join(",")
}

fn selector(object: &Value) -> Value {
    or_none(&labels(object, "/spec/selector/matchLabels"))
}

fn endpoints(object: &Value) -> String {
    let all = each(object, "/subsets").flat_map(|subset| {
        each(subset, "/ports").flat_map(move |port| {
            each(subset, "/addresses")
                .map(move |one| format!("{}:{}", text(one, "/ip"), number(port, "/port")))
        })
    });
    let said = listed(all);
    if said == "<unset>" {
        "<none>".to_owned()
    } else {
        said
    }
}

fn service(object: &Value, name: Value, age: Value) -> Vec<Value> {
    let ports = each(object, "/spec/ports").map(|port| {
        let protocol = Some(text(port, "/protocol")).filter(|protocol| !protocol.is_empty());
        let inside = number(port, "/port");
        let outside = match number(port, "/nodePort") {
            0 => String::new(),
            outside => format!(":{outside}"),
        };
        format!("{inside}{outside}/{}", protocol.unwrap_or("TCP"))
    });
    let kind = Some(text(object, "/spec/type")).filter(|kind| !kind.is_empty());
    vec![
        name,
        json!(kind.unwrap_or("ClusterIP")),
        or_none(text(object, "/spec/clusterIP")),
        json!("<none>"),
        or_none(&ports.collect::<Vec<_>>().join(",")),
        age,
        or_none(&labels(object, "/spec/selector")),
    ]
}

fn event(object: &Value, name: Value, now: Timestamp) -> Vec<Value> {
    let first_of = |pointers: &[&str]| {
        let mut found = pointers.iter().map(|pointer| text(object, pointer));
        found.find(|text| !text.is_empty()).unwrap_or_default()
    };
    let first = since(first_of(&["/firstTimestamp", "/eventTime"]), now);
    let last = first_of(&["/series/lastObservedTime", "/lastTimestamp"]);
    let last = if last.is_empty() {
        first.clone()
    } else {
        since(last, now)
    };
    let count = number(object, "/series/count")
        .max(number(object, "/count"))
        .max(1);
    let source = first_of(&["/source/component", "/reportingComponent"]);
    let host = first_of(&["/source/host", "/reportingInstance"]);
    let source = if host.is_empty() {
        source.to_owned()
    } else {
        format!("{source}, {host}")
    };
    let kind = text(object, "/involvedObject/kind").to_lowercase();
    let target = match text(object, "/involvedObject/name") {
        "" => kind,
        target => format!("{kind}/{target}"),
    };
    vec![
        json!(last),
        json!(text(object, "/type")),
        json!(text(object, "/reason")),
        json!(target),
        json!(text(object, "/involvedObject/fieldPath")),
        json!(source),
        json!(text(object, "/message").trim()),
        json!(first),
        json!(count),
        name,
    ]
}

fn node(object: &Value, name: Value, age: Value) -> Vec<Value> {
    let ready = each(object, "/status/conditions").find(|one| text(one, "/type") == "Ready");
    let status = match ready.map(|ready| text(ready, "/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    let off = object.pointer("/spec/unschedulable") == Some(&Value::Bool(true));
    let status = format!("{status}{}", if off { ",SchedulingDisabled" } else { "" });
    let labels = object
        .pointer("/metadata/labels")
        .and_then(Value::as_object);
    let roles = labels.into_iter().flatten();
    let roles = roles.filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"));
    vec![
        name,
        json!(status),
        or_none(&roles.collect::<Vec<_>>().join(",")),
        age,
        json!(text(object, "/status/nodeInfo/kubeletVersion")),
    ]
}
