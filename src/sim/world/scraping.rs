//! What a cluster's Prometheus scrapes when, and the rule that it evaluates.
//!
//! Each target has a phase of its own within the interval, as a real Prometheus spreads its scrapes.

use std::sync::Arc;

use crate::sim::hash;
use crate::sim::prometheus::{Millis, Slots, Tsdb, next_scrape};
use crate::sim::scenario::{Fleet, Server, Service, Side};

use super::alerts::Alerting;
use super::app::App;
use super::cluster::Cluster;
use super::export;
use super::pod::Pod;

/// What is scraped beside the services' pods.
#[derive(Debug)]
pub(crate) struct Scraped {
    kubelet: Infrastructure,
    state_metrics: Infrastructure,
    queues: Infrastructure,
    rules: Infrastructure,
    /// One for each rule, in the order of the services that have one.
    alerting: Vec<Alerting>,
}

/// A target that is not a pod of a service.
#[derive(Debug)]
struct Infrastructure {
    phase: Millis,
    next: Millis,
    up: Slots,
}

impl Infrastructure {
    fn new(what: &str, side: Side, seed: u64, begin: Millis) -> Self {
        let what = format!("{what} {} {seed}", side.name());
        let phase = Millis::try_from(hash::number(&what) % 15_000).unwrap_or(0);
        Self {
            phase,
            next: next_scrape(begin, phase),
            up: Slots::default(),
        }
    }

    /// Whether it is due at `at`, which it then is again an interval later.
    fn is_due(&mut self, at: Millis) -> bool {
        let due = self.next <= at;
        if due {
            self.next = next_scrape(at, self.phase);
        }
        due
    }

    fn answers(&mut self, tsdb: &mut Tsdb, target: &[(&str, &str)], at: Millis) {
        self.up.record(tsdb, at, 0, &[Some(1.0)], || {
            vec![export::up(&export::pairs(target))]
        });
    }
}

impl Scraped {
    pub(crate) fn new(fleet: &Fleet, side: Side, seed: u64, begin: Millis) -> Self {
        let new = |what| Infrastructure::new(what, side, seed, begin);
        Self {
            kubelet: new("kubelet"),
            state_metrics: new("state"),
            queues: new("kafka"),
            rules: new("rules"),
            alerting: fleet.services.iter().filter_map(Alerting::of).collect(),
        }
    }
}

impl Cluster {
    /// The rules of its Prometheus.
    pub(crate) fn alerting(&self) -> &[Alerting] {
        &self.scraped.alerting
    }

    /// When something is scraped or evaluated next.
    pub(crate) fn next_scrape(&self) -> Millis {
        let own = &self.scraped;
        self.apps
            .iter()
            .flat_map(|app| &app.pods)
            .map(|pod| pod.next_scrape)
            .chain([
                own.kubelet.next,
                own.state_metrics.next,
                own.queues.next,
                own.rules.next,
            ])
            .min()
            .unwrap_or(Millis::MAX)
    }

    /// The scrapes that are due.
    pub(crate) fn scrape(&mut self, at: Millis) {
        let up = self.is_open(Server::Prometheus);
        for app in &mut self.apps {
            let service = Arc::clone(&app.service);
            for pod in &mut app.pods {
                if pod.next_scrape <= at {
                    pod.next_scrape = next_scrape(at, pod.phase);
                    if up {
                        scrape_pod(&mut self.tsdb, &service, pod, at);
                    }
                }
            }
        }
        let (tsdb, own) = (&mut self.tsdb, &mut self.scraped);
        if own.kubelet.is_due(at) && up {
            own.kubelet.answers(tsdb, &export::KUBELET, at);
            scrape_kubelet(tsdb, &mut self.apps, at);
        }
        if own.state_metrics.is_due(at) && up {
            own.state_metrics.answers(tsdb, &export::STATE_METRICS, at);
            scrape_state(tsdb, &mut self.apps, at);
        }
        if own.queues.is_due(at) && up {
            own.queues.answers(tsdb, &export::KAFKA, at);
            for app in &mut self.apps {
                let values = export::lag_values(app);
                let service = &app.service;
                app.lag
                    .record(tsdb, at, 0, &values, || export::lag_labels(service));
            }
        }
        if own.rules.is_due(at) && up {
            for alerting in &mut own.alerting {
                alerting.evaluate(&self.apps, tsdb, at);
            }
        }
    }
}

fn scrape_kubelet(tsdb: &mut Tsdb, apps: &mut [App], at: Millis) {
    for app in apps.iter_mut() {
        let service = app.service.name.as_str();
        for pod in &mut app.pods {
            let values = export::cadvisor_values(pod);
            let mut slots = std::mem::take(&mut pod.cadvisor);
            slots.record(tsdb, at, 0, &values, || {
                export::cadvisor_labels(service, pod)
            });
            pod.cadvisor = slots;
            let values = export::sandbox_values(pod);
            let mut slots = std::mem::take(&mut pod.sandbox);
            slots.record(tsdb, at, 0, &values, || export::sandbox_labels(pod));
            pod.sandbox = slots;
        }
    }
}

fn scrape_state(tsdb: &mut Tsdb, apps: &mut [App], at: Millis) {
    for app in apps.iter_mut() {
        let service = app.service.name.clone();
        let values = export::deployment_values(app);
        app.slots
            .record(tsdb, at, 0, &values, || export::deployment_labels(&service));
        for pod in &mut app.pods {
            let values = export::state_values(pod);
            let mut slots = std::mem::take(&mut pod.state_metrics);
            slots.record(tsdb, at, 0, &values, || export::state_labels(&service, pod));
            pod.state_metrics = slots;
        }
    }
}

fn scrape_pod(tsdb: &mut Tsdb, service: &Service, pod: &mut Pod, at: Millis) {
    let answers = pod.answers();
    let up = f64::from(u8::from(answers));
    let base = export::target(&service.name, pod);
    pod.up
        .record(tsdb, at, 0, &[Some(up)], || vec![export::up(&base)]);
    let mut slots = std::mem::take(&mut pod.slots);
    if answers {
        let values = export::app_values(service, pod);
        slots.record(tsdb, at, pod.restarts, &values, || {
            export::app_labels(service, pod)
        });
    } else {
        slots.end(tsdb, at);
    }
    pod.slots = slots;
}
