//! The task that asks each flagd instance of an environment what it evaluates.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, future};
use tokio::sync::{Notify, watch};

use crate::adapters::transport::endpoints::{Ends, PodPort};
use crate::adapters::transport::trouble::trouble;
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

type Ready = BoxStream<'static, Result<Vec<PodPort>, Trouble>>;

/// The ready endpoints of a Service, each time they change.
async fn ready_ends(clients: &Clients, service: &KubeService) -> Result<Ready, Trouble> {
    let ends = Ends::follow(clients, service).await?;
    let next = |mut ends: Ends| async move { Some((ends.next().await, ends)) };
    Ok(stream::unfold(ends, next).boxed())
}
