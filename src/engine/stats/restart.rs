//! The mixture of all processes that begin at some interval: evidence that forgives no late change.

use super::prior::begun_by;

/// Where evidence stops growing, so that it stays a number: far beyond any threshold.
const CEILING: f64 = 1e250;

/// A nonnegative supermartingale from 1 while the hypothesis holds: `S_k <- (S_k + pi_t) e_k`.
#[derive(Debug, Clone, PartialEq)]
pub struct Restart<const N: usize> {
    weights: [f64; N],
    begun: [f64; N],
    elapsed: f64,
    spent: f64,
}

impl<const N: usize> Restart<N> {
    /// With these weights of the hypotheses, which sum to 1.
    pub const fn new(weights: [f64; N]) -> Self {
        Self {
            weights,
            begun: [0.0; N],
            elapsed: 0.0,
            spent: 0.0,
        }
    }

    /// With equal weights.
    pub fn even() -> Self {
        Self::new([1.0 / super::counts::real(N as u64); N])
    }

    /// One interval: the evidence in nats, and the seconds since the last one ended.
    pub fn push(&mut self, evidence: &[f64; N], seconds: f64) {
        self.elapsed += seconds;
        let spent = begun_by(self.elapsed);
        let begins = spent - self.spent;
        self.spent = spent;
        for (sum, gain) in self.begun.iter_mut().zip(evidence) {
            *sum = ((*sum + begins) * gain.exp()).min(CEILING);
        }
    }

    /// The evidence so far: the chance that it is ever `1/p` or more is at most `p` while the hypothesis holds.
    pub fn value(&self) -> f64 {
        let begun: f64 = self
            .begun
            .iter()
            .zip(self.weights)
            .map(|(sum, weight)| sum * weight)
            .sum();
        begun + 1.0 - self.spent
    }
}
