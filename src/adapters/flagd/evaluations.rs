//! The task that asks each flagd instance of an environment what it evaluates.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, future};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Api;
use kube::core::{ApiResource, DynamicObject};
use tokio::sync::{Notify, watch};

use crate::adapters::transport::clients::READ_DEADLINE;
use crate::adapters::transport::endpoints::{self, PodPort, SERVICE_LABEL};
use crate::adapters::transport::trouble::{of_kube, trouble, within};
use crate::adapters::transport::watch::{self as kube_watch, Start};
use crate::adapters::transport::{Address, Clients, Credentials, KubeService, Life, Voice};
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
    pub(super) clients: Clients,
    /// The flags that are defined: an instance that does not name one says so by that.
    pub(super) known: watch::Receiver<BTreeSet<FlagKey>>,
    /// Somebody wants an answer now.
    pub(super) now: Arc<Notify>,
}

/// The instances by name and by the address that led to them.
type Known = BTreeMap<(String, usize), Instance>;

impl Life for Asking {
    async fn live(&mut self, voice: &Voice) -> Result<Infallible, Trouble> {
        let who = self.ofrep.login.credentials().await?;
        let mut instances = Known::new();
        let mut services = Vec::new();
        for (index, address) in self.ofrep.addresses.iter().enumerate() {
            match address {
                Address::Direct(url) => {
                    let only = Instance::direct(url, &who)?;
                    instances.insert((only.name.raw().to_owned(), index), only);
                }
                Address::Service(service) => {
                    let ends = ready_ends(&self.clients, service).await?;
                    let path = service.path.clone();
                    services.push(ends.map(move |ends| (index, path.clone(), ends)).boxed());
                }
            }
        }
        let mut found = stream::select_all(services);
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
                Some((index, path, ends)) = found.next() => {
                    self.keep(&mut instances, &ends?, (index, &path), &who).await?;
                }
            }
        }
    }
}

impl Asking {
    /// Opens what is new behind one address, drops what is gone.
    async fn keep(
        &self,
        instances: &mut Known,
        ends: &[PodPort],
        (index, path): (usize, &str),
        who: &Credentials,
    ) -> Result<(), Trouble> {
        let key = |end: &PodPort| (end.pod.clone(), index);
        let wanted: BTreeSet<(String, usize)> = ends.iter().map(key).collect();
        instances.retain(|name, _| name.1 != index || wanted.contains(name));
        for end in ends {
            if let Entry::Vacant(slot) = instances.entry(key(end)) {
                let opened = Instance::in_pod(end, path, who, &self.clients.read).await?;
                slot.insert(opened);
            }
        }
        if instances.is_empty() {
            return Err(trouble(TroubleKind::Unreachable, "no ready endpoint"));
        }
        Ok(())
    }

    /// What all instances say, flag by flag. If none of them answers, that is trouble.
    fn evaluations(&self, instances: &Known) -> Result<Evaluations, Trouble> {
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
async fn ready_ends(clients: &Clients, service: &KubeService) -> Result<Ends, Trouble> {
    let start = Start::of_version(&kube_watch::version(clients).await?);
    let client = &clients.read;
    let namespace = service.namespace.as_str();
    let services: Api<Service> = Api::namespaced(client.clone(), namespace);
    let name = service.name.as_str();
    let found = within(READ_DEADLINE, of_kube, services.get(name)).await?;
    let port = endpoints::port_name(&found, service)?;
    let kind = ApiResource::erase::<EndpointSlice>(&());
    let api = Api::namespaced_with(client.clone(), namespace, &kind);
    let config = kube_watch::config(start).labels(&format!("{SERVICE_LABEL}={name}"));
    let look = clients.shared.follow(api, config).await;
    let service = service.clone();
    Ok(stream::unfold(look, move |mut look| {
        let (service, port) = (service.clone(), port.clone());
        async move {
            let ends = look.next().await.and_then(|slices| {
                let slices: Vec<EndpointSlice> =
                    slices.iter().map(slice).collect::<Result<_, _>>()?;
                Ok(endpoints::of_slices(&slices, &service, &port))
            });
            Some((ends, look))
        }
    })
    .boxed())
}

fn slice(object: &DynamicObject) -> Result<EndpointSlice, Trouble> {
    let parsed = object.clone().try_parse();
    parsed.map_err(|e| trouble(TroubleKind::Malformed, format!("EndpointSlice: {e}")))
}
