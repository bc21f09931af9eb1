//! The task that follows the releases of one cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream, SelectAll};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::core::PartialObjectMeta;
use tokio::time::MissedTickBehavior;

use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::trouble::{of_kube, within};
use crate::adapters::transport::watch::{self, Seen, Start};
use crate::adapters::transport::{Clients, Feed, Life, Voice};
use crate::domain::names::Namespace;
use crate::domain::observation::Fact;
use crate::domain::release::{ReleaseDetail, ReleaseHistory, ReleaseRevision};
use crate::domain::source::{Trouble, TroubleKind};

use super::map::{self, Record};
use super::marks::{Marks, Saw};
use super::{AT_ONCE, PlaceSettings, Settings, record};
use crate::adapters::transport::place::releases;

/// At most four snapshots a second.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// How many of the newest revisions are opened.
const NEWEST: usize = 3;

/// Follows the releases of one cluster until cancelled.
pub async fn run(settings: Settings, clients: Clients, feed: Feed) {
    let releases = Releases {
        told: Vec::new(),
        marks: Marks::new(clients.clone(), settings.places.clone()),
        settings,
        clients,
        paged: false,
        records: BTreeMap::new(),
        opened: BTreeMap::new(),
    };
    feed.live(releases).await;
}

/// The records of one namespace by the Secret's name.
#[derive(Debug, Default)]
struct Records {
    whole: bool,
    listing: u32,
    rows: BTreeMap<String, (Record, u32)>,
}

type RecordKey = (Namespace, String);

struct Releases {
    settings: Settings,
    clients: Clients,
    /// The server turned down a streamed list; its version alone does not tell.
    paged: bool,
    records: BTreeMap<Namespace, Records>,
    /// What was opened, at which version of the record; none if it could not be read.
    opened: BTreeMap<RecordKey, (String, Option<ReleaseDetail>)>,
    marks: Marks,
    told: Vec<Option<ReleaseHistory>>,
}

enum Which {
    Record(Namespace, Seen<PartialObjectMeta<Secret>>),
    Mark(Saw),
}

impl Life for Releases {
    async fn live(&mut self, voice: &Voice) -> Result<Infallible, Trouble> {
        let version = watch::version(&self.clients).await?;
        let start = Start::of_version(&version).or_paged(self.paged);
        self.told = vec![None; self.settings.places.len()];
        let mut seen = self.watches(start);
        let mut probes = std::pin::pin!(watch::alive(&self.clients));
        let mut tick = tokio::time::interval(TELL_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut dirty = false;
        loop {
            tokio::select! {
                Some(which) = seen.next() => {
                    let more = self.take(which, start).inspect_err(|why| {
                        self.paged |= start == Start::Streamed && why.kind == TroubleKind::Malformed;
                    })?;
                    seen.extend(more);
                    dirty = true;
                }
                _ = tick.tick(), if dirty => {
                    self.tell(voice).await?;
                    dirty = false;
                }
                Some(answer) = probes.next() => {
                    answer?;
                    voice.tell(Fact::Alive).await;
                }
            }
        }
    }
}

impl Releases {
    fn watches(&mut self, start: Start) -> SelectAll<BoxStream<'static, Which>> {
        let mut all: Vec<_> = marks(self.marks.watches(start)).collect();
        for (namespace, releases) in releases(&self.settings.places) {
            self.records.entry(namespace.clone()).or_default();
            let selector = format!("owner=helm,name in {releases}");
            let records = Api::namespaced(self.clients.read.clone(), namespace.as_str());
            let config = watch::config(start).labels(&selector);
            all.push(watch::tagged(watch::follow(records, config), move |seen| {
                Which::Record(namespace.clone(), seen)
            }));
        }
        stream::select_all(all)
    }

