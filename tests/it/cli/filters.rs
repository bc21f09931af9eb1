//! `judge` and `decide`: JSON in, JSON out, and mistakes told where they are.

use serde_json::{Value, json};

use super::{Desk, schema};

/// Forty intervals: canary fails from the twenty-first on.
fn series() -> Value {
    let bad =
        |many: u64| -> Vec<u64> { (0..40).map(|at| if at < 20 { 1 } else { many }).collect() };
    let flat = |value: u64| vec![value; 40];
    json!({
        "schema": "flightdeck.dev/judge/v1",
        "service": "checkout",
        "alpha": 0.01,
        "began_at": "2026-11-21T03:00:00Z",
        "interval_seconds": 15,
        "series": [
            { "metric": "errors", "kind": "ratio", "endpoint": "POST /pay",
              "canary": { "bad": bad(40), "total": flat(450) },
              "production": { "bad": flat(20), "total": flat(9000) } },
            { "metric": "slow", "kind": "ratio",
              "canary": { "bad": flat(1), "total": flat(900) },
              "production": { "bad": flat(20), "total": flat(18000) } },
            { "metric": "cpu", "kind": "gauge",
              "canary": { "values": vec![0.5; 40] }, "production": { "values": vec![0.5; 40] } },
        ],
    })
}

fn evidence(metrics: &Value) -> Value {
    let live = |kind: &str| json!({ "kind": kind, "cluster": "canary", "state": "live", "age_seconds": 3 });
    let metrics_of = |environment: &str| json!({ "kind": "prometheus", "environment": environment, "state": "live", "age_seconds": 3 });
    json!({
        "schema": "flightdeck.dev/decide/v1",
        "service": "checkout",
        "at": "2026-11-21T03:10:00Z",
        "canary": { "state": "began", "began_at": "2026-11-21T03:00:00Z", "soak_ends_at": "2026-11-21T03:05:00Z" },
        "metrics": metrics,
        "endpoints": [
            { "endpoint": "POST /pay", "canary": { "bad": 820, "total": 18000 }, "production": { "bad": 800, "total": 360_000 } },
            { "endpoint": "GET /cart", "canary": { "bad": 10, "total": 18000 }, "production": { "bad": 200, "total": 360_000 } },
        ],
        "flags": [
            { "key": "new-payment-flow", "state": "ENABLED", "endpoints": ["POST /pay"], "evaluated": { "on": 4, "of": 4 } },
            { "key": "winter-theme", "state": "ENABLED", "endpoints": null },
        ],
        "release": { "status": "deployed", "current": 14, "stable": 13, "stable_version": "2.13.4" },
        "sources": [live("kubernetes"), live("helm"), metrics_of("canary"), metrics_of("production")],
    })
}

#[tokio::test]
async fn a_metric_of_the_business_is_judged_the_way_that_is_said_or_not_at_all() {
    let desk = Desk::new();
    let asked = |better: Option<&str>, name: &str| {
        let mut request = series();
        let mut refusals = json!({
            "metric": name, "kind": "gauge",
            "canary": { "values": (0..40).map(|n| 0.5 + f64::from(n % 5) * 0.001).collect::<Vec<_>>() },
            "production": { "values": (0..40).map(|n| 0.1 + f64::from(n % 5) * 0.001).collect::<Vec<_>>() },
        });
        if let Some(better) = better {
            refusals["better"] = better.into();
        }
        request["series"] = json!([refusals]);
        request.to_string()
    };
    let verdict = |ran: &Value| ran["metrics"][0]["verdict"].clone();
    let run = async |input: String| desk.run_with(&["judge", "-"], Some(&input)).await;
    let refusals = "business/refusals";
    let worse = run(asked(Some("lower"), refusals)).await;
    assert_eq!(verdict(&worse.ended(1).json()), "breach");
    let better = run(asked(Some("higher"), refusals)).await;
    assert_ne!(verdict(&better.ended(0).json()), "breach");
    // How much worse is too much is said by the process, as in the configuration.
    let by_half = |limit: Option<f64>| {
        let mut request: Value = serde_json::from_str(&asked(Some("higher"), refusals)).unwrap();
        let values =
            |mean: f64| -> Vec<f64> { (0..40).map(|n| mean + f64::from(n % 5) * 0.001).collect() };
        request["series"][0]["canary"]["values"] = json!(values(0.65));
        request["series"][0]["production"]["values"] = json!(values(1.0));
        if let Some(limit) = limit {
            request["business_drop"] = limit.into();
        }
        request.to_string()
    };
    for (limit, breach) in [(None, true), (Some(0.3), true), (Some(0.5), false)] {
        let ran = run(by_half(limit)).await;
        assert_eq!(
            verdict(&ran.json()) == "breach",
            breach,
            "{limit:?}: {}",
            ran.out
        );
    }
    let refused = run(by_half(Some(20.0))).await;
    let said = "business_drop: 20 is no share that can be missed; over 0 and at most 1";
    assert!(refused.ended(2).err.contains(said), "{}", refused.err);
    for (better, name, said) in [
        (None, refusals, "which way"),
        (Some("higher"), "cpu", "leave it out"),
        (Some("higher"), "business/Bad Name", "business"),
    ] {
        let refused = run(asked(better, name)).await;
        let said_so = &refused.ended(2).err;
        assert!(said_so.contains(said), "{said_so}");
    }
}

