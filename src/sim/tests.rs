use serde_json::Value;

use super::*;

/// Asks one cluster's Prometheus over the wire.
async fn ask(address: std::net::SocketAddr, query: &str, at: jiff::Timestamp) -> Vec<(Value, f64)> {
    let url = format!("http://{address}/api/v1/query");
    let at = at.as_second().to_string();
    let answer: Value = client()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("query={}&time={at}", escaped(query)))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    answer["data"]["result"]
        .as_array()
        .unwrap_or_else(|| panic!("no result in {answer}"))
        .iter()
        .map(|row| {
            let value = row["value"][1]
                .as_str()
                .expect("text")
                .parse()
                .expect("a number");
            (row["metric"].clone(), value)
        })
        .collect()
}

fn client() -> reqwest::Client {
    // Another test may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::new()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn numbers_of_feature_errors() {
    let began = std::time::Instant::now();
    let at = "2026-11-21T03:12:41Z".parse().expect("a time");
    let world = Sim::start(Options::frozen("feature-errors", at))
        .await
        .expect("a world");
    eprintln!("started in {:?}", began.elapsed());
    for (name, address) in [
        ("canary", world.canary.prometheus),
        ("production", world.production.prometheus),
    ] {
        for query in [
            "sum by (http_route) (increase(http_server_request_duration_seconds_count{service=\"checkout\",http_response_status_code=~\"5..\"}[150s]))",
            "sum by (http_route) (increase(http_server_request_duration_seconds_count{service=\"checkout\"}[150s]))",
            "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{service=\"checkout\"}[150s])))",
            "avg(rate(container_cpu_usage_seconds_total{container=\"checkout\"}[2m]))",
            "sum by (service) (rate(http_server_request_duration_seconds_count[5m]))",
            "sum(rate(http_requests_total[10m]))",
            "count(up==1)",
        ] {
            let began = std::time::Instant::now();
            let answer = ask(address, query, at).await;
            eprintln!("{name} {query}\n   {answer:?} {:?}", began.elapsed());
        }
    }
    eprintln!("{}\n{}", world.config(None), world.kubeconfig("bob"));
}
