//! The stable marks of a cluster's places.
//!
//! Where one namespace holds several services, one watch of its `ConfigMap`s by metadata follows all of their marks, and
//! a mark itself is read by its name when it changed: so no other `ConfigMap`'s data enters the deck, and forty services
//! cost one watch. That needs the right to list them; a role may name the marks instead, and then each is watched by its
//! name, as is the mark of a service that has its namespace for itself.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use futures::stream::{self, BoxStream, FuturesUnordered};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::core::PartialObjectMeta;

use crate::adapters::transport::Clients;
use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::trouble::{of_kube, within};
use crate::adapters::transport::watch::{self, Seen, Start};
use crate::domain::access::Permission;
use crate::domain::names::Namespace;
use crate::domain::release::{Stable, StableMark};
use crate::domain::source::{Trouble, TroubleKind};

use super::{AT_ONCE, PlaceSettings, map};

/// The marks of one cluster's places, in the settings' order.
pub(super) struct Marks {
    clients: Clients,
    places: Vec<PlaceSettings>,
    of_place: Vec<Mark>,
    /// Where the `ConfigMap`s may not be listed.
    by_name: BTreeSet<Namespace>,
}

/// What is known of the stable mark of one place.
#[derive(Debug, Clone, Default)]
struct Mark {
    known: bool,
    /// Whether it came in the listing under way.
    listed: bool,
    stable: Option<StableMark>,
    /// The verb that it takes to read it and that was refused.
    denied: Option<&'static str>,
    /// The version that is there and the one that was read, where metadata alone is watched.
    there: Option<String>,
    read: Option<String>,
}

/// What a watch of marks saw.
pub(super) enum Saw {
    One(usize, Seen<ConfigMap>),
    Many(Namespace, Seen<PartialObjectMeta<ConfigMap>>),
}

type Watches = Vec<BoxStream<'static, Saw>>;

impl Marks {
    pub(super) fn new(clients: Clients, places: Vec<PlaceSettings>) -> Self {
        Self {
            clients,
            of_place: vec![Mark::default(); places.len()],
            places,
            by_name: BTreeSet::new(),
        }
    }

    /// The watches that a life begins with.
    pub(super) fn watches(&self, start: Start) -> Watches {
        let mut of: BTreeMap<&Namespace, Vec<usize>> = BTreeMap::new();
        for (index, place) in self.places.iter().enumerate() {
            of.entry(&place.namespace).or_default().push(index);
        }
        let mut all = Vec::new();
        for (namespace, indices) in of {
            if indices.len() > 1 && !self.by_name.contains(namespace) {
                all.push(self.many(namespace, start));
            } else {
                all.extend(self.each(namespace, start));
            }
        }
        all
    }

