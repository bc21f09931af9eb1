//! Mann-Whitney and the Hodges-Lehmann shift, for gauges: is one sample higher than another, and by how much.

use super::counts::real;
use super::normal::upper_tail;

/// Up to this many pairs and without ties the p-value is counted out.
const EXACT_PAIRS: usize = 400;

/// Two samples compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// In how many of the pairs the first is higher; ties count a half.
    pub u: f64,
    /// The chance of so high a `u`, or a higher, if neither is.
    pub p_higher: f64,
    /// The chance of so low a `u`, or a lower.
    pub p_lower: f64,
    /// The median of all differences.
    pub shift: f64,
}

/// Compares two samples; none when one is empty or holds what is not a number.
pub fn compare(first: &[f64], second: &[f64]) -> Option<Ranked> {
    if first.is_empty() || second.is_empty() || !first.iter().chain(second).all(|v| v.is_finite()) {
        return None;
    }
    let mut differences: Vec<f64> = first
        .iter()
        .flat_map(|a| second.iter().map(move |b| a - b))
        .collect();
    differences.sort_by(f64::total_cmp);
    let higher = differences.iter().filter(|d| **d > 0.0).count();
    let lower = differences.iter().filter(|d| **d < 0.0).count();
    let equal = differences.len() - higher - lower;
    let u = real(higher as u64) + real(equal as u64) / 2.0;
    let tied = tie_term(first, second);
    let (p_higher, p_lower) = if tied <= 0.0 && differences.len() <= EXACT_PAIRS {
        exact(first.len(), second.len(), higher)
    } else {
        approximate(first.len(), second.len(), u, tied)
    };
    Some(Ranked {
        u,
        p_higher,
        p_lower,
        shift: median(&differences),
    })
}

/// The sum of `t^3 - t` over groups of equal values.
fn tie_term(first: &[f64], second: &[f64]) -> f64 {
    let mut all: Vec<f64> = first.iter().chain(second).copied().collect();
    all.sort_by(f64::total_cmp);
    all.chunk_by(|a, b| a.total_cmp(b).is_eq())
        .map(|group| real(group.len() as u64))
        .map(|t| t * t * t - t)
        .sum()
}

/// Both tails from the number of orders in which each `u` happens.
fn exact(first: usize, second: usize, u: usize) -> (f64, f64) {
    let ways = orders(first, second);
    let all: f64 = ways.iter().sum();
    let higher: f64 = ways.iter().skip(u).sum();
    let lower: f64 = ways.iter().take(u + 1).sum();
    (higher / all, lower / all)
}

/// In how many orders of `first` and `second` values `u` is 0, 1, 2 and so on: the coefficients of the Gaussian
/// binomial, product of `(1 - q^(second + i)) / (1 - q^i)`.
fn orders(first: usize, second: usize) -> Vec<f64> {
    let mut ways = vec![0.0; first * second + 1];
    if let Some(none) = ways.first_mut() {
        *none = 1.0;
    }
    for i in 1..=first {
        let shifted = ways.clone();
        for (slot, earlier) in ways.iter_mut().skip(second + i).zip(&shifted) {
            *slot -= earlier;
        }
        let mut summed: Vec<f64> = Vec::with_capacity(ways.len());
        for (at, way) in ways.iter().enumerate() {
            let before = at.checked_sub(i).and_then(|b| summed.get(b)).copied();
            summed.push(way + before.unwrap_or(0.0));
        }
        ways = summed;
    }
    ways
}

/// Both tails from the normal approximation, with the corrections for ties and continuity.
fn approximate(first: usize, second: usize, u: f64, tied: f64) -> (f64, f64) {
    let (n, m) = (real(first as u64), real(second as u64));
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - tied / (all * (all - 1.0)));
    if variance <= 0.0 {
        return (1.0, 1.0);
    }
    let (mean, deviation) = (n * m / 2.0, variance.sqrt());
    (
        upper_tail((u - mean - 0.5) / deviation),
        upper_tail((mean - u - 0.5) / deviation),
    )
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).copied().unwrap_or(0.0);
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = middle.checked_sub(1).and_then(|at| sorted.get(at)).copied();
    f64::midpoint(lower.unwrap_or(upper), upper)
}
