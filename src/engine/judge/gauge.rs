//! Gauges: is canary's worse than production's by as much as matters? Looked at once a batch of samples.

use std::collections::BTreeMap;

use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::grid::GridIndex;
use crate::domain::verdict::{Unsure, Verdict};
use crate::engine::policy::Better;
use crate::engine::stats::counts::real;
use crate::engine::stats::rank::compare;

use super::sides::Sample;

/// Samples on each side for one look.
pub(crate) const BATCH: u32 = 20;
/// The gauges' part of the chance of a false breach: half of it for those with a name of their own, half for the business's.
const ALPHA_SHARE: f64 = 0.25;
/// The events that canary's requests should have made in a batch, by production's share of them, before a metric of the
/// business is judged: with fewer, healthy canaries are taken for worse, and worse ones for healthy.
pub(crate) const LEAST_EVENTS: f64 = 300.0;
/// The chance of an unearned pass, at each look.
const PASS: f64 = 0.05;

/// How a gauge is judged: which way it should go, and the difference that matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    better: Better,
    /// In the gauge's own unit.
    absolute: f64,
    /// As a share of the larger side's mean; the larger of the two counts.
    relative: f64,
}

impl Rule {
    /// A gauge's rule; a metric of the business goes by what the configuration says.
    pub(super) fn of(gauge: Gauge, business: Business<'_>) -> Self {
        let lower = |absolute, relative| Self {
            better: Better::Lower,
            absolute,
            relative,
        };
        match gauge {
            Gauge::Cpu | Gauge::Memory | Gauge::Throttled | Gauge::PoolUsed => lower(0.10, 0.0),
            Gauge::Restarts => lower(0.5, 0.0),
            Gauge::PoolWait => lower(0.01, 0.5),
            Gauge::CacheHits => Self {
                better: Better::Higher,
                ..lower(0.05, 0.0)
            },
            Gauge::QueueLag => lower(100.0, 0.5),
            // For each request, where no number of bytes is much by itself.
            Gauge::Network => lower(0.0, 0.5),
            Gauge::NetworkErrors => lower(1.0, 0.5),
            Gauge::Business(name) => Self {
                better: business.of.get(&name).copied().unwrap_or(Better::Higher),
                ..lower(0.0, business.drop)
            },
        }
    }

    /// A value on a scale on which more is worse.
    fn badness(self, value: f64) -> f64 {
        match self.better {
            Better::Lower => value,
            Better::Higher => -value,
        }
    }

    /// The difference that matters between two sides; none where both are nothing.
    fn floor(self, canary: &[f64], production: &[f64]) -> Option<f64> {
        let mean = |side: &[f64]| side.iter().sum::<f64>().abs() / real(side.len().max(1) as u64);
        let relative = self.relative * mean(canary).max(mean(production));
        Some(self.absolute.max(relative)).filter(|floor| *floor > 0.0)
    }
}

/// The metrics of the business that are judged, and the share of production's by which one must be worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Business<'a> {
    /// Which way each should go.
    pub of: &'a BTreeMap<BusinessName, Better>,
    /// The share.
    pub drop: f64,
}

static NO_METRICS: BTreeMap<BusinessName, Better> = BTreeMap::new();

impl Business<'static> {
    /// None at all.
    pub const NONE: Self = Self {
        of: &NO_METRICS,
        drop: 0.2,
    };
}

/// The fold of one gauge: batches don't overlap, so that looks are apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GaugeFold {
    rule: Rule,
    alpha: f64,
    canary: Vec<f64>,
    production: Vec<f64>,
    /// The events that canary's requests should have made, of a metric of the business; none of any other gauge.
    events: Option<f64>,
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
    Worse {
        since: GridIndex,
    },
    /// Worse from a batch on, and well in the one that ended at `until`.
    Recovered {
        since: GridIndex,
        until: GridIndex,
    },
}

impl GaugeFold {
    /// With its part of the service's chance of a false breach.
    pub(super) fn for_service(gauge: Gauge, business: Business<'_>, alpha: f64) -> Self {
        let among = if matches!(gauge, Gauge::Business(_)) {
            business.of.len().max(1)
        } else {
            Gauge::NAMED.len()
        };
        Self {
            rule: Rule::of(gauge, business),
            alpha: alpha * ALPHA_SHARE / 2.0 / real(among as u64),
            canary: Vec::new(),
            production: Vec::new(),
            events: None,
            began: None,
            looks: 0,
            last: Last::Unknown,
            reached: None,
        }
    }

    /// The same with nothing pushed, to judge anew from an interval on.
    pub(super) fn anew(&self) -> Self {
        Self {
            canary: Vec::new(),
            production: Vec::new(),
            events: None,
            began: None,
            looks: 0,
            last: Last::Unknown,
            reached: None,
            ..*self
        }
    }

    /// One interval that both sides have.
    pub(super) fn push(&mut self, index: GridIndex, sample: Sample) {
        if let Some(more) = sample.events {
            *self.events.get_or_insert(0.0) += more;
        }
        self.reached = Some(index.plus(1));
        let since = *self.began.get_or_insert(index);
        self.canary.push(self.rule.badness(sample.canary));
        self.production.push(self.rule.badness(sample.production));
        if self.canary.len() < BATCH as usize {
            return;
        }
        if self.events.is_some_and(|events| events < LEAST_EVENTS) {
            self.begin_batch();
            return;
        }
        self.looks += 1;
        let look = f64::from(self.looks);
        let alpha = self.alpha / (look * (look + 1.0));
        let (worse, well) = match self.rule.floor(&self.canary, &self.production) {
            Some(floor) => {
                let worse = compare(&self.canary, &self.production)
                    .is_some_and(|r| r.p_higher <= alpha && r.shift >= floor);
                let lowered: Vec<f64> = self.canary.iter().map(|v| v - floor).collect();
                let well = compare(&lowered, &self.production).is_some_and(|r| r.p_lower <= PASS);
                (worse, well)
            }
            None => (false, true),
        };
        self.last = match self.last {
            Last::Worse { since: earlier } if well => Last::Recovered {
                since: earlier,
                until: index.plus(1),
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
        self.begin_batch();
    }

    fn begin_batch(&mut self) {
        self.canary.clear();
        self.production.clear();
        self.events = self.events.map(|_| 0.0);
        self.began = None;
    }

    /// When canary was worse: from when on, and where that is over, until when.
    pub(super) const fn episode(&self) -> Option<(GridIndex, Option<GridIndex>)> {
        match self.last {
            Last::Worse { since } => Some((since, None)),
            Last::Recovered { since, until } => Some((since, Some(until))),
            Last::Unknown | Last::NotEarned | Last::Well => None,
        }
    }

    /// Whether a batch was judged.
    pub(super) const fn has_looked(&self) -> bool {
        self.looks > 0
    }

    /// Whether the last batch earned that canary is not worse.
    pub(super) const fn is_well(&self) -> bool {
        matches!(self.last, Last::Well)
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
            Last::Unknown if self.events.is_some() => Verdict::Unsure(Unsure::NotEarned),
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
