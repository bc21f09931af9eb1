//! One row a metric: values over the table's window, own limits, trends. All rows, always in the same order.

use jiff::Timestamp;

use super::each::{expected, for_each_pod, for_each_request};
use super::window::{self, Span};
use super::{Limit, Row, Value};
use crate::domain::environment::Environment;
use crate::domain::gauge::Gauge;
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::Tally;
use crate::domain::verdict::{Metric, MetricVerdict, NoData, Verdict, Watch};
use crate::engine::bound;
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};
use crate::engine::judge::LEAST_EVENTS;
use crate::engine::policy::{Bands, Better, Policy};

/// The rows that every service has, in their order.
pub(crate) const ALWAYS: [Metric; 7] = [
    Metric::Errors,
    Metric::Slow,
    Metric::Requests,
    Metric::Gauge(Gauge::Cpu),
    Metric::Gauge(Gauge::Memory),
    Metric::Gauge(Gauge::Restarts),
    Metric::Readiness,
];

/// All rows of a service, in their order: what every service has, then the gauges that either side feeds, then the metrics
/// of the business.
pub(crate) fn order(frame: &Frame<'_>) -> Vec<Metric> {
    let feeds = |side: Option<&EnvironmentEvidence>, gauge: Gauge| {
        side.and_then(|e| e.usage.as_ref())
            .is_some_and(|usage| usage.value.gauges.contains_key(&gauge))
    };
    let fed = Gauge::NAMED
        .into_iter()
        .filter(|gauge| !Gauge::MACHINES.contains(gauge))
        .filter(|gauge| feeds(frame.canary, *gauge) || feeds(frame.production, *gauge));
    let business = frame.policy.business.keys().copied().map(Gauge::Business);
    ALWAYS
        .into_iter()
        .chain(fed.chain(business).map(Metric::Gauge))
        .collect()
}

/// The seconds that a trend covers.
const TREND_SECONDS: u32 = 900;

/// The seconds over which an environment's share of the requests is taken.
const SHARE_SECONDS: u32 = 300;

/// The fewest bad requests from which a ratio is held against a limit.
const BAD_FOR_LIMIT: u64 = 5;

/// The certainty with which a ratio must be over its trigger before that alone is suspicious.
const SURE_OVER: f64 = 0.99;

/// What every row is made from.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) canary: Option<&'a EnvironmentEvidence>,
    pub(crate) production: Option<&'a EnvironmentEvidence>,
    pub(crate) policy: &'a Policy,
    pub(crate) grid: Grid,
    /// The table's window.
    pub(crate) span: Span,
    /// The end of the newest interval that both sides have.
    pub(crate) through: Option<GridIndex>,
    /// Whether production is held against itself, whose pods of before nobody kept.
    pub(crate) is_itself: bool,
}

/// Makes the row of a metric.
pub(crate) fn row(frame: &Frame<'_>, verdict: MetricVerdict) -> Row {
    let metric = verdict.metric;
    let side = |e: Option<&EnvironmentEvidence>| e.and_then(|e| value(e, metric, &frame.span));
    let (canary, production) = (side(frame.canary), side(frame.production));
    let trend = |e: Option<&EnvironmentEvidence>| match (e, frame.through) {
        (Some(e), Some(through)) => trend(e, metric, frame.grid, through),
        (None, _) | (_, None) => Vec::new(),
    };
    let (ours, theirs) = (trend(frame.canary), trend(frame.production));
    let limits = bands(frame.policy, metric, frame.grid);
    let for_each_request = match metric {
        Metric::Gauge(gauge) if gauge.grows_with_requests() => {
            for_each_request(frame, canary, production)
        }
        Metric::Gauge(_) | Metric::Errors | Metric::Slow | Metric::Requests | Metric::Readiness => {
            None
        }
    };
    Row {
        canary_over: match (metric, for_each_request) {
            (Metric::Gauge(gauge @ Gauge::Business(_)), Some(times)) => {
                if expected(frame, production).is_some_and(|events| events >= LEAST_EVENTS) {
                    worse_by(frame.policy, gauge, times)
                } else {
                    Limit::Within
                }
            }
            _ => side_over(frame.canary, frame, metric, canary),
        },
        for_each_request,
        for_each_pod: match metric {
            Metric::Gauge(gauge) if gauge.grows_with_pods() => {
                for_each_pod(frame, canary, production)
            }
            Metric::Gauge(_)
            | Metric::Errors
            | Metric::Slow
            | Metric::Requests
            | Metric::Readiness => None,
        },
        production_over: side_over(frame.production, frame, metric, production),
        full_scale: limits.map_or_else(|| highest(&ours, &theirs), |b| b.trigger),
        trend_ends: frame
            .through
            .filter(|_| !ours.is_empty() || !theirs.is_empty())
            .map(|t| frame.grid.start(t)),
        trend_step_seconds: frame.grid.seconds(),
        trend: ours,
        baseline_trend: theirs,
        canary,
        production,
        verdict,
        was: None,
        certain_at: None,
    }
}

