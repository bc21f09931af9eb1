//! What the judge says of counts that are known exactly.

mod gauges;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Business;
use super::{
    Input, Judge, Judgement, Kind, Measured, Rollout, Samples, Series, SeriesRequest, began,
    from_series, judge,
};
use crate::domain::gauge::{BusinessName, Gauge, UseWindow};
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::{
    BeforeCanary, Endpoint, EndpointCounts, LatencyCounts, RedWindow, Tally,
};
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::{Metric, NoData, Unsure, Verdict, Watch};
use crate::engine::policy::Better;

const BEGAN: GridIndex = GridIndex(119_682_000);

/// Requests and errors of an interval, spread evenly: the sums never stray from the ratio by more than one.
fn even(total: u64, ratio: f64, at: usize) -> Tally {
    let bad_by = |at: usize| (at as f64 * total as f64 * ratio + 0.5) as u64;
    Tally {
        bad: bad_by(at + 1) - bad_by(at),
        total,
    }
}

/// One endpoint: its name, and for each interval its errors and requests.
type Row = (&'static str, Vec<Tally>);

fn row(name: &'static str, length: usize, total: u64, ratio: impl Fn(usize) -> f64) -> Row {
    (
        name,
        (0..length).map(|at| even(total, ratio(at), at)).collect(),
    )
}

fn window(first: GridIndex, rows: &[Row]) -> RedWindow {
    RedWindow {
        grid: Grid::default(),
        first,
        holes: vec![false; rows.first().map_or(0, |(_, tallies)| tallies.len())],
        endpoints: rows
            .iter()
            .map(|(name, tallies)| {
                let counts = EndpointCounts {
                    total: tallies.iter().map(|t| t.total).collect(),
                    errors: tallies.iter().map(|t| t.bad).collect(),
                    slow: tallies.iter().map(|t| t.bad).collect(),
                };
                (Endpoint::new(*name), counts)
            })
            .collect(),
        untold: Vec::new(),
        latency: LatencyCounts {
            bounds: vec![0.5],
            counts: Vec::new(),
            slow_bound: 0.5,
        },
    }
}

fn calm_day() -> BeforeCanary {
    let pods = |ratio: f64| {
        (0..4_usize)
            .map(|pod| {
                (0..720_usize)
                    .map(|block| Some(even(1500, ratio, block + pod)))
                    .collect()
            })
            .collect()
    };
    BeforeCanary {
        errors: pods(0.002),
        slow: pods(0.002),
    }
}

struct World {
    canary: RedWindow,
    production: RedWindow,
    before: BeforeCanary,
}

/// 50 requests a second on canary, production 20 times that, an hour of production before.
fn world(length: usize, canary: impl Fn(usize) -> f64) -> World {
    busy(length, 750, canary)
}

fn busy(length: usize, requests: u64, canary: impl Fn(usize) -> f64) -> World {
    World {
        canary: window(BEGAN, &[row("GET /", length, requests, canary)]),
        production: window(
            BEGAN.plus(-240),
            &[row("GET /", length + 240, requests * 20, |_| 0.002)],
        ),
        before: calm_day(),
    }
}

impl World {
    fn input(&self) -> Input<'_> {
        let end = self.canary.end();
        Input {
            alpha: 0.01,
            canary_began: Some(BEGAN),
            soak_seconds: 300,
            now: Grid::default().start(end),
            canary: Some(&self.canary),
            production: Some(&self.production),
            canary_use: None,
            production_use: None,
            before: Some(&self.before),
            acted_at: None,
            own_dependencies: false,
            business: Business::NONE,
        }
    }

    fn errors(&self) -> Verdict {
        errors(&judge(&self.input()))
    }

    /// The same windows as they were at an earlier interval.
    fn until(&self, length: usize) -> Self {
        let cut = |window: &RedWindow| {
            let keep = usize::try_from(BEGAN.since(window.first)).unwrap() + length;
            let mut cut = window.clone();
            cut.holes.truncate(keep);
            for counts in cut.endpoints.values_mut() {
                counts.total.truncate(keep);
                counts.errors.truncate(keep);
                counts.slow.truncate(keep);
            }
            cut
        };
        Self {
            canary: cut(&self.canary),
            production: cut(&self.production),
            before: self.before.clone(),
        }
    }
}

