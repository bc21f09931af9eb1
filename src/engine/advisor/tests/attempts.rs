//! What was tried is given its time, then the next rung is due; after two failures people take over.

use jiff::Timestamp;

use super::super::advice::{Advice, Effect, Headline, Rung, RungKind, RungState};
use super::super::case::{AttemptCase, Case};
use super::super::reason::{Closed, Reason};
use super::security::incident;
use super::{advice, bent, rung, state};
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::metrics::Tally;
use crate::domain::progress::Outcome;
use crate::domain::security::Affected;
use crate::domain::verdict::Verdict;
use crate::engine::assess::{After, Assessment, Memory, RedLine};
use crate::engine::built::{
    FLAG, PAY, at, canary, definition, disabled, feature_errors, flag_is_off, key, spread_errors,
};
use crate::engine::evidence::{ServiceEvidence, Tried};

fn conclude(evidence: &mut ServiceEvidence, now: Timestamp) -> (Assessment, Advice) {
    super::super::conclude(evidence, &mut <[Memory; 2]>::default(), now)
}

const VERIFIED: Outcome = Outcome::Verified { instances: 4 };

/// The flag's errors end at 03:05:00, when it is disabled.
fn cured(now: &str) -> crate::engine::evidence::ServiceEvidence {
    let mut story = feature_errors(now);
    story.failing = |e, endpoint, t| {
        let bad = e == Environment::Canary && endpoint == PAY;
        if bad && t >= at("03:03:00") && t < at("03:05:00") {
            0.39
        } else {
            0.002
        }
    };
    let mut evidence = story.evidence();
    flag_is_off(&mut evidence);
    evidence.attempts = vec![disabled("03:05:00", Some(VERIFIED))];
    evidence
}

#[test]
fn a_flag_off_is_waited_for_then_helped() {
    let told = advice(&cured("03:05:30"), "03:05:30");
    assert_eq!(told.first, None);
    assert_eq!(
        *state(&told, RungKind::Flag),
        RungState::Done {
            at: at("03:05:00"),
            effect: Effect::Waiting {
                until: at("03:06:30")
            }
        }
    );
    assert_eq!(*state(&told, RungKind::Rollback), RungState::Next);
    assert!(matches!(
        told.headline,
        Headline::Better { acted_at, helped_at, .. } if acted_at == at("03:05:00") && helped_at == at("03:05:30")
    ));

    // Past its minute, better and not yet sure: the wait goes on, and nothing else is advised.
    let told = advice(&cured("03:06:15"), "03:06:15");
    assert_eq!(told.first, None);
    assert_eq!(
        *state(&told, RungKind::Flag),
        RungState::Done {
            at: at("03:05:00"),
            effect: Effect::Waiting {
                until: at("03:07:00")
            }
        }
    );
    let told = advice(&cured("03:10:00"), "03:10:00");
    match told.headline {
        Headline::Helped {
            acted_at,
            recovered_at,
        } => {
            assert_eq!(acted_at, at("03:05:00"));
            assert!(recovered_at > acted_at && recovered_at <= at("03:10:00"));
        }
        ref other => panic!("{other:?}"),
    }
    assert!(matches!(
        state(&told, RungKind::Flag),
        RungState::Done {
            effect: Effect::Recovered { .. },
            ..
        }
    ));
    assert_eq!(told.first, None);
    assert!(!told.promotion.open);
    // And it stays closed after the soak, however calm.
    let told = advice(&cured("03:12:00"), "03:12:00");
    assert!(!told.promotion.open, "{:?}", told.promotion);
    assert!(
        matches!(told.headline, Headline::Helped { .. }),
        "{:?}",
        told.headline
    );
}

#[test]
fn what_did_not_help_makes_the_next_rung_due() {
    let mut evidence = spread_errors("03:07:00").evidence();
    flag_is_off(&mut evidence);
    evidence.attempts = vec![disabled("03:05:00", Some(VERIFIED))];
    let told = advice(&evidence, "03:07:00");
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert_eq!(
        *state(&told, RungKind::Flag),
        RungState::Done {
            at: at("03:05:00"),
            effect: Effect::DidNotHelp
        }
    );
    let reasons = &rung(&told, RungKind::Rollback).reasons;
    assert!(reasons.contains(&Reason::TriedBelow {
        at: at("03:05:00"),
        in_part: false
    }));
}

