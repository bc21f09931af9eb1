//! Flags on the wire: their definitions as they change, and the one write with every way in which it can fail.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use flightdeck::adapters::flagd::{
    Feeds, Instances, OfrepSettings, Settings, WriteError, Written, dry_run, read_flags, run,
    set_flag,
};
use flightdeck::adapters::transport::clients::cluster_uid;
use flightdeck::adapters::transport::{Clients, Login};
use flightdeck::domain::clock::Clock as _;
use flightdeck::domain::flag::{Answer, Evaluations, FlagSet, FlagSource, FlagState};
use flightdeck::domain::names::{ClusterUid, FlagKey, ObjectName, OpId};
use flightdeck::domain::observation::Fact;
use flightdeck::domain::plan::{BlastRadius, Confirmation, Intent, Plan, Step};
use flightdeck::domain::progress::{Happening, Outcome};
use flightdeck::domain::source::{SourceId, TroubleKind};
use flightdeck::domain::write::{SetFlag, Write};
use flightdeck::executor::{Tools, read_after};
use flightdeck::shell::clock::SystemClock;
use flightdeck::sim::knobs::{Fault, Scope};
use flightdeck::sim::{Options, Running, Sim};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::cluster::{Cluster, Ear, cluster_name, open, place, shop};

const FLAGS: &str = "/apis/core.openfeature.dev/v1beta1/namespaces/shop/featureflags/flags";

fn feature_flag() -> FlagSource {
    FlagSource::FeatureFlag {
        namespace: shop(),
        name: ObjectName::parse("flags").unwrap(),
    }
}

fn config_map() -> FlagSource {
    FlagSource::ConfigMap {
        namespace: shop(),
        name: ObjectName::parse("flags").unwrap(),
        key: "flags.json".to_owned(),
    }
}

fn flags(state: &str) -> Value {
    json!({
        "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
        "metadata": {"name": "flags", "namespace": "shop"},
        "spec": {"flagSpec": {"flags": {
            "new/pay~ment": {"state": state, "variants": {"on": true, "off": false}, "defaultVariant": "on"},
            "old": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"}
        }}}
    })
}

/// As somebody wrote it by hand.
const TEXT: &str = "{\n   \"$schema\": \"https://flagd.dev/schema/v0/flags.json\",\n   \"flags\": { \"new/pay~ment\": {\"variants\": \
                    {\"on\": true, \"off\": false}, \"state\":   \"ENABLED\",\n \"defaultVariant\": \"on\"} }\n}\n";

fn config(text: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "flags", "namespace": "shop"},
        "data": {"flags.json": text, "other": "x"}
    })
}

fn key() -> FlagKey {
    FlagKey::parse("new/pay~ment").unwrap()
}

async fn world() -> Cluster {
    let cluster = Cluster::new().await;
    cluster
        .store
        .apply_as(flags("ENABLED"), "argocd-controller");
    cluster.store.apply(config(TEXT));
    cluster
}

/// The change that a plan made of what is there now.
async fn planned(cluster: &Cluster, clients: &Clients, source: FlagSource) -> SetFlag {
    let set = read_flags(&clients.read, &source).await.unwrap();
    let from = set.flags[&key()].state;
    SetFlag {
        cluster: cluster_name(),
        cluster_uid: cluster.uid(),
        source,
        uid: set.uid,
        resource_version: set.resource_version,
        key: key(),
        from,
        to: from.other(),
    }
}

async fn send(clients: &Clients, write: &SetFlag) -> Result<Written, WriteError> {
    let op = OpId::parse("op-1").unwrap();
    set_flag(clients, write, &op, "audit-1", "flightdeck/alice").await
}

async fn state(clients: &Clients, source: &FlagSource) -> FlagState {
    let set = read_flags(&clients.read, source).await.unwrap();
    set.flags[&key()].state
}

fn patches(cluster: &Cluster) -> u64 {
    cluster.knobs.count("PATCH", "")
}