fn errors(judgement: &Judgement) -> Verdict {
    judgement.verdict(Metric::Errors).unwrap().verdict.clone()
}

fn start(interval: i64) -> Timestamp {
    Grid::default().start(BEGAN.plus(interval))
}

#[test]
fn a_failing_canary_is_a_breach_since_the_failure_began() {
    let world = world(120, |at| if at >= 80 { 0.05 } else { 0.002 });
    let judged = judge(&world.input());
    assert_eq!(errors(&judged), Verdict::Breach { since: start(80) });
    let verdict = judged.verdict(Metric::Errors).unwrap();
    assert_eq!(verdict.from, Some(start(80)));
    assert_eq!(verdict.canary.total, 40 * 750);
    let estimate = verdict.estimate.unwrap();
    assert!((20.0..30.0).contains(&estimate.ratio.unwrap()));
    assert!(estimate.low >= 1.25 && estimate.low < 25.0 && estimate.high.unwrap() > 25.0);
    assert!((estimate.certainty - 0.995).abs() < 1e-12);
    let evidence = judged.evidence(Metric::Errors).unwrap();
    assert!(evidence.value > evidence.threshold && !evidence.phi_assumed);
    assert!((evidence.threshold - 200.0).abs() < 1e-9);
    assert!(evidence.certain_at.unwrap() <= start(86));
    assert_eq!(judged.through, Some(start(120)));
    assert_eq!(judged.endpoints.len(), 1);
    assert!((judged.endpoints[0].share_of_errors - 1.0).abs() < 1e-12);
}

#[test]
fn opened_at_the_start_or_late_or_judged_from_records_the_numbers_are_the_same() {
    let world = world(200, |at| match at {
        60..=90 => 0.06,
        150.. => 0.03,
        _ => 0.002,
    });
    let mut early = Judge::new(&world.until(1).input());
    let mut late: Option<Judge> = None;
    for length in 1..=200 {
        let now = world.until(length);
        let followed = early.judge(&now.input());
        let at_once = judge(&now.input());
        assert_eq!(followed, at_once, "at {length}");
        if length >= 80 {
            let late = late.get_or_insert_with(|| Judge::new(&now.input()));
            assert_eq!(late.judge(&now.input()), at_once, "late, at {length}");
        }
        let recorded = from_series(&recorded(&now));
        let judged = at_once.verdict(Metric::Errors).unwrap();
        assert_eq!(recorded[0].verdict, judged.verdict, "recorded, at {length}");
        assert_eq!(recorded[0].bad, judged.canary.bad);
        assert_eq!(recorded[0].low, judged.estimate.map(|e| e.low));
        assert_eq!(recorded[0].ratio, judged.estimate.and_then(|e| e.ratio));
    }
    assert!(early.state_bytes() < 64_000);
}

#[test]
fn of_a_canary_of_days_only_what_is_kept_is_recorded() {
    const KEPT: usize = 2880;
    const DAYS: i64 = 3 * 5760;
    for ratio in [0.002, 0.02] {
        let world = busy(KEPT, 75, |_| ratio);
        let mut input = world.input();
        let production = world.production.clone();
        input.canary_began = Some(BEGAN.plus(-DAYS));
        let request = super::recorded(&input).unwrap();
        assert_eq!(request.began_at, start(-DAYS));
        assert_eq!(request.starts_at, Some(start(-240)));
        for series in &request.series {
            if let Kind::Ratio { canary, .. } = &series.kind {
                assert_eq!(canary.total.len(), production.len());
            }
        }
        let judged = judge(&input);
        let anew = from_series(&request);
        let judged = judged.verdict(Metric::Errors).unwrap();
        assert_eq!(anew[0].verdict, judged.verdict);
        assert_eq!(anew[0].bad, judged.canary.bad);
        assert_eq!(anew[0].low, judged.estimate.map(|e| e.low));
    }
}

