//! The task that follows one cluster.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::core::ApiResource;
use tokio::time::MissedTickBehavior;

use crate::adapters::transport::watch::{self, Seen, Start};
use crate::adapters::transport::{Clients, Feed, Life, Voice};
use crate::domain::access::{Access, Permission};
use crate::domain::names::Namespace;
use crate::domain::observation::Fact;
use crate::domain::source::{Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;
use crate::domain::workload::WorkloadHealth;

use super::memory::{Kind, Part, Rows};
use super::rows::{INSTANCE, WireDeployment, WirePod};
use super::{PlaceSettings, Settings, identity, map};
use crate::adapters::transport::place::releases;

/// At most four snapshots a second.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// Follows one cluster until cancelled.
pub async fn run(settings: Settings, clients: Clients, feed: Feed) {
    let cluster = Cluster {
        settings,
        clients,
        paged: false,
        rows: BTreeMap::new(),
        access: BTreeMap::new(),
        told: Vec::new(),
    };
    feed.live(cluster).await;
}

struct Cluster {
    settings: Settings,
    clients: Clients,
    /// The server turned down a streamed list; its version alone does not tell.
    paged: bool,
    rows: BTreeMap<Namespace, Rows>,
    access: BTreeMap<Permission, Access>,
    /// The health that was last told of each place, in the settings' order.
    told: Vec<Option<WorkloadHealth>>,
}

struct Tagged {
    namespace: Namespace,
    seen: Which,
}

enum Which {
    Deployment(Seen<WireDeployment>),
    Pod(Seen<WirePod>),
}

impl Life for Cluster {
    async fn live(&mut self, voice: &Voice) -> Result<Infallible, Trouble> {
        let version = watch::version(&self.clients).await?;
        let start = Start::of_version(&version).or_paged(self.paged);
        let said = Untrusted::new(version.git_version);
        let identity = identity::introduce(&self.clients, said).await?;
        voice
            .tell(Fact::Cluster(self.clients.cluster.clone(), identity))
            .await;
        // A new life may face another server: what it says is told anew.
        self.told = vec![None; self.settings.places.len()];
        let mut seen = self.watches(start);
        let mut probes = std::pin::pin!(watch::alive(&self.clients));
        let mut tick = tokio::time::interval(TELL_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut dirty = false;
        loop {
            tokio::select! {
                Some(tagged) = seen.next() => {
                    self.take(tagged, voice).await.inspect_err(|why| {
                        self.paged |= start == Start::Streamed && why.kind == TroubleKind::Malformed;
                    })?;
                    dirty = self.rows.values().any(Rows::is_any_touched);
                }
                _ = tick.tick(), if dirty => {
                    self.tell(voice).await?;
                    dirty = false;
                }
                Some(answer) = probes.next() => {
                    answer?;
                    if !self.tell(voice).await? {
                        voice.tell(Fact::Alive).await;
                    }
                }
            }
        }
    }
}

impl Cluster {
    fn watches(&mut self, start: Start) -> BoxStream<'static, Tagged> {
        let mut all = Vec::new();
        for (namespace, releases) in releases(&self.settings.places) {
            self.rows.entry(namespace.clone()).or_default();
            let selector = format!("{INSTANCE} in {releases}");
            let config = watch::config(start).labels(&selector);
            let client = || self.clients.read.clone();
            let kind = ApiResource::erase::<Deployment>(&());
            let deployments = Api::namespaced_with(client(), namespace.as_str(), &kind);
            let kind = ApiResource::erase::<Pod>(&());
            let pods = Api::namespaced_with(client(), namespace.as_str(), &kind);
            let of = namespace.clone();
            all.push(watch::tagged(
                watch::follow(deployments, config.clone()),
                move |seen| Tagged {
                    namespace: of.clone(),
                    seen: Which::Deployment(seen),
                },
            ));
            all.push(watch::tagged(watch::follow(pods, config), move |seen| {
                Tagged {
                    namespace: namespace.clone(),
                    seen: Which::Pod(seen),
                }
            }));
        }
        stream::select_all(all).boxed()
    }

    async fn take(&mut self, tagged: Tagged, voice: &Voice) -> Result<(), Trouble> {
        let now = voice.now();
        let Tagged { namespace, seen } = tagged;
        let Some(rows) = self.rows.get_mut(&namespace) else {
            return Ok(());
        };
        let (kind, change) = match seen {
            Which::Deployment(seen) => (
                Kind::Deployments,
                apply(rows, Kind::Deployments, seen, |rows, object| {
                    rows.deployment(object, now);
                }),
            ),
            Which::Pod(seen) => (
                Kind::Pods,
                apply(rows, Kind::Pods, seen, |rows, object| rows.pod(object, now)),
            ),
        };
        let found = match change {
            Change::None => return Ok(()),
            Change::Broken(why) => return Err(why),
            Change::Allowed => Access::Allowed,
            Change::Denied => Access::Denied,
        };
        let permission = self.list_permission(kind, namespace);
        let before = self.access.get(&permission);
        // That a list works is no news, unless it did not before.
        if before != Some(&found) && (before.is_some() || found == Access::Denied) {
            self.access.insert(permission, found);
            self.tell_access(voice).await;
        }
        Ok(())
    }

    fn list_permission(&self, kind: Kind, namespace: Namespace) -> Permission {
        let (group, resource) = match kind {
            Kind::Deployments => ("apps", "deployments"),
            Kind::Pods => ("", "pods"),
        };
        Permission {
            cluster: self.clients.cluster.clone(),
            verb: "list".to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace,
            name: None,
        }
    }

    async fn tell_access(&self, voice: &Voice) {
        let all = self.access.iter().map(|(p, a)| (p.clone(), a.clone()));
        voice.tell(Fact::Access(all.collect())).await;
    }

    /// Tells the health of each place where it changed; whether any did. Where nothing at all may be watched, that is
    /// trouble.
    async fn tell(&mut self, voice: &Voice) -> Result<bool, Trouble> {
        let now = voice.now();
        for rows in self.rows.values_mut() {
            rows.forget_old_restarts(now);
        }
        let mut any = false;
        for (place, told) in self.settings.places.iter().zip(&mut self.told) {
            let PlaceSettings {
                place,
                namespace,
                release,
            } = place;
            let Some(rows) = self.rows.get(namespace) else {
                continue;
            };
            if !rows.is_touched(release.as_str()) {
                continue;
            }
            let parts = [rows.part(Kind::Deployments), rows.part(Kind::Pods)];
            if parts.contains(&Part::Waiting) || parts == [Part::Forbidden; 2] {
                continue;
            }
            let health = map::health(rows, release.as_str(), now);
            if told.as_ref() != Some(&health) {
                *told = Some(health.clone());
                any = true;
                voice.tell(Fact::Workload(place.clone(), health)).await;
            }
        }
        self.rows.values_mut().for_each(Rows::untouch);
        let nothing = !self.rows.is_empty()
            && self.rows.values().all(|rows| {
                let both = [rows.part(Kind::Deployments), rows.part(Kind::Pods)];
                both == [Part::Forbidden; 2]
            });
        if nothing {
            return Err(Trouble {
                kind: TroubleKind::Forbidden,
                message: Untrusted::from("neither deployments nor pods may be listed here"),
            });
        }
        Ok(any)
    }
}

/// What an event changes besides rows.
enum Change {
    None,
    Allowed,
    Denied,
    Broken(Trouble),
}

fn apply<K>(rows: &mut Rows, kind: Kind, seen: Seen<K>, row: impl FnOnce(&mut Rows, &K)) -> Change
where
    K: kube::Resource,
{
    match seen {
        Seen::Begin => rows.begin(kind),
        Seen::Is(object, _) => row(rows, &object),
        Seen::Gone(object) => {
            if let Some(name) = object.meta().name.as_deref() {
                rows.gone(kind, name);
            }
        }
        Seen::Complete => {
            rows.complete(kind);
            return Change::Allowed;
        }
        Seen::Forbidden(_) => {
            rows.forbid(kind);
            return Change::Denied;
        }
        Seen::Broken(why) => return Change::Broken(why),
    }
    Change::None
}
