//! What an expression is worth at every step of a query at once.
//!
//! A row keeps its labels for the whole range, so that series are matched once and not once a step.

use std::collections::BTreeMap;

use crate::sim::prometheus::labels::Labels;
use crate::sim::prometheus::tsdb::Millis;

/// The moments at which a query is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grid {
    pub(crate) start: Millis,
    pub(crate) step: Millis,
    pub(crate) count: usize,
}

impl Grid {
    /// A single moment.
    pub(crate) fn instant(at: Millis) -> Self {
        Self {
            start: at,
            step: 1,
            count: 1,
        }
    }

    /// From `start` to at most `end`, both included.
    pub(crate) fn range(start: Millis, end: Millis, step: Millis) -> Self {
        let count = if end < start {
            0
        } else {
            (end - start) / step + 1
        };
        Self {
            start,
            step,
            count: usize::try_from(count).unwrap_or(usize::MAX),
        }
    }

    /// The moments in order.
    pub(crate) fn times(self) -> impl Iterator<Item = Millis> {
        (0..self.count).scan(self.start, move |at, _| {
            let now = *at;
            *at += self.step;
            Some(now)
        })
    }
}

/// One series of a result: a value, or none, for each step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) labels: Labels,
    pub(crate) points: Vec<Option<f64>>,
}

/// The samples of one series inside a window that ends at each step, newest last.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    pub(crate) labels: Labels,
    pub(crate) samples: Vec<(Millis, f64)>,
    /// For each step, which of `samples` lie inside.
    pub(crate) spans: Vec<std::ops::Range<usize>>,
}

/// An expression's worth.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Scalar(Vec<f64>),
    Vector(Vec<Row>),
    Text(String),
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// 400: the query makes no sense.
    Bad(String),
    /// 422: it does, but can't be executed on this data.
    Execution(String),
}

/// Joins rows that carry the same labels; two values of one step make the answer ambiguous.
pub(crate) fn merge(rows: Vec<Row>) -> Result<Vec<Row>, Failure> {
    let mut merged: BTreeMap<Labels, usize> = BTreeMap::new();
    let mut out: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(known) = merged.get(&row.labels).and_then(|at| out.get_mut(*at)) else {
            merged.insert(row.labels.clone(), out.len());
            out.push(row);
            continue;
        };
        for (to, from) in known.points.iter_mut().zip(row.points) {
            match (&to, from) {
                (Some(_), Some(_)) => {
                    return Err(Failure::Execution(
                        "vector cannot contain metrics with the same labelset".to_owned(),
                    ));
                }
                (None, Some(value)) => *to = Some(value),
                (_, None) => {}
            }
        }
    }
    Ok(out)
}