fn recorded(world: &World) -> SeriesRequest {
    let samples = |window: &RedWindow, before: usize| {
        let counts = window.endpoints.values().next().unwrap();
        let pad = |values: &[u64]| {
            let holes = std::iter::repeat_n(Some(0), before);
            holes.chain(values.iter().copied().map(Some)).collect()
        };
        Samples {
            bad: pad(&counts.errors),
            total: pad(&counts.total),
        }
    };
    SeriesRequest {
        alpha: 0.01,
        began_at: start(0),
        starts_at: Some(start(-240)),
        interval_seconds: 15,
        soak_seconds: 300,
        before: Some(world.before.clone()),
        own_dependencies: false,
        business: BTreeMap::new(),
        business_drop: 0.2,
        series: vec![Series {
            metric: "errors".to_owned(),
            endpoint: Some("GET /".to_owned()),
            kind: Kind::Ratio {
                canary: samples(&world.canary, 240),
                production: samples(&world.production, 0),
            },
        }],
    }
}

#[test]
fn passing_is_earned_and_needs_requests() {
    let calm = |_: usize| 0.002;
    assert_eq!(world(19, calm).errors(), Verdict::Unsure(Unsure::Soaking));
    assert_eq!(world(20, calm).errors(), Verdict::Pass);
    let Verdict::Unsure(Unsure::TooFewRequests {
        have,
        need,
        seconds,
    }) = busy(20, 3, calm).errors()
    else {
        panic!("not too few: {:?}", busy(20, 3, calm).errors());
    };
    assert_eq!(have, 60);
    assert!((800..1500).contains(&need), "{need}");
    assert!((3000..8000).contains(&seconds.unwrap()));
    // 0.8 % against 0.2 %: at the bound of what must be ruled out, so no number of requests passes it.
    let verdict = world(400, |_| 0.008).errors();
    assert_ne!(verdict, Verdict::Pass);
    // Assumed dispersion needs three times as many.
    let mut unknown = world(20, calm);
    unknown.before = BeforeCanary::default();
    assert!(judge(&unknown.input()).evidence[0].phi_assumed);
}

#[test]
fn what_can_not_be_known_is_never_a_pass() {
    let mut world = world(40, |_| 0.002);
    let mut input = world.input();
    input.canary_began = None;
    assert_eq!(errors(&judge(&input)), Verdict::NoData(NoData::NoCanary));
    let mut input = world.input();
    input.now = start(-2);
    let warming = NoData::WarmingUp { until: start(0) };
    assert_eq!(errors(&judge(&input)), Verdict::NoData(warming));
    let mut input = world.input();
    input.canary = None;
    assert_eq!(
        errors(&judge(&input)),
        Verdict::NoData(NoData::NoCanarySeries)
    );
    let mut input = world.input();
    input.production = None;
    assert_eq!(
        errors(&judge(&input)),
        Verdict::NoData(NoData::NoProductionSeries)
    );
    let mut input = world.input();
    input.now = start(44);
    let stale = NoData::Stale { last: start(40) };
    assert_eq!(errors(&judge(&input)), Verdict::NoData(stale));
    for hole in 37..40 {
        world.canary.holes[hole] = true;
    }
    assert_eq!(world.errors(), Verdict::NoData(NoData::Hole));
    world.canary.holes[37] = false;
    assert_eq!(world.errors(), Verdict::Pass);
    assert_eq!(
        busy(40, 0, |_| 0.0).errors(),
        Verdict::NoData(NoData::NoTraffic)
    );
}

#[test]
fn counts_of_a_hole_are_not_used_on_either_side() {
    let mut world = world(60, |_| 0.002);
    for hole in [30, 31] {
        world.production.holes[240 + hole] = true;
        let counts = world.canary.endpoints.values_mut().next().unwrap();
        counts.errors[hole] = 750;
    }
    let judged = judge(&world.input());
    assert_eq!(errors(&judged), Verdict::Pass);
    let verdict = judged.verdict(Metric::Errors).unwrap();
    assert_eq!(verdict.canary.total, 58 * 750);
    assert_eq!(verdict.production.total, 58 * 15_000);
}

#[test]
fn a_breach_is_remembered_while_the_source_is_silent() {
    let world = world(60, |at| if at >= 20 { 0.05 } else { 0.002 });
    let mut input = world.input();
    input.now = start(100);
    let judged = judge(&input);
    assert!(errors(&judged).is_no_data());
    let evidence = judged.evidence(Metric::Errors).unwrap();
    assert_eq!(evidence.breach_since, Some(start(20)));
}

