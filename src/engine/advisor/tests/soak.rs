//! Production's soak: against itself before the release, by its limits alone where that was not seen, and no longer than
//! it lasts.

use super::{rung, state};
use crate::domain::environment::Environment;
use crate::domain::gauge::Gauge;
use crate::domain::grid::GridIndex;
use crate::domain::source::SourceId;
use crate::domain::verdict::{Metric, NoData, Verdict};
use crate::engine::advisor::advice::{Advice, Headline, RungKind, RungState, RungTarget};
use crate::engine::advisor::reason::{Closed, Reason};
use crate::engine::advisor::{advise, began};
use crate::engine::assess::{Assessment, Compared, Memory, WindowKind, assess, assess_again};
use crate::engine::built::place;
use crate::engine::built::{
    PAY, Story, at, calm, canary, crash, feeds, flag_is_on, production, promote, refuses,
};
use crate::engine::evidence::ServiceEvidence;

const BEFORE: &str = "02:58:40";

/// Promoted: the release began at 02:58:40, its rollout was complete at 03:00:00, its soak is from 03:01:00 to 03:11:00.
fn soaking(story: &Story) -> ServiceEvidence {
    let mut evidence = story.evidence();
    promote(&mut evidence, BEFORE, "03:00:00");
    evidence
}

fn concluded(evidence: &ServiceEvidence, clock: &str) -> (Assessment, Advice) {
    let assessment = assess(evidence, at(clock));
    let advice = advise(evidence, &assessment, at(clock));
    (assessment, advice)
}

fn verdict(assessment: &Assessment, metric: Metric) -> Verdict {
    let mut rows = assessment.rows.iter();
    rows.find(|r| r.verdict.metric == metric)
        .unwrap()
        .verdict
        .verdict
        .clone()
}

/// From 03:03:00 on production fails in so many of a hundred.
fn spread(now: &str) -> Story {
    Story {
        failing: |e, _, t| match e {
            Environment::Production if t >= at("03:03:00") => 0.02,
            _ => 0.002,
        },
        ..calm(now)
    }
}

/// From 03:03:00 on the flag's endpoint fails on production.
fn feature(now: &str) -> Story {
    Story {
        failing: |e, endpoint, t| match (e, endpoint) {
            (Environment::Production, PAY) if t >= at("03:03:00") => 0.39,
            _ => 0.002,
        },
        ..calm(now)
    }
}

#[test]
fn the_same_before_and_after_is_a_soak() {
    let evidence = soaking(&calm("03:04:10"));
    let (a, advice) = concluded(&evidence, "03:04:10");
    assert_eq!(a.compared(), Compared::Production { before: at(BEFORE) });
    assert_eq!((a.canary_began, a.soak_ends), (None, None));
    assert_eq!(a.window.kind, WindowKind::SinceCanary);
    let Headline::ProductionSoak {
        began,
        ends,
        before,
        is_seen,
        errors,
    } = advice.headline
    else {
        panic!("{:?}", advice.headline);
    };
    assert_eq!((began, ends), (at("03:01:00"), at("03:11:00")));
    assert_eq!((before, is_seen), (at(BEFORE), true));
    let errors = errors.unwrap();
    assert!(errors.low < 1.0 && errors.high.unwrap() > 1.0, "{errors:?}");
    assert_eq!(advice.first, None);
    assert_eq!(advice.promotion.waits, [Closed::NoCanary]);
    assert_eq!(advice.hurt.production_well, Some(true));
}

#[test]
fn the_time_before_lies_beside_the_soak_and_ends_before_the_release() {
    // Production failed from the release's beginning on: nothing of that is in what it is held against.
    let story = Story {
        failing: |e, _, t| match e {
            Environment::Production if t >= at(BEFORE) => 0.1,
            _ => 0.0,
        },
        ..calm("03:10:45")
    };
    let (a, _) = concluded(&soaking(&story), "03:10:45");
    let errors = &a.rows[0].verdict;
    assert_eq!(errors.production.bad, 0, "{errors:?}");
    assert!(errors.production.total > 0 && errors.verdict.is_breach());
    assert!(
        a.rows[0]
            .baseline_trend
            .iter()
            .flatten()
            .all(|share| *share == 0.0)
    );
}

