//! Each weather has its headline.

use super::super::advice::{Channel, Headline, RungKind, RungState};
use super::super::case::Lifetime;
use super::super::reason::{Closed, Reason};
use super::{advice, bent, rung, state};
use crate::domain::environment::Environment;
use crate::domain::progress::Outcome;
use crate::domain::source::{SourceId, SourceState};
use crate::domain::verdict::{Metric, NoData, Unsure, Verdict, Watch};
use crate::engine::built::disabled;
use crate::engine::built::{
    FLAG, at, both_bad, calm, canary, crash, feature_errors, place, production, spread_errors,
};

#[test]
fn calm_weathers() {
    let story = calm("03:05:00");
    let told = advice(&story.evidence(), "03:05:00");
    assert!(matches!(
        told.headline,
        Headline::Soak { began, ends, errors: Some(_) } if began == at("03:01:00") && ends == at("03:06:00")
    ));
    assert_eq!(told.first, None);
    for kind in RungKind::ALL {
        assert_eq!(
            *state(&told, kind),
            RungState::NotNeeded(Closed::NothingWrong)
        );
    }
    assert!(
        told.hurt
            .canary_share
            .is_some_and(|s| (s - 1.0 / 21.0).abs() < 0.001)
    );
    assert_eq!(told.hurt.production_well, Some(true));
    assert_eq!(told.hurt.canary_pods, Some((4, 4)));
    assert!(
        told.hurt
            .canary_failing
            .is_some_and(|f| (f - 0.1).abs() < 0.01)
    );

    let warm = advice(&calm("03:00:40").evidence(), "03:00:40");
    assert_eq!(
        warm.headline,
        Headline::WarmingUp {
            until: at("03:01:00")
        }
    );

    let passed = advice(&calm("03:08:00").evidence(), "03:08:00");
    assert_eq!(
        passed.headline,
        Headline::Passed {
            since: at("03:06:00")
        }
    );

    let mut evidence = story.evidence();
    canary(&mut evidence)
        .workload
        .as_mut()
        .unwrap()
        .value
        .version = Some("2.13.4".into());
    assert_eq!(advice(&evidence, "03:05:00").headline, Headline::Idle);
}

#[test]
fn the_first_answers_are_waited_for() {
    let mut evidence = calm("03:05:00").evidence();
    let id = SourceId::Prometheus(place(Environment::Canary));
    evidence.sources.insert(
        id.clone(),
        SourceState::Reading {
            since: at("03:04:58"),
        },
    );
    canary(&mut evidence).red = None;
    let told = advice(&evidence, "03:05:00");
    assert_eq!(told.headline, Headline::Reading { waiting: vec![id] });
    assert!(!told.promotion.open);
}

