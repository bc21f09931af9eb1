//! How long requests take: log-normal durations, counted straight into the histogram's buckets.
//!
//! Drawing bucket counts instead of durations keeps two hours of three services well under a second.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution as _};

/// Upper bounds in seconds of OpenTelemetry's HTTP duration histogram; one more bucket has none.
pub(crate) const BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// A typical duration of each bucket, for the histogram's sum.
const TYPICAL: [f64; 15] = [
    0.004, 0.008, 0.018, 0.038, 0.062, 0.087, 0.16, 0.345, 0.61, 0.86, 1.5, 3.4, 6.0, 8.5, 12.0,
];

/// Requests by bucket, not cumulated; the last has no upper bound.
pub(crate) type Buckets = [u64; 15];

/// The probability that a duration falls in each bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape([f64; 15]);

impl Shape {
    /// Of a log-normal duration with this median (seconds) and sigma.
    pub(crate) fn new(median: f64, sigma: f64) -> Self {
        let mut shape = [0.0; 15];
        let mut below = 0.0;
        for (share, bound) in shape.iter_mut().zip(BOUNDS.iter().map(Some).chain([None])) {
            let upto = bound.map_or(1.0, |bound| normal((bound / median).ln() / sigma));
            *share = (upto - below).max(0.0);
            below = upto;
        }
        Self(shape)
    }

    /// Spreads `n` requests over the buckets.
    pub(crate) fn draw(&self, n: u64, rng: &mut ChaCha8Rng) -> Buckets {
        let mut out = [0; 15];
        let mut left = n;
        let mut rest = 1.0;
        for (bucket, share) in out.iter_mut().zip(self.0) {
            if left == 0 {
                break;
            }
            let drawn = if rest <= share {
                left
            } else {
                binomial(left, share / rest, rng)
            };
            *bucket = drawn;
            left -= drawn;
            rest -= share;
        }
        if let Some(last) = out.last_mut() {
            *last += left;
        }
        out
    }
}

/// The seconds that requests of these buckets took together.
#[expect(clippy::cast_precision_loss, reason = "counts of one tick are small")]
pub(crate) fn seconds(buckets: &Buckets) -> f64 {
    buckets
        .iter()
        .zip(TYPICAL)
        .map(|(count, typical)| *count as f64 * typical)
        .sum()
}

/// How many of `n` happen when each does with probability `p`.
pub(crate) fn binomial(n: u64, p: f64, rng: &mut ChaCha8Rng) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    Binomial::new(n, p.min(1.0)).map_or(0, |law| law.sample(rng))
}

/// The standard normal distribution function (Abramowitz and Stegun 7.1.26, right to 1.5e-7).
fn normal(x: f64) -> f64 {
    let z = x.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let erf = 1.0 - poly * (-z * z).exp();
    if x >= 0.0 {
        0.5 * (1.0 + erf)
    } else {
        0.5 * (1.0 - erf)
    }
}
