//! The numbers a person acts on: the same whoever looks and since when, and unmoved by what only looks like news.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use flightdeck::adapters::prometheus::{PackName, Settings, Wanted, observe_once};
use flightdeck::adapters::transport::Clients;
use flightdeck::app::event::Event;
use flightdeck::app::state::{Mode, ServiceState, State};
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::gauge::Gauge;
use flightdeck::domain::grid::{Grid, GridIndex};
use flightdeck::domain::metrics::{BeforeCanary, Endpoint, RedWindow};
use flightdeck::domain::names::{ClusterName, Namespace, ServiceName};
use flightdeck::domain::observation::Fact;
use flightdeck::domain::verdict::{Metric, NoData, Unsure, Verdict};
use flightdeck::engine::assess::Row;
use flightdeck::engine::judge::{
    Business, Input, Kind, Samples, Series, SeriesRequest, SeriesVerdict, from_series, judge,
};
use flightdeck::shell::clock::{Time, WorldClock};
use flightdeck::shell::flight::{Flight, How, Keeps};
use flightdeck::shell::headless::{Ended, until};
use flightdeck::sim::{Options, Running, Side, Sim};
use jiff::{SignedDuration, Timestamp};
use kube::{Client, Config};

const SIDES: [Environment; 2] = [Environment::Canary, Environment::Production];
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Longer than a loaded machine takes for anything.
const PATIENCE: Duration = Duration::from_secs(300);

async fn world(options: Options) -> Result<Arc<Running>> {
    // Another test may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    Ok(Arc::new(Sim::start(options).await?))
}

fn night(time: &str) -> Result<Timestamp> {
    Ok(format!("2026-11-21T{time}Z").parse()?)
}

/// A whole deck without a screen, over a world whose clock stands between two steps while its polls go on.
struct Deck {
    flight: Flight,
    service: ServiceName,
    world: Arc<Running>,
    _kubeconfig: tempfile::NamedTempFile,
}

impl Deck {
    fn open(world: &Arc<Running>, service: &str) -> Result<Self> {
        let service = ServiceName::parse(service)?;
        let kubeconfig = tempfile::NamedTempFile::new()?;
        std::fs::write(kubeconfig.path(), world.kubeconfig("bob"))?;
        let text = world.config(kubeconfig.path().to_str());
        let mut settings = flightdeck::settings::read("the world's".as_ref(), &text)?;
        // What is not judged here need not be polled.
        settings.services.retain(|name, _| *name == service);
        for of in settings.services.values_mut() {
            for environment in of.environments.values_mut() {
                environment.flags = None;
                let metrics = environment.prometheus.as_mut().context("metrics")?;
                metrics.adapter.deadline = PATIENCE;
            }
        }
        let time = Time {
            clock: Arc::new(WorldClock(Arc::clone(world))),
            speed: 10.0,
        };
        let how = How {
            time,
            mode: Mode::Demo,
            seed: 1,
            logbook: Keeps::Nothing,
        };
        Ok(Self {
            flight: Flight::start(&settings, how)?,
            service,
            world: Arc::clone(world),
            _kubeconfig: kubeconfig,
        })
    }

    /// The service once everything that judgement rests on was seen as of now.
    async fn seen(&mut self) -> Result<ServiceState> {
        let name = self.service.clone();
        let now = self.world.now();
        self.flight.fold(Event::Tick { now });
        let whole = |state: &State| {
            let service = state.world.services.get(&name)?;
            is_whole(service, now).then(|| service.clone())
        };
        match until(&mut self.flight, PATIENCE, whole).await? {
            Ended::With(service) => Ok(service),
            Ended::TimedOut | Ended::Left => {
                let state = self.flight.state()?;
                let sources = &state.world.services[&name].evidence.sources;
                anyhow::bail!("not all was seen: {sources:#?}")
            }
        }
    }
}

fn is_whole(service: &ServiceState, now: Timestamp) -> bool {
    let Some(began) = service.assessment.canary_began else {
        return false;
    };
    let seen = |environment: &Environment| {
        let evidence = &service.evidence.environments[environment];
        let Some((red, usage)) = evidence.red.as_ref().zip(evidence.usage.as_ref()) else {
            return false;
        };
        let (red, usage) = (&red.value, &usage.value);
        // An answer of before the last step may still be on its way: it ends earlier.
        red.end() == red.grid.index_at(now)
            && red.first <= red.grid.first_from(began - HOUR)
            && usage.first == red.first
            && usage
                .gauges
                .values()
                .all(|values| values.len() == red.len())
    };
    // A cluster's last sign of life is of before the step, too, until its next.
    let stale = |row: &Row| matches!(row.verdict.verdict, Verdict::NoData(NoData::Stale { .. }));
    let production = &service.evidence.environments[&Environment::Production];
    SIDES.iter().all(seen)
        && production.before.is_some()
        && service.assessment.at == now
        && !service.assessment.rows.iter().any(stale)
}

