//! Recording what one target exports: series by their place in its list, staleness when they vanish.
//!
//! A target's series are looked up by labels once; from then on a scrape is a walk over numbers.

use super::labels::Labels;
use super::tsdb::{Millis, SeriesId, Tsdb, stale};

/// The interval of every scrape.
pub(crate) const INTERVAL: Millis = 15_000;

/// The series of one target in the order in which it exports them.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    ids: Vec<SeriesId>,
    live: Vec<bool>,
    incarnation: u32,
}

impl Slots {
    /// Records one scrape. `labels` names all values and is asked only when there are new ones; a value of `None`, or
    /// a list that begins anew with another `incarnation`, ends series.
    pub(crate) fn record(
        &mut self,
        tsdb: &mut Tsdb,
        at: Millis,
        incarnation: u32,
        values: &[Option<f64>],
        labels: impl FnOnce() -> Vec<Labels>,
    ) {
        let before = if incarnation == self.incarnation {
            Vec::new()
        } else {
            self.incarnation = incarnation;
            self.live.clear();
            std::mem::take(&mut self.ids)
        };
        if self.ids.len() < values.len() {
            for labels in labels().iter().skip(self.ids.len()) {
                self.ids.push(tsdb.series(labels));
                self.live.push(false);
            }
        }
        for ((id, live), value) in self.ids.iter().zip(&mut self.live).zip(values) {
            match value {
                Some(value) => {
                    tsdb.push(*id, at, *value);
                    *live = true;
                }
                None if *live => {
                    tsdb.push(*id, at, stale());
                    *live = false;
                }
                None => {}
            }
        }
        for id in before {
            if !self.ids.contains(&id) {
                tsdb.push(id, at, stale());
            }
        }
    }

    /// The target is gone or does not answer: all its series end.
    pub(crate) fn end(&mut self, tsdb: &mut Tsdb, at: Millis) {
        for (id, live) in self.ids.iter().zip(&mut self.live) {
            if std::mem::take(live) {
                tsdb.push(*id, at, stale());
            }
        }
    }
}

/// The first scrape after `now` of a target whose scrapes fall on `phase` past each interval.
pub(crate) fn next(now: Millis, phase: Millis) -> Millis {
    now - (now - phase).rem_euclid(INTERVAL) + INTERVAL
}