#[tokio::test]
async fn a_breach_is_judged_from_series_and_decided_on() {
    let desk = Desk::new();
    let judged = desk
        .run_with(&["judge", "-"], Some(&series().to_string()))
        .await;
    judged.ended(1);
    let report = judged.json();
    schema::check(
        &desk.run(&["judge", "--schema"]).await.ended(0).json(),
        &report,
    );
    schema::check(
        &desk.run(&["judge", "--schema=in"]).await.ended(0).json(),
        &series(),
    );
    assert_eq!(report["metrics"][0]["metric"], "errors");
    assert_eq!(report["metrics"][0]["verdict"], "breach", "{report:#}");
    assert_eq!(report["metrics"][0]["since"], "2026-11-21T03:05:00Z");
    assert!(
        report["metrics"][0]["low"].as_f64().unwrap() > 10.0,
        "{report:#}"
    );
    assert_eq!(report["metrics"][1]["verdict"], "pass", "{report:#}");
    assert_eq!(report["metrics"][2]["verdict"], "pass", "{report:#}");
    let text = desk
        .run(&[
            "judge",
            &desk.file("series.json", &series().to_string()),
            "--output",
            "text",
        ])
        .await;
    text.ended(1)
        .says(&["errors     breach", "worse since 03:05:00"]);

    let evidence = evidence(&report["metrics"]);
    let file = desk.file("evidence.json", &evidence.to_string());
    let decided = desk.run(&["decide", "--evidence", &file]).await;
    decided.ended(1);
    let decision = decided.json();
    schema::check(
        &desk.run(&["decide", "--schema"]).await.ended(0).json(),
        &decision,
    );
    schema::check(
        &desk.run(&["decide", "--schema=in"]).await.ended(0).json(),
        &evidence,
    );
    assert_eq!(decision["advised"], "flag", "{decision:#}");
    assert_eq!(decision["headline"]["state"], "breach");
    assert_eq!(decision["rungs"][0]["target"]["flag"], "new-payment-flow");
    assert_eq!(decision["rungs"][1]["state"], "next");
    assert_eq!(decision["promote"]["open"], false);
}

#[tokio::test]
async fn holes_are_no_good_news_and_what_is_not_named_opens_nothing() {
    let desk = Desk::new();
    let mut calm = series();
    for at in 20..40 {
        calm["series"][0]["canary"]["bad"][at] = json!(1);
    }
    let report = desk
        .run_with(&["judge", "-"], Some(&calm.to_string()))
        .await;
    let metrics = report.ended(0).json()["metrics"].clone();
    assert_eq!(metrics[0]["verdict"], "pass", "{metrics:#}");
    let mut torn = calm.clone();
    for at in 30..40 {
        torn["series"][0]["canary"]["total"][at] = Value::Null;
        torn["series"][0]["canary"]["bad"][at] = Value::Null;
    }
    let report = desk
        .run_with(&["judge", "-"], Some(&torn.to_string()))
        .await;
    assert_eq!(report.ended(0).json()["metrics"][0]["verdict"], "no_data");

    let mut whole = evidence(&metrics);
    let ask = async |evidence: &Value| {
        desk.run_with(&["decide", "--evidence", "-"], Some(&evidence.to_string()))
            .await
    };
    let open = ask(&whole).await;
    assert_eq!(
        open.ended(0).json()["promote"]["open"],
        true,
        "{}",
        open.out
    );
    whole["sources"].as_array_mut().unwrap().pop();
    let closed = ask(&whole).await.ended(0).json();
    assert_eq!(closed["promote"]["open"], false);
    assert_eq!(
        closed["promote"]["waits"][0]["text"],
        "no answer from prometheus production"
    );
}

