//! What a metrics server has of a service: which labels, which bounds, which targets, how often they are scraped. Asked
//! again now and then, for a new version may export something else.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::gauge::Gauge;
use crate::domain::grid::Grid;
use crate::domain::source::Trouble;

use super::Settings;
use super::business::Business;
use super::durations::{histogram, unread};
use super::found::Found;
use super::pack::containers;
use super::plan::{Plan, RestartsPlan, UsePlan, fresh, rate_seconds, span_of};
use super::pods::PodsPlan;
use super::selector::{Matchers, Span};
use super::server::Server;
use super::signals::{Cadence, Candidate, candidates};
use super::wire::Series;

/// How old the samples are from which the scrape interval is read, as `PromQL` writes it.
const SPACING_WINDOW: &str = "10m";

/// The interval that is assumed before there are two samples: the most usual.
const USUAL_SCRAPE: u32 = 15;

/// How long after an interval's end its last scrape is surely in, at least and at most.
const SETTLE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// What to ask.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Discovered {
    /// For requests; none where neither a series nor a target of the service is known.
    pub(super) red: Option<Plan>,
    /// For machines; none where no series of its containers is known.
    pub(super) machines: Option<UsePlan>,
    /// For each pod; none where they can't be told from the other side's.
    pub(super) pods: Option<PodsPlan>,
    /// Why nothing could be found out about machines.
    pub(super) machines_fail: Option<Trouble>,
    /// For the business.
    pub(super) business: Business,
    /// The grid of all.
    pub(super) grid: Grid,
    /// How long after an interval's end its counts are asked for.
    pub(super) settle: Duration,
    /// Why durations that may be there are not counted.
    pub(super) unread: Option<Trouble>,
}

/// Asks a server what it has. A partial answer is trouble: a plan made of it would ask for the wrong things.
pub(super) async fn discover(
    server: &Server,
    settings: &Settings,
    at: Timestamp,
) -> Result<Discovered, Trouble> {
    let found = Found::ask(server, settings, at).await?;
    let (targets, scraped) = targets(server, settings, &found, at).await?;
    let pack = settings.pack.pack();
    let scrape_seconds = match settings.scrape_seconds.or(scraped) {
        Some(seconds) => seconds,
        None => spacing(
            server,
            found.counter(pack).unwrap_or(pack.counter),
            &settings.series(),
            at,
        )
        .await?
        .unwrap_or(USUAL_SCRAPE),
    };
    let grid = Grid::for_scrape_interval(scrape_seconds);
    let known = targets.is_some() || found.counter(pack).is_some();
    // What is wrong with the machines' exporters does not take the requests away.
    let planned = machine_plan(server, settings, &found, grid, scrape_seconds, at).await;
    let (machines, machines_fail) = match planned {
        Ok(machines) => (machines, None),
        Err(why) => (None, Some(why)),
    };
    let over = machines.as_ref().map(|plan: &UsePlan| plan.rate_seconds);
    let over = over.unwrap_or_else(|| rate_seconds(grid, USUAL_SCRAPE));
    Ok(Discovered {
        pods: PodsPlan::discover(server, settings, over, at).await,
        red: known.then(|| red_plan(settings, &found, grid, scrape_seconds, targets)),
        machines,
        machines_fail,
        business: Business::discover(server, settings, at).await,
        grid,
        settle: settle(&found),
        unread: unread(settings, &found),
    })
}

/// What selects the service's targets in `up`, and how often they are scraped.
async fn targets(
    server: &Server,
    settings: &Settings,
    found: &Found,
    at: Timestamp,
) -> Result<(Option<Matchers>, Option<u32>), Trouble> {
    // Without a matcher, `up` would be every target of the server.
    let chosen = if found.has("up", "") && !settings.matchers.is_empty() {
        Some(settings.series())
    } else {
        found.jobs("job", found.reporter(settings.pack.pack()))
    };
    scraped(server, chosen, at).await
}

/// Targets, if the server has them in `up`, and how often they are scraped.
async fn scraped(
    server: &Server,
    targets: Option<Matchers>,
    at: Timestamp,
) -> Result<(Option<Matchers>, Option<u32>), Trouble> {
    let Some(targets) = targets else {
        return Ok((None, None));
    };
    let seconds = spacing(server, "up", &targets, at).await?;
    Ok((seconds.is_some().then_some(targets), seconds))
}

/// The seconds between the samples of the series that has the most of them; the usual ones where it has only one, none
/// where there is no series.
async fn spacing(
    server: &Server,
    metric: &str,
    matchers: &Matchers,
    at: Timestamp,
) -> Result<Option<u32>, Trouble> {
    spacing_of(server, &matchers.of(metric), at).await
}

/// The same of a selector.
async fn spacing_of(
    server: &Server,
    selector: &str,
    at: Timestamp,
) -> Result<Option<u32>, Trouble> {
    let most = format!("topk(1, count_over_time({selector}[{SPACING_WINDOW}]))");
    let most = server.at(&most, at).await?.whole()?;
    let Some(series) = most.series.first() else {
        return Ok(None);
    };
    // `count_over_time` takes the metric's name away.
    let metric = selector.split('{').next().unwrap_or(selector);
    let one = series
        .labels
        .iter()
        .filter(|(label, _)| *label != "__name__")
        .fold(Matchers::default(), |all, (label, value)| {
            all.and(label, "=", value)
        });
    let raw = format!("{}[{SPACING_WINDOW}]", one.of(metric));
    let raw = server.at(&raw, at).await?.whole()?;
    let times = raw.series.first().map(Series::times);
    Ok(Some(
        times
            .and_then(|times| median_spacing(&times))
            .unwrap_or(USUAL_SCRAPE),
    ))
}