#[test]
fn too_little_traffic_says_how_much_is_missing() {
    let mut story = calm("03:08:00");
    story.canary_rps = 0.2;
    match advice(&story.evidence(), "03:08:00").headline {
        Headline::NotEnough {
            have,
            need,
            seconds: Some(seconds),
            ..
        } => {
            assert!(
                have < 100 && need > 500 && seconds > 1000,
                "{have} {need} {seconds}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn suspicion_recovery_and_what_was_not_earned() {
    let verdict = |verdict: Verdict| {
        bent(&calm("03:08:00"), |c| {
            c.metrics[0].verdict.verdict = verdict
        })
        .headline
    };
    assert!(matches!(
        verdict(Verdict::Watch(Watch::Growing)),
        Headline::Watch {
            metric: Metric::Errors,
            ..
        }
    ));
    let (since, until) = (at("03:03:00"), at("03:07:00"));
    assert_eq!(
        verdict(Verdict::Recovered { since, until }),
        Headline::WasBad {
            metric: Metric::Errors,
            since,
            until
        }
    );
    assert!(matches!(
        verdict(Verdict::Unsure(Unsure::NotEarned)),
        Headline::NotEarned {
            metric: Metric::Errors,
            ..
        }
    ));
    assert_eq!(
        verdict(Verdict::NoData(NoData::NoTraffic)),
        Headline::Unjudged {
            metric: Metric::Errors,
            why: NoData::NoTraffic
        }
    );
}

#[test]
fn both_sides_bad_is_nobodys_canary() {
    let told = advice(&both_bad("03:07:00").evidence(), "03:07:00");
    match told.headline {
        Headline::BothBad {
            metric: Metric::Errors,
            canary,
            production,
            since,
            ..
        } => {
            assert!((canary - production).abs() < 0.005, "{canary} {production}");
            assert_eq!(since, Some(at("03:03:00")));
        }
        ref other => panic!("{other:?}"),
    }
    assert_eq!(told.first, Some(RungKind::People));
    let people = rung(&told, RungKind::People);
    assert!(matches!(people.reasons[0], Reason::ProductionAsBad { .. }));
    assert!(people.against.contains(&Reason::SharedDependency));
    assert!(people.notify.contains(&Channel::PagerDuty));
    // Why not the canary's way back: it would change nothing.
    let rollback = rung(&told, RungKind::Rollback);
    assert_eq!(rollback.state, RungState::Open);
    assert!(matches!(
        rollback.against[0],
        Reason::ProductionAsBad { .. }
    ));
    assert_eq!(told.hurt.production_well, Some(false));
    assert!(told.promotion.waits.contains(&Closed::ProductionBad));
}

#[test]
fn production_alone_bad_is_not_the_canarys_fault() {
    let mut story = calm("03:07:00");
    story.failing = |e, _, t| {
        if e == Environment::Production && t >= at("03:03:00") {
            0.08
        } else {
            0.002
        }
    };
    let told = advice(&story.evidence(), "03:07:00");
    assert!(matches!(
        told.headline,
        Headline::ProductionBad {
            metric: Metric::Errors,
            ..
        }
    ));
    assert_eq!(told.first, Some(RungKind::People));

    let mut evidence = calm("03:05:00").evidence();
    crash(production(&mut evidence), 0);
    let told = advice(&evidence, "03:05:00");
    assert!(matches!(
        told.headline,
        Headline::ProductionBad {
            metric: Metric::Readiness,
            ..
        }
    ));
    assert_eq!(told.first, Some(RungKind::People));
}

#[test]
fn a_canary_far_worse_than_a_bad_production_is_still_the_canarys() {
    let mut story = spread_errors("03:05:00");
    story.failing = |e, _, t| match e {
        Environment::Canary if t >= at("03:03:00") => 0.3,
        _ => 0.02,
    };
    let told = advice(&story.evidence(), "03:05:00");
    assert!(
        matches!(told.headline, Headline::Breach { .. }),
        "{:?}",
        told.headline
    );
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert!(
        rung(&told, RungKind::Rollback)
            .against
            .iter()
            .any(|r| matches!(r, Reason::ProductionAsBad { .. }))
    );
}

#[test]
fn a_breach_helped_and_not_helped() {
    let breach = advice(&feature_errors("03:05:00").evidence(), "03:05:00");
    assert!(matches!(breach.headline, Headline::Breach { since, .. } if since == at("03:03:00")));
    let mut evidence = spread_errors("03:07:00").evidence();
    evidence.attempts = vec![disabled(
        "03:05:00",
        Some(Outcome::Verified { instances: 4 }),
    )];
    let told = advice(&evidence, "03:07:00");
    assert!(
        matches!(
            told.headline,
            Headline::StillBad { acted_at, estimate: Some(e), .. } if acted_at == at("03:05:00") && e.low > 5.0
        ),
        "{:?}",
        told.headline
    );
    assert_eq!(FLAG, "new-payment-flow");
}

#[test]
fn a_canary_whose_beginning_is_unknown_is_not_judged() {
    let told = bent(&calm("03:08:00"), |c| {
        c.canary = Lifetime::Unknown;
        for m in &mut c.metrics {
            m.verdict.verdict = Verdict::NoData(NoData::NoCanarySeries);
        }
    });
    assert!(matches!(told.headline, Headline::Unjudged { .. }));
    assert!(told.promotion.waits.contains(&Closed::NoCanary));
}
