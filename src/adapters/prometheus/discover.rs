//! What a metrics server has of a service: which labels, which bounds, which targets, how often they are scraped. Asked
//! again now and then, for a new version may export something else.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::grid::Grid;
use crate::domain::source::Trouble;

use super::Settings;
use super::pack::containers;
use super::plan::{Histogram, Plan, RestartsPlan, UsePlan, fresh, rate_seconds};
use super::promql::SIGNAL;
use super::selector::{Matchers, literal};
use super::server::Server;
use super::wire::{Answer, Series};

/// The label beside `signal` that names what was counted.
const NAME: &str = "name";

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
    /// Why nothing could be found out about machines.
    pub(super) machines_fail: Option<Trouble>,
    /// The grid of both.
    pub(super) grid: Grid,
    /// How long after an interval's end its counts are asked for.
    pub(super) settle: Duration,
}

/// Asks a server what it has.
pub(super) async fn discover(
    server: &Server,
    settings: &Settings,
    at: Timestamp,
) -> Result<Discovered, Trouble> {
    let found = Found::of(&server.at(&question(settings), at).await?);
    let (targets, scraped) = targets(server, settings, &found, at).await?;
    let pack = settings.pack.pack();
    let scrape_seconds = match settings.scrape_seconds.or(scraped) {
        Some(seconds) => seconds,
        None => spacing(server, pack.counter, &settings.series(), at)
            .await?
            .unwrap_or(USUAL_SCRAPE),
    };
    let grid = Grid::for_scrape_interval(scrape_seconds);
    let known = targets.is_some() || found.has("requests", "");
    // What is wrong with the machines' exporters does not take the requests away.
    let (machines, machines_fail) = match machine_plan(server, settings, &found, grid, at).await {
        Ok(machines) => (machines, None),
        Err(why) => (None, Some(why)),
    };
    Ok(Discovered {
        red: known.then(|| red_plan(settings, &found, grid, scrape_seconds, targets)),
        machines,
        machines_fail,
        grid,
        settle: settle(&found),
    })
}

/// The one query that tells what is there, without the targets.
pub(super) fn question(settings: &Settings) -> String {
    let pack = settings.pack.pack();
    let series = settings.series();
    let pods = settings.pod_series();
    let named = |signal: &str, name: &str, expression: String| {
        format!(
            "label_replace(label_replace({expression}, \"{SIGNAL}\", \"{signal}\", \"\", \"\"), \"{NAME}\", \"{name}\", \"\", \"\")"
        )
    };
    let with = |metric: &str, label: &str| {
        format!("count({})", series.clone().and(label, "!=", "").of(metric))
    };
    let count = |selector: String| format!("count({selector})");
    let mut parts = vec![
        named("requests", "", count(series.of(pack.counter))),
        named(
            "job",
            "",
            format!("count by (job) ({})", series.of(pack.counter)),
        ),
        named(
            "bound",
            "",
            format!("count by (le) ({})", series.of(pack.buckets)),
        ),
        named("up", "", count(series.of("up"))),
        named(
            "seconds",
            "",
            format!("max({})", series.of("scrape_duration_seconds")),
        ),
        named("cpu", "", count(pods.of(containers::CPU))),
        named("memory", "", count(pods.of(containers::MEMORY))),
        named(
            "restarts",
            "",
            format!("count by (job) ({})", pods.of(containers::RESTARTS)),
        ),
    ];
    for label in [pack.method, pack.route, pack.status, &["pod"]]
        .into_iter()
        .flatten()
    {
        parts.push(named("label", label, with(pack.counter, label)));
    }
    for label in [pack.method, pack.route].into_iter().flatten() {
        parts.push(named("bucket_label", label, with(pack.buckets, label)));
    }
    parts.join("\nor ")
}

/// The answer to [`question`].
pub(super) struct Found(Vec<Series>);

impl Found {
    pub(super) fn of(answer: &Answer) -> Self {
        Self(answer.series.clone())
    }

    fn all<'a>(&'a self, signal: &'a str) -> impl Iterator<Item = &'a Series> {
        self.0.iter().filter(move |s| s.label(SIGNAL) == signal)
    }

    fn has(&self, signal: &str, name: &str) -> bool {
        self.all(signal).any(|s| s.label(NAME) == name)
    }

