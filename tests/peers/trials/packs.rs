//! Each pack and each exporter's vocabulary on a real Prometheus: every signal found with its right number, none
//! invented, and of what is half there said which half is missing.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use flightdeck::adapters::prometheus::{
    Fed, PackName, Settings, Signal, Wanted, inventory, observe_once, run,
};
use flightdeck::adapters::transport::{Clients, Feed, Pace};
use flightdeck::domain::alert::{AlertState, Alerts};
use flightdeck::domain::clock::Clock;
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::gauge::{BusinessName, Gauge, UseWindow};
use flightdeck::domain::metrics::{EndpointCounts, RedWindow};
use flightdeck::domain::names::{ClusterName, Namespace, ServiceName};
use flightdeck::domain::observation::{Epoch, Fact};
use flightdeck::domain::pods::{PodSignal, WorstPods};
use flightdeck::domain::source::{SourceId, Trouble};
use flightdeck::domain::untrusted::Untrusted;
use jiff::{SignedDuration, Timestamp};
use kube::{Client, Config};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::Case;
use crate::exporters::{END, History, Value};
use crate::http;
use crate::lab::Lab;
use crate::prometheus::{PROGRAMS, Prometheus, RULES};
use crate::wait::{PATIENCE, until};

/// The time at which everything is looked at.
struct Standing(Timestamp);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0
    }
}

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::new(
        "packs::every_signal_is_found_none_is_invented_and_a_missing_half_is_named",
        &[&PROGRAMS],
        every_pack,
    )]
}

/// A service in one pack's vocabulary.
struct Story {
    service: &'static str,
    pack: PackName,
    matchers: &'static [(&'static str, &'static str)],
    /// Signals that are said to be elsewhere.
    elsewhere: &'static [(Gauge, &'static str, &'static str)],
    /// What it tells beside what its pod does.
    tells: fn(&mut History, &str, &str),
    /// What each gauge beyond the pod's is.
    gauges: &'static [(Gauge, f64)],
    /// Its twin that tells only a part.
    half: Half,
}

/// Which metrics are told, and which signals then lack which.
struct Half {
    keeps: fn(&str) -> bool,
    lacks: &'static [(&'static str, &'static str)],
}

/// 30 requests between scrapes, 3 of them failed, 3 slow. The target is scraped as the pack's usually is.
const REQUESTS: (u64, u64, u64) = (30, 3, 3);

