//! Forty services on one deck ask a cluster for what one does: one watch for each kind in a namespace, and no list.

use std::collections::BTreeSet;
use std::sync::Arc;

use flightdeck::adapters::transport::{Clients, PlaceSettings};
use flightdeck::adapters::{flagd, helm, kubernetes};
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::flag::FlagSource;
use flightdeck::domain::names::{ObjectName, ReleaseName, ServiceName};
use flightdeck::domain::observation::Fact;
use flightdeck::domain::source::{SourceId, TroubleKind};
use flightdeck::sim::knobs::{Fault, Scope};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::cluster::{Cluster, Ear, cluster_name, shop};

const SERVICES: usize = 40;

const MARKS: &str = "/api/v1/namespaces/shop/configmaps";
const FLAGS: &str = "/apis/core.openfeature.dev/v1beta1/namespaces/shop/featureflags";

/// All that is watched: each is one kind in the namespace.
const KINDS: [&str; 5] = [
    "/api/v1/namespaces/shop/pods",
    "/apis/apps/v1/namespaces/shop/deployments",
    "/api/v1/namespaces/shop/secrets",
    MARKS,
    FLAGS,
];

fn service(number: usize) -> String {
    format!("service-{number}")
}

fn places() -> Vec<PlaceSettings> {
    let place = |number| PlaceSettings {
        place: Place::new(
            ServiceName::parse(&service(number)).unwrap(),
            Environment::Canary,
        ),
        namespace: shop(),
        release: ReleaseName::parse(&service(number)).unwrap(),
    };
    (0..SERVICES).map(place).collect()
}

fn mark(number: usize, revision: usize) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("flightdeck-stable-{}", service(number)), "namespace": "shop"},
        "data": {"revision": revision.to_string()}
    })
}

fn flags(state: &str) -> Value {
    json!({
        "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
        "metadata": {"name": "flags", "namespace": "shop"},
        "spec": {"flagSpec": {"flags": {
            "new": {"state": state, "variants": {"on": true, "off": false}, "defaultVariant": "on"}
        }}}
    })
}

async fn world() -> Cluster {
    let cluster = Cluster::new().await;
    for number in 0..SERVICES {
        let name = service(number);
        let labels = json!({"app.kubernetes.io/instance": name});
        cluster.store.apply(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "shop", "labels": labels},
            "spec": {"containers": [{"name": "app", "image": "app:1"}]}, "status": {"phase": "Running"}
        }));
        cluster.store.apply(mark(number, number + 1));
    }
    // Another's, which is nobody's business.
    cluster.store.apply(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "other", "namespace": "shop"}, "data": {"password": "x"}
    }));
    cluster.store.apply(flags("ENABLED"));
    cluster
}

fn follow_flags(ear: &mut Ear, clients: &Clients) {
    for place in places() {
        let feeds = flagd::Feeds {
            definitions: ear.feed(SourceId::Flags(place.place.clone())),
            evaluations: ear.feed(SourceId::Flagd(place.place.clone())),
        };
        let settings = flagd::Settings {
            place: place.place,
            source: FlagSource::FeatureFlag {
                namespace: shop(),
                name: ObjectName::parse("flags").unwrap(),
            },
            ofrep: None,
        };
        let now = Arc::new(Notify::new());
        let following = flagd::run(settings, clients.clone(), feeds, now);
        ear.tasks.spawn(following);
    }
}

fn follow_releases(ear: &mut Ear, clients: &Clients) {
    let feed = ear.feed(SourceId::Helm(cluster_name()));
    let settings = helm::Settings { places: places() };
    ear.tasks.spawn(helm::run(settings, clients.clone(), feed));
}

fn follow_pods(ear: &mut Ear, clients: &Clients) {
    let feed = ear.feed(SourceId::Kubernetes(cluster_name()));
    let settings = kubernetes::Settings { places: places() };
    ear.tasks
        .spawn(kubernetes::run(settings, clients.clone(), feed));
}

/// Waits until a fact about each service has come.
async fn of_each(ear: &mut Ear, about: impl Fn(&Fact) -> Option<Place>) {
    let mut seen = BTreeSet::new();
    while seen.len() < SERVICES {
        seen.insert(ear.fact(&about).await);
    }
}

