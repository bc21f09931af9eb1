//! Which cluster this is, and who I am in it.

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::PostParams;
use kube::{Api, Client};

use crate::adapters::transport::Clients;
use crate::adapters::transport::clients::{READ_DEADLINE, cluster_uid};
use crate::adapters::transport::trouble::{of_kube, within};
use crate::domain::access::ClusterIdentity;
use crate::domain::names::UserName;
use crate::domain::source::Trouble;
use crate::domain::untrusted::Untrusted;

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
