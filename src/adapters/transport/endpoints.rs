//! Which pods stand behind a Service, and at which of their ports: asked once, or watched together with all others that look
//! at that Service.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::core::{ApiResource, DynamicObject};
use kube::{Api, Client};

use crate::domain::names::Namespace;
use crate::domain::source::{Trouble, TroubleKind};

use super::clients::READ_DEADLINE;
use super::shared::Look;
use super::trouble::{of_kube, trouble, within};
use super::watch::{Start, config, version};
use super::{Clients, KubeService};

pub(crate) const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// A port of a pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodPort {
    /// The pod's namespace.
    pub namespace: Namespace,
    /// The pod.
    pub pod: String,
    /// The port inside the pod.
    pub port: u16,
}

/// The ready endpoints of a Service, as they change: one watch for all that look at it.
#[derive(Debug)]
pub struct Ends {
    service: KubeService,
    port: String,
    look: Look,
}

impl Ends {
    /// Begins to look.
    pub async fn follow(clients: &Clients, service: &KubeService) -> Result<Self, Trouble> {
        let start = Start::of_version(&version(clients).await?);
        let namespace = service.namespace.as_str();
        let port = port_name(&found(&clients.read, service).await?, service)?;
        let kind = ApiResource::erase::<EndpointSlice>(&());
        let api = Api::namespaced_with(clients.read.clone(), namespace, &kind);
        let labels = format!("{SERVICE_LABEL}={}", service.name);
        let look = clients.shared.follow(api, config(start).labels(&labels));
        Ok(Self {
            service: service.clone(),
            port,
            look: look.await,
        })
    }

    /// At once what is known, then each time it changes. After trouble it is over.
    pub async fn next(&mut self) -> Result<Vec<PodPort>, Trouble> {
        let seen = self.look.next().await?;
        self.read(&seen)
    }

    /// What is known at this time. After trouble it is over.
    pub async fn now(&mut self) -> Result<Vec<PodPort>, Trouble> {
        let seen = within(READ_DEADLINE, Clone::clone, self.look.now()).await?;
        self.read(&seen)
    }

    fn read(&self, slices: &[DynamicObject]) -> Result<Vec<PodPort>, Trouble> {
        let slice = |object: &DynamicObject| {
            let parsed = object.clone().try_parse();
            let malformed = |e| trouble(TroubleKind::Malformed, format!("EndpointSlice: {e}"));
            parsed.map_err(malformed)
        };
        let slices: Vec<EndpointSlice> = slices.iter().map(slice).collect::<Result<_, _>>()?;
        Ok(of_slices(&slices, &self.service, &self.port))
    }
}

async fn found(client: &Client, service: &KubeService) -> Result<Service, Trouble> {
    let services: Api<Service> = Api::namespaced(client.clone(), service.namespace.as_str());
    within(READ_DEADLINE, of_kube, services.get(service.name.as_str())).await
}

/// The ready endpoints of a Service, in the order of the pods' names. Not one is trouble.
pub async fn ready(client: &Client, service: &KubeService) -> Result<Vec<PodPort>, Trouble> {
    let namespace = service.namespace.as_str();
    let slices: Api<EndpointSlice> = Api::namespaced(client.clone(), namespace);
    let selector = format!("{SERVICE_LABEL}={}", service.name);
    let params = ListParams::default().labels(&selector);
    let (found, slices) = futures::future::try_join(
        self::found(client, service),
        within(READ_DEADLINE, of_kube, slices.list(&params)),
    )
    .await?;
    let port_name = port_name(&found, service)?;
    let ready = of_slices(&slices.items, service, &port_name);
    if ready.is_empty() {
        return Err(trouble(
            TroubleKind::Unreachable,
            format!("{service} has no ready endpoint"),
        ));
    }
    Ok(ready)
}

/// The name of the asked port in the Service; empty for its only one.
pub(crate) fn port_name(found: &Service, asked: &KubeService) -> Result<String, Trouble> {
    let ports = found.spec.as_ref().and_then(|spec| spec.ports.as_deref());
    let ports = ports.unwrap_or_default();
    let port = ports.iter().find(|port| {
        port.port.to_string() == asked.port || port.name.as_ref() == Some(&asked.port)
    });
    if let Some(port) = port {
        return Ok(port.name.clone().unwrap_or_default());
    }
    let has: Vec<String> = ports.iter().map(|port| port.port.to_string()).collect();
    Err(trouble(
        TroubleKind::NotFound,
        format!("{asked}: the Service has ports {}", has.join(", ")),
    ))
}

/// The ready endpoints in a Service's slices.
pub(crate) fn of_slices(
    slices: &[EndpointSlice],
    service: &KubeService,
    port_name: &str,
) -> Vec<PodPort> {
    let mut found = BTreeSet::new();
    for slice in slices {
        let port = slice
            .ports
            .iter()
            .flatten()
            .find(|port| port.name.as_deref().unwrap_or_default() == port_name);
        let Some(port) = port
            .and_then(|p| p.port)
            .and_then(|p| u16::try_from(p).ok())
        else {
            continue;
        };
        for endpoint in slice.endpoints.iter().flatten() {
            let conditions = endpoint.conditions.as_ref();
            // Not said means ready, by the API's own rule.
            let is_ready = conditions.and_then(|c| c.ready).unwrap_or(true);
            let pod = endpoint.target_ref.as_ref();
            let pod = pod.filter(|target| target.kind.as_deref() == Some("Pod"));
            if let (true, Some(pod)) = (is_ready, pod.and_then(|target| target.name.clone())) {
                found.insert(PodPort {
                    namespace: service.namespace.clone(),
                    pod,
                    port,
                });
            }
        }
    }
    found.into_iter().collect()
}