/// What the deck saw, as series of the `judge` contract.
fn recorded(service: &ServiceState) -> Result<SeriesRequest> {
    let evidence = &service.evidence;
    let [canary, production] = SIDES.map(|e| &evidence.environments[&e]);
    let red = |e: &flightdeck::engine::evidence::EnvironmentEvidence| {
        e.red.as_ref().map(|red| red.value.clone())
    };
    let (ours, theirs) = red(canary).zip(red(production)).context("requests")?;
    assert_eq!((ours.first, ours.len()), (theirs.first, theirs.len()));
    let names: BTreeSet<&Endpoint> = ours
        .endpoints
        .keys()
        .chain(theirs.endpoints.keys())
        .collect();
    let mut series = Vec::new();
    for slow in [false, true] {
        for endpoint in &names {
            series.push(Series {
                metric: if slow { "slow" } else { "errors" }.to_owned(),
                endpoint: Some(endpoint.0.raw().to_owned()),
                kind: Kind::Ratio {
                    canary: samples(&ours, endpoint, slow),
                    production: samples(&theirs, endpoint, slow),
                },
            });
        }
    }
    for (gauge, name) in [(Gauge::Cpu, "cpu"), (Gauge::Memory, "memory")] {
        let values = |e: &flightdeck::engine::evidence::EnvironmentEvidence| {
            let usage = e.usage.as_ref().context("machines")?;
            assert_eq!(usage.value.first, ours.first);
            anyhow::Ok(usage.value.gauges[&gauge].clone())
        };
        series.push(Series {
            metric: name.to_owned(),
            endpoint: None,
            kind: Kind::Gauge {
                canary: values(canary)?,
                production: values(production)?,
            },
        });
    }
    Ok(SeriesRequest {
        alpha: evidence.policy.alpha,
        began_at: service.assessment.canary_began.context("a canary")?,
        starts_at: Some(ours.grid.start(ours.first)),
        interval_seconds: ours.grid.seconds(),
        soak_seconds: evidence.policy.canary_soak_seconds,
        before: production.before.clone(),
        own_dependencies: evidence.policy.own_dependencies,
        business: BTreeMap::new(),
        business_drop: evidence.policy.business_drop.trigger,
        series,
    })
}

fn samples(window: &RedWindow, endpoint: &Endpoint, slow: bool) -> Samples {
    let counts = window.endpoints.get(endpoint);
    let column = |of: Option<&Vec<u64>>| {
        let at = |(i, hole): (usize, &bool)| {
            (!hole).then(|| of.and_then(|of| of.get(i)).copied().unwrap_or(0))
        };
        window.holes.iter().enumerate().map(at).collect()
    };
    Samples {
        bad: column(counts.map(|c| if slow { &c.slow } else { &c.errors })),
        total: column(counts.map(|c| &c.total)),
    }
}

/// What the deck says of a metric, in the words of the `judge` contract.
fn shown(service: &ServiceState, metric: Metric, name: &str) -> Result<SeriesVerdict> {
    let mut rows = service.assessment.rows.iter().map(|row| &row.verdict);
    let row = rows.find(|row| row.metric == metric).context("a row")?;
    Ok(SeriesVerdict {
        metric: name.to_owned(),
        since: match row.verdict {
            Verdict::Breach { since } | Verdict::Recovered { since, .. } => Some(since),
            Verdict::Pass | Verdict::Unsure(_) | Verdict::Watch(_) | Verdict::NoData(_) => None,
        },
        verdict: row.verdict.clone(),
        ratio: row.estimate.and_then(|estimate| estimate.ratio),
        low: row.estimate.map(|estimate| estimate.low),
        high: row.estimate.and_then(|estimate| estimate.high),
        bad: row.canary.bad,
        total: row.canary.total,
    })
}

