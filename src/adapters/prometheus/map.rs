//! From answers to counts: pure, so that every trouble of an answer can be tried without a server.

use std::collections::BTreeMap;

use crate::domain::gauge::{Gauge, UseWindow};
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::{
    BeforeCanary, Endpoint, EndpointCounts, LatencyCounts, RedWindow, Tally,
};

use super::latency::{bound, of_counts, of_shares};
use super::plan::{Form, Plan};
use super::promql::{self, SIGNAL};
use super::wire::{Answer, Series};

/// Of how many targets one may be cut off by a missing scrape before an interval is a hole. The others' counts are a
/// fair sample of requests, in which both sides of every ratio are missing alike.
const TARGETS_FOR_ONE_GAP: u64 = 10;

/// The route of requests that matched none.
const NO_ROUTE: &str = "(no route)";

/// Where the values of a range answer belong: each is of the interval that ends at its time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    /// The intervals' length.
    pub(super) grid: Grid,
    /// The first interval.
    pub(super) first: GridIndex,
    /// The one after the last.
    pub(super) end: GridIndex,
}

impl Range {
    /// How many intervals there are.
    pub(super) fn len(self) -> usize {
        usize::try_from(self.end.since(self.first)).unwrap_or(0)
    }

    /// The position of the interval that ends at a time in seconds.
    #[expect(clippy::cast_possible_truncation, reason = "seconds since the epoch")]
    fn position(self, at: f64) -> Option<usize> {
        let ended = (at.round() as i64).div_euclid(i64::from(self.grid.seconds()));
        let index = GridIndex(ended).plus(-1);
        usize::try_from(index.since(self.first))
            .ok()
            .filter(|&p| p < self.len())
    }

    /// A series' values by position.
    fn values(self, series: &Series) -> impl Iterator<Item = (usize, f64)> {
        series
            .samples
            .iter()
            .filter_map(move |&(at, value)| Some((self.position(at)?, value)))
    }
}

/// A whole count; none for what is not a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be finite and positive; counts stay far under 2^52"
)]
fn count(value: f64) -> Option<u64> {
    (value.is_finite() && value >= 0.0).then(|| value.round() as u64)
}

/// Counts by position that remember where they were not numbers.
struct Counts<'a> {
    range: Range,
    holes: &'a mut [bool],
}

impl Counts<'_> {
    fn add(&mut self, series: &Series, to: &mut [u64]) {
        for (position, value) in self.range.values(series) {
            match (
                count(value),
                to.get_mut(position),
                self.holes.get_mut(position),
            ) {
                (Some(count), Some(sum), _) => *sum += count,
                (None, _, Some(hole)) => *hole = true,
                (_, _, _) => {}
            }
        }
    }
}

/// Requests, errors and durations. A partial answer is all holes: what is missing in it is not known.
pub(super) fn red(plan: &Plan, range: Range, answer: &Answer) -> RedWindow {
    let len = range.len();
    let mut holes = holes(range, answer);
    let mut endpoints: BTreeMap<Endpoint, EndpointCounts> = BTreeMap::new();
    let slow_known = plan.slow_by_endpoint();
    let mut under: BTreeMap<Endpoint, Vec<u64>> = BTreeMap::new();
    let mut timed: BTreeMap<Endpoint, Vec<u64>> = BTreeMap::new();
    let mut bounds: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    let mut shares: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let zeros = || vec![0; len];
    let mut untold = zeros();
    let mut counts = Counts {
        range,
        holes: &mut holes,
    };
    for series in &answer.series {
        let signal = series.label(SIGNAL);
        if signal == promql::REQUESTS {
            let endpoint = endpoint(plan.method, plan.route, series);
            let entry = endpoints.entry(endpoint).or_insert_with(|| EndpointCounts {
                total: zeros(),
                errors: zeros(),
                slow: if slow_known { zeros() } else { Vec::new() },
            });
            counts.add(series, &mut entry.total);
            match failed(plan, series) {
                Some(true) => counts.add(series, &mut entry.errors),
                Some(false) => {}
                None => counts.add(series, &mut untold),
            }
        } else if let Some(histogram) = &plan.histogram {
            if signal == promql::SLOW {
                let endpoint = endpoint(histogram.method, histogram.route, series);
                let to = if series.label("le") == histogram.slow_text {
                    &mut under
                } else {
                    &mut timed
                };
                counts.add(series, to.entry(endpoint).or_insert_with(zeros));
            } else if signal == promql::LATENCY
                && let Some(bound) = bound(histogram, series.label("le"))
            {
                if let Form::Native(_) = histogram.form {
                    let shares = shares.entry(bound).or_insert_with(|| vec![0.0; len]);
                    note(range, series, shares);
                } else {
                    counts.add(series, bounds.entry(bound).or_insert_with(zeros));
                }
            }
        }
    }
    tell_slow(&mut endpoints, &timed, &under);
    let latency = plan
        .histogram
        .as_ref()
        .map(|histogram| match histogram.form {
            Form::Buckets => of_counts(histogram, len, &bounds),
            Form::Native(_) => {
                let [under, all] = [under, timed].map(|of| summed(len, &of));
                of_shares(histogram, &shares, &under, &all)
            }
        })
        .unwrap_or_default();
    let mut window = RedWindow {
        grid: range.grid,
        first: range.first,
        holes,
        endpoints,
        untold,
        latency,
    };
    silence_holes(&mut window);
    window
}