const STORIES: &[Story] = &[
    Story {
        service: "otel",
        pack: PackName::OtelHttp,
        matchers: &[("service_name", "otel")],
        elsewhere: &[],
        tells: |history, labels, twin| {
            let of = |status: &str| {
                format!(
                    "{labels},http_request_method=\"GET\",http_route=\"/a\",http_response_status_code=\"{status}\""
                )
            };
            for (status, count) in [("200", 27.0), ("503", 3.0)] {
                let metric = "http_server_request_duration_seconds";
                history.series(&format!("{metric}_count"), &of(status), Value::Grows(count));
                history.buckets(
                    &format!("{metric}_bucket"),
                    &of(status),
                    ["0.5", "1.0"],
                    count,
                );
            }
            let pool = format!("{labels},db_client_connection_pool_name=\"db\"");
            for (state, count) in [("used", 6.0), ("idle", 2.0)] {
                let labels = format!("{pool},db_client_connection_state=\"{state}\"");
                history.series("db_client_connection_count", &labels, Value::Is(count));
            }
            history.series("db_client_connection_max", &pool, Value::Is(8.0));
            let wait = "db_client_connection_wait_time_seconds";
            history.series(&format!("{wait}_sum"), &pool, Value::Grows(0.5));
            history.series(&format!("{wait}_count"), &pool, Value::Grows(50.0));
            let kafka =
                format!("job=\"kafka\",instance=\"k\",consumergroup=\"otel{twin}\",topic=\"t\"");
            for (partition, lag) in [(0, 5.0), (1, 7.0), (2, -1.0)] {
                let labels = format!("{kafka},partition=\"{partition}\"");
                history.series("kafka_consumergroup_lag", &labels, Value::Is(lag));
            }
        },
        gauges: &[
            (Gauge::PoolUsed, 0.75),
            (Gauge::PoolWait, 0.01),
            (Gauge::QueueLag, 12.0),
        ],
        half: Half {
            keeps: |metric| !metric.ends_with("_bucket") && !metric.ends_with("connection_max"),
            lacks: &[
                ("durations", "http_server_request_duration_seconds_bucket"),
                ("pool_used", "db_client_connection_max"),
            ],
        },
    },
    Story {
        service: "plain",
        pack: PackName::HttpRequestsTotal,
        matchers: &[("service", "plain")],
        elsewhere: &[(Gauge::CacheHits, "app", "redis-plain")],
        tells: |history, labels, twin| {
            let of = |code: &str| format!("{labels},method=\"get\",handler=\"/a\",code=\"{code}\"");
            for (code, count) in [("200", 27.0), ("500", 3.0)] {
                history.series("http_requests_total", &of(code), Value::Grows(count));
            }
            let both = format!("{labels},method=\"get\",handler=\"/a\"");
            history.buckets(
                "http_request_duration_seconds_bucket",
                &both,
                ["0.5", "1"],
                30.0,
            );
            let pool = format!("{labels},pool=\"db\"");
            history.series("hikaricp_active_connections", &pool, Value::Is(5.0));
            history.series("hikaricp_max_connections", &pool, Value::Is(10.0));
            let nanos = "hikaricp_connection_acquired_nanos";
            history.series(&format!("{nanos}_sum"), &pool, Value::Grows(1e9));
            history.series(&format!("{nanos}_count"), &pool, Value::Grows(40.0));
            let redis = format!("job=\"redis\",instance=\"r\",app=\"redis-plain{twin}\"");
            history.series("redis_keyspace_hits_total", &redis, Value::Grows(80.0));
            history.series("redis_keyspace_misses_total", &redis, Value::Grows(20.0));
            let rabbit = format!("job=\"rabbit\",instance=\"q\",vhost=\"/\",queue=\"plain{twin}\"");
            history.series("rabbitmq_queue_messages_ready", &rabbit, Value::Is(4.0));
        },
        gauges: &[
            (Gauge::PoolUsed, 0.5),
            (Gauge::PoolWait, 0.025),
            (Gauge::CacheHits, 0.8),
            (Gauge::QueueLag, 4.0),
        ],
        half: Half {
            keeps: |metric| !metric.ends_with("_misses_total") && !metric.ends_with("_nanos_count"),
            lacks: &[
                ("cache_hits", "redis_keyspace_misses_total"),
                ("pool_wait", "hikaricp_connection_acquired_nanos_count"),
            ],
        },
    },
    Story {
        service: "spring",
        pack: PackName::Micrometer,
        matchers: &[("application", "spring")],
        elsewhere: &[],
        tells: |history, labels, _| {
            for (status, outcome, count) in [("200", "SUCCESS", 27.0), ("500", "SERVER_ERROR", 3.0)]
            {
                let labels = format!(
                    "{labels},method=\"GET\",uri=\"/a\",status=\"{status}\",outcome=\"{outcome}\",exception=\"none\",error=\"none\""
                );
                let metric = "http_server_requests_seconds";
                history.series(&format!("{metric}_count"), &labels, Value::Grows(count));
                history.buckets(&format!("{metric}_bucket"), &labels, ["0.5", "1.0"], count);
            }
            // Two pools, of which one is fuller.
            for (pool, active) in [("main", 9.0), ("reports", 1.0)] {
                let labels = format!("{labels},pool=\"{pool}\"");
                history.series("hikaricp_connections_active", &labels, Value::Is(active));
                history.series("hikaricp_connections_max", &labels, Value::Is(10.0));
                let wait = "hikaricp_connections_acquire_seconds";
                history.series(&format!("{wait}_sum"), &labels, Value::Grows(0.1));
                history.series(&format!("{wait}_count"), &labels, Value::Grows(20.0));
            }
            for (result, count) in [("hit", 90.0), ("miss", 10.0), ("pending", 50.0)] {
                let labels = format!("{labels},cache=\"prices\",result=\"{result}\"");
                history.series("cache_gets_total", &labels, Value::Grows(count));
            }
        },
        gauges: &[
            (Gauge::PoolUsed, 0.9),
            (Gauge::PoolWait, 0.005),
            (Gauge::CacheHits, 0.9),
        ],
        half: Half {
            keeps: |metric| {
                metric != "hikaricp_connections_max" && !metric.ends_with("requests_seconds_count")
            },
            lacks: &[
                ("requests", "http_server_requests_seconds_count"),
                ("pool_used", "hikaricp_connections_max"),
            ],
        },
    },
    Story {
        service: "mesh",
        pack: PackName::Istio,
        matchers: &[
            ("destination_workload", "mesh"),
            ("destination_workload_namespace", "shop"),
        ],
        elsewhere: &[],
        tells: |history, labels, _| {
            for (reporter, all) in [("destination", 1.0), ("source", 0.9)] {
                for (code, flags, count) in
                    [("200", "-", 24.0), ("0", "DC", 3.0), ("503", "UH", 3.0)]
                {
                    let labels = format!(
                        "{labels},reporter=\"{reporter}\",response_code=\"{code}\",response_flags=\"{flags}\",request_protocol=\"http\""
                    );
                    history.series("istio_requests_total", &labels, Value::Grows(count * all));
                    let metric = "istio_request_duration_milliseconds_bucket";
                    history.buckets(metric, &labels, ["500", "1000"], count * all);
                }
            }
        },
        gauges: &[],
        half: Half {
            keeps: |metric| !metric.ends_with("_milliseconds_bucket"),
            lacks: &[("durations", "istio_request_duration_milliseconds_bucket")],
        },
    },
    Story {
        service: "edge",
        pack: PackName::IngressNginx,
        matchers: &[("ingress", "edge")],
        elsewhere: &[],
        tells: |history, labels, _| {
            for (status, count) in [("200", 27.0), ("502", 3.0)] {
                let labels = format!(
                    "{labels},controller_class=\"k8s.io/ingress-nginx\",host=\"shop.example\",service=\"web\",canary=\"\",method=\"GET\",path=\"/a\",status=\"{status}\""
                );
                history.series(
                    "nginx_ingress_controller_requests",
                    &labels,
                    Value::Grows(count),
                );
                let metric = "nginx_ingress_controller_request_duration_seconds_bucket";
                history.buckets(metric, &labels, ["0.5", "1"], count);
            }
        },
        gauges: &[],
        half: Half {
            keeps: |metric| metric != "container_network_transmit_bytes_total",
            lacks: &[("network", "container_network_transmit_bytes_total")],
        },
    },
    Story {
        service: "proxied",
        pack: PackName::Envoy,
        matchers: &[("envoy_cluster_name", "proxied")],
        elsewhere: &[
            (Gauge::PoolUsed, "app", "pgbouncer-proxied"),
            (Gauge::PoolWait, "app", "pgbouncer-proxied"),
        ],
        tells: |history, labels, twin| {
            for (class, code, count) in [("2", "200", 27.0), ("5", "503", 3.0)] {
                let by = |label: &str, value: &str| format!("{labels},{label}=\"{value}\"");
                let of_class = by("envoy_response_code_class", class);
                history.series(
                    "envoy_cluster_upstream_rq_xx",
                    &of_class,
                    Value::Grows(count),
                );
                let of_code = by("envoy_response_code", code);
                history.series("envoy_cluster_upstream_rq", &of_code, Value::Grows(count));
            }
            history.buckets(
                "envoy_cluster_upstream_rq_time_bucket",
                labels,
                ["500", "1000"],
                30.0,
            );
            let bouncer =
                format!("job=\"pgbouncer\",instance=\"b\",app=\"pgbouncer-proxied{twin}\"");
            for (user, active) in [("web", 8.0), ("jobs", 3.0)] {
                let labels = format!("{bouncer},database=\"shop\",user=\"{user}\"");
                history.series(
                    "pgbouncer_pools_server_active_connections",
                    &labels,
                    Value::Is(active),
                );
            }
            let database = format!(
                "{bouncer},name=\"shop\",database=\"shop_production\",host=\"db\",port=\"5432\",force_user=\"\",pool_mode=\"transaction\""
            );
            history.series("pgbouncer_databases_pool_size", &database, Value::Is(20.0));
            let stats = format!("{bouncer},database=\"shop\"");
            history.series(
                "pgbouncer_stats_client_wait_seconds_total",
                &stats,
                Value::Grows(0.3),
            );
            history.series(
                "pgbouncer_stats_sql_transactions_pooled_total",
                &stats,
                Value::Grows(100.0),
            );
        },
        gauges: &[(Gauge::PoolUsed, 0.4), (Gauge::PoolWait, 0.003)],
        half: Half {
            // The other counter alone is enough; a cluster without timings has no durations.
            keeps: |metric| {
                !metric.ends_with("_rq_xx")
                    && !metric.ends_with("rq_time_bucket")
                    && !metric.ends_with("pool_size")
            },
            lacks: &[
                ("durations", "envoy_cluster_upstream_rq_time_bucket"),
                ("pool_used", "pgbouncer_databases_pool_size"),
            ],
        },
    },
];

