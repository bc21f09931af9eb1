//! How canary compares with production, in words: the metric, the factor, the interval and its certainty.

use crate::domain::gauge::Gauge;
use crate::domain::verdict::{Estimate, Metric, NoData, Unsure, Verdict, Watch};
use crate::engine::assess::Limit;

use super::number::times;
use super::time::{between, clock};
use crate::theme::Role;
use jiff::Timestamp;

/// The name of a metric in a table.
pub(crate) fn metric(metric: &Metric) -> &str {
    match metric {
        Metric::Errors => "errors",
        Metric::Slow => "p95",
        Metric::Gauge(Gauge::PoolUsed) => "pool use",
        Metric::Gauge(Gauge::PoolWait) => "pool wait",
        Metric::Gauge(Gauge::CacheHits) => "cache hits",
        Metric::Gauge(Gauge::QueueLag) => "queue lag",
        Metric::Gauge(Gauge::NetworkErrors) => "net errors",
        Metric::Gauge(gauge) => gauge.as_str(),
        Metric::Readiness => "readiness",
        Metric::Requests => "requests",
    }
}

/// The metric as the subject of a sentence, with its verb.
fn subject(of: &Metric) -> (&str, &'static str) {
    match of {
        Metric::Errors | Metric::Requests => (metric(of), "are"),
        Metric::Slow => ("slow requests", "are"),
        Metric::Gauge(Gauge::NetworkErrors) => ("network errors", "are"),
        Metric::Gauge(Gauge::Restarts | Gauge::CacheHits | Gauge::Business(_)) => {
            (metric(of), "are")
        }
        Metric::Gauge(Gauge::Throttled) => ("throttling", "is"),
        Metric::Readiness
        | Metric::Gauge(
            Gauge::Cpu
            | Gauge::Memory
            | Gauge::PoolUsed
            | Gauge::PoolWait
            | Gauge::QueueLag
            | Gauge::Network,
        ) => (metric(of), "is"),
    }
}

/// `canary errors are 25x production's`; `still` goes before the factor.
pub(crate) fn against_production(of: Metric, estimate: Option<&Estimate>, adverb: &str) -> String {
    let (noun, verb) = subject(&of);
    format!("canary {noun} {verb} {adverb}{}", factor(estimate))
}

/// `canary errors begin to exceed production's`; of what may be worse by falling only that it is worse.
pub(crate) fn worse_from(of: Metric) -> String {
    let (noun, verb) = subject(&of);
    let ending = if verb == "are" { "" } else { "s" };
    match of {
        Metric::Errors | Metric::Slow => {
            format!("canary {noun} begin{ending} to exceed production's")
        }
        Metric::Gauge(_) | Metric::Readiness | Metric::Requests => {
            format!("canary {noun} turn{ending} worse than production's")
        }
    }
}

/// `25x production's`, as well as it is known.
pub(crate) fn factor(estimate: Option<&Estimate>) -> String {
    match estimate {
        Some(Estimate {
            ratio: Some(ratio), ..
        }) => format!("{} production's", times(*ratio)),
        Some(Estimate { low, .. }) if *low > 1.0 => {
            format!("over {} production's, which has none", times(*low))
        }
        Some(_) | None => "worse than production's".to_owned(),
    }
}

/// The interval: `19x to 34x`.
pub(crate) fn interval(estimate: &Estimate) -> String {
    match estimate.high {
        Some(high) => format!("{} to {}", times(estimate.low), times(high)),
        None if estimate.low < 0.05 => "not known yet".to_owned(),
        None => format!("over {}", times(estimate.low)),
    }
}

/// The certainty, never more than there is: `99%`, `99.5%`.
pub(crate) fn certainty(estimate: &Estimate) -> String {
    let tenths = (estimate.certainty * 1000.0 + 1e-9).floor() / 10.0;
    format!("{tenths}%")
}

/// Symbol, word and role of a verdict.
pub(crate) const fn verdict(verdict: &Verdict) -> (char, &'static str, Role) {
    match verdict {
        Verdict::Pass => ('✓', "pass", Role::Pass),
        Verdict::Unsure(_) => ('·', "unsure", Role::Unsure),
        Verdict::Watch(_) => ('!', "watch", Role::Watch),
        Verdict::Breach { .. } => ('✗', "BREACH", Role::Breach),
        Verdict::Recovered { .. } => ('!', "was bad", Role::Watch),
        Verdict::NoData(_) => ('?', "no data", Role::Watch),
    }
}

