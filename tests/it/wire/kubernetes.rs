//! The simulated API server as the real kube-rs client sees it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an event of kube's that a test does not wait for fails it"
)]

use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use flightdeck::sim::clock::SimClock;
use flightdeck::sim::knobs::{Fault, Knobs, Scope};
use flightdeck::sim::kubernetes::{Access, Api as Server, Store};
use flightdeck::sim::serve;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch,
    PatchParams, PostParams, Preconditions, WatchEvent, WatchParams,
};
use kube::core::{PartialObjectMeta, Status};
use kube::runtime::watcher::{self, Event};
use kube::{Client, Config, ResourceExt as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const EPOCH: &str = "2026-11-21T03:00:00Z";

/// A cluster that is served, for alice (who may do everything) and bob (who may look in `shop`).
struct World {
    store: Store,
    server: Server,
    knobs: Knobs,
    running: serve::Server,
}

impl World {
    async fn new() -> Result<Self> {
        let clock = SimClock::frozen(EPOCH.parse::<Timestamp>()?);
        let store = Store::new("canary", 7, clock);
        for name in ["checkout-a", "checkout-b", "checkout-c", "search-a"] {
            store.apply(pod(name, "Running"));
        }
        let access = Access::new()
            .user("alice", &["sre"])
            .user("bob", &[])
            .allow(["alice", "*", "*", "*", "*", "*"])
            .allow(["bob", "get,list,watch", "*", "*", "shop", "*"]);
        let server = Server::new(store.clone(), access);
        let knobs = Knobs::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let running = server.serve(listener, knobs.clone())?;
        Ok(Self {
            store,
            server,
            knobs,
            running,
        })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address())
    }

    fn client(&self, user: &str) -> Result<Client> {
        let mut config = Config::new(self.url(&format!("/as/{user}")).parse()?);
        config.default_retry = false;
        "shop".clone_into(&mut config.default_namespace);
        Ok(Client::try_from(config)?)
    }

    fn pods(&self) -> Result<Api<Pod>> {
        Ok(Api::namespaced(self.client("alice")?, "shop"))
    }
}

fn pod(name: &str, phase: &str) -> Value {
    let app = name.split('-').next();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": app}},
        "spec": {"containers": [{"name": "main", "image": "main:1"}]},
        "status": {"phase": phase},
    })
}

fn flags() -> Value {
    json!({
        "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
        "metadata": {"name": "flags", "namespace": "shop"},
        "spec": {"flagSpec": {"flags": {"pay": {"state": "ENABLED", "defaultVariant": "on"}}}},
    })
}

fn flag_api(client: Client) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("core.openfeature.dev", "v1beta1", "FeatureFlag");
    Api::namespaced_with(
        client,
        "shop",
        &ApiResource::from_gvk_with_plural(&kind, "featureflags"),
    )
}

/// The server's refusal.
fn refused<T>(answer: kube::Result<T>) -> Result<Status> {
    match answer {
        Err(kube::Error::Api(status)) => Ok(*status),
        Err(other) => Err(other.into()),
        Ok(_) => bail!("it was not refused"),
    }
}

/// The next item of a stream that must not take long.
async fn soon<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> Result<T> {
    let next = tokio::time::timeout(Duration::from_secs(10), stream.next());
    next.await?.context("the stream ended")
}

fn names<'a, K: kube::Resource + 'a>(items: impl IntoIterator<Item = &'a K>) -> Vec<String> {
    items.into_iter().map(kube::ResourceExt::name_any).collect()
}

#[tokio::test]
async fn lists_come_in_pages_of_one_version() -> Result<()> {
    let world = World::new().await?;
    let pods = world.pods()?;
    let first = pods.list(&ListParams::default().limit(2)).await?;
    assert_eq!(names(&first), ["checkout-a", "checkout-b"]);
    assert_eq!(first.metadata.remaining_item_count, Some(2));
    let token = first.metadata.continue_.context("a continue token")?;
    world.store.remove("pods", "shop", "checkout-c");
    world.store.apply(pod("checkout-z", "Pending"));
    let second = pods
        .list(&ListParams::default().limit(2).continue_token(&token))
        .await?;
    assert_eq!(
        names(&second),
        ["checkout-c", "search-a"],
        "the state of the first page"
    );
    assert_eq!(
        second.metadata.resource_version,
        first.metadata.resource_version
    );
    let chosen = ListParams::default()
        .labels("app=checkout")
        .fields("status.phase=Pending");
    assert_eq!(names(&pods.list(&chosen).await?), ["checkout-z"]);
    world.store.compact();
    let gone = refused(
        pods.list(&ListParams::default().continue_token(&token))
            .await,
    )?;
    assert_eq!((gone.code, gone.reason.as_str()), (410, "Expired"));
    Ok(())
}

