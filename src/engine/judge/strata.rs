//! Which endpoints are strata of their own, and how the others are standardised; chosen before the counts they judge.

use std::collections::BTreeMap;

use super::pair::Cell;
use crate::domain::metrics::Endpoint;
use crate::engine::stats::counts::{Counts, Piece, Slot, Weight};

/// So many of production's busiest endpoints are strata of their own.
const BUSIEST: usize = 20;
/// Production's past is forgotten over an hour.
const MEMORY_SECONDS: f64 = 3600.0;
/// One bad request in this many is expected before anything is known.
const PRIOR_REQUESTS: f64 = 1000.0;

/// The strata of one metric.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Strata {
    own: BTreeMap<Endpoint, usize>,
    frozen: bool,
    recent: BTreeMap<Endpoint, Recent>,
    all: Recent,
}

/// Production's requests of the last hour.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Recent {
    bad: f64,
    total: f64,
}

impl Strata {
    /// Production's counts of an interval, after it was judged or before the canary began.
    pub(super) fn learn(&mut self, cells: &[Cell<'_>], seconds: f64) {
        let kept = (-seconds / MEMORY_SECONDS).exp();
        for recent in self.recent.values_mut() {
            recent.bad *= kept;
            recent.total *= kept;
        }
        self.all.bad *= kept;
        self.all.total *= kept;
        for cell in cells {
            let (bad, total) = (cell.counts.y, cell.counts.m);
            if total <= 0.0 {
                continue;
            }
            self.all.bad += bad;
            self.all.total += total;
            match self.recent.get_mut(cell.endpoint) {
                Some(recent) => {
                    recent.bad += bad;
                    recent.total += total;
                }
                None => {
                    self.recent
                        .insert(cell.endpoint.clone(), Recent { bad, total });
                }
            }
        }
    }

    /// Chooses the strata, once: from production's past and the requests (not the bad ones) of the first interval.
    pub(super) fn freeze(&mut self, cells: &[Cell<'_>]) {
        if self.frozen {
            return;
        }
        self.frozen = true;
        let mut busy: BTreeMap<&Endpoint, f64> = self
            .recent
            .iter()
            .map(|(endpoint, recent)| (endpoint, recent.total))
            .collect();
        for cell in cells {
            *busy.entry(cell.endpoint).or_insert(0.0) += cell.counts.m;
        }
        let mut ranked: Vec<(&Endpoint, f64)> = busy
            .into_iter()
            .filter(|(_, requests)| *requests > 0.0)
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        self.own = ranked
            .into_iter()
            .take(BUSIEST)
            .enumerate()
            .map(|(place, (endpoint, _))| (endpoint.clone(), place))
            .collect();
    }

    /// The stratum of an endpoint in an interval where production had so many requests to it.
    pub(super) fn slot(&self, endpoint: &Endpoint, on_production: f64) -> Slot {
        if let Some(place) = self.own.get(endpoint) {
            return Slot::Own(*place);
        }
        if on_production > 0.0 || self.recent.contains_key(endpoint) {
            Slot::Rest
        } else {
            Slot::New
        }
    }

    /// The endpoint of a stratum of its own.
    pub(super) fn endpoint(&self, slot: Slot) -> Option<&Endpoint> {
        self.own
            .iter()
            .find(|(_, place)| Slot::Own(**place) == slot)
            .map(|(endpoint, _)| endpoint)
    }

    /// The strata of an interval, or of several together.
    pub(super) fn pieces(&self, cells: &[Cell<'_>]) -> Vec<Piece> {
        let usual = (self.all.bad + 1.0) / (self.all.total + PRIOR_REQUESTS);
        let mut pieces: Vec<Piece> = Vec::with_capacity(cells.len().min(BUSIEST + 2));
        let mut rest = (Counts::default(), 0.0, 0.0);
        let mut new = Counts::default();
        for cell in cells {
            let counts = cell.counts;
            match self.slot(cell.endpoint, counts.m) {
                slot @ Slot::Own(_) => pieces.push(Piece {
                    slot,
                    counts,
                    weight: Weight::Requests,
                }),
                Slot::Rest => {
                    let recent = self.recent.get(cell.endpoint).copied().unwrap_or_default();
                    let expected = (recent.bad + 1.0) / (recent.total + 1.0 / usual);
                    rest.0 = rest.0.plus(counts);
                    rest.1 += counts.n * expected;
                    rest.2 += counts.m * expected;
                }
                Slot::New => new = new.plus(counts),
            }
        }
        if rest.1 + rest.2 > 0.0 {
            pieces.push(Piece {
                slot: Slot::Rest,
                counts: rest.0,
                weight: Weight::Standardised {
                    canary: rest.1,
                    production: rest.2,
                },
            });
        }
        if new.n > 0.0 {
            pieces.push(Piece {
                slot: Slot::New,
                counts: new,
                weight: Weight::NoBaseline,
            });
        }
        pieces
    }

    /// The bytes that it holds.
    pub(super) fn state_bytes(&self) -> usize {
        size_of::<Self>()
            + self.own.len() * size_of::<(Endpoint, usize)>()
            + self.recent.len() * size_of::<(Endpoint, Recent)>()
    }
}
