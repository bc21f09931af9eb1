//! Both sides' counts of one metric, interval by interval; an interval that is a hole on either side is none.

use std::collections::BTreeMap;

use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::{Endpoint, RedWindow, Tally};
use crate::engine::stats::counts::Counts;

/// A side's slow requests as a whole, where its histogram does not tell its endpoints apart: from the buckets of all.
pub(super) struct SlowOfAll {
    endpoint: Endpoint,
    bad: Vec<u64>,
    total: Vec<u64>,
}

impl SlowOfAll {
    /// None where the bound of slow is no bucket's.
    pub(super) fn of(window: &RedWindow) -> Option<Self> {
        let latency = &window.latency;
        let slow = |bound: &f64| bound.total_cmp(&latency.slow_bound).is_eq();
        let at = latency.bounds.iter().position(slow)?;
        let all = |counts: &Vec<u64>| counts.last().copied().unwrap_or(0);
        let under = |counts: &Vec<u64>| counts.get(at).copied().unwrap_or(0);
        Some(Self {
            endpoint: Endpoint::new(String::new()),
            bad: latency
                .counts
                .iter()
                .map(|counts| all(counts).saturating_sub(under(counts)))
                .collect(),
            total: latency.counts.iter().map(all).collect(),
        })
    }

    /// Slow requests by interval.
    pub(super) fn bad(&self) -> &[u64] {
        &self.bad
    }

    /// All requests by interval.
    pub(super) fn total(&self) -> &[u64] {
        &self.total
    }

    fn columns(&self) -> Columns<'_> {
        let Self {
            endpoint,
            bad,
            total,
        } = self;
        [(endpoint, Column { bad, total })].into()
    }
}

/// Two windows over the same grid.
pub(super) struct Pair<'a> {
    pub(super) grid: Grid,
    canary: Frame<'a>,
    production: Frame<'a>,
    rows: Vec<Row<'a>>,
}

/// When a side was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) first: GridIndex,
    pub(super) holes: &'a [bool],
}

/// One endpoint of one side: bad requests and requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) bad: &'a [u64],
    pub(super) total: &'a [u64],
}

/// The endpoints of one side.
pub(super) type Columns<'a> = BTreeMap<&'a Endpoint, Column<'a>>;

struct Row<'a> {
    endpoint: &'a Endpoint,
    canary: Option<Column<'a>>,
    production: Option<Column<'a>>,
}

/// One endpoint in one interval.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) counts: Counts,
}

/// Which requests are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    Errors,
    Slow,
}

impl Frame<'_> {
    fn position(&self, index: GridIndex) -> Option<usize> {
        usize::try_from(index.since(self.first))
            .ok()
            .filter(|at| *at < self.holes.len())
    }

    fn whole_at(&self, index: GridIndex) -> Option<usize> {
        self.position(index)
            .filter(|at| self.holes.get(*at) == Some(&false))
    }

    fn end(&self) -> GridIndex {
        self.first
            .plus(i64::try_from(self.holes.len()).unwrap_or(i64::MAX))
    }
}

impl Column<'_> {
    fn at(&self, position: usize) -> Tally {
        Tally {
            bad: self.bad.get(position).copied().unwrap_or(0),
            total: self.total.get(position).copied().unwrap_or(0),
        }
    }
}

/// A window's endpoints for one kind of bad.
pub(super) fn columns(window: &RedWindow, bad: Bad) -> Columns<'_> {
    window
        .endpoints
        .iter()
        .map(|(endpoint, counts)| {
            let bad = match bad {
                Bad::Errors => &counts.errors,
                Bad::Slow => &counts.slow,
            };
            (
                endpoint,
                Column {
                    bad,
                    total: &counts.total,
                },
            )
        })
        .collect()
}

