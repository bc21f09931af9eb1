//! The worst pods of an environment, and its namespace's sums: one query, of whose answer the server has kept the worst.
//!
//! Apart from the gauges, for these have no window: what a person asks here is which pod it is now.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::gauge::Gauge;
use crate::domain::pods::{PodSignal, PodUse, Total, WorstPods};
use crate::domain::untrusted::Untrusted;
use crate::domain::workload::WORST_PODS;

use super::Settings;
use super::found::{Found, NAME};
use super::pack::containers;
use super::promql::{PODS, Resource, SIGNAL, containers_of, union, use_of_limits};
use super::selector::Matchers;
use super::server::Server;
use super::wire::{Answer, Series};

/// The name under which the series of pods are counted.
pub(super) const FOUND: &str = "pod";

/// What to ask.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PodsPlan {
    /// The service's pods.
    pub(super) pods: Matchers,
    /// All pods of the namespace.
    pub(super) namespace: Matchers,
    /// Over how many seconds usage is taken.
    pub(super) over: u32,
    /// What is told of each pod.
    pub(super) told: Vec<PodSignal>,
    /// The metrics without a series, by signal.
    pub(super) missing: BTreeMap<PodSignal, Vec<String>>,
}

/// A signal's metrics with the selectors of their series: it is told where each has some.
pub(super) fn terms(settings: &Settings, signal: PodSignal) -> Vec<(String, String)> {
    let pods = settings.pod_series();
    let all = settings.container_series();
    let of_container = |metric: &str| (metric.to_owned(), all.of(metric));
    let limited = |metric: &str, resource: Resource| {
        let limits = pods.clone().and("resource", "=", resource.as_str());
        vec![
            of_container(metric),
            (
                format!(
                    "{}{{resource=\"{}\"}}",
                    containers::LIMITS,
                    resource.as_str()
                ),
                limits.of(containers::LIMITS),
            ),
        ]
    };
    let [cpu, memory, io] = containers::WAITING;
    match signal {
        PodSignal::Cpu => limited(containers::CPU, Resource::Cpu),
        PodSignal::Memory => limited(containers::MEMORY, Resource::Memory),
        PodSignal::Throttled => containers::THROTTLED.map(of_container).to_vec(),
        PodSignal::CpuPressure => vec![of_container(cpu)],
        PodSignal::MemoryPressure => vec![of_container(memory)],
        PodSignal::IoPressure => vec![of_container(io)],
    }
}

/// The one query that counts the series of each. It is asked apart from all else that is asked about: what is wrong with
/// these exporters takes nothing from the requests.
pub(super) fn question(settings: &Settings) -> String {
    let parts = PodSignal::ALL.into_iter().flat_map(|signal| {
        let terms = terms(settings, signal).into_iter().enumerate();
        terms.map(move |(term, (_, selector))| {
            let name = of_term(signal, term);
            let named =
                format!("label_replace(count({selector}), \"{NAME}\", \"{name}\", \"\", \"\")");
            (FOUND, named)
        })
    });
    union(&parts.collect::<Vec<_>>())
}

/// Under which name a term of a signal is counted.
pub(super) fn of_term(signal: PodSignal, term: usize) -> String {
    format!("{}.{term}", signal.as_str())
}

impl PodsPlan {
    /// The plan for what the server has; none where the pods can't be told from the other side's. Where it does not say,
    /// all is asked for, and the answer to that says why.
    pub(super) async fn discover(
        server: &Server,
        settings: &Settings,
        over: u32,
        at: Timestamp,
    ) -> Option<Self> {
        if settings.untold.contains(&Gauge::Cpu) {
            return None;
        }
        let answer = server.at(&question(settings), at).await;
        let answer = answer.and_then(Answer::whole);
        let found = answer.ok().map(|answer| Found::of(&answer));
        Some(Self::of(settings, found.as_ref(), over))
    }

    /// The plan for what was found; for all where that is not known.
    pub(super) fn of(settings: &Settings, found: Option<&Found>, over: u32) -> Self {
        let count = |name: &str| found.map_or(1, |found| found.count(FOUND, name));
        let mut plan = Self {
            pods: settings.pod_series(),
            namespace: settings.namespace_series(),
            over,
            told: Vec::new(),
            missing: BTreeMap::new(),
        };
        for signal in PodSignal::ALL {
            let terms = terms(settings, signal).into_iter().enumerate();
            let lacking = terms.filter(|(at, _)| count(&of_term(signal, *at)) == 0);
            let lacking: Vec<String> = lacking.map(|(_, (metric, _))| metric).collect();
            if lacking.is_empty() {
                plan.told.push(signal);
            } else {
                plan.missing.insert(signal, lacking);
            }
        }
        plan
    }

    /// The query; none where nothing is told of any pod.
    pub(super) fn query(&self) -> Option<String> {
        (!self.told.is_empty()).then(|| {
            let rest = union(&self.totals());
            format!("({})\nor {rest}", self.worst())
        })
    }