#[tokio::test]
async fn a_watch_sees_what_enters_and_leaves_its_selection() -> Result<()> {
    let world = World::new().await?;
    let pods = world.pods()?;
    let version = pods
        .list(&ListParams::default())
        .await?
        .metadata
        .resource_version;
    let running = WatchParams::default()
        .fields("status.phase=Running")
        .timeout(60);
    let mut watch = pin!(pods.watch(&running, &version.context("a version")?).await?);
    world.store.apply(pod("checkout-d", "Pending"));
    world.store.apply(pod("checkout-d", "Running"));
    world.store.apply(pod("checkout-d", "Failed"));
    world.store.remove("pods", "shop", "search-a");
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(match soon(&mut watch).await?? {
            WatchEvent::Added(pod) => format!("added {}", pod.name_any()),
            WatchEvent::Modified(pod) => format!("modified {}", pod.name_any()),
            WatchEvent::Deleted(pod) => format!("deleted {}", pod.name_any()),
            other => bail!("{other:?}"),
        });
    }
    assert_eq!(
        seen,
        ["added checkout-d", "deleted checkout-d", "deleted search-a"]
    );
    Ok(())
}

#[tokio::test]
async fn an_idle_watch_ends_with_a_bookmark_of_the_present_version() -> Result<()> {
    let world = World::new().await?;
    let pods = world.pods()?;
    let version = pods
        .list(&ListParams::default())
        .await?
        .metadata
        .resource_version;
    // Another resource's change moves the version.
    world.store.apply(flags());
    let watch = pods
        .watch(
            &WatchParams::default().timeout(1),
            &version.context("a version")?,
        )
        .await?;
    let events: Vec<_> = watch.try_collect().await?;
    match events.as_slice() {
        [WatchEvent::Bookmark(bookmark)] => {
            let now = world.store.changed().borrow().to_string();
            assert_eq!(bookmark.metadata.resource_version, now);
        }
        other => bail!("{other:?}"),
    }
    Ok(())
}

#[tokio::test]
async fn a_streaming_list_says_when_it_is_complete() -> Result<()> {
    let world = World::new().await?;
    let config = watcher::Config::default().streaming_lists();
    let mut events = pin!(watcher::watcher(world.pods()?, config));
    let mut seen = Vec::new();
    loop {
        match soon(&mut events).await?? {
            Event::Init => seen.clear(),
            Event::InitApply(pod) => seen.push(pod.name_any()),
            Event::InitDone => break,
            other => bail!("{other:?}"),
        }
    }
    assert_eq!(seen, ["checkout-a", "checkout-b", "checkout-c", "search-a"]);
    world.store.apply(pod("checkout-a", "Failed"));
    assert!(
        matches!(soon(&mut events).await??, Event::Apply(pod) if pod.name_any() == "checkout-a")
    );
    let asked = "/api/v1/namespaces/shop/pods";
    assert_eq!(
        (
            world.knobs.count("GET", asked),
            world.knobs.count("WATCH", asked)
        ),
        (0, 1)
    );
    Ok(())
}

