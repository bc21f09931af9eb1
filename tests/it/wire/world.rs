//! The embedded world as a whole: its scenarios on every wire at once, and what its knobs break.

use std::fmt::Write as _;
use std::net::SocketAddr;

use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use flightdeck::sim::knobs::{Fault, Scope};
use flightdeck::sim::{Options, Running, Sim};

fn client() -> Client {
    // Another test may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::new()
}

fn time(time: &str) -> Timestamp {
    format!("2026-11-21T{time}Z").parse().expect("a time")
}

async fn start(scenario: &str, at: &str) -> Running {
    Sim::start(Options::frozen(scenario, time(at)))
        .await
        .expect("a world")
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "%{byte:02x}").expect("a string takes all");
        out
    })
}

/// A form as a query string or a body.
fn encoded(form: &[(&str, &str)]) -> String {
    form.iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// Asks one cluster's Prometheus over the wire: the whole answer.
async fn prometheus(
    address: SocketAddr,
    call: &str,
    form: &[(&str, &str)],
) -> reqwest::Result<Value> {
    client()
        .post(format!("http://{address}/api/v1/{call}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded(form))
        .send()
        .await?
        .json()
        .await
}

/// The one number of an instant query, now.
async fn number(address: SocketAddr, query: &str) -> f64 {
    let answer = prometheus(address, "query", &[("query", query)])
        .await
        .expect("an answer");
    answer["data"]["result"][0]["value"][1]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .parse()
        .expect("a number")
}

/// What each instance of flagd says of a flag.
async fn evaluated(addresses: &[SocketAddr], flag: &str) -> Vec<Value> {
    let mut out = Vec::new();
    for address in addresses {
        let url = format!("http://{address}/ofrep/v1/evaluate/flags/{flag}");
        let answer = client()
            .post(url)
            .body("{\"context\":{}}")
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        out.push(answer.json::<Value>().await.expect("JSON")["reason"].clone());
    }
    out
}

async fn patch_flag(kubernetes: SocketAddr, user: &str, state: &str) -> StatusCode {
    let url = format!(
        "http://{kubernetes}/as/{user}/apis/core.openfeature.dev/v1beta1/namespaces/shop/featureflags/flags"
    );
    let patch = json!({"spec": {"flagSpec": {"flags": {"new-payment-flow": {"state": state}}}}});
    client()
        .patch(url)
        .header("content-type", "application/merge-patch+json")
        .body(patch.to_string())
        .send()
        .await
        .expect("an answer")
        .status()
}

const FAILED: &str = "sum(rate(http_server_request_duration_seconds_count{service=\"checkout\",http_response_status_code=~\"5..\"}[1m])) \
                      / sum(rate(http_server_request_duration_seconds_count{service=\"checkout\"}[1m]))";

#[tokio::test]
async fn a_flag_is_switched_off_through_the_api_and_the_errors_end() {
    let world = start("feature-errors", "03:12:41").await;
    assert!((0.04..0.065).contains(&number(world.canary.prometheus, FAILED).await));
    assert!(number(world.production.prometheus, FAILED).await < 0.004);
    assert_eq!(
        patch_flag(world.canary.kubernetes, "viewer", "DISABLED").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        patch_flag(world.canary.kubernetes, "bob", "DISABLED").await,
        StatusCode::OK
    );
    world.set_time(time("03:12:41.300")).await;
    let reasons = evaluated(&world.canary.flagd, "new-payment-flow").await;
    assert_eq!(
        reasons,
        [
            json!("DISABLED"),
            json!("DISABLED"),
            json!("DISABLED"),
            json!("STATIC")
        ]
    );
    world.set_time(time("03:12:42")).await;
    let reasons = evaluated(&world.canary.flagd, "new-payment-flow").await;
    assert_eq!(reasons, vec![json!("DISABLED"); 4]);
    world.set_time(time("03:14:30")).await;
    assert!(number(world.canary.prometheus, FAILED).await < 0.006);
    // On again, the fault takes its time again.
    assert_eq!(
        patch_flag(world.canary.kubernetes, "alice", "ENABLED").await,
        StatusCode::OK
    );
    world.set_time(time("03:16:00")).await;
    assert!(number(world.canary.prometheus, FAILED).await < 0.006);
    world.set_time(time("03:18:30")).await;
    assert!(number(world.canary.prometheus, FAILED).await > 0.04);
}

#[tokio::test]
async fn prometheus_speaks_its_api() {
    let world = start("prometheus-down", "03:12:41").await;
    let address = world.canary.prometheus;
    let range = [
        ("query", "sum(up)"),
        ("start", "1795230720"),
        ("end", "1795230750.5"),
        ("step", "15s"),
    ];
    let answer = prometheus(address, "query_range", &range)
        .await
        .expect("an answer");
    assert_eq!(
        answer["data"]["result"],
        json!([{"metric": {}, "values": [[1_795_230_720, "10"], [1_795_230_735, "10"], [1_795_230_750, "10"]]}])
    );
    for (form, status, kind) in [
        (vec![("query", "sum(")], 400, "bad_data"),
        (vec![("query", "up + on (service) up")], 422, "execution"),
        (vec![("query", "up"), ("time", "noon")], 400, "bad_data"),
    ] {
        let url = format!("http://{address}/api/v1/query?{}", encoded(&form));
        let answer = client().get(url).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{form:?}");
        assert_eq!(
            answer.json::<Value>().await.expect("JSON")["errorType"],
            kind
        );
    }
    let services = prometheus(address, "label/service/values", &[])
        .await
        .expect("an answer");
    assert_eq!(services["data"], json!(["checkout", "ledger", "search"]));
    let series = prometheus(
        address,
        "series",
        &[(
            "match[]",
            "http_requests_total{code=\"200\",handler=\"/entries\"}",
        )],
    )
    .await
    .expect("an answer");
    assert_eq!(series["data"][0]["job"], "shop/ledger");
    let metadata = prometheus(
        address,
        "metadata",
        &[("metric", "http_server_request_duration_seconds")],
    )
    .await
    .expect("an answer");
    assert_eq!(
        metadata["data"]["http_server_request_duration_seconds"][0]["type"],
        "histogram"
    );
    world.warn(&["a part is missing".to_owned()]);
    let answer = prometheus(address, "query", &[("query", "vector(1)")])
        .await
        .expect("an answer");
    assert_eq!(answer["warnings"], json!(["a part is missing"]));
    assert!(world.canary_knobs.prometheus.count("POST", "/api/v1/query") >= 1);
}

#[tokio::test]
async fn prometheus_refuses_while_it_is_down_and_while_a_knob_says_so() {
    let world = start("prometheus-down", "03:12:41").await;
    let address = world.canary.prometheus;
    assert!(number(address, "sum(up)").await > 8.0);
    world.set_time(time("03:14:55")).await;
    assert!(
        prometheus(address, "query", &[("query", "up")])
            .await
            .expect_err("nobody listens")
            .is_connect()
    );
    world.set_time(time("03:19:30")).await;
    assert!(number(address, "sum(up)").await > 8.0);
    world.canary_knobs.prometheus.set(
        Scope::default(),
        Fault::Answer {
            status: 503,
            retry_after: None,
        },
    );
    let url = format!("http://{address}/-/ready");
    assert_eq!(
        client().get(&url).send().await.expect("an answer").status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    world.canary_knobs.prometheus.clear();
    assert_eq!(
        client().get(&url).send().await.expect("an answer").status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn alerts_and_rules_are_told_as_prometheus_tells_them() {
    let world = start("feature-errors", "03:12:41").await;
    let ask = |address: SocketAddr, call: &'static str| async move {
        let url = format!("http://{address}/api/v1/{call}");
        let answer = client().get(url).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.expect("JSON"))
    };
    let (canary, production) = (world.canary.prometheus, world.production.prometheus);
    let (_, answer) = ask(canary, "rules?type=alert").await;
    let group = &answer["data"]["groups"][0];
    let rule = &group["rules"][0];
    assert_eq!(
        (&group["interval"], &rule["type"]),
        (&json!(15), &json!("alerting"))
    );
    assert_eq!(
        (&rule["name"], &rule["health"]),
        (&json!("CheckoutErrors"), &json!("ok"))
    );
    assert_eq!(
        (&rule["state"], &rule["duration"]),
        (&json!("firing"), &json!(60))
    );
    assert_eq!(rule["labels"]["severity"], "page");
    assert!(rule["query"].as_str().expect("text").ends_with(" > 0.01"));
    let (_, alerts) = ask(canary, "alerts").await;
    assert_eq!(alerts["data"]["alerts"], rule["alerts"]);
    let alert = &rule["alerts"][0];
    assert_eq!(
        alert["labels"],
        json!({"alertname": "CheckoutErrors", "namespace": "shop", "service": "checkout", "severity": "page"})
    );
    let since: Timestamp = alert["activeAt"]
        .as_str()
        .expect("text")
        .parse()
        .expect("a time");
    assert!(
        since > time("03:09:58") && since < time("03:11:00"),
        "{since}"
    );
    let value: f64 = alert["value"]
        .as_str()
        .expect("text")
        .parse()
        .expect("a number");
    assert!((0.03..0.08).contains(&value), "{value}");
    let (_, answer) = ask(canary, "rules?exclude_alerts=true").await;
    assert_eq!(answer["data"]["groups"][0]["rules"][0]["alerts"], json!([]));
    let (_, answer) = ask(canary, "rules?type=record").await;
    assert_eq!(answer["data"]["groups"], json!([]));
    let (status, answer) = ask(canary, "rules?type=other").await;
    assert_eq!((status, &answer["errorType"]), (400, &json!("bad_data")));
    let (_, answer) = ask(production, "alerts").await;
    assert_eq!(answer["data"]["alerts"], json!([]));
    let (_, answer) = ask(production, "rules").await;
    assert_eq!(answer["data"]["groups"][0]["rules"][0]["state"], "inactive");
}

#[tokio::test]
async fn the_exporters_offer_each_pod_as_a_target_of_its_own() {
    let world = start("bad-release", "03:05:00").await;
    let get = |path: String| async move { client().get(path).send().await.expect("an answer") };
    let base = format!("http://{}", world.canary.exporters);
    let groups: Vec<Value> = get(format!("{base}/sd")).await.json().await.expect("JSON");
    let mut down = 0;
    for group in &groups {
        assert_eq!(group["targets"][0], world.canary.exporters.to_string());
        let path = group["labels"]["__metrics_path__"]
            .as_str()
            .expect("a path");
        let answer = get(format!("{base}{path}")).await;
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            down += 1;
            continue;
        }
        let page = answer.text().await.expect("text");
        assert!(page.starts_with("# HELP "), "{path}");
        if let Some(pod) = group["labels"]["pod"].as_str() {
            assert!(
                page.lines()
                    .filter(|line| !line.starts_with('#'))
                    .all(|line| line.contains(pod))
            );
        }
    }
    // Three old pods serve and two of the new can't; search has two pods, ledger one, and there are three more targets.
    assert_eq!((groups.len(), down), (11, 2));
    let all = get(format!("{base}/metrics"))
        .await
        .text()
        .await
        .expect("text");
    assert!(all.contains("http_requests_total{") && all.contains("kube_pod_status_ready{"));
}

#[tokio::test]
async fn a_running_world_goes_on_by_itself_and_tells_a_deck_all_it_needs() {
    let options = Options {
        speed: 60.0,
        live: true,
        ..Options::new("calm")
    };
    let world = Sim::start(options).await.expect("a world");
    assert!((world.speed - 60.0).abs() < f64::EPSILON);
    // It opens at the wall clock's time, a moment after the scenario's beginning was laid there.
    let start = world.at("03:06:00").expect("a time");
    let opened = world.epoch.duration_since(start).as_secs();
    assert!((0..60).contains(&opened), "{opened}");
    let mut changed = world.canary_store().expect("a store").changed();
    // Alice switches her flag on at 03:08:12, without anybody asking: about two seconds from now.
    let switched = async {
        loop {
            let flags = world
                .canary_store()
                .expect("a store")
                .get("featureflags", "shop", "flags")
                .expect("the flags");
            if flags["spec"]["flagSpec"]["flags"]["new-payment-flow"]["state"] == "ENABLED" {
                break;
            }
            changed.changed().await.expect("a world");
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), switched)
        .await
        .expect("the flag is switched on");
    let config: toml::Table = world.config(Some("/tmp/kubeconfig")).parse().expect("TOML");
    assert_eq!(
        config["services"]["ledger"]["environments"]["canary"]["prometheus"]["pack"].as_str(),
        Some("http-requests-total")
    );
    assert_eq!(
        config["services"]["checkout"]["environments"]["canary"]["flags"]["ofrep"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
    let kubeconfig: Value = serde_json::from_str(&world.kubeconfig("bob")).expect("JSON");
    assert_eq!(kubeconfig["contexts"][1]["name"], "eu-prod");
}
