//! One task for each source, so that a dead one slows no other; and the clients of each cluster, opened once and shared.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::adapters::transport::{Backoff, Clients, ClusterSettings, Pace};
use crate::adapters::{helm, kubernetes, prometheus};
use crate::app::event::Event;
use crate::domain::environment::Place;
use crate::domain::names::ClusterName;
use crate::domain::observation::{Epoch, Observation};
use crate::domain::source::SourceId;
use crate::settings::{EnvironmentSettings, Settings, one_server};

use super::login::login;
use super::runner::Places;
use super::source::{Common, Source, Work};

/// How much history every environment has at any time: what the trend of a screen shows, and then some.
const HISTORY: SignedDuration = SignedDuration::from_mins(20);

/// Everything that runs for the sources.
#[derive(Debug)]
pub struct Supervisor {
    tasks: JoinSet<()>,
    cancel: CancellationToken,
    clients: BTreeMap<ClusterName, watch::Receiver<Option<Clients>>>,
    again: BTreeMap<SourceId, Arc<Notify>>,
    wanted: BTreeMap<Place, watch::Sender<prometheus::Wanted>>,
    places: Places,
}

/// Where the sources' words go.
#[derive(Debug, Clone)]
pub struct Ears {
    /// Observations.
    pub observations: mpsc::Sender<Observation>,
    /// All else.
    pub events: mpsc::Sender<Event>,
}

impl Supervisor {
    /// Starts every source of a configuration.
    pub fn start(settings: &Settings, pace: &Pace, ears: &Ears, seed: u64) -> Self {
        let mut supervisor = Self {
            tasks: JoinSet::new(),
            cancel: CancellationToken::new(),
            clients: BTreeMap::new(),
            again: BTreeMap::new(),
            wanted: BTreeMap::new(),
            places: Places::default(),
        };
        let sources = supervisor.sources(settings, pace.now(), seed);
        let common = Common {
            out: ears.observations.clone(),
            pace: pace.clone(),
            cancel: supervisor.cancel.clone(),
        };
        for (name, cluster) in &settings.clusters {
            let ids: Vec<SourceId> = sources
                .iter()
                .filter(|s| s.cluster == *name)
                .flat_map(Source::ids)
                .collect();
            if ids.is_empty() {
                continue;
            }
            let (tell, clients) = watch::channel(None);
            supervisor.clients.insert(name.clone(), clients);
            let opening = open(cluster.clone(), ids, tell, common.clone(), seed);
            supervisor.tasks.spawn(opening);
        }
        for source in sources {
            if let Some(clients) = supervisor.clients.get(&source.cluster) {
                supervisor
                    .tasks
                    .spawn(source.run(clients.clone(), common.clone()));
            }
        }
        supervisor
    }

    fn sources(&mut self, settings: &Settings, now: Timestamp, seed: u64) -> Vec<Source> {
        let mut works: Vec<(SourceId, ClusterName, Work)> = Vec::new();
        for cluster in settings.clusters.keys() {
            let here = || settings.places().filter(|(_, e)| e.cluster == *cluster);
            if here().next().is_none() {
                continue;
            }
            let pods = here().map(|(place, e)| kubernetes::PlaceSettings {
                place,
                namespace: e.namespace.clone(),
                release: e.release.clone(),
            });
            let watching = kubernetes::Settings {
                places: pods.collect(),
            };
            works.push((
                SourceId::Kubernetes(cluster.clone()),
                cluster.clone(),
                Work::Kubernetes(watching),
            ));
            let releases = here().map(|(place, e)| helm::PlaceSettings {
                place,
                namespace: e.namespace.clone(),
                release: e.release.clone(),
            });
            let helm = helm::Settings {
                places: releases.collect(),
            };
            works.push((
                SourceId::Helm(cluster.clone()),
                cluster.clone(),
                Work::Helm(helm),
            ));
        }
        let (mut evaluators, mut clusters) = (BTreeMap::new(), BTreeMap::new());
        let mut servers: Vec<(&EnvironmentSettings, Arc<prometheus::Together>)> = Vec::new();
        for (place, environment) in settings.places() {
            let cluster = &environment.cluster;
            clusters.insert(place.clone(), cluster.clone());
            if let Some(flags) = &environment.flags {
                let mut adapter = flags.adapter.clone();
                if let Some(ofrep) = &mut adapter.ofrep {
                    ofrep.login = login(&flags.login);
                    evaluators.insert(place.clone(), ofrep.clone());
                }
                let now = Arc::new(Notify::new());
                self.again
                    .insert(SourceId::Flagd(place.clone()), Arc::clone(&now));
                works.push((
                    SourceId::Flags(place.clone()),
                    cluster.clone(),
                    Work::Flags(adapter, now),
                ));
            }
            if let Some(metrics) = &environment.prometheus {
                let mut adapter = metrics.adapter.clone();
                adapter.login = login(&metrics.login);
                let (tell, wanted) = watch::channel(prometheus::Wanted {
                    since: now,
                    recent: HISTORY,
                    canary_began: None,
                });
                self.wanted.insert(place.clone(), tell);
                let same = servers.iter().find(|(of, _)| one_server(of, environment));
                let together = same.map_or_else(Arc::default, |(_, same)| Arc::clone(same));
                servers.push((environment, Arc::clone(&together)));
                works.push((
                    SourceId::Prometheus(place),
                    cluster.clone(),
                    Work::Prometheus(Box::new(adapter), wanted, together),
                ));
            }
        }
        self.places = Places {
            ofrep: Arc::new(evaluators),
            clusters: Arc::new(clusters),
        };
        let numbered = works.into_iter().zip(seed..);
        numbered
            .map(|((id, cluster, work), seed)| self.source(id, cluster, work, seed))
            .collect()
    }

