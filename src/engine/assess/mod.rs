//! From evidence to what the table shows: each metric's values, limits, trend and verdict, and the red lines.

mod assessing;
mod budget;
pub(crate) mod canary;
mod each;
mod endpoints;
mod itself;
mod judging;
mod lines;
mod rows;
pub(crate) mod sources;
mod window;

#[cfg(test)]
mod tests;

pub(crate) use assessing::remedies;
pub use assessing::{assess, assess_again};
pub use budget::{Budget, Burn};
pub use canary::Promoted;
pub use itself::Compared;
pub use judging::{Memory, recorded};
pub(crate) use rows::{is_surely_over, over_since, own_limit, requests_share};
pub use sources::Silent;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::gauge::Unit;
use crate::domain::metrics::{Endpoint, Tally};
use crate::domain::verdict::{Estimate, Metric, MetricVerdict, NoData, Verdict};

/// A service assessed at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The moment.
    pub at: Timestamp,
    /// The end of the newest interval that both sides have; none before the first.
    pub through: Option<Timestamp>,
    /// When the canary began to count; none when there is no canary.
    pub canary_began: Option<Timestamp>,
    /// When its soak is over.
    pub soak_ends: Option<Timestamp>,
    /// What soaks on production, where both sides run the same version; then all of the following is of production,
    /// against itself before.
    pub promoted: Option<Promoted>,
    /// When the release on production began that is looked at for some time, whether or not it soaks still: what is known of
    /// the time before it is needed until then.
    pub released: Option<Timestamp>,
    /// One row a metric, in a fixed order.
    pub rows: Vec<Row>,
    /// Errors by endpoint since the onset (else since the canary began), worst first.
    pub endpoints: Vec<EndpointRow>,
    /// The absolute limits that canary crosses and production does not.
    pub red_lines: Vec<RedLine>,
    /// The absolute limits that production crosses.
    pub production_lines: Vec<RedLine>,
    /// How fast both sides use up the error budget.
    pub budget: Budget,
    /// The window of every value in the rows.
    pub window: Window,
    /// How canary is since the last action against a breach; none without one.
    pub after: Option<After>,
}

impl Assessment {
    /// The side that is judged, and what it is held against.
    pub fn compared(&self) -> Compared {
        self.promoted.map_or(Compared::Canary, |promoted| {
            let Promoted { before, .. } = promoted;
            Compared::Production { before }
        })
    }

    /// Whether any metric is worse, or was while its source still answered.
    fn is_worse(&self) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| row.was.as_ref().unwrap_or(&row.verdict.verdict).is_breach())
    }

    /// Whether any metric is or was worse: what is not to be forgotten while it is looked at.
    pub fn was_worse(&self) -> bool {
        let worse = |verdict: &Verdict| {
            matches!(verdict, Verdict::Breach { .. } | Verdict::Recovered { .. })
        };
        let mut rows = self.rows.iter();
        rows.any(|row| worse(&row.verdict.verdict) || row.was.as_ref().is_some_and(worse))
    }

    /// The rows in the order in which they are shown: what is worse comes first, so that none of it is ever out of sight
    /// below what is well; what weighs the same stays in the rows' own order.
    pub fn shown(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.weight()));
        rows
    }
}

impl Row {
    /// How much a person needs to see it.
    pub const fn weight(&self) -> Weight {
        match &self.verdict.verdict {
            Verdict::Breach { .. } => Weight::Worse,
            Verdict::Watch(_) | Verdict::Recovered { .. } => Weight::Suspicious,
            // That there is no canary, or none yet, is said once, and above.
            Verdict::NoData(
                NoData::NoCanary | NoData::WarmingUp { .. } | NoData::NotConfigured,
            )
            | Verdict::Unsure(_) => Weight::Open,
            Verdict::NoData(_) => Weight::Unknown,
            Verdict::Pass => Weight::Well,
        }
    }
}

/// How much a person needs to see of a metric, rising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Not worse was earned, or it is only shown.
    Well,
    /// Too early to tell.
    Open,
    /// Nothing tells it, where something should.
    Unknown,
    /// Suspicious, or bad before.
    Suspicious,
    /// Worse than production.
    Worse,
}

