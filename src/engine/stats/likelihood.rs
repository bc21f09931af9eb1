//! The evidence of one interval for each hypothesis of the grid: logarithms of numbers whose mean is at most 1 while
//! canary is not worse than allowed, with no assumption that bad requests are rare.

use super::counts::{Piece, real};

/// How many hypotheses: the times by which canary may be worse.
pub const GRID: usize = 24;
/// The most that one interval may count, in nats: pods are scraped at different moments, so an outage that both sides
/// share shows on one side first.
pub const CAP: f64 = 4.0;
const LOWEST: f64 = 1.5;
const HIGHEST: f64 = 300.0;

/// The hypotheses and what is allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct Likelihood {
    /// The factor by which canary may be worse.
    allowed_ratio: f64,
    /// The share of requests by which it may be worse besides.
    allowed_difference: f64,
    /// The bad ratio that an endpoint without a baseline may have; none: such endpoints are no evidence.
    allowed_alone: Option<f64>,
    ratios: [f64; GRID],
    /// The ratios over the allowed one.
    excess: [f64; GRID],
    /// Their logarithms.
    ln_excess: [f64; GRID],
}

/// Logarithms of the evidence, one a hypothesis.
pub type Evidence = [f64; GRID];

impl Likelihood {
    /// For what is allowed: factor, share of requests, and the ratio where production has no such endpoint.
    pub fn new(allowed_ratio: f64, allowed_difference: f64, allowed_alone: Option<f64>) -> Self {
        let ratios: [f64; GRID] = log_spaced(LOWEST, HIGHEST);
        Self {
            allowed_ratio,
            allowed_difference,
            allowed_alone,
            excess: ratios.map(|ratio| ratio / allowed_ratio),
            ln_excess: ratios.map(|ratio| (ratio / allowed_ratio).ln()),
            ratios,
        }
    }

    /// Adds the evidence of one stratum, before dispersion and cap.
    pub fn add(&self, piece: &Piece, sum: &mut Evidence) {
        let counts = piece.counts;
        let Some((n, m)) = piece.shares() else {
            self.add_alone(piece, sum);
            return;
        };
        if m <= 0.0 || (n <= 0.0 && counts.n <= 0.0) {
            return;
        }
        let allowed = self.allowed_ratio * n + m;
        let penalty = self.allowed_difference * counts.n;
        // x ln a + y ln b, with a = b * excess: one logarithm, and none without a bad request.
        let bad = counts.x + counts.y;
        let hypotheses = self.ratios.iter().zip(self.excess).zip(self.ln_excess);
        for (slot, ((ratio, excess), ln_excess)) in sum.iter_mut().zip(hypotheses) {
            let b = allowed / (ratio * n + m);
            *slot -= penalty * (b * excess - 1.0);
            if bad > 0.0 {
                *slot += bad * b.ln() + counts.x * ln_excess;
            }
        }
    }

    fn add_alone(&self, piece: &Piece, sum: &mut Evidence) {
        let Some(allowed) = self.allowed_alone else {
            return;
        };
        let counts = piece.counts;
        if counts.n <= 0.0 {
            return;
        }
        for (slot, ratio) in sum.iter_mut().zip(self.ratios) {
            *slot += counts.x * ratio.ln() - allowed * counts.n * (ratio - 1.0);
        }
    }

    /// The evidence against a rate known from before, when canary may burst as a whole: bad requests come as the
    /// geometric distribution allows, which is far wider than independent requests.
    pub fn bursting(&self, bad: f64, requests: f64, rate: f64) -> Evidence {
        let mean = requests * (self.allowed_ratio * rate + self.allowed_difference);
        let mut evidence = [0.0; GRID];
        if mean <= 0.0 {
            return evidence;
        }
        for (slot, ratio) in evidence.iter_mut().zip(self.ratios) {
            let worse = mean * ratio / self.allowed_ratio;
            *slot = bad * (worse * (1.0 + mean) / (mean * (1.0 + worse))).ln()
                + ((1.0 + mean) / (1.0 + worse)).ln();
        }
        evidence
    }
}

/// `N` points from `low` to `high`, equally far apart on a logarithmic scale.
pub fn log_spaced<const N: usize>(low: f64, high: f64) -> [f64; N] {
    let steps = real(N.saturating_sub(1).max(1) as u64);
    let mut points = [low; N];
    for (step, point) in points.iter_mut().enumerate() {
        *point = low * ((high / low).ln() * real(step as u64) / steps).exp();
    }
    points
}
