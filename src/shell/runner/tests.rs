//! Whom an operation waits for.

use super::*;
use crate::domain::access::ClusterIdentity;
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::fresh::Fresh;
use crate::domain::names::ClusterUid;
use crate::domain::plan::Intent;
use crate::engine::built::{FLAG, at, feature_errors, key, place};
use crate::engine::planner::{self, Actor};

#[test]
fn a_plan_waits_for_the_clusters_of_its_own_steps_alone() {
    let evidence = feature_errors("03:05:00").evidence();
    let environments = evidence.environments.iter();
    let clusters: BTreeMap<Place, ClusterName> = environments
        .map(|(name, side)| (place(*name), side.cluster.clone()))
        .collect();
    let canary = clusters[&place(Environment::Canary)].clone();
    let identity = ClusterIdentity {
        uid: ClusterUid::parse("uid-of-canary").unwrap(),
        version: "v1.36.3".into(),
        context: "eu-canary".into(),
        me: None,
    };
    let known = BTreeMap::from([(canary.clone(), Fresh::new(identity, at("03:05:00")))]);
    let intent = Intent::SetFlag {
        place: place(Environment::Canary),
        key: key(FLAG),
        to: FlagState::Disabled,
        undoes: None,
    };
    let actor = Actor {
        clusters: &known,
        others: &BTreeMap::new(),
        op: OpId::parse("op-1").unwrap(),
        read_only: None,
        busy: false,
    };
    let access = BTreeMap::new();
    let plan = planner::plan(&intent, &evidence, &actor, None, &access, at("03:05:00")).unwrap();
    let places = Places {
        clusters: Arc::new(clusters),
        ..Places::default()
    };
    assert_eq!(places.clusters.len(), 2);
    assert_eq!(needed(&plan, &places), BTreeSet::from([canary]));
}
