//! The rows of one cluster, kept across the lives of its source so that a lost connection does not empty the screen.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::rows::{
    DeploymentRow, PodRow, Pool, Stage, WireDeployment, WirePod, of_deployment, of_pod,
};

/// How long a restart counts as recent.
pub(super) const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// How far a watch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Part {
    /// Not everything has come yet.
    #[default]
    Waiting,
    /// Everything came; what changes is followed.
    Whole,
    /// I may not watch it.
    Forbidden,
}

/// Rows of one kind by name, with the mark of the listing in which each was last seen.
#[derive(Debug)]
struct Table<R> {
    part: Part,
    listing: u32,
    rows: BTreeMap<Box<str>, (R, u32)>,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self {
            part: Part::Waiting,
            listing: 0,
            rows: BTreeMap::new(),
        }
    }
}

impl<R> Table<R> {
    fn begin(&mut self) {
        self.listing = self.listing.wrapping_add(1);
    }

    fn complete(&mut self) {
        let listing = self.listing;
        self.rows.retain(|_, (_, seen)| *seen == listing);
        self.part = Part::Whole;
    }
}

/// The rows of one namespace.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pool: Pool,
    deployments: Table<DeploymentRow>,
    pods: Table<PodRow>,
    restarts: VecDeque<Restart>,
    touched: Touched,
}

/// Of what something has changed since it was last told: ten thousand pods are not summed up anew for each that changes.
#[derive(Debug, Default)]
struct Touched {
    all: bool,
    releases: BTreeSet<Arc<str>>,
}

/// Restarts of one pod, seen while watching.
#[derive(Debug, Clone)]
struct Restart {
    at: Timestamp,
    instance: Arc<str>,
    pod: Box<str>,
    count: u32,
}

/// Which of the two kinds a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Deployments,
    Pods,
}

impl Rows {
    pub(super) fn begin(&mut self, kind: Kind) {
        match kind {
            Kind::Deployments => self.deployments.begin(),
            Kind::Pods => self.pods.begin(),
        }
    }

    pub(super) fn complete(&mut self, kind: Kind) {
        match kind {
            Kind::Deployments => self.deployments.complete(),
            Kind::Pods => self.pods.complete(),
        }
        self.touched.all = true;
    }

    /// What was seen of a kind before no longer counts.
    pub(super) fn forbid(&mut self, kind: Kind) {
        match kind {
            Kind::Deployments => {
                self.deployments = Table::default();
                self.deployments.part = Part::Forbidden;
            }
            Kind::Pods => {
                self.pods = Table::default();
                self.pods.part = Part::Forbidden;
            }
        }
        self.touched.all = true;
    }

    /// Whether something of a release has changed.
    pub(super) fn is_touched(&self, release: &str) -> bool {
        self.touched.all || self.touched.releases.contains(release)
    }

    /// Whether anything has changed.
    pub(super) fn is_any_touched(&self) -> bool {
        self.touched.all || !self.touched.releases.is_empty()
    }

    /// Everything has been told.
    pub(super) fn untouch(&mut self) {
        self.touched = Touched::default();
    }

    pub(super) const fn part(&self, kind: Kind) -> Part {
        match kind {
            Kind::Deployments => self.deployments.part,
            Kind::Pods => self.pods.part,
        }
    }

    pub(super) fn deployment(&mut self, object: &WireDeployment, now: Timestamp) {
        let Some(name) = object.metadata.name.as_deref() else {
            return;
        };
        let Some(mut row) = of_deployment(object, &mut self.pool) else {
            self.gone(Kind::Deployments, name);
            return;
        };
        let before = self.deployments.rows.get(name).map(|(row, _)| row);
        row.since = since(&row, before, now);
        if before != Some(&row) {
            let both = before.map(|before| before.instance.clone());
            self.touched.releases.extend(both);
            self.touched.releases.insert(row.instance.clone());
        }
        let listing = self.deployments.listing;
        self.deployments.rows.insert(name.into(), (row, listing));
    }

    pub(super) fn pod(&mut self, object: &WirePod, now: Timestamp) {
        let Some(name) = object.metadata.name.as_deref() else {
            return;
        };
        let Some(row) = of_pod(object, &mut self.pool) else {
            self.gone(Kind::Pods, name);
            return;
        };
        let before = self.pods.rows.get(name).map(|(row, _)| row);
        if before != Some(&row) {
            let both = before.map(|before| before.instance.clone());
            self.touched.releases.extend(both);
            self.touched.releases.insert(row.instance.clone());
        }
        let before = before.map(|row| row.restarts);
        // A pod that appears in mid-watch is new: what it has restarted, it has restarted since.
        let known = before.or((self.pods.part != Part::Whole).then_some(row.restarts));
        let count = row.restarts.saturating_sub(known.unwrap_or(0));
        if count > 0 {
            self.restarts.push_back(Restart {
                at: now,
                instance: row.instance.clone(),
                pod: name.into(),
                count,
            });
        }
        let listing = self.pods.listing;
        self.pods.rows.insert(name.into(), (row, listing));
    }

    pub(super) fn gone(&mut self, kind: Kind, name: &str) {
        let gone = match kind {
            Kind::Deployments => self.deployments.rows.remove(name).map(|(r, _)| r.instance),
            Kind::Pods => self.pods.rows.remove(name).map(|(r, _)| r.instance),
        };
        self.touched.releases.extend(gone);
    }

    pub(super) fn forget_old_restarts(&mut self, now: Timestamp) {
        while let Some(first) = self.restarts.front()
            && now.duration_since(first.at) > RECENT
        {
            let forgotten = self.restarts.pop_front().map(|restart| restart.instance);
            self.touched.releases.extend(forgotten);
        }
    }

    pub(super) fn deployments_of(
        &self,
        release: &str,
    ) -> impl Iterator<Item = (&str, &DeploymentRow)> {
        let rows = self.deployments.rows.iter();
        let mine = rows.filter(move |(_, (row, _))| &*row.instance == release);
        mine.map(|(name, (row, _))| (&**name, row))
    }

    pub(super) fn pods_of(&self, release: &str) -> impl Iterator<Item = (&str, &PodRow)> {
        let rows = self.pods.rows.iter();
        let mine = rows.filter(move |(_, (row, _))| &*row.instance == release);
        mine.map(|(name, (row, _))| (&**name, row))
    }

    /// The recent restarts of a release, by pod.
    pub(super) fn restarts_of(&self, release: &str) -> BTreeMap<&str, u32> {
        let mut by_pod = BTreeMap::new();
        for restart in self.restarts.iter().filter(|r| &*r.instance == release) {
            *by_pod.entry(&*restart.pod).or_insert(0) += restart.count;
        }
        by_pod
    }
}

/// When a rollout under way began: kept from the first sight of it, for the condition's time moves with each step.
fn since(row: &DeploymentRow, before: Option<&DeploymentRow>, now: Timestamp) -> Option<Timestamp> {
    let Stage::Progressing { at } = &row.stage else {
        return None;
    };
    let kept = before.filter(|b| b.generation == row.generation);
    kept.and_then(|b| b.since).or(*at).or(Some(now))
}
