//! The 80 % rule: which flag explains the errors, and when none may be said to.

use super::super::advice::{RungKind, RungState, RungTarget};
use super::super::reason::{Closed, Reason};
use super::{advice, bent, case, rung, state};
use crate::domain::environment::Environment;
use crate::domain::flag::{Changed, FlagState};
use crate::domain::gauge::Gauge;
use crate::domain::metrics::Endpoint;
use crate::domain::source::SourceId;
use crate::domain::verdict::Metric;
use crate::engine::advisor::case::{Case, FlagCase, FlagErrors};
use crate::engine::assess::{Limit, Value};
use crate::engine::built::place;
use crate::engine::built::{
    CART, FLAG, PAY, at, canary, definition, feature_errors, key, refuses, spread_errors,
};

#[test]
fn errors_on_a_flags_endpoint_are_the_flags() {
    let evidence = feature_errors("03:05:00").evidence();
    let advice = advice(&evidence, "03:05:00");
    assert_eq!(advice.first, Some(RungKind::Flag));
    let flag = rung(&advice, RungKind::Flag);
    assert_eq!(flag.state, RungState::Recommended);
    assert_eq!(
        flag.target,
        RungTarget::Flag {
            key: key(FLAG),
            environment: Environment::Canary
        }
    );
    assert_eq!(flag.seconds, (5, 10));
    assert_eq!(flag.by_hand, None);
    assert!(matches!(
        &flag.reasons[0],
        Reason::ErrorsOnFlag { on, of, endpoints, .. }
            if *on * 10 > *of * 8 && endpoints == &[Endpoint::new(PAY)]
    ));
    assert!(
        flag.reasons.iter().any(
            |r| matches!(r, Reason::FlagChangedBefore { onset, .. } if *onset == at("03:03:00"))
        )
    );
    assert!(
        flag.reasons
            .iter()
            .any(|r| matches!(r, Reason::MachinesWell { looked_at } if looked_at.len() == 3))
    );
    assert!(
        flag.against
            .iter()
            .any(|r| matches!(r, Reason::RestIsWell { .. }))
    );
    assert_eq!(*state(&advice, RungKind::Rollback), RungState::Next);
    assert_eq!(
        *state(&advice, RungKind::Traffic),
        RungState::Blocked(Closed::NoRoute)
    );
    assert_eq!(
        *state(&advice, RungKind::Database),
        RungState::NotNeeded(Closed::NoMigration)
    );
    assert_eq!(
        *state(&advice, RungKind::Restore),
        RungState::Blocked(Closed::NoRestore)
    );
    assert_eq!(*state(&advice, RungKind::People), RungState::Open);
}

#[test]
fn errors_on_every_endpoint_are_the_releases() {
    let advice = advice(&spread_errors("03:05:00").evidence(), "03:05:00");
    assert_eq!(advice.first, Some(RungKind::Rollback));
    let rollback = rung(&advice, RungKind::Rollback);
    assert!(matches!(
        rollback.reasons[0],
        Reason::ErrorsSpread { endpoints: 3, .. }
    ));
    assert!(
        rollback
            .reasons
            .iter()
            .any(|r| matches!(r, Reason::StableKnown { .. }))
    );
    assert!(matches!(rollback.against.last(), Some(Reason::LookedAt(_))));
    assert_eq!(rollback.by_hand, Some(Closed::ByHand));
    assert_eq!(
        *state(&advice, RungKind::Flag),
        RungState::NotNeeded(Closed::NoFlag)
    );
    assert_eq!(*state(&advice, RungKind::People), RungState::Next);
}

/// Whether the flag is first, with so many errors on its endpoints of so many.
fn first(on: u64, of: u64) -> bool {
    let advice = bent(&feature_errors("03:05:00"), |case| {
        if let Some(errors) = &mut case.flags[0].errors {
            (errors.on, errors.of) = (on, of);
        }
    });
    advice.first == Some(RungKind::Flag)
}