/// What every service tells besides gauges.
const OF_ALL: [&str; 7] = [
    "requests",
    "errors",
    "durations",
    "business/requests",
    "cpu_pressure",
    "memory_pressure",
    "io_pressure",
];

/// What each service's one pod uses and waits for.
const OF_POD: [(PodSignal, f64); 6] = [
    (PodSignal::Cpu, 0.4),
    (PodSignal::Memory, 0.5),
    (PodSignal::Throttled, 0.1),
    (PodSignal::CpuPressure, 0.2),
    (PodSignal::MemoryPressure, 0.0),
    (PodSignal::IoPressure, 0.01),
];

/// What every service's pod tells.
const OF_PODS: [(Gauge, f64); 6] = [
    (Gauge::Cpu, 0.4),
    (Gauge::Memory, 0.5),
    (Gauge::Restarts, 0.0),
    (Gauge::Throttled, 0.1),
    (Gauge::Network, 3000.0),
    (Gauge::NetworkErrors, 2.0),
];

impl Story {
    /// The labels of the service's own series; in its half-told twin, every name is another.
    fn labels(&self, twin: &str) -> String {
        let matchers = self.matchers.iter().map(|(label, value)| {
            let value = if *value == self.service {
                format!("{value}{twin}")
            } else {
                (*value).to_owned()
            };
            format!(",{label}=\"{value}\"")
        });
        let service = format!("{}{twin}", self.service);
        let mut labels = format!("job=\"{service}\",instance=\"{service}:80\",pod=\"p-{service}\"");
        labels.extend(matchers);
        labels
    }

