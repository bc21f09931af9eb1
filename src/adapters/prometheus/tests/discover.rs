//! From what a server has to what is asked of it.

use crate::adapters::prometheus::discover::{median_spacing, red_plan};
use crate::adapters::prometheus::found::{Found, question};
use crate::adapters::prometheus::plan::{fresh, rate_seconds};
use crate::adapters::prometheus::wire::{Answer, Series};
use crate::adapters::prometheus::{PackName, Settings, is_label_name};
use crate::domain::environment::{Environment, Place};
use crate::domain::grid::Grid;
use crate::domain::names::{Namespace, ServiceName};

pub(super) fn settings(pack: PackName) -> Settings {
    let place = Place::new(ServiceName::parse("checkout").unwrap(), Environment::Canary);
    let address = "http://127.0.0.1:9090".parse().unwrap();
    let mut settings = Settings::new(
        place,
        address,
        Namespace::parse("shop").unwrap(),
        "checkout",
    );
    settings.pack = pack;
    settings
        .matchers
        .insert("service".to_owned(), "checkout".to_owned());
    settings
}

pub(super) fn found(rows: &[&[(&str, &str)]]) -> Found {
    let series = rows.iter().map(|labels| Series {
        labels: labels
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        samples: vec![(0.0, 1.0)],
        ..Series::default()
    });
    Found::of(&Answer {
        series: series.collect(),
        warnings: Vec::new(),
    })
}

#[test]
fn the_labels_that_are_there_are_used() {
    let found = found(&[
        &[("signal", "requests"), ("name", "http_requests_total")],
        &[("signal", "label"), ("name", "path")],
        &[("signal", "label"), ("name", "status")],
        &[("signal", "label"), ("name", "method")],
        &[("signal", "bucket_label"), ("name", "path")],
        &[("signal", "bound"), ("le", "+Inf")],
        &[("signal", "bound"), ("le", "1.0")],
        &[("signal", "bound"), ("le", "0.25")],
        &[("signal", "bound"), ("le", "0.50")],
    ]);
    let plan = red_plan(
        &settings(PackName::HttpRequestsTotal),
        &found,
        Grid::default(),
        15,
        None,
    );
    assert_eq!(
        (plan.method, plan.route, plan.status),
        (Some("method"), Some("path"), Some("status"))
    );
    assert_eq!(plan.pod, "instance");
    // The histogram has no method: slow requests are known for all, not by endpoint.
    assert!(!plan.slow_by_endpoint());
    let histogram = plan.histogram.unwrap();
    assert_eq!(histogram.bounds, [0.25, 0.5, 1.0]);
    assert_eq!(histogram.slow_text, "0.50");
}

#[test]
fn a_service_without_a_request_yet_is_asked_for_by_its_packs_names() {
    let found = found(&[&[("signal", "up")]]);
    let plan = red_plan(
        &settings(PackName::OtelHttp),
        &found,
        Grid::default(),
        15,
        None,
    );
    assert_eq!(plan.route, Some("http_route"));
    assert_eq!(plan.histogram, None);
}

#[test]
fn bounds_over_the_target_leave_the_smallest_as_slow() {
    let found = found(&[
        &[
            ("signal", "requests"),
            ("name", "http_server_request_duration_seconds_count"),
        ],
        &[("signal", "bound"), ("le", "2")],
        &[("signal", "bound"), ("le", "5")],
    ]);
    let plan = red_plan(
        &settings(PackName::OtelHttp),
        &found,
        Grid::default(),
        15,
        None,
    );
    assert_eq!(plan.histogram.unwrap().slow_text, "2");
}

#[test]
fn a_missed_scrape_does_not_move_the_interval() {
    assert_eq!(
        median_spacing(&[0.0, 15.0, 30.01, 60.0, 75.0, 89.99]),
        Some(15)
    );
    assert_eq!(median_spacing(&[0.0, 60.0, 120.0]), Some(60));
    assert_eq!(median_spacing(&[0.0]), None);
}

#[test]
fn fresh_is_just_over_a_scrape_and_never_under_an_interval() {
    for (scrape, interval, age, usage) in [
        (1, 15, 15, 60),
        (10, 15, 15, 60),
        (15, 15, 16, 60),
        (20, 30, 30, 120),
        (30, 30, 31, 120),
        (60, 60, 61, 240),
        (300, 300, 305, 1200),
    ] {
        let grid = Grid::for_scrape_interval(scrape);
        assert_eq!(
            (
                grid.seconds(),
                fresh(grid, scrape),
                rate_seconds(grid, scrape)
            ),
            (interval, age, usage)
        );
    }
}

#[test]
fn the_question_parses_and_label_names_are_checked() {
    for pack in PackName::ALL {
        promql_parser::parser::parse(&question(&settings(pack))).unwrap();
    }
    assert!(is_label_name("service_name") && is_label_name("_x1"));
    assert!(!is_label_name("") && !is_label_name("1x") && !is_label_name("a=\"b\",c"));
}

#[test]
fn each_request_is_believed_from_one_reporter() {
    let job = |reporter| vec![("signal", "job"), ("job", "mesh"), ("reporter", reporter)];
    let of = |reporters: &[&'static str]| {
        let rows: Vec<Vec<(&str, &str)>> = reporters.iter().copied().map(job).collect();
        let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
        let found = found(&rows);
        let plan = red_plan(
            &settings(PackName::Istio),
            &found,
            Grid::default(),
            15,
            None,
        );
        plan.matchers.of("m")
    };
    // Whether a gRPC call failed is in its trailers, which no label of the status tells.
    let by = |reporter: &str| {
        format!("m{{service=\"checkout\",reporter=\"{reporter}\",request_protocol!=\"grpc\"}}")
    };
    assert_eq!(of(&["source", "destination"]), by("destination"));
    assert_eq!(of(&["source"]), by("source"));
    assert_eq!(of(&["source", "waypoint"]), by("waypoint"));
    assert_eq!(of(&[]), by("destination"));
}

#[test]
fn buckets_in_milliseconds_are_seconds_and_the_other_counter_is_found() {
    let rows: &[&[(&str, &str)]] = &[
        &[
            ("signal", "requests"),
            ("name", "envoy_cluster_upstream_rq"),
        ],
        &[("signal", "label"), ("name", "envoy_response_code")],
        &[("signal", "bound"), ("le", "1000")],
        &[("signal", "bound"), ("le", "500")],
        &[("signal", "bound"), ("le", "0.5")],
        &[("signal", "bound"), ("le", "+Inf")],
    ];
    let settings = settings(PackName::Envoy);
    let plan = red_plan(&settings, &found(rows), Grid::default(), 15, None);
    assert_eq!(plan.counter, "envoy_cluster_upstream_rq");
    assert_eq!(plan.status, Some("envoy_response_code"));
    assert!(!plan.has_classes() && plan.slow_by_endpoint());
    let histogram = plan.histogram.unwrap();
    assert_eq!(histogram.bounds, [0.0005, 0.5, 1.0]);
    assert_eq!(histogram.slow_text, "500");
}
