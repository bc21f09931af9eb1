//! The samples of one cluster's Prometheus: appended by scrapes, read by queries.
//!
//! A vanished series ends with Prometheus' staleness marker, so that queries tell "gone" from "unchanged".

use std::collections::BTreeMap;
use std::sync::Arc;

use super::labels::{Labels, NAME};

/// Milliseconds since 1970, Prometheus' own unit of time.
pub(crate) type Millis = i64;

/// How long samples are kept.
const RETENTION: Millis = 3 * 3600 * 1000;
/// How much is let pile up over the retention before it is dropped in one go.
const SLACK: Millis = 600 * 1000;

/// The bit pattern that Prometheus writes where a series ends; no arithmetic produces it.
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// The marker's value.
pub(crate) fn stale() -> f64 {
    f64::from_bits(STALE)
}

/// Whether a value is the staleness marker, and not an ordinary NaN.
pub(crate) fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE
}

/// A series by its place in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeriesId(usize);

/// One series with its samples in order of time.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) labels: Labels,
    pub(crate) samples: Vec<(Millis, f64)>,
}

/// All series of one Prometheus.
#[derive(Debug, Default)]
pub(crate) struct Tsdb {
    series: Vec<Series>,
    index: BTreeMap<Labels, SeriesId>,
    by_name: BTreeMap<Arc<str>, Vec<SeriesId>>,
}

impl Tsdb {
    /// The series with these labels, new if it was never seen.
    pub(crate) fn series(&mut self, labels: &Labels) -> SeriesId {
        if let Some(id) = self.index.get(labels) {
            return *id;
        }
        let id = SeriesId(self.series.len());
        self.series.push(Series {
            labels: labels.clone(),
            samples: Vec::new(),
        });
        self.index.insert(labels.clone(), id);
        self.by_name
            .entry(Arc::from(labels.get(NAME)))
            .or_default()
            .push(id);
        id
    }

    /// Appends a sample; one that is not newer than the last is dropped, as Prometheus does.
    pub(crate) fn push(&mut self, id: SeriesId, at: Millis, value: f64) {
        let Some(series) = self.series.get_mut(id.0) else {
            return;
        };
        if series.samples.last().is_some_and(|(last, _)| *last >= at) {
            return;
        }
        series.samples.push((at, value));
        if let Some((first, _)) = series.samples.first()
            && at - first > RETENTION + SLACK
        {
            let keep = at - RETENTION;
            let gone = series.samples.partition_point(|(time, _)| *time < keep);
            series.samples.drain(..gone);
        }
    }

    /// Series of one metric, or all of them where no name is asked for.
    pub(crate) fn named(&self, name: Option<&str>) -> Box<dyn Iterator<Item = &Series> + '_> {
        match name {
            Some(name) => Box::new(
                self.by_name
                    .get(name)
                    .into_iter()
                    .flatten()
                    .filter_map(|id| self.series.get(id.0)),
            ),
            None => Box::new(self.series.iter()),
        }
    }

    /// The names of all metrics that have a sample.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_name.keys()
    }
}
