//! From a real server's answers (Prometheus 2.42 on loaded OpenMetrics) to windows.

use crate::adapters::prometheus::map::{self, Range};
use crate::adapters::prometheus::plan::Plan;
use crate::adapters::prometheus::wire::{Answer, Series, answer};
use crate::domain::gauge::Gauge;
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::{Endpoint, RedWindow, Tally};

use super::promql::plan;

/// When the loaded story begins.
const BASE: i64 = 1_795_230_000;

/// The fifteen intervals that the answers are of.
fn range() -> Range {
    let first = GridIndex(BASE / 15);
    Range {
        grid: Grid::default(),
        first,
        end: first.plus(15),
    }
}

fn holes(window: &RedWindow) -> String {
    let holes = window.holes.iter();
    holes.map(|hole| if *hole { 'x' } else { '.' }).collect()
}

fn red(body: &str) -> RedWindow {
    map::red(&plan(), range(), &answer(200, body.as_bytes()).unwrap())
}

#[test]
fn the_first_errors_of_a_series_that_was_not_there_are_counted() {
    let window = red(include_str!("answers/newseries.json"));
    assert_eq!(holes(&window), "x..............");
    let pay = &window.endpoints[&Endpoint::new("POST /pay")];
    assert_eq!(pay.total, [0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 1, 1, 1, 1]);
    assert_eq!(pay.errors, pay.total);
    let home = &window.endpoints[&Endpoint::new("GET /")];
    assert_eq!(home.errors, [0; 15]);
    assert_eq!(home.slow[1..], [1; 14]);
    assert_eq!(window.latency.bounds, [0.1, 0.5, 2.5]);
    assert_eq!(window.latency.slow_bound.to_string(), "0.5");
    // 10 of the one endpoint and 3 of the other, of which 1 was slow.
    assert_eq!(window.latency.counts[8], [6, 11, 13, 13]);
}

#[test]
fn a_gap_of_two_scrapes_on_a_large_counter_gives_no_event() {
    let window = red(include_str!("answers/gap2.json"));
    assert_eq!(holes(&window), "x.......xxx....");
    assert_eq!(
        window.endpoints[&Endpoint::new("GET /")].total,
        [0, 10, 10, 10, 10, 10, 10, 10, 0, 0, 0, 10, 10, 10, 10]
    );
    assert_eq!(window.latency.counts[9], [0; 4]);
}

#[test]
fn a_crash_is_a_hole_and_the_new_process_counts_from_its_start() {
    let window = red(include_str!("answers/crash.json"));
    assert_eq!(holes(&window), "x.......x......");
    assert_eq!(
        window.endpoints[&Endpoint::new("GET /")].total,
        [0, 10, 10, 10, 10, 10, 10, 10, 0, 7, 10, 10, 10, 10, 10]
    );
}

#[test]
fn a_partial_answer_is_all_holes_and_a_remark_is_not_partial() {
    let whole = include_str!("answers/newseries.json");
    let with = |warning: &str| {
        whole.replacen(
            "{\"status\":\"success\",",
            &format!("{{\"status\":\"success\",\"warnings\":[\"{warning}\"],"),
            1,
        )
    };
    let window = red(&with("store 10.0.0.7 did not answer"));
    assert!(window.holes.iter().all(|hole| *hole));
    assert!(window.endpoints.values().all(|e| e.total == [0; 15]));
    assert_eq!(
        red(&with("PromQL info: metric might not be a counter")),
        red(whole)
    );
}

#[test]
fn no_traffic_is_not_no_data() {
    let covered = |targets: f64| Series {
        labels: [("signal".to_owned(), "whole".to_owned())].into(),
        samples: (1..=15)
            .map(|i| ((BASE + 15 * i) as f64, targets))
            .collect(),
        ..Series::default()
    };
    let answer = |series| Answer {
        series,
        warnings: Vec::new(),
    };
    let idle = map::red(&plan(), range(), &answer(vec![covered(2.0)]));
    assert!(idle.endpoints.is_empty() && idle.holes == [false; 15]);
    let gone = map::red(&plan(), range(), &answer(Vec::new()));
    assert!(gone.endpoints.is_empty() && gone.holes == [true; 15]);
}

#[test]
fn what_is_not_a_number_is_a_hole() {
    let body = include_str!("answers/newseries.json").replacen(
        "[1795230135,\"3\"]",
        "[1795230135,\"NaN\"]",
        1,
    );
    let window = red(&body);
    assert_eq!(holes(&window), "x.......x......");
    assert_eq!(window.endpoints[&Endpoint::new("GET /")].total[8], 0);
}

#[test]
fn one_pod_of_many_that_was_not_scraped_makes_no_hole() {
    let series = |signal: &str, value: f64| Series {
        labels: [("signal".to_owned(), signal.to_owned())].into(),
        samples: vec![((BASE + 15) as f64, value)],
        ..Series::default()
    };
    let hole = |whole: f64, gaps: f64| {
        let answer = Answer {
            series: vec![series("whole", whole), series("gaps", gaps)],
            warnings: Vec::new(),
        };
        map::red(&plan(), range(), &answer).holes[0]
    };
    assert!(!hole(11.0, 1.0));
    assert!(!hole(10.0, 1.0));
    assert!(hole(9.0, 1.0));
    assert!(hole(0.0, 0.0));
}