#[tokio::test]
async fn a_flag_is_set_by_one_patch_that_the_audit_log_knows() {
    let cluster = world().await;
    let clients = cluster.clients("alice").await;
    let write = planned(&cluster, &clients, feature_flag()).await;

    dry_run(&clients, &write, "flightdeck/alice").await.unwrap();
    assert_eq!(state(&clients, &write.source).await, FlagState::Enabled);

    cluster.knobs.reset_counts();
    let written = send(&clients, &write).await.unwrap();
    assert_ne!(written.resource_version, write.resource_version);
    assert_eq!(patches(&cluster), 1);
    let set = read_flags(&clients.read, &write.source).await.unwrap();
    assert_eq!(set.resource_version, written.resource_version);
    let flag = &set.flags[&key()];
    assert_eq!(flag.state, FlagState::Disabled);
    assert_eq!(flag.changed.as_ref().unwrap().by.raw(), "flightdeck/alice");
    assert_eq!(
        set.flags[&FlagKey::parse("old").unwrap()].state,
        FlagState::Enabled
    );
    let audit = cluster.api.audit();
    let entry = audit.iter().find(|entry| entry.id == "audit-1").unwrap();
    assert_eq!(
        (entry.verb.as_str(), entry.user.as_str(), entry.code),
        ("patch", "alice", 200)
    );
    assert!(entry.user_agent.starts_with("flightdeck/"));

    let undo = planned(&cluster, &clients, feature_flag()).await;
    assert_eq!(undo.to, FlagState::Enabled);
    send(&clients, &undo).await.unwrap();
    assert_eq!(state(&clients, &undo.source).await, FlagState::Enabled);
}

