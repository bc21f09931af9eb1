//! A metric's verdict, as `status` and `judge` print it and `decide` reads it; and a measured value with its unit.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::metrics::Gauge;
use crate::domain::verdict::{self, Estimate, MetricVerdict, NoData};
use crate::engine::assess;
use crate::view::words::compare::at_length;

/// What is judged or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Metric {
    /// Failed requests.
    Errors,
    /// Requests over the latency bound; its values are the 95th percentile.
    Slow,
    /// CPU as a share of its limit.
    Cpu,
    /// Memory as a share of its limit.
    Memory,
    /// Container restarts.
    Restarts,
    /// Pods ready of pods wanted.
    Readiness,
    /// Requests a second.
    Requests,
}

impl From<verdict::Metric> for Metric {
    fn from(metric: verdict::Metric) -> Self {
        match metric {
            verdict::Metric::Errors => Self::Errors,
            verdict::Metric::Slow => Self::Slow,
            verdict::Metric::Gauge(Gauge::Cpu) => Self::Cpu,
            verdict::Metric::Gauge(Gauge::Memory) => Self::Memory,
            verdict::Metric::Gauge(Gauge::Restarts) => Self::Restarts,
            verdict::Metric::Readiness => Self::Readiness,
            verdict::Metric::Requests => Self::Requests,
        }
    }
}

impl From<Metric> for verdict::Metric {
    fn from(metric: Metric) -> Self {
        match metric {
            Metric::Errors => Self::Errors,
            Metric::Slow => Self::Slow,
            Metric::Cpu => Self::Gauge(Gauge::Cpu),
            Metric::Memory => Self::Gauge(Gauge::Memory),
            Metric::Restarts => Self::Gauge(Gauge::Restarts),
            Metric::Readiness => Self::Readiness,
            Metric::Requests => Self::Requests,
        }
    }
}

/// The conclusion on a metric in one word. Only `pass` is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Verdict {
    /// Not worse than production was earned.
    Pass,
    /// Too early to tell.
    Unsure,
    /// Suspicious.
    Watch,
    /// Worse than production.
    Breach,
    /// Was worse, and is not any more without an action of ours: not promotable.
    Recovered,
    /// Nothing to judge by.
    NoData,
}

impl From<&verdict::Verdict> for Verdict {
    fn from(verdict: &verdict::Verdict) -> Self {
        match verdict {
            verdict::Verdict::Pass => Self::Pass,
            verdict::Verdict::Unsure(_) => Self::Unsure,
            verdict::Verdict::Watch(_) => Self::Watch,
            verdict::Verdict::Breach { .. } => Self::Breach,
            verdict::Verdict::Recovered { .. } => Self::Recovered,
            verdict::Verdict::NoData(_) => Self::NoData,
        }
    }
}

/// A measured value with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Value {
    /// A share, 0 to 1.
    Share(f64),
    /// Seconds.
    Seconds(f64),
    /// A rate a second.
    PerSecond(f64),
    /// A count.
    Count(u64),
    /// Some of several.
    Of {
        /// Some.
        some: u32,
        /// All.
        all: u32,
    },
}

impl From<assess::Value> for Value {
    fn from(value: assess::Value) -> Self {
        match value {
            assess::Value::Share(v) => Self::Share(v),
            assess::Value::Seconds(v) => Self::Seconds(v),
            assess::Value::PerSecond(v) => Self::PerSecond(v),
            assess::Value::Count(v) => Self::Count(v),
            assess::Value::Of { some, all } => Self::Of { some, all },
        }
    }
}

impl From<Value> for assess::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Share(v) => Self::Share(v),
            Value::Seconds(v) => Self::Seconds(v),
            Value::PerSecond(v) => Self::PerSecond(v),
            Value::Count(v) => Self::Count(v),
            Value::Of { some, all } => Self::Of { some, all },
        }
    }
}

/// A metric on both sides, judged.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Judged {
    /// Which.
    pub(in crate::cli) metric: Metric,
    /// The conclusion.
    pub(in crate::cli) verdict: Verdict,
    /// Canary's bad ratio over production's; null where production had no bad request.
    pub(in crate::cli) ratio: Option<f64>,
    /// The lower end of that ratio at its certainty.
    pub(in crate::cli) low: Option<f64>,
    /// The upper end; null when unbounded.
    pub(in crate::cli) high: Option<f64>,
    /// The certainty of the interval, such as 0.99.
    pub(in crate::cli) certainty: Option<f64>,
    /// Canary's bad requests since the onset, else since it began.
    pub(in crate::cli) bad: u64,
    /// Canary's requests since then.
    pub(in crate::cli) total: u64,
    /// The onset, where there is one.
    pub(in crate::cli) since: Option<Timestamp>,
    /// When it was over, where it is.
    pub(in crate::cli) until: Option<Timestamp>,
    /// The verdict as a sentence.
    pub(in crate::cli) reason: String,
    /// Canary's value over the window of the table.
    pub(in crate::cli) canary: Option<Value>,
    /// Production's.
    pub(in crate::cli) production: Option<Value>,
}

impl Judged {
    /// A row of the table.
    pub(in crate::cli) fn of(row: &assess::Row, now: Timestamp) -> Self {
        let MetricVerdict {
            metric,
            verdict,
            canary,
            estimate,
            ..
        } = &row.verdict;
        let (since, until) = times(row.was.as_ref().unwrap_or(verdict));
        let estimate = estimate.as_ref();
        Self {
            metric: (*metric).into(),
            verdict: verdict.into(),
            ratio: estimate.and_then(|e| e.ratio),
            low: estimate.map(|e| e.low),
            high: estimate.and_then(|e| e.high),
            certainty: estimate.map(|e| e.certainty),
            bad: canary.bad,
            total: canary.total,
            since,
            until,
            reason: match (metric, verdict) {
                (
                    verdict::Metric::Requests | verdict::Metric::Readiness,
                    verdict::Verdict::Pass,
                ) => "shown, not judged".to_owned(),
                (_, verdict) => at_length(verdict, now),
            },
            canary: row.canary.map(Value::from),
            production: row.production.map(Value::from),
        }
    }

    /// How the sides compare, if that is known.
    pub(in crate::cli) fn estimate(&self) -> Option<Estimate> {
        Some(Estimate {
            ratio: self.ratio,
            low: self.low?,
            high: self.high,
            certainty: self.certainty?,
        })
    }
}

/// From when to when a verdict says that it was worse.
pub(in crate::cli) const fn times(
    verdict: &verdict::Verdict,
) -> (Option<Timestamp>, Option<Timestamp>) {
    match verdict {
        verdict::Verdict::Breach { since } => (Some(*since), None),
        verdict::Verdict::Recovered { since, until } => (Some(*since), Some(*until)),
        verdict::Verdict::NoData(NoData::Stale { last }) => (None, Some(*last)),
        verdict::Verdict::Pass
        | verdict::Verdict::Unsure(_)
        | verdict::Verdict::Watch(_)
        | verdict::Verdict::NoData(_) => (None, None),
    }
}
