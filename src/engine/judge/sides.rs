//! Both sides' gauges, interval by interval, as they compare: for each request where they grow with requests, on as many
//! pods where they grow with pods.

use crate::domain::gauge::{Gauge, UseWindow};
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::RedWindow;

use super::Input;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    canary: Side<'a>,
    production: Side<'a>,
}

#[derive(Debug, Clone, Copy)]
struct Side<'a> {
    red: Option<&'a RedWindow>,
    usage: &'a UseWindow,
}

/// One interval of a gauge that both sides have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    /// Canary's number.
    pub(super) canary: f64,
    /// Production's.
    pub(super) production: f64,
    /// Of a metric of the business, the events that canary should have had; none of any other gauge.
    pub(super) events: Option<f64>,
}

impl<'a> Sides<'a> {
    /// Both sides, where they are told on that grid.
    pub(super) fn of(input: &Input<'a>, grid: Grid) -> Option<Self> {
        let side = |red, usage: Option<&'a UseWindow>| {
            let usage = usage.filter(|usage| usage.grid == grid)?;
            Some(Side { red, usage })
        };
        Some(Self {
            canary: side(input.canary, input.canary_use)?,
            production: side(input.production, input.production_use)?,
        })
    }

    /// The interval after the last that both have.
    pub(super) fn end(&self) -> GridIndex {
        self.canary.end().min(self.production.end())
    }

    /// An interval of a gauge, where both have it and tell it alike.
    pub(super) fn sample(&self, gauge: Gauge, index: GridIndex) -> Option<Sample> {
        let Self { canary, production } = self;
        if canary.usage.unlike(production.usage, gauge).is_some() {
            return None;
        }
        let pods = || canary.usage.pods_at(index);
        let theirs = production.value(gauge, index, pods)?;
        let requests = canary.red.and_then(|red| red.requests_a_second(index));
        Some(Sample {
            canary: canary.value(gauge, index, pods)?,
            production: theirs,
            events: requests
                .filter(|_| matches!(gauge, Gauge::Business(_)))
                .map(|rate| theirs * rate * f64::from(canary.usage.grid.seconds())),
        })
    }
}

impl Side<'_> {
    fn end(&self) -> GridIndex {
        let length = self.usage.gauges.values().map(Vec::len).max();
        let length = i64::try_from(length.unwrap_or(0)).unwrap_or(i64::MAX);
        self.usage.first.plus(length)
    }

    /// The number that is compared; what grows with pods is taken on as many as canary has, so that the differences that
    /// matter are of its own numbers.
    fn value(&self, gauge: Gauge, index: GridIndex, pods: impl Fn() -> Option<f64>) -> Option<f64> {
        let at = usize::try_from(index.since(self.usage.first)).ok()?;
        let value = self.usage.gauges.get(&gauge)?.get(at).copied().flatten()?;
        if gauge.grows_with_requests() {
            let requests = self.red.and_then(|red| red.requests_a_second(index))?;
            return (requests > 0.0).then(|| value / requests);
        }
        if gauge.grows_with_pods() {
            return Some(value / self.usage.pods_at(index)? * pods()?);
        }
        Some(value)
    }
}