/// How bad a metric of the business is that is so many times production's.
fn worse_by(policy: &Policy, gauge: Gauge, times: f64) -> Limit {
    let worse = match policy.better(gauge) {
        Better::Higher => 1.0 - times,
        Better::Lower => times - 1.0,
    };
    if worse > policy.business_drop.critical {
        Limit::OverCritical
    } else if worse > policy.business_drop.trigger {
        Limit::OverTrigger
    } else {
        Limit::Within
    }
}

/// The verdict of what is shown and not judged: requests that come, pods that are ready.
pub(crate) fn shown(frame: &Frame<'_>, metric: Metric, none: Option<NoData>) -> MetricVerdict {
    let value = |e: Option<&EnvironmentEvidence>| e.and_then(|e| value(e, metric, &frame.span));
    let verdict = match (none, value(frame.canary), value(frame.production)) {
        (Some(why), _, _) => Verdict::NoData(why),
        (None, None, _) => Verdict::NoData(NoData::NoCanarySeries),
        (None, _, None) if !frame.is_itself => Verdict::NoData(NoData::NoProductionSeries),
        (None, Some(Value::PerSecond(rate)), _) if rate <= 0.0 => {
            Verdict::NoData(NoData::NoTraffic)
        }
        (None, Some(Value::Of { some, all }), _) if some < all => Verdict::Watch(Watch::OverLimit),
        (None, Some(_), _) => Verdict::Pass,
    };
    MetricVerdict {
        metric,
        verdict,
        from: None,
        canary: Tally::default(),
        production: Tally::default(),
        estimate: None,
    }
}

/// Being surely over its own trigger is suspicious, whatever production does.
pub(crate) fn with_own_limit(row: &mut Row, frame: &Frame<'_>) {
    if row.canary_over < Limit::OverTrigger {
        return;
    }
    let surely = match row.verdict.metric {
        Metric::Errors => frame
            .canary
            .and_then(|e| e.red.as_ref())
            .and_then(|red| window::errors(&red.value, &frame.span))
            .is_some_and(|tally| is_surely_over(tally, frame.policy.errors.trigger)),
        Metric::Slow | Metric::Gauge(_) => true,
        Metric::Readiness | Metric::Requests => false,
    };
    match row.verdict.verdict {
        Verdict::Pass | Verdict::Unsure(_) if surely => {
            row.verdict.verdict = Verdict::Watch(Watch::OverLimit);
        }
        Verdict::Pass
        | Verdict::Unsure(_)
        | Verdict::Watch(_)
        | Verdict::Breach { .. }
        | Verdict::Recovered { .. }
        | Verdict::NoData(_) => {}
    }
}

/// Whether a ratio is over a limit by more than chance.
pub(crate) fn is_surely_over(tally: Tally, limit: f64) -> bool {
    bound::at_least(tally.bad, tally.total, SURE_OVER) > limit
}

fn side_over(
    environment: Option<&EnvironmentEvidence>,
    frame: &Frame<'_>,
    metric: Metric,
    value: Option<Value>,
) -> Limit {
    if metric == Metric::Errors {
        let bad = environment
            .and_then(|e| e.red.as_ref())
            .and_then(|red| window::errors(&red.value, &frame.span))
            .map_or(0, |tally| tally.bad);
        if bad < BAD_FOR_LIMIT {
            return Limit::Within;
        }
    }
    value.map_or(Limit::Within, |value| {
        own_limit(frame.policy, metric, frame.grid, value)
    })
}

/// Which limit of its own a value is over.
pub(crate) fn own_limit(policy: &Policy, metric: Metric, grid: Grid, value: Value) -> Limit {
    let limits = bands(policy, metric, grid);
    match value {
        Value::Of { some: 0, all } if all > 0 => Limit::OverCritical,
        Value::Of { some, all } if some < all => Limit::OverTarget,
        // Restarts are limited by the minute, which the red lines see to.
        Value::Count(count) if count > 0 && metric == Metric::Gauge(Gauge::Restarts) => {
            Limit::OverTarget
        }
        Value::BytesPerSecond(_) | Value::Of { .. } | Value::Count(_) => Limit::Within,
        Value::PerSecond(v) | Value::Share(v) | Value::Seconds(v) => {
            limits.map_or(Limit::Within, |b| over(b, v))
        }
    }
}

fn over(bands: Bands, value: f64) -> Limit {
    if value > bands.critical {
        Limit::OverCritical
    } else if value > bands.trigger {
        Limit::OverTrigger
    } else if value > bands.target {
        Limit::OverTarget
    } else {
        Limit::Within
    }
}