#[test]
fn worse_by_less_than_matters_is_watched_and_not_a_breach() {
    let world = world(960, |_| 0.007);
    assert_eq!(
        world.errors(),
        Verdict::Watch(Watch::BelowFloor),
        "0.7 % of errors is under the floor of 1 %"
    );
}

#[test]
fn one_broken_endpoint_is_found_and_named_and_the_other_rows_are_there() {
    let names = [
        "GET /a",
        "GET /b",
        "GET /c",
        "GET /d",
        "GET /e",
        "GET /f",
        "GET /g",
        "GET /h",
        "GET /i",
        "POST /pay",
    ];
    let rows = |length: usize, total: u64, broken: f64| -> Vec<Row> {
        names
            .into_iter()
            .map(|name| {
                let (total, ratio) = if name == "POST /pay" {
                    (total / 10, broken)
                } else {
                    (total, 0.002)
                };
                row(name, length, total, |_| ratio)
            })
            .collect()
    };
    let world = World {
        canary: window(BEGAN, &rows(40, 100, 0.3)),
        production: window(BEGAN.plus(-240), &rows(280, 2000, 0.002)),
        before: calm_day(),
    };
    let judged = judge(&world.input());
    assert!(errors(&judged).is_breach());
    let evidence = judged.evidence(Metric::Errors).unwrap();
    assert_eq!(evidence.endpoint, Some(Endpoint::new("POST /pay")));
    let verdict = judged.verdict(Metric::Errors).unwrap();
    assert_eq!(verdict.canary.total, 40 * 10);
    assert_eq!(judged.endpoints.len(), 10);
    assert_eq!(judged.endpoints[0].endpoint, Endpoint::new("POST /pay"));
    assert!(judged.endpoints[0].share_of_errors > 0.5);
    assert!(judged.endpoints[0].estimate.unwrap().low > 10.0);
}

#[test]
fn another_mix_of_endpoints_is_not_worse() {
    let ratios = |k: usize| if k.is_multiple_of(7) { 0.03 } else { 0.001 };
    let names: Vec<&'static str> = (0..60)
        .map(|k| &*Box::leak(format!("GET /{k}").into_boxed_str()))
        .collect();
    let rows = |length: usize, total: &dyn Fn(usize) -> u64| -> Vec<Row> {
        names
            .iter()
            .enumerate()
            .map(|(k, name)| row(name, length, total(k), |_| ratios(k)))
            .collect()
    };
    let world = World {
        canary: window(
            BEGAN,
            &rows(240, &|k| if k.is_multiple_of(7) { 60 } else { 10 }),
        ),
        production: window(BEGAN.plus(-240), &rows(480, &|_| 200)),
        before: calm_day(),
    };
    let judged = judge(&world.input());
    let canary = judged.verdict(Metric::Errors).unwrap().canary;
    assert!(canary.ratio().unwrap() > 0.012, "its mix has more errors");
    assert!(!errors(&judged).is_breach(), "{judged:?}");
    assert!(judged.evidence[0].value < 10.0);
}

#[test]
fn an_endpoint_that_production_does_not_have_must_not_fail_much() {
    let of = |ratio: f64| World {
        canary: window(
            BEGAN,
            &[
                row("GET /", 60, 500, |_| 0.002),
                row("GET /new", 60, 20, |_| ratio),
            ],
        ),
        production: window(BEGAN.plus(-240), &[row("GET /", 300, 10_000, |_| 0.002)]),
        before: calm_day(),
    };
    assert!(of(0.3).errors().is_breach());
    assert!(!of(0.008).errors().is_breach());
}