/// The mark behind a value that is over its own limit.
pub(crate) const fn mark(limit: Limit) -> Option<(char, Role)> {
    match limit {
        Limit::Within => None,
        Limit::OverTarget | Limit::OverTrigger => Some(('!', Role::Watch)),
        Limit::OverCritical => Some(('✗', Role::Breach)),
    }
}

/// Why there is nothing to judge by, short enough for a table.
pub(crate) fn no_data(why: NoData) -> String {
    match why {
        NoData::NoCanarySeries => "no canary series".to_owned(),
        NoData::NoProductionSeries => "no production series".to_owned(),
        NoData::NoTraffic => "no request reached canary".to_owned(),
        NoData::NoStatus => "no status label".to_owned(),
        NoData::OtherExporters { .. } => "other exporters".to_owned(),
        NoData::NoPods => "number of pods not known".to_owned(),
        NoData::NotConfigured => "no metrics configured".to_owned(),
        NoData::Hole => "scrapes are missing".to_owned(),
        NoData::Stale { last } => format!("last seen {}", clock(last)),
        NoData::NoCanary => "no canary".to_owned(),
        NoData::WarmingUp { until } => format!("counts from {}", clock(until)),
    }
}

/// What a verdict rests on where no interval says it, short enough for a table.
pub(crate) fn remark(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Pass
        | Verdict::Breach { .. }
        | Verdict::Watch(Watch::Growing)
        | Verdict::Unsure(Unsure::Soaking | Unsure::NotEarned) => None,
        Verdict::Unsure(Unsure::TooFewRequests { have, need, .. }) => {
            Some(format!("{have} of about {need}"))
        }
        Verdict::Unsure(Unsure::TooFewSamples { have, need }) => {
            Some(format!("{have} of {need} samples"))
        }
        Verdict::Watch(Watch::BelowFloor) => Some("less than matters".to_owned()),
        Verdict::Watch(Watch::OverLimit) => Some("over its limit".to_owned()),
        Verdict::Recovered { until, .. } => Some(format!("over since {}", clock(*until))),
        Verdict::NoData(why) => Some(no_data(*why)),
    }
}

/// The whole of a verdict, for the evidence screen.
pub(crate) fn at_length(verdict: &Verdict, now: Timestamp) -> String {
    match verdict {
        Verdict::Pass => "not worse than production".to_owned(),
        Verdict::Unsure(Unsure::Soaking) => "too early to tell: the soak goes on".to_owned(),
        Verdict::Unsure(Unsure::TooFewRequests {
            have,
            need,
            seconds,
        }) => format!(
            "{have} of about {need} requests; {}",
            match seconds {
                Some(more) => format!(
                    "about {} more",
                    super::time::duration(i64::try_from(*more).unwrap_or(i64::MAX))
                ),
                None => "no traffic comes".to_owned(),
            }
        ),
        Verdict::Unsure(Unsure::NotEarned) => {
            "enough requests, yet it is not shown to be no worse".to_owned()
        }
        Verdict::Unsure(Unsure::TooFewSamples { have, need }) => {
            format!("{have} of {need} samples on the smaller side")
        }
        Verdict::Watch(Watch::Growing) => "suspicious; the evidence grows".to_owned(),
        Verdict::Watch(Watch::BelowFloor) => "surely worse, but by less than matters".to_owned(),
        Verdict::Watch(Watch::OverLimit) => "over its own limit".to_owned(),
        Verdict::Breach { since } => format!("worse since {}", clock(*since)),
        Verdict::Recovered { since, until } => format!(
            "worse from {} to {}, without an action of ours",
            clock(*since),
            clock(*until)
        ),
        Verdict::NoData(NoData::Stale { last }) => {
            format!("last seen {}, {} ago", clock(*last), between(*last, now))
        }
        Verdict::NoData(NoData::NoStatus) => {
            "not known: no label tells which requests failed".to_owned()
        }
        Verdict::NoData(NoData::OtherExporters { canary, production }) => format!(
            "not compared: canary's is told by {}, production's by {}, which don't mean the same",
            canary.as_str(),
            production.as_str()
        ),
        Verdict::NoData(NoData::NoPods) => {
            "not compared: how many pods each side has is not known".to_owned()
        }
        Verdict::NoData(NoData::NotConfigured) => {
            "not judged: canary or production has no metrics configured".to_owned()
        }
        Verdict::NoData(why) => no_data(*why),
    }
}
