//! One service on one cluster: its pods, its releases and its rollout.
//!
//! The rollout follows a Deployment's rolling update: surge and unavailability of a quarter, pods ready before more go.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::sim::hash;
use crate::sim::prometheus::{Millis, Slots};
use crate::sim::scenario::{PastRelease, Service, Side, SideSpec};

use super::pod::{Birth, Pod};
use super::vitals::Backlog;

/// How long `helm upgrade --wait` waits.
const HELM_TIMEOUT: Millis = 300_000;

/// How many ticks are remembered: ten minutes.
const NOTED: usize = 120;

/// A Helm release's status, of those that occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Deployed,
    Superseded,
    PendingUpgrade,
    Failed,
}

impl Status {
    /// As Helm writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Superseded => "superseded",
            Self::PendingUpgrade => "pending-upgrade",
            Self::Failed => "failed",
        }
    }
}

/// One revision in Helm's history.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) revision: u32,
    pub(crate) version: String,
    pub(crate) status: Status,
    pub(crate) deployed_at: Millis,
    pub(crate) modified_at: Millis,
    pub(crate) description: String,
}

/// A service on a cluster.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) service: Arc<Service>,
    pub(crate) side: Side,
    pub(crate) seed: u64,
    /// What happens to the service on both sides at once.
    pub(crate) luck: u64,
    pub(crate) pods: Vec<Pod>,
    pub(crate) releases: Vec<Release>,
    pub(crate) generation: u32,
    /// When the present release's rollout completed.
    pub(crate) rolled_out: Option<Millis>,
    pub(crate) runs: bool,
    pub(crate) slots: Slots,
    pub(crate) backlog: Backlog,
    pub(crate) lag: Slots,
    /// The version whose readiness probes fail.
    pub(crate) sick: Option<String>,
    /// Requests and those of them that failed, by tick, newest last.
    recent: VecDeque<(u64, u64)>,
    born: u32,
    network: u32,
}

/// What a rollout step changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Pods that are gone, with the slots that have to end.
    pub(crate) gone: Vec<Pod>,
    /// Pods that are new, by name.
    pub(crate) made: Vec<String>,
    /// Helm's history has changed.
    pub(crate) release: bool,
}

impl App {
    /// The service as it runs when the world begins.
    pub(crate) fn new(
        service: &Arc<Service>,
        side: Side,
        seed: u64,
        network: u32,
        epoch: Millis,
        begin: Millis,
    ) -> Self {
        let mut app = Self {
            service: Arc::clone(service),
            side,
            seed: hash::number(&format!("{seed}/{}/{}", side.name(), service.name)),
            luck: hash::number(&format!("{seed}/{}", service.name)),
            pods: Vec::new(),
            releases: Vec::new(),
            generation: 0,
            rolled_out: None,
            runs: true,
            slots: Slots::default(),
            backlog: Backlog::default(),
            lag: Slots::default(),
            sick: None,
            recent: VecDeque::new(),
            born: 0,
            network,
        };
        for past in &service.on(side).releases {
            let at = release_time(past, epoch);
            if at >= begin {
                continue;
            }
            app.begin(&past.version, past.revision, at);
            app.finish(at + 40_000, Status::Deployed);
        }
        let at = app
            .releases
            .last()
            .map_or(epoch, |release| release.deployed_at);
        for _ in 0..app.spec().pods {
            let birth = app.birth(at);
            let (service, version, hash, key) = (
                app.service.name.clone(),
                app.version().to_owned(),
                app.hash(),
                birth.0,
            );
            app.pods.push(Pod::settled(Birth {
                service: &service,
                version: &version,
                hash: &hash,
                key: &key,
                ip: birth.1,
                runs: true,
                at,
            }));
        }
        app
    }

    pub(crate) fn spec(&self) -> &SideSpec {
        self.service.on(self.side)
    }

    /// The version that the Deployment asks for.
    pub(crate) fn version(&self) -> &str {
        self.releases.last().map_or("", |release| &release.version)
    }

    /// The pod template's hash of the present version.
    pub(crate) fn hash(&self) -> String {
        template_hash(&self.service.name, self.version())
    }

    pub(crate) fn ready(&self) -> u32 {
        count(self.pods.iter().filter(|pod| pod.ready.is_some()).count())
    }

    /// Pods of the present version.
    pub(crate) fn updated(&self) -> u32 {
        let hash = self.hash();
        count(self.pods.iter().filter(|pod| pod.hash == hash).count())
    }

    fn birth(&mut self, at: Millis) -> (String, String) {
        let key = format!("{}/{}/{}", self.seed, self.born, at);
        let ip = format!(
            "10.{}.{}.{}",
            self.network,
            self.born / 200,
            self.born % 200 + 10
        );
        self.born += 1;
        (key, ip)
    }

