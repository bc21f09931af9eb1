//! From what a histogram's answers say to durations: counts by bucket as they are, or shares of what was counted.
//!
//! Pure, and apart from the counts of requests, which are the same for all.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::domain::metrics::LatencyCounts;

use super::plan::Histogram;

/// The position of a bound among the finite ones, or after the last for the infinite one.
pub(super) fn bound(histogram: &Histogram, text: &str) -> Option<usize> {
    let seconds = text.parse::<f64>().ok()? / histogram.per_second;
    if seconds.is_infinite() {
        return Some(histogram.bounds.len());
    }
    histogram
        .bounds
        .iter()
        .position(|bound| bound.total_cmp(&seconds).is_eq())
}

/// Durations by what each bucket and all under it counted.
pub(super) fn of_counts(
    histogram: &Histogram,
    len: usize,
    by_bound: &BTreeMap<usize, Vec<u64>>,
) -> LatencyCounts {
    let counts = (0..len)
        .map(|position| {
            let mut most = 0;
            (0..=histogram.bounds.len())
                .map(|bound| {
                    let count = by_bound.get(&bound).and_then(|counts| counts.get(position));
                    // Cumulative by definition; a bucket that was scraped torn can't make it fall.
                    most = most.max(count.copied().unwrap_or(0));
                    most
                })
                .collect()
        })
        .collect();
    durations(histogram, counts)
}

/// Durations by the shares of what was observed; of all, and up to the bound of slow, they are counted.
pub(super) fn of_shares(
    histogram: &Histogram,
    shares: &BTreeMap<usize, Vec<f64>>,
    under: &[u64],
    all: &[u64],
) -> LatencyCounts {
    let slow = bound(histogram, &histogram.slow_text).unwrap_or(0);
    let counts = under.iter().zip(all).enumerate();
    let counts = counts.map(|(position, (&under, &all))| {
        let share = |bound: usize| shares.get(&bound)?.get(position).copied();
        let mut most = 0;
        let finite = (0..histogram.bounds.len()).map(|bound| {
            let part = part_of(all, share(bound).unwrap_or(0.0));
            let count = match bound.cmp(&slow) {
                Ordering::Less => part.min(under),
                Ordering::Equal => under,
                Ordering::Greater => part,
            };
            most = most.max(count).min(all);
            most
        });
        finite
            .collect::<Vec<_>>()
            .into_iter()
            .chain([all])
            .collect()
    });
    durations(histogram, counts.collect())
}

/// A share of a whole; none where it is no number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "between nothing and a count, which stays far under 2^52"
)]
fn part_of(all: u64, share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * all as f64).round() as u64
}

fn durations(histogram: &Histogram, counts: Vec<Vec<u64>>) -> LatencyCounts {
    LatencyCounts {
        bounds: histogram.bounds.clone(),
        counts,
        slow_bound: histogram.slow_bound,
    }
}
