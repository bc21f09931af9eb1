//! A name of a cluster behind which another one comes up while the deck runs.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::app::effect::Effect;
use crate::app::start;
use crate::app::state::{Mode, State};
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::names::{ClusterUid, FlagKey, OpId};
use crate::domain::observation::Epoch;
use crate::domain::plan::Intent;
use crate::engine::built::{FLAG, feature_errors, place};
use crate::engine::planner::{Actor, Refusal, plan};

fn at(second: i64) -> Timestamp {
    "2026-11-21T03:05:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

fn seen(state: &mut State, source: SourceId, second: i64, fact: Fact) -> Effects {
    let observation = Observation {
        source,
        epoch: Epoch(1),
        at: at(second),
        fact,
    };
    heard(&mut state.world, observation)
}

/// Why no plan for canary's flag can be made.
fn refusal(state: &State) -> Option<Refusal> {
    let intent = Intent::SetFlag {
        place: place(Environment::Canary),
        key: FlagKey::parse(FLAG).unwrap(),
        to: FlagState::Disabled,
        undoes: None,
    };
    let actor = Actor {
        clusters: &state.world.clusters,
        others: &state.world.others,
        op: OpId::parse("op-1").unwrap(),
        read_only: None,
        busy: false,
    };
    let service = state.world.services.values().next().unwrap();
    plan(
        &intent,
        &service.evidence,
        &actor,
        None,
        &state.world.access,
        at(3),
    )
    .err()
}

#[test]
fn whoever_answered_first_is_the_cluster_for_as_long_as_the_deck_runs() {
    let evidence = feature_errors("03:05:00").evidence();
    let side = evidence.environments[&Environment::Canary].clone();
    let cluster = side.cluster.clone();
    let mut state = start(vec![evidence], Mode::Live, at(0), 1).unwrap();
    let kubernetes = SourceId::Kubernetes(cluster.clone());
    let flags = SourceId::Flags(place(Environment::Canary));
    let identity = |uid: &str| {
        Fact::Cluster(
            cluster.clone(),
            ClusterIdentity {
                uid: ClusterUid::parse(uid).unwrap(),
                version: "v1.36.3".into(),
                context: "eu-canary".into(),
                me: None,
            },
        )
    };
    let pinned = |state: &State| state.world.clusters[&cluster].value.uid.clone();
    let _ = seen(&mut state, kubernetes.clone(), 0, identity("first"));
    let set = side.flags.unwrap().value;
    let told = Fact::Flags(place(Environment::Canary), set.clone());
    let _ = seen(&mut state, flags.clone(), 0, told);
    assert_eq!(refusal(&state), None);

    // Another one comes up: it is not taken for the first, and nothing of it counts.
    let _ = seen(&mut state, kubernetes.clone(), 1, identity("second"));
    let mut theirs = set.clone();
    theirs.uid = "theirs".to_owned();
    let told = Fact::Flags(place(Environment::Canary), theirs);
    let _ = seen(&mut state, flags.clone(), 1, told);
    assert_eq!(pinned(&state).as_str(), "first");
    for source in [&kubernetes, &flags] {
        let how = &state.world.sources[source];
        assert!(
            matches!(how, SourceState::Failing { trouble, .. }
                if trouble.message.raw().contains("its uid is second")),
            "{how:?}"
        );
    }
    let service = state.world.services.values().next().unwrap();
    let kept = service.evidence.environments[&Environment::Canary]
        .flags
        .clone();
    assert_eq!(kept.unwrap().value.uid, "uid-canary");
    let found = ClusterUid::parse("second").unwrap();
    let other = Refusal::OtherCluster {
        cluster: cluster.clone(),
        found,
    };
    assert_eq!(refusal(&state), Some(other));

    // The first is back: what was dropped is asked for again.
    let effects = seen(&mut state, kubernetes, 2, identity("first"));
    assert!(
        effects.0.contains(&Effect::Refresh(flags.clone())),
        "{effects:?}"
    );
    let told = Fact::Flags(place(Environment::Canary), set);
    let _ = seen(&mut state, flags, 2, told);
    assert_eq!(refusal(&state), None);
}
