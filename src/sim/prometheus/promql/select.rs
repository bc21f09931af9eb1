//! Selectors: which series, and which of their samples belong to each step.
//!
//! The rules are Prometheus 3's: the look-back and ranges are open on the left, a staleness marker ends a series.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use promql_parser::label::{MatchOp, Matcher, Matchers};
use promql_parser::parser::{AtModifier, Offset, VectorSelector};

use super::value::{Grid, Row, Windows};
use crate::sim::prometheus::labels::{Labels, NAME};
use crate::sim::prometheus::tsdb::{Millis, Series, Tsdb, is_stale};

/// How far back an instant selector looks for a sample.
pub(crate) const LOOKBACK: Millis = 300_000;

/// A duration in Prometheus' unit.
pub(crate) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX / 4)
}

fn shift(offset: Option<&Offset>) -> Millis {
    match offset {
        Some(Offset::Pos(by)) => millis(*by),
        Some(Offset::Neg(by)) => -millis(*by),
        None => 0,
    }
}

fn at_time(at: SystemTime) -> Millis {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

/// The moments that a selector really looks at, for each step of the grid.
pub(crate) fn looks(
    grid: Grid,
    whole: Grid,
    at: Option<&AtModifier>,
    offset: Option<&Offset>,
) -> Vec<Millis> {
    let by = shift(offset);
    let last = whole.times().last().unwrap_or(whole.start);
    grid.times()
        .map(|time| match at {
            None => time - by,
            Some(AtModifier::Start) => whole.start - by,
            Some(AtModifier::End) => last - by,
            Some(AtModifier::At(fixed)) => at_time(*fixed) - by,
        })
        .collect()
}

/// The series that a selector names.
pub(crate) fn matching<'a>(
    tsdb: &'a Tsdb,
    name: Option<&str>,
    matchers: &Matchers,
) -> Vec<&'a Series> {
    let exact = name.or_else(|| {
        matchers
            .matchers
            .iter()
            .find(|matcher| matcher.name == NAME && matches!(matcher.op, MatchOp::Equal))
            .map(|matcher| matcher.value.as_str())
    });
    tsdb.named(exact)
        .filter(|series| passes(&series.labels, matchers))
        .collect()
}

fn passes(labels: &Labels, matchers: &Matchers) -> bool {
    let all = |group: &[Matcher]| {
        group
            .iter()
            .all(|matcher| matcher.is_match(labels.get(&matcher.name)))
    };
    all(&matchers.matchers)
        && (matchers.or_matchers.is_empty() || matchers.or_matchers.iter().any(|group| all(group)))
}

/// For each moment the newest sample of the last five minutes, as `(its time, its value)`.
fn newest(series: &Series, looks: &[Millis]) -> Vec<Option<(Millis, f64)>> {
    let samples = &series.samples;
    let mut upto = 0;
    looks
        .iter()
        .map(|look| {
            upto = past(samples, upto, *look);
            let (time, value) = *samples.get(upto.checked_sub(1)?)?;
            (time > look - LOOKBACK && !is_stale(value)).then_some((time, value))
        })
        .collect()
}

/// The position after the last sample that is not after a moment, from a position that is not after it. Moments come
/// in order, so that each sample is passed once for a whole range.
fn past(samples: &[(Millis, f64)], from: usize, moment: Millis) -> usize {
    if from == 0 {
        return samples.partition_point(|(time, _)| *time <= moment);
    }
    let mut at = from;
    while let Some((time, _)) = samples.get(at) {
        if *time > moment {
            break;
        }
        at += 1;
    }
    at
}

/// An instant selector, valued by `what` of (time of the sample, value).
pub(crate) fn instant(
    tsdb: &Tsdb,
    selector: &VectorSelector,
    grid: Grid,
    whole: Grid,
    what: impl Fn(Millis, f64) -> f64,
) -> Vec<Row> {
    let looks = looks(grid, whole, selector.at.as_ref(), selector.offset.as_ref());
    matching(tsdb, selector.name.as_deref(), &selector.matchers)
        .into_iter()
        .filter_map(|series| {
            let points: Vec<Option<f64>> = newest(series, &looks)
                .into_iter()
                .map(|sample| sample.map(|(time, value)| what(time, value)))
                .collect();
            points.iter().any(Option::is_some).then(|| Row {
                labels: series.labels.clone(),
                points,
            })
        })
        .collect()
}

/// A range selector: the samples of the window that ends at each step.
pub(crate) fn range(
    tsdb: &Tsdb,
    selector: &VectorSelector,
    range: Millis,
    grid: Grid,
    whole: Grid,
) -> (Vec<Windows>, Vec<Millis>) {
    let looks = looks(grid, whole, selector.at.as_ref(), selector.offset.as_ref());
    // Hours of samples, of which a query mostly wants the last minute.
    let first = looks.iter().min().map_or(0, |look| look - range);
    let last = looks.iter().max().copied().unwrap_or_default();
    let rows = matching(tsdb, selector.name.as_deref(), &selector.matchers)
        .into_iter()
        .map(|series| {
            let from = series.samples.partition_point(|(time, _)| *time <= first);
            let upto = series.samples.partition_point(|(time, _)| *time <= last);
            let samples = series.samples.get(from..upto).unwrap_or_default();
            let samples = samples
                .iter()
                .copied()
                .filter(|(_, value)| !is_stale(*value))
                .collect();
            windows(series.labels.clone(), samples, &looks, range)
        })
        .collect();
    (rows, looks)
}

/// Cuts samples into the windows that end at each look.
pub(crate) fn windows(
    labels: Labels,
    samples: Vec<(Millis, f64)>,
    looks: &[Millis],
    range: Millis,
) -> Windows {
    let (mut from, mut to) = (0, 0);
    let mut spans = Vec::with_capacity(looks.len());
    for look in looks {
        from = past(&samples, from, look - range);
        to = past(&samples, to, *look);
        spans.push(from..to);
    }
    Windows {
        labels,
        samples,
        spans,
    }
}
