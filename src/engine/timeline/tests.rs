use jiff::{SignedDuration, Timestamp};

use super::{Asked, Entry, Id, Of, Still, Timeline, What, timeline};
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::{Changed, FlagState};
use crate::domain::names::{OpId, ServiceName};
use crate::domain::plan::{BlastRadius, Confirmation, Intent, Plan};
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::release::{ReleaseStatus, Revision};
use crate::domain::source::{SourceId, SourceState};
use crate::domain::verdict::Metric;
use crate::domain::workload::Rollout;
use crate::engine::advisor::Onset;
use crate::engine::assess::assess;
use crate::engine::built::{
    FLAG, at, both_bad, calm, canary, definition, feature_errors, key, place, production, refuses,
};
use crate::engine::evidence::ServiceEvidence;

const NOW: &str = "03:08:00";

fn name(text: &str) -> ServiceName {
    ServiceName::parse(text).unwrap()
}

/// The same service under another name, with flags of its own.
fn beside(mut evidence: ServiceEvidence, other: &str) -> ServiceEvidence {
    evidence.service = name(other);
    for side in evidence.environments.values_mut() {
        side.flags = None;
    }
    evidence
}

/// The line of checkout's time.
fn told(services: &[ServiceEvidence], operations: &[(Plan, Vec<Progress>)]) -> Timeline {
    within(services, operations, SignedDuration::from_hours(1), false)
}

fn within(
    services: &[ServiceEvidence],
    operations: &[(Plan, Vec<Progress>)],
    within: SignedDuration,
    only: bool,
) -> Timeline {
    let now = at(NOW);
    let assessed: Vec<_> = services.iter().map(|e| assess(e, now)).collect();
    timeline(&Asked {
        services: services.iter().zip(&assessed).collect(),
        operations: operations
            .iter()
            .map(|(plan, told)| (plan, &told[..]))
            .collect(),
        service: &name("checkout"),
        only,
        within,
        now,
    })
}

fn of(entries: &[Entry]) -> Vec<(Timestamp, &Of)> {
    entries.iter().map(|e| (e.at, &e.id.of)).collect()
}

#[test]
fn a_breach_stands_among_what_came_before_it() {
    let told = told(&[feature_errors(NOW).evidence()], &[]);
    let onset = Onset {
        at: at("03:03:00"),
        metric: Metric::Errors,
        on: Environment::Canary,
        than: Some(super::Compared::Canary),
    };
    assert_eq!(told.onset, Some(onset));
    let newest_first = of(&told.entries);
    assert!(newest_first.is_sorted_by_key(|(at, _)| std::cmp::Reverse(*at)));
    let began = told
        .entries
        .iter()
        .find(|entry| told.is_onset(entry))
        .unwrap();
    assert_eq!((began.at, told.distance(began.at)), (onset.at, Some(0)));
    let certain = newest_first
        .iter()
        .find(|(_, of)| **of == Of::Certain(Metric::Errors));
    assert!(
        certain.is_some_and(|(at, _)| *at > onset.at),
        "{newest_first:?}"
    );
    let nearest = told.nearest.unwrap();
    assert_eq!(nearest.id.of, Of::Flag(key(FLAG)));
    assert_eq!(nearest.at, at("03:01:30"));
}

#[test]
fn a_change_within_the_interval_of_the_onset_is_still_before_it() {
    for (changed, nearest) in [
        ("03:03:00", "03:03:00"),
        ("03:03:09", "03:03:09"),
        ("03:03:15", "03:03:15"),
        // Before that one, the release.
        ("03:03:16", "02:59:50"),
    ] {
        let mut evidence = feature_errors(NOW).evidence();
        let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
        flags.get_mut(&key(FLAG)).unwrap().changed = Some(Changed {
            at: at(changed),
            by: "alice".into(),
        });
        let told = told(&[evidence], &[]);
        assert_eq!(told.onset.map(|onset| onset.at), Some(at("03:03:00")));
        assert_eq!(told.nearest.map(|entry| entry.at), Some(at(nearest)));
    }
}

#[test]
fn without_an_onset_there_is_no_distance_and_no_nearest_change() {
    let told = told(&[calm(NOW).evidence()], &[]);
    assert_eq!((told.onset, told.distance(at(NOW))), (None, None));
    assert_eq!(told.nearest, None);
    assert!(!told.entries.is_empty());
    assert!(!told.entries.iter().any(|entry| told.is_onset(entry)));
}

