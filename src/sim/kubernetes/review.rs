//! "Who am I" and "may I", answered from the rules that the handlers enforce.
//!
//! A name that no group has is no error: a rule may allow what is not installed, as on the real server.

use serde_json::{Value, json};

use super::access::{Access, Ask};
use super::object::{set, text};
use super::status::Failure;

/// The answered review.
pub(crate) fn answer(
    access: &Access,
    user: &str,
    plural: &str,
    mut review: Value,
) -> Result<Value, Failure> {
    let (group, kind, status) = match plural {
        "selfsubjectreviews" => (
            "authentication.k8s.io",
            "SelfSubjectReview",
            json!({"userInfo": access.user_info(user)}),
        ),
        "selfsubjectaccessreviews" => (
            "authorization.k8s.io",
            "SelfSubjectAccessReview",
            may(access, user, &review)?,
        ),
        "selfsubjectrulesreviews" => {
            let namespace = text(&review, "/spec/namespace");
            if namespace.is_empty() {
                return Err(Failure::bad_request("no namespace on request"));
            }
            let status = json!({
                "resourceRules": access.rules_in(user, namespace),
                "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["*"]}],
                "incomplete": false,
            });
            ("authorization.k8s.io", "SelfSubjectRulesReview", status)
        }
        _ => return Err(Failure::no_path()),
    };
    if !review.is_object() {
        return Err(Failure::bad_request("the body is not an object"));
    }
    set(&mut review, &["kind"], json!(kind));
    set(&mut review, &["apiVersion"], json!(format!("{group}/v1")));
    if review.get("metadata").is_none() {
        set(&mut review, &["metadata"], json!({}));
    }
    set(&mut review, &["status"], status);
    Ok(review)
}

fn may(access: &Access, user: &str, review: &Value) -> Result<Value, Failure> {
    let at = |field: &str| text(review, &format!("/spec/resourceAttributes/{field}"));
    let allowed = if review.pointer("/spec/resourceAttributes").is_some() {
        let (resource, subresource) = match at("resource").split_once('/') {
            Some(parts) => parts,
            None => (at("resource"), at("subresource")),
        };
        access.allows(
            user,
            &Ask {
                verb: at("verb"),
                group: at("group"),
                resource,
                subresource,
                namespace: at("namespace"),
                name: at("name"),
            },
        )
    } else if review.pointer("/spec/nonResourceAttributes").is_some() {
        text(review, "/spec/nonResourceAttributes/verb") == "get"
    } else {
        let why = "Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified";
        let what = "SelfSubjectAccessReview.authorization.k8s.io";
        return Err(Failure::invalid(what, "", "spec.resourceAttributes", why));
    };
    Ok(if allowed {
        json!({"allowed": true, "reason": format!("RBAC: allowed by a rule for User \"{user}\"")})
    } else {
        json!({"allowed": false})
    })
}
