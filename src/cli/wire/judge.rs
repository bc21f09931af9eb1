//! What `judge` reads and prints.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metric::Judged;
use crate::cli::input::Problem;
use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::grid::{Grid, UNIT_SECONDS};
use crate::domain::metrics;
use crate::domain::names::ServiceName;
use crate::engine::{judge, policy};

/// The format that is read and written.
pub(in crate::cli) const SCHEMA: &str = "flightdeck.dev/judge/v1";

/// Recorded series of one service.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Request {
    /// `flightdeck.dev/judge/v1`.
    pub(in crate::cli) schema: String,
    /// The service.
    pub(in crate::cli) service: String,
    /// The chance of a false breach over the whole life of the canary, shared by the metrics.
    #[serde(default = "alpha")]
    pub(in crate::cli) alpha: f64,
    /// When the canary began to count, warm-up over: on the grid of intervals.
    pub(in crate::cli) began_at: Timestamp,
    /// When the first entry of every series begins; by default `began_at`. What is before `began_at` tells how production
    /// was; of a canary of days the first entries may be later.
    pub(in crate::cli) starts_at: Option<Timestamp>,
    /// The length of an interval in seconds: a multiple of 15.
    pub(in crate::cli) interval_seconds: u32,
    /// How long the canary soaks, in seconds.
    #[serde(default = "soak")]
    pub(in crate::cli) soak_seconds: u32,
    /// Whether canary has a database or third parties of its own, so that it may burst as a whole.
    #[serde(default)]
    pub(in crate::cli) own_dependencies: bool,
    /// By how much, as a share of production's, a metric of the business must be worse to be a breach.
    #[serde(default = "business_drop")]
    pub(in crate::cli) business_drop: f64,
    /// How production's pods were in the day before, in blocks of two minutes.
    #[serde(default)]
    pub(in crate::cli) before: Option<Before>,
    /// The series; all of the same length.
    pub(in crate::cli) series: Vec<Series>,
}

const fn alpha() -> f64 {
    0.01
}

const fn soak() -> u32 {
    300
}

const fn business_drop() -> f64 {
    judge::Business::NONE.drop
}

/// How production's pods were before the canary: for each pod, for each block its counts; null is a hole.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Before {
    /// Failed requests.
    #[serde(default)]
    pub(in crate::cli) errors: Vec<Vec<Option<Tally>>>,
    /// Slow requests.
    #[serde(default)]
    pub(in crate::cli) slow: Vec<Vec<Option<Tally>>>,
}

/// Bad requests among requests.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Tally {
    /// Bad ones.
    pub(in crate::cli) bad: u64,
    /// All.
    pub(in crate::cli) total: u64,
}

impl From<Tally> for metrics::Tally {
    fn from(Tally { bad, total }: Tally) -> Self {
        Self { bad, total }
    }
}

/// One metric, of one endpoint or of all.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Series {
    /// `errors`, `slow`, `cpu`, `memory`, `restarts`, `business/NAME`, or another, judged as errors or as CPU are.
    pub(in crate::cli) metric: String,
    /// Which way it should go: of a gauge `business/NAME`, where it must be said, and of nothing else.
    #[serde(default)]
    pub(in crate::cli) better: Option<Better>,
    /// What its entries are.
    pub(in crate::cli) kind: Kind,
    /// The endpoint; by default all together.
    #[serde(default)]
    pub(in crate::cli) endpoint: Option<String>,
    /// Canary's entries.
    pub(in crate::cli) canary: Side,
    /// Production's entries.
    pub(in crate::cli) production: Side,
}

/// What the entries of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Kind {
    /// Counts an interval: `bad` and `total`.
    Ratio,
    /// Values: `values`.
    Gauge,
}

/// Which way a metric of the business should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Better {
    /// More is better: orders.
    Higher,
    /// Less is better: refusals.
    Lower,
}

impl From<Better> for policy::Better {
    fn from(better: Better) -> Self {
        match better {
            Better::Higher => Self::Higher,
            Better::Lower => Self::Lower,
        }
    }
}

/// One side of a series: `bad` and `total` of a ratio, `values` of a gauge. Null is a hole.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Side {
    /// Bad requests.
    #[serde(default)]
    pub(in crate::cli) bad: Option<Vec<Option<u64>>>,
    /// Requests.
    #[serde(default)]
    pub(in crate::cli) total: Option<Vec<Option<u64>>>,
    /// Values.
    #[serde(default)]
    pub(in crate::cli) values: Option<Vec<Option<f64>>>,
}

