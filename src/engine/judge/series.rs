//! The judge over recorded series, as `flightdeck judge` gets them: the same fold, without a deck.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::fold::{Before, Run};
use super::gauge::{Business, GaugeFold};
use super::pair::{Column, Columns, Frame, Pair};
use super::ratio::Rules;
use super::report::{Moment, metric, silent, soak_over};
use super::sides::Sample;
use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::{BeforeCanary, Endpoint};
use crate::domain::verdict::{Metric, NoData, Verdict};
use crate::engine::policy::Better;

/// Recorded series of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRequest {
    /// The chance of a false breach, shared by the metrics.
    pub alpha: f64,
    /// When the canary began to count, warm-up over.
    pub began_at: Timestamp,
    /// When the first entry of each series begins; none is `began_at`. Earlier entries tell how production was.
    pub starts_at: Option<Timestamp>,
    /// The length of an interval in seconds.
    pub interval_seconds: u32,
    /// How long the canary soaks, in seconds.
    pub soak_seconds: u32,
    /// How production's pods were in the day before.
    pub before: Option<BeforeCanary>,
    /// Whether canary has dependencies of its own, so that it may burst as a whole.
    pub own_dependencies: bool,
    /// Which way each metric of the business should go; one that is not named should be high.
    pub business: BTreeMap<BusinessName, Better>,
    /// By how much, as a share of production's for each request, a metric of the business must be worse to be a breach.
    pub business_drop: f64,
    /// The series.
    pub series: Vec<Series>,
}

/// One metric, of one endpoint or of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name: `errors`, `slow`, a gauge's word, or another, judged as errors or as CPU are. A gauge that grows with the
    /// requests (`network`, `business/NAME`) comes as values for each request, one that grows with the pods (`restarts`,
    /// `network_errors`) as values for as many pods on both sides.
    pub metric: String,
    /// The endpoint; none is all together.
    pub endpoint: Option<String>,
    /// Which kind, with canary's and production's samples.
    pub kind: Kind,
}

/// Both sides' samples.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Bad requests among requests.
    Ratio {
        /// Canary's.
        canary: Samples,
        /// Production's.
        production: Samples,
    },
    /// Values; none is a hole.
    Gauge {
        /// Canary's.
        canary: Vec<Option<f64>>,
        /// Production's.
        production: Vec<Option<f64>>,
    },
}

/// Counts an interval; none is a hole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Samples {
    /// Bad requests.
    pub bad: Vec<Option<u64>>,
    /// Requests.
    pub total: Vec<Option<u64>>,
}

/// The verdict on one metric of the series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesVerdict {
    /// Its name, as given.
    pub metric: String,
    /// The conclusion.
    pub verdict: Verdict,
    /// Canary's bad ratio over production's.
    pub ratio: Option<f64>,
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// Canary's bad requests since the onset, else since it began.
    pub bad: u64,
    /// Canary's requests since then.
    pub total: u64,
    /// The onset, where there is one.
    pub since: Option<Timestamp>,
}

/// Judges each metric at the end of its series; in the order in which they first appear.
pub fn from_series(request: &SeriesRequest) -> Vec<SeriesVerdict> {
    let mut names: Vec<&str> = Vec::new();
    for series in &request.series {
        if !names.contains(&series.metric.as_str()) {
            names.push(&series.metric);
        }
    }
    names
        .into_iter()
        .filter_map(|name| {
            let mine: Vec<&Series> = request
                .series
                .iter()
                .filter(|series| series.metric == name)
                .collect();
            match mine.first()?.kind {
                Kind::Ratio { .. } => Some(ratio(request, name, &mine)),
                Kind::Gauge { .. } => Some(gauge(request, name, &mine)),
            }
        })
        .collect()
}

/// One side of a ratio: what is needed to lend it as columns.
#[derive(Default)]
struct Side {
    holes: Vec<bool>,
    endpoints: BTreeMap<Endpoint, (Vec<u64>, Vec<u64>)>,
}

impl Side {
    fn add(&mut self, endpoint: Endpoint, samples: &Samples) {
        let length = samples.total.len().max(samples.bad.len());
        if self.holes.len() < length {
            self.holes.resize(length, false);
        }
        for (at, hole) in self.holes.iter_mut().enumerate() {
            let there = |values: &[Option<u64>]| values.get(at).copied().flatten().is_some();
            *hole |= !(there(&samples.total) && there(&samples.bad));
        }
        let filled = |values: &[Option<u64>]| values.iter().map(|v| v.unwrap_or(0)).collect();
        self.endpoints
            .insert(endpoint, (filled(&samples.bad), filled(&samples.total)));
    }

