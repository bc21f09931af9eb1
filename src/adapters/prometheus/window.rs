//! The windows that are kept: new intervals at the end, old ones dropped at the front, and a limit on how many
//! endpoints are told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::gauge::UseWindow;
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::{Endpoint, EndpointCounts, RedWindow};

/// The most endpoints that are told; paths with identifiers in them would make thousands.
const MOST_ENDPOINTS: usize = 200;

/// The name of what is left over.
const OTHERS: &str = "(others)";

/// Requests of one environment, as long as they are wanted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    red: RedWindow,
    machines: UseWindow,
}

impl Kept {
    /// Nothing yet, from an interval on.
    pub(super) fn from(grid: Grid, first: GridIndex) -> Self {
        Self {
            red: RedWindow {
                grid,
                first,
                holes: Vec::new(),
                endpoints: BTreeMap::new(),
                untold: Vec::new(),
                latency: crate::domain::metrics::LatencyCounts::default(),
            },
            machines: UseWindow {
                grid,
                first,
                gauges: BTreeMap::new(),
                pods: Vec::new(),
                exporters: BTreeMap::new(),
            },
        }
    }

    /// The first interval.
    pub(super) const fn first(&self) -> GridIndex {
        self.red.first
    }

    /// The interval after the last.
    pub(super) fn end(&self) -> GridIndex {
        self.red.end()
    }

    /// Whether labels tell which of the requests failed.
    pub(super) fn tells_errors(&self) -> bool {
        self.red.tells_errors(self.first(), self.end())
    }

    /// Adds later intervals, in place of those from their first on: a scrape that came late is counted when it is asked
    /// for again.
    pub(super) fn replace(&mut self, red: RedWindow, machines: UseWindow) {
        let keep = usize::try_from(red.first.since(self.red.first)).unwrap_or(0);
        let (old_len, added) = (self.red.len().min(keep), red.len());
        let len = old_len + added;
        self.red.holes.truncate(old_len);
        self.red.holes.extend(red.holes);
        append(&mut self.red.untold, red.untold, old_len);
        self.red.untold.resize(len, 0);
        for counts in self.red.endpoints.values_mut() {
            each(counts, |v| v.truncate(old_len));
        }
        for (endpoint, new) in red.endpoints {
            let old = self.red.endpoints.entry(endpoint).or_default();
            append(&mut old.total, new.total, old_len);
            append(&mut old.errors, new.errors, old_len);
            append(&mut old.slow, new.slow, old_len);
        }
        for counts in self.red.endpoints.values_mut() {
            // An endpoint's slow ones stay unknown where there is no histogram.
            let slow_known = !counts.slow.is_empty();
            counts.total.resize(len, 0);
            counts.errors.resize(len, 0);
            if slow_known {
                counts.slow.resize(len, 0);
            }
        }
        self.red.latency.counts.truncate(old_len);
        self.red.latency.counts.extend(red.latency.counts);
        self.red.latency.bounds = red.latency.bounds;
        self.red.latency.slow_bound = red.latency.slow_bound;
        let grow = |old: &mut Vec<Option<f64>>, new: Vec<Option<f64>>| {
            old.resize(old_len, None);
            old.extend(new);
            old.resize(len, None);
        };
        for (gauge, old) in &mut self.machines.gauges {
            if !machines.gauges.contains_key(gauge) {
                grow(old, Vec::new());
            }
        }
        for (gauge, new) in machines.gauges {
            grow(self.machines.gauges.entry(gauge).or_default(), new);
        }
        grow(&mut self.machines.pods, machines.pods);
    }

    /// Drops what is older than an interval.
    pub(super) fn forget_before(&mut self, first: GridIndex) {
        let old = usize::try_from(first.since(self.red.first))
            .unwrap_or(0)
            .min(self.red.len());
        self.red.holes.drain(..old);
        self.red.untold.drain(..old);
        for counts in self.red.endpoints.values_mut() {
            each(counts, |v| drop(v.drain(..old.min(v.len()))));
        }
        self.red
            .endpoints
            .retain(|_, counts| counts.total.iter().any(|&count| count > 0));
        let latency = &mut self.red.latency.counts;
        latency.drain(..old.min(latency.len()));
        for values in self.machines.gauges.values_mut() {
            values.drain(..old);
        }
        self.machines.pods.drain(..old);
        self.machines
            .gauges
            .retain(|_, values| values.iter().any(Option::is_some));
        let shift = i64::try_from(old).unwrap_or(0);
        self.red.first = self.red.first.plus(shift);
        self.machines.first = self.machines.first.plus(shift);
    }

    /// The requests as they are told: the busiest endpoints and the others as one.
    pub(super) fn red(&self) -> RedWindow {
        let mut told = self.red.clone();
        if told.endpoints.len() <= MOST_ENDPOINTS {
            return told;
        }
        let mut by_traffic: Vec<(Reverse<u64>, &Endpoint)> = self
            .red
            .endpoints
            .iter()
            .map(|(endpoint, counts)| (Reverse(counts.total.iter().sum()), endpoint))
            .collect();
        by_traffic.sort();
        let busiest: BTreeSet<&Endpoint> = by_traffic
            .iter()
            .take(MOST_ENDPOINTS)
            .map(|(_, endpoint)| *endpoint)
            .collect();
        told.endpoints
            .retain(|endpoint, _| busiest.contains(endpoint));
        let mut others = EndpointCounts::default();
        for (_, counts) in self
            .red
            .endpoints
            .iter()
            .filter(|(endpoint, _)| !busiest.contains(endpoint))
        {
            add(&mut others.total, &counts.total);
            add(&mut others.errors, &counts.errors);
            add(&mut others.slow, &counts.slow);
        }
        told.endpoints.insert(Endpoint::new(OTHERS), others);
        told
    }

    /// The machines.
    pub(super) fn machines(&self) -> UseWindow {
        self.machines.clone()
    }
}

fn each(counts: &mut EndpointCounts, mut change: impl FnMut(&mut Vec<u64>)) {
    change(&mut counts.total);
    change(&mut counts.errors);
    change(&mut counts.slow);
}

fn append(old: &mut Vec<u64>, new: Vec<u64>, at: usize) {
    if !new.is_empty() {
        old.resize(at, 0);
        old.extend(new);
    }
}

fn add(to: &mut Vec<u64>, from: &[u64]) {
    to.resize(to.len().max(from.len()), 0);
    for (sum, count) in to.iter_mut().zip(from) {
        *sum += count;
    }
}
