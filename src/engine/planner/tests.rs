//! A plan says all that will be done, and a refusal all that stands in the way.

use std::collections::BTreeMap;

use super::{Actor, Refusal, advised, permissions, plan, undo};
use crate::domain::access::{Access, ClusterIdentity, Permission};
use crate::domain::environment::Environment;
use crate::domain::flag::{FlagSource, FlagState};
use crate::domain::fresh::Fresh;
use crate::domain::names::{ClusterName, ClusterUid, FlagKey, ObjectName, OpId, UserName};
use crate::domain::plan::{Confirmation, Intent, Plan, Step, VerifyFlag};
use crate::domain::progress::Outcome;
use crate::domain::source::SourceId;
use crate::domain::write::Write;
use crate::engine::advisor::advise;
use crate::engine::approval::{NotApproved, Proof, approve};
use crate::engine::assess::assess;
use crate::engine::built::{
    FLAG, at, calm, canary, feature_errors, key, place, production, refuses, spread_errors,
};
use crate::engine::evidence::ServiceEvidence;

fn identity() -> ClusterIdentity {
    ClusterIdentity {
        uid: ClusterUid::parse("uid-of-canary").unwrap(),
        version: "v1.36.3".into(),
        context: "eu-canary".into(),
        me: Some(UserName::parse("bob").unwrap()),
    }
}

fn set(environment: Environment, flag: &str, to: FlagState) -> Intent {
    Intent::SetFlag {
        place: place(environment),
        key: key(flag),
        to,
        undoes: None,
    }
}

fn allowed(evidence: &ServiceEvidence, answer: &Access) -> BTreeMap<Permission, Access> {
    evidence
        .environments
        .iter()
        .flat_map(|(e, side)| {
            let source = &side.flags.as_ref().unwrap().value.source;
            permissions(&place(*e), &side.cluster, &side.namespace, source)
        })
        .map(|permission| (permission, answer.clone()))
        .collect()
}

type Clusters = BTreeMap<ClusterName, Fresh<ClusterIdentity>>;

/// Both clusters, as they introduced themselves.
fn clusters(evidence: &ServiceEvidence) -> Clusters {
    let sides = evidence.environments.values();
    let known = sides.map(|side| {
        let uid = format!("uid-of-{}", side.cluster);
        let identity = ClusterIdentity {
            uid: ClusterUid::parse(&uid).unwrap(),
            ..identity()
        };
        (side.cluster.clone(), Fresh::new(identity, at("03:00:00")))
    });
    known.collect()
}

fn actor(clusters: &Clusters) -> Actor<'_> {
    static NONE: BTreeMap<ClusterName, ClusterUid> = BTreeMap::new();
    Actor {
        clusters,
        others: &NONE,
        op: OpId::parse("op-1").unwrap(),
        read_only: None,
        busy: false,
    }
}

fn made(evidence: &ServiceEvidence, intent: &Intent) -> Result<Plan, Refusal> {
    let now = at("03:05:00");
    let advice = advise(evidence, &assess(evidence, now), now);
    let access = allowed(evidence, &Access::Allowed);
    plan(
        intent,
        evidence,
        &actor(&clusters(evidence)),
        Some(&advice),
        &access,
        now,
    )
}

