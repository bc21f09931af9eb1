//! One pod: its life from creation to its end, and what its process has counted.
//!
//! Counters belong to a process: a restart starts them anew, as it does for a real exporter.

use crate::sim::hash;
use crate::sim::prometheus::{Millis, Slots, next_scrape};

use super::latency::{BOUNDS, Buckets, seconds};
use super::vitals::{Meters, Vitals};

/// From creation to the container's start.
const START: Millis = 1_500;
/// How long a container that can't run runs.
const FAILS_AFTER: Millis = 2_000;
/// How long the kubelet waits before each restart; the last value holds on.
const BACK_OFF: [Millis; 7] = [1_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000];

/// Where a pod is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Scheduled; the image is being pulled.
    Creating,
    /// The container runs.
    Running,
    /// The container has exited and waits to be restarted.
    Exited,
}

/// What a process has counted under one set of labels.
#[derive(Clone, Debug)]
pub(crate) enum Child {
    /// A counter of requests.
    Counter {
        endpoint: usize,
        status: u16,
        total: u64,
    },
    /// A histogram of durations; `status` is none where the exporter does not split by it.
    Histogram {
        endpoint: usize,
        status: Option<u16>,
        buckets: Buckets,
        sum: f64,
    },
}

/// What a new pod is made from.
#[derive(Clone, Debug)]
pub(crate) struct Birth<'a> {
    pub(crate) service: &'a str,
    pub(crate) version: &'a str,
    /// The pod template's hash, which is its replica set's too.
    pub(crate) hash: &'a str,
    /// Distinguishes the pods of all times on one cluster.
    pub(crate) key: &'a str,
    pub(crate) ip: String,
    pub(crate) runs: bool,
    pub(crate) at: Millis,
}

/// A pod of a simulated service.
#[derive(Debug)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) ip: String,
    pub(crate) version: String,
    pub(crate) hash: String,
    pub(crate) created: Millis,
    pub(crate) life: Life,
    /// When its process started.
    pub(crate) started: Millis,
    pub(crate) ready: Option<Millis>,
    pub(crate) restarts: u32,
    pub(crate) runs: bool,
    /// Its readiness probe fails.
    pub(crate) sick: bool,
    /// Nothing reaches its metrics endpoint.
    pub(crate) cut_off: bool,
    /// When its life goes on by itself.
    pub(crate) next: Option<Millis>,
    pub(crate) phase: Millis,
    pub(crate) next_scrape: Millis,
    pub(crate) children: Vec<Child>,
    pub(crate) vitals: Vitals,
    pub(crate) meters: Meters,
    pub(crate) cpu_seconds: f64,
    /// Share of the limit.
    pub(crate) memory: f64,
    pub(crate) up: Slots,
    pub(crate) slots: Slots,
    pub(crate) cadvisor: Slots,
    pub(crate) sandbox: Slots,
    pub(crate) state_metrics: Slots,
}

impl Pod {
    pub(crate) fn new(birth: Birth<'_>) -> Self {
        let suffix = hash::suffix(birth.key, 5);
        let phase =
            Millis::try_from(hash::number(&format!("phase {}", birth.key)) % 15_000).unwrap_or(0);
        Self {
            name: format!("{}-{}-{suffix}", birth.service, birth.hash),
            ip: birth.ip,
            version: birth.version.to_owned(),
            hash: birth.hash.to_owned(),
            created: birth.at,
            life: Life::Creating,
            started: birth.at,
            ready: None,
            restarts: 0,
            runs: birth.runs,
            sick: false,
            cut_off: false,
            next: Some(birth.at + START),
            phase,
            next_scrape: next_scrape(birth.at, phase),
            children: Vec::new(),
            vitals: Vitals::default(),
            meters: Meters::default(),
            cpu_seconds: 0.0,
            memory: 0.0,
            up: Slots::default(),
            slots: Slots::default(),
            cadvisor: Slots::default(),
            sandbox: Slots::default(),
            state_metrics: Slots::default(),
        }
    }

