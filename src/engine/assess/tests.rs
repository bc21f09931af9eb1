//! The table is right: values, limits, windows, staleness and red lines.

#![expect(clippy::wildcard_enum_match_arm, reason = "what else is seen is shown")]

use super::window;
use super::{Limit, RedLine, Row, Value, WindowKind, assess};
use crate::domain::environment::Environment;
use crate::domain::gauge::Gauge;
use crate::domain::source::{SourceId, SourceState};
use crate::domain::verdict::{Metric, NoData, Unsure, Verdict, Watch};
use crate::domain::workload::Rollout;
use crate::engine::advisor::advice::Headline;
use crate::engine::advisor::advise;
use crate::engine::built::{
    at, both_bad, calm, canary, crash, disabled, feature_errors, place, production, refuses,
};
use crate::engine::evidence::ServiceEvidence;

fn row(evidence: &ServiceEvidence, now: &str, metric: Metric) -> Row {
    let assessment = assess(evidence, at(now));
    assessment
        .rows
        .into_iter()
        .find(|r| r.verdict.metric == metric)
        .unwrap()
}

fn near(value: Option<Value>, expected: f64) -> bool {
    match value {
        Some(
            Value::Share(v) | Value::Seconds(v) | Value::PerSecond(v) | Value::BytesPerSecond(v),
        ) => (v - expected).abs() < expected.abs() * 0.02 + 1e-9,
        Some(Value::Count(_) | Value::Of { .. }) | None => false,
    }
}

#[test]
fn a_calm_soak_shows_the_soak_so_far_on_both_sides() {
    let evidence = calm("03:03:00").evidence();
    let a = assess(&evidence, at("03:03:00"));
    assert_eq!(a.canary_began, Some(at("03:01:00")));
    assert_eq!(a.soak_ends, Some(at("03:06:00")));
    assert_eq!(a.through, Some(at("03:03:00")));
    assert_eq!(a.window.kind, WindowKind::SinceCanary);
    assert_eq!(a.window.from, Some(at("03:01:00")));
    let metrics: Vec<Metric> = a.rows.iter().map(|r| r.verdict.metric).collect();
    assert_eq!(metrics, super::rows::ALWAYS);
    let errors = &a.rows[0];
    assert_eq!(errors.verdict.verdict, Verdict::Unsure(Unsure::Soaking));
    assert!(near(errors.canary, 0.002), "{:?}", errors.canary);
    assert!(near(errors.production, 0.002));
    assert_eq!(errors.canary_over, Limit::Within);
    assert_eq!(errors.trend.len(), 60);
    assert_eq!(errors.trend_ends, Some(at("03:03:00")));
    assert!((errors.full_scale - 0.01).abs() < 1e-12);
    assert!(near(a.rows[1].canary, 0.3), "p95 {:?}", a.rows[1].canary);
    assert!(near(a.rows[2].canary, 50.0) && near(a.rows[2].production, 1000.0));
    assert!(near(a.rows[3].canary, 0.443));
    assert_eq!(a.rows[5].canary, Some(Value::Count(0)));
    assert_eq!(a.rows[6].canary, Some(Value::Of { some: 4, all: 4 }));
    assert!(a.red_lines.is_empty() && a.production_lines.is_empty());
}

#[test]
fn after_the_soak_all_pass_and_the_window_is_the_last_five_minutes() {
    let evidence = calm("03:08:00").evidence();
    let a = assess(&evidence, at("03:08:00"));
    assert_eq!(a.window.kind, WindowKind::Recent);
    assert_eq!(a.window.from, Some(at("03:03:00")));
    for row in &a.rows {
        assert_eq!(
            row.verdict.verdict,
            Verdict::Pass,
            "{:?}",
            row.verdict.metric
        );
    }
}

