//! Aggregations over series: `sum by (route) (...)` and its kin.
//!
//! Groups are made once for the whole range, folded step by step.

use std::collections::BTreeMap;

use promql_parser::parser::LabelModifier;
use promql_parser::parser::token::{
    T_AVG, T_BOTTOMK, T_COUNT, T_GROUP, T_MAX, T_MIN, T_QUANTILE, T_STDDEV, T_STDVAR, T_SUM,
    T_TOPK, TokenId,
};

use super::value::{Failure, Row};
use crate::sim::prometheus::labels::{Labels, NAME};

fn group(labels: &Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        Some(LabelModifier::Include(by)) => labels.keep(|name| by.labels.iter().any(|l| l == name)),
        Some(LabelModifier::Exclude(without)) => {
            labels.keep(|name| name != NAME && !without.labels.iter().any(|l| l == name))
        }
        None => Labels::default(),
    }
}

/// `op by/without (labels) (parameter, rows)`; `parameter` holds a number for each step.
pub(crate) fn aggregate(
    op: TokenId,
    rows: Vec<Row>,
    modifier: Option<&LabelModifier>,
    parameter: Option<&[f64]>,
    steps: usize,
) -> Result<Vec<Row>, Failure> {
    let mut groups: BTreeMap<Labels, Vec<Row>> = BTreeMap::new();
    for row in rows {
        groups
            .entry(group(&row.labels, modifier))
            .or_default()
            .push(row);
    }
    let mut out = Vec::new();
    for (labels, rows) in groups {
        match op {
            T_TOPK | T_BOTTOMK => out.extend(extreme(rows, parameter, op == T_TOPK, steps)),
            _ => out.push(Row {
                points: fold(op, &rows, parameter, steps)?,
                labels,
            }),
        }
    }
    out.retain(|row| row.points.iter().any(Option::is_some));
    Ok(out)
}

fn column(rows: &[Row], step: usize) -> Vec<f64> {
    rows.iter()
        .filter_map(|row| row.points.get(step).copied().flatten())
        .collect()
}

fn fold(
    op: TokenId,
    rows: &[Row],
    parameter: Option<&[f64]>,
    steps: usize,
) -> Result<Vec<Option<f64>>, Failure> {
    (0..steps)
        .map(|step| {
            let values = column(rows, step);
            if values.is_empty() {
                return Ok(None);
            }
            Ok(Some(match op {
                T_SUM => values.iter().sum(),
                T_AVG => mean(&values),
                T_MIN => values.iter().copied().fold(f64::NAN, f64::min),
                T_MAX => values.iter().copied().fold(f64::NAN, f64::max),
                T_COUNT => count(&values),
                T_GROUP => 1.0,
                T_STDVAR => variance(&values),
                T_STDDEV => variance(&values).sqrt(),
                T_QUANTILE => quantile(
                    parameter
                        .and_then(|q| q.get(step))
                        .copied()
                        .unwrap_or(f64::NAN),
                    values,
                ),
                other => {
                    return Err(Failure::Execution(format!(
                        "aggregation number {other} is not served by this Prometheus"
                    )));
                }
            }))
        })
        .collect()
}

fn extreme(mut rows: Vec<Row>, parameter: Option<&[f64]>, top: bool, steps: usize) -> Vec<Row> {
    for step in 0..steps {
        let wanted = parameter.and_then(|k| k.get(step)).copied().unwrap_or(0.0);
        let mut ranked: Vec<(usize, f64)> = rows
            .iter()
            .enumerate()
            .filter_map(|(at, row)| Some((at, row.points.get(step).copied().flatten()?)))
            .collect();
        ranked.sort_by(|(_, a), (_, b)| {
            // NaN comes last either way.
            let order = a
                .partial_cmp(b)
                .unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()));
            if top && !a.is_nan() && !b.is_nan() {
                order.reverse()
            } else {
                order
            }
        });
        let mut left = wanted;
        for (at, _) in ranked {
            if left < 1.0
                && let Some(point) = rows.get_mut(at).and_then(|row| row.points.get_mut(step))
            {
                *point = None;
            }
            left -= 1.0;
        }
    }
    rows
}

#[expect(clippy::cast_precision_loss, reason = "a count of series is small")]
pub(crate) fn count(values: &[f64]) -> f64 {
    values.len() as f64
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values)
}

pub(crate) fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / count(values)
}

/// Prometheus' quantile: linear between the two nearest ranks.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "ranks are between 0 and the number of values"
)]
pub(crate) fn quantile(q: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(f64::total_cmp);
    let rank = q * (count(&values) - 1.0);
    let lower = rank.floor().max(0.0) as usize;
    let upper = (lower + 1).min(values.len() - 1);
    let weight = rank - lower as f64;
    match (values.get(lower), values.get(upper)) {
        (Some(low), Some(high)) => low * (1.0 - weight) + high * weight,
        _ => f64::NAN,
    }
}
