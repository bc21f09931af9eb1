//! The evidence of a metric: its chart, its endpoints, its queries as far as they are read.

use flightdeck::app::state::{News, Screen, State};
use flightdeck::domain::gauge::Gauge;
use flightdeck::domain::metrics::{Endpoint, Tally};
use flightdeck::domain::verdict::Metric;

use super::fixture::service_name;
use super::gallery::Gallery;
use super::weather::breach;

pub(crate) fn of(metric: Metric, query: bool) -> State {
    let mut state = breach();
    state.ui.screen = Screen::Evidence { metric, query };
    state
}

fn charts(gallery: &mut Gallery) {
    gallery.in_every_look("evidence", &of(Metric::Errors, false));
    gallery.hang("evidence-cpu", &of(Metric::Gauge(Gauge::Cpu), false));
    let mut many = of(Metric::Errors, false);
    let checkout = many.world.services.get_mut(&service_name("checkout"));
    let endpoints = &mut checkout.unwrap().assessment.endpoints;
    let last = endpoints.last().unwrap().clone();
    for number in 1..20 {
        let mut endpoint = last.clone();
        endpoint.endpoint = Endpoint(format!("GET /order/{number}").as_str().into());
        endpoint.canary = Tally {
            bad: 1,
            total: 900 + number,
        };
        endpoint.share = 1.0 / 490.0;
        endpoint.estimate = None;
        endpoints.push(endpoint);
    }
    many.ui.evidence.endpoint = 12;
    gallery.hang("evidence-endpoints", &many);
}

fn queries(gallery: &mut Gallery) {
    gallery.in_every_look("evidence-query", &of(Metric::Errors, true));
    let mut long = of(Metric::Slow, true);
    for (side, signal) in [
        ("canary", "latency"),
        ("canary", "slow"),
        ("production", "slow"),
    ] {
        let bucket = |le: &str| {
            format!(
                "sum by (http_route) (increase(http_server_request_duration_seconds_bucket{{cluster=\"{side}\",service=\"checkout\",le=\"{le}\"}}[15s]))"
            )
        };
        let parts: Vec<String> = ["0.1", "0.25", "0.5", "1", "2.5", "5"].map(bucket).into();
        let name = format!("checkout on {side}: {signal}");
        long.world.queries.insert(name, parts.join(" + "));
    }
    gallery.hang("evidence-query-long", &long);
    long.ui.evidence.query = 17;
    long.ui.news = Some(News::Sent {
        query: 2,
        of: 3,
        bytes: 1_482,
    });
    gallery.hang("evidence-query-sent", &long);
    long.ui.evidence.query = u16::MAX;
    long.ui.news = Some(News::TooLong { bytes: 120_000 });
    gallery.hang("evidence-query-end", &long);
    gallery.hang("evidence-query-none", &of(Metric::Readiness, true));
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    charts(gallery);
    queries(gallery);
}
