//! The red lines: limits that need no comparison, on each side by itself. What production crosses too is not the canary's.

use super::window::{self, Span};
use super::{RedLine, Value};
use crate::domain::gauge::Gauge;
use crate::domain::verdict::Metric;
use crate::domain::workload::{PodTrouble, Rollout, WorkloadHealth};
use crate::engine::evidence::EnvironmentEvidence;
use crate::engine::policy::Policy;

/// The fewest requests from which a 95th percentile is held against a red line.
const REQUESTS_FOR_P95: u64 = 50;

/// The fewest samples of a gauge from which its mean is held against a red line.
const SAMPLES_FOR_GAUGE: usize = 4;

/// Reasons that Kubernetes gives for a container that does not start or does not stay.
const WONT_START: [&str; 10] = [
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "StartError",
    "OOMKilled",
    "Error",
];

/// What of an environment may be used now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usable {
    /// Its pods: the cluster answers.
    pub(crate) pods: bool,
    /// Its metrics: the metrics server answers.
    pub(crate) metrics: bool,
}

/// The red lines that one environment crosses, pods first.
pub(crate) fn red_lines(
    environment: &EnvironmentEvidence,
    policy: &Policy,
    usable: Usable,
    recent: &Span,
) -> Vec<RedLine> {
    let mut lines = Vec::new();
    let workload = environment
        .workload
        .as_ref()
        .filter(|_| usable.pods)
        .map(|w| &w.value);
    if let Some(health) = workload {
        lines.extend(wont_start(health));
        if health.wanted > 0 && health.ready == 0 {
            lines.push(RedLine::Down);
        }
    }
    lines.extend(restarts(environment, workload, policy, usable, recent));
    if usable.metrics {
        for (gauge, bands) in [
            (Gauge::Cpu, policy.cpu),
            (Gauge::Memory, policy.memory),
            (Gauge::PoolUsed, policy.pool_used),
        ] {
            lines.extend(gauge_over(environment, gauge, bands.critical, recent));
        }
        lines.extend(slow(environment, policy, recent));
    }
    lines
}

/// Removes from canary's lines those that production crosses too.
pub(crate) fn canary_alone(canary: Vec<RedLine>, production: &[RedLine]) -> Vec<RedLine> {
    canary
        .into_iter()
        .filter(|line| !production.iter().any(|other| same_kind(line, other)))
        .collect()
}

/// Whether two lines are of one kind. Pods that won't start and no pod being ready are one trouble.
pub(crate) fn same_kind(a: &RedLine, b: &RedLine) -> bool {
    let kind = |line: &RedLine| match line {
        RedLine::WontStart { .. } | RedLine::Down => (0, None),
        RedLine::Restarts { .. } => (1, None),
        RedLine::Over { metric, .. } => (2, Some(*metric)),
    };
    kind(a) == kind(b)
}

fn wont_start(health: &WorkloadHealth) -> Option<RedLine> {
    let failing: Vec<&PodTrouble> = health
        .worst
        .iter()
        .filter(|p| WONT_START.contains(&p.reason.raw()) || p.reason.raw().starts_with("Init:"))
        .collect();
    let several = failing.len() >= 2 || (health.wanted == 1 && failing.len() == 1);
    let stuck = match &health.rollout {
        Some(Rollout::Stuck { reason, .. }) => Some(reason),
        Some(Rollout::Complete { .. } | Rollout::Progressing { .. }) | None => None,
    };
    // After a stuck rollout the old pods may all be ready: it is the new ones that will not start.
    let short = health.ready < health.wanted || health.updated < health.wanted;
    if !((several && short) || stuck.is_some()) {
        return None;
    }
    let most = failing
        .iter()
        .map(|p| {
            (
                failing.iter().filter(|q| q.reason == p.reason).count(),
                &p.reason,
            )
        })
        .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, reason)| reason);
    Some(RedLine::WontStart {
        ready: health.ready,
        wanted: health.wanted,
        reason: most.or(stuck)?.clone(),
    })
}

/// Restarts a minute: as counted over five minutes while watching, and as the metrics counted them in the last minutes.
fn restarts(
    environment: &EnvironmentEvidence,
    workload: Option<&WorkloadHealth>,
    policy: &Policy,
    usable: Usable,
    recent: &Span,
) -> Option<RedLine> {
    let watched = workload.map(|w| f64::from(w.restarts_recent) / 5.0);
    let counted = environment
        .usage
        .as_ref()
        .filter(|_| usable.metrics)
        .and_then(|usage| {
            let per_interval = window::mean(&window::gauge(&usage.value, Gauge::Restarts, recent))?;
            Some(per_interval * 60.0 / f64::from(usage.value.grid.seconds()))
        });
    let per_minute = watched.unwrap_or(0.0).max(counted.unwrap_or(0.0));
    (per_minute > policy.restarts_per_minute).then_some(RedLine::Restarts { per_minute })
}

fn gauge_over(
    environment: &EnvironmentEvidence,
    gauge: Gauge,
    limit: f64,
    recent: &Span,
) -> Option<RedLine> {
    let usage = environment.usage.as_ref()?;
    let values = window::gauge(&usage.value, gauge, recent);
    let mean = window::mean(&values)?;
    (values.len() >= SAMPLES_FOR_GAUGE && mean > limit).then_some(RedLine::Over {
        metric: Metric::Gauge(gauge),
        value: Value::Share(mean),
        limit,
    })
}

fn slow(environment: &EnvironmentEvidence, policy: &Policy, recent: &Span) -> Option<RedLine> {
    let red = environment.red.as_ref()?;
    let (seconds, requests) = window::p95(&red.value, recent)?;
    let limit = policy.p95.trigger;
    (requests >= REQUESTS_FOR_P95 && seconds > limit).then_some(RedLine::Over {
        metric: Metric::Slow,
        value: Value::Seconds(seconds),
        limit,
    })
}
