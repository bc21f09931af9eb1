//! Tables of queries, each checked against a real Prometheus on the same samples when it was written.

use super::*;
use crate::sim::prometheus::tsdb::stale;

/// Loads lines like `up{job="a"} 1 2 _ stale 5`, one sample every 15 s from 0.
fn load(text: &str) -> Tsdb {
    let mut tsdb = Tsdb::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (series, values) = line
            .rsplit_once("  ")
            .expect("two spaces before the values");
        let Ok(Expr::VectorSelector(selector)) = parser::parse(series.trim()) else {
            panic!("no series: {series}");
        };
        let labels = Labels::new(
            selector
                .matchers
                .matchers
                .iter()
                .map(|matcher| (matcher.name.as_str().into(), matcher.value.as_str().into()))
                .chain(
                    selector
                        .name
                        .as_deref()
                        .map(|name| (NAME.into(), name.into())),
                ),
        );
        let id = tsdb.series(&labels);
        for (at, value) in values.split(' ').enumerate() {
            let at = Millis::try_from(at).expect("small") * 15_000;
            match value {
                "_" => {}
                "stale" => tsdb.push(id, at, stale()),
                number => tsdb.push(id, at, number.parse().expect("a number")),
            }
        }
    }
    tsdb
}

/// The result at one moment, as `{labels} value` lines in order.
fn at(tsdb: &Tsdb, query: &str, seconds: i64) -> String {
    let expr = parse(query).expect(query);
    let mut lines: Vec<String> = match evaluate(tsdb, &expr, Grid::instant(seconds * 1000)) {
        Ok(Value::Scalar(values)) => vec![format!("{}", values[0])],
        Ok(Value::Text(text)) => vec![text],
        Ok(Value::Vector(rows)) => rows
            .iter()
            .filter_map(|row| {
                let value = row.points[0]?;
                let labels: Vec<String> = row
                    .labels
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                Some(format!(
                    "{{{}}} {}",
                    labels.join(","),
                    (value * 1e6).round() / 1e6
                ))
            })
            .collect(),
        Err(failure) => vec![format!("{failure:?}")],
    };
    lines.sort();
    lines.join("; ")
}

const WORLD: &str = r#"
    up{job="a",instance="1"}  1 1 1 1 1 1 1 1 1
    up{job="a",instance="2"}  _ _ _ 1 1 1 1 1 1
    m{job="a",instance="1",code="200"}  10 20 30 40 50 60 70 80 90
    m{job="a",instance="1",code="500"}  1 1 1 1 3 0 2 2 2
    m{job="a",instance="2",code="200"}  _ _ _ 5 10 15 20 25 30
    gone{job="a"}  7 7 7 stale _ _ _ _ _
    quiet{job="a"}  7 _ _ _ _ _ _ _ _
    h_bucket{le="0.1"}  0 10 20 30 40 50 60 70 80
    h_bucket{le="0.5"}  0 18 36 54 72 90 108 126 144
    h_bucket{le="+Inf"}  0 20 40 60 80 100 120 140 160
    limit{instance="1",unit="core"}  2 2 2 2 2 2 2 2 2
    limit{instance="2",unit="core"}  4 4 4 4 4 4 4 4 4
"#;

/// One query, the second it is asked at, and its answer.
type Row<'a> = (&'a str, i64, &'a str);