/// The limits of a metric; restarts' are those of one interval.
fn bands(policy: &Policy, metric: Metric, grid: Grid) -> Option<Bands> {
    let restarts = policy.restarts_per_minute * f64::from(grid.seconds()) / 60.0;
    match metric {
        Metric::Errors => Some(policy.errors),
        Metric::Slow => Some(policy.p95),
        Metric::Gauge(Gauge::Restarts) => Some(Bands {
            target: 0.0,
            trigger: restarts,
            critical: restarts,
        }),
        Metric::Gauge(gauge) => policy.bands(gauge),
        Metric::Readiness | Metric::Requests => None,
    }
}

fn highest(ours: &[Option<f64>], theirs: &[Option<f64>]) -> f64 {
    ours.iter()
        .chain(theirs)
        .flatten()
        .copied()
        .fold(0.0, f64::max)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a count of restarts or requests is small and not negative"
)]
pub(super) fn value(
    environment: &EnvironmentEvidence,
    metric: Metric,
    span: &Span,
) -> Option<Value> {
    let red = environment.red.as_ref().map(|r| &r.value);
    let gauge = |g| {
        environment
            .usage
            .as_ref()
            .map(|u| window::gauge(&u.value, g, span))
    };
    match metric {
        Metric::Errors => window::errors(red?, span)?.ratio().map(Value::Share),
        Metric::Slow => window::p95(red?, span).map(|(seconds, _)| Value::Seconds(seconds)),
        Metric::Requests => {
            let seconds = window::seconds(red?, span);
            let total = window::tally(red?, span).total;
            (seconds > 0.0).then(|| Value::PerSecond(total as f64 / seconds))
        }
        Metric::Gauge(Gauge::Restarts) => {
            let values = gauge(Gauge::Restarts)?;
            let sum = values.iter().sum::<f64>().round();
            (!values.is_empty()).then_some(Value::Count(sum as u64))
        }
        Metric::Gauge(g) => window::mean(&gauge(g)?).map(|mean| Value::of(g.unit(), mean)),
        Metric::Readiness => environment.workload.as_ref().map(|w| Value::Of {
            some: w.value.ready,
            all: w.value.wanted,
        }),
    }
}

/// An environment's share of the service's requests over the newest five minutes; none where that is not known.
pub(crate) fn requests_share(evidence: &ServiceEvidence, of: Environment) -> Option<f64> {
    let rate = |e: Environment| {
        let side = evidence.environments.get(&e)?;
        let red = &side.red.as_ref()?.value;
        let intervals = i64::from(SHARE_SECONDS / red.grid.seconds()).max(1);
        match value(
            side,
            Metric::Requests,
            &(red.end().plus(-intervals)..red.end()),
        )? {
            Value::PerSecond(rate) => Some(rate),
            Value::Share(_)
            | Value::Seconds(_)
            | Value::BytesPerSecond(_)
            | Value::Count(_)
            | Value::Of { .. } => None,
        }
    };
    let (canary, production) = (rate(Environment::Canary)?, rate(Environment::Production)?);
    let ours = match of {
        Environment::Canary => canary,
        Environment::Production => production,
        Environment::Uat => return None,
    };
    let all = canary + production;
    (all > 0.0).then(|| ours / all)
}

/// A metric interval by interval over the last 15 minutes.
fn trend(
    environment: &EnvironmentEvidence,
    metric: Metric,
    grid: Grid,
    through: GridIndex,
) -> Vec<Option<f64>> {
    if metric == Metric::Readiness {
        return Vec::new();
    }
    let points = i64::from(TREND_SECONDS.div_ceil(grid.seconds()));
    (-points..0)
        .map(|n| through.plus(n))
        .map(|at| value(environment, metric, &(at..at.plus(1))).and_then(as_number))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a count of restarts is small")]
pub(super) fn as_number(value: Value) -> Option<f64> {
    match value {
        Value::Share(v) | Value::Seconds(v) | Value::PerSecond(v) | Value::BytesPerSecond(v) => {
            Some(v)
        }
        Value::Count(v) => Some(v as f64),
        Value::Of { .. } => None,
    }
}

/// When the last stretch over a limit began on a trend, if it lasts to its end.
pub(crate) fn over_since(
    trend: &[Option<f64>],
    ends: Timestamp,
    step_seconds: u32,
    limit: f64,
) -> Option<Timestamp> {
    let mut since = None;
    for (back, value) in (1_i64..).zip(trend.iter().rev()) {
        match value {
            Some(v) if *v > limit => {
                since = Some(super::canary::later(ends, -back * i64::from(step_seconds)));
            }
            Some(_) => break,
            None => {}
        }
    }
    since
}