#[test]
fn errors_that_no_label_tells_are_no_data_and_promote_nothing() {
    let whole = calm("03:08:00").evidence();
    let untold = |e: Environment, every: u64| {
        let mut evidence = whole.clone();
        let red = evidence.environments.get_mut(&e).unwrap().red.as_mut();
        let red = &mut red.unwrap().value;
        for (at, untold) in red.untold.iter_mut().enumerate() {
            *untold = red.endpoints.values().map(|c| c.total[at]).sum::<u64>() / every;
        }
        evidence
    };
    for side in [Environment::Canary, Environment::Production] {
        for every in [1, 100] {
            let evidence = untold(side, every);
            let a = assess(&evidence, at("03:08:00"));
            let errors = &a.rows[0];
            assert_eq!(
                errors.verdict.verdict,
                Verdict::NoData(NoData::NoStatus),
                "{side} {every}"
            );
            let (shown, other) = match side {
                Environment::Canary => (errors.canary, errors.production),
                _ => (errors.production, errors.canary),
            };
            assert_eq!(shown, None);
            assert!(near(other, 0.002));
            assert!(a.endpoints.is_empty());
            assert_eq!(a.rows[1].verdict.verdict, Verdict::Pass);
            let advice = advise(&evidence, &a, at("03:08:00"));
            assert!(!advice.promotion.open);
            assert!(matches!(
                advice.headline,
                Headline::Unjudged {
                    metric: Metric::Errors,
                    why: NoData::NoStatus
                }
            ));
        }
        // A few are less than what could ever be evidence.
        let a = assess(&untold(side, 2_000), at("03:08:00"));
        assert_eq!(a.rows[0].verdict.verdict, Verdict::Pass);
    }
}

#[test]
fn a_service_without_metrics_says_so_and_promotes_nothing() {
    for (sides, now) in [
        (
            &[Environment::Canary, Environment::Production][..],
            "03:03:00",
        ),
        (&[Environment::Production], "03:08:00"),
    ] {
        let mut evidence = calm(now).evidence();
        for side in sides {
            evidence.sources.remove(&SourceId::Prometheus(place(*side)));
            let side = evidence.environments.get_mut(side).unwrap();
            (side.red, side.usage, side.before) = (None, None, None);
        }
        let a = assess(&evidence, at(now));
        for row in &a.rows {
            let verdict = match row.verdict.metric {
                Metric::Readiness => Verdict::Pass,
                _ => Verdict::NoData(NoData::NotConfigured),
            };
            assert_eq!(row.verdict.verdict, verdict, "{:?}", row.verdict.metric);
        }
        let advice = advise(&evidence, &a, at(now));
        assert!(!advice.promotion.open);
        assert!(
            matches!(
                advice.headline,
                Headline::Unjudged {
                    why: NoData::NotConfigured,
                    ..
                }
            ),
            "{:?}",
            advice.headline
        );
    }
}

#[test]
fn a_breach_by_what_labels_tell_stands() {
    let mut evidence = feature_errors("03:05:00").evidence();
    let red = evidence.environments.get_mut(&Environment::Canary).unwrap();
    red.red.as_mut().unwrap().value.untold.fill(30);
    let a = assess(&evidence, at("03:05:00"));
    assert!(a.rows[0].verdict.verdict.is_breach());
    assert!(!a.endpoints.is_empty());
}

#[test]
fn a_histogram_that_does_not_tell_endpoints_apart_is_judged_as_a_whole() {
    let story = |slow: fn(Environment) -> bool| {
        let story = crate::engine::built::Story {
            slow,
            ..calm("03:08:00")
        };
        let mut evidence = story.evidence();
        for side in evidence.environments.values_mut() {
            for counts in side.red.as_mut().unwrap().value.endpoints.values_mut() {
                counts.slow.clear();
            }
        }
        row(&evidence, "03:08:00", Metric::Slow).verdict
    };
    assert_eq!(story(|_| false).verdict, Verdict::Pass);
    let slow = story(|e| e == Environment::Canary);
    assert!(slow.verdict.is_breach(), "{slow:?}");
    assert_eq!(slow.canary.bad, slow.canary.total);
}