fn marked(fact: &Fact, service: usize, revision: u32) -> bool {
    let Fact::Releases(place, history) = fact else {
        return false;
    };
    let stable = history.stable.mark();
    place.service.as_str() == self::service(service)
        && stable.is_some_and(|stable| stable.revision.0.get() == revision)
}

#[tokio::test]
async fn forty_services_are_one_watch_for_each_kind_and_no_list() {
    let cluster = world().await;
    let clients = cluster.clients("alice").await;
    let mut ear = Ear::new();
    follow_pods(&mut ear, &clients);
    follow_releases(&mut ear, &clients);
    follow_flags(&mut ear, &clients);
    let mut told = [(); 3].map(|()| BTreeSet::new());
    let mut alive = BTreeSet::new();
    // Until every source has also said that it still lives: so long, nothing was opened anew.
    while told.iter().any(|places| places.len() < SERVICES) || alive.len() < SERVICES + 2 {
        let heard = ear.next().await;
        if let Fact::Failed { trouble, .. } = &heard.fact {
            panic!("{}", trouble.message);
        }
        if let Fact::Workload(place, _) = heard.fact {
            told[0].insert(place);
        } else if let Fact::Releases(place, _) = heard.fact {
            told[1].insert(place);
        } else if let Fact::Flags(place, _) = heard.fact {
            told[2].insert(place);
        } else if heard.fact == Fact::Alive {
            alive.insert(heard.source);
        }
    }
    cluster.store.apply(flags("DISABLED"));
    of_each(&mut ear, |fact| {
        let Fact::Flags(place, _) = fact else {
            return None;
        };
        Some(place.clone())
    })
    .await;
    cluster.store.apply(mark(7, 100));
    ear.fact(|fact| marked(fact, 7, 100).then_some(())).await;

    for path in KINDS {
        assert_eq!(cluster.knobs.count("WATCH", path), 1, "{path}");
        let listed = cluster.knobs.requests();
        assert_eq!(listed.get(&("GET".to_owned(), path.to_owned())), None);
    }
    let read = cluster.knobs.count("GET", MARKS);
    assert_eq!(read, 41, "each mark once, and the one that changed");
    assert_eq!(cluster.knobs.count("GET", &format!("{MARKS}/other")), 0);
    let asked = cluster.knobs.count("GET", "/version");
    assert!(
        asked <= 42 + 5,
        "once by each source at its start, then by all of them together: {asked}"
    );
    ear.end().await;
}

#[tokio::test]
async fn marks_that_may_not_be_listed_are_watched_by_name() {
    let cluster = world().await;
    let refusal = Fault::Answer {
        status: 403,
        retry_after: None,
    };
    let listing = Scope::path(MARKS).method("WATCH").times(1);
    cluster.knobs.set(listing, refusal);
    let mut ear = Ear::new();
    follow_releases(&mut ear, &cluster.clients("alice").await);
    of_each(&mut ear, |fact| {
        let Fact::Releases(place, _) = fact else {
            return None;
        };
        Some(place.clone())
    })
    .await;
    cluster.store.apply(mark(7, 100));
    ear.fact(|fact| marked(fact, 7, 100).then_some(())).await;
    assert_eq!(cluster.knobs.count("WATCH", MARKS), 1 + SERVICES as u64);
    assert_eq!(cluster.knobs.count("GET", MARKS), 0);
    ear.end().await;
}

#[tokio::test]
async fn what_is_watched_together_fails_for_each_that_looks_and_comes_back_as_one() {
    let cluster = world().await;
    cluster.store.remove("featureflags", "shop", "flags");
    let mut ear = Ear::new();
    follow_flags(&mut ear, &cluster.clients("alice").await);
    let mut failed = BTreeSet::new();
    while failed.len() < SERVICES {
        let heard = ear.next().await;
        if let Fact::Failed { trouble, .. } = heard.fact {
            assert_eq!(trouble.kind, TroubleKind::NotFound, "{}", trouble.message);
            failed.insert(heard.source);
        }
    }
    cluster.store.apply(flags("ENABLED"));
    let mut back = BTreeSet::new();
    while back.len() < SERVICES {
        if let Fact::Flags(place, _) = ear.next().await.fact {
            back.insert(place);
        }
    }
    ear.end().await;
}