    fn write(&self, history: &mut History, twin: &str) {
        let labels = self.labels(twin);
        let service = format!("{}{twin}", self.service);
        let target = format!("job=\"{service}\",instance=\"{service}:80\"");
        history.series("up", &target, Value::Is(1.0));
        (self.tells)(history, &labels, twin);
        history.pod(&service);
    }

    fn settings(&self, address: &str, twin: &str) -> Result<Settings> {
        let service = format!("{}{twin}", self.service);
        let place = Place::new(ServiceName::parse(&service)?, Environment::Canary);
        let address = format!("http://{address}").parse()?;
        let mut settings = Settings::new(place, address, Namespace::parse("shop")?, &service);
        settings.pack = self.pack;
        settings.deadline = PATIENCE;
        for (label, value) in self.matchers {
            let value = if *value == self.service {
                service.clone()
            } else {
                (*value).to_owned()
            };
            settings.matchers.insert((*label).to_owned(), value);
        }
        for (gauge, label, value) in self.elsewhere {
            let matchers = BTreeMap::from([((*label).to_owned(), format!("{value}{twin}"))]);
            let signal = Signal {
                metrics: Vec::new(),
                matchers: Some(matchers),
            };
            settings.signals.insert(*gauge, signal);
        }
        Ok(settings)
    }
}