impl<'a> Pair<'a> {
    pub(super) fn new(
        grid: Grid,
        canary: (Frame<'a>, &Columns<'a>),
        production: (Frame<'a>, &Columns<'a>),
    ) -> Self {
        let mut rows: BTreeMap<&'a Endpoint, Row<'a>> = BTreeMap::new();
        for (endpoint, column) in canary.1 {
            rows.insert(
                endpoint,
                Row {
                    endpoint,
                    canary: Some(*column),
                    production: None,
                },
            );
        }
        for (endpoint, column) in production.1 {
            rows.entry(endpoint)
                .or_insert(Row {
                    endpoint,
                    canary: None,
                    production: None,
                })
                .production = Some(*column);
        }
        Self {
            grid,
            canary: canary.0,
            production: production.0,
            rows: rows.into_values().collect(),
        }
    }

    /// Of two windows; none where their intervals differ.
    pub(super) fn of(canary: &'a RedWindow, production: &'a RedWindow, bad: Bad) -> Option<Self> {
        (canary.grid == production.grid).then(|| {
            Self::new(
                canary.grid,
                (frame(canary), &columns(canary, bad)),
                (frame(production), &columns(production, bad)),
            )
        })
    }

    /// Of two windows' slow requests as a whole; none where their intervals differ.
    pub(super) fn of_all(
        (canary, ours): (&'a RedWindow, &'a SlowOfAll),
        (production, theirs): (&'a RedWindow, &'a SlowOfAll),
    ) -> Option<Self> {
        (canary.grid == production.grid).then(|| {
            Self::new(
                canary.grid,
                (frame(canary), &ours.columns()),
                (frame(production), &theirs.columns()),
            )
        })
    }

    /// The interval after the last that both sides have.
    pub(super) fn end(&self) -> GridIndex {
        self.canary.end().min(self.production.end())
    }

    /// The first interval that both sides have.
    pub(super) fn first(&self) -> GridIndex {
        self.canary.first.max(self.production.first)
    }

    /// Production's first.
    pub(super) fn production_first(&self) -> GridIndex {
        self.production.first
    }

    /// The endpoints with requests on either side; none where either side is a hole.
    pub(super) fn cells(&self, index: GridIndex) -> Option<Vec<Cell<'a>>> {
        let canary = self.canary.whole_at(index)?;
        let production = self.production.whole_at(index)?;
        Some(self.collect(Some(canary), production))
    }

    /// The endpoints with requests on production, without canary: what was before it.
    pub(super) fn history(&self, index: GridIndex) -> Option<Vec<Cell<'a>>> {
        let production = self.production.whole_at(index)?;
        Some(self.collect(None, production))
    }

    fn collect(&self, canary: Option<usize>, production: usize) -> Vec<Cell<'a>> {
        self.rows
            .iter()
            .filter_map(|row| {
                let tally = |column: Option<Column<'_>>, at: Option<usize>| {
                    column
                        .zip(at)
                        .map_or_else(Tally::default, |(column, at)| column.at(at))
                };
                let ours = tally(row.canary, canary);
                let theirs = tally(row.production, Some(production));
                (ours.total > 0 || theirs.total > 0).then(|| Cell {
                    endpoint: row.endpoint,
                    counts: Counts::new(ours, theirs),
                })
            })
            .collect()
    }

    /// Each endpoint's sums over the whole intervals of a range.
    pub(super) fn sums(&self, from: GridIndex, to: GridIndex) -> Vec<(&'a Endpoint, Tally, Tally)> {
        let whole: Vec<(usize, usize)> = (from.0.max(self.first().0)..to.0.min(self.end().0))
            .map(GridIndex)
            .filter_map(|index| {
                Some((
                    self.canary.whole_at(index)?,
                    self.production.whole_at(index)?,
                ))
            })
            .collect();
        self.rows
            .iter()
            .map(|row| {
                let sum = |column: Option<Column<'_>>, side: fn(&(usize, usize)) -> usize| {
                    column.map_or_else(Tally::default, |column| {
                        whole
                            .iter()
                            .map(|at| column.at(side(at)))
                            .fold(Tally::default(), Tally::plus)
                    })
                };
                (
                    row.endpoint,
                    sum(row.canary, |at| at.0),
                    sum(row.production, |at| at.1),
                )
            })
            .collect()
    }
}

fn frame(window: &RedWindow) -> Frame<'_> {
    Frame {
        first: window.first,
        holes: &window.holes,
    }
}