    fn columns(&self) -> Columns<'_> {
        self.endpoints
            .iter()
            .map(|(endpoint, (bad, total))| (endpoint, Column { bad, total }))
            .collect()
    }
}

fn ratio(request: &SeriesRequest, name: &str, series: &[&Series]) -> SeriesVerdict {
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for series in series {
        if let Kind::Ratio { canary, production } = &series.kind {
            let endpoint = Endpoint::new(series.endpoint.clone().unwrap_or_default());
            ours.add(endpoint.clone(), canary);
            theirs.add(endpoint, production);
        }
    }
    let when = When::of(request);
    let length = ours.holes.len().min(theirs.holes.len());
    let pair = Pair::new(
        when.grid,
        (lend(&ours, when.first), &ours.columns()),
        (lend(&theirs, when.first), &theirs.columns()),
    );
    let (rules, kind, pods) = if name == "slow" {
        (
            Rules::SLOW,
            Metric::Slow,
            request.before.as_ref().map(|b| b.slow.as_slice()),
        )
    } else {
        (
            Rules::ERRORS,
            Metric::Errors,
            request.before.as_ref().map(|b| b.errors.as_slice()),
        )
    };
    let before = Before::of(pods, request.own_dependencies);
    let mut run = Run::new(rules, request.alpha, before, when.began);
    run.advance(&pair);
    let at = when.moment(request, length);
    let (judged, _) = metric(kind, &run, Some(&pair), &at);
    SeriesVerdict {
        metric: name.to_owned(),
        since: since(&judged.verdict),
        verdict: judged.verdict,
        ratio: judged.estimate.and_then(|estimate| estimate.ratio),
        low: judged.estimate.map(|estimate| estimate.low),
        high: judged.estimate.and_then(|estimate| estimate.high),
        bad: judged.canary.bad,
        total: judged.canary.total,
    }
}

fn lend(side: &Side, first: GridIndex) -> Frame<'_> {
    Frame {
        first,
        holes: &side.holes,
    }
}

fn gauge(request: &SeriesRequest, name: &str, series: &[&Series]) -> SeriesVerdict {
    let when = When::of(request);
    let gauge = Gauge::try_from(name.to_owned()).unwrap_or(Gauge::Cpu);
    let business = Business {
        of: &request.business,
        drop: request.business_drop,
    };
    let mut fold = GaugeFold::for_service(gauge, business, request.alpha);
    let mut length = 0;
    if let Some(Kind::Gauge { canary, production }) = series.first().map(|series| &series.kind) {
        for ((at, ours), theirs) in (0_i64..).zip(canary).zip(production) {
            length += 1;
            let index = when.first.plus(at);
            if let (Some(ours), Some(theirs)) = (ours, theirs)
                && index >= when.began
            {
                let sample = Sample {
                    canary: *ours,
                    production: *theirs,
                    events: None,
                };
                fold.push(index, sample);
            }
        }
    }
    let at = when.moment(request, length);
    let nothing = if length == 0 {
        Some(NoData::NoCanarySeries)
    } else {
        silent(&fold, &at)
    };
    let judged = || fold.verdict(soak_over(&at), |index| at.grid.start(index));
    let verdict = nothing.map_or_else(judged, Verdict::NoData);
    SeriesVerdict {
        metric: name.to_owned(),
        since: since(&verdict),
        verdict,
        ratio: None,
        low: None,
        high: None,
        bad: 0,
        total: 0,
    }
}

/// The series' place in time.
struct When {
    grid: Grid,
    first: GridIndex,
    began: GridIndex,
}

impl When {
    fn of(request: &SeriesRequest) -> Self {
        let grid = Grid::for_scrape_interval(request.interval_seconds);
        Self {
            grid,
            first: grid.first_from(request.starts_at.unwrap_or(request.began_at)),
            began: grid.first_from(request.began_at),
        }
    }

    /// The moment at which the last entry ends.
    fn moment(&self, request: &SeriesRequest, length: usize) -> Moment {
        Moment {
            grid: self.grid,
            now: self
                .grid
                .start(self.first.plus(i64::try_from(length).unwrap_or(0))),
            soak_seconds: request.soak_seconds,
            began: Some(self.began),
            acted_at: None,
            canary: true,
            production: true,
            tells_errors: true,
        }
    }
}

const fn since(verdict: &Verdict) -> Option<Timestamp> {
    match verdict {
        Verdict::Breach { since } | Verdict::Recovered { since, .. } => Some(*since),
        Verdict::Pass | Verdict::Unsure(_) | Verdict::Watch(_) | Verdict::NoData(_) => None,
    }
}