#[test]
fn ten_times_the_errors_after_is_a_breach_and_the_release_is_to_go() {
    let evidence = soaking(&spread("03:06:00"));
    let (a, advice) = concluded(&evidence, "03:06:00");
    let Headline::Breach {
        metric,
        since,
        estimate,
    } = advice.headline
    else {
        panic!("{:?}", advice.headline);
    };
    assert_eq!((metric, since), (Metric::Errors, at("03:03:00")));
    let ratio = estimate.unwrap().ratio.unwrap();
    assert!((8.0..12.0).contains(&ratio), "{ratio}");
    assert_eq!(advice.first, Some(RungKind::Rollback));
    let rollback = rung(&advice, RungKind::Rollback);
    assert!(
        matches!(
            &rollback.target,
            RungTarget::Release { environment: Environment::Production, to: Some(to), .. } if to.0.get() == 13
        ),
        "{:?}",
        rollback.target
    );
    assert_eq!(rollback.by_hand, Some(Closed::ByHand));
    let onset = began(&evidence, &a, at("03:06:00")).unwrap();
    assert_eq!(
        (onset.on, onset.than),
        (Environment::Production, Some(a.compared()))
    );
    assert!(advice.hurt.canary_failing.unwrap() > 15.0 && !advice.promotion.open);
}

#[test]
fn a_flag_that_was_switched_after_the_release_is_tried_first() {
    let mut evidence = soaking(&feature("03:06:00"));
    flag_is_on(&mut evidence, Environment::Production, "03:01:30");
    let (_, advice) = concluded(&evidence, "03:06:00");
    assert_eq!(advice.first, Some(RungKind::Flag), "{advice:#?}");
    let flag = rung(&advice, RungKind::Flag);
    assert!(matches!(
        flag.target,
        RungTarget::Flag {
            environment: Environment::Production,
            ..
        }
    ));
    // What served before as well is not what differs.
    flag_is_on(&mut evidence, Environment::Production, "01:30:00");
    let (_, advice) = concluded(&evidence, "03:06:00");
    assert_eq!(advice.first, Some(RungKind::Rollback));
}

#[test]
fn as_bad_before_is_nobodys_release() {
    let story = Story {
        failing: |e, _, _| {
            if e == Environment::Production {
                0.08
            } else {
                0.002
            }
        },
        ..calm("03:06:00")
    };
    let (_, advice) = concluded(&soaking(&story), "03:06:00");
    assert!(
        matches!(advice.headline, Headline::BothBad { .. }),
        "{:?}",
        advice.headline
    );
    assert_eq!(advice.first, Some(RungKind::People));
}

#[test]
fn without_a_time_before_only_limits_speak() {
    let forget = |evidence: &mut ServiceEvidence| {
        let side = production(evidence);
        let red = &mut side.red.as_mut().unwrap().value;
        let old = 4 * 54;
        red.first = GridIndex(red.first.0 + 4 * 54);
        red.holes.drain(..old);
        red.untold.drain(..old);
        red.latency.counts.drain(..old);
        for counts in red.endpoints.values_mut() {
            for column in [&mut counts.total, &mut counts.errors, &mut counts.slow] {
                column.drain(..old);
            }
        }
    };
    let mut evidence = soaking(&calm("03:04:10"));
    forget(&mut evidence);
    let (a, advice) = concluded(&evidence, "03:04:10");
    assert!(
        matches!(
            advice.headline,
            Headline::ProductionSoak { is_seen: false, .. }
        ),
        "{:?}",
        advice.headline
    );
    assert_eq!(
        verdict(&a, Metric::Errors),
        Verdict::NoData(NoData::NoBefore)
    );
    assert_eq!(verdict(&a, Metric::Readiness), Verdict::Pass);

    let mut crashing = evidence.clone();
    crash(production(&mut crashing), 3);
    let (_, advice) = concluded(&crashing, "03:04:10");
    assert!(
        matches!(advice.headline, Headline::RedLine { .. }),
        "{:?}",
        advice.headline
    );
    assert_eq!(advice.first, Some(RungKind::Rollback));

    // Over its limit, and nobody knows since which release: people.
    let mut failing = soaking(&spread("03:06:00"));
    forget(&mut failing);
    let (_, advice) = concluded(&failing, "03:06:00");
    assert!(
        matches!(advice.headline, Headline::ProductionBad { .. }),
        "{:?}",
        advice.headline
    );
    assert_eq!(advice.first, Some(RungKind::People));
    let people = rung(&advice, RungKind::People);
    assert!(matches!(
        people.reasons[0],
        Reason::OverLimit {
            metric: Metric::Errors,
            ..
        }
    ));
}

#[test]
fn a_canary_that_is_down_is_said_while_production_is_well() {
    let mut evidence = soaking(&calm("03:04:10"));
    canary(&mut evidence).workload.as_mut().unwrap().value.ready = 0;
    let (a, advice) = concluded(&evidence, "03:04:10");
    assert_eq!(a.promoted, None);
    assert!(
        matches!(advice.headline, Headline::RedLine { .. }),
        "{:?}",
        advice.headline
    );
    production(&mut evidence)
        .workload
        .as_mut()
        .unwrap()
        .value
        .ready = 0;
    let (a, _) = concluded(&evidence, "03:04:10");
    assert!(a.promoted.is_some() && a.red_lines.len() == 1);
}