#[tokio::test]
async fn a_config_map_keeps_every_byte_but_the_state() {
    let cluster = world().await;
    let clients = cluster.clients("alice").await;
    let text = || {
        let stored = cluster.store.get("configmaps", "shop", "flags").unwrap();
        assert_eq!(stored["data"]["other"], "x");
        stored["data"]["flags.json"].as_str().unwrap().to_owned()
    };
    let write = planned(&cluster, &clients, config_map()).await;
    dry_run(&clients, &write, "flightdeck/alice").await.unwrap();
    assert_eq!(text(), TEXT);
    send(&clients, &write).await.unwrap();
    assert_eq!(text(), TEXT.replace("ENABLED", "DISABLED"));
    send(&clients, &planned(&cluster, &clients, config_map()).await)
        .await
        .unwrap();
    assert_eq!(text(), TEXT, "undo restores the text");

    let stale = planned(&cluster, &clients, config_map()).await;
    cluster
        .store
        .apply_as(config("{\"flags\": {}}"), "kubectl-edit");
    match send(&clients, &stale).await {
        Err(WriteError::Changed { found: Some(found) }) => {
            assert_eq!(found.state, None);
            assert_eq!(found.changed.unwrap().by.raw(), "kubectl-edit");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(patches(&cluster), 3);
}

#[tokio::test]
async fn what_is_not_as_planned_is_not_written_over() {
    let cluster = world().await;
    let clients = cluster.clients("alice").await;
    let write = planned(&cluster, &clients, feature_flag()).await;

    let mut elsewhere = write.clone();
    elsewhere.cluster_uid = ClusterUid::parse("another").unwrap();
    let found = cluster.uid();
    assert_eq!(
        send(&clients, &elsewhere).await,
        Err(WriteError::OtherCluster { found })
    );
    assert_eq!(patches(&cluster), 0);

    cluster
        .store
        .apply_as(flags("DISABLED"), "argocd-controller");
    match send(&clients, &write).await {
        Err(WriteError::Changed { found: Some(found) }) => {
            assert_eq!(found.uid, write.uid);
            assert_ne!(found.resource_version, write.resource_version);
            assert_eq!(found.state, Some(FlagState::Disabled));
            assert_eq!(found.changed.unwrap().by.raw(), "argocd-controller");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(patches(&cluster), 1, "a failed test is not tried again");

    // The same name made anew is another object.
    cluster
        .store
        .remove("featureflags.core.openfeature.dev", "shop", "flags");
    assert_eq!(
        send(&clients, &write).await,
        Err(WriteError::Changed { found: None })
    );
    cluster.store.apply(flags("ENABLED"));
    match send(&clients, &write).await {
        Err(WriteError::Changed { found: Some(found) }) => assert_ne!(found.uid, write.uid),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_conflict_is_told_as_what_is_there() {
    let cluster = world().await;
    let clients = cluster.clients("alice").await;
    let write = planned(&cluster, &clients, feature_flag()).await;
    let conflict = Fault::Answer {
        status: 409,
        retry_after: None,
    };
    cluster
        .knobs
        .set(Scope::path(FLAGS).method("PATCH"), conflict);
    // Everything is as planned, so it was something else that the server did not like.
    assert!(matches!(
        send(&clients, &write).await,
        Err(WriteError::Refused { .. })
    ));
    cluster.store.apply_as(flags("DISABLED"), "kubectl-edit");
    assert!(matches!(
        send(&clients, &write).await,
        Err(WriteError::Changed { .. })
    ));
    assert_eq!(patches(&cluster), 2);
}

#[tokio::test]
async fn a_refusal_is_certain_and_sent_once() {
    let cluster = world().await;
    let carol = cluster.clients("carol").await;
    let write = planned(&cluster, &carol, feature_flag()).await;
    match send(&carol, &write).await {
        Err(WriteError::Refused { why }) => assert_eq!(why.kind, TroubleKind::Forbidden),
        other => panic!("{other:?}"),
    }
    match dry_run(&carol, &write, "flightdeck/carol").await {
        Err(WriteError::Refused { why }) => assert_eq!(why.kind, TroubleKind::Forbidden),
        other => panic!("{other:?}"),
    }
    let alice = cluster.clients("alice").await;
    cluster.knobs.reset_counts();
    cluster.knobs.set(
        Scope::path(FLAGS).method("PATCH"),
        Fault::Answer {
            status: 429,
            retry_after: Some(1),
        },
    );
    match send(&alice, &write).await {
        Err(WriteError::Refused { why }) => assert_eq!(why.kind, TroubleKind::Throttled),
        other => panic!("{other:?}"),
    }
    assert_eq!(patches(&cluster), 1);
    assert_eq!(state(&alice, &write.source).await, FlagState::Enabled);

    cluster.knobs.refuse(true);
    assert!(matches!(
        send(&alice, &write).await,
        Err(WriteError::NotSent { .. })
    ));
}

#[tokio::test]
async fn without_a_clear_answer_the_outcome_is_unknown_and_nothing_is_sent_again() {
    let answer = |status| Fault::Answer {
        status,
        retry_after: None,
    };
    // The torn answer is of a write that was carried out, the others of one that was not: the client can't tell.
    for (fault, after) in [
        (Fault::Tear(0), FlagState::Disabled),
        (Fault::Drop, FlagState::Enabled),
        (answer(502), FlagState::Enabled),
        (answer(503), FlagState::Enabled),
        (answer(504), FlagState::Enabled),
    ] {
        let cluster = world().await;
        let clients = cluster.clients("alice").await;
        let write = planned(&cluster, &clients, feature_flag()).await;
        cluster
            .knobs
            .set(Scope::path(FLAGS).method("PATCH"), fault.clone());
        let outcome = send(&clients, &write).await;
        assert!(
            matches!(outcome, Err(WriteError::Unknown { .. })),
            "{fault:?}: {outcome:?}"
        );
        assert_eq!(patches(&cluster), 1, "{fault:?}");
        assert_eq!(state(&clients, &write.source).await, after, "{fault:?}");
    }
}

/// What reading after finds of a plan whose write is bent.
async fn read_after_with(clients: &Clients, write: SetFlag) -> Outcome {
    let clock = SystemClock;
    let plan = Plan {
        op: OpId::parse("op-1").unwrap(),
        intent: Intent::SetFlag {
            place: place(),
            key: key(),
            to: write.to,
            undoes: None,
        },
        by: None,
        made_at: clock.now(),
        expires_at: clock.now(),
        blast: BlastRadius {
            place: place(),
            also: Vec::new(),
            instances: None,
            traffic_share: None,
        },
        steps: vec![Step::Write(Write::SetFlag(write))],
        permissions: Vec::new(),
        confirmation: Confirmation::Key,
        reason: "x".into(),
        owner: None,
        usual_seconds: 10,
        help_seconds: 60,
        before: Value::Null,
    };
    let tools = Tools {
        clusters: Arc::new([(cluster_name(), clients.clone())].into()),
        ofrep: Arc::default(),
        clusters_of: Arc::default(),
        manager: "flightdeck/alice".to_owned(),
        clock: Arc::new(clock),
    };
    let found = read_after(&plan, &tools).await.what;
    let Happening::Ended(outcome) = found else {
        panic!("{found:?}");
    };
    outcome
}

#[tokio::test]
async fn reading_after_looks_at_the_planned_cluster_and_object_and_no_other() {
    let cluster = world().await;
    let clients = cluster.clients("alice").await;
    let write = planned(&cluster, &clients, feature_flag()).await;
    let elsewhere = SetFlag {
        cluster_uid: ClusterUid::parse("another").unwrap(),
        ..write.clone()
    };
    let outcome = read_after_with(&clients, elsewhere).await;
    let uid = cluster.uid();
    assert!(
        matches!(&outcome, Outcome::Unknown { why } if why.raw().contains(uid.as_str())),
        "{outcome:?}"
    );
    // Its request may still come; one whose object is gone, or was changed, will not.
    let outcome = read_after_with(&clients, write.clone()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let bends: [fn(&mut SetFlag); 2] = [
        |write| write.uid = "another".to_owned(),
        |write| write.resource_version = "1".to_owned(),
    ];
    for bend in bends {
        let mut bent = write.clone();
        bend(&mut bent);
        let outcome = read_after_with(&clients, bent).await;
        assert!(matches!(outcome, Outcome::Changed { .. }), "{outcome:?}");
    }
    send(&clients, &write).await.unwrap();
    let outcome = read_after_with(&clients, write).await;
    assert!(matches!(outcome, Outcome::Unverified { .. }), "{outcome:?}");
    assert_eq!(patches(&cluster), 1);
}

fn listen(clients: Clients, source: FlagSource) -> Ear {
    let mut ear = Ear::new();
    let settings = Settings {
        place: place(),
        source,
        ofrep: None,
    };
    let feeds = Feeds {
        definitions: ear.feed(SourceId::Flags(place())),
        evaluations: ear.feed(SourceId::Flagd(place())),
    };
    ear.tasks
        .spawn(run(settings, clients, feeds, Arc::new(Notify::new())));
    ear
}

async fn set(ear: &mut Ear) -> FlagSet {
    ear.fact(|fact| {
        let Fact::Flags(at, set) = fact else {
            return None;
        };
        (*at == place()).then(|| set.clone())
    })
    .await
}

#[tokio::test]
async fn definitions_are_followed_and_a_source_that_goes_away_says_so() {
    let cluster = world().await;
    let clients = cluster.clients("alice").await;
    for source in [feature_flag(), config_map()] {
        let mut ear = listen(clients.clone(), source.clone());
        let first = set(&mut ear).await;
        assert_eq!(first.source, source);
        assert_eq!(first.flags[&key()].state, FlagState::Enabled);
        send(&clients, &planned(&cluster, &clients, source).await)
            .await
            .unwrap();
        let second = set(&mut ear).await;
        assert_eq!(second.flags[&key()].state, FlagState::Disabled);
        assert_eq!(
            second.flags[&key()].changed.as_ref().unwrap().by.raw(),
            "flightdeck/alice"
        );
        let names: BTreeSet<&FlagKey> = second.flags.keys().collect();
        assert_eq!(names, first.flags.keys().collect());
        ear.end().await;
    }
    let mut ear = listen(clients, feature_flag());
    set(&mut ear).await;
    cluster
        .store
        .remove("featureflags.core.openfeature.dev", "shop", "flags");
    ear.trouble_of(TroubleKind::NotFound).await;
    cluster.store.apply(flags("ENABLED"));
    ear.until(|o| matches!(o.fact, Fact::Flags(..)).then_some(()))
        .await;
    ear.end().await;
}

/// A whole simulated world, the deck told of canary's four instances.
async fn served() -> (Running, Clients, Settings) {
    let world = Sim::start(Options::new("calm")).await.unwrap();
    let clients = open(&world.kubeconfig("alice")).await;
    let addresses = world.canary.flagd.iter();
    let addresses = addresses.map(|at| format!("http://{at}").parse().unwrap());
    let settings = Settings {
        place: place(),
        source: feature_flag(),
        ofrep: Some(OfrepSettings {
            addresses: addresses.collect(),
            login: Login::default(),
            every: Duration::from_secs(2),
        }),
    };
    (world, clients, settings)
}

fn answers(all: &Evaluations, key: &FlagKey) -> Vec<Answer> {
    let of = all.flags.get(key).into_iter().flatten();
    of.map(|evaluation| evaluation.answer.clone()).collect()
}

async fn evaluated(ear: &mut Ear, wanted: impl Fn(&Evaluations) -> bool) -> Evaluations {
    ear.fact(|fact| {
        let Fact::Evaluations(_, all) = fact else {
            return None;
        };
        wanted(all).then(|| all.clone())
    })
    .await
}

#[tokio::test]
async fn each_instance_is_asked_by_itself_and_a_change_shows_at_each() {
    let (world, clients, settings) = served().await;
    let key = FlagKey::parse("gift-cards").unwrap();
    let asked = settings.ofrep.clone().unwrap();
    let mut ear = Ear::new();
    let feeds = Feeds {
        definitions: ear.feed(SourceId::Flags(place())),
        evaluations: ear.feed(SourceId::Flagd(place())),
    };
    let now = Arc::new(Notify::new());
    ear.tasks
        .spawn(run(settings, clients.clone(), feeds, now.clone()));
    let first = evaluated(&mut ear, |_| true).await;
    assert_eq!(answers(&first, &key).len(), 4);
    assert!(
        answers(&first, &key)
            .iter()
            .all(|answer| answer.is_on() == Some(true)),
        "{first:?}"
    );

    let set = read_flags(&clients.read, &feature_flag()).await.unwrap();
    let write = SetFlag {
        cluster: cluster_name(),
        cluster_uid: cluster_uid(&clients.read).await.unwrap(),
        source: feature_flag(),
        uid: set.uid,
        resource_version: set.resource_version,
        key: key.clone(),
        from: FlagState::Enabled,
        to: FlagState::Disabled,
    };
    send(&clients, &write).await.unwrap();
    let off = |all: &Evaluations| answers(all, &key) == [const { Answer::Disabled }; 4];
    evaluated(&mut ear, off).await;

    // The same by asking each for the one flag, as the executor verifies.
    let instances = Instances::open(&asked, &clients.read).await.unwrap();
    let all = instances.evaluate(&key).await;
    assert!(all.iter().all(|e| e.answer == Answer::Disabled), "{all:?}");
    let names: Vec<&str> = all.iter().map(|e| e.instance.raw()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let none = FlagKey::parse("never/heard-of").unwrap();
    assert!(
        instances
            .evaluate(&none)
            .await
            .iter()
            .all(|e| e.answer.is_on() != Some(true))
    );

    // One that fails is one that failed; the others still count.
    world.canary_knobs.flagd[1].refuse(true);
    now.notify_one();
    let three = evaluated(&mut ear, |all| !off(all)).await;
    let failed = answers(&three, &key);
    let failed = failed.iter().filter(|a| matches!(a, Answer::Failed { .. }));
    assert_eq!(failed.count(), 1);

    for knobs in &world.canary_knobs.flagd {
        knobs.refuse(true);
    }
    now.notify_one();
    ear.trouble_of(TroubleKind::Unreachable).await;
    for knobs in &world.canary_knobs.flagd {
        knobs.refuse(false);
    }
    evaluated(&mut ear, off).await;
    ear.end().await;
}
