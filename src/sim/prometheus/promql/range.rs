//! Functions of a range vector: rates, differences, and the `_over_time` family.
//!
//! Extrapolation and counter resets follow Prometheus' own code, because a client is tested against its answers.

use super::aggregate::{count, mean, quantile, variance};
use super::value::{Failure, Row, Windows, merge};
use crate::sim::prometheus::tsdb::Millis;

type Samples<'a> = &'a [(Millis, f64)];

/// Whether a function takes a range vector.
pub(crate) fn takes_range(name: &str) -> bool {
    name.ends_with("_over_time")
        || matches!(
            name,
            "rate" | "increase" | "delta" | "irate" | "idelta" | "resets" | "changes" | "deriv"
        )
}

/// Evaluates `name(windows)`. `parameter` is the number of `quantile_over_time`; `looks` are the windows' ends.
pub(crate) fn over(
    name: &str,
    windows: Vec<Windows>,
    looks: &[Millis],
    range: Millis,
    parameter: &[f64],
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::with_capacity(windows.len());
    for series in windows {
        let mut points = Vec::with_capacity(series.spans.len());
        for (step, (span, look)) in series.spans.iter().zip(looks).enumerate() {
            let samples = series.samples.get(span.clone()).unwrap_or_default();
            let parameter = parameter.get(step).copied().unwrap_or(f64::NAN);
            points.push(one(name, samples, *look, range, parameter)?);
        }
        if points.iter().any(Option::is_some) {
            rows.push(Row {
                labels: if name == "last_over_time" {
                    series.labels
                } else {
                    series.labels.unnamed()
                },
                points,
            });
        }
    }
    merge(rows)
}

fn one(
    name: &str,
    samples: Samples<'_>,
    end: Millis,
    range: Millis,
    parameter: f64,
) -> Result<Option<f64>, Failure> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Ok(None);
    };
    let values = || samples.iter().map(|(_, value)| *value);
    let all = || values().collect::<Vec<f64>>();
    Ok(match name {
        "rate" => extrapolated(samples, end, range, true).map(|by| by / seconds(range)),
        "increase" => extrapolated(samples, end, range, true),
        "delta" => extrapolated(samples, end, range, false),
        "irate" => last_two(samples, true),
        "idelta" => last_two(samples, false),
        "resets" => Some(pairs(samples, |before, after| after < before)),
        #[expect(clippy::float_cmp, reason = "a change is any change")]
        "changes" => Some(pairs(samples, |before, after| {
            before != after && !(before.is_nan() && after.is_nan())
        })),
        "deriv" => (samples.len() > 1).then(|| slope(samples, first.0)),
        "sum_over_time" => Some(values().sum()),
        "avg_over_time" => Some(mean(&all())),
        "min_over_time" => Some(values().fold(f64::NAN, f64::min)),
        "max_over_time" => Some(values().fold(f64::NAN, f64::max)),
        "count_over_time" => Some(count(&all())),
        "last_over_time" => Some(last.1),
        "present_over_time" => Some(1.0),
        "stdvar_over_time" => Some(variance(&all())),
        "stddev_over_time" => Some(variance(&all()).sqrt()),
        "quantile_over_time" => Some(quantile(parameter, all())),
        other => {
            return Err(Failure::Execution(format!(
                "function {other} is not served by this Prometheus"
            )));
        }
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a window is far shorter than 2^52 ms"
)]
fn seconds(millis: Millis) -> f64 {
    millis as f64 / 1000.0
}

fn pairs(samples: Samples<'_>, pass: impl Fn(f64, f64) -> bool) -> f64 {
    let hits = samples
        .iter()
        .zip(samples.iter().skip(1))
        .filter(|((_, before), (_, after))| pass(*before, *after))
        .count();
    f64::from(u32::try_from(hits).unwrap_or(u32::MAX))
}

fn last_two(samples: Samples<'_>, counter: bool) -> Option<f64> {
    let [.., (t1, v1), (t2, v2)] = samples else {
        return None;
    };
    if !counter {
        return Some(v2 - v1);
    }
    let by = if v2 < v1 { *v2 } else { v2 - v1 };
    Some(by / seconds(t2 - t1))
}

/// Prometheus' `extrapolatedRate`, before it is divided by the range.
fn extrapolated(samples: Samples<'_>, end: Millis, range: Millis, counter: bool) -> Option<f64> {
    let ((first_at, first), (last_at, last)) = (samples.first()?, samples.last()?);
    if samples.len() < 2 {
        return None;
    }
    let mut result = last - first;
    if counter {
        let mut before = *first;
        for (_, value) in samples {
            if *value < before {
                result += before;
            }
            before = *value;
        }
    }
    let covered = seconds(last_at - first_at);
    let between = covered / f64::from(u32::try_from(samples.len() - 1).unwrap_or(u32::MAX));
    let threshold = between * 1.1;
    let mut to_start = seconds(first_at - (end - range));
    let mut to_end = seconds(end - last_at);
    if to_start >= threshold {
        to_start = between / 2.0;
    }
    if counter && result > 0.0 && *first >= 0.0 {
        to_start = to_start.min(covered * (first / result));
    }
    if to_end >= threshold {
        to_end = between / 2.0;
    }
    Some(result * (covered + to_start + to_end) / covered)
}

/// Least squares, in units a second.
fn slope(samples: Samples<'_>, origin: Millis) -> f64 {
    let points: Vec<(f64, f64)> = samples
        .iter()
        .map(|(at, value)| (seconds(at - origin), *value))
        .collect();
    let n = f64::from(u32::try_from(points.len()).unwrap_or(u32::MAX));
    let (sx, sy) = points
        .iter()
        .fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
    let (sxy, sxx) = points
        .iter()
        .fold((0.0, 0.0), |(sxy, sxx), (x, y)| (sxy + x * y, sxx + x * x));
    (sxy - sx * sy / n) / (sxx - sx * sx / n)
}
