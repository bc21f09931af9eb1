//! The task that follows the releases of one cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Api;
use kube::core::PartialObjectMeta;
use tokio::time::MissedTickBehavior;

use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::trouble::{of_kube, within};
use crate::adapters::transport::watch::{self, Seen, Start};
use crate::adapters::transport::{Clients, Feed, Life, Voice};
use crate::domain::names::Namespace;
use crate::domain::observation::Fact;
use crate::domain::release::{ReleaseDetail, ReleaseHistory, ReleaseRevision, StableMark};
use crate::domain::source::{Trouble, TroubleKind};

use super::map::{self, Record};
use super::{PlaceSettings, Settings, record};
use crate::adapters::transport::place::releases;

/// At most four snapshots a second.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// How many of the newest revisions are opened.
const NEWEST: usize = 3;

/// Follows the releases of one cluster until cancelled.
pub async fn run(settings: Settings, clients: Clients, feed: Feed) {
    let releases = Releases {
        told: Vec::new(),
        marks: vec![Mark::default(); settings.places.len()],
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

/// What is known of the stable mark of one place.
#[derive(Debug, Clone, Default)]
struct Mark {
    known: bool,
    /// Whether it came in the listing under way.
    listed: bool,
    stable: Option<StableMark>,
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
    /// The mark of each place, in the settings' order.
    marks: Vec<Mark>,
    told: Vec<Option<ReleaseHistory>>,
}

enum Which {
    Record(Namespace, Seen<PartialObjectMeta<Secret>>),
    Mark(usize, Seen<ConfigMap>),
}

impl Life for Releases {
    async fn live(&mut self, voice: &Voice) -> Result<Infallible, Trouble> {
        let version = watch::version(&self.clients).await?;
        let start = Start::of_version(&version).or_paged(self.paged);
        self.told = vec![None; self.settings.places.len()];
        let mut seen = self.watches(start);
        let mut probes = std::pin::pin!(watch::probes(self.clients.clone()));
        let mut tick = tokio::time::interval(TELL_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut dirty = false;
        loop {
            tokio::select! {
                Some(which) = seen.next() => {
                    self.take(which).inspect_err(|why| {
                        self.paged |= start == Start::Streamed && why.kind == TroubleKind::Malformed;
                    })?;
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
    fn watches(&mut self, start: Start) -> BoxStream<'static, Which> {
        let mut all = Vec::new();
        for (index, place) in self.settings.places.iter().enumerate() {
            let name = format!("metadata.name=flightdeck-stable-{}", place.place.service);
            let marks = Api::namespaced(self.clients.read.clone(), place.namespace.as_str());
            let config = watch::config(start).fields(&name);
            all.push(watch::tagged(watch::follow(marks, config), move |seen| {
                Which::Mark(index, seen)
            }));
        }
        for (namespace, releases) in releases(&self.settings.places) {
            self.records.entry(namespace.clone()).or_default();
            let selector = format!("owner=helm,name in {releases}");
            let records = Api::namespaced(self.clients.read.clone(), namespace.as_str());
            let config = watch::config(start).labels(&selector);
            all.push(watch::tagged(watch::follow(records, config), move |seen| {
                Which::Record(namespace.clone(), seen)
            }));
        }
        stream::select_all(all).boxed()
    }

    fn take(&mut self, which: Which) -> Result<(), Trouble> {
        match which {
            Which::Mark(index, seen) => self.take_mark(index, seen),
            Which::Record(namespace, seen) => {
                if let Some(records) = self.records.get_mut(&namespace) {
                    return records.take(seen);
                }
                Ok(())
            }
        }
    }

    fn take_mark(&mut self, index: usize, seen: Seen<ConfigMap>) -> Result<(), Trouble> {
        let Some(mark) = self.marks.get_mut(index) else {
            return Ok(());
        };
        match seen {
            Seen::Begin => mark.listed = false,
            Seen::Is(object, _) => {
                mark.listed = true;
                mark.stable = object.data.as_ref().and_then(map::stable);
            }
            Seen::Gone(_) => mark.stable = None,
            Seen::Complete => {
                mark.known = true;
                if !mark.listed {
                    mark.stable = None;
                }
            }
            // Without the right to read marks there is none: the history is still worth showing.
            Seen::Forbidden(_) => {
                *mark = Mark {
                    known: true,
                    ..Mark::default()
                };
            }
            Seen::Broken(why) => return Err(why),
        }
        Ok(())
    }

    /// Tells the history of each place where it changed.
    async fn tell(&mut self, voice: &Voice) -> Result<(), Trouble> {
        for index in 0..self.settings.places.len() {
            let Some(place) = self.settings.places.get(index).cloned() else {
                continue;
            };
            let whole = self.records.get(&place.namespace).is_some_and(|r| r.whole);
            let mark = self.marks.get(index).cloned().unwrap_or_default();
            if !whole || !mark.known {
                continue;
            }
            let history = self.history(&place, mark.stable).await?;
            let Some(told) = self.told.get_mut(index) else {
                continue;
            };
            if told.as_ref() != Some(&history) {
                *told = Some(history.clone());
                voice.tell(Fact::Releases(place.place, history)).await;
            }
        }
        self.forget_pruned();
        Ok(())
    }

    async fn history(
        &mut self,
        place: &PlaceSettings,
        stable: Option<StableMark>,
    ) -> Result<ReleaseHistory, Trouble> {
        let records = self.records.get(&place.namespace);
        let rows = records.into_iter().flat_map(|r| r.rows.values());
        let mut mine: Vec<Record> = rows
            .map(|(record, _)| record.clone())
            .filter(|record| record.release == place.release.as_str())
            .collect();
        mine.sort_by_key(|record| record.revision);
        let mut history = ReleaseHistory {
            revisions: mine.iter().map(|record| revision(record, None)).collect(),
            stable,
        };
        let shown = shown(&history);
        let mut revisions = Vec::with_capacity(mine.len());
        for record in &mine {
            let detail = if shown.contains(&record.revision) {
                self.detail(&place.namespace, record).await?
            } else {
                None
            };
            revisions.push(revision(record, detail));
        }
        history.revisions = revisions;
        Ok(history)
    }

    /// The inside of a record: read once for each of its versions.
    async fn detail(
        &mut self,
        namespace: &Namespace,
        record: &Record,
    ) -> Result<Option<ReleaseDetail>, Trouble> {
        let key = (namespace.clone(), record.secret.clone());
        if let Some((version, detail)) = self.opened.get(&key)
            && *version == record.resource_version
        {
            return Ok(detail.clone());
        }
        let secrets: Api<Secret> = Api::namespaced(self.clients.read.clone(), namespace.as_str());
        let asked = within(READ_DEADLINE, of_kube, secrets.get(&record.secret)).await;
        let detail = match asked {
            Ok(secret) => detail_of(&secret),
            // Pruned in between, or only lists are allowed: the labels still tell.
            Err(why) if matches!(why.kind, TroubleKind::NotFound | TroubleKind::Forbidden) => None,
            Err(why) => return Err(why),
        };
        let version = record.resource_version.clone();
        self.opened.insert(key, (version, detail.clone()));
        Ok(detail)
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
    shown.extend(history.stable.as_ref().map(|mark| mark.revision));
    shown
}

fn detail_of(secret: &Secret) -> Option<ReleaseDetail> {
    let release = secret.data.as_ref()?.get("release")?;
    record::open(&release.0)
        .inspect_err(|error| tracing::warn!(%error, "release record"))
        .ok()
}