/// The window of the table, named in its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// What it is.
    pub kind: WindowKind,
    /// Where it begins; none when there is nothing to show.
    pub from: Option<Timestamp>,
}

/// What the table's window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// Since the onset of a breach.
    SinceOnset,
    /// Since the canary began to count.
    SinceCanary,
    /// The last five minutes: no canary, or none yet.
    Recent,
}

/// How canary's errors are since an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct After {
    /// When it was acted.
    pub acted_at: Timestamp,
    /// Canary's counts since the first interval that holds nothing from before it.
    pub canary: Tally,
    /// Production's.
    pub production: Tally,
    /// How they compare.
    pub estimate: Option<Estimate>,
    /// Since when the bad ratio is surely under half of what it was.
    pub helped_at: Option<Timestamp>,
    /// Since when canary is no longer worse, where that was earned.
    pub recovered_at: Option<Timestamp>,
}

/// One metric on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The verdict with its counts and interval.
    pub verdict: MetricVerdict,
    /// What was concluded while its source still answered; none unless the verdict is stale.
    pub was: Option<Verdict>,
    /// When the breach that holds became certain, which is later than its onset; none without one, or where the judge does
    /// not tell (gauges).
    pub certain_at: Option<Timestamp>,
    /// Canary's value over the table's window; none is unknown.
    pub canary: Option<Value>,
    /// Production's.
    pub production: Option<Value>,
    /// Canary's value for each request as a multiple of production's, of what grows with the requests; none where that is
    /// not known.
    pub for_each_request: Option<f64>,
    /// The same for each pod, of what grows with the pods.
    pub for_each_pod: Option<f64>,
    /// Which limit of its own canary is over; of a metric of the business, which share of production's it lacks.
    pub canary_over: Limit,
    /// Which limit of its own production is over.
    pub production_over: Limit,
    /// Canary over the last 15 minutes, oldest first; none is a hole.
    pub trend: Vec<Option<f64>>,
    /// Production over the same intervals.
    pub baseline_trend: Vec<Option<f64>>,
    /// The end of the last interval of the trends.
    pub trend_ends: Option<Timestamp>,
    /// The seconds between two points of a trend.
    pub trend_step_seconds: u32,
    /// The value that a trend's full height stands for: the metric's limit.
    pub full_scale: f64,
}

/// A measured value with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
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

impl Value {
    /// A gauge's number; counts are rounded.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of messages is not negative and far under 2^52"
    )]
    pub fn of(unit: Unit, number: f64) -> Self {
        match unit {
            Unit::Share => Self::Share(number),
            Unit::Seconds => Self::Seconds(number),
            Unit::Count => Self::Count(number.round() as u64),
            Unit::PerSecond => Self::PerSecond(number),
            Unit::BytesPerSecond => Self::BytesPerSecond(number),
        }
    }
}

/// How far over its own limits a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Under the target, or without one.
    Within,
    /// Over the target.
    OverTarget,
    /// Over the trigger: action is due.
    OverTrigger,
    /// Over the critical limit.
    OverCritical,
}

/// One endpoint on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndpointRow {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Canary's errors.
    pub canary: Tally,
    /// Production's errors.
    pub production: Tally,
    /// How they compare.
    pub estimate: Option<Estimate>,
    /// Its share of canary's errors, 0 to 1.
    pub share: f64,
}

/// An absolute limit that is crossed: it needs no comparison and comes first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedLine {
    /// Pods do not start or keep crashing.
    WontStart {
        /// Ready.
        ready: u32,
        /// Wanted.
        wanted: u32,
        /// The most frequent reason.
        reason: crate::domain::untrusted::Untrusted,
    },
    /// No pod is ready.
    Down,
    /// Containers restart too often.
    Restarts {
        /// A minute.
        per_minute: f64,
    },
    /// A gauge is over the limit where a rollback is required, on canary and not on production.
    Over {
        /// Which.
        metric: Metric,
        /// Its value.
        value: Value,
        /// The limit.
        limit: f64,
    },
}
