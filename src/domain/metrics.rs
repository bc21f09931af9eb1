//! What was measured: whole counts on the grid, and gauges. Rates, ratios and quantiles are made from these.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grid::{Grid, GridIndex};
use super::untrusted::Untrusted;

/// One endpoint of a service, written `METHOD route`: `POST /pay`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Endpoint(pub Untrusted);

impl Endpoint {
    /// The endpoint of that text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Untrusted::new(text))
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Rate, errors and duration of one environment over consecutive closed intervals. A source sends the whole window
/// each time; what is in it depends on the metrics server's history alone, never on when the deck was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RedWindow {
    /// The intervals' length.
    pub grid: Grid,
    /// The first interval of the window.
    pub first: GridIndex,
    /// For each interval whether it is a hole: a scrape is missing, so that its counts are not whole and must not be used.
    pub holes: Vec<bool>,
    /// Counts by endpoint; each vector is as long as `holes`.
    pub endpoints: BTreeMap<Endpoint, EndpointCounts>,
    /// For each interval the requests of which no label tells whether they failed. They are in the totals, and in no
    /// endpoint's errors: where they are more than a few, the errors are not known.
    pub untold: Vec<u64>,
    /// Durations of all requests.
    pub latency: LatencyCounts,
}

/// The counts of one endpoint, one entry an interval.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EndpointCounts {
    /// Requests.
    pub total: Vec<u64>,
    /// Requests that the server failed (status 5xx, or the pack's word for it).
    pub errors: Vec<u64>,
    /// Requests slower than [`LatencyCounts::slow_bound`].
    pub slow: Vec<u64>,
}

/// Cumulative histogram counts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LatencyCounts {
    /// Upper bounds of the buckets in seconds, ascending, without the infinite one.
    pub bounds: Vec<f64>,
    /// For each interval the number of requests at or under each bound, then of all requests; so each entry is one
    /// longer than `bounds`. Empty where the service exports no histogram.
    pub counts: Vec<Vec<u64>>,
    /// The bound that parts slow from well, in seconds: the largest bucket bound that is not over the target.
    pub slow_bound: f64,
}

/// The share of requests that no label tells about from which on errors are not known: the difference that the judge never
/// takes for evidence.
const UNTOLD_SHARE: f64 = 0.001;

/// Totals of an interval or of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Errors, or slow requests.
    pub bad: u64,
    /// Requests.
    pub total: u64,
}

impl Tally {
    /// The share of bad ones; none where there was no request.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
    pub fn ratio(self) -> Option<f64> {
        (self.total > 0).then(|| self.bad as f64 / self.total as f64)
    }

    /// The sum of two.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            bad: self.bad + other.bad,
            total: self.total + other.total,
        }
    }
}

impl RedWindow {
    /// How many intervals there are.
    pub fn len(&self) -> usize {
        self.holes.len()
    }

    /// Whether there is no interval.
    pub fn is_empty(&self) -> bool {
        self.holes.is_empty()
    }

    /// The interval after the last.
    pub fn end(&self) -> GridIndex {
        self.first
            .plus(i64::try_from(self.len()).unwrap_or(i64::MAX))
    }

    /// Whether errors are known over a range of intervals: of nearly all requests a label tells whether they failed.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
    pub fn tells_errors(&self, from: GridIndex, to: GridIndex) -> bool {
        let position = |index: GridIndex| {
            usize::try_from(index.since(self.first))
                .unwrap_or(0)
                .min(self.len())
        };
        let (from, to) = (position(from), position(to));
        let sum = |counts: &[u64]| counts.iter().take(to).skip(from).sum::<u64>();
        let untold = sum(&self.untold);
        // Most windows have none; the totals need not be added up for them.
        untold == 0 || {
            let total: u64 = self.endpoints.values().map(|e| sum(&e.total)).sum();
            untold as f64 <= UNTOLD_SHARE * total as f64
        }
    }

    /// Requests a second in an interval; none where it is a hole or outside.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
    pub fn requests_a_second(&self, index: GridIndex) -> Option<f64> {
        let at = self.position(index)?;
        let is_whole = self.holes.get(at) == Some(&false);
        let totals = self.endpoints.values().filter_map(|e| e.total.get(at));
        is_whole.then(|| totals.sum::<u64>() as f64 / f64::from(self.grid.seconds()))
    }

    /// The position of an interval in the vectors; none when it is outside.
    pub fn position(&self, index: GridIndex) -> Option<usize> {
        usize::try_from(index.since(self.first))
            .ok()
            .filter(|&p| p < self.len())
    }
}

/// Counts of production's pods on two-minute blocks of the 24 hours before a canary began: how requests cluster
/// (dispersion) and how often they fail when nothing is new.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BeforeCanary {
    /// For each pod, for each block (none: hole) the errors among requests.
    pub errors: Vec<Vec<Option<Tally>>>,
    /// For each pod, for each block (none: hole) the slow among requests.
    pub slow: Vec<Vec<Option<Tally>>>,
}
