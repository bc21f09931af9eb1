//! Sums, means and quantiles over a span of the grid. Holes are left out, never counted as zero.

use std::ops::Range;

use crate::domain::gauge::{Gauge, UseWindow};
use crate::domain::grid::GridIndex;
use crate::domain::metrics::{EndpointCounts, RedWindow, Tally};

/// A span of the grid: the first interval and the one after the last.
pub(crate) type Span = Range<GridIndex>;

/// The positions of a span in a window that are not holes.
fn whole(window: &RedWindow, span: &Span) -> impl Iterator<Item = usize> {
    window
        .holes
        .iter()
        .enumerate()
        .skip(offset(window.first, span.start))
        .take(length(window.first, span))
        .filter(|(_, hole)| !**hole)
        .map(|(at, _)| at)
}

/// Where a span begins in a window that begins at `first`.
fn offset(first: GridIndex, start: GridIndex) -> usize {
    usize::try_from(start.since(first)).unwrap_or(0)
}

/// How many positions a span covers from its beginning in the window on.
fn length(first: GridIndex, span: &Span) -> usize {
    usize::try_from(span.end.since(span.start.max(first))).unwrap_or(0)
}

/// The errors of one endpoint over a span.
pub(crate) fn endpoint_tally(window: &RedWindow, counts: &EndpointCounts, span: &Span) -> Tally {
    whole(window, span).fold(Tally::default(), |sum, at| {
        sum.plus(Tally {
            bad: counts.errors.get(at).copied().unwrap_or(0),
            total: counts.total.get(at).copied().unwrap_or(0),
        })
    })
}

/// The errors of all endpoints over a span.
pub(crate) fn tally(window: &RedWindow, span: &Span) -> Tally {
    window
        .endpoints
        .values()
        .map(|counts| endpoint_tally(window, counts, span))
        .fold(Tally::default(), Tally::plus)
}

/// The errors of all endpoints over a span; none where no label tells which requests failed.
pub(crate) fn errors(window: &RedWindow, span: &Span) -> Option<Tally> {
    window
        .tells_errors(span.start, span.end)
        .then(|| tally(window, span))
}

/// The seconds of a span that were seen.
#[expect(
    clippy::cast_precision_loss,
    reason = "a window has thousands of intervals at most"
)]
pub(crate) fn seconds(window: &RedWindow, span: &Span) -> f64 {
    whole(window, span).count() as f64 * f64::from(window.grid.seconds())
}

/// The 95th percentile over a span, interpolated within its bucket; with the requests it rests on.
pub(crate) fn p95(window: &RedWindow, span: &Span) -> Option<(f64, u64)> {
    let mut sums: Vec<u64> = vec![0; window.latency.bounds.len() + 1];
    for at in whole(window, span) {
        for (sum, count) in sums
            .iter_mut()
            .zip(window.latency.counts.get(at).into_iter().flatten())
        {
            *sum += count;
        }
    }
    let all = *sums.last()?;
    quantile(&window.latency.bounds, &sums, 0.95).map(|value| (value, all))
}

/// A quantile of a cumulative histogram, as Prometheus takes it: linear within a bucket, and the highest bound where it
/// lies over all of them.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
fn quantile(bounds: &[f64], cumulative: &[u64], q: f64) -> Option<f64> {
    let all = *cumulative.last()?;
    if all == 0 {
        return None;
    }
    let rank = q * all as f64;
    let (mut below, mut under) = (0.0, 0.0);
    for (bound, count) in bounds.iter().zip(cumulative) {
        let count = *count as f64;
        if count >= rank {
            let inside = count - under;
            return Some(if inside > 0.0 {
                below + (bound - below) * (rank - under) / inside
            } else {
                *bound
            });
        }
        (below, under) = (*bound, count);
    }
    bounds.last().copied()
}

/// The known values of a gauge over a span.
pub(crate) fn gauge(window: &UseWindow, gauge: Gauge, span: &Span) -> Vec<f64> {
    let values = window.gauges.get(&gauge);
    values.map_or_else(Vec::new, |values| over(window, values, span))
}

/// How many pods there were over a span.
pub(crate) fn pods(window: &UseWindow, span: &Span) -> Vec<f64> {
    over(window, &window.pods, span)
}

fn over(window: &UseWindow, values: &[Option<f64>], span: &Span) -> Vec<f64> {
    let values = values.iter().skip(offset(window.first, span.start));
    values
        .take(length(window.first, span))
        .filter_map(|v| *v)
        .collect()
}

/// The mean of some values.
#[expect(
    clippy::cast_precision_loss,
    reason = "a window has thousands of values at most"
)]
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