#[test]
fn a_breach_names_its_onset_and_the_worst_endpoint_comes_first() {
    let evidence = feature_errors("03:05:00").evidence();
    let a = assess(&evidence, at("03:05:00"));
    let since = match a.rows[0].verdict.verdict {
        Verdict::Breach { since } => since,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(since, at("03:03:00"));
    assert_eq!(a.window.kind, WindowKind::SinceOnset);
    assert_eq!(a.endpoints[0].endpoint.0.raw(), "POST /pay");
    assert!(a.endpoints[0].share > 0.9, "{}", a.endpoints[0].share);
    assert!(a.endpoints[0].estimate.is_some_and(|e| e.low > 10.0));
    assert!(near(a.rows[0].canary, 0.0408));
    assert_eq!(a.rows[0].canary_over, Limit::OverTrigger);
}

#[test]
fn one_version_on_both_sides_is_no_canary() {
    let mut evidence = calm("03:05:00").evidence();
    canary(&mut evidence)
        .workload
        .as_mut()
        .unwrap()
        .value
        .version = Some("2.13.4".into());
    let a = assess(&evidence, at("03:05:00"));
    assert_eq!(a.canary_began, None);
    for row in &a.rows {
        assert_eq!(row.verdict.verdict, Verdict::NoData(NoData::NoCanary));
    }
}

#[test]
fn the_first_minute_does_not_count() {
    let evidence = calm("03:00:40").evidence();
    let until = at("03:01:00");
    let errors = row(&evidence, "03:00:40", Metric::Errors);
    assert_eq!(
        errors.verdict.verdict,
        Verdict::NoData(NoData::WarmingUp { until })
    );
}

#[test]
fn what_rests_on_a_silent_source_is_no_data_and_keeps_what_it_was() {
    for side in [Environment::Canary, Environment::Production] {
        let mut evidence = feature_errors("03:05:00").evidence();
        let id = SourceId::Prometheus(place(side));
        evidence.sources.insert(id, refuses(Some(at("03:05:00"))));
        let errors = row(&evidence, "03:06:50", Metric::Errors);
        let last = at("03:05:00");
        assert_eq!(
            errors.verdict.verdict,
            Verdict::NoData(NoData::Stale { last })
        );
        assert!(errors.was.is_some_and(|was| was.is_breach()));
        let pods = row(&evidence, "03:06:20", Metric::Readiness);
        assert_eq!(pods.verdict.verdict, Verdict::Pass);
    }
}

#[test]
fn three_intervals_without_an_answer_are_too_old() {
    let evidence = calm("03:05:00").evidence();
    assert!(
        !row(&evidence, "03:05:45", Metric::Errors)
            .verdict
            .verdict
            .is_no_data()
    );
    assert!(
        row(&evidence, "03:05:46", Metric::Errors)
            .verdict
            .verdict
            .is_no_data()
    );
}

#[test]
fn a_server_that_answers_without_new_samples_is_silent() {
    let mut evidence = calm("03:05:00").evidence();
    for state in evidence.sources.values_mut() {
        *state = SourceState::live(at("03:07:00"));
    }
    let errors = row(&evidence, "03:07:00", Metric::Errors);
    assert_eq!(
        errors.verdict.verdict,
        Verdict::NoData(NoData::Stale {
            last: at("03:05:00")
        })
    );
}

#[test]
fn a_metric_without_a_series_is_no_data_never_zero() {
    let mut evidence = calm("03:08:00").evidence();
    let usage = &mut canary(&mut evidence).usage.as_mut().unwrap().value;
    usage.gauges.remove(&Gauge::Memory);
    let memory = row(&evidence, "03:08:00", Metric::Gauge(Gauge::Memory));
    assert!(memory.verdict.verdict.is_no_data(), "{:?}", memory.verdict);
    assert_eq!(memory.canary, None);
    assert!(memory.production.is_some());
}

#[test]
fn both_over_their_own_limit_is_suspicious_and_no_breach() {
    let evidence = both_bad("03:07:00").evidence();
    let errors = row(&evidence, "03:07:00", Metric::Errors);
    assert_eq!(errors.verdict.verdict, Verdict::Watch(Watch::OverLimit));
    assert_eq!(errors.canary_over, Limit::OverCritical);
    assert_eq!(errors.production_over, Limit::OverCritical);
}

#[test]
fn holes_are_left_out_of_every_sum() {
    let mut evidence = calm("03:05:00").evidence();
    let whole = row(&evidence, "03:05:00", Metric::Requests).canary;
    let red = &mut canary(&mut evidence).red.as_mut().unwrap().value;
    let last = red.len() - 1;
    red.holes[last] = true;
    for counts in red.endpoints.values_mut() {
        counts.total[last] = 0;
    }
    let requests = row(&evidence, "03:05:00", Metric::Requests);
    assert_eq!(requests.canary, whole);
    assert_eq!(requests.trend.last(), Some(&None));
}

#[test]
fn red_lines_are_those_of_canary_alone() {
    type Bend = fn(&mut ServiceEvidence);
    type Seen = fn(&RedLine) -> bool;
    let cases: [(&str, Bend, Seen); 5] = [
        (
            "won't start",
            |e| crash(canary(e), 1),
            |l| matches!(l, RedLine::WontStart { ready: 1, wanted: 4, reason } if reason.raw() == "CrashLoopBackOff"),
        ),
        (
            "stuck",
            |e| {
                let health = &mut canary(e).workload.as_mut().unwrap().value;
                health.updated = 1;
                health.rollout = Some(Rollout::Stuck {
                    since: at("03:03:00"),
                    reason: "ProgressDeadlineExceeded".into(),
                });
            },
            |l| matches!(l, RedLine::WontStart { ready: 4, .. }),
        ),
        (
            "down",
            |e| canary(e).workload.as_mut().unwrap().value.ready = 0,
            |l| *l == RedLine::Down,
        ),
        (
            "restarts",
            |e| canary(e).workload.as_mut().unwrap().value.restarts_recent = 26,
            |l| matches!(l, RedLine::Restarts { per_minute } if *per_minute > 5.0),
        ),
        (
            "restarts by metrics",
            |e| {
                let usage = &mut canary(e).usage.as_mut().unwrap().value;
                for v in usage.gauges.get_mut(&Gauge::Restarts).unwrap() {
                    *v = Some(1.5);
                }
            },
            |l| matches!(l, RedLine::Restarts { per_minute } if (*per_minute - 6.0).abs() < 1e-9),
        ),
    ];
    for (name, bend, seen) in cases {
        let mut evidence = calm("03:05:00").evidence();
        bend(&mut evidence);
        let a = assess(&evidence, at("03:05:00"));
        assert!(a.red_lines.iter().any(seen), "{name}: {:?}", a.red_lines);
        assert!(a.production_lines.is_empty(), "{name}");
        // The same on production: no longer canary's.
        let ours = canary(&mut evidence).clone();
        let theirs = production(&mut evidence).workload.clone().unwrap().value;
        production(&mut evidence).workload = ours.workload;
        let health = &mut production(&mut evidence).workload.as_mut().unwrap().value;
        health.version = theirs.version;
        production(&mut evidence).usage = ours.usage;
        let a = assess(&evidence, at("03:05:00"));
        assert!(a.red_lines.is_empty(), "{name} on both: {:?}", a.red_lines);
        assert!(!a.production_lines.is_empty(), "{name} on both");
    }
}

#[test]
fn machines_and_p95_have_red_lines_of_their_own() {
    let mut story = calm("03:05:00");
    story.cpu = |e| if e == Environment::Canary { 0.95 } else { 0.5 };
    let a = assess(&story.evidence(), at("03:05:00"));
    assert!(matches!(
        a.red_lines.as_slice(),
        [RedLine::Over {
            metric: Metric::Gauge(Gauge::Cpu),
            ..
        }]
    ));
    let mut story = calm("03:05:00");
    story.slow = |e| e == Environment::Canary;
    let a = assess(&story.evidence(), at("03:05:00"));
    assert!(matches!(
        a.red_lines.as_slice(),
        [RedLine::Over {
            metric: Metric::Slow,
            value: Value::Seconds(_),
            ..
        }]
    ));
    let mut evidence = story.evidence();
    evidence.sources.insert(
        SourceId::Prometheus(place(Environment::Canary)),
        refuses(None),
    );
    assert!(
        assess(&evidence, at("03:05:00")).red_lines.is_empty(),
        "old metrics cross nothing"
    );
}

#[test]
fn one_pod_of_many_that_crashes_is_no_red_line() {
    let mut evidence = calm("03:05:00").evidence();
    crash(canary(&mut evidence), 3);
    let a = assess(&evidence, at("03:05:00"));
    assert!(a.red_lines.is_empty());
    let pods = a.rows.last().unwrap();
    assert_eq!(pods.verdict.verdict, Verdict::Watch(Watch::OverLimit));
}

#[test]
fn with_a_memory_the_same_is_said() {
    let mut memory = super::Memory::default();
    for clock in ["03:02:00", "03:04:00", "03:05:00", "03:05:07", "03:08:00"] {
        let mut evidence = feature_errors(clock).evidence();
        for attempts in [vec![], vec![disabled("03:04:30", None)]] {
            evidence.attempts = attempts;
            let again = super::assess_again(&evidence, &mut memory, at(clock));
            assert_eq!(again, assess(&evidence, at(clock)), "{clock}");
        }
    }
}

#[test]
fn a_quantile_is_interpolated_in_its_bucket_and_capped_at_the_last_bound() {
    let evidence = calm("03:05:00").evidence();
    let red = &evidence.environments[&Environment::Canary]
        .red
        .as_ref()
        .unwrap()
        .value;
    let end = red.end();
    let (p95, requests) = window::p95(red, &(end.plus(-1)..end)).unwrap();
    assert!((p95 - 0.3).abs() < 0.005, "{p95}");
    assert_eq!(requests, 750);
}

#[test]
fn the_error_budget_burns_as_fast_as_requests_fail_beyond_what_the_objective_allows() {
    let evidence = feature_errors("03:07:00").evidence();
    let budget = assess(&evidence, at("03:07:00")).budget;
    let near = |of: f64, expected: f64| (of - expected).abs() < expected * 0.1;
    let (ours, theirs) = (budget.canary.unwrap(), budget.production.unwrap());
    // A tenth of the requests fails at 39 %, the others as production's: 4.1 %, where 0.5 % is allowed.
    assert!(near(ours.short, 8.2), "{ours:?}");
    assert!(near(theirs.short, 0.4) && theirs.long.is_some_and(|b| near(b, 0.4)));
    assert!(!ours.pages(&evidence.policy));

    let mut strict = evidence.clone();
    strict.policy.objective = 0.9999;
    let pages = |evidence: &ServiceEvidence| {
        let production = assess(evidence, at("03:07:00")).budget.production;
        production.is_some_and(|burn| burn.pages(&evidence.policy))
    };
    assert!(pages(&strict), "0.2 % where 0.01 % is allowed");
    let told = advise(&strict, &assess(&strict, at("03:07:00")), at("03:07:00"));
    assert!(!told.promotion.open);

    // An hour that was not seen pages nobody.
    let red = &mut production(&mut strict).red.as_mut().unwrap().value;
    red.holes.iter_mut().take(120).for_each(|hole| *hole = true);
    assert!(!pages(&strict));
}