/// Never asked: these addresses need no cluster.
pub(super) fn no_cluster() -> Result<Clients> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::try_from(Config::new("http://127.0.0.1:9".parse()?))?;
    let name = ClusterName::parse("nowhere")?;
    Ok(Clients::of(
        name,
        "nowhere".to_owned(),
        client.clone(),
        client,
    ))
}

const TWIN: &str = "-half";

fn every_pack(lab: &Lab) -> Result<()> {
    let mut history = History::new();
    for story in STORIES {
        story.write(&mut history, "");
    }
    for story in STORIES {
        let mut half = History::new();
        half.keep(story.half.keeps);
        story.write(&mut half, TWIN);
        history.add(&half);
    }
    let folder = lab.folder("packs");
    let text = history.end();
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(RULES), RULES_FILE)?;
    let server = Prometheus::start(&lab.programs, &folder, 15, &[], Some(&text))?;
    let url = format!("http://{}/api/v1/rules", server.address);
    until("the rules are evaluated", PATIENCE, || {
        let (_, body) = http::get(&url)?;
        let text = body.to_string();
        Ok((text.contains("firing") && text.contains("\"err\"")).then_some(()))
    })?;
    let runtime = Runtime::new()?;
    let client = runtime.block_on(async { no_cluster() })?;
    let at = Timestamp::from_second(END)?;
    let run = Run {
        address: server.address.clone(),
        runtime,
        client,
        at,
    };
    for story in STORIES {
        let what = || format!("{} by {}", story.service, story.pack.as_str());
        run.whole(story).with_context(what)?;
        run.half(story)
            .with_context(|| format!("half of {}", what()))?;
    }
    Ok(())
}

/// What the stories are read with.
struct Run {
    address: String,
    runtime: Runtime,
    client: Clients,
    at: Timestamp,
}

