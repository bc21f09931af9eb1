use super::exposition::{family, page};
use super::promql::{self, Grid, Value};
use super::*;

fn sample(text: &str, value: f64) -> (Labels, f64) {
    let promql_parser::parser::Expr::VectorSelector(selector) = promql::parse(text).expect(text)
    else {
        panic!("{text}");
    };
    let name = selector.name.clone().unwrap_or_default();
    let pairs = selector
        .matchers
        .matchers
        .iter()
        .map(|m| (m.name.as_str().into(), m.value.as_str().into()));
    (
        Labels::new(pairs.chain([("__name__".into(), name.as_str().into())])),
        value,
    )
}

/// Reads a page back, as any client of the format does.
fn read(page: &str) -> Vec<(Labels, f64)> {
    page.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').expect(line);
            sample(series, value.replace("+Inf", "inf").parse().expect(line))
        })
        .collect()
}

#[test]
fn a_page_says_what_was_exported() {
    let mut samples = vec![
        sample(
            r#"http_requests_total{handler="/a\"b\\c\nd",code="200"}"#,
            17.0,
        ),
        sample(r#"http_request_duration_seconds_bucket{le="+Inf"}"#, 3.0),
        sample("http_request_duration_seconds_sum", 0.000_012_5),
        sample(r#"up{job="x"}"#, f64::INFINITY),
    ];
    let page = page(samples.clone());
    let mut back = read(&page);
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    back.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(back, samples);
    assert_eq!(
        page.matches("# TYPE http_request_duration_seconds histogram\n")
            .count(),
        1
    );
    assert_eq!(family("http_requests_total").1, "counter");
}

#[test]
fn vanished_series_end_at_once_and_others_after_five_minutes() {
    let mut tsdb = Tsdb::default();
    let mut slots = Slots::default();
    let labels = || vec![sample("a", 0.0).0, sample("b", 0.0).0];
    let count = |tsdb: &Tsdb, at: Millis| {
        let expr = promql::parse(r#"{__name__=~"a|b"}"#).expect("a query");
        match promql::evaluate(tsdb, &expr, Grid::instant(at)) {
            Ok(Value::Vector(rows)) => rows.len(),
            other => panic!("{other:?}"),
        }
    };
    slots.record(&mut tsdb, 15_000, 0, &[Some(1.0), Some(2.0)], labels);
    assert_eq!(count(&tsdb, 20_000), 2);
    slots.record(&mut tsdb, 30_000, 0, &[Some(1.0), None], labels);
    assert_eq!(count(&tsdb, 30_000), 1);
    // A new process begins its list anew; what it does not have yet ends.
    slots.record(&mut tsdb, 45_000, 1, &[Some(1.0), Some(2.0)], labels);
    assert_eq!(count(&tsdb, 45_000), 2);
    slots.record(&mut tsdb, 60_000, 2, &[Some(1.0)], || {
        vec![sample("a", 0.0).0]
    });
    assert_eq!(count(&tsdb, 60_000), 1);
    assert_eq!(count(&tsdb, 359_999), 1);
    assert_eq!(count(&tsdb, 360_000), 0);
    slots.record(&mut tsdb, 400_000, 2, &[Some(1.0)], labels);
    slots.end(&mut tsdb, 415_000);
    assert_eq!(count(&tsdb, 415_000), 0);
}

#[test]
fn openmetrics_holds_every_sample_of_its_time_and_ends_properly() {
    let mut tsdb = Tsdb::default();
    let id = tsdb.series(&sample(r#"http_requests_total{code="200"}"#, 0.0).0);
    for (at, value) in [(1_000, 1.0), (16_500, 2.0), (31_000, 3.0)] {
        tsdb.push(id, at, value);
    }
    let text = openmetrics(&tsdb, 1_001, 60_000);
    assert!(text.contains("# TYPE http_requests counter\n"));
    assert!(text.ends_with(
        "http_requests_total{code=\"200\"} 2 16.500\nhttp_requests_total{code=\"200\"} 3 31.000\n# EOF\n"
    ));
    assert!(!text.contains(" 1 1.000"));
}

#[test]
fn an_alerts_value_is_written_as_go_does() {
    for (value, text) in [
        (0.0512, "5.12e-02"),
        (1.0, "1e+00"),
        (0.0, "0e+00"),
        (1.5e12, "1.5e+12"),
        (2e-101, "2e-101"),
    ] {
        assert_eq!(super::rules::exponent(value), text);
    }
}