#[test]
fn a_production_that_is_bad_itself_may_be_hurt_by_what_changed_on_canary() {
    let mut evidence = both_bad(NOW).evidence();
    let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
    flags.get_mut(&key(FLAG)).unwrap().changed = Some(Changed {
        at: at("03:02:00"),
        by: "alice".into(),
    });
    let told = told(&[evidence], &[]);
    let onset = told.onset.unwrap();
    assert_eq!(onset.on, Environment::Production);
    assert!(told.entries.iter().any(|entry| told.is_onset(entry)));
    assert_eq!(told.nearest.unwrap().at, at("03:02:00"));
}

#[test]
fn the_window_holds_its_edge_and_nothing_older() {
    let edge = at("02:08:00");
    for (changed, is_there) in [
        (edge, true),
        (edge - SignedDuration::from_secs(1), false),
        // By a clock that is ahead of ours.
        (at("03:08:30"), true),
    ] {
        let mut evidence = calm(NOW).evidence();
        let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
        flags.get_mut(&key(FLAG)).unwrap().changed = Some(Changed {
            at: changed,
            by: "alice".into(),
        });
        production(&mut evidence).flags = None;
        let told = told(&[evidence], &[]);
        let has = told.entries.iter().any(|e| e.id.of == Of::Flag(key(FLAG)));
        assert_eq!(has, is_there, "{changed}");
    }
}

#[test]
fn an_onset_before_the_window_still_counts() {
    let evidence = [feature_errors(NOW).evidence()];
    let told = within(&evidence, &[], SignedDuration::from_mins(1), false);
    assert_eq!(told.distance(at("03:04:00")), Some(60));
    assert!(told.nearest.is_some());
    assert!(!told.entries.iter().any(|entry| told.is_onset(entry)));
}

#[test]
fn of_equal_times_the_cause_stands_below() {
    let mut evidence = feature_errors(NOW).evidence();
    let onset = at("03:03:00");
    let side = canary(&mut evidence);
    let flags = &mut side.flags.as_mut().unwrap().value.flags;
    flags.get_mut(&key(FLAG)).unwrap().changed = Some(Changed {
        at: onset,
        by: "alice".into(),
    });
    let told = told(&[evidence], &[]);
    let then: Vec<&Of> = told
        .entries
        .iter()
        .filter(|e| e.at == onset)
        .map(|e| &e.id.of)
        .collect();
    assert_eq!(then, [&Of::Began(Metric::Errors), &Of::Flag(key(FLAG))]);
    assert_eq!(told.nearest.unwrap().at, onset);
}

#[test]
fn other_services_are_there_and_can_be_left_out() {
    let services = [
        feature_errors(NOW).evidence(),
        beside(feature_errors(NOW).evidence(), "search"),
    ];
    let all = told(&services, &[]);
    let only = within(&services, &[], SignedDuration::from_hours(1), true);
    assert!(
        all.entries
            .iter()
            .any(|e| !e.shown && e.id.place.service == name("search"))
    );
    assert!(only.entries.iter().all(|entry| entry.shown));
    assert_eq!(only.all, all.entries.len());
    // The breach of another service is no onset of this one.
    let onsets = all
        .entries
        .iter()
        .filter(|e| e.id.of == Of::Began(Metric::Errors));
    assert_eq!(onsets.clone().count(), 2);
    assert_eq!(onsets.filter(|e| all.is_onset(e)).count(), 1);
    // Of equal times the shown service's stands first.
    let first = all
        .entries
        .iter()
        .find(|e| e.id.of == Of::Began(Metric::Errors));
    assert!(first.unwrap().shown);
}

#[test]
fn a_flag_that_several_services_read_changed_once() {
    let mut search = calm(NOW).evidence();
    search.service = name("search");
    let told = told(&[search, calm(NOW).evidence()], &[]);
    let changes: Vec<&Entry> = told
        .entries
        .iter()
        .filter(|e| matches!(e.id.of, Of::Flag(_)) && e.id.place.environment == Environment::Canary)
        .collect();
    let [change] = changes[..] else {
        panic!("{changes:?}")
    };
    assert!(change.shown);
    assert!(matches!(
        change.what,
        What::Flags {
            services: 2,
            now: Some(FlagState::Enabled),
            ..
        }
    ));
}

#[test]
fn flags_with_one_record_are_one_entry_that_says_of_none_what_it_is() {
    let mut evidence = calm(NOW).evidence();
    let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
    flags.insert(key("sepa"), definition(FlagState::Disabled, None));
    let told = told(&[evidence], &[]);
    let is_there =
        |e: &&Entry| matches!(e.id.of, Of::Flag(_)) && e.id.place == place(Environment::Canary);
    let entries: Vec<&What> = told
        .entries
        .iter()
        .filter(is_there)
        .map(|e| &e.what)
        .collect();
    let [
        What::Flags {
            keys, now: None, ..
        },
    ] = entries[..]
    else {
        panic!("{entries:?}")
    };
    assert_eq!(*keys, [key(FLAG), key("sepa")]);
}