    /// A pod that has been ready since shortly after its creation.
    pub(crate) fn settled(birth: Birth<'_>) -> Self {
        let at = birth.at;
        let mut pod = Self::new(birth);
        pod.life = Life::Running;
        pod.started = at + START;
        pod.ready = Some(at + START + 9_000);
        pod.next = None;
        pod
    }

    /// Goes on to the next stage of its life, which is due at `at`.
    pub(crate) fn step(&mut self, at: Millis) {
        self.next = match self.life {
            Life::Creating => {
                self.life = Life::Running;
                self.started = at;
                Some(at + self.runs_until())
            }
            Life::Running if self.runs => {
                self.ready = (!self.sick).then_some(at);
                None
            }
            Life::Running => {
                self.life = Life::Exited;
                Some(at + self.back_off())
            }
            Life::Exited => {
                self.life = Life::Running;
                self.restarts += 1;
                self.started = at;
                self.children.clear();
                self.vitals = Vitals::default();
                Some(at + self.runs_until())
            }
        };
    }

    /// Its process ends; the kubelet starts it again after the back-off.
    pub(crate) fn crash(&mut self, at: Millis) {
        self.life = Life::Exited;
        self.ready = None;
        self.next = Some(at + self.back_off());
    }

    /// Its readiness probe begins to fail at `at`, or succeeds again; whether that changed anything.
    pub(crate) fn probe(&mut self, sick: bool, at: Millis) -> bool {
        let settled = self.life == Life::Running && self.next.is_none();
        let changed = settled && self.sick != sick;
        self.sick = sick;
        if changed {
            self.ready = (!sick).then_some(at);
        }
        changed
    }

    /// From the process' start to what comes next: its readiness, or its end where it can't run.
    fn runs_until(&self) -> Millis {
        if self.runs {
            self.warm_up()
        } else {
            FAILS_AFTER
        }
    }

    /// From the process' start to its readiness: 7 to 11 seconds.
    fn warm_up(&self) -> Millis {
        7_000 + Millis::try_from(hash::number(&self.name) % 4_000).unwrap_or(0)
    }

    /// How long the kubelet waits before the next restart.
    pub(crate) fn back_off(&self) -> Millis {
        let at = usize::try_from(self.restarts)
            .unwrap_or(usize::MAX)
            .min(BACK_OFF.len() - 1);
        BACK_OFF.get(at).copied().unwrap_or(300_000)
    }

    /// Whether its metrics endpoint answers.
    pub(crate) fn answers(&self) -> bool {
        self.runs && self.life == Life::Running && !self.cut_off
    }

    /// Counts requests that were answered with one status; the histogram splits by status or not.
    pub(crate) fn count(&mut self, endpoint: usize, status: u16, drawn: &Buckets, split: bool) {
        let n: u64 = drawn.iter().sum();
        if n == 0 {
            return;
        }
        let split_by = split.then_some(status);
        let known = self.children.iter_mut().find_map(|child| match child {
            Child::Histogram {
                endpoint: e,
                status: s,
                buckets,
                sum,
            } if *e == endpoint && *s == split_by => Some((buckets, sum)),
            Child::Histogram { .. } | Child::Counter { .. } => None,
        });
        match known {
            Some((buckets, sum)) => {
                for (bucket, more) in buckets.iter_mut().zip(drawn) {
                    *bucket += more;
                }
                *sum += seconds(drawn);
            }
            None => self.children.push(Child::Histogram {
                endpoint,
                status: split_by,
                buckets: *drawn,
                sum: seconds(drawn),
            }),
        }
        if split {
            return;
        }
        let known = self.children.iter_mut().find_map(|child| match child {
            Child::Counter {
                endpoint: e,
                status: s,
                total,
            } if *e == endpoint && *s == status => Some(total),
            Child::Histogram { .. } | Child::Counter { .. } => None,
        });
        match known {
            Some(total) => *total += n,
            None => self.children.push(Child::Counter {
                endpoint,
                status,
                total: n,
            }),
        }
    }
}

/// A bucket's `le` as exporters write it.
pub(crate) fn bound_label(at: usize) -> String {
    BOUNDS
        .get(at)
        .map_or_else(|| "+Inf".to_owned(), |bound| format!("{bound}"))
}