    fn source(&mut self, id: SourceId, cluster: ClusterName, work: Work, seed: u64) -> Source {
        let again = Arc::new(Notify::new());
        self.again.insert(id.clone(), Arc::clone(&again));
        Source {
            id,
            cluster,
            work,
            again,
            seed,
        }
    }

    /// Lets a source ask again now.
    pub fn refresh(&self, source: &SourceId) {
        if let Some(again) = self.again.get(source) {
            again.notify_one();
        }
    }

    /// Lets an environment's metrics begin at that time; what was before it is forgotten.
    pub fn metrics_since(&self, place: &Place, since: Timestamp) {
        if let Some(wanted) = self.wanted.get(place) {
            wanted.send_if_modified(|wanted| std::mem::replace(&mut wanted.since, since) != since);
        }
    }

    /// Lets an environment's metrics tell how the day before the canary was.
    pub fn before_canary(&self, place: &Place, until: Timestamp) {
        if let Some(wanted) = self.wanted.get(place) {
            wanted.send_if_modified(|wanted| wanted.canary_began.replace(until) != Some(until));
        }
    }

    /// The clients of a cluster, once they are open.
    pub fn clients(&self, cluster: &ClusterName) -> Option<watch::Receiver<Option<Clients>>> {
        self.clients.get(cluster).cloned()
    }

    /// What operations need to know of the environments.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The clients of every cluster that has some, once they are open.
    pub fn all_clients(&self) -> BTreeMap<ClusterName, watch::Receiver<Option<Clients>>> {
        self.clients.clone()
    }

    /// Ends every task, those that do not listen after a second.
    pub async fn stop(mut self) {
        self.cancel.cancel();
        let ending = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(1), ending)
            .await
            .is_err()
        {
            self.tasks.abort_all();
        }
    }
}

impl Source {
    /// Everybody who speaks in this task.
    fn ids(&self) -> Vec<SourceId> {
        match &self.work {
            Work::Flags(settings, _) if settings.ofrep.is_some() => {
                vec![self.id.clone(), SourceId::Flagd(settings.place.clone())]
            }
            Work::Kubernetes(_) | Work::Helm(_) | Work::Flags(..) | Work::Prometheus(..) => {
                vec![self.id.clone()]
            }
        }
    }
}

/// Opens the clients of a cluster, again and again until it works: a login may still be renewed.
async fn open(
    cluster: ClusterSettings,
    sources: Vec<SourceId>,
    tell: watch::Sender<Option<Clients>>,
    common: Common,
    seed: u64,
) {
    let mut backoff = Backoff::new(seed);
    loop {
        let opened = tokio::select! {
            biased;
            () = common.cancel.cancelled() => return,
            opened = Clients::open(&cluster) => opened,
        };
        let trouble = match opened {
            Ok(clients) => {
                tell.send_replace(Some(clients));
                // The sender must outlive the sources, which wait on it.
                return common.cancel.cancelled().await;
            }
            Err(trouble) => trouble,
        };
        let wait = backoff.wait();
        for source in &sources {
            common
                .failed(source.clone(), Epoch(0), trouble.clone(), wait)
                .await;
        }
        tokio::select! {
            biased;
            () = common.cancel.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}