    fn many(&self, namespace: &Namespace, start: Start) -> BoxStream<'static, Saw> {
        let api = Api::namespaced(self.clients.read.clone(), namespace.as_str());
        let seen = watch::follow(api, watch::config(start));
        let namespace = namespace.clone();
        watch::tagged(until_forbidden(seen), move |seen| {
            Saw::Many(namespace.clone(), seen)
        })
    }

    fn each(&self, namespace: &Namespace, start: Start) -> Watches {
        let mine = self.places.iter().enumerate();
        mine.filter(|(_, place)| place.namespace == *namespace)
            .map(|(index, place)| {
                let name = format!("metadata.name={}", name(place));
                let api = Api::namespaced(self.clients.read.clone(), place.namespace.as_str());
                let seen = watch::follow(api, watch::config(start).fields(&name));
                watch::tagged(seen, move |seen| Saw::One(index, seen))
            })
            .collect()
    }

    /// Takes note of what was seen; the watches that are needed from now on besides.
    pub(super) fn take(&mut self, saw: Saw, start: Start) -> Result<Watches, Trouble> {
        match saw {
            Saw::One(index, seen) => {
                if let Some(mark) = self.of_place.get_mut(index) {
                    mark.take(seen)?;
                }
            }
            Saw::Many(namespace, Seen::Forbidden(_)) => {
                let watches = self.each(&namespace, start);
                self.by_name.insert(namespace);
                return Ok(watches);
            }
            Saw::Many(namespace, seen) => self.take_many(&namespace, seen)?,
        }
        Ok(Vec::new())
    }

    fn take_many(
        &mut self,
        namespace: &Namespace,
        seen: Seen<PartialObjectMeta<ConfigMap>>,
    ) -> Result<(), Trouble> {
        let places = self.places.iter().zip(&mut self.of_place);
        let mine = places.filter(|(place, _)| place.namespace == *namespace);
        let named = |place: &PlaceSettings, object: &PartialObjectMeta<ConfigMap>| {
            object.metadata.name.as_deref() == Some(name(place).as_str())
        };
        match seen {
            Seen::Begin => mine.for_each(|(_, mark)| mark.listed = false),
            Seen::Is(object, _) => {
                for (_, mark) in mine.filter(|(place, _)| named(place, &object)) {
                    mark.listed = true;
                    mark.there.clone_from(&object.metadata.resource_version);
                }
            }
            Seen::Gone(object) => {
                for (_, mark) in mine.filter(|(place, _)| named(place, &object)) {
                    mark.there = None;
                }
            }
            Seen::Complete => {
                for (_, mark) in mine {
                    mark.known = true;
                    if !mark.listed {
                        mark.there = None;
                    }
                }
            }
            Seen::Forbidden(why) | Seen::Broken(why) => return Err(why),
        }
        Ok(())
    }

    /// Reads the marks of which only another version is known.
    pub(super) async fn read(&mut self) -> Result<(), Trouble> {
        let mut reading = FuturesUnordered::new();
        let mut unread = self.unread().into_iter();
        loop {
            if reading.len() < AT_ONCE
                && let Some((index, namespace, name)) = unread.next()
            {
                let api: Api<ConfigMap> =
                    Api::namespaced(self.clients.read.clone(), namespace.as_str());
                reading.push(async move { (index, stable(&api, &name).await) });
                continue;
            }
            let Some((index, stable)) = reading.next().await else {
                return Ok(());
            };
            if let Some(mark) = self.of_place.get_mut(index) {
                let (stable, denied) = match stable? {
                    Read::Found(stable) => (stable, None),
                    Read::Denied => (None, Some("get")),
                };
                (mark.stable, mark.denied) = (stable, denied);
                mark.read.clone_from(&mark.there);
            }
        }
    }

    fn unread(&mut self) -> Vec<(usize, Namespace, String)> {
        let mut unread = Vec::new();
        for (index, (place, mark)) in self.places.iter().zip(&mut self.of_place).enumerate() {
            let changed = mark.known && mark.there != mark.read;
            if changed && mark.there.is_some() {
                unread.push((index, place.namespace.clone(), name(place)));
            } else if changed {
                (mark.stable, mark.denied, mark.read) = (None, None, None);
            }
        }
        unread
    }

    /// Whether it is known if a place has a mark, and which.
    pub(super) fn is_known(&self, index: usize) -> bool {
        self.of_place.get(index).is_some_and(|mark| mark.known)
    }

    /// The mark of a place.
    pub(super) fn stable(&self, index: usize) -> Stable {
        let Some((place, mark)) = self.places.get(index).zip(self.of_place.get(index)) else {
            return Stable::default();
        };
        match mark.denied {
            None => Stable::Known(mark.stable.clone()),
            Some(verb) => Stable::Denied(Permission {
                cluster: self.clients.cluster.clone(),
                verb: verb.to_owned(),
                group: String::new(),
                resource: "configmaps".to_owned(),
                namespace: place.namespace.clone(),
                name: Some(name(place)),
            }),
        }
    }
}

impl Mark {
    fn take(&mut self, seen: Seen<ConfigMap>) -> Result<(), Trouble> {
        match seen {
            Seen::Begin => (self.listed, self.denied) = (false, None),
            Seen::Is(object, _) => {
                self.listed = true;
                self.stable = object.data.as_ref().and_then(map::stable);
            }
            Seen::Gone(_) => self.stable = None,
            Seen::Complete => {
                self.known = true;
                if !self.listed {
                    self.stable = None;
                }
            }
            // Without the right to read marks there may be one: the history is still worth showing.
            Seen::Forbidden(_) => {
                *self = Self {
                    known: true,
                    denied: Some("watch"),
                    ..Self::default()
                };
            }
            Seen::Broken(why) => return Err(why),
        }
        Ok(())
    }
}

/// What came of reading a mark.
enum Read {
    Found(Option<StableMark>),
    Denied,
}

/// What a mark says, if there is one that can be read.
async fn stable(api: &Api<ConfigMap>, name: &str) -> Result<Read, Trouble> {
    match within(READ_DEADLINE, of_kube, api.get(name)).await {
        Ok(found) => Ok(Read::Found(found.data.as_ref().and_then(map::stable))),
        // Gone in between.
        Err(why) if why.kind == TroubleKind::NotFound => Ok(Read::Found(None)),
        // Only lists are allowed: the history is still worth showing.
        Err(why) if why.kind == TroubleKind::Forbidden => Ok(Read::Denied),
        Err(why) => Err(why),
    }
}

fn name(place: &PlaceSettings) -> String {
    format!("flightdeck-stable-{}", place.place.service)
}

/// Ends with a refusal, which else would be asked for again and again.
fn until_forbidden<K: Send + 'static>(
    seen: BoxStream<'static, Seen<K>>,
) -> BoxStream<'static, Seen<K>> {
    stream::unfold(Some(seen), |seen| async {
        let mut seen = seen?;
        let next = seen.next().await?;
        let rest = (!matches!(next, Seen::Forbidden(_))).then_some(seen);
        Some((next, rest))
    })
    .boxed()
}
