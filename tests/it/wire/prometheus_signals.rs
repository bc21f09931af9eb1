//! The gauges beyond the machines', and the business, as the simulated Prometheus has them: every one that the world
//! tells, none that it does not, and trouble with one that leaves the others whole.

use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::{Context as _, Result};
use flightdeck::adapters::prometheus::{Signal, observe_once};
use flightdeck::adapters::transport::{Auth, ClientCertificate, Credentials, Login, Tls};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::gauge::{BusinessName, Gauge, UseWindow};
use flightdeck::domain::secret::Secret;
use flightdeck::domain::source::TroubleKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::prometheus::{asked, no_cluster, once, settings, since, world};

/// The values of a gauge, which is there in nearly every interval.
fn values(window: &UseWindow, gauge: Gauge) -> Result<Vec<f64>> {
    let values = window
        .gauges
        .get(&gauge)
        .with_context(|| format!("{gauge} of {:?}", window.gauges.keys()))?;
    let there: Vec<f64> = values.iter().copied().flatten().collect();
    assert!(there.len() * 10 >= values.len() * 9, "{gauge} {values:?}");
    Ok(there)
}

fn mean(values: &[f64]) -> f64 {
    let count = values.iter().fold(0.0, |count, _| count + 1.0);
    values.iter().sum::<f64>() / count
}

fn lies(window: &UseWindow, gauge: Gauge, between: RangeInclusive<f64>) -> Result<()> {
    let values = values(window, gauge)?;
    let mean = mean(&values);
    assert!(between.contains(&mean), "{gauge} is {mean}: {values:?}");
    Ok(())
}

#[tokio::test]
async fn every_gauge_that_a_service_has_is_told_and_no_other() -> Result<()> {
    let world = world("calm", "03:10:00").await?;
    let orders = BusinessName::parse("orders")?;
    let all = |service: &str, environment| {
        let mut settings = settings(&world, service, environment)?;
        let query = "sum(rate(orders_completed_total{$matchers}[1m])) # a second";
        settings.business.insert(orders, query.to_owned());
        anyhow::Ok(settings)
    };
    let production = all("checkout", Environment::Production)?;
    let seen = once(&world, &production, since(&world, 8)).await?;
    assert!(seen.lacks.is_empty(), "{:?}", seen.lacks);
    let window = seen.machines.context("gauges")?;
    let mut told: Vec<Gauge> = Gauge::NAMED.to_vec();
    told.push(Gauge::Business(orders));
    assert_eq!(window.gauges.keys().copied().collect::<Vec<_>>(), told);
    lies(&window, Gauge::Throttled, 0.0..=0.05)?;
    lies(&window, Gauge::PoolUsed, 0.05..=0.8)?;
    lies(&window, Gauge::PoolWait, 0.0..=0.02)?;
    lies(&window, Gauge::CacheHits, 0.5..=1.0)?;
    lies(&window, Gauge::QueueLag, 0.0..=10_000.0)?;
    lies(&window, Gauge::Network, 1e4..=1e8)?;
    lies(&window, Gauge::NetworkErrors, 0.0..=1.0)?;
    lies(&window, Gauge::Business(orders), 10.0..=100.0)?;
    let asked = asked(&world, &production).await?;
    let business = asked.iter().find(|(signal, _)| signal == "business/orders");
    let (_, query) = business.context("the query of the business")?;
    assert!(query.contains("{service=\"checkout\"}"), "{query}");

    // OpenTelemetry's pool, and neither a cache, a queue nor a business.
    let search = all("search", Environment::Canary)?;
    let window = once(&world, &search, since(&world, 8)).await?.machines;
    let window = window.context("gauges")?;
    lies(&window, Gauge::PoolUsed, 0.01..=0.8)?;
    lies(&window, Gauge::PoolWait, 0.0..=0.02)?;
    for absent in [Gauge::CacheHits, Gauge::QueueLag, Gauge::Business(orders)] {
        assert!(!window.gauges.contains_key(&absent), "{absent}");
    }
    Ok(())
}

#[tokio::test]
async fn a_configuration_points_to_a_signal_of_another_name() -> Result<()> {
    let world = world("calm", "03:06:00").await?;
    let mut search = settings(&world, "search", Environment::Canary)?;
    let group = [("consumergroup".to_owned(), "checkout".to_owned())];
    let lag = Signal {
        metrics: Vec::new(),
        matchers: Some(group.into()),
    };
    search.signals.insert(Gauge::QueueLag, lag);
    let names = ["process_cpu_seconds_total", "no_such_metric_total"];
    let cache = Signal {
        metrics: names.map(str::to_owned).to_vec(),
        matchers: None,
    };
    search.signals.insert(Gauge::CacheHits, cache);
    let window = once(&world, &search, since(&world, 5)).await?.machines;
    let window = window.context("gauges")?;
    values(&window, Gauge::QueueLag)?;
    assert!(!window.gauges.contains_key(&Gauge::CacheHits));
    Ok(())
}

