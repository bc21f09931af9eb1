//! Blind is not calm: the last conclusion in the past tense, and only what needs no metrics is open.

use super::super::advice::{Effect, Headline, RungKind, RungState};
use super::super::reason::{Closed, Reason};
use super::{advice, rung, state};
use crate::domain::environment::Environment;
use crate::domain::progress::Outcome;
use crate::domain::source::SourceId;
use crate::engine::built::{at, calm, disabled, feature_errors, flag_is_off, place, refuses};
use crate::engine::evidence::ServiceEvidence;

fn blinded(mut evidence: ServiceEvidence, last: &str) -> ServiceEvidence {
    for e in [Environment::Canary, Environment::Production] {
        let id = SourceId::Prometheus(place(e));
        evidence.sources.insert(id, refuses(Some(at(last))));
    }
    for (id, state) in &mut evidence.sources {
        if !matches!(id, SourceId::Prometheus(_)) {
            *state = crate::domain::source::SourceState::live(at("03:06:50"));
        }
    }
    evidence
}

#[test]
fn a_breach_outlives_its_source() {
    let evidence = blinded(feature_errors("03:05:00").evidence(), "03:05:00");
    let told = advice(&evidence, "03:06:50");
    match &told.headline {
        Headline::Blind {
            last: Some(last),
            as_of,
            source,
            next_try,
            ..
        } => {
            assert!(matches!(**last, Headline::Breach { since, .. } if since == at("03:03:00")));
            assert_eq!(*as_of, Some(at("03:05:00")));
            assert!(matches!(source, SourceId::Prometheus(_)));
            assert_eq!(*next_try, at("03:59:59"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(told.first, None);
    for kind in [RungKind::Flag, RungKind::Rollback, RungKind::People] {
        assert_eq!(*state(&told, kind), RungState::Open, "{kind:?}");
    }
    let stale = |r: &Reason| {
        matches!(
            r,
            Reason::Stale {
                source: SourceId::Prometheus(_),
                ..
            }
        )
    };
    assert!(rung(&told, RungKind::Rollback).against.iter().any(stale));
    assert_eq!(told.hurt.canary_failing, None);
    assert_eq!(told.hurt.production_well, None);
    assert_eq!(told.hurt.canary_pods, Some((4, 4)));
    assert!(!told.promotion.open);
}

#[test]
fn a_soak_and_a_pass_are_in_the_past_too() {
    let told = advice(
        &blinded(calm("03:05:00").evidence(), "03:05:00"),
        "03:06:50",
    );
    let last = |headline: &Headline| match headline {
        Headline::Blind {
            last: Some(last), ..
        } => (**last).clone(),
        other => panic!("{other:?}"),
    };
    assert!(matches!(last(&told.headline), Headline::Soak { .. }));
    let told = advice(
        &blinded(calm("03:06:30").evidence(), "03:06:30"),
        "03:07:50",
    );
    assert!(
        matches!(last(&told.headline), Headline::Passed { .. }),
        "{:?}",
        told.headline
    );
    assert!(!told.promotion.open);
    assert!(
        told.promotion
            .waits
            .iter()
            .any(|w| matches!(w, Closed::NoEvidence { source: Some(_) }))
    );
}

#[test]
fn the_effect_of_what_was_done_is_not_seen() {
    let mut evidence = feature_errors("03:05:00").evidence();
    flag_is_off(&mut evidence);
    evidence.attempts = vec![disabled(
        "03:04:55",
        Some(Outcome::Verified { instances: 4 }),
    )];
    let told = advice(&blinded(evidence, "03:05:00"), "03:06:50");
    assert_eq!(
        *state(&told, RungKind::Flag),
        RungState::Done {
            at: at("03:04:55"),
            effect: Effect::NotMeasurable
        }
    );
    assert_eq!(told.first, None);
    assert_eq!(*state(&told, RungKind::Rollback), RungState::Open);
}

#[test]
fn a_source_that_never_answered_leaves_no_conclusion() {
    let mut evidence = calm("03:05:00").evidence();
    for e in [Environment::Canary, Environment::Production] {
        evidence.environments.get_mut(&e).unwrap().red = None;
        evidence
            .sources
            .insert(SourceId::Prometheus(place(e)), refuses(None));
    }
    let told = advice(&evidence, "03:05:00");
    assert!(
        matches!(
            told.headline,
            Headline::Blind {
                last: None,
                as_of: None,
                ..
            }
        ),
        "{:?}",
        told.headline
    );
}
