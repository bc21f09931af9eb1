//! What discovery found on a metrics server, resolved into what to ask: names, bounds, the grid and how fresh is fresh.

use crate::domain::grid::{Grid, UNIT_SECONDS};

use super::selector::{Matchers, Rising, Span};
use super::signals::Reading;

/// What to ask for requests, errors and durations.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    /// The grid of the scrape interval.
    pub(super) grid: Grid,
    /// The interval between scrapes in seconds.
    pub(super) scrape_seconds: u32,
    /// What selects the service's series.
    pub(super) matchers: Matchers,
    /// What selects its targets in `up`; none where nothing is scraped (metrics are pushed).
    pub(super) targets: Option<Matchers>,
    /// The counter of requests.
    pub(super) counter: &'static str,
    /// Whether that is a native histogram, which counts what it observes.
    pub(super) is_observed: bool,
    /// The label with the method.
    pub(super) method: Option<&'static str>,
    /// The label with the route.
    pub(super) route: Option<&'static str>,
    /// The label with the status.
    pub(super) status: Option<&'static str>,
    /// The label that requests which ended with an error have.
    pub(super) error: Option<&'static str>,
    /// The status of requests whose client went away before there was one.
    pub(super) gone: Option<&'static str>,
    /// The label that parts pods.
    pub(super) pod: &'static str,
    /// The histogram, where there is one.
    pub(super) histogram: Option<Histogram>,
}

/// The histogram of durations.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram {
    /// The name of its series.
    pub(super) metric: &'static str,
    /// What these are.
    pub(super) form: Form,
    /// How many of its unit are a second.
    pub(super) per_second: f64,
    /// The label with the method.
    pub(super) method: Option<&'static str>,
    /// The label with the route.
    pub(super) route: Option<&'static str>,
    /// Finite bounds in seconds, ascending.
    pub(super) bounds: Vec<f64>,
    /// The bound that parts slow from well, as the server writes it.
    pub(super) slow_text: String,
    /// The same in seconds.
    pub(super) slow_bound: f64,
}

/// What the series of a histogram are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// One for each bucket and all under it.
    Buckets,
    /// Native histograms, each with all of its buckets. These finite bounds are asked for, ascending, as the server
    /// reads them.
    Native(Vec<String>),
}

/// What to ask for machines.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct UsePlan {
    /// The grid, the same as for requests.
    pub(super) grid: Grid,
    /// What selects the service's pods; none where they can't be told from others.
    pub(super) pods: Option<Matchers>,
    /// Over how many seconds usage is taken: at least four samples.
    pub(super) rate_seconds: u32,
    /// Restarts, where the server has them.
    pub(super) restarts: Option<RestartsPlan>,
    /// The use of CPU or memory by the service's containers, whichever the server has.
    pub(super) usage: Option<&'static str>,
    /// The gauges beyond those.
    pub(super) readings: Vec<Reading>,
}

impl UsePlan {
    /// Takes over what an earlier plan read and this one has not found: a query that came and went with a series would
    /// change what the past was.
    pub(super) fn keep(&mut self, earlier: &Self) {
        let mut all = earlier.readings.clone();
        all.retain(|old| self.readings.iter().all(|new| new.gauge != old.gauge));
        all.append(&mut self.readings);
        all.sort_by_key(|reading| reading.gauge);
        self.readings = all;
    }
}

/// What to ask for restarts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RestartsPlan {
    /// What selects the exporter in `up`.
    pub(super) targets: Option<Matchers>,
    /// The age in seconds under which a sample is there.
    pub(super) fresh: u32,
}

impl Plan {
    /// Whether the histogram tells endpoints apart as the counter does, so that slow requests are known by endpoint.
    pub(super) fn slow_by_endpoint(&self) -> bool {
        self.histogram.as_ref().is_some_and(|histogram| {
            histogram.method.is_some() == self.method.is_some()
                && histogram.route.is_some() == self.route.is_some()
        })
    }

    /// The requests of some series.
    pub(super) fn requests(&self, matchers: &Matchers) -> Rising {
        let selector = matchers.of(self.counter);
        if self.is_observed {
            Rising::observed(selector)
        } else {
            selector.into()
        }
    }

    /// Whether the status is written as its class' digit alone (`envoy_response_code_class`).
    pub(super) fn has_classes(&self) -> bool {
        self.status.is_some_and(|label| label.ends_with("_class"))
    }

    /// Over what counts are taken.
    pub(super) fn span(&self) -> Span {
        Span {
            interval: self.grid.seconds(),
            fresh: fresh(self.grid, self.scrape_seconds),
        }
    }
}

/// How old a sample may be: an interval, or where scrapes are as long as it a scrape and a little (a sixtieth, at least
/// a second) for the server's jitter. More would let a missing scrape pass as no traffic.
pub(super) fn fresh(grid: Grid, scrape_seconds: u32) -> u32 {
    grid.seconds()
        .max(scrape_seconds.saturating_add(scrape_seconds.div_ceil(60).max(1)))
}

/// Over what a counter is taken whose scrapes may be longer than the grid's intervals: as many of these as hold a scrape.
pub(super) fn span_of(grid: Grid, scrape_seconds: u32) -> Span {
    let interval = grid.seconds() * scrape_seconds.div_ceil(grid.seconds()).max(1);
    Span {
        interval,
        fresh: fresh(grid, scrape_seconds),
    }
}

/// The window for usage: four scrapes or four intervals, whichever is longer.
pub(super) fn rate_seconds(grid: Grid, scrape_seconds: u32) -> u32 {
    grid.seconds().max(scrape_seconds).max(UNIT_SECONDS) * 4
}