/// The slow of each endpoint that is timed: those that were not under the bound.
fn tell_slow(
    endpoints: &mut BTreeMap<Endpoint, EndpointCounts>,
    timed: &BTreeMap<Endpoint, Vec<u64>>,
    under: &BTreeMap<Endpoint, Vec<u64>>,
) {
    for (endpoint, entry) in endpoints {
        let (Some(timed), Some(under)) = (timed.get(endpoint), under.get(endpoint)) else {
            continue;
        };
        for ((slow, timed), under) in entry.slow.iter_mut().zip(timed).zip(under) {
            *slow = timed.saturating_sub(*under);
        }
    }
}

/// Takes over the values of a series.
fn note(range: Range, series: &Series, to: &mut [f64]) {
    for (position, value) in range.values(series) {
        if let Some(slot) = to.get_mut(position) {
            *slot = value;
        }
    }
}

/// What all endpoints have together.
fn summed(len: usize, of: &BTreeMap<Endpoint, Vec<u64>>) -> Vec<u64> {
    let each = |position: usize| of.values().filter_map(move |counts| counts.get(position));
    (0..len).map(|position| each(position).sum()).collect()
}

/// A hole's counts are zero, so that nobody adds them up by mistake.
fn silence_holes(window: &mut RedWindow) {
    let silence = |counts: &mut Vec<u64>| {
        for (count, hole) in counts.iter_mut().zip(&window.holes) {
            if *hole {
                *count = 0;
            }
        }
    };
    for entry in window.endpoints.values_mut() {
        silence(&mut entry.total);
        silence(&mut entry.errors);
        silence(&mut entry.slow);
    }
    silence(&mut window.untold);
    for (counts, hole) in window.latency.counts.iter_mut().zip(&window.holes) {
        if *hole {
            counts.fill(0);
        }
    }
}

/// Where no target was counted whole, or too many were cut off.
fn holes(range: Range, answer: &Answer) -> Vec<bool> {
    let len = range.len();
    if !answer.warnings.is_empty() {
        return vec![true; len];
    }
    let mut whole = vec![0; len];
    let mut gaps = vec![0; len];
    let mut unused = vec![false; len];
    let mut counts = Counts {
        range,
        holes: &mut unused,
    };
    for series in &answer.series {
        match series.label(SIGNAL) {
            promql::WHOLE => counts.add(series, &mut whole),
            promql::GAPS => counts.add(series, &mut gaps),
            _ => {}
        }
    }
    whole
        .iter()
        .zip(&gaps)
        .map(|(&whole, &gaps)| whole == 0 || gaps * TARGETS_FOR_ONE_GAP > whole)
        .collect()
}

fn endpoint(method: Option<&str>, route: Option<&str>, series: &Series) -> Endpoint {
    let of = |label: Option<&str>| label.map(|label| series.label(label).trim());
    let route = of(route).map(|route| if route.is_empty() { NO_ROUTE } else { route });
    let words: Vec<&str> = [of(method), route]
        .into_iter()
        .flatten()
        .filter(|word| !word.is_empty())
        .collect();
    Endpoint::new(if words.is_empty() {
        NO_ROUTE.to_owned()
    } else {
        words.join(" ")
    })
}

