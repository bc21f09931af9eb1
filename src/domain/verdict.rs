//! What the judge concludes of a metric. Only [`Verdict::Pass`] is good news; too little and nothing are never it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::exporter::Exporter;
use super::gauge::Gauge;
use super::metrics::Tally;

/// What is judged or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of failed requests.
    Errors,
    /// Share of requests over the latency bound; shown as p95.
    Slow,
    /// A gauge of the machines.
    Gauge(Gauge),
    /// Pods ready of pods wanted.
    Readiness,
    /// Requests a second: shown, not judged.
    Requests,
}

/// Worse than production, or not, or not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not worse was earned.
    Pass,
    /// Too early to tell.
    Unsure(Unsure),
    /// Suspicious.
    Watch(Watch),
    /// Worse than production, since a time.
    Breach {
        /// The onset: the start of the first interval that is worse.
        since: Timestamp,
    },
    /// Was worse and is not any more, without an action of ours: not promotable without a waiver.
    Recovered {
        /// The onset.
        since: Timestamp,
        /// When it was over.
        until: Timestamp,
    },
    /// Nothing to judge by.
    NoData(NoData),
}

/// Why it is too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsure {
    /// The soak goes on.
    Soaking,
    /// The soak is over and too few requests came.
    TooFewRequests {
        /// Requests on canary since it began.
        have: u64,
        /// About how many are needed.
        need: u64,
        /// About how many seconds more at the present rate; none without traffic.
        seconds: Option<u64>,
    },
    /// Enough requests, but not worse is not earned.
    NotEarned,
    /// Too few samples of a gauge.
    TooFewSamples {
        /// Samples on the smaller side.
        have: u32,
        /// Samples needed on each side.
        need: u32,
    },
}

/// Why it is suspicious.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// The evidence grows and has not reached certainty.
    Growing,
    /// Certainly worse, but by less than matters.
    BelowFloor,
    /// Over its own limit, on canary alone or on both.
    OverLimit,
}

/// Why there is nothing to judge by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoData {
    /// The source has never answered for canary.
    NoCanarySeries,
    /// The source has never answered for production.
    NoProductionSeries,
    /// No request reached canary.
    NoTraffic,
    /// Requests come, and no label tells which of them failed.
    NoStatus,
    /// The two sides are told by exporters that don't mean the same.
    OtherExporters {
        /// Who tells canary's.
        canary: Exporter,
        /// Who tells production's.
        production: Exporter,
    },
    /// How many pods there are is not known, and totals of sides of different size don't compare.
    NoPods,
    /// More than two intervals are missing.
    Hole,
    /// The source stopped answering.
    Stale {
        /// The end of the last interval that was seen.
        last: Timestamp,
    },
    /// No metrics are configured on canary or on production.
    NotConfigured,
    /// Both sides run the same version: there is no canary.
    NoCanary,
    /// Too little was seen of production before its release, against which it is judged while it soaks.
    NoBefore,
    /// The canary's first minute does not count.
    WarmingUp {
        /// When counting begins.
        until: Timestamp,
    },
}

/// An estimate with the interval that holds the truth at the named certainty, at every look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Canary's bad ratio over production's; none where production had no bad request.
    pub ratio: Option<f64>,
    /// The lower end.
    pub low: f64,
    /// The upper end; none when unbounded.
    pub high: Option<f64>,
    /// The certainty, such as 0.99.
    pub certainty: f64,
}

/// One metric judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricVerdict {
    /// What was judged.
    pub metric: Metric,
    /// The conclusion.
    pub verdict: Verdict,
    /// Since when the counts below are taken: the onset, or the canary's beginning.
    pub from: Option<Timestamp>,
    /// Canary's counts since then (of a statistical metric).
    pub canary: Tally,
    /// Production's counts since then.
    pub production: Tally,
    /// How the sides compare; none without a baseline.
    pub estimate: Option<Estimate>,
}

impl Verdict {
    /// Whether it is [`Verdict::Breach`].
    pub const fn is_breach(&self) -> bool {
        matches!(self, Self::Breach { .. })
    }

    /// Whether it is [`Verdict::Pass`].
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass)
    }

    /// Whether it is [`Verdict::NoData`].
    pub const fn is_no_data(&self) -> bool {
        matches!(self, Self::NoData(_))
    }
}
