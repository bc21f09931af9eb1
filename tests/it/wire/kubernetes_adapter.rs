//! The Kubernetes adapter on the wire: from the first answer to every way in which it can fail.

use std::time::Duration;

use flightdeck::adapters::kubernetes::{PlaceSettings, Settings, may_i, run};
use flightdeck::domain::access::{Access, Permission};
use flightdeck::domain::names::ReleaseName;
use flightdeck::domain::observation::{Epoch, Fact};
use flightdeck::domain::source::{SourceId, TroubleKind};
use flightdeck::domain::workload::WorkloadHealth;
use flightdeck::sim::knobs::{Fault, Scope};
use serde_json::{Value, json};

use super::cluster::{Cluster, Ear, cluster_name, place, shop};

const PODS: &str = "/api/v1/namespaces/shop/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";

fn deployment(updated: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "checkout", "namespace": "shop", "labels": {
            "app.kubernetes.io/instance": "checkout", "app.kubernetes.io/version": "2.14.0"}},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "checkout"}},
            "template": {"spec": {"containers": [{"name": "app", "image": "checkout:2.14.0"}]}}},
        "status": {"observedGeneration": 1, "replicas": 3, "updatedReplicas": updated, "readyReplicas": 3,
            "availableReplicas": 3, "conditions": [{"type": "Progressing", "status": "True",
            "reason": "x", "lastUpdateTime": "2026-11-21T02:50:00Z", "lastTransitionTime": "2026-11-21T02:50:00Z"}]}
    })
}

fn pod(name: &str, release: &str, restarts: u32) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app.kubernetes.io/instance": release}},
        "spec": {"containers": [{"name": "app", "image": "checkout:2.14.0"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "app", "image": "checkout:2.14.0", "imageID": "", "ready": true,
                "restartCount": restarts, "state": {"running": {}}, "lastState": {}}]}
    })
}

async fn world() -> Cluster {
    let cluster = Cluster::new().await;
    cluster.store.apply(deployment(3));
    for name in ["a", "b", "c"] {
        cluster.store.apply(pod(name, "checkout", 0));
    }
    cluster.store.apply(pod("other", "search", 50));
    cluster
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
    let feed = ear.feed(SourceId::Kubernetes(cluster_name()));
    ear.tasks
        .spawn(run(settings, cluster.clients(user).await, feed));
    ear
}

fn permission(verb: &str, group: &str, resource: &str) -> Permission {
    Permission {
        cluster: cluster_name(),
        verb: verb.to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        namespace: shop(),
        name: None,
    }
}

async fn health(ear: &mut Ear, wanted: impl Fn(&WorkloadHealth) -> bool) -> WorkloadHealth {
    ear.fact(|fact| {
        let Fact::Workload(at, health) = fact else {
            return None;
        };
        (*at == place() && wanted(health)).then(|| health.clone())
    })
    .await
}

#[tokio::test]
async fn a_cluster_introduces_itself_and_its_pods_are_summed_as_they_change() {
    let cluster = world().await;
    let mut ear = listen(&cluster, "alice").await;
    let identity = ear
        .fact(|fact| {
            let Fact::Cluster(name, identity) = fact else {
                return None;
            };
            (*name == cluster_name()).then(|| identity.clone())
        })
        .await;
    assert_eq!(identity.uid, cluster.uid());
    assert_eq!(identity.version.raw(), "v1.36.3");
    assert_eq!(identity.context.raw(), "eu-canary");
    assert_eq!(identity.me.unwrap().as_str(), "alice");

    let first = health(&mut ear, |_| true).await;
    assert_eq!(
        (first.wanted, first.ready, first.updated, first.restarts),
        (3, 3, 3, 0)
    );
    assert_eq!(first.version.unwrap().raw(), "2.14.0");

    cluster.store.apply(pod("b", "checkout", 2));
    let restarted = health(&mut ear, |h| h.restarts == 2).await;
    assert_eq!(restarted.restarts_recent, 2);
    assert_eq!(restarted.worst[0].pod.raw(), "b");
    cluster.store.remove("pods", "shop", "b");
    health(&mut ear, |h| h.restarts == 0).await;

    // A quiet source still shows that it answers.
    ear.fact(|fact| matches!(fact, Fact::Alive).then_some(()))
        .await;
    for path in [PODS, DEPLOYMENTS] {
        assert_eq!(
            cluster.knobs.count("GET", path),
            0,
            "streamed, so nothing is listed"
        );
        assert_eq!(cluster.knobs.count("WATCH", path), 1);
    }
    ear.end().await;
}

#[tokio::test]
async fn an_expired_version_is_listed_again_without_a_word() {
    let cluster = world().await;
    let mut ear = listen(&cluster, "alice").await;
    health(&mut ear, |h| h.ready == 3).await;
    cluster.store.compact();
    cluster.store.apply(pod("c", "checkout", 5));
    let after = health(&mut ear, |h| h.restarts == 5).await;
    assert_eq!(
        after.restarts_recent, 5,
        "what was known before the gap still counts"
    );
    ear.end().await;
}