#[test]
fn an_action_helps_and_canary_recovers_and_a_new_failure_is_a_new_breach() {
    let world = |again: bool| {
        world(200, move |at| match at {
            40..=79 => 0.05,
            160.. if again => 0.05,
            _ => 0.002,
        })
    };
    let calm = world(false);
    let mut input = calm.input();
    input.acted_at = Some(start(80) - jiff::SignedDuration::from_secs(5));
    let judged = judge(&input);
    let effect = judged.evidence(Metric::Errors).unwrap().effect.unwrap();
    assert_eq!(effect.measured, Measured::Yes);
    // Interval 80 may count what the last scrape before the action had not seen yet.
    assert_eq!(effect.helped, Some(start(82)));
    assert!(effect.recovered.unwrap() <= start(85), "{effect:?}");
    let Verdict::Recovered { since, .. } = errors(&judged) else {
        panic!("not recovered: {judged:?}");
    };
    assert_eq!(since, start(40));
    let again = world(true);
    let mut input = again.input();
    input.acted_at = Some(start(80));
    assert_eq!(
        errors(&judge(&input)),
        Verdict::Breach { since: start(160) }
    );
    // An action before the onset has no effect on it.
    input.acted_at = Some(start(30));
    assert_eq!(judge(&again.input()).evidence[0].effect, None);
    assert_eq!(judge(&input).evidence[0].effect, None);
}

#[test]
fn an_action_that_does_not_help_leaves_the_breach() {
    let world = world(120, |at| if at >= 40 { 0.05 } else { 0.002 });
    let mut input = world.input();
    input.acted_at = Some(start(80));
    let judged = judge(&input);
    assert_eq!(errors(&judged), Verdict::Breach { since: start(40) });
    let effect = judged.evidence[0].effect.unwrap();
    assert_eq!((effect.helped, effect.recovered), (None, None));
    // Rerouted: nothing to measure on canary any more.
    let mut world = world;
    let counts = world.canary.endpoints.values_mut().next().unwrap();
    for at in 80..120 {
        counts.total[at] = 0;
        counts.errors[at] = 0;
    }
    let mut input = world.input();
    input.acted_at = Some(start(80));
    let effect = judge(&input).evidence[0].effect.unwrap();
    assert_eq!(effect.measured, Measured::NoTraffic);
    assert_eq!(effect.recovered, None);
}

#[test]
fn a_recovery_that_no_one_brought_is_said_with_its_times() {
    let world = world(200, |at| if (40..80).contains(&at) { 0.05 } else { 0.002 });
    assert_eq!(
        world.errors(),
        Verdict::Recovered {
            since: start(40),
            until: start(80)
        }
    );
    // It stays until it is earned: right after the failure it is still a breach.
    assert!(world.until(81).errors().is_breach());
}

#[test]
fn slow_requests_have_their_own_floor_and_margin() {
    let slow = |ratio: f64| {
        let world = world(60, move |_| ratio);
        judge(&world.input())
            .verdict(Metric::Slow)
            .unwrap()
            .verdict
            .clone()
    };
    assert_eq!(slow(0.002), Verdict::Pass);
    assert!(!slow(0.03).is_breach());
    assert!(slow(0.10).is_breach());
    let mut without = world(60, |_| 0.1);
    without.canary.latency = LatencyCounts::default();
    let judged = judge(&without.input());
    let verdict = &judged.verdict(Metric::Slow).unwrap().verdict;
    assert!(verdict.is_no_data());
}

#[test]
fn a_canary_begins_after_its_rollout_and_a_minute_on_the_grid() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let (old, new) = (Untrusted::new("2.13.4"), Untrusted::new("2.14.0"));
    let rollout = Rollout {
        canary: Some(&new),
        production: Some(&old),
        completed: Some(at("2026-11-21T03:01:22Z")),
        last_deployed: Some(at("2026-11-21T03:00:00Z")),
    };
    let grid = Grid::default();
    let index = began(grid, &rollout).unwrap();
    assert_eq!(grid.start(index), at("2026-11-21T03:02:30Z"));
    let by_helm = Rollout {
        completed: None,
        ..rollout
    };
    let index = began(grid, &by_helm).unwrap();
    assert_eq!(grid.start(index), at("2026-11-21T03:01:00Z"));
    let same = Rollout {
        canary: Some(&old),
        ..rollout
    };
    assert_eq!(began(grid, &same), None);
    let nothing = Rollout {
        last_deployed: None,
        ..by_helm
    };
    assert_eq!(began(grid, &nothing), None);
}
