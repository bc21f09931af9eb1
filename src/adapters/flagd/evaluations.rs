//! The task that asks each flagd instance of an environment what it evaluates.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, future};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::{Api, Client};
use tokio::sync::{Notify, watch};

use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::endpoints::{self, PodPort, SERVICE_LABEL};
use crate::adapters::transport::trouble::{of_kube, trouble, within};
use crate::adapters::transport::watch::{self as kube_watch, Seen, Start};
use crate::adapters::transport::{Address, Feed, KubeService, Voice};
use crate::domain::environment::Place;
use crate::domain::flag::{Answer, Evaluation, Evaluations};
use crate::domain::names::FlagKey;
use crate::domain::observation::Fact;
use crate::domain::source::{Trouble, TroubleKind};

use super::instances::Instance;
use super::{OfrepSettings, ofrep};

/// What the task asks, whom and when.
pub(super) struct Asking {
    pub(super) place: Place,
    pub(super) ofrep: OfrepSettings,
    pub(super) client: Client,
    /// The flags that are defined: an instance that does not name one says so by that.
    pub(super) known: watch::Receiver<BTreeSet<FlagKey>>,
    /// Somebody wants an answer now.
    pub(super) now: Arc<Notify>,
}

/// Asks until cancelled.
pub(super) async fn run(mut asking: Asking, feed: Feed) {
    feed.lives(async |voice: Voice| match asking.live(&voice).await {
        Ok(never) => match never {},
        Err(why) => why,
    })
    .await;
}

impl Asking {
    async fn live(&mut self, voice: &Voice) -> Result<Infallible, Trouble> {
        let mut instances: BTreeMap<String, Instance> = BTreeMap::new();
        let (path, mut found) = match &self.ofrep.address {
            Address::Direct(url) => {
                let only = Instance::direct(url, &self.ofrep.auth)?;
                instances.insert(url.to_string(), only);
                (String::new(), stream::pending().boxed())
            }
            Address::Service(service) => {
                let found = ready_ends(&self.client, service).await?;
                (service.path.clone(), found)
            }
        };
        for url in &self.ofrep.also {
            instances.insert(url.to_string(), Instance::direct(url, &self.ofrep.auth)?);
        }
        let mut told: Option<Evaluations> = None;
        loop {
            if !instances.is_empty() {
                future::join_all(instances.values_mut().map(Instance::ask)).await;
                let all = self.evaluations(&instances)?;
                if told.as_ref() == Some(&all) {
                    voice.tell(Fact::Alive).await;
                } else {
                    told = Some(all.clone());
                    let place = self.place.clone();
                    voice.tell(Fact::Evaluations(place, all)).await;
                }
            }
            tokio::select! {
                () = voice.pace().poll(self.ofrep.every), if !instances.is_empty() => {}
                () = self.now.notified() => {}
                Ok(()) = self.known.changed() => {}
                Some(ends) = found.next() => self.keep(&mut instances, &ends?, &path).await?,
            }
        }
    }

    /// Opens what is new, drops what is gone.
    async fn keep(
        &self,
        instances: &mut BTreeMap<String, Instance>,
        ends: &[PodPort],
        path: &str,
    ) -> Result<(), Trouble> {
        if ends.is_empty() {
            return Err(trouble(
                TroubleKind::Unreachable,
                format!("{} has no ready endpoint", self.ofrep.address),
            ));
        }
        let key = |end: &PodPort| format!("{}:{}", end.pod, end.port);
        let wanted: BTreeSet<String> = ends.iter().map(key).collect();
        let also = |name: &str| self.ofrep.also.iter().any(|url| url.as_str() == name);
        instances.retain(|name, _| wanted.contains(name) || also(name));
        for end in ends {
            if let Entry::Vacant(slot) = instances.entry(key(end)) {
                let auth = &self.ofrep.auth;
                let opened = Instance::in_pod(end, path, auth, &self.client).await?;
                slot.insert(opened);
            }
        }
        Ok(())
    }

    /// What all instances say, flag by flag. If none of them answers, that is trouble.
    fn evaluations(&self, instances: &BTreeMap<String, Instance>) -> Result<Evaluations, Trouble> {
        let mut keys = self.known.borrow().clone();
        let mut answered = false;
        let mut silent = None;
        for instance in instances.values() {
            match &instance.last {
                Ok(answers) => {
                    answered = true;
                    keys.extend(answers.keys().cloned());
                }
                Err(why) => silent = Some(why),
            }
        }
        if let (false, Some(why)) = (answered, silent) {
            return Err(why.clone());
        }
        let said = |instance: &Instance, key: &FlagKey| Evaluation {
            instance: instance.name.clone(),
            answer: match &instance.last {
                Ok(answers) => answers.get(key).cloned().unwrap_or(Answer::NotFound),
                Err(why) => ofrep::failed(why.message.clone()),
            },
        };
        let flags = keys.into_iter().map(|key| {
            let all = instances.values().map(|i| said(i, &key)).collect();
            (key, all)
        });
        Ok(Evaluations {
            flags: flags.collect(),
        })
    }
}

type Ends = BoxStream<'static, Result<Vec<PodPort>, Trouble>>;

/// The ready endpoints of a Service, each time they change.
async fn ready_ends(client: &Client, service: &KubeService) -> Result<Ends, Trouble> {
    let start = Start::of_version(&kube_watch::version(client).await?);
    let namespace = service.namespace.as_str();
    let services: Api<Service> = Api::namespaced(client.clone(), namespace);
    let name = service.name.as_str();
    let found = within(READ_DEADLINE, of_kube, services.get(name)).await?;
    let port = endpoints::port_name(&found, service)?;
    let api: Api<EndpointSlice> = Api::namespaced(client.clone(), namespace);
    let config = kube_watch::config(start).labels(&format!("{SERVICE_LABEL}={name}"));
    let service = service.clone();
    let slices: BTreeMap<String, EndpointSlice> = BTreeMap::new();
    let state = (kube_watch::follow(api, config), slices, false);
    Ok(
        stream::unfold(state, move |(mut seen, mut slices, mut whole)| {
            let (service, port) = (service.clone(), port.clone());
            async move {
                loop {
                    match seen.next().await? {
                        Seen::Begin => {
                            whole = false;
                            slices.clear();
                        }
                        Seen::Is(slice, _) => {
                            let name = slice.metadata.name.clone().unwrap_or_default();
                            slices.insert(name, slice);
                        }
                        Seen::Gone(slice) => {
                            slices.remove(slice.metadata.name.as_deref().unwrap_or_default());
                        }
                        Seen::Complete => whole = true,
                        Seen::Forbidden(why) | Seen::Broken(why) => {
                            return Some((Err(why), (seen, slices, whole)));
                        }
                    }
                    if whole {
                        let all: Vec<EndpointSlice> = slices.values().cloned().collect();
                        let ends = endpoints::of_slices(&all, &service, &port);
                        return Some((Ok(ends), (seen, slices, whole)));
                    }
                }
            }
        })
        .boxed(),
    )
}
