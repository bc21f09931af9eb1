//! How many bad requests come as one: chi-square between production's pods, which a burst that all pods share cancels.

use super::counts::real;
use crate::domain::metrics::Tally;

/// What is taken where too little is known.
pub const ASSUMED: f64 = 3.0;
const FEWEST_ERRORS: u64 = 100;

/// Dispersion with its origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispersion {
    /// Variance over that of independent requests; at least 1.
    pub phi: f64,
    /// Whether it is assumed, because there were too few bad requests or no pods to compare.
    pub assumed: bool,
}

/// From the counts of each pod (outer) in each block (inner; none is a hole).
pub fn between_pods(pods: &[Vec<Option<Tally>>]) -> Dispersion {
    let blocks = pods.iter().map(Vec::len).max().unwrap_or(0);
    let (mut chi_square, mut freedom, mut errors) = (0.0, 0.0, 0_u64);
    for block in 0..blocks {
        let tallies: Vec<Tally> = pods
            .iter()
            .filter_map(|pod| pod.get(block).copied().flatten())
            .filter(|tally| tally.total > 0)
            .collect();
        let sum = tallies.iter().copied().fold(Tally::default(), Tally::plus);
        errors += sum.bad;
        let (bad, total) = (real(sum.bad), real(sum.total));
        // Given the sum, the spread of k pods has k - 1 degrees of freedom; drawn without replacement, hence the factor.
        if tallies.len() < 2 || sum.bad == 0 || sum.bad >= sum.total {
            continue;
        }
        let without_replacement = (total - bad) / (total - 1.0);
        for tally in &tallies {
            let expected = bad * real(tally.total) / total;
            chi_square += (real(tally.bad) - expected).powi(2) / expected / without_replacement;
        }
        freedom += real(tallies.len() as u64) - 1.0;
    }
    if errors < FEWEST_ERRORS || freedom <= 0.0 {
        return Dispersion {
            phi: ASSUMED,
            assumed: true,
        };
    }
    // What chance alone gives to independent requests is not dispersion.
    let noise = 2.0 * (2.0 / freedom).sqrt();
    let phi = chi_square / freedom;
    Dispersion {
        phi: if phi > 1.0 + noise { phi } else { 1.0 },
        assumed: false,
    }
}

/// The bad ratio over all pods and blocks; none without a request.
pub fn rate(pods: &[Vec<Option<Tally>>]) -> Option<f64> {
    pods.iter()
        .flatten()
        .flatten()
        .copied()
        .fold(Tally::default(), Tally::plus)
        .ratio()
}