#[test]
fn what_helped_in_part_makes_the_next_rung_due_too() {
    let mut story = feature_errors("03:08:00");
    story.failing = |e, endpoint, t| {
        let canary = e == Environment::Canary && t >= at("03:03:00");
        match endpoint {
            PAY if canary && t < at("03:05:00") => 0.39,
            PAY => 0.002,
            _ if canary => 0.02,
            _ => 0.002,
        }
    };
    let mut evidence = story.evidence();
    flag_is_off(&mut evidence);
    evidence.attempts = vec![disabled("03:05:00", Some(VERIFIED))];
    let told = advice(&evidence, "03:08:00");
    assert_eq!(
        *state(&told, RungKind::Flag),
        RungState::Done {
            at: at("03:05:00"),
            effect: Effect::HelpedInPart
        },
    );
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert!(matches!(told.headline, Headline::StillBad { .. }));
}

fn attempt(rung: RungKind, clock: &str, outcome: Option<Outcome>) -> AttemptCase {
    AttemptCase {
        rung,
        key: None,
        at: at(clock),
        outcome,
        recovered_at: None,
        helped_at: None,
        undone: None,
    }
}

fn tried(attempts: Vec<AttemptCase>) -> impl FnOnce(&mut Case) {
    move |case| case.attempts = attempts
}

#[test]
fn each_outcome_is_taken_for_what_it_is() {
    let why = || "why".into();
    let table: [(Option<Outcome>, Option<RungKind>); 7] = [
        (None, None),
        (
            Some(Outcome::Changed { found: why() }),
            Some(RungKind::Flag),
        ),
        // Nothing changed: it can be tried again, unless who asked may not.
        (Some(Outcome::Refused { why: why() }), Some(RungKind::Flag)),
        (
            Some(Outcome::Forbidden { why: why() }),
            Some(RungKind::Rollback),
        ),
        (
            Some(Outcome::Unknown { why: why() }),
            Some(RungKind::Rollback),
        ),
        (
            Some(Outcome::Unverified {
                as_wanted: 3,
                of: 4,
                why: why(),
            }),
            Some(RungKind::Rollback),
        ),
        (Some(VERIFIED), Some(RungKind::Rollback)),
    ];
    for (outcome, expected) in table {
        let attempts = vec![attempt(RungKind::Flag, "03:03:30", outcome.clone())];
        let told = bent(&feature_errors("03:05:00"), tried(attempts));
        assert_eq!(told.first, expected, "{outcome:?}");
    }
    let running = vec![attempt(RungKind::Flag, "03:04:59", None)];
    let told = bent(&feature_errors("03:05:00"), tried(running));
    assert_eq!(
        *state(&told, RungKind::Flag),
        RungState::Running {
            since: at("03:04:59")
        }
    );
}

#[test]
fn after_two_failures_people_take_over() {
    let attempts = vec![
        attempt(RungKind::Flag, "03:03:10", Some(VERIFIED)),
        attempt(RungKind::Rollback, "03:04:20", Some(VERIFIED)),
    ];
    let told = bent(&spread_errors("03:06:00"), tried(attempts));
    assert_eq!(told.first, Some(RungKind::People));
    assert!(
        rung(&told, RungKind::People)
            .reasons
            .contains(&Reason::AttemptsFailed { count: 2 })
    );
    assert_eq!(rung(&told, RungKind::People).by_hand, Some(Closed::ByHand));
}