#[test]
fn a_version_that_is_not_known_is_no_soak() {
    for of in [Environment::Canary, Environment::Production] {
        let mut evidence = soaking(&calm("03:04:10"));
        let side = evidence.environments.get_mut(&of).unwrap();
        side.workload = None;
        side.releases = None;
        let (a, _) = concluded(&evidence, "03:04:10");
        assert_eq!(a.promoted, None, "{of}");
    }
    let mut evidence = soaking(&calm("03:04:10"));
    for side in evidence.environments.values_mut() {
        (side.workload, side.releases) = (None, None);
    }
    let (a, advice) = concluded(&evidence, "03:04:10");
    assert_eq!(a.promoted, None);
    assert!(!matches!(advice.headline, Headline::ProductionSoak { .. }));
}

#[test]
fn before_and_after_its_time_nothing_is_said() {
    let of = |clock: &str| concluded(&soaking(&calm(clock)), clock).1.headline;
    assert!(matches!(of("03:00:30"), Headline::WarmingUp { until } if until == at("03:01:00")));
    assert!(matches!(of("03:10:59"), Headline::ProductionSoak { .. }));
    assert_eq!(of("03:11:00"), Headline::Idle);
    let mut evidence = soaking(&calm("03:04:10"));
    evidence.policy.production_soak_seconds = 120;
    assert_eq!(concluded(&evidence, "03:04:10").1.headline, Headline::Idle);
    evidence.policy.production_soak_seconds = 0;
    assert_eq!(concluded(&evidence, "03:04:10").1.headline, Headline::Idle);
}

#[test]
fn where_nobody_tells_when_the_release_began_the_longest_rollout_is_assumed() {
    let mut evidence = soaking(&calm("03:04:10"));
    production(&mut evidence).releases = None;
    let (a, _) = concluded(&evidence, "03:04:10");
    assert_eq!(a.promoted.unwrap().before, at("02:50:00"));
    // Restarted pods of a release of days before, too.
    let mut evidence = soaking(&calm("03:04:10"));
    promote(&mut evidence, "01:00:00", "03:00:00");
    let (a, _) = concluded(&evidence, "03:04:10");
    assert_eq!(a.promoted.unwrap().before, at("02:50:00"));
}

#[test]
fn gauges_are_held_against_the_time_before() {
    let mut evidence = soaking(&calm("03:10:00"));
    feeds(production(&mut evidence), Gauge::PoolWait, |t| {
        if t >= at("03:00:00") { 0.2 } else { 0.002 }
    });
    let (a, _) = concluded(&evidence, "03:10:00");
    let verdict = verdict(&a, Metric::Gauge(Gauge::PoolWait));
    assert!(verdict.is_breach(), "{verdict:?}");
}

#[test]
fn only_productions_own_sources_make_it_blind() {
    let mut evidence = soaking(&calm("03:04:10"));
    let seen = || refuses(Some(at("03:04:00")));
    let of = |environment| SourceId::Prometheus(place(environment));
    evidence.sources.insert(of(Environment::Canary), seen());
    canary(&mut evidence).red = None;
    let (_, advice) = concluded(&evidence, "03:04:30");
    assert!(
        matches!(advice.headline, Headline::ProductionSoak { .. }),
        "{:?}",
        advice.headline
    );
    evidence.sources.insert(of(Environment::Production), seen());
    let (_, advice) = concluded(&evidence, "03:04:30");
    assert!(
        matches!(&advice.headline, Headline::Blind { last: Some(last), .. } if matches!(**last, Headline::ProductionSoak { .. })),
        "{:?}",
        advice.headline
    );
}

#[test]
fn a_memory_says_the_same_and_tells_a_canary_from_a_soak() {
    let mut memory = Memory::default();
    for clock in ["03:02:00", "03:05:00", "03:05:07", "03:10:00", "03:12:00"] {
        let canary = spread(clock).evidence();
        for evidence in [&canary, &soaking(&spread(clock))] {
            let again = assess_again(evidence, &mut memory, at(clock));
            assert_eq!(again, assess(evidence, at(clock)), "{clock}");
        }
    }
    assert_eq!(
        state(
            &concluded(&soaking(&calm("03:05:00")), "03:05:00").1,
            RungKind::Flag
        ),
        &RungState::NotNeeded(Closed::NothingWrong)
    );
}
