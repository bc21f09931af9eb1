//! Native histograms: told from what else has their name, and asked for at bounds that their buckets have.

use super::discover::{found, settings};
use super::promql::native_plan;
use crate::adapters::prometheus::PackName;
use crate::adapters::prometheus::discover::red_plan;
use crate::adapters::prometheus::durations::{histogram, remark, unread};
use crate::adapters::prometheus::found::Found;
use crate::adapters::prometheus::map::{self, Range};
use crate::adapters::prometheus::native::{Resolution, question};
use crate::adapters::prometheus::plan::{Form, Histogram};
use crate::adapters::prometheus::wire::{self, NativeSample, answer};
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::Endpoint;
use crate::domain::source::TroubleKind;

fn sample(buckets: &[(f64, f64)]) -> NativeSample {
    NativeSample {
        at: 0.0,
        buckets: buckets.to_vec(),
    }
}

/// The bucket of a resolution that ends at that power.
fn bucket(schema: i32, index: i32) -> (f64, f64) {
    let end = |index: i32| (f64::from(index) / 2_f64.powi(schema)).exp2();
    (end(index - 1), end(index))
}

#[test]
fn the_resolution_is_read_from_the_buckets() {
    for schema in -4..=8 {
        let buckets = [bucket(schema, -7), bucket(schema, 0), bucket(schema, 3)];
        let found = Resolution::of(&sample(&buckets));
        assert_eq!(found, Resolution::Octaves(schema.min(3)), "{schema}");
    }
    // Nothing observed yet, or nothing but zeros: the powers of two are bounds of any.
    let zeros = sample(&[(-1e-9, 1e-9)]);
    assert_eq!(Resolution::of(&sample(&[])), Resolution::Octaves(0));
    assert_eq!(Resolution::of(&zeros), Resolution::Octaves(0));
    // Bounds of its own, also where one of them is like an octave.
    for own in [
        vec![(0.1, 0.25)],
        vec![(0.5, 1.0), (1.0, 2.5)],
        vec![(0.25, 0.5), (0.3, 0.6)],
    ] {
        assert_eq!(Resolution::of(&sample(&own)), Resolution::Own, "{own:?}");
    }
}

#[test]
fn slow_begins_at_a_bound_that_the_buckets_have() {
    let octaves = Resolution::Octaves;
    for (resolution, target, bound) in [
        (octaves(0), 0.5, 0.5),
        (octaves(3), 0.5, 0.5),
        (octaves(-1), 0.5, 0.25),
        (octaves(0), 0.3, 0.25),
        (octaves(3), 0.3, 0.297_301_778_750_680_3),
        (octaves(3), 500.0, 469.506_070_120_791_66),
        (Resolution::Own, 0.3, 0.3),
    ] {
        let found = resolution.at_most(target);
        assert!((found - bound).abs() < 1e-9, "{resolution:?} {found}");
    }
}

#[test]
fn durations_are_told_apart_by_octaves_and_by_the_bound_of_slow() {
    let seconds = Resolution::Octaves(3).ladder(1.0, 0.5);
    assert_eq!(
        seconds,
        [
            0.015_625, 0.031_25, 0.062_5, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0
        ]
    );
    let coarse = Resolution::Octaves(-1).ladder(1.0, 0.25);
    assert_eq!(coarse, [0.015_625, 0.062_5, 0.25, 1.0, 4.0]);
    let milliseconds = Resolution::Octaves(3).ladder(1e3, 400.0);
    assert_eq!(milliseconds.first(), Some(&16.0));
    assert_eq!(milliseconds.last(), Some(&8192.0));
    assert!(milliseconds.contains(&400.0) && milliseconds.is_sorted());
}

const NATIVE: &str = "http_server_request_duration_seconds";

fn native_rows() -> Vec<Vec<(&'static str, &'static str)>> {
    vec![
        vec![("signal", "unsuffixed")],
        vec![("signal", "native")],
        vec![("signal", "requests"), ("name", NATIVE)],
        vec![("signal", "job"), ("job", "checkout")],
        vec![("signal", "label"), ("name", "http_request_method")],
        vec![("signal", "label"), ("name", "http_response_status_code")],
        vec![("signal", "bucket_label"), ("name", "http_request_method")],
    ]
}