#[tokio::test]
async fn a_torn_stream_is_resumed_without_a_word() {
    let cluster = world().await;
    // The first watch of pods breaks in the middle of the first pod.
    let scope = Scope::path(PODS).method("WATCH").times(1);
    cluster.knobs.set(scope, Fault::Tear(200));
    let mut ear = listen(&cluster, "alice").await;
    health(&mut ear, |h| h.images.len() == 1 && h.restarts == 0).await;
    cluster.store.apply(pod("a", "checkout", 1));
    health(&mut ear, |h| h.restarts == 1).await;
    assert!(cluster.knobs.count("WATCH", PODS) >= 2);
    ear.end().await;
}

#[tokio::test]
async fn a_server_without_streamed_lists_is_read_in_pages() {
    let cluster = world().await;
    // A server whose feature gate is off turns the parameter down.
    let scope = Scope::path(PODS).method("WATCH").times(1);
    cluster.knobs.set(
        scope,
        Fault::Answer {
            status: 422,
            retry_after: None,
        },
    );
    let mut ear = listen(&cluster, "alice").await;
    ear.trouble_of(TroubleKind::Malformed).await;
    health(&mut ear, |h| h.ready == 3).await;
    assert_eq!(cluster.knobs.count("GET", PODS), 1);
    ear.end().await;
}

#[tokio::test]
async fn a_forbidden_kind_costs_only_itself() {
    let cluster = world().await;
    let mut ear = listen(&cluster, "bob").await;
    let mut seen = (None, None);
    while seen.0.is_none() || seen.1.is_none() {
        let fact = ear.fact(|fact| Some(fact.clone())).await;
        if let Fact::Access(all) = &fact {
            let pods = all
                .iter()
                .find(|(p, _)| *p == permission("list", "", "pods"));
            seen.0 = seen.0.or(pods.cloned());
        }
        if let Fact::Workload(_, health) = fact {
            seen.1 = Some(health);
        }
    }
    assert_eq!(seen.0.unwrap().1, Access::Denied);
    let health = seen.1.unwrap();
    assert_eq!((health.wanted, health.ready), (3, 3));
    ear.end().await;
}

#[tokio::test]
async fn refusals_are_told_by_what_can_be_done_and_a_source_recovers_with_a_new_epoch() {
    let cluster = world().await;
    let mut stranger = listen(&cluster, "mallory").await;
    stranger.trouble_of(TroubleKind::Unauthorized).await;
    stranger.end().await;

    let answer = |status| Fault::Answer {
        status,
        retry_after: None,
    };
    let mut ear = listen(&cluster, "alice").await;
    health(&mut ear, |h| h.ready == 3).await;
    for (fault, kind) in [
        (answer(429), TroubleKind::Throttled),
        (answer(500), TroubleKind::ServerError),
        (Fault::Garbage, TroubleKind::Malformed),
        (Fault::Drop, TroubleKind::Unreachable),
    ] {
        cluster.knobs.set(Scope::path("/version").times(1), fault);
        ear.trouble_of(kind).await;
    }
    let again = ear
        .until(|o| matches!(o.fact, Fact::Workload(..)).then_some(o.epoch))
        .await;
    assert_eq!(again, Epoch(5));

    cluster.knobs.refuse(true);
    ear.trouble_of(TroubleKind::Unreachable).await;
    cluster.knobs.refuse(false);
    ear.until(|o| matches!(o.fact, Fact::Workload(..)).then_some(()))
        .await;
    ear.end().await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_time_out() {
    let cluster = world().await;
    cluster
        .knobs
        .set(Scope::path(""), Fault::Delay(Duration::from_secs(600)));
    let mut ear = listen(&cluster, "alice").await;
    ear.trouble_of(TroubleKind::TimedOut).await;
    ear.end().await;
}

#[tokio::test]
async fn may_i_is_answered_in_order_and_an_error_is_not_a_no() {
    let cluster = world().await;
    let asked = [
        permission("disableflag", "flightdeck.dev", "services"),
        permission("patch", "core.openfeature.dev", "featureflags"),
        permission("list", "apps", "deployments"),
        permission("list", "", "pods"),
    ];
    let answers = |user| {
        let (cluster, asked) = (&cluster, &asked);
        async move {
            let clients = cluster.clients(user).await;
            let answers = may_i(&clients.read, asked).await;
            assert!(answers.iter().map(|(p, _)| p).eq(asked.iter()), "in order");
            answers
                .into_iter()
                .map(|(_, access)| access)
                .collect::<Vec<_>>()
        }
    };
    let bob = answers("bob").await;
    assert_eq!(
        bob,
        [
            Access::NotInstalled,
            Access::Denied,
            Access::Allowed,
            Access::Denied
        ]
    );
    let alice = answers("alice").await;
    assert_eq!(alice[1..], [const { Access::Allowed }; 3]);
    cluster.knobs.set(
        Scope::path("/apis/authorization.k8s.io").times(4),
        Fault::Answer {
            status: 500,
            retry_after: None,
        },
    );
    let failed = answers("alice").await;
    assert_eq!(failed[0], Access::NotInstalled);
    assert!(
        failed[1..]
            .iter()
            .all(|a| matches!(a, Access::Unknown { .. })),
        "{failed:?}"
    );
}
