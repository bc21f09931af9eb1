//! One cluster: its services, its Prometheus' samples, its flags, and the store that its API server serves.
//!
//! It writes to the store as the cluster's controllers would, and reads the flags from there as flagd does.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::watch;

use crate::sim::clock::SimClock;
use crate::sim::hash;
use crate::sim::kubernetes::Store;
use crate::sim::prometheus::{Millis, Slots, Tsdb, next_scrape};
use crate::sim::scenario::{Effect, Fleet, Side};

use super::app::{App, Changes};
use super::flags::{FlagLog, NAMESPACE, OBJECT};
use super::pod::Pod;
use super::{export, publish, traffic};

/// One of the two clusters.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) side: Side,
    pub(crate) store: Store,
    pub(crate) tsdb: Tsdb,
    pub(crate) apps: Vec<App>,
    pub(crate) flags: FlagLog,
    /// Whether Prometheus runs, for the server in front of it.
    up: watch::Sender<bool>,
    kubelet: Infrastructure,
    state_metrics: Infrastructure,
}

/// A target that is not a pod of a service.
#[derive(Debug)]
struct Infrastructure {
    phase: Millis,
    next: Millis,
    up: Slots,
}

impl Infrastructure {
    fn new(what: &str, begin: Millis) -> Self {
        let phase = Millis::try_from(hash::number(what) % 15_000).unwrap_or(0);
        Self {
            phase,
            next: next_scrape(begin, phase),
            up: Slots::default(),
        }
    }
}

impl Cluster {
    pub(crate) fn new(
        side: Side,
        fleet: &Fleet,
        seed: u64,
        epoch: Millis,
        begin: Millis,
        clock: &SimClock,
    ) -> Self {
        let store = Store::new(side.context(), seed, clock.clone());
        let mut networks = 128_u32..;
        let mut apps: Vec<App> = fleet
            .services
            .iter()
            .map(|service| {
                let service = Arc::new(service.clone());
                App::new(
                    &service,
                    side,
                    seed,
                    networks.next().unwrap_or(255),
                    epoch,
                    begin,
                )
            })
            .collect();
        for pod in apps.iter_mut().flat_map(|app| &mut app.pods) {
            pod.next_scrape = next_scrape(begin, pod.phase);
        }
        let mut cluster = Self {
            side,
            store,
            tsdb: Tsdb::default(),
            apps,
            flags: FlagLog::default(),
            up: watch::Sender::new(true),
            kubelet: Infrastructure::new(&format!("kubelet {} {seed}", side.name()), begin),
            state_metrics: Infrastructure::new(&format!("state {} {seed}", side.name()), begin),
        };
        publish::infrastructure(&cluster.store, begin);
        cluster.store.apply_as(
            publish::feature_flags(&fleet.flags, begin),
            "argocd-controller",
        );
        cluster.observe_flags(begin);
        for app in &cluster.apps {
            publish::everything(&cluster.store, app, begin);
        }
        cluster
    }

    /// Whether its Prometheus is up, and when that changes.
    pub(crate) fn prometheus(&self) -> watch::Receiver<bool> {
        self.up.subscribe()
    }

    pub(crate) fn prometheus_up(&self, up: bool) {
        self.up.send_replace(up);
    }

    /// When a pod or a release changes next.
    pub(crate) fn next_change(&self) -> Option<Millis> {
        self.apps
            .iter()
            .flat_map(|app| {
                app.pods
                    .iter()
                    .filter_map(|pod| pod.next)
                    .chain(app.deadline())
            })
            .min()
    }

    /// When something is scraped next.
    pub(crate) fn next_scrape(&self) -> Millis {
        self.apps
            .iter()
            .flat_map(|app| &app.pods)
            .map(|pod| pod.next_scrape)
            .chain([self.kubelet.next, self.state_metrics.next])
            .min()
            .unwrap_or(Millis::MAX)
    }

    /// Takes note of the flags as the store has them.
    pub(crate) fn observe_flags(&mut self, at: Millis) {
        let object = self.store.get("featureflags", NAMESPACE, OBJECT);
        self.flags.observe(at, object.as_ref());
    }

    /// Somebody switches a flag with a patch of the `FeatureFlag` object.
    pub(crate) fn set_flag(&mut self, flag: &str, state: &str, by: &str, at: Millis) {
        self.observe_flags(at);
        let Some(mut object) = self.store.get("featureflags", NAMESPACE, OBJECT) else {
            return;
        };
        if let Some(slot) = object.pointer_mut(&format!("/spec/flagSpec/flags/{flag}/state")) {
            *slot = json!(state);
            self.store.apply_as(object, &format!("flightdeck/{by}"));
        }
        self.observe_flags(at);
    }

