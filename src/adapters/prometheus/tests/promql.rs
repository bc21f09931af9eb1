//! The text of the queries, against the files that were run on a real Prometheus.

use crate::adapters::prometheus::pack::PackName;
use crate::adapters::prometheus::plan::{
    Form, Histogram, Plan, RestartsPlan, UsePlan, fresh, rate_seconds,
};
use crate::adapters::prometheus::promql::{by_pod, machines, red};
use crate::adapters::prometheus::selector::{Matchers, literal};
use crate::domain::grid::Grid;

pub(super) fn plan() -> Plan {
    let pack = PackName::OtelHttp.pack();
    let matchers = Matchers::default().and("service", "=", "checkout");
    Plan {
        grid: Grid::default(),
        scrape_seconds: 15,
        targets: Some(matchers.clone()),
        matchers,
        counter: pack.counter,
        is_observed: false,
        method: Some("http_request_method"),
        route: Some("http_route"),
        status: Some("http_response_status_code"),
        error: None,
        gone: None,
        pod: "pod",
        histogram: Some(Histogram {
            metric: pack.buckets,
            form: Form::Buckets,
            per_second: 1.0,
            method: Some("http_request_method"),
            route: Some("http_route"),
            bounds: vec![0.1, 0.5, 2.5],
            slow_text: "0.5".to_owned(),
            slow_bound: 0.5,
        }),
    }
}

/// The same of native histograms, with fewer bounds than are asked for.
pub(super) fn native_plan() -> Plan {
    let native = PackName::OtelHttp.pack().native();
    let plan = plan();
    let bounds = ["0.25", "0.5"].map(str::to_owned);
    Plan {
        counter: native,
        is_observed: true,
        histogram: plan.histogram.clone().map(|histogram| Histogram {
            metric: native,
            form: Form::Native(bounds.to_vec()),
            bounds: vec![0.25, 0.5],
            ..histogram
        }),
        ..plan
    }
}

fn machine_plan() -> UsePlan {
    UsePlan {
        grid: Grid::default(),
        pods: Some(Matchers::default().and("namespace", "=", "shop").and(
            "pod",
            "=~",
            "checkout-([0-9]+|[a-z0-9]+-[a-z0-9]{5})",
        )),
        rate_seconds: rate_seconds(Grid::default(), 15),
        restarts: Some(RestartsPlan {
            targets: Some(Matchers::default().and("job", "=~", "kube\\-state\\-metrics")),
            fresh: fresh(Grid::default(), 30),
        }),
        usage: Some("container_memory_working_set_bytes"),
        readings: Vec::new(),
    }
}

#[test]
fn the_queries_are_the_ones_that_were_tried_on_a_real_server() {
    let pushed = Plan {
        targets: None,
        ..plan()
    };
    for (name, tried, text) in [
        ("red", include_str!("../promql/red.promql"), red(&plan())),
        (
            "machines",
            include_str!("../promql/machines.promql"),
            machines(&machine_plan()),
        ),
        (
            "before-canary",
            include_str!("../promql/before-canary.promql"),
            by_pod(&plan(), 120, None),
        ),
        (
            "red-native",
            include_str!("../promql/red-native.promql"),
            red(&native_plan()),
        ),
        (
            "red-pushed",
            include_str!("../promql/red-pushed.promql"),
            red(&pushed),
        ),
    ] {
        assert_eq!(tried.trim_end(), text, "{name}");
    }
}

#[test]
fn a_value_can_not_end_its_selector() {
    let matchers = Matchers::default().and("service", "=", "a\"} or up{x=\"\\\n");
    assert_eq!(
        matchers.of("m"),
        "m{service=\"a\\\"} or up{x=\\\"\\\\\\n\"}"
    );
    assert_eq!(literal("shop/checkout.1-a"), "shop/checkout\\.1\\-a");
}

#[test]
fn every_query_parses_as_promql() {
    let native_pushed = Plan {
        targets: None,
        ..native_plan()
    };
    for text in [
        red(&plan()),
        red(&native_plan()),
        red(&native_pushed),
        by_pod(&native_plan(), 120, None),
        machines(&machine_plan()),
        by_pod(&plan(), 120, Some(&["a-1".to_owned()])),
        by_pod(
            &Plan {
                error: Some("error_type"),
                ..plan()
            },
            120,
            None,
        ),
    ] {
        promql_parser::parser::parse(&text).unwrap();
    }
}
