//! What a path means.
//!
//! The real server's paths: `/api/v1/...` for the core, `/apis/GROUP/VERSION/...` for all else.

use http::Method;

use super::access::Ask;
use super::kinds::{self, Kind};
use super::query::{Query, decode};

/// Where a request goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    Resource(Target),
    /// A review, by its plural (`selfsubjectaccessreviews`).
    Review(String),
    /// `/version`, `/readyz` and the like, discovery, `OpenAPI`.
    Document,
}

/// A resource, one object of it, or a part of that object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) kind: &'static Kind,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) subresource: String,
}

impl Target {
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

/// The route of a path; `None` if nothing is there.
pub(crate) fn route(path: &str) -> Option<Route> {
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| decode(part, false))
        .collect();
    let texts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (group, version, rest) = match texts.as_slice() {
        ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
        ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
        _ => return Some(Route::Document),
    };
    if let ("authorization.k8s.io" | "authentication.k8s.io", "v1", [review]) =
        (group, version, rest)
    {
        return Some(Route::Review((*review).to_owned()));
    }
    target(group, version, rest).map(Route::Resource)
}

fn target(group: &str, version: &str, rest: &[&str]) -> Option<Target> {
    let (namespace, rest) = match rest {
        // `/namespaces/NAME` and its status are the namespace itself.
        ["namespaces", namespace, rest @ ..] if !matches!(rest, [] | ["status" | "finalize"]) => {
            (Some((*namespace).to_owned()), rest)
        }
        rest => (None, rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, None, ""),
        [plural, name] => (*plural, Some((*name).to_owned()), ""),
        [plural, name, subresource] => (*plural, Some((*name).to_owned()), *subresource),
        _ => return None,
    };
    let kind = kinds::by_path(group, version, plural)?;
    let served = subresource.is_empty() || (subresource == "status" && kind.status);
    let placed = if kind.namespaced {
        namespace.is_some() || name.is_none()
    } else {
        namespace.is_none()
    };
    (served && placed).then(|| Target {
        kind,
        namespace,
        name,
        subresource: subresource.to_owned(),
    })
}

/// What a path to a resource that is not served asks for, as the authorizer sees it.
pub(crate) fn unserved<'a>(method: &Method, parts: &[&'a str], query: &Query) -> Option<Ask<'a>> {
    let (group, rest) = match parts {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return None,
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        rest => ("", rest),
    };
    let resource = rest.first()?;
    let name = rest.get(1).copied().unwrap_or_default();
    let verb = match (method.as_str(), name.is_empty()) {
        ("GET", _) if query.flag("watch") => "watch",
        ("GET", true) => "list",
        ("GET", false) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "deletecollection",
        ("DELETE", false) => "delete",
        _ => return None,
    };
    Some(Ask {
        verb,
        group,
        resource,
        subresource: rest.get(2).copied().unwrap_or_default(),
        namespace,
        name,
    })
}
