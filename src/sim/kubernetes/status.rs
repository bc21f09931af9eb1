//! Failures as the API server words them: a `Status` object with a code, a reason and a message.
//!
//! Clients branch on the reason and people read the message, so both are the real server's.

use serde_json::{Value, json};

use super::access::Ask;
use super::kinds::Kind;

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) details: Option<Value>,
}

impl Failure {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: None,
        }
    }

    fn about(self, kind: &Kind, name: &str) -> Self {
        Self {
            details: Some(details(name, kind.group, kind.plural)),
            ..self
        }
    }

    pub(crate) fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.resource);
        Self::new(404, "NotFound", message).about(kind, name)
    }

    /// No such path, group, version or resource.
    pub(crate) fn no_path() -> Self {
        Self {
            details: Some(json!({})),
            ..Self::new(
                404,
                "NotFound",
                "the server could not find the requested resource",
            )
        }
    }

    pub(crate) fn exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.resource);
        Self::new(409, "AlreadyExists", message).about(kind, name)
    }

    pub(crate) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": {why}",
            kind.resource
        );
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// A deletion's precondition does not hold; here the real server names the kind, not the resource.
    pub(crate) fn precondition(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": {why}",
            kind.qualified()
        );
        Self {
            details: Some(details(name, kind.group, kind.kind)),
            ..Self::new(409, "Conflict", message)
        }
    }

    /// The write was made from an older version of the object.
    pub(crate) fn modified(kind: &Kind, name: &str) -> Self {
        Self::conflict(
            kind,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// Server-side apply would take these fields from their owners.
    pub(crate) fn owned(conflicts: &[(String, String)]) -> Self {
        let message = match conflicts {
            [(owner, field)] => {
                format!("Apply failed with 1 conflict: conflict with {owner}: {field}")
            }
            several => {
                let mut said = format!("Apply failed with {} conflicts:", several.len());
                let mut last = "";
                for (owner, field) in several {
                    if owner != last {
                        said = format!("{said} conflicts with {owner}:");
                        last = owner;
                    }
                    said = format!("{said}\n- {field}");
                }
                said
            }
        };
        let causes: Value = conflicts
            .iter()
            .map(|(owner, field)| {
                json!({
                    "reason": "FieldManagerConflict",
                    "message": format!("conflict with {owner}"),
                    "field": field,
                })
            })
            .collect();
        Self {
            details: Some(json!({"causes": causes})),
            ..Self::new(409, "Conflict", message)
        }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(crate) fn forbidden(user: &str, ask: &Ask<'_>) -> Self {
        let resource = if ask.group.is_empty() {
            ask.resource.to_owned()
        } else {
            format!("{}.{}", ask.resource, ask.group)
        };
        let object = if ask.name.is_empty() {
            resource
        } else {
            format!("{resource} \"{}\"", ask.name)
        };
        let scope = if ask.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace \"{}\"", ask.namespace)
        };
        let message = format!(
            "{object} is forbidden: User \"{user}\" cannot {} resource \"{}\" in API group \"{}\" {scope}",
            ask.verb,
            ask.path(),
            ask.group,
        );
        Self {
            details: Some(details(ask.name, ask.group, ask.resource)),
            ..Self::new(403, "Forbidden", message)
        }
    }

    /// A path that is no resource and not open to this user.
    pub(crate) fn forbidden_path(user: &str, verb: &str, path: &str) -> Self {
        let message = format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\"");
        Self {
            details: Some(json!({})),
            ..Self::new(403, "Forbidden", message)
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn invalid(what: &str, name: &str, field: &str, why: &str) -> Self {
        let message = format!("{what} \"{name}\" is invalid: {field}: {why}");
        let cause = match why.split_whitespace().next() {
            Some("Required") => "FieldValueRequired",
            Some("Forbidden:") => "FieldValueForbidden",
            Some("Unsupported") => "FieldValueNotSupported",
            Some(_) | None => "FieldValueInvalid",
        };
        let (kind, group) = what.split_once('.').unwrap_or((what, ""));
        let mut details = details(name, group, kind);
        super::object::set(
            &mut details,
            &["causes"],
            json!([{"reason": cause, "message": why, "field": field}]),
        );
        Self {
            details: Some(details),
            ..Self::new(422, "Invalid", message)
        }
    }

    /// A JSON patch that does not fit, a failed `test` among it: the server says no more than this.
    pub(crate) fn patch_does_not_fit() -> Self {
        Self {
            details: Some(json!({})),
            ..Self::new(
                422,
                "Invalid",
                "the server rejected our request due to an error in our request",
            )
        }
    }

    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// The history no longer reaches back to `version`.
    pub(crate) fn too_old(version: u64, oldest: u64) -> Self {
        Self::expired(format!("too old resource version: {version} ({oldest})"))
    }

    /// A version from the future.
    pub(crate) fn too_new(version: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {version}, current: {current}");
        Self {
            details: Some(json!({
                "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
                "retryAfterSeconds": 1,
            })),
            ..Self::new(504, "Timeout", message)
        }
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self {
            details: Some(json!({})),
            ..Self::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            )
        }
    }

    /// A patch whose content type no built-in resource takes.
    pub(crate) fn unsupported_patch() -> Self {
        Self {
            details: Some(json!({})),
            ..Self::new(415, "UnsupportedMediaType", "415: Unsupported Media Type")
        }
    }

    pub(crate) fn unsupported(accepted: &str) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {accepted}"
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(crate) fn not_acceptable() -> Self {
        let message = "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";
        Self::new(406, "NotAcceptable", message)
    }

    /// What a real server says for a status that a fault asks for.
    pub(crate) fn of_code(code: u16, retry_after: Option<u32>) -> Self {
        let (reason, message) = match code {
            401 => ("Unauthorized", "Unauthorized"),
            403 => ("Forbidden", "forbidden: the request was denied"),
            404 => (
                "NotFound",
                "the server could not find the requested resource",
            ),
            409 => (
                "Conflict",
                "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again",
            ),
            410 => (
                "Expired",
                "The resourceVersion for the provided watch is too old.",
            ),
            413 => (
                "RequestEntityTooLarge",
                "Request entity too large: limit is 3145728",
            ),
            429 => (
                "TooManyRequests",
                "Too many requests, please try again later.",
            ),
            503 => (
                "ServiceUnavailable",
                "the server is currently unable to handle the request",
            ),
            504 => (
                "Timeout",
                "Timeout: request did not complete within the allotted timeout",
            ),
            _ => ("InternalError", "Internal error occurred"),
        };
        Self {
            details: retry_after.map(|seconds| json!({"retryAfterSeconds": seconds})),
            ..Self::new(code, reason, message)
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut out = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if let Some(details) = &self.details {
            super::object::set(&mut out, &["details"], details.clone());
        }
        out
    }
}

fn details(name: &str, group: &str, kind: &str) -> Value {
    let mut out = json!({"kind": kind});
    for (field, value) in [("name", name), ("group", group)] {
        if !value.is_empty() {
            super::object::set(&mut out, &[field], json!(value));
        }
    }
    out
}