#[tokio::test]
async fn metadata_watches_carry_no_secrets() -> Result<()> {
    let world = World::new().await?;
    world.store.apply(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": "sh.helm.release.v1.checkout.v1", "namespace": "shop", "labels": {"owner": "helm"}},
        "data": {"release": "c2VjcmV0"},
    }));
    let secrets: Api<Secret> = Api::namespaced(world.client("alice")?, "shop");
    let chosen = ListParams::default()
        .labels("owner=helm")
        .fields("type=helm.sh/release.v1");
    let list = secrets.list_metadata(&chosen).await?;
    assert_eq!(names(&list), ["sh.helm.release.v1.checkout.v1"]);
    let metadata: Api<PartialObjectMeta<Secret>> = Api::namespaced(world.client("alice")?, "shop");
    let config = watcher::Config::default().streaming_lists();
    let mut events = pin!(watcher::watcher(metadata, config));
    loop {
        match soon(&mut events).await?? {
            Event::InitApply(secret) => {
                assert!(!serde_json::to_string(&secret)?.contains("c2VjcmV0"));
            }
            Event::InitDone => return Ok(()),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_watch_from_a_forgotten_version_is_gone_and_the_watcher_lists_again() -> Result<()> {
    let world = World::new().await?;
    let pods = world.pods()?;
    let version = pods
        .list(&ListParams::default())
        .await?
        .metadata
        .resource_version;
    world.store.apply(pod("checkout-d", "Running"));
    world.store.compact();
    let mut watch = pin!(
        pods.watch(&WatchParams::default(), &version.context("a version")?)
            .await?
    );
    match soon(&mut watch).await?? {
        WatchEvent::Error(status) => {
            assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
        }
        other => bail!("{other:?}"),
    }
    // Some servers and proxies say it as the HTTP status.
    let gone = Fault::Answer {
        status: 410,
        retry_after: None,
    };
    let asked = "/api/v1/namespaces/shop/pods";
    let watches = Scope::path(asked).method("WATCH").times(1);
    world.knobs.set(watches, gone);
    let params = WatchParams::default();
    assert_eq!(refused(pods.watch(&params, "1").await.map(drop))?.code, 410);
    // A watcher that has listed, and asks for the changes only after they are forgotten.
    world.knobs.reset_counts();
    let mut events = pin!(watcher::watcher(pods, watcher::Config::default()));
    while !matches!(soon(&mut events).await??, Event::InitDone) {}
    world.store.apply(pod("checkout-e", "Running"));
    world.store.compact();
    assert!(soon(&mut events).await?.is_err(), "the watcher tells");
    let mut seen = Vec::new();
    loop {
        match soon(&mut events).await?? {
            Event::Init => {}
            Event::InitApply(pod) => seen.push(pod.name_any()),
            Event::InitDone => break,
            other => bail!("{other:?}"),
        }
    }
    assert!(seen.contains(&"checkout-e".to_owned()), "{seen:?}");
    assert_eq!(world.knobs.count("GET", asked), 2, "one more list");
    Ok(())
}

#[tokio::test]
async fn tables_carry_the_columns_that_kubectl_prints() -> Result<()> {
    let world = World::new().await?;
    let request = http::Request::get("/api/v1/namespaces/shop/pods?limit=1")
        .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
        .body(Vec::new())?;
    let table: Value = world.client("alice")?.request(request).await?;
    assert_eq!(
        (&table["kind"], &table["apiVersion"]),
        (&json!("Table"), &json!("meta.k8s.io/v1"))
    );
    let cells = table.pointer("/rows/0/cells").context("a row")?;
    assert_eq!(
        cells
            .as_array()
            .map(|cells| cells.get(..5).map(<[_]>::to_vec)),
        Some(Some(vec![
            json!("checkout-a"),
            json!("0/1"),
            json!("Running"),
            json!("0"),
            json!("0s"),
        ]))
    );
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(table["columnDefinitions"][2]["name"], "Status");
    Ok(())
}

#[tokio::test]
async fn a_failed_test_of_a_json_patch_is_422_and_changes_nothing() -> Result<()> {
    let world = World::new().await?;
    let before = world.store.apply(flags());
    let api = flag_api(world.client("alice")?);
    let state = "/spec/flagSpec/flags/pay/state";
    let patch = |from: &str| -> Result<Patch<()>> {
        Ok(Patch::Json(serde_json::from_value(json!([
            {"op": "test", "path": state, "value": from},
            {"op": "replace", "path": state, "value": "DISABLED"},
        ]))?))
    };
    let params = PatchParams::apply("flightdeck/alice");
    let wrong = refused(api.patch("flags", &params, &patch("DISABLED")?).await)?;
    assert_eq!((wrong.code, wrong.reason.as_str()), (422, "Invalid"));
    assert_eq!(
        world.store.get("featureflags", "shop", "flags"),
        Some(before.clone())
    );
    let dry = api
        .patch("flags", &params.clone().dry_run(), &patch("ENABLED")?)
        .await?;
    assert_eq!(dry.data.pointer(state), Some(&json!("DISABLED")));
    assert_eq!(
        world.store.get("featureflags", "shop", "flags"),
        Some(before)
    );
    let done = api.patch("flags", &params, &patch("ENABLED")?).await?;
    assert_eq!(done.metadata.generation, Some(2));
    let managers: Vec<_> = done
        .managed_fields()
        .iter()
        .filter_map(|entry| entry.manager.clone())
        .collect();
    assert!(
        managers.contains(&"flightdeck/alice".to_owned()),
        "{managers:?}"
    );
    Ok(())
}

#[tokio::test]
async fn writes_from_an_old_version_conflict() -> Result<()> {
    let world = World::new().await?;
    let api: Api<ConfigMap> = Api::namespaced(world.client("alice")?, "shop");
    let config = |value: &str| -> Result<ConfigMap> {
        Ok(serde_json::from_value(
            json!({"metadata": {"name": "stable"}, "data": {"revision": value}}),
        )?)
    };
    let made = api.create(&PostParams::default(), &config("1")?).await?;
    let again = refused(api.create(&PostParams::default(), &config("1")?).await)?;
    assert_eq!((again.code, again.reason.as_str()), (409, "AlreadyExists"));
    let stale = made.resource_version().context("a version")?;
    let merge = |value: &str, version: &str| {
        Patch::Merge(json!({"metadata": {"resourceVersion": version}, "data": {"revision": value}}))
    };
    let params = PatchParams::default();
    api.patch("stable", &params, &merge("2", &stale)).await?;
    let late = refused(api.patch("stable", &params, &merge("3", &stale)).await)?;
    assert_eq!((late.code, late.reason.as_str()), (409, "Conflict"));
    let mut old = config("3")?;
    old.metadata.resource_version = Some(stale.clone());
    let late = refused(api.replace("stable", &PostParams::default(), &old).await)?;
    assert_eq!((late.code, late.reason.as_str()), (409, "Conflict"));
    let only = DeleteParams {
        preconditions: Some(Preconditions {
            resource_version: Some(stale),
            uid: None,
        }),
        ..DeleteParams::default()
    };
    assert_eq!(refused(api.delete("stable", &only).await)?.code, 409);
    assert_eq!(
        refused(api.patch("nothing", &params, &merge("1", "")).await)?.code,
        404
    );
    api.delete("stable", &DeleteParams::default()).await?;
    assert_eq!(refused(api.get("stable").await)?.reason, "NotFound");
    Ok(())
}

#[tokio::test]
async fn applied_fields_are_shared_and_conflicts_named() -> Result<()> {
    let world = World::new().await?;
    let api: Api<Deployment> = Api::namespaced(world.client("alice")?, "shop");
    let wish = |replicas: i32| {
        Patch::Apply(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "checkout"},
            "spec": {
                "replicas": replicas, "selector": {"matchLabels": {"app": "checkout"}},
                "template": {"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [
                    {"name": "main", "image": "main:1"},
                ]}},
            },
        }))
    };
    api.patch("checkout", &PatchParams::apply("helm"), &wish(2))
        .await?;
    let conflict = refused(
        api.patch("checkout", &PatchParams::apply("other"), &wish(3))
            .await,
    )?;
    assert_eq!((conflict.code, conflict.reason.as_str()), (409, "Conflict"));
    assert!(
        conflict
            .message
            .contains("conflict with \"helm\": .spec.replicas"),
        "{}",
        conflict.message
    );
    let done = api
        .patch("checkout", &PatchParams::apply("other").force(), &wish(3))
        .await?;
    assert_eq!(done.spec.replicas, Some(3));
    Ok(())
}

