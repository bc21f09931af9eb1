//! The `PromQL` of each panel group, written so that counts are whole: one place, so that history, live view and the
//! text shown to a person are the same expression.

use std::fmt::Write as _;

use crate::domain::gauge::Gauge;

use super::pack::containers;
use super::plan::{Form, Histogram, Plan, RestartsPlan, UsePlan};
use super::selector::{Ends, Matchers, Rising, Span, literal};

/// The label that tells the parts of a union apart.
pub(super) const SIGNAL: &str = "signal";
/// Counts of requests by endpoint and status.
pub(super) const REQUESTS: &str = "requests";
/// Counts of failed requests (before-canary tallies only; elsewhere the status is a label).
pub(super) const ERRORS: &str = "errors";
/// Counts of requests that ended with an error and without a status that says so (before-canary tallies only).
pub(super) const UNSENT: &str = "unsent";
/// Cumulative counts by endpoint (or pod) up to the bound that parts slow from well, and of all.
pub(super) const SLOW: &str = "slow";
/// Cumulative counts by bucket bound; of native histograms, shares of all that they observed.
pub(super) const LATENCY: &str = "latency";
/// How many targets were counted whole.
pub(super) const WHOLE: &str = "whole";
/// How many targets a missing scrape has cut off.
pub(super) const GAPS: &str = "gaps";

/// How many pods the gauges are of.
pub(super) const PODS: &str = "pods";

/// What each series of a counter has counted over the interval that ends at the evaluation time: its difference if it
/// was there at both ends, its value if it went down, its value also if it is new and it is known that nothing of it
/// was counted before (its target was scraped without it, or its process has just started). A series of which that is
/// not known gives nothing: its first value is only a base.
pub(super) fn counted(what: impl Into<Rising>, span: Span, targets: Option<&Matchers>) -> String {
    let Ends {
        now,
        there,
        before,
        was,
        fresh,
    } = what.into().ends(span, targets.is_some());
    let base = match targets {
        Some(targets) => format!(
            "({before} or 0 * ({there} and on (job, instance) ({scraped} == 1 or on (job, instance) {started})))",
            scraped = span.before(&targets.of("up")),
            started = started(targets, span),
        ),
        None => before,
    };
    let counted = format!("(({now} - {base} >= 0) or ({now} and {was}))");
    match fresh {
        Some(fresh) => format!("({counted} and {fresh})"),
        None => counted,
    }
}

/// As [`counted`], of the series of one target together, by `label`: half the work where there are thousands of buckets.
/// A sum goes down also when a series of a living process ends; only where no process is known to have lived through
/// it, a fall is a new process that counts from zero.
fn counted_by_target(selector: &str, span: Span, targets: &Matchers, label: &str) -> String {
    let sum = |series: String| format!("sum by (job, instance, {label}) ({series})");
    let (now, before) = (sum(span.now(selector)), sum(span.before(selector)));
    let start = targets.of("process_start_time_seconds");
    format!(
        "sum by ({label}) (({now} - ({before} or 0 * ({now} and on (job, instance) ({scraped} == 1 or on (job, instance) {started}))) >= 0) or ({now} < {before} unless on (job, instance) {start} <= timestamp({start}) - {older}))",
        scraped = span.before(&targets.of("up")),
        started = started(targets, span),
        older = span.interval + span.fresh,
    )
}

/// The targets whose process started inside the interval: the target's own, which ends at its last scrape. Measured to
/// the grid point instead, half of the new pods would start just before the interval and be scraped first in it.
fn started(targets: &Matchers, span: Span) -> String {
    let start = targets.of("process_start_time_seconds");
    format!("{start} > timestamp({start}) - {}", span.interval)
}