/// The verdict on each metric.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Report {
    /// `flightdeck.dev/judge/v1`.
    pub(in crate::cli) schema: &'static str,
    /// The service.
    pub(in crate::cli) service: String,
    /// The end of the last entry: the moment that is judged.
    pub(in crate::cli) at: Timestamp,
    /// The metrics, in the order in which they first appear.
    pub(in crate::cli) metrics: Vec<Judged>,
}

impl Request {
    /// What the judge needs, if it makes sense.
    pub(in crate::cli) fn meant(&self) -> Result<judge::SeriesRequest, Problem> {
        Problem::unless_schema(&self.schema, SCHEMA)?;
        ServiceName::parse(&self.service)
            .map_err(|e| Problem::new("service", e.to_string(), "write the service's name"))?;
        if !(self.alpha > 0.0 && self.alpha <= 0.1) {
            let what = format!("{} is no chance that can be accepted", self.alpha);
            return Err(Problem::new(
                "alpha",
                what,
                "over 0 and at most 0.1, such as 0.01",
            ));
        }
        if !(self.business_drop > 0.0 && self.business_drop <= 1.0) {
            let what = format!("{} is no share that can be missed", self.business_drop);
            let right = "over 0 and at most 1, such as 0.2";
            return Err(Problem::new("business_drop", what, right));
        }
        let seconds = self.interval_seconds;
        if seconds == 0 || !seconds.is_multiple_of(UNIT_SECONDS) {
            let what = format!("{seconds} is no interval of the grid");
            let right = format!("a multiple of {UNIT_SECONDS}, at least the scrape interval");
            return Err(Problem::new("interval_seconds", what, right));
        }
        let grid = Grid::for_scrape_interval(seconds);
        on_grid("began_at", self.began_at, grid)?;
        if let Some(starts_at) = self.starts_at {
            on_grid("starts_at", starts_at, grid)?;
        }
        let series = self.series()?;
        let business = self.business()?;
        Ok(judge::SeriesRequest {
            business,
            business_drop: self.business_drop,
            alpha: self.alpha,
            began_at: self.began_at,
            starts_at: self.starts_at,
            interval_seconds: seconds,
            soak_seconds: self.soak_seconds,
            before: self.before.as_ref().map(Before::meant),
            own_dependencies: self.own_dependencies,
            series,
        })
    }

    /// The end of the last entry.
    pub(in crate::cli) fn ends_at(&self) -> Timestamp {
        let grid = Grid::for_scrape_interval(self.interval_seconds);
        let first = grid.index_at(self.starts_at.unwrap_or(self.began_at));
        let length = self.series.first().map_or(0, |series| series.canary.len());
        grid.start(first.plus(i64::try_from(length).unwrap_or(i64::MAX)))
    }

    /// Which way each metric of the business should go. It is never guessed: taken the wrong way round, a drop in refusals
    /// would be a breach.
    fn business(&self) -> Result<BTreeMap<BusinessName, policy::Better>, Problem> {
        let mut business = BTreeMap::new();
        for (at, series) in self.series.iter().enumerate() {
            let place = format!("series[{at}]");
            let name = match series.kind {
                Kind::Gauge => Gauge::business(&series.metric).transpose(),
                Kind::Ratio => Ok(None),
            };
            let name = name.map_err(|e| {
                let right = "write business/ and the name as the configuration has it";
                Problem::new(format!("{place}.metric"), e.to_string(), right)
            })?;
            match (name, series.better) {
                (Some(name), Some(better)) => {
                    business.insert(name, better.into());
                }
                (Some(name), None) => {
                    let what = format!("it does not say which way business/{name} should go");
                    let right = "\"better\": \"higher\", or \"better\": \"lower\"";
                    return Err(Problem::new(place, what, right));
                }
                (None, Some(_)) => {
                    let what = format!("which way {} should go is known", series.metric);
                    let right = "leave it out; it is for a gauge business/NAME";
                    return Err(Problem::new(format!("{place}.better"), what, right));
                }
                (None, None) => {}
            }
        }
        Ok(business)
    }