fn of(rows: &[Vec<(&'static str, &'static str)>]) -> Found {
    found(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn a_native_histogram_counts_requests_and_durations_where_there_are_no_buckets() {
    let settings = settings(PackName::OtelHttp);
    let plan = |rows: &[Vec<(&'static str, &'static str)>]| {
        red_plan(&settings, &of(rows), Grid::default(), 15, None)
    };
    let mut rows = native_rows();
    let native = plan(&rows);
    assert!(native.is_observed && native.slow_by_endpoint());
    assert_eq!((native.counter, native.route), (NATIVE, None));
    assert_eq!(native.status, Some("http_response_status_code"));
    let told = native.histogram.unwrap();
    assert!(matches!(told.form, Form::Native(bounds) if bounds.contains(&"0.5".to_owned())));
    assert_eq!(
        (told.metric, told.slow_text.as_str(), told.slow_bound),
        (NATIVE, "0.5", 0.5)
    );
    // What a native histogram is in a format without them is no bound, and does not hide it.
    rows.push(vec![("signal", "bound"), ("le", "+Inf")]);
    assert!(plan(&rows).is_observed);
    // Buckets and their counter are taken where they are there.
    rows.push(vec![("signal", "bound"), ("le", "0.25")]);
    let counter = "http_server_request_duration_seconds_count";
    rows.push(vec![("signal", "requests"), ("name", counter)]);
    let classic = plan(&rows);
    assert_eq!((classic.counter, classic.is_observed), (counter, false));
    assert_eq!(classic.histogram.unwrap().form, Form::Buckets);
}

#[test]
fn a_summary_of_the_same_name_is_no_histogram() {
    let settings = settings(PackName::Micrometer);
    let counter = "http_server_requests_seconds_count";
    let found = of(&[
        vec![("signal", "unsuffixed")],
        vec![("signal", "requests"), ("name", counter)],
    ]);
    let plan = red_plan(&settings, &found, Grid::default(), 15, None);
    assert_eq!((plan.counter, plan.is_observed), (counter, false));
    assert_eq!(plan.histogram, None);
}

#[test]
fn the_question_about_them_parses_for_every_pack() {
    for pack in PackName::ALL {
        for counts in [false, true] {
            let text = question(&settings(pack), counts);
            promql_parser::parser::parse(&text).unwrap();
            assert!(text.contains(&format!("sum({}{{", pack.pack().native())));
        }
    }
    let own: Vec<PackName> = PackName::ALL
        .into_iter()
        .filter(|pack| pack.pack().counts_by_histogram())
        .collect();
    assert_eq!(own, [PackName::OtelHttp, PackName::Micrometer]);
}

#[test]
fn a_server_that_knows_none_is_said_with_its_own_words() {
    let settings = settings(PackName::OtelHttp);
    let mut found = of(&[vec![("signal", "unsuffixed")]]);
    assert_eq!(unread(&settings, &found), None);
    let body = br#"{"status":"error","errorType":"bad_data","error":"1:7: parse error: unknown function with name \"histogram_count\""}"#;
    found.unread = answer(400, body).err();
    let why = unread(&settings, &found).unwrap();
    assert_eq!(why.kind, TroubleKind::NotFound);
    for says in [NATIVE, "unknown function with name \"histogram_count\""] {
        assert!(why.message.raw().contains(says), "{:?}", why.message);
    }
}

#[test]
fn it_is_said_where_slow_begins_and_how_exact_that_is() {
    let said = |rows: &[Vec<(&'static str, &'static str)>], target: f64| {
        let mut settings = settings(PackName::OtelHttp);
        settings.slow_target = target;
        let found = of(rows);
        let histogram: Histogram = histogram(&settings, &found).unwrap();
        remark(&settings, &found, &histogram)
    };
    let classic = [vec![("signal", "bound"), ("le", "0.25")]];
    assert_eq!(
        said(&classic, 0.25),
        "slow is over 0.25 s, a bound of its buckets: exact"
    );
    assert_eq!(
        said(&classic, 0.5),
        "slow is over 0.25 s, the bound of its buckets next under the target of 0.5 s: exact"
    );
    assert_eq!(
        said(&classic, 0.1),
        "slow is over 0.25 s, the first bound of its buckets, which is over the target of 0.1 s: exact"
    );
    assert_eq!(
        said(&native_rows(), 0.5),
        "a native histogram: slow is over 0.5 s, a bound of its buckets: exact"
    );
    let mut settings = settings(PackName::OtelHttp);
    settings.slow_target = 0.3;
    let body = br#"{"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"signal":"native"},"value":[1,"1"]},
        {"metric":{},"histogram":[1,{"count":"1","sum":"1","buckets":[[0,"0.25","0.6","1"]]}]}]}}"#;
    let found = Found::of(&answer(200, body).unwrap());
    let own = histogram(&settings, &found).unwrap();
    assert_eq!(
        remark(&settings, &found, &own),
        "a native histogram with bounds of its own: slow is over 0.3 s; interpolated by the server where that is none of them"
    );
}

#[test]
fn its_answers_are_counted_as_those_of_buckets_are() {
    let body = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"signal":"whole"},"values":[[1795230015,"1"]]},
        {"metric":{"signal":"requests","http_request_method":"GET","http_route":"/","http_response_status_code":"200"},"values":[[1795230015,"30"]]},
        {"metric":{"signal":"latency","le":"0.25"},"values":[[1795230015,"0.6666666666666666"]]},
        {"metric":{"signal":"latency","le":"0.5"},"values":[[1795230015,"0.91"]]},
        {"metric":{"signal":"slow","le":"0.5","http_request_method":"GET","http_route":"/"},"values":[[1795230015,"27"]]},
        {"metric":{"signal":"slow","le":"+Inf","http_request_method":"GET","http_route":"/"},"values":[[1795230015,"30"]]}]}}"#;
    let first = GridIndex(1_795_230_000 / 15);
    let range = Range {
        grid: Grid::default(),
        first,
        end: first.plus(1),
    };
    let answer = answer(200, body.as_bytes()).unwrap();
    let window = map::red(&native_plan(), range, &answer);
    let counts = &window.endpoints[&Endpoint::new("GET /")];
    assert_eq!((counts.total[0], counts.slow[0]), (30, 3));
    // Of all and up to the bound of slow it is what was counted, whatever the share says.
    assert_eq!(window.latency.counts, [[20, 27, 30]]);
    assert_eq!(window.latency.bounds, [0.25, 0.5]);
    let body = body.replace("0.6666666666666666", "NaN");
    let answer = wire::answer(200, body.as_bytes()).unwrap();
    let window = map::red(&native_plan(), range, &answer);
    assert_eq!(window.latency.counts, [[0, 27, 30]]);
}
