//! Label and field selectors.
//!
//! They decide what a list shows and which events a watch turns into `ADDED` or `DELETED`.

use serde_json::Value;

use super::kinds::Kind;
use super::object::text;
use super::query::Query;
use super::status::Failure;

/// Which objects a request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    labels: Vec<Label>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Label {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

impl Selector {
    /// From `labelSelector` and `fieldSelector`, and the one name of a path that watches one object.
    pub(crate) fn of(kind: &Kind, query: &Query, name: Option<&str>) -> Result<Self, Failure> {
        let mut out = Self {
            labels: labels(query.get("labelSelector"))?,
            fields: fields(kind, query.get("fieldSelector"))?,
        };
        if let Some(name) = name {
            out.fields
                .push(("metadata.name".to_owned(), true, name.to_owned()));
        }
        Ok(out)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| {
            object
                .pointer("/metadata/labels")
                .and_then(|labels| labels.get(key)?.as_str())
        };
        self.labels.iter().all(|want| match want {
            Label::In(key, values) => {
                label(key).is_some_and(|value| values.iter().any(|want| want == value))
            }
            Label::NotIn(key, values) => {
                label(key).is_none_or(|value| values.iter().all(|want| want != value))
            }
            Label::Exists(key) => label(key).is_some(),
            Label::Missing(key) => label(key).is_none(),
        }) && self.fields.iter().all(|(field, equal, want)| {
            let pointer = format!("/{}", field.replace('.', "/"));
            (text(object, &pointer) == want) == *equal
        })
    }
}

fn labels(text: &str) -> Result<Vec<Label>, Failure> {
    requirements(text)
        .into_iter()
        .map(|requirement| {
            label(requirement).ok_or_else(|| {
                Failure::bad_request(format!("unable to parse requirement: {requirement}"))
            })
        })
        .collect()
}

/// Splits at the commas that are not in parentheses.
fn requirements(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = text.split(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    let parts = parts.map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

fn label(requirement: &str) -> Option<Label> {
    let word = |text: &str| {
        let text = text.trim();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
        text.chars().all(plain).then(|| text.to_owned())
    };
    let key = |text: &str| word(text).filter(|key| !key.is_empty());
    if let Some(key_text) = requirement.strip_prefix('!') {
        return Some(Label::Missing(key(key_text)?));
    }
    if let Some(inner) = requirement.strip_suffix(')') {
        let (head, values) = inner.split_once('(')?;
        let values = values.split(',').map(word).collect::<Option<Vec<_>>>()?;
        let head = head.trim();
        return match head.rsplit_once(' ')? {
            (key_text, "in") => Some(Label::In(key(key_text)?, values)),
            (key_text, "notin") => Some(Label::NotIn(key(key_text)?, values)),
            _ => None,
        };
    }
    if let Some((key_text, value)) = requirement.split_once("!=") {
        return Some(Label::NotIn(key(key_text)?, vec![word(value)?]));
    }
    if let Some((key_text, value)) = requirement.split_once('=') {
        let value = value.strip_prefix('=').unwrap_or(value);
        return Some(Label::In(key(key_text)?, vec![word(value)?]));
    }
    Some(Label::Exists(key(requirement)?))
}

fn fields(kind: &Kind, text: &str) -> Result<Vec<(String, bool, String)>, Failure> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (field, equal, value) = if let Some((field, value)) = part.split_once("!=") {
                (field, false, value)
            } else if let Some((field, value)) = part.split_once('=') {
                (field, true, value.strip_prefix('=').unwrap_or(value))
            } else {
                return Err(Failure::bad_request(format!(
                    "invalid field selector: {part}"
                )));
            };
            if selectable(kind, field) {
                Ok((field.to_owned(), equal, value.to_owned()))
            } else {
                Err(Failure::bad_request(if kind.custom || is_special(kind) {
                    format!("field label not supported: {field}")
                } else {
                    format!(
                        "\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    )
                }))
            }
        })
        .collect()
}

/// Whether the kind has more to select by than its names.
fn is_special(kind: &Kind) -> bool {
    !selectable_fields(kind).is_empty()
}

fn selectable(kind: &Kind, field: &str) -> bool {
    matches!(field, "metadata.name" | "metadata.namespace")
        || selectable_fields(kind).contains(&field)
}

fn selectable_fields(kind: &Kind) -> &'static [&'static str] {
    match kind.storage() {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "secrets" => &["type"],
        "namespaces" => &["status.phase"],
        "nodes" => &["spec.unschedulable"],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "regarding.kind",
            "regarding.name",
            "regarding.namespace",
            "regarding.uid",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "replicasets.apps" => &["status.replicas"],
        _ => &[],
    }
}