/// A deck from the canary's first minutes on, one opened twenty minutes later, and the judge over what was recorded.
async fn all_say_the_same(scenario: &str, service: &str) -> Result<ServiceState> {
    let world = world(Options::frozen(scenario, night("03:03:22")?)).await?;
    let mut early = Deck::open(&world, service)?;
    early.seen().await?;
    for time in ["03:05:07", "03:10:08", "03:10:22", "03:14:44"] {
        world.set_time(world.at(time).context("a time")?).await;
        early.seen().await?;
    }
    world
        .set_time(world.at("03:23:21").context("a time")?)
        .await;
    let mut late = Deck::open(&world, service)?;
    let (early_saw, late_saw) = (early.seen().await?, late.seen().await?);
    assert_eq!(early_saw.assessment, late_saw.assessment);
    assert_eq!(early_saw.advice.headline, late_saw.advice.headline);
    let judged = from_series(&recorded(&late_saw)?);
    assert_eq!(judged, from_series(&recorded(&early_saw)?));
    let metrics = [
        (Metric::Errors, "errors"),
        (Metric::Slow, "slow"),
        (Metric::Gauge(Gauge::Cpu), "cpu"),
        (Metric::Gauge(Gauge::Memory), "memory"),
    ];
    for ((metric, name), judged) in metrics.into_iter().zip(judged) {
        assert_eq!(judged, shown(&late_saw, metric, name)?);
    }
    early.flight.stop().await;
    late.flight.stop().await;
    Ok(late_saw)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_breach_is_the_same_from_the_start_from_twenty_minutes_on_and_recorded() -> Result<()> {
    let seen = all_say_the_same("feature-errors", "checkout").await?;
    let errors = shown(&seen, Metric::Errors, "errors")?;
    let onset = errors.since.context("a breach")?;
    // The errors begin at 03:09:58.
    assert!(
        onset >= night("03:09:45")? && onset <= night("03:10:00")?,
        "{onset}"
    );
    assert!(errors.low > Some(1.25) && errors.bad > 1000, "{errors:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_little_traffic_is_the_same_from_the_start_from_twenty_minutes_on_and_recorded()
-> Result<()> {
    let seen = all_say_the_same("low-traffic", "ledger").await?;
    let errors = shown(&seen, Metric::Errors, "errors")?;
    assert!(
        matches!(
            errors.verdict,
            Verdict::Unsure(Unsure::TooFewRequests { .. })
        ),
        "{errors:?}"
    );
    Ok(())
}

/// One environment's requests since a time, and how they were before it, over the real queries.
async fn requests(
    world: &Running,
    service: &str,
    environment: Environment,
    began: Timestamp,
) -> Result<(RedWindow, BeforeCanary)> {
    let address = match environment {
        Environment::Uat | Environment::Canary => world.canary.prometheus,
        Environment::Production => world.production.prometheus,
    };
    let place = Place::new(ServiceName::parse(service)?, environment);
    let address = format!("http://{address}").parse()?;
    let mut settings = Settings::new(place, address, Namespace::parse("shop")?, service);
    settings.deadline = PATIENCE;
    let matcher = ("service".to_owned(), service.to_owned());
    settings.matchers.extend([matcher]);
    if service == "ledger" {
        settings.pack = PackName::HttpRequestsTotal;
    }
    // Never asked: these addresses need no cluster.
    let client = Client::try_from(Config::new("http://127.0.0.1:9".parse()?))?;
    let name = ClusterName::parse("nowhere")?;
    let no_cluster = Clients::of(name, "nowhere".to_owned(), client.clone(), client);
    let wanted = Wanted {
        since: began - SignedDuration::from_mins(30),
        recent: SignedDuration::ZERO,
        canary_began: Some(began),
    };
    let facts = observe_once(&settings, &no_cluster, world.now(), wanted).await;
    let (mut red, mut before) = (None, None);
    for fact in facts.map_err(|why| anyhow::anyhow!("{why:?}"))? {
        #[expect(clippy::wildcard_enum_match_arm, reason = "this source has no others")]
        match fact {
            Fact::Red(_, window) => red = Some(window),
            Fact::BeforeCanary(_, day) => before = Some(day),
            Fact::Use(..) | Fact::Pods(..) | Fact::Alerts(..) | Fact::Queries(..) => {}
            other => panic!("{other:?}"),
        }
    }
    red.zip(before).context("requests and the day before")
}

/// The first intervals of a window.
fn until_interval(window: &RedWindow, end: GridIndex) -> RedWindow {
    let mut part = window.clone();
    let length = usize::try_from(end.since(window.first)).unwrap_or(0);
    part.holes.truncate(length);
    part.latency.counts.truncate(length);
    for counts in part.endpoints.values_mut() {
        for column in [&mut counts.total, &mut counts.errors, &mut counts.slow] {
            column.truncate(length);
        }
    }
    part
}

/// What of a service's rate an interval may count, at most.
const MOST: f64 = 1.35;

/// Judges one environment against another after every interval: nothing may look like news.
fn no_event(
    service: &str,
    (ours, before): (&RedWindow, &BeforeCanary),
    theirs: &RedWindow,
    began: GridIndex,
) {
    let end = ours.end().min(theirs.end());
    assert!(end.since(began) > 80, "{service}: {}", end.since(began));
    let mut looked = 0;
    for look in (began.0 + 1..=end.0).map(GridIndex) {
        let (ours, theirs) = (until_interval(ours, look), until_interval(theirs, look));
        let judged = judge(&Input {
            alpha: 0.01,
            canary_began: Some(began),
            soak_seconds: 300,
            now: Grid::default().start(look),
            canary: Some(&ours),
            production: Some(&theirs),
            canary_use: None,
            production_use: None,
            before: Some(before),
            acted_at: None,
            own_dependencies: false,
            business: Business::NONE,
        });
        for metric in [Metric::Errors, Metric::Slow] {
            let verdict = &judged.verdict(metric).expect("a verdict").verdict;
            let at = Grid::default().start(look);
            assert!(
                matches!(
                    verdict,
                    Verdict::Pass | Verdict::Unsure(_) | Verdict::NoData(_)
                ),
                "{service} {metric:?} at {at}: {verdict:?}"
            );
            looked += u32::from(!matches!(verdict, Verdict::NoData(_)));
        }
    }
    assert!(looked > 120, "{service}: {looked} verdicts");
}

/// No interval counts more than was served, and a hole counts nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of requests, rounded down"
)]
fn whole_counts(service: &str, side: Environment, window: &RedWindow, rate: f64) {
    let expected = rate * f64::from(window.grid.seconds());
    // Of few requests some intervals have many.
    let most = (MOST * expected + 5.0 * expected.sqrt() + 5.0) as u64;
    for (i, hole) in window.holes.iter().enumerate() {
        let endpoints = window.endpoints.values();
        let [total, errors, slow] = endpoints.fold([0; 3], |[t, e, s], counts| {
            [
                t + counts.total[i],
                e + counts.errors[i],
                s + counts.slow[i],
            ]
        });
        let at = window
            .grid
            .start(window.first.plus(i64::try_from(i).unwrap()));
        assert!(
            total <= if *hole { 0 } else { most },
            "{service} {side} {at}: {total}"
        );
        assert!(
            errors <= 5 + total / 50 && slow <= total,
            "{service} {side} {at}: {errors}"
        );
        let all = window.latency.counts[i].last().copied();
        assert!(all <= Some(most), "{service} {side} {at}: {all:?} timed");
    }
}

/// On both sides, one after the other: a process starts anew, a pod can't be scraped for two scrapes, Prometheus misses
/// two scrapes of everything; and in canary's rollout pods come and go. Every counter is beyond a million.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_gaps_and_pods_that_come_and_go_are_no_events() -> Result<()> {
    let options = Options {
        served: 1_000_000,
        ..Options::frozen("calm", night("02:45:00")?)
    };
    let world = world(options).await?;
    let services = ["checkout", "search", "ledger"];
    let go_on = async |minute: u32, second: u32| {
        let at = night(&format!("02:{minute}:{second:02}"))?;
        world.set_time(at).await;
        anyhow::Ok(())
    };
    for (side, minute) in [(Side::Canary, 46), (Side::Production, 53)] {
        go_on(minute, 7).await?;
        for service in services {
            world.crash(side, service).context("a pod")?;
        }
        go_on(minute + 2, 0).await?;
        for service in services {
            world.cut_off(side, service).context("a pod")?;
        }
        go_on(minute + 2, 30).await?;
        world.reconnect();
        go_on(minute + 4, 3).await?;
        world.prometheus(side, false).await;
        go_on(minute + 4, 33).await?;
        world.prometheus(side, true).await;
    }
    // Canary's pods of checkout are replaced from 03:01:22 on.
    world
        .set_time(world.at("03:09:00").context("a time")?)
        .await;
    let (canary, production) = world.openmetrics(night("02:45:00")?);
    for text in [canary, production] {
        let value = |line: &str| line.rsplit(' ').nth(1)?.parse::<f64>().ok();
        let counters = text.lines().filter(|line| line.contains("_count{"));
        let old = counters.filter_map(value).filter(|v| *v >= 1_000_000.0);
        assert!(old.count() > 1000);
    }
    let began = night("02:44:30")?;
    let rates = [(59.0, 1170.0), (5.0, 100.0), (0.2, 4.0)];
    for (service, (ours_a_second, theirs_a_second)) in services.into_iter().zip(rates) {
        let (ours, ours_before) = requests(&world, service, Environment::Canary, began).await?;
        let (theirs, theirs_before) =
            requests(&world, service, Environment::Production, began).await?;
        whole_counts(service, Environment::Canary, &ours, ours_a_second);
        whole_counts(service, Environment::Production, &theirs, theirs_a_second);
        let began = ours.grid.first_from(began);
        no_event(service, (&ours, &theirs_before), &theirs, began);
        no_event(service, (&theirs, &ours_before), &ours, began);
    }
    Ok(())
}