    /// What is asked, by the name of each part.
    pub(super) fn parts(&self) -> Vec<(String, String)> {
        if self.told.is_empty() {
            return Vec::new();
        }
        let totals = self.totals().into_iter();
        let totals = totals.map(|(name, query)| (format!("namespace {name}"), query));
        std::iter::once(("worst pods".to_owned(), self.worst()))
            .chain(totals)
            .collect()
    }

    /// All that is told of the pods that are worst by any of it. The worst are found on the server, for which the same is
    /// asked twice: once for the order, in which waiting counts double, as it hurts long before all of the time is waited.
    fn worst(&self) -> String {
        let told = self.told.iter();
        let all: Vec<(&str, String)> = told.map(|s| (s.as_str(), self.of_each(*s))).collect();
        let told = self.told.iter();
        let ranks: Vec<(&str, String)> = told
            .map(|signal| {
                let each = self.of_each(*signal);
                let rank = if signal.is_saturation() {
                    format!("2 * {each}")
                } else {
                    each
                };
                (signal.as_str(), rank)
            })
            .collect();
        format!(
            "({}) and on (namespace, pod) topk({WORST_PODS}, max by (namespace, pod) ({}))",
            union(&all),
            union(&ranks)
        )
    }

    /// One signal of each pod.
    fn of_each(&self, signal: PodSignal) -> String {
        let containers = containers_of(&self.pods);
        let rate = |metric: &str| {
            let over = self.over;
            format!(
                "max by (namespace, pod, container) (rate({}[{over}s]))",
                containers.of(metric)
            )
        };
        let sum = |metric: &str| format!("sum by (namespace, pod) ({})", rate(metric));
        let most = |metric: &str| format!("max by (namespace, pod) ({})", rate(metric));
        let [cpu, memory, io] = containers::WAITING;
        match signal {
            PodSignal::Cpu => format!("({})", use_of_limits(&self.pods, Resource::Cpu, self.over)),
            PodSignal::Memory => {
                format!(
                    "({})",
                    use_of_limits(&self.pods, Resource::Memory, self.over)
                )
            }
            PodSignal::Throttled => {
                let [throttled, periods] = containers::THROTTLED;
                format!("({} / {})", sum(throttled), sum(periods))
            }
            PodSignal::CpuPressure => most(cpu),
            PodSignal::MemoryPressure => most(memory),
            PodSignal::IoPressure => most(io),
        }
    }

    /// How many pods there are, and the sums of the namespace. A container that has ended has limits still: only those
    /// that use something count.
    fn totals(&self) -> Vec<(String, String)> {
        let (over, namespace) = (self.over, &self.namespace);
        let memory = Resource::Memory.used(&self.pods, over);
        let mut parts = vec![(
            PODS.to_owned(),
            format!("count(count by (namespace, pod) ({memory}))"),
        )];
        for resource in [Resource::Cpu, Resource::Memory] {
            let used = resource.used(namespace, over);
            let limits = resource.given(namespace, containers::LIMITS, over);
            let requests = resource.given(namespace, containers::REQUESTS, over);
            let name = resource.as_str();
            parts.extend([
                (format!("{name} used"), format!("sum({used})")),
                (
                    format!("{name} limited"),
                    format!("sum({used} and {limits})"),
                ),
                (
                    format!("{name} limits"),
                    format!("sum({limits} and {used})"),
                ),
                (
                    format!("{name} requests"),
                    format!("sum({requests} and {used})"),
                ),
            ]);
        }
        parts
    }

    /// What an answer tells.
    pub(super) fn read(&self, answer: &Answer, at: Timestamp) -> WorstPods {
        let number = |series: &Series| {
            let last = series.samples.last().map(|(_, value)| *value);
            last.filter(|value| value.is_finite())
        };
        let one = |name: &str| {
            let mut named = answer.series.iter().filter(|s| s.label(SIGNAL) == name);
            named.next().and_then(number)
        };
        let mut pods: BTreeMap<&str, BTreeMap<PodSignal, f64>> = BTreeMap::new();
        for series in &answer.series {
            let of = |s: &PodSignal| s.as_str() == series.label(SIGNAL);
            let (pod, signal) = (series.label("pod"), PodSignal::ALL.into_iter().find(of));
            if let (Some(signal), Some(value), false) = (signal, number(series), pod.is_empty()) {
                pods.entry(pod).or_default().insert(signal, value);
            }
        }
        let total = |resource: Resource| {
            let of = |what: &str| one(&format!("{} {what}", resource.as_str()));
            Total {
                used: of("used"),
                limited: of("limited"),
                limits: of("limits"),
                requests: of("requests"),
            }
        };
        WorstPods {
            at,
            pods: one(PODS).map(count),
            worst: pods
                .into_iter()
                .map(|(pod, values)| PodUse {
                    pod: Untrusted::from(pod),
                    values,
                })
                .take(WORST_PODS)
                .collect(),
            cpu: total(Resource::Cpu),
            memory: total(Resource::Memory),
            missing: self.missing.clone(),
            is_partial: answer.partial().is_some(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of pods, clamped"
)]
fn count(value: f64) -> u64 {
    value.clamp(0.0, 1e9) as u64
}
