//! A metric's verdict, as `status` and `judge` print it and `decide` reads it; and a measured value with its unit.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verdict::{Exporters, Verdict, Why, behind, exporters, times};
use crate::cli::input::Problem;
use crate::domain::gauge::{Gauge, GaugeError};
use crate::domain::untrusted::shown;
use crate::domain::verdict::{self, Estimate, MetricVerdict};
use crate::engine::assess::{self, Compared, Limit};
use crate::view::words::compare::at_length;

/// What is judged or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(in crate::cli) struct Metric(pub(in crate::cli) verdict::Metric);

/// All names, for a person whose name was wrong.
const NAMES: &str = "errors, slow, requests, readiness, cpu, memory, restarts, throttled, pool_used, pool_wait, cache_hits, queue_lag, network, network_errors and business/NAME";

impl JsonSchema for Metric {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Metric".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": format!("What is judged or shown: one of {NAMES}, as the configuration calls it."),
        })
    }
}

impl From<Metric> for String {
    fn from(Metric(metric): Metric) -> Self {
        match metric {
            verdict::Metric::Errors => "errors".to_owned(),
            verdict::Metric::Slow => "slow".to_owned(),
            verdict::Metric::Requests => "requests".to_owned(),
            verdict::Metric::Readiness => "readiness".to_owned(),
            verdict::Metric::Gauge(gauge) => gauge.to_string(),
        }
    }
}

impl TryFrom<String> for Metric {
    type Error = GaugeError;

    fn try_from(text: String) -> Result<Self, GaugeError> {
        Ok(Self(match text.as_str() {
            "errors" => verdict::Metric::Errors,
            "slow" => verdict::Metric::Slow,
            "requests" => verdict::Metric::Requests,
            "readiness" => verdict::Metric::Readiness,
            _ => verdict::Metric::Gauge(Gauge::try_from(text)?),
        }))
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
    /// Bytes a second.
    BytesPerSecond(f64),
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
            assess::Value::BytesPerSecond(v) => Self::BytesPerSecond(v),
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
            Value::BytesPerSecond(v) => Self::BytesPerSecond(v),
            Value::Count(v) => Self::Count(v),
            Value::Of { some, all } => Self::Of { some, all },
        }
    }
}

/// How far over its own limits a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Over {
    /// Under the target, or without one.
    Within,
    /// Over the target.
    Target,
    /// Over the trigger: action is due.
    Trigger,
    /// Over the critical limit.
    Critical,
}

impl From<Limit> for Over {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::Within => Self::Within,
            Limit::OverTarget => Self::Target,
            Limit::OverTrigger => Self::Trigger,
            Limit::OverCritical => Self::Critical,
        }
    }
}

impl From<Over> for Limit {
    fn from(over: Over) -> Self {
        match over {
            Over::Within => Self::Within,
            Over::Target => Self::OverTarget,
            Over::Trigger => Self::OverTrigger,
            Over::Critical => Self::OverCritical,
        }
    }
}

/// A metric, judged: what `status` and `judge` print and what `decide` reads.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Judged {
    /// `errors`, `slow`, `cpu`, `memory`, `restarts`, `readiness`, `requests`; of `judge` any name that its input has.
    pub(in crate::cli) metric: String,
    /// The conclusion.
    pub(in crate::cli) verdict: Verdict,
    /// What lies behind it, where one word is not all.
    #[serde(default)]
    pub(in crate::cli) why: Option<Why>,
    /// How many requests or samples there are, where they are too few.
    #[serde(default)]
    pub(in crate::cli) have: Option<u64>,
    /// About how many are needed.
    #[serde(default)]
    pub(in crate::cli) need: Option<u64>,
    /// About how long that will take at the present rate.
    #[serde(default)]
    pub(in crate::cli) more_seconds: Option<u64>,
    /// Who tells canary's and production's, with `other_exporters`.
    #[serde(default)]
    pub(in crate::cli) exporters: Option<Exporters>,
    /// Canary's bad ratio over production's; null where production had no bad request.
    #[serde(default)]
    pub(in crate::cli) ratio: Option<f64>,
    /// The lower end of that ratio at its certainty.
    #[serde(default)]
    pub(in crate::cli) low: Option<f64>,
    /// The upper end; null when unbounded.
    #[serde(default)]
    pub(in crate::cli) high: Option<f64>,
    /// The certainty of the interval, such as 0.99.
    #[serde(default)]
    pub(in crate::cli) certainty: Option<f64>,
    /// Canary's bad requests since the onset, else since it began.
    #[serde(default)]
    pub(in crate::cli) bad: u64,
    /// Canary's requests since then.
    #[serde(default)]
    pub(in crate::cli) total: u64,
    /// The onset, where there is one.
    #[serde(default)]
    pub(in crate::cli) since: Option<Timestamp>,
    /// When it was over, was last seen, or begins to count.
    #[serde(default)]
    pub(in crate::cli) until: Option<Timestamp>,
    /// What was concluded while its source still answered; null unless `why` is `stale`.
    #[serde(default)]
    pub(in crate::cli) was: Option<Was>,
    /// The verdict as a sentence; not read by `decide`.
    #[serde(default)]
    pub(in crate::cli) reason: String,
    /// Canary's value.
    #[serde(default)]
    pub(in crate::cli) canary: Option<Value>,
    /// Production's.
    #[serde(default)]
    pub(in crate::cli) production: Option<Value>,
    /// Which of its own limits canary is over; where it is not given, by its value.
    #[serde(default)]
    pub(in crate::cli) canary_over: Option<Over>,
    /// Which of its own limits production is over.
    #[serde(default)]
    pub(in crate::cli) production_over: Option<Over>,
}