#[test]
fn releases_by_their_status() {
    for (status, detailed, is_there) in [
        (ReleaseStatus::Deployed, true, true),
        (ReleaseStatus::PendingUpgrade, false, true),
        (ReleaseStatus::Failed, false, true),
        // Its record was changed when the next one came: when it was deployed is not told.
        (ReleaseStatus::Superseded, false, false),
        (ReleaseStatus::Superseded, true, true),
    ] {
        let mut evidence = calm(NOW).evidence();
        let releases = &mut canary(&mut evidence).releases.as_mut().unwrap().value;
        let last = releases.revisions.last_mut().unwrap();
        last.status = status;
        last.modified = Some(at("03:00:10"));
        match &mut last.detail {
            Some(detail) if detailed => detail.last_deployed = Some(at("03:00:00")),
            detail => *detail = None,
        }
        let told = told(&[evidence], &[]);
        let released = told
            .entries
            .iter()
            .find(|e| e.id == id(Of::Release(revision(14))));
        assert_eq!(released.is_some(), is_there, "{status:?} {detailed}");
        if let Some(Entry {
            what: What::Release {
                from, status: now, ..
            },
            ..
        }) = released
        {
            assert_eq!((*from, *now), (Some(revision(13)), status));
        }
    }
}

fn revision(number: u32) -> Revision {
    Revision::new(number).unwrap()
}

fn id(of: Of) -> Id {
    Id {
        place: place(Environment::Canary),
        of,
    }
}

#[test]
fn rollouts_and_restarts() {
    let mut evidence = calm(NOW).evidence();
    let workload = canary(&mut evidence).workload.as_mut().unwrap();
    workload.value.restarts_recent = 3;
    for (rollout, what) in [
        (
            Rollout::Progressing {
                since: at("03:07:00"),
            },
            What::RolloutRuns,
        ),
        (
            Rollout::Stuck {
                since: at("03:07:00"),
                reason: "deadline".into(),
            },
            What::RolloutStuck {
                reason: "deadline".into(),
            },
        ),
    ] {
        let mut evidence = evidence.clone();
        canary(&mut evidence)
            .workload
            .as_mut()
            .unwrap()
            .value
            .rollout = Some(rollout);
        let told = told(&[evidence], &[]);
        let entry = told.get(&id(Of::Rollout)).unwrap();
        assert_eq!((entry.at, &entry.what), (at("03:07:00"), &what));
        let restarts = told.get(&id(Of::Restarts)).unwrap();
        assert_eq!(restarts.what, What::Restarts { count: 3 });
    }
}

fn planned() -> Plan {
    Plan {
        op: OpId::parse("op-1").unwrap(),
        intent: Intent::SetFlag {
            place: place(Environment::Canary),
            key: key(FLAG),
            to: FlagState::Disabled,
            undoes: None,
        },
        by: None,
        made_at: at("03:05:00"),
        expires_at: at("03:06:00"),
        steps: Vec::new(),
        permissions: Vec::new(),
        blast: BlastRadius {
            place: place(Environment::Canary),
            also: Vec::new(),
            instances: None,
            traffic_share: None,
        },
        confirmation: Confirmation::Key,
        reason: "why".into(),
        owner: None,
        usual_seconds: 1,
        help_seconds: 60,
        before: serde_json::Value::Null,
    }
}

#[test]
fn an_operation_counts_from_its_record_and_ends_as_it_was_seen_last() {
    let plan = planned();
    let report = |clock: &str, what: Happening| Progress {
        op: plan.op.clone(),
        at: at(clock),
        what,
    };
    let unknown = Outcome::Unknown {
        why: "no answer".into(),
    };
    let verified = Outcome::Verified { instances: 4 };
    let whole = vec![
        report("03:05:02", Happening::IntentRecorded),
        report("03:05:10", Happening::Ended(unknown)),
        report("03:06:00", Happening::Ended(verified.clone())),
    ];
    for (progress, ends) in [(vec![], 0), (whole[..1].to_vec(), 1), (whole.clone(), 2)] {
        let told = told(&[calm(NOW).evidence()], &[(plan.clone(), progress)]);
        let ours = told
            .entries
            .iter()
            .filter(|e| matches!(e.id.of, Of::Confirmed(_) | Of::Ended(_)));
        assert_eq!(ours.count(), ends);
        let ended = told.get(&id(Of::Ended(plan.op.clone())));
        assert_eq!(ended.map(|e| e.at), (ends == 2).then(|| at("03:06:00")));
    }
}

