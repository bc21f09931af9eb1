//! Which cluster this is, and who I am in it.

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::PostParams;
use kube::{Api, Client};

use crate::adapters::transport::Clients;
use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::trouble::{of_kube, trouble, within};
use crate::domain::access::ClusterIdentity;
use crate::domain::names::{ClusterUid, UserName};
use crate::domain::source::{Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;

/// The uid of namespace kube-system: asked anew each time, for a kubeconfig may lead elsewhere than a minute ago.
pub async fn cluster_uid(client: &Client) -> Result<ClusterUid, Trouble> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let found = within(READ_DEADLINE, of_kube, namespaces.get("kube-system")).await?;
    let uid = found.metadata.uid.unwrap_or_default();
    ClusterUid::parse(&uid).map_err(|e| {
        trouble(
            TroubleKind::Malformed,
            format!("namespace kube-system: {e}"),
        )
    })
}

/// A cluster's identity. Who I am is left open where the API server does not say: older ones lack the review, and a
/// policy may forbid it.
pub async fn introduce(clients: &Clients, version: Untrusted) -> Result<ClusterIdentity, Trouble> {
    let uid = cluster_uid(&clients.read).await?;
    Ok(ClusterIdentity {
        uid,
        version,
        context: Untrusted::new(clients.context.clone()),
        me: who_am_i(&clients.read).await,
    })
}

async fn who_am_i(client: &Client) -> Option<UserName> {
    let reviews: Api<SelfSubjectReview> = Api::all(client.clone());
    let params = PostParams::default();
    let question = SelfSubjectReview::default();
    let asked = reviews.create(&params, &question);
    match within(READ_DEADLINE, of_kube, asked).await {
        Ok(review) => {
            let user = review.status?.user_info?.username?;
            UserName::parse(&user).ok()
        }
        Err(why) => {
            tracing::debug!(message = %why.message, "who am I");
            None
        }
    }
}