impl Run {
    /// Everything that the service tells is found with its number, and nothing else.
    fn whole(&self, story: &Story) -> Result<()> {
        let mut settings = story.settings(&self.address, "")?;
        let business = BusinessName::parse("requests")?;
        let pack = story.pack.pack().counter;
        let query = format!("rate({pack}{{$matchers}}[1m]) # all of them");
        settings.business.insert(business, query);
        let facts = self.facts(&settings)?;
        ensure!(facts.len() == 5, "{} facts", facts.len());
        for fact in &facts {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "a metrics source has no others"
            )]
            match fact {
                Fact::Red(_, red) => counts_are(red, story)?,
                Fact::Alerts(_, alerts) => alert_is(alerts, story)?,
                Fact::Pods(_, pods) => pod_is(pods, story)?,
                Fact::Use(_, gauges) => gauges_are(gauges, story, business)?,
                Fact::Queries(..) => {}
                other => anyhow::bail!("{other:?}"),
            }
        }
        for fed in &self.inventory(&settings)? {
            let mut gauges = story.gauges.iter().chain(&OF_PODS);
            let has = gauges.any(|(gauge, _)| gauge.to_string() == fed.signal)
                || OF_ALL.contains(&fed.signal.as_str());
            ensure!(fed.missing.is_empty() == has, "{fed:?}");
        }
        Ok(())
    }

    /// What is half there is named, and not asked for.
    fn half(&self, story: &Story) -> Result<()> {
        let settings = story.settings(&self.address, TWIN)?;
        let all = self.inventory(&settings)?;
        for (signal, missing) in story.half.lacks {
            let fed = all.iter().find(|fed| fed.signal == *signal);
            let fed = fed.context("a signal")?;
            let metric = format!("{missing}{{");
            let is_named = fed.missing.iter().any(|m| m.starts_with(&metric));
            ensure!(is_named, "{fed:?}");
        }
        let asked = self.asked(&settings)?;
        for Fed {
            signal, missing, ..
        } in &all
        {
            let gauge = Gauge::try_from(signal.clone()).ok();
            // Requests, CPU and memory are always asked for.
            let Some(_) = gauge.filter(|gauge| !Gauge::MACHINES.contains(gauge)) else {
                continue;
            };
            let is_asked = asked.iter().any(|(name, _)| name == signal);
            ensure!(
                missing.is_empty() == is_asked,
                "{signal} misses {missing:?}"
            );
        }
        Ok(())
    }

    /// What a source asks for, also where the service itself is not found.
    fn asked(&self, settings: &Settings) -> Result<Vec<(String, String)>> {
        let (out, mut told) = mpsc::channel(64);
        let (_wanted, wanted) = watch::channel(self.wanted());
        let feed = Feed {
            source: SourceId::Prometheus(settings.place.clone()),
            out,
            pace: Pace::new(Arc::new(Standing(self.at)), 0.0),
            cancel: CancellationToken::new(),
            epoch: Epoch(1),
            seed: 1,
        };
        let (settings, client) = (settings.clone(), self.client.clone());
        let running = async { run(settings, client, feed, wanted, Arc::default()).await };
        let listening = async {
            loop {
                if let Fact::Queries(_, queries) = told.recv().await?.fact {
                    return Some(queries);
                }
            }
        };
        let queries = async {
            tokio::select! {
                queries = listening => queries,
                () = running => None,
            }
        };
        self.runtime.block_on(queries).context("queries")
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            since: self.at - SignedDuration::from_mins(5),
            recent: SignedDuration::ZERO,
            canary_began: None,
        }
    }

    fn facts(&self, settings: &Settings) -> Result<Vec<Fact>> {
        let facts = observe_once(settings, &self.client, self.at, self.wanted());
        self.runtime.block_on(facts).map_err(|why| told(&why))
    }

    fn inventory(&self, settings: &Settings) -> Result<Vec<Fed>> {
        let told_all = inventory(settings, &self.client, self.at);
        self.runtime.block_on(told_all).map_err(|why| told(&why))
    }
}

pub(super) fn told(why: &Trouble) -> anyhow::Error {
    anyhow::anyhow!("{why:?}")
}

/// Each interval but the first has the requests that were written.
fn counts_are(red: &RedWindow, story: &Story) -> Result<()> {
    ensure!(
        red.len() >= 15 && red.holes.iter().all(|hole| !hole),
        "{:?}",
        red.holes
    );
    for position in 0..red.len() {
        let sum = |of: fn(&EndpointCounts) -> &Vec<u64>| {
            let counts = red.endpoints.values().map(of);
            counts
                .filter_map(|counts| counts.get(position))
                .sum::<u64>()
        };
        let found = (sum(|e| &e.total), sum(|e| &e.errors), sum(|e| &e.slow));
        ensure!(found == REQUESTS, "{found:?} at {position}");
    }
    ensure!(
        red.untold.iter().all(|count| *count == 0),
        "{:?}",
        red.untold
    );
    ensure!(red.latency.bounds == [0.5, 1.0], "{:?}", red.latency.bounds);
    let names: Vec<&str> = red.endpoints.keys().map(|e| e.0.raw()).collect();
    let expected = match story.pack {
        PackName::Istio | PackName::Envoy => "(no route)",
        PackName::HttpRequestsTotal => "get /a",
        PackName::OtelHttp | PackName::Micrometer | PackName::IngressNginx => "GET /a",
    };
    ensure!(names == [expected], "{names:?}");
    Ok(())
}

