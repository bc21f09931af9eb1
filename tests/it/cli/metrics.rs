//! `metrics check`: each signal with the series that feed it, and what to write where there are none.

use std::fs;

use super::{Desk, schema, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_signal_is_told_with_what_feeds_it() {
    let world = world("calm", "03:10:00").await;
    let desk = Desk::at(&world, "bob");
    let all = desk.run(&["metrics", "check"]).await;
    all.ended(0).says(&[
        "checkout on canary: http://",
        "search on production: http://",
        "4 series of hikaricp_connections_active{service=\"checkout\"} (HikariCP by Micrometer)",
        "3 series of kafka_consumergroup_lag{consumergroup=\"checkout\"} (kafka_exporter)",
        "none    cache_hits",
        "no cache_gets_total{service=\"search\",result=\"hit\"} (Micrometer)",
        "signals.cache_hits = { metrics = [..], matchers = { .. } } (two counters: hits, and misses)",
    ]);
    let json = desk
        .run(&["metrics", "check", "checkout", "--output", "json"])
        .await;
    let json = json.ended(0).json();
    let printed = desk.run(&["metrics", "check", "--schema"]).await;
    schema::check(&printed.ended(0).json(), &json);
    let environments = json["environments"].as_array().unwrap();
    assert_eq!(environments.len(), 2, "{json:#}");
    for signal in environments[0]["signals"].as_array().unwrap() {
        assert_eq!(signal["state"], "found", "{signal:#}");
        assert!(
            signal["series"][0]["count"].as_u64() > Some(0),
            "{signal:#}"
        );
    }
    desk.run(&["metrics", "check", "chekout"])
        .await
        .ended(2)
        .says(&["did you mean \"checkout\"?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_missing_says_what_to_write() {
    let world = world("calm", "03:06:00").await;
    let desk = Desk::at(&world, "bob");
    let file = desk.path("config.toml");
    let right = fs::read_to_string(&file).unwrap();
    for (from, to, code, says) in [
        (
            "service = \"checkout\"",
            "service = \"chekout\"",
            1,
            "series have the name and none has these labels",
        ),
        (
            "pack = \"otel-http\"",
            "pack = \"micrometer\"",
            1,
            "pack = \"otel-http\" has",
        ),
        (
            "pack = \"otel-http\"",
            "signals.pool_used.metrics = [\"hikaricp_connections_active\", \"nothing\"], pack = \"otel-http\"",
            1,
            "no nothing{service=\"checkout\"}",
        ),
        (
            "address = \"http://127.0.0.1:",
            "address = \"http://127.0.0.1:1/",
            3,
            "WRONG",
        ),
    ] {
        assert!(right.contains(from), "{from} is not in:\n{right}");
        fs::write(&file, right.replacen(from, to, 1)).unwrap();
        let found = desk.run(&["metrics", "check", "checkout"]).await;
        found.ended(code).says(&[says]);
    }
    let business =
        "[services.checkout.business.refunds]\nquery = 'sum(rate(refunds_total{$matchers}[1m]))'\n";
    fs::write(&file, format!("{right}\n{business}")).unwrap();
    let found = desk.run(&["metrics", "check", "checkout"]).await;
    found.ended(1).says(&[
        "MISSING business/refunds",
        "no sum(sum(rate(refunds_total{service=\"checkout\"}[1m])))",
    ]);
}
