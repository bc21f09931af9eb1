//! What I may do, as the API server answers it. An error is not a no.

use futures::{StreamExt as _, stream};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::PostParams;
use kube::{Api, Client};

use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::trouble::{code_of_kube, of_kube, within};
use crate::domain::access::{Access, Permission};
use crate::domain::untrusted::Untrusted;

/// The group of the deck's custom verbs.
const GROUP: &str = "flightdeck.dev";

/// How many questions are under way at once.
const AT_ONCE: usize = 4;

/// Asks the API server about each permission, in the order given.
pub async fn may_i(client: &Client, permissions: &[Permission]) -> Vec<(Permission, Access)> {
    let custom = permissions.iter().any(|p| p.group == GROUP);
    let installed = !custom || is_installed(client).await;
    let answers = permissions.iter().map(|permission| async move {
        let access = if permission.group == GROUP && !installed {
            Access::NotInstalled
        } else {
            ask(client, permission).await
        };
        (permission.clone(), access)
    });
    // Collected first, so that the questions are made before any is polled and keep their order.
    let answers: Vec<_> = answers.collect();
    stream::iter(answers).buffered(AT_ONCE).collect().await
}

/// Whether the API server serves the group. Only a clear "not found" means no: in doubt the review itself is asked.
async fn is_installed(client: &Client) -> bool {
    let Ok(request) = http::Request::get(format!("/apis/{GROUP}")).body(Vec::new()) else {
        return true;
    };
    let asked = client.request::<serde_json::Value>(request);
    match tokio::time::timeout(READ_DEADLINE, asked).await {
        Ok(Err(error)) => code_of_kube(&error) != Some(404),
        Ok(Ok(_)) | Err(_) => true,
    }
}

async fn ask(client: &Client, permission: &Permission) -> Access {
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let params = PostParams::default();
    let question = question(permission);
    match within(READ_DEADLINE, of_kube, reviews.create(&params, &question)).await {
        Err(why) => Access::Unknown { why: why.message },
        Ok(review) => match review.status {
            Some(status) if status.allowed => Access::Allowed,
            Some(status) => match status.evaluation_error.filter(|e| !e.is_empty()) {
                Some(error) if status.denied != Some(true) => Access::Unknown {
                    why: Untrusted::new(error),
                },
                Some(_) | None => Access::Denied,
            },
            None => Access::Unknown {
                why: Untrusted::from("the API server gave no answer"),
            },
        },
    }
}

fn question(permission: &Permission) -> SelfSubjectAccessReview {
    let Permission {
        cluster: _,
        verb,
        group,
        resource,
        namespace,
        name,
    } = permission;
    SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                verb: Some(verb.clone()),
                group: Some(group.clone()),
                resource: Some(resource.clone()),
                namespace: Some(namespace.as_str().to_owned()),
                name: name.clone(),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    }
}
