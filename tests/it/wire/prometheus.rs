//! The metrics adapter against the simulated Prometheus: whole counts, late looks, and everything that goes wrong.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use flightdeck::adapters::prometheus::{PackName, Settings, Together, Wanted, observe_once, run};
use flightdeck::adapters::transport::{Clients, Feed, Pace};
use flightdeck::domain::alert::Alerts;
use flightdeck::domain::clock::Clock;
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::gauge::{Gauge, UseWindow};
use flightdeck::domain::metrics::{BeforeCanary, Endpoint, RedWindow};
use flightdeck::domain::names::{ClusterName, Namespace, ServiceName};
use flightdeck::domain::observation::{Epoch, Fact, Observation};
use flightdeck::domain::pods::WorstPods;
use flightdeck::domain::source::{SourceId, Trouble, TroubleKind};
use flightdeck::sim::knobs::{Fault, Scope};
use flightdeck::sim::{Options, Running, Sim};
use jiff::{SignedDuration, Timestamp};
use kube::{Client, Config};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

const RANGE: &str = "/api/v1/query_range";
const QUERY: &str = "/api/v1/query";

pub(super) async fn world(scenario: &str, at: &str) -> Result<Running> {
    world_with_status_in(None, scenario, at).await
}

async fn world_with_status_in(label: Option<&str>, scenario: &str, at: &str) -> Result<Running> {
    // Another test may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let at = format!("2026-11-21T{at}Z").parse()?;
    let options = Options {
        status_label: label.map(str::to_owned),
        ..Options::frozen(scenario, at)
    };
    Ok(Sim::start(options).await?)
}

pub(super) fn settings(
    world: &Running,
    service: &str,
    environment: Environment,
) -> Result<Settings> {
    let address = match environment {
        Environment::Uat | Environment::Canary => world.canary.prometheus,
        Environment::Production => world.production.prometheus,
    };
    let place = Place::new(ServiceName::parse(service)?, environment);
    let address = format!("http://{address}").parse()?;
    let mut settings = Settings::new(place, address, Namespace::parse("shop")?, service);
    settings
        .matchers
        .insert("service".to_owned(), service.to_owned());
    // A loaded machine must not make a time-out where none is tested.
    settings.deadline = Duration::from_secs(60);
    Ok(settings)
}

/// Never asked: these addresses need no cluster.
pub(super) fn no_cluster() -> Result<Clients> {
    let client = Client::try_from(Config::new("http://127.0.0.1:9".parse()?))?;
    let name = ClusterName::parse("nowhere")?;
    Ok(Clients::of(
        name,
        "nowhere".to_owned(),
        client.clone(),
        client,
    ))
}

pub(super) fn since(world: &Running, minutes: i64) -> Wanted {
    Wanted {
        since: world.now() - SignedDuration::from_mins(minutes),
        recent: SignedDuration::ZERO,
        canary_began: None,
    }
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) red: Option<RedWindow>,
    pub(super) machines: Option<UseWindow>,
    before: Option<BeforeCanary>,
    pub(super) pods: Option<WorstPods>,
    pub(super) alerts: Option<Alerts>,
    pub(super) lacks: Vec<Trouble>,
    pub(super) failed: Option<Trouble>,
}

impl Seen {
    fn windows(&self) -> (Option<&RedWindow>, Option<&UseWindow>) {
        (self.red.as_ref(), self.machines.as_ref())
    }

    fn add(&mut self, fact: Fact) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "this source has no others")]
        match fact {
            Fact::Red(_, window) => self.red = Some(window),
            Fact::Use(_, window) => self.machines = Some(window),
            Fact::Alerts(_, alerts) => self.alerts = Some(alerts),
            Fact::Pods(_, pods) => self.pods = Some(pods),
            Fact::BeforeCanary(_, before) => self.before = Some(before),
            Fact::Failed { trouble, .. } => self.failed = Some(trouble),
            Fact::Lacks(lacks) => self.lacks = lacks,
            Fact::Queries(..) => {}
            other => panic!("{other:?}"),
        }
    }
}