    /// Takes note of what was seen; what is watched from now on besides.
    fn take(
        &mut self,
        which: Which,
        start: Start,
    ) -> Result<Vec<BoxStream<'static, Which>>, Trouble> {
        match which {
            Which::Mark(saw) => return Ok(marks(self.marks.take(saw, start)?).collect()),
            Which::Record(namespace, seen) => {
                if let Some(records) = self.records.get_mut(&namespace) {
                    records.take(seen)?;
                }
            }
        }
        Ok(Vec::new())
    }

    /// Tells the history of each place where it changed.
    async fn tell(&mut self, voice: &Voice) -> Result<(), Trouble> {
        self.marks.read().await?;
        self.open().await?;
        for (index, place) in self.settings.places.iter().enumerate() {
            let Some(history) = self.history(index, place) else {
                continue;
            };
            let Some(told) = self.told.get_mut(index) else {
                continue;
            };
            if told.as_ref() != Some(&history) {
                *told = Some(history.clone());
                let place = place.place.clone();
                voice.tell(Fact::Releases(place, history)).await;
            }
        }
        self.forget_pruned();
        Ok(())
    }

    /// The records of a place, oldest first; none while they or its mark have not all come.
    fn mine(&self, index: usize, place: &PlaceSettings) -> Option<(Vec<&Record>, ReleaseHistory)> {
        let records = self.records.get(&place.namespace);
        let records = records.filter(|records| records.whole && self.marks.is_known(index))?;
        let rows = records.rows.values().map(|(record, _)| record);
        let mut mine: Vec<&Record> = rows
            .filter(|record| record.release == place.release.as_str())
            .collect();
        mine.sort_by_key(|record| record.revision);
        let history = ReleaseHistory {
            revisions: mine.iter().map(|record| revision(record, None)).collect(),
            stable: self.marks.stable(index),
        };
        Some((mine, history))
    }

    fn history(&self, index: usize, place: &PlaceSettings) -> Option<ReleaseHistory> {
        let (mine, mut history) = self.mine(index, place)?;
        let shown = shown(&history);
        for (record, revision) in mine.into_iter().zip(&mut history.revisions) {
            if shown.contains(&record.revision) {
                let key = (place.namespace.clone(), record.secret.clone());
                let opened = self.opened.get(&key);
                revision.detail = opened.and_then(|(_, detail)| detail.clone());
            }
        }
        Some(history)
    }

    /// Opens the records that are shown: each is read once for each of its versions.
    async fn open(&mut self) -> Result<(), Trouble> {
        let places = self.settings.places.iter().enumerate();
        let unread = places.flat_map(|(index, place)| {
            let (mine, history) = self.mine(index, place).unwrap_or_default();
            let shown = shown(&history);
            mine.into_iter()
                .filter(move |record| shown.contains(&record.revision))
                .map(|record| ((place.namespace.clone(), record.secret.clone()), record))
                .filter(|(key, record)| {
                    let opened = self.opened.get(key);
                    opened.is_none_or(|(version, _)| *version != record.resource_version)
                })
        });
        // Two places may be one release.
        let unread: BTreeMap<RecordKey, String> = unread
            .map(|(key, record)| (key, record.resource_version.clone()))
            .collect();
        let clients = &self.clients;
        let opening = unread.into_iter().map(|(key, version)| async move {
            let detail = detail(clients, &key).await?;
            Ok::<_, Trouble>((key, (version, detail)))
        });
        let mut opening = stream::iter(opening).buffer_unordered(AT_ONCE);
        while let Some(opened) = opening.next().await {
            let (key, opened) = opened?;
            self.opened.insert(key, opened);
        }
        Ok(())
    }

    fn forget_pruned(&mut self) {
        let records = &self.records;
        self.opened.retain(|(namespace, secret), _| {
            let kept = records.get(namespace);
            kept.is_some_and(|records| records.rows.contains_key(secret))
        });
    }
}

impl Records {
    fn take(&mut self, seen: Seen<PartialObjectMeta<Secret>>) -> Result<(), Trouble> {
        match seen {
            Seen::Begin => self.listing = self.listing.wrapping_add(1),
            Seen::Is(object, _) => {
                if let Some(record) = map::record(&object.metadata) {
                    let row = (record, self.listing);
                    self.rows.insert(row.0.secret.clone(), row);
                }
            }
            Seen::Gone(object) => {
                if let Some(name) = &object.metadata.name {
                    self.rows.remove(name);
                }
            }
            Seen::Complete => {
                let listing = self.listing;
                self.rows.retain(|_, (_, seen)| *seen == listing);
                self.whole = true;
            }
            Seen::Forbidden(why) | Seen::Broken(why) => return Err(why),
        }
        Ok(())
    }
}

fn revision(record: &Record, detail: Option<ReleaseDetail>) -> ReleaseRevision {
    ReleaseRevision {
        revision: record.revision,
        status: record.status,
        modified: record.modified,
        detail,
    }
}

/// The revisions whose inside is shown: the current one, the one marked stable, and the newest.
fn shown(history: &ReleaseHistory) -> BTreeSet<crate::domain::release::Revision> {
    let newest = history.revisions.iter().rev().take(NEWEST);
    let mut shown: BTreeSet<_> = newest.map(|r| r.revision).collect();
    shown.extend(history.current().map(|r| r.revision));
    shown.extend(history.stable.mark().map(|mark| mark.revision));
    shown
}

/// The inside of a record, if it can be read.
async fn detail(
    clients: &Clients,
    (namespace, secret): &RecordKey,
) -> Result<Option<ReleaseDetail>, Trouble> {
    let secrets: Api<Secret> = Api::namespaced(clients.read.clone(), namespace.as_str());
    match within(READ_DEADLINE, of_kube, secrets.get(secret)).await {
        Ok(secret) => Ok(detail_of(&secret)),
        // Pruned in between, or only lists are allowed: the labels still tell.
        Err(why) if matches!(why.kind, TroubleKind::NotFound | TroubleKind::Forbidden) => Ok(None),
        Err(why) => Err(why),
    }
}

/// The watches of marks among the others.
fn marks(all: Vec<BoxStream<'static, Saw>>) -> impl Iterator<Item = BoxStream<'static, Which>> {
    all.into_iter().map(|saw| saw.map(Which::Mark).boxed())
}

fn detail_of(secret: &Secret) -> Option<ReleaseDetail> {
    let release = secret.data.as_ref()?.get("release")?;
    record::open(&release.0)
        .inspect_err(|error| tracing::warn!(%error, "release record"))
        .ok()
}
