//! The Helm adapter on the wire: history by labels, a few records opened, the stable mark.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use flightdeck::adapters::helm::{PlaceSettings, Settings, run};
use flightdeck::domain::names::ReleaseName;
use flightdeck::domain::observation::Fact;
use flightdeck::domain::release::{ReleaseHistory, ReleaseStatus, Stable};
use flightdeck::domain::source::{SourceId, TroubleKind};
use serde_json::{Value, json};

use super::cluster::{Cluster, Ear, cluster_name, place, shop};

const SECRETS: &str = "/api/v1/namespaces/shop/secrets";

/// A release Secret as Helm stores it: base64 of base64 of gzip of JSON.
fn release(revision: u32, status: &str) -> Value {
    let document = json!({
        "name": "checkout", "namespace": "shop", "version": revision,
        "info": {"status": status, "description": "Upgrade complete", "last_deployed": "2026-11-21T02:00:00Z"},
        "chart": {"metadata": {"name": "checkout", "version": format!("1.0.{revision}"), "appVersion": "2"}}
    });
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(document.to_string().as_bytes()).unwrap();
    let data = STANDARD.encode(STANDARD.encode(gzip.finish().unwrap()));
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": format!("sh.helm.release.v1.checkout.v{revision}"), "namespace": "shop", "labels": {
            "owner": "helm", "name": "checkout", "status": status, "version": revision.to_string(),
            "createdAt": "1795230000"}},
        "data": {"release": data}
    })
}

async fn listen(cluster: &Cluster, user: &str) -> Ear {
    let mut ear = Ear::new();
    let settings = Settings {
        places: vec![PlaceSettings {
            place: place(),
            namespace: shop(),
            release: ReleaseName::parse("checkout").unwrap(),
        }],
    };
    let feed = ear.feed(SourceId::Helm(cluster_name()));
    ear.tasks
        .spawn(run(settings, cluster.clients(user).await, feed));
    ear
}

async fn history(ear: &mut Ear, wanted: impl Fn(&ReleaseHistory) -> bool) -> ReleaseHistory {
    ear.fact(|fact| {
        let Fact::Releases(_, history) = fact else {
            return None;
        };
        wanted(history).then(|| history.clone())
    })
    .await
}

#[tokio::test]
async fn history_comes_from_labels_and_only_what_is_shown_is_opened() {
    let cluster = Cluster::new().await;
    for revision in 3..12 {
        cluster.store.apply(release(revision, "superseded"));
    }
    cluster.store.apply(release(12, "deployed"));
    cluster.store.apply(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "flightdeck-stable-checkout", "namespace": "shop"},
        "data": {"helm_revision": "5", "appVersion": "2"}
    }));
    let mut ear = listen(&cluster, "carol").await;
    let first = history(&mut ear, |_| true).await;
    let numbers: Vec<u32> = first.revisions.iter().map(|r| r.revision.0.get()).collect();
    assert_eq!(
        numbers,
        (3..13).collect::<Vec<u32>>(),
        "pruned history begins where Helm kept it"
    );
    assert_eq!(first.current().unwrap().revision.0.get(), 12);
    assert_eq!(first.stable.mark().unwrap().revision.0.get(), 5);
    let opened: Vec<u32> = first
        .revisions
        .iter()
        .filter(|r| r.detail.is_some())
        .map(|r| r.revision.0.get())
        .collect();
    assert_eq!(opened, [5, 10, 11, 12]);
    assert_eq!(cluster.knobs.count("GET", SECRETS), 4);
    assert_eq!(cluster.knobs.count("WATCH", SECRETS), 1);

    cluster.store.apply(release(13, "pending-upgrade"));
    let pending = history(&mut ear, |h| h.revisions.len() == 11).await;
    assert!(pending.revisions.last().unwrap().status.is_pending());
    assert_eq!(pending.current().unwrap().revision.0.get(), 12);
    cluster.store.apply(release(12, "superseded"));
    cluster.store.apply(release(13, "deployed"));
    cluster
        .store
        .remove("secrets", "shop", "sh.helm.release.v1.checkout.v3");
    cluster
        .store
        .remove("configmaps", "shop", "flightdeck-stable-checkout");
    let done = history(&mut ear, |h| {
        h.revisions.len() == 10
            && h.stable == Stable::Known(None)
            && h.current().unwrap().revision.0.get() == 13
    })
    .await;
    let last = done.revisions.last().unwrap();
    assert_eq!(last.status, ReleaseStatus::Deployed);
    assert_eq!(last.detail.as_ref().unwrap().chart_version.raw(), "1.0.13");
    ear.end().await;
}

#[tokio::test]
async fn without_the_right_to_secrets_the_source_says_so() {
    let cluster = Cluster::new().await;
    let mut ear = listen(&cluster, "bob").await;
    let why = ear.trouble_of(TroubleKind::Forbidden).await;
    assert!(why.message.raw().contains("secrets"), "{}", why.message);
    ear.end().await;
}

#[tokio::test]
async fn a_mark_that_may_not_be_read_is_not_known_to_be_missing() {
    let cluster = Cluster::new().await;
    cluster.store.apply(release(3, "deployed"));
    let mut ear = listen(&cluster, "dave").await;
    let told = history(&mut ear, |_| true).await;
    assert_eq!(told.revisions.len(), 1);
    let missing = told.stable.missing().unwrap();
    assert_eq!(missing.to_string(), "watch configmaps in shop");
    assert_eq!(missing.name.as_deref(), Some("flightdeck-stable-checkout"));
    ear.end().await;
}