pub(super) async fn once(world: &Running, settings: &Settings, wanted: Wanted) -> Result<Seen> {
    let mut seen = Seen::default();
    let facts = observe_once(settings, &no_cluster()?, world.now(), wanted).await;
    for fact in facts.map_err(|why| anyhow::anyhow!("{why:?}"))? {
        seen.add(fact);
    }
    Ok(seen)
}

/// The queries behind each signal.
pub(super) async fn asked(world: &Running, settings: &Settings) -> Result<Vec<(String, String)>> {
    let facts = observe_once(settings, &no_cluster()?, world.now(), since(world, 1)).await;
    let mut facts = facts.map_err(|why| anyhow::anyhow!("{why:?}"))?.into_iter();
    let queries = facts.find_map(|fact| {
        if let Fact::Queries(_, queries) = fact {
            Some(queries)
        } else {
            None
        }
    });
    queries.context("queries")
}

/// A source that runs on a world whose clock stands: it looks when it is told to look further back.
pub(super) struct Watching {
    pub(super) wanted: watch::Sender<Wanted>,
    told: mpsc::Receiver<Observation>,
    task: tokio::task::JoinSet<()>,
    cancel: CancellationToken,
}

struct Standing(watch::Receiver<Timestamp>);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }
}

impl Watching {
    pub(super) fn start(
        settings: &Settings,
        clock: watch::Receiver<Timestamp>,
        wanted: Wanted,
    ) -> Result<Self> {
        Self::start_with(settings, clock, wanted, Arc::default())
    }

    pub(super) fn start_with(
        settings: &Settings,
        clock: watch::Receiver<Timestamp>,
        wanted: Wanted,
        together: Arc<Together>,
    ) -> Result<Self> {
        let (wanted, look) = watch::channel(wanted);
        let (out, told) = mpsc::channel(64);
        let cancel = CancellationToken::new();
        let feed = Feed {
            source: SourceId::Prometheus(settings.place.clone()),
            out,
            pace: Pace::new(Arc::new(Standing(clock)), 0.0),
            cancel: cancel.clone(),
            epoch: Epoch(1),
            seed: 7,
        };
        let mut task = tokio::task::JoinSet::new();
        task.spawn(run(settings.clone(), no_cluster()?, feed, look, together));
        Ok(Self {
            wanted,
            told,
            task,
            cancel,
        })
    }

    async fn next(&mut self) -> Result<Fact> {
        let told = tokio::time::timeout(Duration::from_secs(60), self.told.recv()).await?;
        Ok(told.context("the source has ended")?.fact)
    }

    /// The next requests and machines.
    pub(super) async fn windows(&mut self) -> Result<Seen> {
        self.until(|seen| seen.red.is_some() && seen.machines.is_some())
            .await
    }

    /// All of the first look at a moment.
    pub(super) async fn look(&mut self) -> Result<Seen> {
        self.until(|seen| {
            seen.red.is_some()
                && seen.machines.is_some()
                && seen.pods.is_some()
                && seen.alerts.is_some()
        })
        .await
    }

    pub(super) async fn until(&mut self, enough: impl Fn(&Seen) -> bool) -> Result<Seen> {
        let mut seen = Seen::default();
        while !enough(&seen) {
            seen.add(self.next().await?);
        }
        Ok(seen)
    }

    async fn failure(&mut self) -> Result<Trouble> {
        loop {
            if let Fact::Failed { trouble, .. } = self.next().await? {
                return Ok(trouble);
            }
        }
    }
}