/// A verdict that was, with its times.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Was {
    /// The conclusion.
    pub(in crate::cli) verdict: Verdict,
    /// The onset, where there was one.
    #[serde(default)]
    pub(in crate::cli) since: Option<Timestamp>,
    /// When it was over.
    #[serde(default)]
    pub(in crate::cli) until: Option<Timestamp>,
}

impl Was {
    pub(super) fn of(verdict: &verdict::Verdict) -> Self {
        let (since, until) = times(verdict);
        Self {
            verdict: verdict.into(),
            since,
            until,
        }
    }
}

impl Judged {
    /// A row of the table.
    pub(in crate::cli) fn of(row: &assess::Row, compared: Compared, now: Timestamp) -> Self {
        let MetricVerdict {
            metric,
            verdict,
            canary,
            estimate,
            ..
        } = &row.verdict;
        let judged = Self::concluded(Metric(*metric).into(), verdict, compared, now);
        let estimate = estimate.as_ref();
        Self {
            since: row.was.as_ref().map_or(judged.since, |was| times(was).0),
            was: row.was.as_ref().map(Was::of),
            ratio: estimate.and_then(|e| e.ratio),
            low: estimate.map(|e| e.low),
            high: estimate.and_then(|e| e.high),
            certainty: estimate.map(|e| e.certainty),
            bad: canary.bad,
            total: canary.total,
            reason: match (metric, verdict) {
                (
                    verdict::Metric::Requests | verdict::Metric::Readiness,
                    verdict::Verdict::Pass,
                ) => "shown, not judged".to_owned(),
                _ => judged.reason,
            },
            canary: row.canary.map(Value::from),
            production: row.production.map(Value::from),
            canary_over: Some(row.canary_over.into()),
            production_over: Some(row.production_over.into()),
            ..judged
        }
    }

    /// A verdict without its numbers.
    pub(in crate::cli) fn concluded(
        metric: String,
        verdict: &verdict::Verdict,
        compared: Compared,
        now: Timestamp,
    ) -> Self {
        let (since, until) = times(verdict);
        let (why, have, need, more_seconds) = behind(verdict);
        Self {
            metric,
            verdict: verdict.into(),
            why,
            have,
            need,
            more_seconds,
            exporters: exporters(verdict),
            ratio: None,
            low: None,
            high: None,
            certainty: None,
            bad: 0,
            total: 0,
            since,
            until,
            was: None,
            reason: at_length(verdict, compared, now),
            canary: None,
            production: None,
            canary_over: None,
            production_over: None,
        }
    }

    /// How the sides compare, if that is known.
    pub(in crate::cli) fn estimate(&self) -> Option<Estimate> {
        Some(Estimate {
            ratio: self.ratio,
            low: self.low?,
            high: self.high,
            certainty: self.certainty.unwrap_or(0.99),
        })
    }
}

impl Judged {
    /// The metric of that name.
    pub(in crate::cli) fn metric(&self, at: &str) -> Result<verdict::Metric, Problem> {
        let of_name = Metric::try_from(self.metric.clone());
        of_name.map(|Metric(metric)| metric).map_err(|_| {
            let what = format!("{:?} is no metric of the process", shown(&self.metric));
            let right = format!("there are {NAMES}");
            Problem::new(format!("{at}.metric"), what, right)
        })
    }
}