#[tokio::test]
async fn mistakes_in_series_are_told_where_they_are() {
    let desk = Desk::new();
    let table: [(&str, Value, &str); 11] = [
        (
            "/schema",
            json!("flightdeck.dev/judge/v2"),
            "stdin: schema: \"flightdeck.dev/judge/v2\" is not known; this flightdeck reads \"flightdeck.dev/judge/v1\"",
        ),
        (
            "/alpha",
            json!(2),
            "stdin: alpha: 2 is no chance that can be accepted; over 0 and at most 0.1, such as 0.01",
        ),
        (
            "/interval_seconds",
            json!(20),
            "interval_seconds: 20 is no interval of the grid; a multiple of 15",
        ),
        (
            "/began_at",
            json!("2026-11-21T03:00:07Z"),
            "began_at: 2026-11-21T03:00:07Z is not on the grid of 15 s; the next interval begins at 2026-11-21T03:00:15Z",
        ),
        (
            "/series",
            json!([]),
            "series: there is none; write at least one",
        ),
        (
            "/series/1/canary/total",
            json!([1, 2]),
            "series[1].canary.total: it has 2 entries, series[0].canary has 40; every series covers the same intervals, with null for a hole",
        ),
        (
            "/series/0/canary/bad/3",
            json!(999),
            "series[0].canary.bad[3]: there are more bad requests than requests",
        ),
        (
            "/series/2/kind",
            json!("ratio"),
            "series[2].canary: a ratio has \"bad\" and \"total\"",
        ),
        (
            "/series/1/kind",
            json!("ration"),
            "there is no `ration` here; did you mean `ratio`?",
        ),
        (
            "/series/1/metric",
            json!("errors"),
            "series[1]: it counts what series[0] counts",
        ),
        (
            "/service",
            json!(""),
            "service: a service name can't be empty",
        ),
    ];
    for (place, value, says) in table {
        let mut wrong = series();
        *wrong.pointer_mut(place).unwrap() = value;
        let told = desk
            .run_with(&["judge", "-"], Some(&wrong.to_string()))
            .await;
        told.ended(2).says(&[says]);
        assert!(told.out.is_empty(), "{}", told.out);
    }
    let file = desk.file("half.json", "{\n  \"schema\": \"x\",\n  \"servce\": 1\n}");
    desk.run(&["judge", &file])
        .await
        .ended(2)
        .says(&["half.json:3:10: there is no `servce` here; did you mean `service`?"]);
    desk.run(&["judge", "/nowhere.json"])
        .await
        .ended(2)
        .says(&["/nowhere.json", "No such file"]);
}

#[tokio::test]
async fn mistakes_in_evidence_are_told_where_they_are() {
    let desk = Desk::new();
    let pass =
        json!([{ "metric": "errors", "verdict": "pass" }, { "metric": "slow", "verdict": "pass" }]);
    let table: [(&str, Value, &str); 9] = [
        (
            "/taken_back",
            json!(0),
            "taken_back: there is no revision 0; Helm counts from 1",
        ),
        (
            "/metrics/0/metric",
            json!("erors"),
            "metrics[0].metric: \"erors\" is no metric of the process; there are errors, slow",
        ),
        (
            "/metrics/0/verdict",
            json!("breach"),
            "metrics[0].since: a breach has an onset; write \"since\"",
        ),
        (
            "/metrics/1/verdict",
            json!("fine"),
            "there is no `fine` here",
        ),
        ("/metrics", json!([]), "metrics: there is none"),
        (
            "/flags/0/errors",
            json!({ "on": 3, "of": 2 }),
            "flags[0].errors: 3 of 2 can't be",
        ),
        (
            "/release/stable",
            json!(0),
            "release.stable: there is no revision 0; Helm counts from 1",
        ),
        (
            "/sources/0/cluster",
            Value::Null,
            "sources[0]: it belongs to a cluster, which is not named",
        ),
        (
            "/canary/soak_ends_at",
            json!("2026-11-21T02:00:00Z"),
            "canary: the soak ends before the canary begins",
        ),
    ];
    for (place, value, says) in table {
        let mut wrong = evidence(&pass);
        wrong["flags"][0]["errors"] = Value::Null;
        wrong["taken_back"] = Value::Null;
        *wrong.pointer_mut(place).unwrap() = value;
        let told = desk
            .run_with(&["decide", "--evidence", "-"], Some(&wrong.to_string()))
            .await;
        told.ended(2).says(&[says]);
    }
}