fn check(rows: &[Row<'_>]) {
    let tsdb = load(WORLD);
    for (query, seconds, expected) in rows {
        assert_eq!(
            at(&tsdb, query, *seconds),
            *expected,
            "{query} at {seconds}"
        );
    }
}

#[test]
fn numbers_and_selections_mean_what_prometheus_says() {
    check(&[
        ("1 + 2 * 3 ^ 2 % 5", 0, "4"),
        ("sum(m)", 60, "{} 63"),
        ("sum by (code) (m)", 60, "{code=200} 60; {code=500} 3"),
        (
            "sum without (instance, job) (m)",
            60,
            "{code=200} 60; {code=500} 3",
        ),
        ("count(m offset 30s)", 60, "{} 2"),
        (
            "m{code=~\"5..\"} > 2",
            60,
            "{__name__=m,code=500,instance=1,job=a} 3",
        ),
        (
            "m{code=\"500\"} > bool 2",
            45,
            "{code=500,instance=1,job=a} 0",
        ),
        ("gone", 40, "{__name__=gone,job=a} 7"),
        ("gone", 45, ""),
        ("quiet", 299, "{__name__=quiet,job=a} 7"),
        ("quiet", 300, ""),
        ("absent(gone)", 60, "{} 1"),
        ("absent(nothing{a=\"b\"})", 60, "{a=b} 1"),
        ("scalar(sum(up))", 60, "2"),
        ("vector(3)", 60, "{} 3"),
        ("time()", 60, "60"),
        ("timestamp(up{instance=\"2\"})", 61, "{instance=2,job=a} 60"),
    ]);
}

#[test]
fn operators_match_as_prometheus_does() {
    check(&[
        (
            "up * on (instance) group_left (unit) limit",
            60,
            "{instance=1,job=a,unit=core} 2; {instance=2,job=a,unit=core} 4",
        ),
        (
            "limit / on (instance) up",
            60,
            "{instance=1} 2; {instance=2} 4",
        ),
        (
            "m and on (instance) (limit > 3)",
            60,
            "{__name__=m,code=200,instance=2,job=a} 10",
        ),
        (
            "m unless on (code) m{code=\"200\"}",
            60,
            "{__name__=m,code=500,instance=1,job=a} 3",
        ),
        (
            "up{instance=\"1\"} or limit",
            60,
            "{__name__=limit,instance=1,unit=core} 2; {__name__=limit,instance=2,unit=core} 4; {__name__=up,instance=1,job=a} 1",
        ),
    ]);
}

#[test]
fn functions_mean_what_prometheus_says() {
    check(&[
        (
            "topk(1, m)",
            60,
            "{__name__=m,code=200,instance=1,job=a} 50",
        ),
        (
            "bottomk(1, m)",
            60,
            "{__name__=m,code=500,instance=1,job=a} 3",
        ),
        ("avg(m)", 60, "{} 21"),
        ("quantile(0.5, m)", 60, "{} 10"),
        ("histogram_quantile(0.95, h_bucket)", 60, "{} 0.5"),
        ("histogram_quantile(0.7, rate(h_bucket[1m]))", 60, "{} 0.3"),
        (
            "label_replace(up{instance=\"1\"}, \"n\", \"x$1\", \"instance\", \"(.)\")",
            60,
            "{__name__=up,instance=1,job=a,n=x1} 1",
        ),
        (
            "label_replace(sum(up), \"signal\", \"requests\", \"\", \"\")",
            60,
            "{signal=requests} 2",
        ),
        (
            "label_join(limit{instance=\"2\"}, \"j\", \"-\", \"instance\", \"unit\")",
            60,
            "{__name__=limit,instance=2,j=2-core,unit=core} 4",
        ),
        (
            "clamp_max(m{instance=\"1\"}, 30)",
            60,
            "{code=200,instance=1,job=a} 30; {code=500,instance=1,job=a} 3",
        ),
        (
            "max_over_time(m{code=\"500\"}[1m])",
            75,
            "{code=500,instance=1,job=a} 3",
        ),
        ("sum_over_time(sum(up)[45s:15s])", 60, "{} 5"),
        (
            "resets(m{code=\"500\"}[2m])",
            120,
            "{code=500,instance=1,job=a} 1",
        ),
        (
            "changes(m{code=\"500\"}[2m])",
            120,
            "{code=500,instance=1,job=a} 3",
        ),
        ("-up{instance=\"1\"}", 60, "{instance=1,job=a} -1"),
        ("sum(up @ 15)", 120, "{} 1"),
    ]);
}

#[test]
fn rates_are_extrapolated_as_prometheus_does() {
    let tsdb = load(WORLD);
    // Four samples in the minute, 45 s covered, both ends within 1.1 intervals: extended to the whole minute.
    assert_eq!(
        at(&tsdb, "increase(m{instance=\"1\",code=\"200\"}[1m])", 120),
        "{code=200,instance=1,job=a} 40"
    );
    assert_eq!(
        at(&tsdb, "rate(m{instance=\"1\",code=\"200\"}[1m])", 120),
        "{code=200,instance=1,job=a} 0.666667"
    );
    assert_eq!(
        at(&tsdb, "increase(m{code=\"500\"}[1m])", 90),
        "{code=500,instance=1,job=a} 5"
    );
    // Half an interval at most beyond the first sample, never below zero.
    assert_eq!(
        at(&tsdb, "increase(m{instance=\"2\"}[2m])", 90),
        "{code=200,instance=2,job=a} 17.5"
    );
    assert_eq!(at(&tsdb, "increase(quiet[1m])", 15), "");
}

#[test]
fn the_whole_counts_of_an_interval_are_whole() {
    let tsdb = load(
        r#"
        up{instance="old"}  1 1 1 1 1
        up{instance="new"}  _ _ 1 1 1
        up{instance="gap"}  1 0 0 1 1
        m{instance="old"}  100 110 5 9 9
        m{instance="old",code="500"}  _ _ _ 2 2
        m{instance="new"}  _ _ 40 44 44
        m{instance="gap"}  1000000 stale _ 1000007 1000008
        "#,
    );
    let counts = "sum by (instance) (((m - m offset 15s) >= 0) or (m and (m - m offset 15s) < 0) \
                  or ((m unless m offset 15s) and on (instance) (up offset 15s == 1)))";
    // A plain growth; a reset; a first error of a known target; a new pod and a gap that count nothing at first.
    assert_eq!(at(&tsdb, counts, 15), "{instance=old} 10");
    assert_eq!(at(&tsdb, counts, 30), "{instance=old} 5");
    assert_eq!(at(&tsdb, counts, 45), "{instance=new} 4; {instance=old} 6");
    assert_eq!(
        at(&tsdb, counts, 60),
        "{instance=gap} 1; {instance=new} 0; {instance=old} 0"
    );
}

#[test]
fn a_range_query_has_the_values_of_its_instants() {
    let tsdb = load(WORLD);
    for query in [
        "sum by (code) (m)",
        "rate(m[1m])",
        "m unless m offset 15s",
        "gone or quiet",
        "topk(1, m)",
    ] {
        let expr = parse(query).expect(query);
        let grid = Grid::range(0, 120_000, 15_000);
        let Ok(Value::Vector(rows)) = evaluate(&tsdb, &expr, grid) else {
            panic!("{query}");
        };
        for (step, time) in grid.times().enumerate() {
            let Ok(Value::Vector(instant)) = evaluate(&tsdb, &expr, Grid::instant(time)) else {
                panic!("{query}");
            };
            let here: std::collections::BTreeMap<&Labels, f64> = rows
                .iter()
                .filter_map(|row| Some((&row.labels, row.points[step]?)))
                .collect();
            let there: std::collections::BTreeMap<&Labels, f64> = instant
                .iter()
                .filter_map(|row| Some((&row.labels, row.points[0]?)))
                .collect();
            assert_eq!(here, there, "{query} at {time}");
        }
    }
}

#[test]
fn what_has_no_answer_fails_as_in_prometheus() {
    let tsdb = load(WORLD);
    assert!(matches!(parse("sum("), Err(Failure::Bad(_))));
    assert!(matches!(parse("nosuch(up)"), Err(Failure::Bad(_))));
    for (query, execution) in [
        ("limit * ignoring (instance, job, code) m", true),
        ("up + on (job) up", true),
        ("label_replace(up, \"in-valid\", \"\", \"\", \"\")", true),
        ("up[5m]", false),
    ] {
        let expr = parse(query).expect(query);
        match evaluate(&tsdb, &expr, Grid::instant(60_000)) {
            Err(Failure::Execution(_)) => assert!(execution, "{query}"),
            Err(Failure::Bad(_)) => assert!(!execution, "{query}"),
            Ok(value) => panic!("{query}: {value:?}"),
        }
    }
}
