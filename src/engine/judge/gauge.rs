//! Gauges: is canary's higher than production's by as much as matters? Looked at once a batch of samples.

use crate::domain::grid::GridIndex;
use crate::domain::metrics::Gauge;
use crate::domain::verdict::{Unsure, Verdict};
use crate::engine::stats::rank::compare;

/// Samples on each side for one look.
pub(super) const BATCH: u32 = 20;
/// The gauges' part of the chance of a false breach, which they share.
const ALPHA_SHARE: f64 = 0.25;
const GAUGES: u32 = 3;
/// The chance of an unearned pass, at each look.
const PASS: f64 = 0.05;

/// The difference that matters.
pub(super) const fn floor(gauge: Gauge) -> f64 {
    match gauge {
        Gauge::Cpu | Gauge::Memory => 0.10,
        Gauge::Restarts => 0.5,
    }
}

/// The fold of one gauge: batches don't overlap, so that looks are apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GaugeFold {
    floor: f64,
    alpha: f64,
    canary: Vec<f64>,
    production: Vec<f64>,
    began: Option<GridIndex>,
    looks: u32,
    last: Last,
    /// The interval after the last that was pushed.
    reached: Option<GridIndex>,
}

/// What the last batches said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Unknown,
    NotEarned,
    Well,
    Worse { since: GridIndex },
    Recovered { since: GridIndex, until: GridIndex },
}

impl GaugeFold {
    /// With its part of the service's chance of a false breach.
    pub(super) fn for_service(gauge: Gauge, alpha: f64) -> Self {
        Self {
            floor: floor(gauge),
            alpha: alpha * ALPHA_SHARE / f64::from(GAUGES),
            canary: Vec::new(),
            production: Vec::new(),
            began: None,
            looks: 0,
            last: Last::Unknown,
            reached: None,
        }
    }

    /// One interval that both sides have.
    pub(super) fn push(&mut self, index: GridIndex, canary: f64, production: f64) {
        self.reached = Some(index.plus(1));
        let since = *self.began.get_or_insert(index);
        self.canary.push(canary);
        self.production.push(production);
        if self.canary.len() < BATCH as usize {
            return;
        }
        self.looks += 1;
        let look = f64::from(self.looks);
        let alpha = self.alpha / (look * (look + 1.0));
        let worse = compare(&self.canary, &self.production)
            .is_some_and(|r| r.p_higher <= alpha && r.shift >= self.floor);
        let lowered: Vec<f64> = self.canary.iter().map(|v| v - self.floor).collect();
        let well = compare(&lowered, &self.production).is_some_and(|r| r.p_lower <= PASS);
        self.last = match self.last {
            Last::Worse { since: earlier } if well => Last::Recovered {
                since: earlier,
                until: since,
            },
            Last::Worse { .. } => self.last,
            Last::Recovered { .. } if !worse => self.last,
            Last::Unknown | Last::NotEarned | Last::Well | Last::Recovered { .. } => {
                if worse {
                    Last::Worse { since }
                } else if well {
                    Last::Well
                } else {
                    Last::NotEarned
                }
            }
        };
        self.canary.clear();
        self.production.clear();
        self.began = None;
    }

    /// The interval after the last that both sides had; none before the first.
    pub(super) const fn reached(&self) -> Option<GridIndex> {
        self.reached
    }

    /// The verdict now.
    pub(super) fn verdict(
        &self,
        soak_over: bool,
        start: impl Fn(GridIndex) -> jiff::Timestamp,
    ) -> Verdict {
        match self.last {
            Last::Worse { since } => Verdict::Breach {
                since: start(since),
            },
            Last::Recovered { since, until } => Verdict::Recovered {
                since: start(since),
                until: start(until),
            },
            Last::Unknown | Last::NotEarned | Last::Well if !soak_over => {
                Verdict::Unsure(Unsure::Soaking)
            }
            Last::Unknown => Verdict::Unsure(Unsure::TooFewSamples {
                have: u32::try_from(self.canary.len()).unwrap_or(BATCH),
                need: BATCH,
            }),
            Last::NotEarned => Verdict::Unsure(Unsure::NotEarned),
            Last::Well => Verdict::Pass,
        }
    }

    /// The bytes that it holds.
    pub(super) const fn state_bytes() -> usize {
        size_of::<Self>() + 2 * BATCH as usize * size_of::<f64>()
    }
}