#[tokio::test]
async fn a_release_that_soaks_on_production_is_decided_on_by_productions_own_ladder() {
    let desk = Desk::new();
    let judged = desk
        .run_with(&["judge", "-"], Some(&series().to_string()))
        .await;
    let mut soaks = evidence(&judged.json()["metrics"]);
    soaks["canary"] = json!({
        "state": "promoted",
        "released_at": "2026-11-21T02:58:40Z",
        "began_at": "2026-11-21T03:00:00Z",
        "soak_ends_at": "2026-11-21T03:12:00Z",
    });
    soaks["canary_cluster"] = "production".into();
    for source in soaks["sources"].as_array_mut().unwrap() {
        if source["cluster"] == "canary" {
            source["cluster"] = "production".into();
        }
    }
    let decided = desk
        .run_with(&["decide", "--evidence", "-"], Some(&soaks.to_string()))
        .await;
    let decision = decided.ended(1).json();
    assert_eq!(decision["headline"]["state"], "breach", "{decision:#}");
    let said = decision["headline"]["text"].as_str().unwrap();
    assert!(said.starts_with("production errors"), "{said}");
    assert_eq!(decision["rungs"][1]["target"]["environment"], "production");
    assert_eq!(decision["promote"]["waits"][0]["reason"], "no_canary");

    let errors = &mut soaks["metrics"][0];
    *errors = json!({ "metric": "errors", "verdict": "no_data", "why": "no_before" });
    soaks["canary"]["before_is_seen"] = false.into();
    let decided = desk
        .run_with(&["decide", "--evidence", "-"], Some(&soaks.to_string()))
        .await;
    let decision = decided.ended(0).json();
    assert_eq!(decision["headline"]["state"], "production_soak");
    assert_eq!(decision["headline"]["word"], "SOAK");

    soaks["canary"]["released_at"] = "2026-11-21T03:01:00Z".into();
    let refused = desk
        .run_with(&["decide", "--evidence", "-"], Some(&soaks.to_string()))
        .await;
    assert!(
        refused.ended(2).err.contains("released_at"),
        "{}",
        refused.err
    );
}

#[tokio::test]
async fn what_no_wait_mends_is_said_with_what_does() {
    let desk = Desk::new();
    let judged = desk
        .run_with(&["judge", "-"], Some(&series().to_string()))
        .await;
    let mut case = evidence(&judged.json()["metrics"]);
    let metrics = case["metrics"].as_array_mut().unwrap();
    metrics.push(json!({
        "metric": "pool_wait", "verdict": "no_data", "why": "other_exporters",
        "exporters": { "canary": "hikari-micrometer", "production": "pg-bouncer" },
    }));
    metrics.push(json!({ "metric": "network_errors", "verdict": "no_data", "why": "no_pods" }));
    case["release"]["stable"] = Value::Null;
    case["release"]["stable_denied"] =
        json!({ "verb": "watch", "resource": "configmaps", "namespace": "shop" });
    schema::check(
        &desk.run(&["decide", "--schema=in"]).await.ended(0).json(),
        &case,
    );
    let decided = desk
        .run_with(&["decide", "--evidence", "-"], Some(&case.to_string()))
        .await;
    let decision = decided.ended(1).json();
    let waits = decision["promote"]["waits"].as_array().unwrap();
    let said = |kind: &str| {
        let found = waits.iter().find(|wait| wait["reason"] == kind).unwrap();
        found["text"].as_str().unwrap()
    };
    for word in [
        "signals.pool_wait",
        "HikariCP by Micrometer",
        "pgbouncer_exporter",
    ] {
        assert!(said("other_exporters").contains(word), "{decision:#}");
    }
    assert!(said("no_pods").contains("prometheus.pods"), "{decision:#}");
    let rollback = &decision["rungs"][1]["why_not"];
    assert_eq!(rollback["reason"], "stable_unknown", "{decision:#}");
    let text = rollback["text"].as_str().unwrap();
    assert!(text.contains("watch configmaps in shop"), "{text}");

    case["metrics"][3]["exporters"]["canary"] = "abacus".into();
    let refused = desk
        .run_with(&["decide", "--evidence", "-"], Some(&case.to_string()))
        .await;
    assert!(
        refused.ended(2).err.contains("hikari-micrometer"),
        "{}",
        refused.err
    );
}
