//! The evidence of a metric: its chart, its endpoints, its queries as far as they are read.

use flightdeck::app::state::{News, Screen, State};
use flightdeck::domain::gauge::{BusinessName, Gauge, Unit};
use flightdeck::domain::metrics::{Endpoint, Tally};
use flightdeck::domain::verdict::Metric;
use flightdeck::engine::assess::Value;

use super::fixture::service_name;
use super::gallery::{Gallery, chart_of};
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

/// A service of which everything is told that there are words for, each in its own unit.
fn told() -> State {
    let mut state = breach();
    let checkout = state.world.services.get_mut(&service_name("checkout"));
    let rows = &mut checkout.unwrap().assessment.rows;
    let cpu = rows
        .iter()
        .find(|row| row.verdict.metric == Metric::Gauge(Gauge::Cpu));
    let cpu = cpu.unwrap().clone();
    let orders = Gauge::Business(BusinessName::parse("orders").unwrap());
    for gauge in Gauge::NAMED.into_iter().chain([orders]) {
        if rows
            .iter()
            .any(|row| row.verdict.metric == Metric::Gauge(gauge))
        {
            continue;
        }
        let (value, size): (fn(f64) -> Value, f64) = match gauge.unit() {
            Unit::Share => (Value::Share, 0.31),
            Unit::Seconds => (Value::Seconds, 0.041),
            Unit::Count => (|n| Value::Count(if n > 3.0 { 7 } else { 3 }), 3.0),
            Unit::PerSecond => (Value::PerSecond, 31.8),
            Unit::BytesPerSecond => (Value::BytesPerSecond, 1_240_000.0),
        };
        let mut row = cpu.clone();
        row.verdict.metric = Metric::Gauge(gauge);
        (row.canary, row.production) = (Some(value(size)), Some(value(size * 20.0)));
        let wave = |at: u8| f64::from(1 + at % 7) / 4.0;
        row.trend = (0..60)
            .map(|at| Some((size * wave(at)).round_to(gauge)))
            .collect();
        row.baseline_trend = (0..60)
            .map(|at| Some((size * 20.0 * wave(at + 3)).round_to(gauge)))
            .collect();
        rows.push(row);
    }
    state
}

trait Whole {
    fn round_to(self, gauge: Gauge) -> f64;
}

impl Whole for f64 {
    /// What is counted is whole.
    fn round_to(self, gauge: Gauge) -> f64 {
        if gauge.unit() == Unit::Count {
            self.round()
        } else {
            self
        }
    }
}

fn whole_screen(gallery: &mut Gallery) {
    let mut state = told();
    let rows = state.service().unwrap().assessment.rows.iter();
    let metrics: Vec<Metric> = rows.map(|row| row.verdict.metric).collect();
    for metric in metrics {
        state.ui.screen = Screen::Chart { metric };
        let name = chart_of(metric);
        match metric {
            Metric::Errors | Metric::Gauge(Gauge::PoolWait | Gauge::Business(_)) => {
                gallery.in_every_look(name, &state);
            }
            Metric::Slow | Metric::Requests | Metric::Readiness | Metric::Gauge(_) => {
                gallery.hang(name, &state);
            }
        }
    }
    let mut holes = of(Metric::Errors, false);
    holes.ui.screen = Screen::Chart {
        metric: Metric::Errors,
    };
    let checkout = holes.world.services.get_mut(&service_name("checkout"));
    for row in &mut checkout.unwrap().assessment.rows {
        row.trend = vec![None; 60];
        row.canary = None;
        row.baseline_trend.truncate(20);
    }
    gallery.hang("chart-holes", &holes);
    let mut unknown = super::weather::unread();
    unknown.ui.screen = Screen::Chart {
        metric: Metric::Slow,
    };
    gallery.hang("chart-unread", &unknown);
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    charts(gallery);
    queries(gallery);
    whole_screen(gallery);
}