/// How many targets (series, where there is no `up`) are counted whole, and how many a missing scrape has cut off:
/// those that were lost without a staleness marker, and those that came back.
fn coverage(plan: &Plan, span: Span) -> [(&'static str, String); 2] {
    let (selector, whole) = if let Some(targets) = &plan.targets {
        let up = targets.of("up");
        let whole = format!(
            "count({now} == 1 and on (job, instance) ({before} == 1 or on (job, instance) {started}))",
            now = span.now(&up),
            before = span.before(&up),
            started = started(targets, span),
        );
        (up, whole)
    } else {
        let series = plan.matchers.of(plan.counter);
        let whole = format!("count({} and {})", span.now(&series), span.before(&series));
        (series, whole)
    };
    let gaps = format!(
        "count(({before} and {selector} unless {now}) or ({now} and {selector} offset {interval}s unless {before}))",
        now = span.now(&selector),
        before = span.before(&selector),
        interval = span.interval,
    );
    [(WHOLE, whole), (GAPS, gaps)]
}

/// Requests, errors, durations and coverage of one environment at the end of an interval: one query.
pub(super) fn red(plan: &Plan) -> String {
    union(&red_parts(plan))
}

/// The parts of [`red`].
pub(super) fn red_parts(plan: &Plan) -> Vec<(&'static str, String)> {
    let span = plan.span();
    let targets = plan.targets.as_ref();
    let by = |labels: &[Option<&'static str>]| {
        labels
            .iter()
            .copied()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut parts = vec![(
        REQUESTS,
        format!(
            "sum by ({}) {}",
            by(&[plan.method, plan.route, plan.status, plan.error]),
            counted(plan.requests(&plan.matchers), span, targets)
        ),
    )];
    if let Some(histogram) = &plan.histogram {
        let endpoint = if plan.slow_by_endpoint() {
            [histogram.method, histogram.route]
        } else {
            [None, None]
        };
        let sum = |what: Rising, le: Option<&'static str>| {
            let [method, route] = endpoint;
            let by = by(&[method, route, le]);
            format!("sum by ({by}) {}", counted(what, span, targets))
        };
        let all = plan.matchers.of(histogram.metric);
        let latency = match (&histogram.form, targets) {
            (Form::Buckets, Some(targets)) => counted_by_target(&all, span, targets, "le"),
            (Form::Buckets, None) => format!("sum by (le) {}", counted(all, span, None)),
            (Form::Native(bounds), _) => shares(&all, bounds, span.interval + plan.scrape_seconds),
        };
        parts.push((LATENCY, latency));
        // Shares are of what is counted here.
        if plan.slow_by_endpoint() || histogram.form != Form::Buckets {
            parts.push((SLOW, slow(&plan.matchers, histogram, sum)));
        }
    }
    parts.extend(coverage(plan, span));
    parts
}

/// The two counts of each histogram that part slow from well. The total is the histogram's own: a counter beside it may
/// count endpoints that have no histogram, and those are not slow.
fn slow(
    matchers: &Matchers,
    histogram: &Histogram,
    sum: impl Fn(Rising, Option<&'static str>) -> String,
) -> String {
    let slow = histogram.slow_text.as_str();
    match histogram.form {
        Form::Buckets => {
            let bounds = format!("{}|{}", literal(slow), literal("+Inf"));
            let both = matchers.clone().and("le", "=~", &bounds);
            sum(both.of(histogram.metric).into(), Some("le"))
        }
        Form::Native(_) => {
            let all = matchers.of(histogram.metric);
            with_bounds([
                (slow, sum(Rising::up_to(all.clone(), slow), None)),
                ("+Inf", sum(Rising::observed(all), None)),
            ])
        }
    }
}

/// Which share of what native histograms observed was not over each bound. Over so many seconds that the first sample and
/// the last are those of the interval's ends, while scrapes come as they should (of two intervals where a server before
/// 3.0 has samples at the grid's very points); what `increase` extrapolates is in both sides of the share. To count up to
/// each bound as requests are counted would take the server ten times as long.
fn shares(selector: &str, bounds: &[String], seconds: u32) -> String {
    let all = format!("sum(increase({selector}[{seconds}s]))");
    with_bounds(bounds.iter().map(|bound| {
        let share = format!("histogram_fraction(-Inf, {bound}, {all})");
        (bound.as_str(), share)
    }))
}

/// Expressions joined, each with its bound in the label that buckets have.
fn with_bounds<'a>(each: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let each = each.into_iter().map(|(bound, expression)| {
        format!("label_replace({expression}, \"le\", \"{bound}\", \"\", \"\")")
    });
    format!("({})", each.collect::<Vec<_>>().join(" or "))
}

/// Errors and slow requests by pod over blocks of `block` seconds: one query.
pub(super) fn by_pod(plan: &Plan, block: u32, pods: Option<&[String]>) -> String {
    let span = Span {
        interval: block,
        ..plan.span()
    };
    let pod = plan.pod;
    let matchers = match pods {
        Some(pods) => {
            let any: Vec<String> = pods.iter().map(|pod| literal(pod)).collect();
            plan.matchers.clone().and(pod, "=~", &any.join("|"))
        }
        None => plan.matchers.clone(),
    };
    let targets = plan.targets.as_ref();
    let sum =
        |labels: &str, what: Rising| format!("sum by ({labels}) {}", counted(what, span, targets));
    let mut parts = vec![(REQUESTS, sum(pod, plan.requests(&matchers)))];
    if let Some(status) = plan.status {
        let (operator, class) = if plan.has_classes() {
            ("=", "5")
        } else {
            ("=~", "5..")
        };
        let failed = matchers.clone().and(status, operator, class);
        parts.push((ERRORS, sum(pod, plan.requests(&failed))));
        if let Some(error) = plan.error {
            let unsent = matchers
                .clone()
                .and(status, "!~", "[45]..")
                .and(error, "!=", "");
            parts.push((UNSENT, sum(pod, plan.requests(&unsent))));
        }
    }
    if let Some(histogram) = &plan.histogram {
        let by_pod = |what, le: Option<&str>| {
            let labels: Vec<&str> = [pod].into_iter().chain(le).collect();
            sum(&labels.join(", "), what)
        };
        parts.push((SLOW, slow(&matchers, histogram, by_pod)));
    }
    union(&parts)
}