#[tokio::test]
async fn restarts_are_counted_by_the_exporter_of_the_clusters_own_labels() -> Result<()> {
    let world = world("calm", "03:06:00").await?;
    let of = async |label: &str, value: &str| -> Result<String> {
        let mut canary = settings(&world, "checkout", Environment::Canary)?;
        let pinned = (label.to_owned(), value.to_owned());
        canary.pod_matchers = [pinned].into();
        let queries = asked(&world, &canary).await?.into_iter();
        let mut restarts = queries.filter(|(signal, _)| signal == "restarts");
        restarts.next().map(|(_, query)| query).context("restarts")
    };
    let query = of("instance", "10.1.0.4:8080").await?;
    let here = r#"up{job=~"kube\\-state\\-metrics",instance="10.1.0.4:8080"}"#;
    assert!(query.contains(here), "{query}");
    // A label that the pods' series have and their exporter has not.
    let query = of("namespace", "shop").await?;
    let any = r#"up{job=~"kube\\-state\\-metrics"}"#;
    assert!(query.contains(any), "{query}");
    Ok(())
}

#[tokio::test]
async fn a_query_that_the_server_refuses_is_told_and_leaves_the_others() -> Result<()> {
    let world = world("calm", "03:06:00").await?;
    let mut canary = settings(&world, "checkout", Environment::Canary)?;
    let (good, bad) = (BusinessName::parse("good")?, BusinessName::parse("bad")?);
    let business = &mut canary.business;
    business.insert(
        good,
        "sum(rate(orders_completed_total{$matchers}[1m]))".to_owned(),
    );
    business.insert(
        bad,
        "sum(rate(orders_completed_total{$matchers}))".to_owned(),
    );
    let seen = once(&world, &canary, since(&world, 5)).await?;
    let why = seen.lacks.first().context("what is lacking")?;
    assert_eq!((why.kind, seen.lacks.len()), (TroubleKind::Malformed, 1));
    assert!(
        why.message.raw().starts_with("not of the business: bad: "),
        "{why:?}"
    );
    let window = seen.machines.context("gauges")?;
    values(&window, Gauge::Cpu)?;
    values(&window, Gauge::Business(good))?;
    assert!(!window.gauges.contains_key(&Gauge::Business(bad)));

    // A server that fails for the business alone makes holes there, and nowhere else.
    canary.business.remove(&bad);
    world.fail_queries(Some("orders_completed_total"));
    let seen = once(&world, &canary, since(&world, 5)).await?;
    let why = seen.lacks.first().context("what is lacking")?;
    assert!(
        why.message.raw().starts_with("not of the business: "),
        "{why:?}"
    );
    let window = seen.machines.context("gauges")?;
    values(&window, Gauge::Cpu)?;
    values(&window, Gauge::PoolUsed)?;
    assert!(!window.gauges.contains_key(&Gauge::Business(good)));
    assert!(seen.red.context("requests")?.holes.iter().any(|hole| !hole));
    Ok(())
}

/// Answers every request with an empty result, and tells the first one's head.
async fn one_head(listener: TcpListener) -> Result<String> {
    const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
    let mut first = None;
    loop {
        let (mut stream, _) = listener.accept().await?;
        let mut read = Vec::new();
        let mut chunk = [0; 4096];
        let head = loop {
            let count = stream.read(&mut chunk).await?;
            read.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&read).into_owned();
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                break head.to_owned();
            }
            anyhow::ensure!(count > 0, "half a request");
        };
        let reply = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{EMPTY}",
            EMPTY.len()
        );
        stream.write_all(reply.as_bytes()).await?;
        if let Some(first) = first.replace(head) {
            return Ok(first);
        }
    }
}

#[tokio::test]
async fn each_request_says_who_asks_and_of_whom_and_no_trouble_says_the_secret() -> Result<()> {
    let world = world("calm", "03:06:00").await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut asking = settings(&world, "checkout", Environment::Canary)?;
    asking.address = format!("http://{}", listener.local_addr()?).parse()?;
    asking.tenant = Some("shop|till".to_owned());
    asking.login = Login::by(|| {
        let auth = Auth::Basic {
            user: "deck".to_owned(),
            password: Secret::new("hunter2".to_owned()),
        };
        let credentials = Credentials {
            auth,
            tls: Tls::default(),
        };
        Box::pin(async move { Ok(credentials) })
    });
    let client = no_cluster()?;
    let asked = observe_once(&asking, &client, world.now(), since(&world, 5));
    let (head, asked) = tokio::join!(
        one_head(listener),
        tokio::time::timeout(Duration::from_secs(20), asked)
    );
    let head = head?.to_ascii_lowercase();
    assert!(head.contains("x-scope-orgid: shop|till\r\n"), "{head}");
    // deck:hunter2
    let basic = "authorization: Basic ZGVjazpodW50ZXIy".to_ascii_lowercase();
    assert!(head.contains(&basic), "{head}");
    drop(asked);

    // A key that is none is told without what it holds.
    asking.login = Login::by(|| {
        let client = ClientCertificate {
            certificate: Secret::new("no certificate, and hunter2".to_owned()),
            key: Secret::new("hunter2".to_owned()),
        };
        let tls = Tls {
            ca: None,
            client: Some(client),
        };
        let credentials = Credentials {
            auth: Auth::None,
            tls,
        };
        Box::pin(async move { Ok(credentials) })
    });
    let why = observe_once(&asking, &client, world.now(), since(&world, 5)).await;
    let why = why.err().context("no certificate")?;
    assert_eq!(why.kind, TroubleKind::Unauthorized);
    assert!(!format!("{why:?}{asking:?}").contains("hunter2"), "{why:?}");
    Ok(())
}