    /// The first label of several that is there. Where nothing is there yet, the first is as good as any.
    fn label(&self, signal: &str, any: bool, of: &[&'static str]) -> Option<&'static str> {
        let found = of.iter().copied().find(|label| self.has(signal, label));
        if any { found } else { of.first().copied() }
    }

    /// A matcher of the jobs that a signal was found in.
    fn jobs(&self, signal: &str) -> Option<Matchers> {
        let mut jobs: Vec<String> = self
            .all(signal)
            .map(|s| s.label("job"))
            .filter(|job| !job.is_empty())
            .map(literal)
            .collect();
        jobs.sort();
        jobs.dedup();
        (!jobs.is_empty()).then(|| Matchers::default().and("job", "=~", &jobs.join("|")))
    }
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
        found.jobs("job")
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
    let most = format!(
        "topk(1, count_over_time({}[{SPACING_WINDOW}]))",
        matchers.of(metric)
    );
    let most = server.at(&most, at).await?;
    let Some(series) = most.series.first() else {
        return Ok(None);
    };
    let one = series
        .labels
        .iter()
        .filter(|(label, _)| *label != "__name__")
        .fold(Matchers::default(), |all, (label, value)| {
            all.and(label, "=", value)
        });
    let raw = format!("{}[{SPACING_WINDOW}]", one.of(metric));
    let raw = server.at(&raw, at).await?;
    let samples = raw.series.first().map(|s| s.samples.as_slice());
    Ok(Some(
        samples.and_then(median_spacing).unwrap_or(USUAL_SCRAPE),
    ))
}

/// The median of the steps between samples, in whole seconds: a missed scrape does not move it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a day before"
)]
pub(super) fn median_spacing(samples: &[(f64, f64)]) -> Option<u32> {
    let mut steps: Vec<u32> = samples
        .windows(2)
        .filter_map(|pair| match pair {
            [(a, _), (b, _)] => Some((b - a).round().clamp(1.0, 86_400.0) as u32),
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
    let any = found.has("requests", "");
    Plan {
        grid,
        scrape_seconds,
        matchers: settings.series(),
        targets,
        counter: pack.counter,
        method: found.label("label", any, pack.method),
        route: found.label("label", any, pack.route),
        status: found.label("label", any, pack.status),
        // It is there only while requests end so: a query that came and went with it would change what the past was.
        error: pack.error,
        pod: found.label("label", any, &["pod"]).unwrap_or("instance"),
        histogram: histogram(settings, found),
    }
}

fn histogram(settings: &Settings, found: &Found) -> Option<Histogram> {
    let pack = settings.pack.pack();
    let mut bounds: Vec<(f64, &str)> = found
        .all("bound")
        .map(|s| s.label("le"))
        .filter_map(|le| le.parse().ok().map(|seconds| (seconds, le)))
        .filter(|(seconds, _): &(f64, _)| seconds.is_finite())
        .collect();
    bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    bounds.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    let (slow_bound, slow_text) = bounds
        .iter()
        .rev()
        .find(|(seconds, _)| *seconds <= settings.slow_target)
        .or(bounds.first())?;
    Some(Histogram {
        metric: pack.buckets,
        method: found.label("bucket_label", true, pack.method),
        route: found.label("bucket_label", true, pack.route),
        slow_text: (*slow_text).to_owned(),
        slow_bound: *slow_bound,
        bounds: bounds.iter().map(|(seconds, _)| *seconds).collect(),
    })
}

async fn machine_plan(
    server: &Server,
    settings: &Settings,
    found: &Found,
    grid: Grid,
    at: Timestamp,
) -> Result<Option<UsePlan>, Trouble> {
    let pods = settings.pod_series();
    let restarts = if found.has("restarts", "") {
        let (targets, seconds) = scraped(server, found.jobs("restarts"), at).await?;
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
    if usage.is_none() && restarts.is_none() {
        return Ok(None);
    }
    let seconds = match usage {
        Some((_, metric)) => spacing(server, metric, &pods, at).await?,
        None => None,
    };
    Ok(Some(UsePlan {
        grid,
        pods,
        rate_seconds: rate_seconds(grid, seconds.unwrap_or(USUAL_SCRAPE)),
        restarts,
    }))
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