/// A story in which nothing changed on production within the hour.
fn quiet() -> ServiceEvidence {
    let mut evidence = calm(NOW).evidence();
    let side = production(&mut evidence);
    let flags = &mut side.flags.as_mut().unwrap().value.flags;
    flags.get_mut(&key(FLAG)).unwrap().changed = Some(Changed {
        at: at("01:01:30"),
        by: "alice".into(),
    });
    for revision in &mut side.releases.as_mut().unwrap().value.revisions {
        revision.modified = Some(at("01:00:00"));
        revision.detail = None;
    }
    evidence
}

fn still(evidence: &ServiceEvidence) -> Option<Still> {
    told(std::slice::from_ref(evidence), &[]).production
}

#[test]
fn that_production_stood_still_is_said_only_of_sources_that_answer() {
    assert_eq!(still(&calm(NOW).evidence()), Some(Still::No));
    let mut evidence = quiet();
    assert_eq!(still(&evidence), Some(Still::Yes { flags: true }));

    let helm = SourceId::Helm(production(&mut evidence).cluster.clone());
    let flags = SourceId::Flags(Place::new(name("checkout"), Environment::Production));
    for source in [&helm, &flags] {
        // It refuses, or what it said is too old to be the present.
        for state in [
            refuses(Some(at("03:07:00"))),
            SourceState::live(at("03:06:20")),
        ] {
            let mut silent = evidence.clone();
            silent.sources.insert(source.clone(), state);
            assert_eq!(still(&silent), Some(Still::Unknown(source.clone())));
        }
    }

    evidence.sources.remove(&flags);
    assert_eq!(still(&evidence), Some(Still::Yes { flags: false }));

    evidence.environments.remove(&Environment::Production);
    assert_eq!(still(&evidence), None);
}

#[test]
fn that_production_stood_still_is_not_said_of_what_has_no_record() {
    let mut evidence = quiet();
    let flags = &mut production(&mut evidence).flags.as_mut().unwrap().value;
    flags.flags.get_mut(&key(FLAG)).unwrap().changed = None;
    assert_eq!(still(&evidence), Some(Still::Yes { flags: false }));
    let helm = SourceId::Helm(production(&mut evidence).cluster.clone());
    let releases = &mut production(&mut evidence).releases.as_mut().unwrap().value;
    releases.revisions.last_mut().unwrap().modified = None;
    assert_eq!(still(&evidence), Some(Still::NoTime), "helm did answer");
    production(&mut evidence).releases = None;
    assert_eq!(still(&evidence), Some(Still::Unknown(helm)));
}

#[test]
fn production_did_not_stand_still_when_the_object_that_canary_reads_too_changed() {
    let mut evidence = quiet();
    let cluster = canary(&mut evidence).cluster.clone();
    let side = production(&mut evidence);
    side.cluster = cluster.clone();
    let flags = &mut side.flags.as_mut().unwrap().value.flags;
    flags.get_mut(&key(FLAG)).unwrap().changed = Some(Changed {
        at: at("03:01:30"),
        by: "alice".into(),
    });
    assert_eq!(still(&evidence), Some(Still::No));
}

#[test]
fn a_rollout_of_production_is_no_standstill_and_what_was_refused_is_no_change() {
    let mut evidence = quiet();
    let workload = production(&mut evidence).workload.as_mut().unwrap();
    workload.value.rollout = Some(Rollout::Complete { at: at("03:01:00") });
    assert_eq!(still(&evidence), Some(Still::No));

    let mut plan = planned();
    plan.intent = Intent::SetFlag {
        place: place(Environment::Production),
        key: key(FLAG),
        to: FlagState::Disabled,
        undoes: None,
    };
    let report = |clock: &str, what: Happening| Progress {
        op: plan.op.clone(),
        at: at(clock),
        what,
    };
    let refused = Outcome::Refused { why: "no".into() };
    let verified = Outcome::Verified { instances: 4 };
    for (ended, expected) in [
        (None, Still::No),
        (Some(verified), Still::No),
        (Some(refused), Still::Yes { flags: true }),
    ] {
        let mut progress = vec![report("03:05:02", Happening::IntentRecorded)];
        progress.extend(ended.map(|outcome| report("03:05:10", Happening::Ended(outcome))));
        let told = told(&[quiet()], &[(plan.clone(), progress)]);
        assert_eq!(told.production, Some(expected));
    }
}