#[test]
fn the_plan_of_what_is_advised_says_everything() {
    let evidence = feature_errors("03:05:00").evidence();
    let now = at("03:05:00");
    let advice = advise(&evidence, &assess(&evidence, now), now);
    let intent = advised(&evidence, &advice).unwrap();
    assert_eq!(intent, set(Environment::Canary, FLAG, FlagState::Disabled));
    let plan = made(&evidence, &intent).unwrap();
    assert_eq!(plan.by.as_ref().map(UserName::as_str), Some("bob"));
    assert_eq!(plan.expires_at, at("03:06:00"));
    assert_eq!(plan.confirmation, Confirmation::Key);
    let said = plan.reason.raw();
    assert!(said.contains(" errors on POST /pay"), "{said}");
    assert_eq!(plan.blast.instances, Some(4));
    assert!(
        plan.blast
            .traffic_share
            .is_some_and(|s| (s - 1.0 / 21.0).abs() < 1e-3)
    );
    assert_eq!(plan.help_seconds, 60);
    assert_eq!(plan.before["state"], "ENABLED");
    let asked: Vec<String> = plan
        .permissions
        .iter()
        .map(|(p, _)| p.to_string())
        .collect();
    assert_eq!(
        asked,
        [
            "patch featureflags.core.openfeature.dev in shop",
            "disableflag services.flightdeck.dev in shop"
        ]
    );
    match plan.steps.as_slice() {
        [
            Step::Write(Write::SetFlag(write)),
            Step::VerifyFlag(VerifyFlag {
                expect,
                instances,
                knew,
                ..
            }),
        ] => {
            assert_eq!(
                (write.from, write.to),
                (FlagState::Enabled, FlagState::Disabled)
            );
            assert_eq!(write.cluster_uid.as_str(), "uid-of-canary");
            assert_eq!(
                (write.uid.as_str(), write.resource_version.as_str()),
                ("uid-canary", "88120")
            );
            assert_eq!((*expect, *instances), (FlagState::Disabled, 4));
            assert_eq!(knew.len(), 4, "{knew:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn production_asks_for_the_name_also_where_it_shares_the_object() {
    let mut evidence = feature_errors("03:05:00").evidence();
    let name = Confirmation::TypeName {
        name: "checkout".to_owned(),
    };
    let of_production = set(Environment::Production, FLAG, FlagState::Enabled);
    assert_eq!(made(&evidence, &of_production).unwrap().confirmation, name);
    let of_canary = set(Environment::Canary, FLAG, FlagState::Disabled);
    assert_eq!(
        made(&evidence, &of_canary).unwrap().confirmation,
        Confirmation::Key
    );
    let cluster = canary(&mut evidence).cluster.clone();
    production(&mut evidence).cluster = cluster;
    assert_eq!(made(&evidence, &of_canary).unwrap().confirmation, name);
}

#[test]
fn two_names_for_one_cluster_are_one_place() {
    let evidence = feature_errors("03:05:00").evidence();
    let of_canary = set(Environment::Canary, FLAG, FlagState::Disabled);
    let with = |uids: [Option<&str>; 2]| {
        let mut known = clusters(&evidence);
        let sides = [Environment::Canary, Environment::Production];
        for (side, uid) in sides.iter().zip(uids) {
            let name = &evidence.environments[side].cluster;
            match uid {
                Some(uid) => {
                    known.get_mut(name).unwrap().value.uid = ClusterUid::parse(uid).unwrap();
                }
                None => drop(known.remove(name)),
            }
        }
        let access = allowed(&evidence, &Access::Allowed);
        let now = at("03:05:00");
        plan(&of_canary, &evidence, &actor(&known), None, &access, now).unwrap()
    };
    for uids in [[Some("a"), Some("b")], [Some("a"), None]] {
        let apart = with(uids);
        assert_eq!(apart.confirmation, Confirmation::Key);
        assert_eq!((apart.blast.also, apart.blast.instances), (vec![], Some(4)));
    }
    let one = with([Some("a"), Some("a")]);
    assert_eq!(
        one.confirmation,
        Confirmation::TypeName {
            name: "checkout".to_owned()
        }
    );
    assert_eq!(one.blast.also, [place(Environment::Production)]);
    assert_eq!(one.blast.instances, Some(8));
    assert!(
        one.blast
            .traffic_share
            .is_some_and(|s| (s - 1.0).abs() < 1e-3)
    );
}

type Bend = fn(&mut ServiceEvidence);

#[test]
fn everything_that_can_be_wrong_is_told_apart() {
    let intent = set(Environment::Canary, FLAG, FlagState::Disabled);
    let canary_place = place(Environment::Canary);
    let table: [(Bend, Intent, Refusal); 6] = [
        (
            |_| (),
            set(Environment::Uat, FLAG, FlagState::Disabled),
            Refusal::NoEnvironment(Environment::Uat),
        ),
        (
            |e| canary(e).flags = None,
            intent.clone(),
            Refusal::FlagsUnknown(canary_place.clone()),
        ),
        (
            |e| {
                e.sources.insert(
                    SourceId::Flags(place(Environment::Canary)),
                    refuses(Some(at("03:04:00"))),
                );
            },
            intent.clone(),
            Refusal::FlagsStale {
                place: canary_place.clone(),
                seconds: 60,
            },
        ),
        (
            |_| (),
            set(Environment::Canary, "new-paymet-flow", FlagState::Disabled),
            Refusal::NoSuchFlag {
                place: canary_place.clone(),
                key: key("new-paymet-flow"),
                nearest: Some(key(FLAG)),
            },
        ),
        (
            |_| (),
            set(Environment::Canary, "dark-mode", FlagState::Disabled),
            Refusal::NoSuchFlag {
                place: canary_place,
                key: key("dark-mode"),
                nearest: None,
            },
        ),
        (
            |_| (),
            set(Environment::Canary, FLAG, FlagState::Enabled),
            Refusal::Already {
                key: key(FLAG),
                state: FlagState::Enabled,
            },
        ),
    ];
    for (bend, intent, expected) in table {
        let mut evidence = feature_errors("03:05:00").evidence();
        bend(&mut evidence);
        let now = at("03:05:00");
        let access = BTreeMap::new();
        let refused = plan(
            &intent,
            &evidence,
            &actor(&clusters(&evidence)),
            None,
            &access,
            now,
        );
        assert_eq!(refused, Err(expected));
    }
}

#[test]
fn who_may_not_write_is_told_the_missing_verb() {
    let evidence = feature_errors("03:05:00").evidence();
    let intent = set(Environment::Canary, FLAG, FlagState::Disabled);
    let now = at("03:05:00");
    let known = clusters(&evidence);
    let ask = |actor: &Actor<'_>, access: &BTreeMap<Permission, Access>| {
        plan(&intent, &evidence, actor, None, access, now)
    };
    let mut access = allowed(&evidence, &Access::Allowed);
    let (missing, answer) = access
        .iter_mut()
        .find(|(p, _)| p.verb == "disableflag")
        .unwrap();
    let missing = missing.clone();
    *answer = Access::Denied;
    assert_eq!(
        ask(&actor(&known), &access),
        Err(Refusal::Denied(vec![missing]))
    );
    // Not installed and not known are no denial.
    for answer in [
        Access::NotInstalled,
        Access::Unknown {
            why: "timed out".into(),
        },
    ] {
        assert!(ask(&actor(&known), &allowed(&evidence, &answer)).is_ok());
    }
    let plan = ask(&actor(&known), &BTreeMap::new()).unwrap();
    assert!(
        plan.permissions
            .iter()
            .all(|(_, a)| matches!(a, Access::Unknown { .. }))
    );
    let read_only = Actor {
        read_only: Some("--read-only"),
        ..actor(&known)
    };
    let why = "--read-only".to_owned();
    assert_eq!(ask(&read_only, &access), Err(Refusal::ReadOnly { why }));
    let busy = Actor {
        busy: true,
        ..actor(&known)
    };
    assert_eq!(
        ask(&busy, &access),
        Err(Refusal::Busy(place(Environment::Canary)))
    );
    let none = Clusters::new();
    let nobody = Actor {
        clusters: &none,
        ..actor(&known)
    };
    assert_eq!(ask(&nobody, &access), Err(Refusal::ClusterUnknown));
}

#[test]
fn what_is_advised_may_be_nothing_or_not_ours_to_do() {
    let now = at("03:05:00");
    for (story, expected) in [
        (calm("03:05:00"), Refusal::NothingAdvised),
        (spread_errors("03:05:00"), Refusal::ByHand),
    ] {
        let evidence = story.evidence();
        let advice = advise(&evidence, &assess(&evidence, now), now);
        assert_eq!(advised(&evidence, &advice), Err(expected));
    }
}

/// Writes what a plan says into the evidence, as the cluster would show it.
fn carried_out(evidence: &mut ServiceEvidence, plan: &Plan, flag: &FlagKey) {
    let set = &mut canary(evidence).flags.as_mut().unwrap().value;
    set.resource_version = "88123".to_owned();
    let definition = set.flags.get_mut(flag).unwrap();
    definition.state = FlagState::Disabled;
    definition.definition = super::set_flag::with_state(&plan.before, FlagState::Disabled);
}

#[test]
fn undo_is_a_plan_until_somebody_else_changes_the_flag() {
    let mut evidence = feature_errors("03:05:00").evidence();
    let now = at("03:05:00");
    let done = made(
        &evidence,
        &set(Environment::Canary, FLAG, FlagState::Disabled),
    )
    .unwrap();
    let verified = Outcome::Verified { instances: 4 };
    let refused = Outcome::Refused { why: "no".into() };
    carried_out(&mut evidence, &done, &key(FLAG));
    assert_eq!(
        undo(&done, None, &evidence, now),
        Err(Refusal::NothingToUndo)
    );
    assert_eq!(
        undo(&done, Some(&refused), &evidence, now),
        Err(Refusal::NothingToUndo)
    );
    // The watch has not told our own change yet: nobody else is accused of it.
    let before = feature_errors("03:05:00").evidence();
    let unseen = Refusal::OwnChangeUnseen { key: key(FLAG) };
    assert_eq!(undo(&done, Some(&verified), &before, now), Err(unseen));
    let intent = undo(&done, Some(&verified), &evidence, now).unwrap();
    let back = made(&evidence, &intent).unwrap();
    assert_eq!(back.reason.raw(), "takes back op-1");
    assert!(matches!(&back.steps[0], Step::Write(Write::SetFlag(w)) if w.to == FlagState::Enabled));
    let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
    flags.get_mut(&key(FLAG)).unwrap().definition["defaultVariant"] = "off".into();
    let changed = Refusal::ChangedSince { key: key(FLAG) };
    assert_eq!(undo(&done, Some(&verified), &evidence, now), Err(changed));
}

#[test]
fn a_file_is_given_longer_than_a_resource() {
    let mut evidence = feature_errors("03:05:00").evidence();
    let intent = set(Environment::Canary, FLAG, FlagState::Disabled);
    let quick = made(&evidence, &intent).unwrap();
    let set = &mut canary(&mut evidence).flags.as_mut().unwrap().value;
    set.source = FlagSource::ConfigMap {
        namespace: set.source.namespace().clone(),
        name: ObjectName::parse("flags").unwrap(),
        key: "flags.json".to_owned(),
    };
    let slow = made(&evidence, &intent).unwrap();
    assert!(slow.usual_seconds > quick.usual_seconds);
    assert_eq!(
        slow.permissions[0].0.to_string(),
        "patch configmaps in shop"
    );
}

#[test]
fn a_confirmation_is_as_strong_as_what_is_touched() {
    let evidence = feature_errors("03:05:00").evidence();
    let of_canary = || {
        made(
            &evidence,
            &set(Environment::Canary, FLAG, FlagState::Disabled),
        )
        .unwrap()
    };
    let of_production = || {
        made(
            &evidence,
            &set(Environment::Production, FLAG, FlagState::Enabled),
        )
        .unwrap()
    };
    let now = at("03:05:30");
    let typed = |name: &str| Proof::Typed(name.to_owned());
    assert_eq!(
        approve(of_canary(), &Proof::Key, now).map(|a| a.get().op.clone()),
        Ok(of_canary().op)
    );
    assert_eq!(
        approve(of_production(), &Proof::Key, now),
        Err(NotApproved::NeedsName)
    );
    assert_eq!(
        approve(of_production(), &typed("chekout"), now),
        Err(NotApproved::WrongName)
    );
    assert!(approve(of_production(), &typed("checkout"), now).is_ok());
    assert!(approve(of_production(), &Proof::Headless, now).is_ok());
    let late = at("03:06:01");
    assert_eq!(
        approve(of_canary(), &Proof::Key, late),
        Err(NotApproved::Expired)
    );
    let mut denied = of_canary();
    denied.permissions[0].1 = Access::Denied;
    assert_eq!(
        approve(denied, &Proof::Key, now),
        Err(NotApproved::NotAllowed)
    );
}
