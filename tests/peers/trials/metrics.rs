//! Prometheus itself: it scrapes, and it serves history that was loaded.
//!
//! Longer stories than a test has time for are written as `OpenMetrics` and loaded.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use flightdeck::adapters::prometheus::{PackName, Settings, Wanted, observe_once};
use flightdeck::adapters::transport::{Address, Clients, ClusterSettings};
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::names::{ClusterName, Namespace, ServiceName};
use flightdeck::domain::observation::Fact;
use flightdeck::domain::source::Trouble;
use flightdeck::sim::Options;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Case;
use crate::lab::Lab;
use crate::process::free_port;
use crate::prometheus::{self, PROGRAMS, Prometheus, Target};
use crate::wait::{PATIENCE, until};
use crate::world::World;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "metrics::a_target_that_is_down_is_not_zero",
            &[&PROGRAMS],
            scrape,
        ),
        Case::new("metrics::loaded_history_is_served", &[&PROGRAMS], history),
        Case::new(
            "metrics::the_simulator_answers_the_decks_queries_as_it_does",
            &[&PROGRAMS, &["kubectl"]],
            same_answers,
        ),
    ]
}

fn scrape(lab: &Lab) -> Result<()> {
    let nobody = Target::One {
        job: "nobody".into(),
        address: format!("127.0.0.1:{}", free_port()?),
    };
    let prometheus = Prometheus::start(
        &lab.programs,
        &lab.folder("prometheus-down"),
        1,
        &[nobody],
        None,
    )?;
    let (up, _) = until("the first scrape has failed", PATIENCE, || {
        let found = prometheus.query("up{job=\"nobody\"}", None)?;
        Ok(found.first().and_then(value))
    })?;
    ensure!(up == "0", "up is {up}");
    let absent = prometheus.query("http_requests_total", None)?;
    ensure!(absent.is_empty(), "{absent:?}");
    Ok(())
}

fn history(lab: &Lab) -> Result<()> {
    // Two minutes of a counter in 15 s steps, from 2026-11-21T03:00:00Z.
    let start = 1_795_230_000;
    let mut lines = vec!["# TYPE http_requests counter".to_owned()];
    lines.extend((0..=8).map(|step| {
        let (count, time) = (1_000_000 + step * 3, start + step * 15);
        format!("http_requests_total{{code=\"500\"}} {count} {time}")
    }));
    lines.push("# EOF\n".to_owned());
    let text = lines.join("\n");
    let prometheus = Prometheus::start(
        &lab.programs,
        &lab.folder("prometheus-history"),
        15,
        &[],
        Some(&text),
    )?;
    let query = "http_requests_total - http_requests_total offset 60s";
    let found = prometheus.query(query, Some(f64::from(start + 120)))?;
    let events = found.first().and_then(value).context("no series")?;
    ensure!(events == "12", "{events} events, and 12 were written");
    Ok(())
}

/// The value of one sample of an instant vector, as Prometheus wrote it.
fn value(sample: &Value) -> Option<String> {
    sample
        .pointer("/value/1")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// Every query that the deck asks, of the simulator and of a real Prometheus that was given the simulator's samples.
fn same_answers(lab: &Lab) -> Result<()> {
    let at: Timestamp = "2026-11-21T03:12:41Z".parse()?;
    let options = Options::frozen("feature-errors", at);
    let folder = lab.folder("same-answers");
    let world = World::start(&lab.programs, &folder, options)?;
    let hour = SignedDuration::from_hours(1);
    let (canary, production) = world.running.openmetrics(at - hour);
    for (name, addresses, past) in [
        ("canary", &world.running.canary, canary),
        ("production", &world.running.production, production),
    ] {
        let real = Prometheus::start(&lab.programs, &folder.join(name), 15, &[], Some(&past))?;
        let simulated = addresses.prometheus.to_string();
        for (service, pack) in [
            ("checkout", PackName::OtelHttp),
            ("ledger", PackName::HttpRequestsTotal),
        ] {
            for (signal, query) in asked(&world, &simulated, service, pack)? {
                // Calm, a minute into the errors, and now; not where a series has just ended, for OpenMetrics has no
                // staleness markers.
                for before in [240, 105, 15, 0] {
                    let time = at - SignedDuration::from_secs(before);
                    let time = Some(time.as_duration().as_secs_f64());
                    let ours = answers(&prometheus::query(&simulated, &query, time)?);
                    let theirs = answers(&prometheus::query(&real.address, &query, time)?);
                    let what = format!("{service} on {name}, {signal}, {before} s ago: {query}");
                    // Only where a scrape is missing.
                    let may_be_none = signal == "gaps";
                    ensure!(may_be_none || !theirs.is_empty(), "no answer: {what}");
                    agree(&ours, &theirs).with_context(|| what)?;
                }
            }
        }
    }
    Ok(())
}

/// The queries behind each signal of a service, as the deck's own adapter asks them.
fn asked(
    world: &World,
    prometheus: &str,
    service: &str,
    pack: PackName,
) -> Result<Vec<(String, String)>> {
    let place = Place::new(ServiceName::parse(service)?, Environment::Canary);
    let address: Address = format!("http://{prometheus}").parse()?;
    let mut settings = Settings::new(place, address, Namespace::parse("shop")?, service);
    settings.pack = pack;
    settings.deadline = PATIENCE;
    settings.matchers = [("service".to_owned(), service.to_owned())].into();
    let cluster = ClusterSettings {
        name: ClusterName::parse("canary")?,
        kubeconfig: Some(world.kubeconfig("viewer")),
        context: "eu-canary".to_owned(),
    };
    world.wait(async {
        let clients = Clients::open(&cluster).await.map_err(|why| told(&why))?;
        let now = world.running.now();
        let wanted = Wanted {
            since: now - SignedDuration::from_mins(1),
            recent: SignedDuration::ZERO,
            canary_began: None,
        };
        let facts = observe_once(&settings, &clients, now, wanted).await;
        let queries = facts.map_err(|why| told(&why))?.into_iter();
        let mut queries = queries.filter_map(|fact| {
            if let Fact::Queries(_, queries) = fact {
                Some(queries)
            } else {
                None
            }
        });
        queries.next().context("queries")
    })
}

fn told(why: &Trouble) -> anyhow::Error {
    anyhow::anyhow!("{}", why.message)
}

/// An instant vector by its labels.
fn answers(samples: &[Value]) -> BTreeMap<String, f64> {
    let of = |sample: &Value| {
        let number = value(sample)?.parse().ok()?;
        Some((sample.get("metric")?.to_string(), number))
    };
    samples.iter().filter_map(of).collect()
}

/// The same series, and the same numbers but for the order in which fractions were added.
fn agree(ours: &BTreeMap<String, f64>, theirs: &BTreeMap<String, f64>) -> Result<()> {
    let near =
        |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) || a.is_nan() && b.is_nan();
    for (series, wanted) in theirs {
        let found = ours
            .get(series)
            .with_context(|| format!("{series} is missing"))?;
        ensure!(
            near(*found, *wanted),
            "{series}: {found}, and Prometheus says {wanted}"
        );
    }
    let more = ours.keys().find(|series| !theirs.contains_key(*series));
    ensure!(more.is_none(), "Prometheus does not have {more:?}");
    Ok(())
}