#[test]
fn gauges_are_shares_and_absent_ones_stay_absent() {
    let answer = answer(200, include_bytes!("answers/machines.json")).unwrap();
    let window = map::gauges(range(), &answer);
    assert_eq!(window.gauges[&Gauge::Memory][0], Some(0.375));
    assert_eq!(
        window.gauges[&Gauge::Cpu][..3],
        [None, Some(0.1725), Some(0.2475)]
    );
    let restarts: Vec<_> = window.gauges[&Gauge::Restarts]
        .iter()
        .map(|v| v.unwrap_or(-1.0) as i64)
        .collect();
    assert_eq!(restarts, [-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0]);
    assert!(map::gauges(range(), &Answer::default()).gauges.is_empty());
}

#[test]
fn the_day_before_is_tallied_by_pod_and_block() {
    let answer = answer(200, include_bytes!("answers/before-canary.json")).unwrap();
    let grid = Grid::for_scrape_interval(120);
    let first = grid.index_at(jiff::Timestamp::from_second(BASE).unwrap());
    let part = |first: GridIndex| Range {
        grid,
        first,
        end: first.plus(1),
    };
    let before = map::before_canary(
        &plan(),
        &[
            (part(first), Answer::default()),
            (part(first.plus(1)), answer),
        ],
    );
    let tally = |bad, total| Some(Tally { bad, total });
    assert_eq!(before.errors, [vec![None, tally(10, 90)]]);
    assert_eq!(before.slow, [vec![None, tally(9, 90)]]);
}

/// One series of requests with these labels, one request in the first interval.
fn request(labels: &[(&str, &str)]) -> Series {
    let signal = [("signal", "requests")];
    Series {
        labels: signal
            .iter()
            .chain(labels)
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        samples: vec![((BASE + 15) as f64, 1.0)],
        ..Series::default()
    }
}

/// A target that was counted whole in the first interval.
fn whole() -> Series {
    Series {
        labels: [("signal".to_owned(), "whole".to_owned())].into(),
        samples: vec![((BASE + 15) as f64, 1.0)],
        ..Series::default()
    }
}

#[test]
fn a_request_failed_or_did_not_or_nobody_tells() {
    const STATUS: &str = "http_response_status_code";
    let counted = whole();
    for (labels, errors, untold) in [
        (&[(STATUS, "200")][..], 0, 0),
        (&[(STATUS, "503")], 1, 0),
        (&[(STATUS, "5xx")], 1, 0),
        (&[(STATUS, "404")], 0, 0),
        // Of the client, whatever it is called.
        (&[(STATUS, "404"), ("error_type", "NotFound")], 0, 0),
        // A response that broke off after its head.
        (
            &[(STATUS, "200"), ("error_type", "java.io.IOException")],
            1,
            0,
        ),
        // No response was sent.
        (&[("error_type", "java.io.IOException")], 1, 0),
        (&[], 0, 1),
        (&[(STATUS, "OK")], 0, 1),
        (&[(STATUS, "0")], 0, 1),
    ] {
        let plan = Plan {
            error: Some("error_type"),
            ..plan()
        };
        let answer = Answer {
            series: vec![request(labels), counted.clone()],
            warnings: Vec::new(),
        };
        let window = map::red(&plan, range(), &answer);
        let counts = window.endpoints.values().next().unwrap();
        assert_eq!(
            (counts.total[0], counts.errors[0], window.untold[0]),
            (1, errors, untold),
            "{labels:?}"
        );
        let without = Plan {
            status: None,
            error: None,
            ..plan
        };
        assert_eq!(
            map::red(&without, range(), &answer).untold[0],
            1,
            "{labels:?}"
        );
    }
}

#[test]
fn a_day_before_without_a_status_says_nothing_of_errors() {
    let answer = answer(200, include_bytes!("answers/before-canary.json")).unwrap();
    let grid = Grid::for_scrape_interval(120);
    let first = grid.index_at(jiff::Timestamp::from_second(BASE).unwrap());
    let range = Range {
        grid,
        first,
        end: first.plus(1),
    };
    let plan = Plan {
        status: None,
        ..plan()
    };
    let before = map::before_canary(&plan, &[(range, answer)]);
    assert!(before.errors.is_empty() && !before.slow.is_empty());
}

#[test]
fn a_class_is_its_digit_and_a_client_that_went_away_is_no_failure() {
    const CLASS: &str = "envoy_response_code_class";
    let failed = |plan: &Plan, label: &str, status: &str| {
        let answer = Answer {
            series: vec![request(&[(label, status)]), whole()],
            warnings: Vec::new(),
        };
        let window = map::red(plan, range(), &answer);
        let counts = window.endpoints.values().next().unwrap();
        (counts.errors[0], window.untold[0])
    };
    let envoy = Plan {
        status: Some(CLASS),
        ..plan()
    };
    for (class, counts) in [("2", (0, 0)), ("4", (0, 0)), ("5", (1, 0)), ("503", (0, 1))] {
        assert_eq!(failed(&envoy, CLASS, class), counts, "{class}");
    }
    let istio = Plan {
        status: Some("response_code"),
        gone: Some("0"),
        ..plan()
    };
    for (code, counts) in [
        ("200", (0, 0)),
        ("0", (0, 0)),
        ("503", (1, 0)),
        ("5", (0, 1)),
    ] {
        assert_eq!(failed(&istio, "response_code", code), counts, "{code}");
    }
}