    /// `helm upgrade` of a service.
    pub(crate) fn deploy(&mut self, service: &str, version: &str, runs: bool, at: Millis) {
        if let Some(place) = self.apps.iter().position(|app| app.service.name == service)
            && let Some(app) = self.apps.get_mut(place)
        {
            let changes = app.upgrade(version, runs, at);
            self.carry(place, changes, at);
        }
    }

    /// Pods and releases go on with their lives.
    pub(crate) fn change(&mut self, at: Millis) {
        for place in 0..self.apps.len() {
            let Some(app) = self.apps.get_mut(place) else {
                break;
            };
            let mut moved: Vec<String> = Vec::new();
            for pod in &mut app.pods {
                if pod.next.is_some_and(|next| next <= at) {
                    pod.step(at);
                    moved.push(pod.name.clone());
                }
            }
            let gave_up = app.deadline().is_some_and(|deadline| deadline <= at);
            if moved.is_empty() && !gave_up {
                continue;
            }
            if gave_up {
                app.give_up(at);
            }
            let mut changes = app.reconcile(at);
            changes.release |= gave_up;
            changes.made.extend(moved);
            self.carry(place, changes, at);
        }
    }

    /// Makes a change of pods and releases seen: in the store, and as the end of series.
    pub(super) fn carry(&mut self, place: usize, changes: Changes, at: Millis) {
        let up = *self.up.borrow();
        let Some(app) = self.apps.get(place) else {
            return;
        };
        for mut pod in changes.gone {
            if up {
                for slots in [
                    &mut pod.slots,
                    &mut pod.cadvisor,
                    &mut pod.state_metrics,
                    &mut pod.up,
                ] {
                    slots.end(&mut self.tsdb, at);
                }
            }
            publish::pod_gone(&self.store, app, &pod, at);
        }
        for pod in app
            .pods
            .iter()
            .filter(|pod| changes.made.contains(&pod.name))
        {
            publish::pod(&self.store, app, pod, at);
        }
        publish::workload(&self.store, app, at);
        if changes.release {
            publish::releases(&self.store, app);
        }
    }

    /// One tick of traffic.
    pub(crate) fn tick(&mut self, effects: &[Effect], from: Millis, epoch: Millis) {
        for app in &mut self.apps {
            traffic::tick(app, &self.flags, effects, from, epoch);
        }
    }

    /// The scrapes that are due.
    pub(crate) fn scrape(&mut self, at: Millis) {
        let up = *self.up.borrow();
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
        let [kubelet_up, state_up] = export::infrastructure_up();
        if self.kubelet.next <= at {
            self.kubelet.next = next_scrape(at, self.kubelet.phase);
            if up {
                self.kubelet
                    .up
                    .record(&mut self.tsdb, at, 0, &[Some(1.0)], || vec![kubelet_up]);
                for app in &mut self.apps {
                    let service = app.service.name.as_str();
                    for pod in &mut app.pods {
                        let values = export::cadvisor_values(pod);
                        let mut slots = std::mem::take(&mut pod.cadvisor);
                        slots.record(&mut self.tsdb, at, 0, &values, || {
                            export::cadvisor_labels(service, pod)
                        });
                        pod.cadvisor = slots;
                    }
                }
            }
        }
        if self.state_metrics.next <= at {
            self.state_metrics.next = next_scrape(at, self.state_metrics.phase);
            if up {
                self.state_metrics
                    .up
                    .record(&mut self.tsdb, at, 0, &[Some(1.0)], || vec![state_up]);
                self.scrape_state(at);
            }
        }
    }

    fn scrape_state(&mut self, at: Millis) {
        for app in &mut self.apps {
            let service = app.service.name.clone();
            let values = export::deployment_values(app);
            app.slots.record(&mut self.tsdb, at, 0, &values, || {
                export::deployment_labels(&service)
            });
            for pod in &mut app.pods {
                let values = export::state_values(pod);
                let mut slots = std::mem::take(&mut pod.state_metrics);
                slots.record(&mut self.tsdb, at, 0, &values, || {
                    export::state_labels(&service, pod)
                });
                pod.state_metrics = slots;
            }
        }
    }
}

fn scrape_pod(tsdb: &mut Tsdb, service: &crate::sim::scenario::Service, pod: &mut Pod, at: Millis) {
    let answers = pod.answers();
    let up = f64::from(u8::from(answers));
    let base = export::target(&service.name, pod);
    pod.up
        .record(tsdb, at, 0, &[Some(up)], || vec![export::up(&base)]);
    let mut slots = std::mem::take(&mut pod.slots);
    if answers {
        let values = export::app_values(pod);
        slots.record(tsdb, at, pod.restarts, &values, || {
            export::app_labels(service, pod)
        });
    } else {
        slots.end(tsdb, at);
    }
    pod.slots = slots;
}