#[test]
fn a_share_needs_its_number() {
    let table = [
        (4, 5, false),      // 80 % of five: nothing
        (29, 29, false),    // under the minimum
        (30, 30, true),     // all of thirty
        (24, 30, false),    // exactly 80 %, not over it
        (25, 30, true),     // 83 %, surely over half
        (79, 100, false),   // under 80 %
        (800, 1000, false), // exactly 80 %
        (801, 1000, true),  // over
        (412, 490, true),   // the story of the screens
        (0, 490, false),
    ];
    for (on, of, expected) in table {
        assert_eq!(first(on, of), expected, "{on} of {of}");
    }
}

#[test]
fn what_is_not_a_flag_that_is_on_with_known_endpoints_does_not_win() {
    type Bend = fn(&mut Case);
    let table: [(&str, Bend, RungState); 6] = [
        (
            "disabled",
            |c| c.flags[0].state = FlagState::Disabled,
            RungState::NotNeeded(Closed::FlagOff),
        ),
        (
            "evaluated off",
            |c| c.flags[0].evaluated = Some((0, 4)),
            RungState::NotNeeded(Closed::FlagOff),
        ),
        (
            "endpoints unknown",
            |c| (c.flags[0].endpoints, c.flags[0].errors) = (None, None),
            RungState::Open,
        ),
        (
            "no flags",
            |c| c.flags.clear(),
            RungState::NotNeeded(Closed::NoFlag),
        ),
        (
            "definitions silent",
            |c| {
                c.sources
                    .insert(SourceId::Flags(place(Environment::Canary)), refuses(None));
            },
            RungState::Blocked(Closed::NoEvidence {
                source: Some(SourceId::Flags(place(Environment::Canary))),
            }),
        ),
        (
            "evaluations silent",
            |c| {
                c.sources
                    .insert(SourceId::Flagd(place(Environment::Canary)), refuses(None));
            },
            RungState::Blocked(Closed::NoEvidence {
                source: Some(SourceId::Flagd(place(Environment::Canary))),
            }),
        ),
    ];
    for (name, bend, expected) in table {
        let advice = bent(&feature_errors("03:05:00"), bend);
        assert_eq!(advice.first, Some(RungKind::Rollback), "{name}");
        assert_eq!(*state(&advice, RungKind::Flag), expected, "{name}");
    }
}

#[test]
fn unknown_endpoints_are_a_reason_and_never_a_guess() {
    let mut evidence = feature_errors("03:05:00").evidence();
    let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
    flags.insert(key(FLAG), definition(FlagState::Enabled, None));
    let told = advice(&evidence, "03:05:00");
    assert!(
        rung(&told, RungKind::Flag)
            .against
            .contains(&Reason::EndpointsUnknown { key: key(FLAG) })
    );
    // The configuration's word wins over the flag's own.
    evidence
        .policy
        .flags
        .insert(key(FLAG), vec![Endpoint::new(PAY)]);
    assert_eq!(advice(&evidence, "03:05:00").first, Some(RungKind::Flag));
    evidence
        .policy
        .flags
        .insert(key(FLAG), vec![Endpoint::new(CART)]);
    assert_eq!(
        advice(&evidence, "03:05:00").first,
        Some(RungKind::Rollback)
    );
}

fn second_flag(changed: Option<&str>) -> FlagCase {
    FlagCase {
        key: key("other-flow"),
        state: FlagState::Enabled,
        evaluated: Some((4, 4)),
        endpoints: Some(vec![Endpoint::new(PAY)]),
        changed: changed.map(|clock| Changed {
            at: at(clock),
            by: "bob".into(),
        }),
        owner: None,
        on_production: Some(false),
        errors: Some(FlagErrors {
            on: 460,
            of: 490,
            failing: vec![Endpoint::new(PAY)],
            rest: None,
        }),
    }
}

