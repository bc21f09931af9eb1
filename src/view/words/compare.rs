//! How canary compares with production, in words: the metric, the factor, the interval and its certainty.

use crate::domain::gauge::Gauge;
use crate::domain::verdict::{Estimate, Metric, NoData, Unsure, Verdict, Watch};
use crate::engine::assess::{Compared, Limit};

use super::number::times;
use super::sides::{judged, other, theirs};
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
pub(crate) fn against_other(
    of: Metric,
    estimate: Option<&Estimate>,
    adverb: &str,
    compared: Compared,
) -> String {
    let (noun, verb) = subject(&of);
    let side = judged(compared);
    format!(
        "{side} {noun} {verb} {adverb}{}",
        factor(estimate, compared)
    )
}

/// `canary errors begin to exceed production's`; of what may be worse by falling only that it is worse.
pub(crate) fn worse_from(of: Metric, compared: Compared) -> String {
    let (noun, verb) = subject(&of);
    let ending = if verb == "are" { "" } else { "s" };
    let (side, theirs) = (judged(compared), theirs(compared));
    match of {
        Metric::Errors | Metric::Slow => {
            format!("{side} {noun} begin{ending} to exceed {theirs}")
        }
        Metric::Gauge(_) | Metric::Readiness | Metric::Requests => {
            format!("{side} {noun} turn{ending} worse than {theirs}")
        }
    }
}

/// `25x production's`, as well as it is known.
pub(crate) fn factor(estimate: Option<&Estimate>, compared: Compared) -> String {
    let theirs = theirs(compared);
    match (estimate, compared) {
        (
            Some(Estimate {
                ratio: Some(ratio), ..
            }),
            _,
        ) => format!("{} {theirs}", times(*ratio)),
        (Some(Estimate { low, .. }), Compared::Canary) if *low > 1.0 => {
            format!("over {} {theirs}, which has none", times(*low))
        }
        (Some(Estimate { low, .. }), Compared::Production { .. }) if *low > 1.0 => {
            format!("over {} {theirs}", times(*low))
        }
        (Some(_) | None, _) => format!("worse than {theirs}"),
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
pub(crate) fn no_data(why: NoData, compared: Compared) -> String {
    match why {
        NoData::NoCanarySeries => format!("no {} series", judged(compared)),
        NoData::NoProductionSeries => match compared {
            Compared::Canary => "no production series".to_owned(),
            Compared::Production { .. } => format!("none {}", other(compared)),
        },
        NoData::NoTraffic => format!("no request reached {}", judged(compared)),
        NoData::NoStatus => "no status label".to_owned(),
        NoData::OtherExporters { .. } => "other exporters".to_owned(),
        NoData::NoPods => "number of pods not known".to_owned(),
        NoData::NotConfigured => "no metrics configured".to_owned(),
        NoData::Hole => "scrapes are missing".to_owned(),
        NoData::Stale { last } => format!("last seen {}", clock(last)),
        NoData::NoCanary => "no canary".to_owned(),
        NoData::NoBefore => "not seen before".to_owned(),
        NoData::WarmingUp { until } => format!("counts from {}", clock(until)),
    }
}

/// What a verdict rests on where no interval says it, short enough for a table.
pub(crate) fn remark(verdict: &Verdict, compared: Compared) -> Option<String> {
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
        Verdict::NoData(why) => Some(no_data(*why, compared)),
    }
}

/// The whole of a verdict, for the evidence screen.
pub(crate) fn at_length(verdict: &Verdict, compared: Compared, now: Timestamp) -> String {
    match verdict {
        Verdict::Pass => format!("not worse than {}", other(compared)),
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
            "not compared: {}'s is told by {}, {} by {}, which don't mean the same",
            judged(compared),
            canary.as_str(),
            theirs(compared),
            production.as_str()
        ),
        Verdict::NoData(NoData::NoPods) => {
            "not compared: how many pods each side has is not known".to_owned()
        }
        Verdict::NoData(NoData::NotConfigured) => {
            "not judged: canary or production has no metrics configured".to_owned()
        }
        Verdict::NoData(NoData::NoBefore) => {
            "not compared: too little was seen of production before its release".to_owned()
        }
        Verdict::NoData(why) => no_data(*why, compared),
    }
}
