//! Functions of instant vectors and scalars, and those that rewrite labels.
//!
//! `histogram_quantile` works on classic buckets, the only ones that the simulated services export.

use std::collections::BTreeMap;

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::token::T_EQL_REGEX;

use super::value::{Failure, Row, Value, merge};
use crate::sim::prometheus::labels::Labels;

/// The name of the label that holds a bucket's upper bound.
const BOUND: &str = "le";

/// Applies a function of one number to every value; `None` if `name` is no such function.
pub(crate) fn plain(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "exp" => f64::exp,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "sqrt" => f64::sqrt,
        "sgn" => |value| {
            if value > 0.0 {
                1.0
            } else if value < 0.0 {
                -1.0
            } else {
                value
            }
        },
        _ => return None,
    })
}

/// Every value changed by `change(step, value)`, the metric's name dropped.
pub(crate) fn map(rows: Vec<Row>, change: impl Fn(usize, f64) -> f64) -> Result<Value, Failure> {
    let rows = rows
        .into_iter()
        .map(|row| Row {
            labels: row.labels.unnamed(),
            points: row
                .points
                .into_iter()
                .enumerate()
                .map(|(step, value)| value.map(|value| change(step, value)))
                .collect(),
        })
        .collect();
    merge(rows).map(Value::Vector)
}

/// `scalar(v)`: the one value of each step, or NaN.
pub(crate) fn scalar(rows: &[Row], steps: usize) -> Vec<f64> {
    (0..steps)
        .map(|step| {
            let mut there = rows
                .iter()
                .filter_map(|row| row.points.get(step).copied().flatten());
            match (there.next(), there.next()) {
                (Some(value), None) => value,
                _ => f64::NAN,
            }
        })
        .collect()
}

/// `absent(v)`: 1 where no row has a value.
pub(crate) fn absent(rows: &[Row], labels: Labels, steps: usize) -> Vec<Row> {
    let points: Vec<Option<f64>> = (0..steps)
        .map(|step| {
            let there = rows
                .iter()
                .any(|row| row.points.get(step).is_some_and(Option::is_some));
            (!there).then_some(1.0)
        })
        .collect();
    if points.iter().any(Option::is_some) {
        vec![Row { labels, points }]
    } else {
        Vec::new()
    }
}

/// `label_replace(v, target, replacement, source, pattern)`.
pub(crate) fn label_replace(rows: Vec<Row>, texts: &[String]) -> Result<Value, Failure> {
    let [target, replacement, source, pattern] = texts else {
        return Err(Failure::Bad("label_replace takes four strings".to_owned()));
    };
    if !is_label(target) {
        return Err(Failure::Execution(format!(
            "invalid destination label name in label_replace(): {target}"
        )));
    }
    // The parser's own matcher compiles the pattern anchored, as Prometheus does.
    let matcher = Matcher::new_matcher(T_EQL_REGEX, source.clone(), pattern.clone());
    let Ok(Matcher {
        op: MatchOp::Re(regex),
        ..
    }) = matcher
    else {
        return Err(Failure::Execution(format!(
            "invalid regular expression in label_replace(): {pattern}"
        )));
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let labels = match regex.captures(row.labels.get(source)) {
                Some(captures) => {
                    let mut value = String::new();
                    captures.expand(replacement, &mut value);
                    row.labels.with(target, &value)
                }
                None => row.labels,
            };
            Row {
                labels,
                points: row.points,
            }
        })
        .collect();
    merge(rows).map(Value::Vector)
}

/// `label_join(v, target, separator, source...)`.
pub(crate) fn label_join(rows: Vec<Row>, texts: &[String]) -> Result<Value, Failure> {
    let [target, separator, sources @ ..] = texts else {
        return Err(Failure::Bad(
            "label_join takes at least two strings".to_owned(),
        ));
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let values: Vec<&str> = sources
                .iter()
                .map(|source| row.labels.get(source))
                .collect();
            Row {
                labels: row.labels.with(target, &values.join(separator)),
                points: row.points,
            }
        })
        .collect();
    merge(rows).map(Value::Vector)
}

fn is_label(name: &str) -> bool {
    name.chars()
        .enumerate()
        .all(|(at, c)| c.is_ascii_alphabetic() || c == '_' || (at > 0 && c.is_ascii_digit()))
        && !name.is_empty()
}

/// `histogram_quantile(q, v)` on classic buckets.
pub(crate) fn histogram_quantile(q: &[f64], rows: Vec<Row>) -> Result<Value, Failure> {
    let mut groups: BTreeMap<Labels, Vec<(f64, Row)>> = BTreeMap::new();
    for row in rows {
        let Ok(bound) = row.labels.get(BOUND).replace("+Inf", "inf").parse::<f64>() else {
            continue;
        };
        let labels = row.labels.unnamed().keep(|name| name != BOUND);
        groups.entry(labels).or_default().push((bound, row));
    }
    let rows = groups
        .into_iter()
        .map(|(labels, mut buckets)| {
            buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let points = q
                .iter()
                .enumerate()
                .map(|(step, q)| {
                    let column: Vec<(f64, f64)> = buckets
                        .iter()
                        .filter_map(|(bound, row)| {
                            Some((*bound, row.points.get(step).copied().flatten()?))
                        })
                        .collect();
                    (!column.is_empty()).then(|| bucket_quantile(*q, column))
                })
                .collect();
            Row { labels, points }
        })
        .collect();
    merge(rows).map(Value::Vector)
}

/// Prometheus' `bucketQuantile`: linear inside the bucket, the last finite bound above it.
fn bucket_quantile(q: f64, mut buckets: Vec<(f64, f64)>) -> f64 {
    if q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    // Scrapes of several pods can make a bucket a little smaller than the one before it.
    let mut most = 0.0_f64;
    for (_, counted) in &mut buckets {
        most = most.max(*counted);
        *counted = most;
    }
    let Some((last, total)) = buckets.last().copied() else {
        return f64::NAN;
    };
    if buckets.len() < 2 || total == 0.0 || last.is_finite() {
        return f64::NAN;
    }
    let rank = q * total;
    let at = buckets.partition_point(|(_, counted)| *counted < rank);
    let before = at
        .checked_sub(1)
        .and_then(|before| buckets.get(before))
        .copied();
    let Some((bound, counted)) = buckets.get(at).copied() else {
        return f64::NAN;
    };
    if bound.is_infinite() {
        return before.map_or(f64::NAN, |(bound, _)| bound);
    }
    let (lower, below) = match before {
        Some(before) => before,
        None if bound <= 0.0 => return bound,
        None => (0.0, 0.0),
    };
    lower + (bound - lower) * ((rank - below) / (counted - below))
}