/// The gauges of one environment at the end of an interval: one query. Pools, caches and queues are asked for with the
/// machines, for they are a few small sums, and no exporter of theirs can make the query fail.
pub(super) fn machines(plan: &UsePlan) -> String {
    union(&machine_parts(plan))
}

/// The parts of [`machines`].
pub(super) fn machine_parts(plan: &UsePlan) -> Vec<(String, String)> {
    let pods = plan.pods.iter().flat_map(|pods| pod_parts(plan, pods));
    let readings = plan.readings.iter();
    let readings = readings.map(|r| (r.gauge.to_string(), r.expression.clone()));
    pods.chain(readings).collect()
}

/// What every pod has: use of CPU and memory, and restarts.
fn pod_parts(plan: &UsePlan, pods: &Matchers) -> Vec<(String, String)> {
    let containers = containers_of(pods);
    let over = plan.rate_seconds;
    let share = |resource| format!("avg({})", use_of_limits(pods, resource, over));
    let mut parts = vec![
        (Gauge::Cpu.to_string(), share(Resource::Cpu)),
        (Gauge::Memory.to_string(), share(Resource::Memory)),
    ];
    if let Some(RestartsPlan { targets, fresh }) = &plan.restarts {
        let span = Span {
            interval: plan.grid.seconds(),
            fresh: *fresh,
        };
        let series = pods.of(containers::RESTARTS);
        parts.push((
            Gauge::Restarts.to_string(),
            format!("sum {}", counted(series, span, targets.as_ref())),
        ));
    }
    let running = match (plan.usage, &plan.restarts) {
        (Some(metric), _) => Some((containers.of(metric), over)),
        (None, Some(plan)) => Some((pods.of(containers::RESTARTS), plan.fresh)),
        (None, None) => None,
    };
    if let Some((series, over)) = running {
        let each = format!("count by (namespace, pod) (last_over_time({series}[{over}s]))");
        parts.push((PODS.to_owned(), format!("count({each})")));
    }
    parts
}

/// What containers use and are limited in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    /// Cores.
    Cpu,
    /// Bytes.
    Memory,
}

impl Resource {
    /// As kube-state-metrics calls it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }

    /// What each container of some pods uses of it.
    pub(super) fn used(self, pods: &Matchers, over: u32) -> String {
        let containers = containers_of(pods);
        let usage = match self {
            Self::Cpu => format!("rate({}[{over}s])", containers.of(containers::CPU)),
            Self::Memory => format!(
                "last_over_time({}[{over}s])",
                containers.of(containers::MEMORY)
            ),
        };
        format!("max by (namespace, pod, container) ({usage})")
    }

    /// What each is given of it by a metric of kube-state-metrics.
    pub(super) fn given(self, pods: &Matchers, metric: &str, over: u32) -> String {
        let given = pods.clone().and("resource", "=", self.as_str()).of(metric);
        format!("max by (namespace, pod, container) (last_over_time({given}[{over}s]))")
    }
}

/// The containers of pods, without what holds a pod together.
pub(super) fn containers_of(pods: &Matchers) -> Matchers {
    let named = pods.clone().and("container", "!=", "");
    named.and("container", "!=", "POD")
}

/// What each pod uses of the limits of its containers; those without a limit count on neither side.
pub(super) fn use_of_limits(pods: &Matchers, resource: Resource, over: u32) -> String {
    let usage = resource.used(pods, over);
    let limit = resource.given(pods, containers::LIMITS, over);
    format!(
        "sum by (namespace, pod) ({usage} and {limit}) / sum by (namespace, pod) ({limit} and {usage})"
    )
}

/// Parts joined into one query, each with its name in the label `signal`.
pub(super) fn union(parts: &[(impl AsRef<str>, String)]) -> String {
    let mut out = String::new();
    for (i, (signal, expression)) in parts.iter().enumerate() {
        if i > 0 {
            out.push_str("\nor ");
        }
        let _infallible = write!(
            out,
            "label_replace({expression}, \"{SIGNAL}\", \"{}\", \"\", \"\")",
            signal.as_ref()
        );
    }
    out
}