#[tokio::test]
async fn the_counts_say_what_the_world_does() -> Result<()> {
    let world = world("feature-errors", "03:12:41").await?;
    let canary = settings(&world, "checkout", Environment::Canary)?;
    let seen = once(&world, &canary, since(&world, 15)).await?;
    let red = seen.red.context("requests")?;
    assert_eq!(red.grid.seconds(), 15);
    // 02:57:45 is the first interval's start, 03:12:30 the last one's end.
    assert_eq!(
        red.grid.start(red.first).to_string(),
        "2026-11-21T02:57:45Z"
    );
    assert_eq!(
        red.grid.start(red.end()).to_string(),
        "2026-11-21T03:12:30Z"
    );
    let pay = &red.endpoints[&Endpoint::new("POST /pay")];
    let flag = world.at("03:09:58").context("a time")?;
    let broken = red.position(red.grid.index_at(flag)).context("inside")?;
    let share = |from: usize, to: usize| {
        let sum = |counts: &[u64]| counts[from..to].iter().sum::<u64>();
        (sum(&pay.errors), sum(&pay.total))
    };
    let (errors, total) = share(broken + 1, red.len());
    assert!(
        errors * 100 > total * 25 && errors * 100 < total * 55,
        "{errors} of {total}"
    );
    let (errors, total) = share(broken - 20, broken);
    assert!(errors * 100 < total * 3, "{errors} of {total}");
    // Each request is in the histogram once, and what is slow is over the bound.
    assert_eq!(red.latency.slow_bound.to_string(), "0.5");
    for (i, counts) in red.latency.counts.iter().enumerate() {
        let sum = |of: fn(&_) -> &Vec<u64>| red.endpoints.values().map(|e| of(e)[i]).sum::<u64>();
        let bound = red
            .latency
            .bounds
            .iter()
            .position(|b| b.to_string() == "0.5")
            .context("0.5")?;
        assert!(counts.is_sorted(), "{counts:?}");
        assert_eq!(
            counts.last().copied(),
            Some(sum(|e| &e.total)),
            "interval {i}"
        );
        assert_eq!(
            counts.last().map(|all| all - counts[bound]),
            Some(sum(|e| &e.slow)),
            "interval {i}"
        );
    }
    let machines = seen.machines.context("machines")?;
    for gauge in Gauge::MACHINES {
        let values = &machines.gauges[&gauge];
        assert_eq!(values.len(), red.len());
        assert!(
            values.iter().flatten().all(|v| (0.0..=1.0).contains(v)),
            "{gauge:?} {values:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_plain_pack_is_found_too() -> Result<()> {
    let world = world("calm", "03:10:00").await?;
    for service in ["checkout", "search", "ledger"] {
        let mut seen = 0;
        for pack in [PackName::OtelHttp, PackName::HttpRequestsTotal] {
            let mut production = settings(&world, service, Environment::Production)?;
            production.pack = pack;
            let Ok(found) = once(&world, &production, since(&world, 10)).await else {
                continue;
            };
            let red = found.red.context("requests")?;
            let requests: u64 = red.endpoints.values().flat_map(|e| &e.total).sum();
            seen += usize::from(requests > 0);
            assert!(
                red.endpoints
                    .keys()
                    .all(|e| e.0.raw().contains(" /") || e.0.raw().ends_with("(no route)")),
                "{:?}",
                red.endpoints.keys()
            );
        }
        assert_eq!(seen, 1, "{service}");
    }
    Ok(())
}

#[tokio::test]
async fn a_status_is_found_by_its_usual_labels_and_is_unknown_without_one() -> Result<()> {
    for (label, is_known) in [
        (None, true),
        (Some("status_code"), true),
        (Some("status"), true),
        (Some("outcome"), false),
    ] {
        let world = world_with_status_in(label, "calm", "03:10:00").await?;
        let mut production = settings(&world, "ledger", Environment::Production)?;
        production.pack = PackName::HttpRequestsTotal;
        let seen = once(&world, &production, since(&world, 10)).await?;
        let red = seen.red.context("requests")?;
        let requests: u64 = red.endpoints.values().flat_map(|e| &e.total).sum();
        assert!(requests > 0, "{label:?}");
        assert_eq!(
            red.tells_errors(red.first, red.end()),
            is_known,
            "{label:?}"
        );
        let untold: u64 = red.untold.iter().sum();
        assert_eq!(untold, if is_known { 0 } else { requests }, "{label:?}");
        assert_eq!(seen.lacks.is_empty(), is_known, "{:?}", seen.lacks);
        if let Some(lack) = seen.lacks.first() {
            assert_eq!(
                lack.message.raw(),
                "which requests failed is not known: all have no status in code, status_code, http_status_code, \
                 response_code, http_response_code or status"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_deck_that_is_opened_late_has_the_same_numbers() -> Result<()> {
    let world = world("feature-errors", "03:08:00").await?;
    let canary = settings(&world, "checkout", Environment::Canary)?;
    let (clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 20);
    let mut early = Watching::start(&canary, standing, wanted)?;
    early.look().await?;
    for time in ["03:08:20", "03:09:15", "03:11:03", "03:12:41"] {
        let at = world.at(time).context("a time")?;
        world.set_time(at).await;
        clock.send_replace(at);
        early.wanted.send_replace(wanted);
        let seen = early.look().await?;
        assert_eq!(seen, once(&world, &canary, wanted).await?, "{time}");
    }
    // Less history, then more again.
    for minutes in [5, 40] {
        let wanted = since(&world, minutes);
        early.wanted.send_replace(wanted);
        let seen = early.windows().await?;
        let red = seen.red.as_ref().context("requests")?;
        assert_eq!(red.first, red.grid.first_from(wanted.since));
        let late = once(&world, &canary, wanted).await?;
        assert_eq!(seen.windows(), late.windows(), "{minutes} min");
    }
    early.cancel.cancel();
    while early.task.join_next().await.is_some() {}
    Ok(())
}

#[tokio::test]
async fn one_query_a_panel_group_and_scrape() -> Result<()> {
    let world = world("calm", "03:08:00").await?;
    let canary = settings(&world, "checkout", Environment::Canary)?;
    let (clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 75);
    let mut source = Watching::start(&canary, standing, wanted)?;
    source.look().await?;
    let knobs = &world.canary_knobs.prometheus;
    assert_eq!(knobs.count("POST", RANGE), 2);
    knobs.reset_counts();
    for time in ["03:08:20", "03:08:35", "03:08:50", "03:09:05"] {
        let at = world.at(time).context("a time")?;
        world.set_time(at).await;
        clock.send_replace(at);
        source.wanted.send_replace(wanted);
        source.look().await?;
    }
    assert_eq!(knobs.count("POST", ""), 12, "{:?}", knobs.requests());
    assert_eq!(knobs.count("GET", "/api/v1/alerts"), 4);
    assert_eq!(knobs.count("GET", ""), 4, "rules are asked for seldom");
    Ok(())
}

#[tokio::test]
async fn a_partial_answer_is_holes_until_the_server_is_whole_again() -> Result<()> {
    let world = world("feature-errors", "03:12:41").await?;
    let canary = settings(&world, "checkout", Environment::Canary)?;
    let (_clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 75);
    let whole = once(&world, &canary, wanted).await?;
    let partial = ["store 10.0.0.7 did not answer".to_owned()];
    let expected = (TroubleKind::Partial, partial[0].as_str());
    // What a part of a server has is no ground to ask on.
    world.warn(&partial);
    let mut source = Watching::start(&canary, standing, wanted)?;
    let why = source.failure().await?;
    assert_eq!((why.kind, why.message.raw()), expected);
    world.warn(&[]);
    assert_eq!(source.look().await?, whole);
    world.warn(&partial);
    source.wanted.send_replace(wanted);
    let part = source.windows().await?;
    let holes = part.red.context("requests")?.holes;
    assert!(holes.ends_with(&[true, true]), "{holes:?}");
    let why = source.failure().await?;
    assert_eq!((why.kind, why.message.raw()), expected);
    world.warn(&[]);
    source.wanted.send_replace(wanted);
    assert_eq!(source.windows().await?.windows(), whole.windows());
    Ok(())
}

#[tokio::test]
async fn what_a_server_has_stays_known_while_it_can_not_be_asked_again() -> Result<()> {
    // Looks enough for the server to be asked again what it has.
    const LOOKS: usize = 22;
    let world = world("calm", "03:08:00").await?;
    let canary = settings(&world, "checkout", Environment::Canary)?;
    let (_clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 5);
    let mut source = Watching::start(&canary, standing, wanted)?;
    let whole = source.windows().await?;
    let knobs = &world.canary_knobs.prometheus;
    for trouble in ["partial", "refused"] {
        if trouble == "partial" {
            world.warn(&["store 10.0.0.7 did not answer".to_owned()]);
        } else {
            // A part of the one question alone.
            world.fail_queries(Some("scrape_duration_seconds"));
        }
        let mut said = None;
        for _ in 0..LOOKS {
            source.wanted.send_replace(wanted);
            let seen = source.windows().await?;
            assert!(
                trouble == "partial" || seen.failed.is_none(),
                "{:?}",
                seen.failed
            );
            let lacks = |lack: &Trouble| lack.message.raw().contains("could not be asked again");
            said = seen.lacks.into_iter().find(lacks).or(said);
        }
        let said = said.context("nothing is said")?;
        let kind = match trouble {
            "partial" => TroubleKind::Partial,
            _ => TroubleKind::Malformed,
        };
        assert_eq!(said.kind, kind, "{said:?}");
        world.warn(&[]);
        world.fail_queries(None);
        knobs.reset_counts();
        let mut seen = Seen::default();
        for _ in 0..4 {
            source.wanted.send_replace(wanted);
            seen = source.windows().await?;
        }
        let asked = knobs.count("POST", QUERY) - knobs.count("POST", RANGE);
        assert!(asked > 0, "it is asked again soon");
        assert_eq!((&seen.red, &seen.machines), (&whole.red, &whole.machines));
        assert!(seen.lacks.is_empty() && seen.failed.is_none());
    }
    Ok(())
}

#[tokio::test]
async fn what_is_found_no_more_is_no_lack_while_what_was_found_answers() -> Result<()> {
    // Looks enough for the server to be asked again what it has.
    const LOOKS: usize = 22;
    let world = world("calm", "03:08:00").await?;
    let canary = settings(&world, "checkout", Environment::Canary)?;
    let (_clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 5);
    let mut source = Watching::start(&canary, standing, wanted)?;
    let whole = source.look().await?;
    assert!(whole.lacks.is_empty(), "{:?}", whole.lacks);
    // Only what says how often the machines are scraped is refused.
    world.fail_queries(Some("topk(1, count_over_time(container"));
    for look in 0..LOOKS {
        source.wanted.send_replace(wanted);
        let seen = source.windows().await?;
        assert!(seen.lacks.is_empty(), "look {look}: {:?}", seen.lacks);
        assert_eq!(seen.windows(), whole.windows(), "look {look}");
    }
    Ok(())
}

#[tokio::test]
async fn machines_that_fail_take_nothing_from_the_requests() -> Result<()> {
    let world = world("feature-errors", "03:12:41").await?;
    let canary = settings(&world, "checkout", Environment::Canary)?;
    let (clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 75);
    let whole = once(&world, &canary, wanted).await?;
    let mut source = Watching::start(&canary, standing, wanted)?;
    assert_eq!(source.look().await?, whole);
    // From now on only the requests are answered.
    world.fail_queries(Some("kube_pod_container_resource_limits"));
    let at = world.at("03:13:20").context("a time")?;
    world.set_time(at).await;
    clock.send_replace(at);
    source.wanted.send_replace(wanted);
    let all = |seen: &Seen| {
        let told = seen.red.is_some() && seen.machines.is_some() && seen.alerts.is_some();
        told && seen.lacks.len() == 2
    };
    let part = source.until(all).await?;
    assert_eq!(part.failed, None);
    let lack = part.lacks.first().context("what is lacking")?;
    assert!(
        lack.message
            .raw()
            .starts_with("not of cpu, memory and the other gauges: "),
        "{lack:?}"
    );
    let red = part.red.context("requests")?;
    assert_eq!(
        red.grid.start(red.end()).to_string(),
        "2026-11-21T03:13:15Z"
    );
    assert!(red.holes.iter().rev().take(8).all(|hole| !hole));
    let machines = part.machines.context("machines")?;
    for values in machines.gauges.values() {
        assert_eq!(values.len(), red.len());
        assert!(values.iter().rev().take(3).all(Option::is_none));
        assert!(values[values.len() - 10].is_some());
    }
    // A deck that is opened now has the requests too, and no more trouble.
    let late = once(&world, &canary, wanted).await?;
    assert_eq!(late.red.as_ref(), Some(&red));
    assert_eq!((late.failed, late.lacks.len()), (None, 2));
    let lack = late.lacks.last().context("what is lacking")?;
    let said = lack.message.raw();
    assert!(said.starts_with("not of each pod: "), "{lack:?}");
    world.fail_queries(None);
    source.wanted.send_replace(wanted);
    let all = |seen: &Seen| seen.red.is_some() && seen.machines.is_some() && seen.pods.is_some();
    let healed = source.until(all).await?;
    let late = once(&world, &canary, wanted).await?;
    assert_eq!(healed.windows(), late.windows());
    assert_eq!((healed.pods, healed.lacks), (late.pods, late.lacks));
    source.cancel.cancel();
    while source.task.join_next().await.is_some() {}
    Ok(())
}

#[tokio::test]
async fn every_failure_is_told_and_outlived() -> Result<()> {
    let world = world("calm", "03:08:00").await?;
    let mut canary = settings(&world, "checkout", Environment::Canary)?;
    let (_clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 10);
    let whole = once(&world, &canary, wanted).await?;
    let knobs = &world.canary_knobs.prometheus;
    let answer = |status| Fault::Answer {
        status,
        retry_after: None,
    };
    for (fault, kind) in [
        (answer(401), TroubleKind::Unauthorized),
        (answer(403), TroubleKind::Forbidden),
        (answer(429), TroubleKind::Throttled),
        (answer(500), TroubleKind::ServerError),
        (Fault::Garbage, TroubleKind::Malformed),
        (Fault::Drop, TroubleKind::Unreachable),
        (Fault::Delay(Duration::from_secs(90)), TroubleKind::TimedOut),
    ] {
        if kind == TroubleKind::TimedOut {
            canary.deadline = Duration::from_secs(3);
        }
        let mut source = Watching::start(&canary, standing.clone(), wanted)?;
        source.windows().await?;
        knobs.set(Scope::path("/api/v1/"), fault.clone());
        source.wanted.send_replace(wanted);
        let why = source.failure().await?;
        assert_eq!(why.kind, kind, "{fault:?}: {:?}", why.message);
        knobs.clear();
        let Seen { red, machines, .. } = source.windows().await?;
        assert_eq!(
            (&red, &machines),
            (&whole.red, &whole.machines),
            "{fault:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_service_that_nobody_knows_is_not_zero_traffic() -> Result<()> {
    let world = world("calm", "03:08:00").await?;
    let mut canary = settings(&world, "checkout", Environment::Canary)?;
    canary
        .matchers
        .insert("service".to_owned(), "chekout".to_owned());
    let why = observe_once(&canary, &no_cluster()?, world.now(), since(&world, 10)).await;
    let why = why.err().context("no service of that name")?;
    assert_eq!(why.kind, TroubleKind::NotFound);
    assert!(why.message.raw().contains("service=\"chekout\""), "{why:?}");
    Ok(())
}

#[tokio::test]
async fn the_day_before_comes_by_pod_and_the_queries_can_be_read() -> Result<()> {
    let world = world("calm", "03:08:00").await?;
    let production = settings(&world, "checkout", Environment::Production)?;
    let wanted = Wanted {
        canary_began: world.at("03:02:00"),
        ..since(&world, 10)
    };
    let seen = once(&world, &production, wanted).await?;
    let before = seen.before.context("the day before")?;
    assert!(before.errors.len() > 1, "{} pods", before.errors.len());
    assert_eq!(before.errors.len(), before.slow.len());
    for pod in &before.errors {
        assert_eq!(pod.len(), 720);
        // The world remembers two hours.
        let known: Vec<_> = pod.iter().flatten().collect();
        assert!(known.len() >= 55, "{} blocks", known.len());
        assert!(
            known
                .iter()
                .all(|tally| tally.total > 0 && tally.bad * 5 < tally.total)
        );
    }
    let texts = asked(&world, &production).await?;
    let signals: Vec<&str> = texts.iter().map(|(signal, _)| signal.as_str()).collect();
    assert_eq!(
        signals,
        [
            "requests",
            "latency",
            "slow",
            "whole",
            "gaps",
            "cpu",
            "memory",
            "restarts",
            "pods",
            "throttled",
            "pool_used",
            "pool_wait",
            "cache_hits",
            "queue_lag",
            "network",
            "network_errors",
            "worst pods",
            "namespace pods",
            "namespace cpu used",
            "namespace cpu limited",
            "namespace cpu limits",
            "namespace cpu requests",
            "namespace memory used",
            "namespace memory limited",
            "namespace memory limits",
            "namespace memory requests",
        ]
    );
    Ok(())
}