/// The median of the steps between samples, in whole seconds: a missed scrape does not move it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a day before"
)]
pub(super) fn median_spacing(times: &[f64]) -> Option<u32> {
    let mut steps: Vec<u32> = times
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] => Some((b - a).round().clamp(1.0, 86_400.0) as u32),
            _ => None,
        })
        .collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied()
}

/// The plan for requests.
pub(super) fn red_plan(
    settings: &Settings,
    found: &Found,
    grid: Grid,
    scrape_seconds: u32,
    targets: Option<Matchers>,
) -> Plan {
    let pack = settings.pack.pack();
    let counter = found.counter(pack);
    let any = counter.is_some();
    let series = settings.series();
    Plan {
        grid,
        scrape_seconds,
        matchers: told(
            match found.reporter(pack) {
                Some((label, value)) => series.and(label, "=", value),
                None => series,
            },
            pack,
        ),
        targets,
        counter: counter.unwrap_or(pack.counter),
        is_observed: counter == Some(pack.native()),
        method: found.label("label", any, pack.method),
        route: found.label("label", any, pack.route),
        status: found.label("label", any, pack.status),
        // It is there only while requests end so: a query that came and went with it would change what the past was.
        error: pack.error,
        gone: pack.gone,
        pod: found.label("label", any, &["pod"]).unwrap_or("instance"),
        histogram: histogram(settings, found),
    }
}

/// Without the requests of which nothing tells whether they failed: a service that has no others has no data.
fn told(series: Matchers, pack: &super::Pack) -> Matchers {
    match pack.untold {
        Some((label, value)) => series.and(label, "!=", value),
        None => series,
    }
}

async fn machine_plan(
    server: &Server,
    settings: &Settings,
    found: &Found,
    grid: Grid,
    scrape_seconds: u32,
    at: Timestamp,
) -> Result<Option<UsePlan>, Trouble> {
    let pods = settings.pod_series();
    let restarts = if found.has("restarts", "") {
        let jobs = found.jobs("restarts", None);
        // What tells the pods of several clusters apart is often a label of their targets too.
        let here = jobs.clone().filter(|_| !settings.pod_matchers.is_empty());
        let here = here.map(|jobs| jobs.and_all(&settings.pod_matchers));
        let (targets, seconds) = match scraped(server, here, at).await? {
            (None, _) => scraped(server, jobs, at).await?,
            found => found,
        };
        let seconds = match seconds {
            Some(seconds) => seconds,
            None => spacing(server, containers::RESTARTS, &pods, at)
                .await?
                .unwrap_or(USUAL_SCRAPE),
        };
        Some(RestartsPlan {
            targets,
            fresh: fresh(grid, seconds),
        })
    } else {
        None
    };
    let usage = [("cpu", containers::CPU), ("memory", containers::MEMORY)]
        .into_iter()
        .find(|(signal, _)| found.has(signal, ""));
    let seconds = match usage {
        Some((_, metric)) => spacing(server, metric, &pods, at).await?,
        None => None,
    };
    let kubelet = seconds.unwrap_or(USUAL_SCRAPE);
    let mut readings = Vec::new();
    for candidate in heard(candidates(settings), found) {
        let span = span(server, &candidate, grid, (scrape_seconds, kubelet), at).await?;
        readings.push(candidate.reading(span));
    }
    if usage.is_none() && restarts.is_none() && readings.is_empty() {
        return Ok(None);
    }
    Ok(Some(UsePlan {
        grid,
        pods: (!settings.untold.contains(&Gauge::Cpu)).then_some(pods),
        rate_seconds: rate_seconds(grid, kubelet),
        restarts,
        usage: usage.map(|(_, metric)| metric),
        readings,
    }))
}

/// Of each gauge the first candidate of which the server has every metric.
pub(super) fn heard(all: Vec<Candidate>, found: &Found) -> Vec<Candidate> {
    let mut heard: Vec<Candidate> = Vec::new();
    for (row, candidate) in all.into_iter().enumerate() {
        let is_new = heard.iter().all(|other| other.gauge != candidate.gauge);
        let has = |term| found.series_of(row, term) > 0;
        if is_new && (0..candidate.terms.len()).all(has) {
            heard.push(candidate);
        }
    }
    heard
}

/// Over what a candidate's counts are taken.
async fn span(
    server: &Server,
    candidate: &Candidate,
    grid: Grid,
    (service, kubelet): (u32, u32),
    at: Timestamp,
) -> Result<Span, Trouble> {
    Ok(match candidate.cadence {
        Cadence::Service => span_of(grid, service),
        // cAdvisor's samples carry times of their own, up to its housekeeping's interval before the scrape
        // (google/cadvisor docs/runtime_options.md, "Housekeeping").
        Cadence::Kubelet => {
            let span = span_of(grid, kubelet);
            Span {
                fresh: span.fresh * 2,
                ..span
            }
        }
        Cadence::Own => {
            let first = candidate.terms.first();
            let seconds = match first {
                Some((_, selector)) => spacing_of(server, selector, at).await?,
                None => None,
            };
            span_of(grid, seconds.unwrap_or(USUAL_SCRAPE))
        }
    })
}

/// A scrape is in when it has ended: its longest duration and a little.
fn settle(found: &Found) -> Duration {
    let longest = found
        .all("seconds")
        .filter_map(|s| s.samples.last().map(|(_, seconds)| *seconds))
        .filter(|seconds| seconds.is_finite())
        .fold(0.0, f64::max);
    let (least, most) = SETTLE;
    (Duration::from_secs_f64(longest.clamp(0.0, 60.0)) + least / 2).clamp(least, most)
}
