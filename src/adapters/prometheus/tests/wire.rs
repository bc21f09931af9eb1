//! Answers that are refusals or no answers at all.

use crate::adapters::prometheus::wire::answer;
use crate::domain::source::TroubleKind;

#[test]
fn what_the_server_says_reaches_the_operator() {
    for (status, body, kind, message) in [
        (
            400,
            include_str!("answers/refused.json"),
            TroubleKind::Malformed,
            "unexpected end of input",
        ),
        (
            400,
            include_str!("answers/too-many-points.json"),
            TroubleKind::Malformed,
            "11,000 points",
        ),
        (
            503,
            r#"{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}"#,
            TroubleKind::TimedOut,
            "query timed out",
        ),
        (
            422,
            r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}"#,
            TroubleKind::Malformed,
            "too many samples",
        ),
        (401, "no token", TroubleKind::Unauthorized, "no token"),
        (403, "<html>denied</html>", TroubleKind::Forbidden, "denied"),
        (429, "", TroubleKind::Throttled, "429"),
        (502, "bad gateway", TroubleKind::ServerError, "bad gateway"),
        (
            200,
            "<html>a login page</html>",
            TroubleKind::Malformed,
            "not a query answer",
        ),
        (
            200,
            r#"{"status":"success"}"#,
            TroubleKind::Malformed,
            "without data",
        ),
    ] {
        let why = answer(status, body.as_bytes()).unwrap_err();
        assert_eq!(why.kind, kind, "{body}");
        assert!(why.message.raw().contains(message), "{:?}", why.message);
    }
}

#[test]
fn special_values_are_read_and_native_histograms_are_no_numbers() {
    let read = answer(
        200,
        br#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"a":"b"},"values":[[1,"NaN"],[2.5,"+Inf"]]},
            {"metric":{},"histograms":[[1,{"count":"0","sum":"0"}],
                [16,{"count":"2","sum":"3","buckets":[[3,"-0.001","0.001","1"],[0,"0.5","+Inf","1"]]}]]}]},"infos":["a remark"]}"#,
    )
    .unwrap();
    assert!(read.warnings.is_empty());
    assert_eq!(read.series[0].label("a"), "b");
    assert_eq!(read.series[0].label("absent"), "");
    assert!(read.series[0].samples[0].1.is_nan());
    assert_eq!(read.series[0].samples[1], (2.5, f64::INFINITY));
    let native = &read.series[1];
    assert!(native.samples.is_empty());
    assert_eq!(native.times(), [1.0, 16.0]);
    assert!(native.histograms[0].buckets.is_empty());
    let bounds = [(-0.001, 0.001), (0.5, f64::INFINITY)];
    assert_eq!(native.histograms[1].buckets, bounds);
}

#[test]
fn a_partial_answer_says_so_in_each_servers_way() {
    let of = |beside: &str| {
        let body = format!(
            r#"{{"status":"success",{beside}"data":{{"resultType":"matrix","result":[]}}}}"#
        );
        answer(200, body.as_bytes()).unwrap().warnings
    };
    assert!(of("").is_empty() && of(r#""isPartial":false,"#).is_empty());
    // Thanos.
    assert_eq!(of(r#""warnings":["no store"],"#), ["no store"]);
    // VictoriaMetrics.
    assert_eq!(of(r#""isPartial":true,"#).len(), 1);
    assert!(of(r#""warnings":["PromQL info: x"],"#).is_empty());
}
