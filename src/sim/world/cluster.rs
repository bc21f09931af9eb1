//! One cluster: its services, its Prometheus' samples, its flags, and the store that its API server serves.
//!
//! It writes to the store as the cluster's controllers would, and reads the flags from there as flagd does.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::watch;

use crate::sim::clock::SimClock;
use crate::sim::kubernetes::Store;
use crate::sim::prometheus::{Millis, Tsdb, next_scrape};
use crate::sim::scenario::{Effect, Fleet, Server, Side};

use super::app::{App, Changes};
use super::flags::{FlagLog, NAMESPACE, OBJECT};
use super::scraping::Scraped;
use super::{publish, traffic};

/// One of the two clusters.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) side: Side,
    pub(crate) store: Store,
    pub(crate) tsdb: Tsdb,
    pub(crate) apps: Vec<App>,
    pub(crate) flags: FlagLog,
    /// Which of its servers answer.
    doors: BTreeMap<Server, watch::Sender<bool>>,
    pub(super) scraped: Scraped,
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
            doors: [Server::Kubernetes, Server::Prometheus, Server::Flagd]
                .map(|server| (server, watch::Sender::new(true)))
                .into(),
            scraped: Scraped::new(fleet, side, seed, begin),
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

    /// Whether one of its servers answers, and when that changes.
    pub(crate) fn door(&self, server: Server) -> Option<watch::Receiver<bool>> {
        self.doors.get(&server).map(watch::Sender::subscribe)
    }

    pub(crate) fn open(&self, server: Server, open: bool) {
        if let Some(door) = self.doors.get(&server) {
            door.send_replace(open);
        }
    }

    pub(super) fn is_open(&self, server: Server) -> bool {
        let door = self.doors.get(&server);
        door.is_some_and(|door| *door.borrow())
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

    /// Takes note of the flags as the store has them, which the services hear of by flagd alone.
    pub(crate) fn observe_flags(&mut self, at: Millis) {
        if !self.is_open(Server::Flagd) {
            return;
        }
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

    /// The readiness probes of a version of a service fail from now on, or of none any more.
    pub(crate) fn probe(&mut self, service: &str, sick: Option<&str>, at: Millis) {
        if let Some(place) = self.apps.iter().position(|app| app.service.name == service)
            && let Some(app) = self.apps.get_mut(place)
        {
            let changes = app.probe(sick, at);
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
        let up = self.is_open(Server::Prometheus);
        let Some(app) = self.apps.get(place) else {
            return;
        };
        for mut pod in changes.gone {
            if up {
                for slots in [
                    &mut pod.slots,
                    &mut pod.cadvisor,
                    &mut pod.sandbox,
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
}
