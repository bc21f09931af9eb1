//! The pods of one environment, the worst first: what the metrics server tells of them joined with what the cluster does.
//!
//! Each knows other pods to be bad: a hot one is ready, and one that does not start uses nothing.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::assess::Limit;
use super::evidence::EnvironmentEvidence;
use super::policy::Policy;
use crate::domain::pods::PodSignal;
use crate::domain::untrusted::Untrusted;
use crate::domain::workload::{PodSeen, PodsSeen, WORST_PODS};

/// The shares of time from which on waiting is worth a look, and from which on it is bad. The process names none: these are
/// where requests begin to feel it.
const PRESSURE: (f64, f64) = (0.1, 0.4);

/// One pod.
#[derive(Debug, Clone, PartialEq)]
pub struct Pod {
    /// Its name.
    pub name: Untrusted,
    /// What the metrics server tells of it; what is absent is not known.
    pub values: BTreeMap<PodSignal, f64>,
    /// Whether it is ready; none where the cluster does not say.
    pub ready: Option<bool>,
    /// Whether it was deleted or has ended, and is still there.
    pub leaving: bool,
    /// Since when it is or is not; none where the cluster does not say.
    pub since: Option<Timestamp>,
    /// The restarts of its containers in all; none where they are not told.
    pub restarts: Option<u32>,
    /// Those of the last five minutes.
    pub recent: Option<u32>,
    /// Why it is not ready, or restarted last.
    pub reason: Option<Untrusted>,
    /// The worst limit that it is over.
    pub over: Limit,
}

impl Pod {
    /// The worst of what it waits for; none where that is not told.
    pub fn pressure(&self) -> Option<(PodSignal, f64)> {
        let told = PodSignal::PRESSURE.into_iter();
        let told = told.filter_map(|signal| Some((signal, *self.values.get(&signal)?)));
        told.reduce(|most, next| if next.1 > most.1 { next } else { most })
    }
}

/// The pods that are shown of an environment, the worst first.
///
/// First those that are not ready or have just restarted, then by the worst limit that each is over; those alike by tenths
/// of their worst value and then by name, so that a small change moves no row.
pub fn listed(environment: &EnvironmentEvidence, policy: &Policy) -> Vec<Pod> {
    let seen = environment.workload.as_ref();
    let seen = seen.and_then(|workload| workload.value.pods.as_ref());
    let told = environment.pods.iter().flat_map(|pods| &pods.value.worst);
    let mut pods: BTreeMap<&Untrusted, Pod> = BTreeMap::new();
    for pod in told {
        let of_cluster = seen.map_or_else(Seen::default, |seen| Seen::of(seen, &pod.pod));
        pods.insert(
            &pod.pod,
            of_cluster.with(&pod.pod, pod.values.clone(), policy),
        );
    }
    for pod in seen.iter().flat_map(|seen| &seen.listed) {
        pods.entry(&pod.pod)
            .or_insert_with(|| Seen::from(pod).with(&pod.pod, BTreeMap::new(), policy));
    }
    let mut pods: Vec<Pod> = pods.into_values().collect();
    pods.sort_by_cached_key(|pod| Reverse((rank(pod, policy), Reverse(pod.name.clone()))));
    pods.truncate(WORST_PODS);
    pods
}

/// How bad a pod is: rising.
fn rank(pod: &Pod, policy: &Policy) -> (bool, bool, Limit, u32) {
    let worst = pod.values.iter().map(|(signal, value)| {
        let critical = limits(policy, *signal).1;
        if critical > 0.0 {
            value / critical
        } else {
            0.0
        }
    });
    let worst = worst.fold(0.0, f64::max);
    (
        pod.ready == Some(false),
        pod.recent.is_some_and(|recent| recent > 0),
        pod.over,
        tenths(worst),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share in tenths, clamped"
)]
fn tenths(share: f64) -> u32 {
    (share * 10.0).clamp(0.0, 1e6) as u32
}

/// Where a signal is worth a look, and where it is bad.
fn limits(policy: &Policy, signal: PodSignal) -> (f64, f64) {
    let bands = signal.gauge().and_then(|gauge| policy.bands(gauge));
    bands.map_or(PRESSURE, |bands| (bands.trigger, bands.critical))
}

/// Which of its limits a signal of a pod is over.
pub fn over(policy: &Policy, signal: PodSignal, value: f64) -> Limit {
    let (trigger, critical) = limits(policy, signal);
    if value > critical {
        Limit::OverCritical
    } else if value > trigger {
        Limit::OverTrigger
    } else {
        Limit::Within
    }
}

/// What the cluster tells of a pod.
#[derive(Debug, Clone, Default)]
struct Seen {
    ready: Option<bool>,
    leaving: bool,
    since: Option<Timestamp>,
    restarts: Option<u32>,
    recent: Option<u32>,
    reason: Option<Untrusted>,
}

impl Seen {
    /// What is told of a pod by its name. One that is not listed and does not leave is none worse than the last that is;
    /// where all are listed it is gone, or another's, and nothing is known of it.
    fn of(seen: &PodsSeen, name: &Untrusted) -> Self {
        if let Some(pod) = seen.listed.iter().find(|pod| pod.pod == *name) {
            return Self::from(pod);
        }
        if seen.leaving.contains(name) {
            return Self {
                leaving: true,
                ..Self::default()
            };
        }
        // Of many that leave not all are named: it may be one of them.
        if u32::try_from(seen.leaving.len()).is_ok_and(|named| named < seen.leave) {
            return Self::default();
        }
        let listed = u32::try_from(seen.listed.len()).unwrap_or(u32::MAX);
        let last = seen.listed.last().filter(|_| seen.all > listed);
        let well = last.filter(|last| last.ready && last.recent == 0);
        Self {
            ready: well.map(|_| true),
            recent: well.map(|_| 0),
            restarts: well.filter(|last| last.restarts == 0).map(|_| 0),
            ..Self::default()
        }
    }

    fn from(pod: &PodSeen) -> Self {
        Self {
            ready: Some(pod.ready),
            leaving: false,
            since: pod.since,
            restarts: Some(pod.restarts),
            recent: Some(pod.recent),
            reason: pod.reason.clone(),
        }
    }

    fn with(self, name: &Untrusted, values: BTreeMap<PodSignal, f64>, policy: &Policy) -> Pod {
        let over = values
            .iter()
            .map(|(signal, value)| over(policy, *signal, *value));
        Pod {
            name: name.clone(),
            over: over.max().unwrap_or(Limit::Within),
            values,
            ready: self.ready,
            leaving: self.leaving,
            since: self.since,
            restarts: self.restarts,
            recent: self.recent,
            reason: self.reason,
        }
    }
}