    fn series(&self) -> Result<Vec<judge::Series>, Problem> {
        let Some(first) = self.series.first() else {
            let right =
                "write at least one, such as {\"metric\": \"errors\", \"kind\": \"ratio\", ...}";
            return Err(Problem::new("series", "there is none", right));
        };
        let length = first.canary.len();
        let mut meant: Vec<judge::Series> = Vec::new();
        for (at, series) in self.series.iter().enumerate() {
            let place = format!("series[{at}]");
            let found = series.meant(&place, length)?;
            if let Some(other) = self
                .series
                .iter()
                .take(at)
                .position(|other| series.collides(other))
            {
                let what = format!("it counts what series[{other}] counts");
                let right =
                    "a metric is of one kind, and either of all together or of each endpoint once";
                return Err(Problem::new(place, what, right));
            }
            meant.push(found);
        }
        Ok(meant)
    }
}

fn on_grid(at: &str, time: Timestamp, grid: Grid) -> Result<(), Problem> {
    let next = grid.start(grid.first_from(time));
    if next == time {
        return Ok(());
    }
    let what = format!("{time} is not on the grid of {} s", grid.seconds());
    Err(Problem::new(
        at,
        what,
        format!("the next interval begins at {next}"),
    ))
}

impl Before {
    fn meant(&self) -> metrics::BeforeCanary {
        let side = |pods: &[Vec<Option<Tally>>]| -> Vec<Vec<Option<metrics::Tally>>> {
            let pod = |blocks: &Vec<Option<Tally>>| {
                blocks.iter().map(|b| b.map(metrics::Tally::from)).collect()
            };
            pods.iter().map(pod).collect()
        };
        metrics::BeforeCanary {
            errors: side(&self.errors),
            slow: side(&self.slow),
        }
    }
}

impl Series {
    fn meant(&self, at: &str, length: usize) -> Result<judge::Series, Problem> {
        let (ours, theirs) = (format!("{at}.canary"), format!("{at}.production"));
        let kind = match self.kind {
            Kind::Ratio => judge::Kind::Ratio {
                canary: self.canary.counts(&ours, length)?,
                production: self.production.counts(&theirs, length)?,
            },
            Kind::Gauge if self.endpoint.is_some() => {
                let right = "leave \"endpoint\" out, or make it a ratio";
                return Err(Problem::new(at, "a gauge has no endpoint", right));
            }
            Kind::Gauge => judge::Kind::Gauge {
                canary: self.canary.values(&ours, length)?,
                production: self.production.values(&theirs, length)?,
            },
        };
        Ok(judge::Series {
            metric: self.metric.clone(),
            endpoint: self.endpoint.clone(),
            kind,
        })
    }

    fn collides(&self, other: &Self) -> bool {
        self.metric == other.metric
            && (self.kind != other.kind
                || self.endpoint == other.endpoint
                || self.endpoint.is_none()
                || other.endpoint.is_none())
    }
}

impl Side {
    fn len(&self) -> usize {
        let counts = self.total.as_ref().map(Vec::len);
        counts.or(self.values.as_ref().map(Vec::len)).unwrap_or(0)
    }

    fn counts(&self, at: &str, length: usize) -> Result<judge::Samples, Problem> {
        let (Some(bad), Some(total), None) = (&self.bad, &self.total, &self.values) else {
            let right = "{\"bad\": [...], \"total\": [...]}, or \"kind\": \"gauge\"";
            return Err(Problem::new(at, "a ratio has \"bad\" and \"total\"", right));
        };
        same_length(&format!("{at}.bad"), bad.len(), length)?;
        same_length(&format!("{at}.total"), total.len(), length)?;
        let more = |(bad, total): (&Option<u64>, &Option<u64>)| bad > total && total.is_some();
        if let Some(entry) = bad.iter().zip(total).position(more) {
            let what = "there are more bad requests than requests";
            let right = "\"total\" counts all, the bad ones too";
            return Err(Problem::new(format!("{at}.bad[{entry}]"), what, right));
        }
        Ok(judge::Samples {
            bad: bad.clone(),
            total: total.clone(),
        })
    }

    fn values(&self, at: &str, length: usize) -> Result<Vec<Option<f64>>, Problem> {
        let (None, None, Some(values)) = (&self.bad, &self.total, &self.values) else {
            let right = "{\"values\": [...]}, or \"kind\": \"ratio\"";
            return Err(Problem::new(at, "a gauge has \"values\"", right));
        };
        same_length(&format!("{at}.values"), values.len(), length)?;
        Ok(values.clone())
    }
}

fn same_length(at: &str, has: usize, needs: usize) -> Result<(), Problem> {
    if has == needs {
        return Ok(());
    }
    let what = format!("it has {has} entries, series[0].canary has {needs}");
    let right = "every series covers the same intervals, with null for a hole";
    Err(Problem::new(at, what, right))
}