#[tokio::test]
async fn a_review_says_what_will_be_refused() -> Result<()> {
    let world = World::new().await?;
    world.store.apply(flags());
    let bob = world.client("bob")?;
    let may = async |verb: &str, namespace: &str| -> Result<bool> {
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    group: Some("core.openfeature.dev".to_owned()),
                    resource: Some("featureflags".to_owned()),
                    verb: Some(verb.to_owned()),
                    namespace: Some(namespace.to_owned()),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let api: Api<SelfSubjectAccessReview> = Api::all(bob.clone());
        let answer = api.create(&PostParams::default(), &review).await?;
        Ok(answer.status.context("a status")?.allowed)
    };
    assert!(may("get", "shop").await?);
    assert!(!may("get", "ops").await?);
    assert!(!may("patch", "shop").await?);
    let patch = Patch::Merge(json!({"spec": null}));
    let refusal = refused(
        flag_api(bob.clone())
            .patch("flags", &PatchParams::default(), &patch)
            .await,
    )?;
    assert_eq!(refusal.code, 403);
    assert_eq!(
        refusal.message,
        "featureflags.core.openfeature.dev \"flags\" is forbidden: User \"bob\" cannot patch resource \"featureflags\" in API group \"core.openfeature.dev\" in the namespace \"shop\""
    );
    let stranger = flag_api(world.client("mallory")?);
    assert_eq!(refused(stranger.get("flags").await)?.code, 401);
    Ok(())
}