/// Whether requests failed, as their labels say; none where none says it. Instrumentations write `503` or `5xx`. An error
/// that was the client's (4xx) is not the server's failure, whatever its type.
fn failed(plan: &Plan, series: &Series) -> Option<bool> {
    let label = |name: Option<&str>| name.map_or("", |name| series.label(name));
    let status = label(plan.status);
    if plan.gone.is_some_and(|gone| gone == status) {
        return Some(false);
    }
    let length = if plan.has_classes() { 1 } else { 3 };
    let class = status.chars().next().filter(|_| status.len() == length);
    match class {
        Some('5') => Some(true),
        Some('4') => Some(false),
        Some('1'..='3') => Some(!label(plan.error).is_empty()),
        Some(_) | None => (!label(plan.error).is_empty()).then_some(true),
    }
}

/// Requests of which nothing is known.
pub(super) fn nothing(range: Range) -> RedWindow {
    RedWindow {
        grid: range.grid,
        first: range.first,
        holes: vec![true; range.len()],
        endpoints: BTreeMap::new(),
        untold: vec![0; range.len()],
        latency: LatencyCounts::default(),
    }
}

/// The gauges.
pub(super) fn gauges(range: Range, answer: &Answer) -> UseWindow {
    let mut gauges: BTreeMap<Gauge, Vec<Option<f64>>> = BTreeMap::new();
    let mut pods = Vec::new();
    for series in &answer.series {
        let values = if series.label(SIGNAL) == promql::PODS {
            &mut pods
        } else {
            let Ok(gauge) = Gauge::try_from(series.label(SIGNAL).to_owned()) else {
                continue;
            };
            gauges.entry(gauge).or_default()
        };
        values.resize(range.len(), None);
        // A partial answer makes a mean of other pods: a hole.
        for (position, value) in range.values(series) {
            if let Some(slot) = values.get_mut(position) {
                *slot = (value.is_finite() && answer.warnings.is_empty()).then_some(value);
            }
        }
    }
    UseWindow {
        grid: range.grid,
        first: range.first,
        gauges,
        pods,
        exporters: BTreeMap::new(),
    }
}

/// Tallies by pod; the answers follow one another in time.
pub(super) fn before_canary(plan: &Plan, answers: &[(Range, Answer)]) -> BeforeCanary {
    let blocks: usize = answers.iter().map(|(range, _)| range.len()).sum();
    let mut pods: BTreeMap<&str, PodCounts> = BTreeMap::new();
    let mut offset = 0;
    for (range, answer) in answers {
        for series in answer.series.iter().filter(|_| answer.warnings.is_empty()) {
            let pod = pods
                .entry(series.label(plan.pod))
                .or_insert_with(|| PodCounts::new(blocks));
            let slow_text = plan.histogram.as_ref().map(|h| h.slow_text.as_str());
            let to = match series.label(SIGNAL) {
                promql::REQUESTS => &mut pod.requests,
                promql::ERRORS | promql::UNSENT => &mut pod.errors,
                promql::SLOW if Some(series.label("le")) == slow_text => &mut pod.under,
                promql::SLOW => &mut pod.timed,
                _ => continue,
            };
            for (position, value) in range.values(series) {
                if let (Some(slot), Some(count)) = (to.get_mut(offset + position), count(value)) {
                    *slot = Some(slot.unwrap_or(0) + count);
                }
            }
        }
        offset += range.len();
    }
    BeforeCanary {
        // Without a status nobody knows how often they fail.
        errors: pods
            .values()
            .filter(|_| plan.status.is_some())
            .map(|pod| tallies(&pod.requests, &pod.errors, |_, errors| errors))
            .collect(),
        slow: pods
            .values()
            .map(|pod| tallies(&pod.timed, &pod.under, u64::saturating_sub))
            .collect(),
    }
}

struct PodCounts {
    requests: Vec<Option<u64>>,
    errors: Vec<Option<u64>>,
    timed: Vec<Option<u64>>,
    under: Vec<Option<u64>>,
}

impl PodCounts {
    fn new(blocks: usize) -> Self {
        let none = || vec![None; blocks];
        Self {
            requests: none(),
            errors: none(),
            timed: none(),
            under: none(),
        }
    }
}

/// Tallies of a total and another count, of which an absent one is zero; a block without total is a hole.
fn tallies(
    total: &[Option<u64>],
    other: &[Option<u64>],
    bad: impl Fn(u64, u64) -> u64,
) -> Vec<Option<Tally>> {
    total
        .iter()
        .zip(other)
        .map(|(total, other)| {
            total.map(|total| Tally {
                bad: bad(total, other.unwrap_or(0)),
                total,
            })
        })
        .collect()
}
