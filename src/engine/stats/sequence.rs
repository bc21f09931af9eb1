//! The interval shown: every factor that the counts since the onset don't rule out, valid at every look and for an
//! onset that the data chose.

use super::counts::{Counts, Piece, real};
use super::likelihood::log_spaced;

const POINTS: usize = 44;
const LOWEST: f64 = 1.0 / 64.0;
const HIGHEST: f64 = 1000.0;
/// Beyond these an end is none: ln of a million.
const FARTHEST: f64 = 13.8;
const HALVINGS: u32 = 20;

/// Canary's bad ratio over production's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    /// The estimate, weighted over strata (Mantel and Haenszel); none where production had no bad request.
    pub estimate: Option<f64>,
    /// The lower end; 0 when nothing is ruled out below.
    pub low: f64,
    /// The upper end; none when unbounded.
    pub high: Option<f64>,
}

/// The factor with its interval. `parts` are strata of intervals, or of a few intervals together; `alpha` the chance
/// that the truth is ever outside; `prior` that of the onset from which the parts are taken.
pub fn factor(parts: &[Piece], phi: f64, alpha: f64, prior: f64) -> Option<Factor> {
    let compared: Vec<Part> = parts.iter().filter_map(Part::new).collect();
    let canary: f64 = compared.iter().map(|part| part.bad_canary).sum();
    let all: f64 = compared.iter().map(|part| part.bad).sum();
    if all <= 0.0 {
        return None;
    }
    let log_likelihood = |ln_ratio: f64| -> f64 {
        let ratio = ln_ratio.exp();
        let share: f64 = compared
            .iter()
            .map(|part| part.bad * (ratio * part.canary + part.production).ln())
            .sum();
        (canary * ln_ratio - share) / phi
    };
    let at_points = log_spaced::<POINTS>(LOWEST, HIGHEST).map(|ratio| log_likelihood(ratio.ln()));
    let best = at_points.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mixture: f64 = at_points.iter().map(|nats| (nats - best).exp()).sum();
    let bound = best + (mixture / real(POINTS as u64)).ln() + (alpha * prior).ln();
    let inside = |ln_ratio: f64| log_likelihood(ln_ratio) > bound;
    let peak = peak(&compared, canary);
    let low = if inside(-FARTHEST) {
        0.0
    } else {
        edge(-FARTHEST, peak, inside).exp()
    };
    let high = if inside(FARTHEST) {
        None
    } else {
        Some(edge(FARTHEST, peak, inside).exp())
    };
    Some(Factor {
        estimate: weighted(parts),
        low,
        high,
    })
}

/// The logarithm of the ratio at which the likelihood, which is concave, is highest.
fn peak(parts: &[Part], canary: f64) -> f64 {
    let (mut low, mut high) = (-FARTHEST, FARTHEST);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        let ratio = middle.exp();
        let expected: f64 = parts
            .iter()
            .map(|part| part.bad * ratio * part.canary / (ratio * part.canary + part.production))
            .sum();
        if expected < canary {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Between a point outside and one inside, the edge.
fn edge(outside: f64, inside: f64, is_inside: impl Fn(f64) -> bool) -> f64 {
    let (mut out, mut within) = (outside, inside);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(out, within);
        if is_inside(middle) {
            within = middle;
        } else {
            out = middle;
        }
    }
    out
}

/// The ratio of bad ratios over strata, each weighted as Mantel and Haenszel do; the plain one where the mix is equal.
fn weighted(parts: &[Piece]) -> Option<f64> {
    let (mut above, mut below) = (0.0, 0.0);
    for piece in parts {
        let Some((n, m)) = piece.shares() else {
            continue;
        };
        if n + m > 0.0 {
            let Counts { x, y, .. } = piece.counts;
            above += x * m / (n + m);
            below += y * n / (n + m);
        }
    }
    (below > 0.0).then(|| above / below)
}

struct Part {
    bad_canary: f64,
    bad: f64,
    canary: f64,
    production: f64,
}

impl Part {
    fn new(piece: &Piece) -> Option<Self> {
        let (canary, production) = piece.shares()?;
        let bad = piece.counts.x + piece.counts.y;
        (bad > 0.0 && canary > 0.0 && production > 0.0).then_some(Self {
            bad_canary: piece.counts.x,
            bad,
            canary,
            production,
        })
    }
}
