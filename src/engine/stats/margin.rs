//! "Not worse" is earned: evidence against the hypothesis that canary is worse by a margin that matters.

use super::counts::{Counts, Piece};
use super::onset::{Mark, Onset};
use super::restart::Restart;

/// The hypotheses: canary's bad ratio as a share of what the margin allows.
pub const SHARES: [f64; 3] = [0.1, 0.35, 0.65];
/// Their weights.
pub const WEIGHTS: [f64; 3] = [0.25, 0.5, 0.25];
/// The evidence that earns it: 5 % a metric.
pub const ENOUGH: f64 = 20.0;

/// What counts as worse: `ratio` times production's bad ratio plus `difference`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// The factor.
    pub ratio: f64,
    /// The share of requests besides.
    pub difference: f64,
    /// Dispersion: how many bad requests come as one.
    pub phi: f64,
}

impl Margin {
    /// The evidence of one interval for each hypothesis, in nats.
    pub fn evidence(&self, pieces: &[Piece]) -> [f64; 3] {
        let mut sum = [0.0; 3];
        for piece in pieces {
            let Counts { x, n, y, .. } = piece.counts;
            let share = match piece.shares() {
                Some((canary, production)) if production > 0.0 => canary / production,
                Some(_) | None => 0.0,
            };
            for (slot, a) in sum.iter_mut().zip(SHARES) {
                let b = 1.0 + self.ratio * share * (1.0 - a);
                *slot += x * a.ln() + y * b.ln() + self.difference * n * (1.0 - a);
            }
        }
        sum.map(|nats| nats / self.phi)
    }

    /// About how many requests it takes to earn it, at a bad ratio and a share of canary requests to production's;
    /// none where that many bad ones can't earn it.
    pub fn requests_needed(&self, bad_ratio: f64, share: f64) -> Option<f64> {
        SHARES
            .iter()
            .zip(WEIGHTS)
            .filter_map(|(a, weight)| {
                let b = 1.0 + self.ratio * share * (1.0 - a);
                let from_production = if share > 0.0 {
                    bad_ratio / share * b.ln()
                } else {
                    0.0
                };
                let gain = bad_ratio * a.ln() + from_production + self.difference * (1.0 - a);
                (gain > 0.0).then(|| self.phi * (ENOUGH / weight).ln() / gain)
            })
            .reduce(f64::min)
    }
}

/// The process of Pass: what was earned long ago is forgotten, so that an hour of calm can't outvote the last minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Earned {
    margin: Margin,
    nats: [f64; 3],
    ceiling: f64,
}

impl Earned {
    /// With the ceiling of Pass: 2 nats over what is enough.
    pub fn forgetting(margin: Margin) -> Self {
        Self {
            margin,
            nats: [0.0; 3],
            ceiling: ENOUGH.ln() + 2.0,
        }
    }

    /// Without a ceiling, for what is latched once earned.
    pub const fn once(margin: Margin) -> Self {
        Self {
            margin,
            nats: [0.0; 3],
            ceiling: f64::INFINITY,
        }
    }

    /// One closed interval.
    pub fn push(&mut self, pieces: &[Piece]) {
        let evidence = self.margin.evidence(pieces);
        for (nats, gain) in self.nats.iter_mut().zip(evidence) {
            *nats = nats.min(self.ceiling) + gain;
        }
    }

    /// Whether it is earned now.
    pub fn is_earned(&self) -> bool {
        self.value() >= ENOUGH
    }

    /// The evidence so far; 1 at the beginning.
    pub fn value(&self) -> f64 {
        self.nats
            .iter()
            .zip(WEIGHTS)
            .map(|(nats, weight)| weight * nats.exp())
            .sum()
    }
}

/// The process of what an action did: half on an action that works at once, half on one that takes a while to work, so
/// that the bad requests in between need not be outweighed.
#[derive(Debug, Clone, PartialEq)]
pub struct AfterAction {
    at_once: Earned,
    later: Restart<3>,
}

impl AfterAction {
    /// Nothing seen yet.
    pub const fn new(margin: Margin) -> Self {
        Self {
            at_once: Earned::once(margin),
            later: Restart::new(WEIGHTS),
        }
    }

    /// One closed interval; the seconds since the last one ended.
    pub fn push(&mut self, seconds: f64, pieces: &[Piece]) {
        let evidence = self.at_once.margin.evidence(pieces);
        self.at_once.push(pieces);
        self.later.push(&evidence, seconds);
    }

    /// Whether it is earned now.
    pub fn is_earned(&self) -> bool {
        f64::midpoint(self.at_once.value(), self.later.value()) >= ENOUGH
    }
}

/// The process of a recovery whose time is not known: it may begin at any interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    margin: Margin,
    process: Restart<3>,
    onset: Onset<3>,
}

impl Recovery {
    /// Nothing seen yet.
    pub const fn new(margin: Margin) -> Self {
        Self {
            margin,
            process: Restart::new(WEIGHTS),
            onset: Onset::new(),
        }
    }

    /// One closed interval: its number on the grid and the seconds since the last one ended.
    pub fn push(&mut self, index: i64, seconds: f64, pieces: &[Piece]) {
        let evidence = self.margin.evidence(pieces);
        self.process.push(&evidence, seconds);
        let mark = Mark {
            index,
            before: Counts::default(),
        };
        self.onset.push(&evidence, mark);
    }

    /// The first interval since which canary is surely not worse; none until that is earned.
    pub fn since(&self) -> Option<i64> {
        (self.process.value() >= ENOUGH).then(|| self.onset.mark().index)
    }
}