/// Rules of two services; the second's can't be evaluated, for it comes to the same labels twice.
const RULES_FILE: &str = r#"groups:
  - name: trial
    interval: 1s
    rules:
      - { alert: Always, expr: vector(1), labels: { service_name: otel, severity: page } }
      - { alert: Broken, expr: 'label_replace(vector(1), "service_name", "otel", "", "") + on () (vector(1) or label_replace(vector(1), "a", "b", "", ""))', labels: { service_name: otel } }
"#;

/// The alert of the first service fires; the others have none.
fn alert_is(alerts: &Alerts, story: &Story) -> Result<()> {
    let Alerts::Served {
        named,
        rules,
        broken,
        ..
    } = alerts
    else {
        anyhow::bail!("{alerts:?}");
    };
    if story.service != "otel" {
        ensure!(named.is_empty() && *rules == Some(0), "{alerts:?}");
        return Ok(());
    }
    let [alert] = named.as_slice() else {
        anyhow::bail!("{alerts:?}");
    };
    ensure!(alert.name.raw() == "Always", "{alert:?}");
    ensure!(alert.state == AlertState::Firing, "{alert:?}");
    let by: Vec<&str> = alert.by.iter().map(Untrusted::raw).collect();
    ensure!(by == ["service_name=otel"], "{by:?}");
    let broken: Vec<&str> = broken.iter().map(Untrusted::raw).collect();
    ensure!(*rules == Some(2) && broken == ["Broken"], "{alerts:?}");
    Ok(())
}

/// The one pod of the service, and the sums of all in its namespace: each has half a core and 6e8 bytes, of which it
/// requests half.
fn pod_is(pods: &WorstPods, story: &Story) -> Result<()> {
    let [pod] = pods.worst.as_slice() else {
        anyhow::bail!("{pods:?}");
    };
    let name = format!("{}-6d4cf56db6-x2x7k", story.service);
    ensure!(pod.pod.raw() == name, "{pod:?}");
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6 * b.abs().max(1.0);
    for (signal, value) in OF_POD {
        let found = pod.values.get(&signal);
        ensure!(
            found.is_some_and(|v| near(*v, value)),
            "{signal:?} {found:?}"
        );
    }
    ensure!(pods.pods == Some(1) && pods.missing.is_empty(), "{pods:?}");
    for (total, one) in [(pods.cpu, 0.5), (pods.memory, 6e8)] {
        let limits = total.limits.context("limits")?;
        ensure!(near(limits % one, 0.0) && limits > one, "{total:?}");
        let requests = total.requests.context("requests")?;
        ensure!(near(requests, limits / 2.0), "{total:?}");
        ensure!(
            total.used == total.limited && total.used < total.limits,
            "{total:?}"
        );
    }
    Ok(())
}

/// Each gauge that was written has its number, and no other is there.
fn gauges_are(window: &UseWindow, story: &Story, business: BusinessName) -> Result<()> {
    let mut expected: BTreeMap<Gauge, f64> = OF_PODS.into_iter().collect();
    expected.extend(story.gauges.iter().copied());
    // All reporters and classes; both reporters of the mesh are asked for by this query.
    let per_second = if story.pack == PackName::Istio {
        57.0
    } else {
        30.0
    };
    expected.insert(Gauge::Business(business), per_second / 15.0);
    let found: Vec<_> = window.gauges.keys().collect();
    ensure!(found == expected.keys().collect::<Vec<_>>(), "{found:?}");
    for (gauge, value) in &expected {
        let values = window.gauges.get(gauge).context("a gauge")?;
        let near = |found: &Option<f64>| {
            found.is_some_and(|found| (found - value).abs() < 1e-6 * value.abs().max(1.0))
        };
        ensure!(
            values.iter().all(near),
            "{gauge} is not {value}: {values:?}"
        );
    }
    Ok(())
}