#[tokio::test]
async fn the_clients_audit_id_is_in_the_answer_and_in_the_log() -> Result<()> {
    let world = World::new().await?;
    world.store.apply(flags());
    let answer = patch_with_id(&world, "4f9f3a6e-0000-4000-8000-000000000001").await?;
    assert_eq!(answer, "4f9f3a6e-0000-4000-8000-000000000001");
    let log = world.server.audit();
    let writes: Vec<_> = log.iter().filter(|entry| entry.is_write()).collect();
    match writes.as_slice() {
        [entry] => {
            assert_eq!(
                (entry.id.as_str(), entry.user.as_str(), entry.code),
                (answer.as_str(), "alice", 200)
            );
            assert_eq!(
                (entry.verb.as_str(), entry.name.as_str()),
                ("patch", "flags")
            );
        }
        other => bail!("{other:?}"),
    }
    Ok(())
}

async fn patch_with_id(world: &World, id: &str) -> Result<String> {
    let path = "/apis/core.openfeature.dev/v1beta1/namespaces/shop/featureflags/flags";
    let request = http::Request::patch(path)
        .header("Audit-ID", id)
        .header("Content-Type", "application/merge-patch+json")
        .body(kube::client::Body::from(
            br#"{"metadata":{"labels":{"a":"b"}}}"#.to_vec(),
        ))?;
    let answer = world.client("alice")?.send(request).await?;
    let said = answer.headers().get("Audit-ID").context("an Audit-ID")?;
    Ok(said.to_str()?.to_owned())
}

#[tokio::test]
async fn faults_reach_the_client_as_the_real_ones_do() -> Result<()> {
    let world = World::new().await?;
    let pods = world.pods()?;
    let path = "/api/v1/namespaces/shop/pods";
    for status in [401, 403, 409, 429, 500, 503, 504] {
        let fault = Fault::Answer {
            status,
            retry_after: (status == 429).then_some(3),
        };
        world.knobs.set(Scope::path(path).times(1), fault);
        assert_eq!(
            refused(pods.list(&ListParams::default()).await)?.code,
            status
        );
    }
    for fault in [Fault::Garbage, Fault::Drop, Fault::Tear(40)] {
        world.knobs.set(Scope::path(path).times(1), fault.clone());
        assert!(
            pods.list(&ListParams::default()).await.is_err(),
            "{fault:?}"
        );
    }
    assert_eq!(
        pods.list(&ListParams::default()).await?.items.len(),
        4,
        "the faults wore off"
    );
    world.knobs.refuse(true);
    let all = ListParams::default();
    let refusal = pods.list(&all);
    assert!(
        tokio::time::timeout(Duration::from_secs(10), refusal)
            .await?
            .is_err()
    );
    world.knobs.clear();
    while pods.list(&ListParams::default()).await.is_err() {
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test]
async fn the_date_is_the_worlds_and_can_be_wrong() -> Result<()> {
    let world = World::new().await?;
    let date = async || -> Result<String> {
        let request = http::Request::get("/version").body(kube::client::Body::empty())?;
        let answer = world.client("alice")?.send(request).await?;
        Ok(answer
            .headers()
            .get("Date")
            .context("a Date")?
            .to_str()?
            .to_owned())
    };
    assert_eq!(date().await?, "Sat, 21 Nov 2026 03:00:00 GMT");
    world
        .knobs
        .set(Scope::path(""), Fault::Skew(SignedDuration::from_mins(-7)));
    assert_eq!(date().await?, "Sat, 21 Nov 2026 02:53:00 GMT");
    Ok(())
}

#[tokio::test]
async fn a_torn_watch_is_taken_up_again_without_a_list() -> Result<()> {
    let world = World::new().await?;
    let asked = "/api/v1/namespaces/shop/pods";
    world.knobs.set(
        Scope::path(asked).method("WATCH").times(1),
        Fault::Tear(1000),
    );
    let mut events = pin!(watcher::watcher(world.pods()?, watcher::Config::default()));
    while !matches!(soon(&mut events).await??, Event::InitDone) {}
    let lists = world.knobs.count("GET", asked);
    for step in 0..10 {
        world
            .store
            .apply(pod(&format!("checkout-{step}"), "Running"));
    }
    let mut seen = Vec::new();
    while seen.len() < 10 {
        match soon(&mut events).await? {
            Ok(Event::Apply(pod)) => seen.push(pod.name_any()),
            Ok(other) => bail!("{other:?}"),
            Err(_) => {}
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 10, "each once");
    assert_eq!(world.knobs.count("GET", asked), lists);
    Ok(())
}