    fn begin(&mut self, version: &str, revision: u32, at: Millis) {
        self.generation += 1;
        self.rolled_out = None;
        self.releases.push(Release {
            revision,
            version: version.to_owned(),
            status: Status::PendingUpgrade,
            deployed_at: at,
            modified_at: at,
            description: "Preparing upgrade".to_owned(),
        });
    }

    fn finish(&mut self, at: Millis, status: Status) {
        let Some((last, before)) = self.releases.split_last_mut() else {
            return;
        };
        last.status = status;
        last.modified_at = at;
        last.description = match (status, last.revision == 1) {
            (Status::Failed, _) => format!(
                "Upgrade \"{}\" failed: context deadline exceeded",
                self.service.name
            ),
            (_, true) => "Install complete".to_owned(),
            (_, false) => "Upgrade complete".to_owned(),
        };
        if status == Status::Deployed {
            self.rolled_out = Some(at);
            for release in before
                .iter_mut()
                .filter(|release| release.status == Status::Deployed)
            {
                release.status = Status::Superseded;
                release.modified_at = at;
            }
        }
    }

    /// `helm upgrade --wait` to a version.
    pub(crate) fn upgrade(&mut self, version: &str, runs: bool, at: Millis) -> Changes {
        let revision = self
            .releases
            .last()
            .map_or(1, |release| release.revision + 1);
        self.begin(version, revision, at);
        self.runs = runs;
        let mut changes = self.reconcile(at);
        changes.release = true;
        changes
    }

    /// Readiness probes of a version's pods begin to fail at `at`, or of no version's do any more.
    pub(crate) fn probe(&mut self, sick: Option<&str>, at: Millis) -> Changes {
        self.sick = sick.map(str::to_owned);
        let mut changes = Changes::default();
        for pod in &mut self.pods {
            let sick = sick == Some(pod.version.as_str());
            if pod.probe(sick, at) {
                changes.made.push(pod.name.clone());
            }
        }
        changes
    }

    /// Takes note of a tick's requests and how many of them failed.
    pub(crate) fn note(&mut self, tick: (u64, u64)) {
        self.recent.push_back(tick);
        if self.recent.len() > NOTED {
            self.recent.pop_front();
        }
    }

    /// Requests and failures of the last ticks.
    pub(crate) fn last(&self, ticks: usize) -> (u64, u64) {
        let recent = self.recent.iter().rev().take(ticks);
        recent.fold((0, 0), |sum, tick| (sum.0 + tick.0, sum.1 + tick.1))
    }

    /// When Helm gives up waiting for the present release.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        self.releases
            .last()
            .filter(|release| release.status == Status::PendingUpgrade)
            .map(|release| release.deployed_at + HELM_TIMEOUT)
    }

    /// Helm's waiting has timed out.
    pub(crate) fn give_up(&mut self, at: Millis) {
        self.finish(at, Status::Failed);
    }

    /// One step of the Deployment's controller.
    pub(crate) fn reconcile(&mut self, at: Millis) -> Changes {
        let mut changes = Changes::default();
        let desired = self.spec().pods;
        let surge = desired.div_ceil(4);
        let least = desired - desired / 4;
        let hash = self.hash();
        loop {
            let updated = self.updated();
            let total = count(self.pods.len());
            if updated < desired && total < desired + surge {
                let (key, ip) = self.birth(at);
                let (service, version) = (self.service.name.clone(), self.version().to_owned());
                let mut pod = Pod::new(Birth {
                    service: &service,
                    version: &version,
                    hash: &hash,
                    key: &key,
                    ip,
                    runs: self.runs,
                    at,
                });
                pod.sick = self.sick.as_ref() == Some(&version);
                changes.made.push(pod.name.clone());
                self.pods.push(pod);
                continue;
            }
            // An old pod may go while enough stay ready; one that is not ready may always go.
            let may = |pod: &Pod| pod.hash != hash && (pod.ready.is_none() || self.ready() > least);
            let Some(old) = self.pods.iter().position(may) else {
                break;
            };
            changes.gone.push(self.pods.remove(old));
        }
        let complete = self
            .pods
            .iter()
            .all(|pod| pod.hash == hash && pod.ready.is_some());
        let pending = self.deadline().is_some();
        if complete && pending && count(self.pods.len()) == desired {
            self.finish(at, Status::Deployed);
            changes.release = true;
        }
        changes
    }
}

/// When a release of the fleet was made.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the hours of a month, in ms"
)]
pub(crate) fn release_time(past: &PastRelease, epoch: Millis) -> Millis {
    epoch - (past.hours_ago * 3_600.0).round() as Millis * 1000
}

/// The hash that names a version's replica set and pods.
pub(crate) fn template_hash(service: &str, version: &str) -> String {
    hash::suffix(&format!("template {service} {version}"), 10)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