#[test]
fn what_production_serves_as_well_is_not_what_is_new_on_canary() {
    for (on_production, changed, expected) in [
        (Some(true), None, RungKind::Rollback),
        (Some(true), Some("03:02:30"), RungKind::Flag),
        (Some(false), None, RungKind::Flag),
        (None, None, RungKind::Flag),
    ] {
        let told = bent(&feature_errors("03:05:00"), |c| {
            c.flags = vec![FlagCase {
                on_production,
                ..second_flag(changed)
            }];
        });
        assert_eq!(told.first, Some(expected), "{on_production:?} {changed:?}");
    }
}

#[test]
fn of_two_flags_neither_wins_silently() {
    // Only one was changed near the onset: it wins, and the other is named.
    let told = bent(&feature_errors("03:05:00"), |c| {
        c.flags.push(second_flag(None))
    });
    assert_eq!(told.first, Some(RungKind::Flag));
    let against = &rung(&told, RungKind::Flag).against;
    assert!(against.contains(&Reason::AnotherFlagToo {
        key: key("other-flow"),
        on: 460,
        of: 490
    }));
    // Both were: the stable version, and both are named.
    let told = bent(&feature_errors("03:05:00"), |c| {
        c.flags.push(second_flag(Some("03:02:00")))
    });
    assert_eq!(told.first, Some(RungKind::Rollback));
    let named = rung(&told, RungKind::Rollback)
        .reasons
        .iter()
        .filter(|r| matches!(r, Reason::ErrorsOnFlag { .. }))
        .count();
    assert_eq!(named, 2);
    assert_eq!(*state(&told, RungKind::Flag), RungState::Open);
}

#[test]
fn machines_near_their_limit_ask_for_the_stable_version() {
    let told = bent(&feature_errors("03:05:00"), |case| {
        let cpu = case
            .metrics
            .iter_mut()
            .find(|m| m.verdict.metric == Metric::Gauge(Gauge::Cpu))
            .unwrap();
        cpu.canary = Some(Value::Share(0.85));
        cpu.canary_over = Limit::OverTrigger;
    });
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert!(matches!(
        rung(&told, RungKind::Rollback).reasons[0],
        Reason::OverLimit { .. }
    ));
    assert!(
        rung(&told, RungKind::Flag)
            .against
            .iter()
            .any(|r| matches!(r, Reason::OverLimit { .. }))
    );
}

#[test]
fn what_speaks_against_is_said() {
    let told = bent(&feature_errors("03:05:00"), |case| {
        case.flags[0].owner = Some("argocd".into());
        case.flags[0].evaluated = Some((3, 4));
        case.metrics
            .retain(|m| m.verdict.metric != Metric::Gauge(Gauge::Memory));
    });
    let against = &rung(&told, RungKind::Flag).against;
    assert!(against.contains(&Reason::OwnedBy {
        owner: "argocd".into()
    }));
    assert!(against.contains(&Reason::Instances { on: 3, of: 4 }));
    assert!(against.contains(&Reason::NotKnown {
        metric: Metric::Gauge(Gauge::Memory)
    }));
    assert_eq!(told.first, Some(RungKind::Flag));
}

#[test]
fn the_rest_is_compared_with_production() {
    let mut story = feature_errors("03:05:00");
    story.failing = |e, endpoint, t| match (e, endpoint) {
        (Environment::Canary, PAY) if t >= at("03:03:00") => 0.39,
        (Environment::Canary, _) if t >= at("03:03:00") => 0.008,
        _ => 0.002,
    };
    let case = case(&story);
    let errors = case.flags[0].errors.as_ref().unwrap();
    assert!(
        errors
            .rest
            .is_some_and(|r| r.low > 2.0 && r.high.unwrap() < 7.0),
        "{errors:?}"
    );
    let told = super::decide(&case);
    assert!(
        rung(&told, RungKind::Flag)
            .against
            .iter()
            .any(|r| matches!(r, Reason::RestAlsoWorse { .. }))
    );
}