#[test]
fn fewer_errors_and_too_few_requests_is_a_wait_and_not_a_failure() {
    let after = |bad, total| After {
        acted_at: at("03:03:30"),
        canary: Tally { bad, total },
        production: Tally {
            bad: 40,
            total: 20_000,
        },
        estimate: None,
        helped_at: None,
        recovered_at: None,
    };
    let effect = |after: After| {
        let told = bent(&spread_errors("03:05:00"), |case| {
            case.attempts = vec![attempt(RungKind::Flag, "03:03:30", Some(VERIFIED))];
            case.after = Some(after);
        });
        match state(&told, RungKind::Flag) {
            RungState::Done { effect, .. } => *effect,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        effect(after(0, 40)),
        Effect::Waiting {
            until: at("03:05:30")
        }
    );
    assert_eq!(effect(after(2, 40)), Effect::DidNotHelp);
    assert_eq!(effect(after(0, 0)), Effect::NotMeasurable);
}

#[test]
fn what_was_tried_before_the_onset_is_another_story() {
    let mut evidence = feature_errors("03:05:00").evidence();
    evidence.attempts = vec![disabled("03:01:10", Some(VERIFIED))];
    assert_eq!(advice(&evidence, "03:05:00").first, Some(RungKind::Flag));
}

/// The breach ended at 03:06:00; what was tried is of that time, and whether something else is wrong now.
fn ended(attempts: Vec<AttemptCase>, line: Option<RedLine>) -> Advice {
    bent(&spread_errors("03:10:00"), |case| {
        end(case, attempts);
        case.red_lines = line.into_iter().collect();
    })
}

fn end(case: &mut Case, attempts: Vec<AttemptCase>) {
    for metric in &mut case.metrics {
        if let Verdict::Breach { since } = metric.verdict.verdict {
            let until = at("03:06:00");
            metric.verdict.verdict = Verdict::Recovered { since, until };
        }
    }
    case.red_lines.clear();
    case.attempts = attempts;
}

#[test]
fn what_helped_is_told_beside_a_security_incident_too() {
    let cure = AttemptCase {
        recovered_at: Some(at("03:06:00")),
        ..attempt(RungKind::Flag, "03:05:30", Some(VERIFIED))
    };
    let without = ended(vec![cure.clone()], None);
    let told = bent(&spread_errors("03:10:00"), |case| {
        end(case, vec![cure]);
        case.incident = Some(incident(Affected::Both));
    });
    assert_eq!(
        state(&told, RungKind::Flag),
        state(&without, RungKind::Flag)
    );
    let Headline::Security { measured, .. } = told.headline else {
        panic!("{:?}", told.headline);
    };
    assert_eq!(*measured, without.headline);
}

#[test]
fn what_was_tried_against_a_breach_that_is_over_says_nothing_of_another_trouble() {
    let (flag, rollback) = (RungKind::Flag, RungKind::Rollback);
    let in_vain = |rung, clock| attempt(rung, clock, Some(VERIFIED));
    let table = [
        (vec![in_vain(flag, "03:04:00")], rollback),
        (vec![in_vain(rollback, "03:04:00")], rollback),
        // Two failures are two of another trouble.
        (
            vec![in_vain(flag, "03:04:00"), in_vain(rollback, "03:05:30")],
            rollback,
        ),
        // After it was over, so against this one.
        (vec![in_vain(rollback, "03:06:30")], RungKind::People),
        (
            vec![in_vain(flag, "03:04:00"), in_vain(rollback, "03:06:30")],
            RungKind::People,
        ),
    ];
    for (attempts, expected) in table {
        let told = ended(attempts.clone(), Some(RedLine::Down));
        assert_eq!(told.first, Some(expected), "{attempts:?}");
        let done = |rung: &&Rung| matches!(rung.state, RungState::Done { .. });
        let done: Vec<RungKind> = told.rungs.iter().filter(done).map(|r| r.kind).collect();
        let is_later = |a: &&AttemptCase| a.at >= at("03:06:00");
        let later: Vec<RungKind> = attempts.iter().filter(is_later).map(|a| a.rung).collect();
        assert_eq!(done, later, "{attempts:?}");
    }
    // What is still being carried out is that.
    let told = ended(vec![attempt(flag, "03:05:00", None)], Some(RedLine::Down));
    let since = at("03:05:00");
    assert_eq!(*state(&told, flag), RungState::Running { since });
}

#[test]
fn of_a_breach_that_is_over_what_helped_is_told_and_what_did_not_is_due_to_nothing() {
    let cure = AttemptCase {
        recovered_at: Some(at("03:06:00")),
        ..attempt(RungKind::Rollback, "03:05:30", Some(VERIFIED))
    };
    let in_vain = attempt(RungKind::Flag, "03:04:00", Some(VERIFIED));
    let told = ended(vec![in_vain.clone(), cure], None);
    assert!(matches!(told.headline, Headline::Helped { .. }), "{told:?}");
    let helped = state(&told, RungKind::Rollback);
    assert!(
        matches!(
            helped,
            RungState::Done {
                effect: Effect::Recovered { .. },
                ..
            }
        ),
        "{helped:?}"
    );
    let nothing = RungState::NotNeeded(Closed::NothingWrong);
    assert_eq!(*state(&told, RungKind::Flag), nothing);
    let told = ended(vec![in_vain], None);
    assert_eq!(*state(&told, RungKind::Flag), nothing);
    assert_eq!(told.first, None);
    assert!(matches!(told.headline, Headline::WasBad { .. }), "{told:?}");
}

#[test]
fn a_cure_that_was_taken_back_is_advised_again() {
    let mut evidence = feature_errors("03:05:30").evidence();
    let mut cure = disabled("03:03:30", Some(VERIFIED));
    cure.recovered_at = Some(at("03:04:00"));
    let mut back = disabled("03:04:10", Some(VERIFIED));
    let Tried::Flag { to, .. } = &mut back.what;
    *to = FlagState::Enabled;
    evidence.attempts = vec![cure, back];
    assert_eq!(advice(&evidence, "03:05:30").first, Some(RungKind::Flag));
}

/// The same, but a colleague disabled it.
fn cured_by_another(now: &str) -> crate::engine::evidence::ServiceEvidence {
    let mut evidence = cured(now);
    evidence.attempts.clear();
    let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
    let changed = flags.get_mut(&key(FLAG)).unwrap().changed.as_mut().unwrap();
    changed.at = at("03:05:00");
    evidence
}

#[test]
fn what_a_colleague_did_is_given_its_time_too() {
    for now in ["03:05:30", "03:06:15", "03:09:00"] {
        let mut ours = cured_by_another(now);
        ours.attempts = vec![disabled("03:05:00", Some(VERIFIED))];
        let ours = conclude(&mut ours, at(now));
        let mut evidence = cured_by_another(now);
        let theirs = conclude(&mut evidence, at(now));
        assert_eq!(theirs, ours, "{now}");
        // Asked again, it is the same one attempt.
        assert_eq!(conclude(&mut evidence, at(now)), theirs);
        assert_eq!(evidence.attempts.len(), 1);
    }
}

#[test]
fn a_flag_that_was_off_before_the_breach_is_no_attempt_and_ours_is_one() {
    let mut evidence = cured_by_another("03:05:15");
    let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
    let changed = flags.get_mut(&key(FLAG)).unwrap().changed.as_mut().unwrap();
    changed.at = at("03:01:30");
    let (_, told) = conclude(&mut evidence, at("03:05:15"));
    assert_eq!(evidence.attempts, []);
    assert_eq!(told.first, Some(RungKind::Rollback));

    // The API server's record of our own change, by a clock that is a little ahead.
    let mut evidence = cured_by_another("03:05:15");
    evidence.attempts = vec![disabled("03:04:58", Some(VERIFIED))];
    let (_, told) = conclude(&mut evidence, at("03:05:15"));
    assert_eq!(evidence.attempts.len(), 1);
    assert_eq!(told.first, None);
}

#[test]
fn what_was_taken_back_counts_only_if_it_had_its_time_in_vain() {
    let table = [
        // Taken back at once: it was not tried.
        (Some("03:03:50"), None, RungKind::Flag),
        // It had its minute and nothing got better.
        (Some("03:04:40"), None, RungKind::Rollback),
        // It was better with it: so it is again.
        (Some("03:04:40"), Some("03:03:45"), RungKind::Flag),
        (None, None, RungKind::Rollback),
    ];
    for (undone, helped, expected) in table {
        let attempts = vec![AttemptCase {
            undone: undone.map(at),
            helped_at: helped.map(at),
            ..attempt(RungKind::Flag, "03:03:30", Some(VERIFIED))
        }];
        let told = bent(&feature_errors("03:05:00"), tried(attempts));
        assert_eq!(told.first, Some(expected), "{undone:?} {helped:?}");
    }
}

#[test]
fn errors_from_before_an_action_that_are_scraped_after_it_do_not_speak_against_it() {
    for now in ["03:05:30", "03:06:00", "03:06:15", "03:06:45"] {
        let mut evidence = cured(now);
        evidence.attempts = vec![disabled("03:04:40", Some(VERIFIED))];
        let told = advice(&evidence, now);
        assert_eq!(told.first, None, "{now}: {:?}", told.headline);
    }
}

#[test]
fn what_is_refused_twice_makes_the_next_rung_due() {
    let refused = |clock| {
        let why = "denied by a policy".into();
        attempt(RungKind::Flag, clock, Some(Outcome::Refused { why }))
    };
    let once = bent(
        &feature_errors("03:05:00"),
        tried(vec![refused("03:03:30")]),
    );
    assert_eq!(once.first, Some(RungKind::Flag));
    let both = vec![refused("03:03:30"), refused("03:03:50")];
    let twice = bent(&feature_errors("03:05:00"), tried(both));
    assert_eq!(twice.first, Some(RungKind::Rollback));
    assert!(matches!(twice.headline, Headline::Breach { .. }));
}

/// Another flag of the same endpoint, off for months, in an object of which only the whole has a time.
fn one_text(evidence: &mut crate::engine::evidence::ServiceEvidence, changed: &str) {
    let flags = &mut canary(evidence).flags.as_mut().unwrap().value.flags;
    let off = definition(FlagState::Disabled, Some(&[PAY]));
    flags.insert(key("old-flow"), off);
    for flag in flags.values_mut() {
        flag.changed.as_mut().unwrap().at = at(changed);
    }
}

#[test]
fn a_flag_that_was_off_all_the_time_is_nobodys_remedy() {
    // Somebody changed another flag in the same text: the one that is on is still the one to disable.
    let mut evidence = feature_errors("03:05:00").evidence();
    one_text(&mut evidence, "03:04:30");
    let (_, told) = conclude(&mut evidence, at("03:05:00"));
    assert_eq!(evidence.attempts, []);
    assert_eq!(told.first, Some(RungKind::Flag));

    // This deck changed it: that is one attempt, not two.
    let mut evidence = cured("03:06:45");
    one_text(&mut evidence, "03:05:00");
    let (_, told) = conclude(&mut evidence, at("03:06:45"));
    assert_eq!(evidence.attempts.len(), 1);
    assert_eq!(told.first, None);
}
