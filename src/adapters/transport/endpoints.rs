//! Which pods stand behind a Service, and at which of their ports.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::{Api, Client};

use crate::domain::names::Namespace;
use crate::domain::source::{Trouble, TroubleKind};

use super::KubeService;
use super::clients::READ_DEADLINE;
use super::trouble::{of_kube, trouble, within};

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

/// The ready endpoints of a Service, in the order of the pods' names. Not one is trouble.
pub async fn ready(client: &Client, service: &KubeService) -> Result<Vec<PodPort>, Trouble> {
    let namespace = service.namespace.as_str();
    let services: Api<Service> = Api::namespaced(client.clone(), namespace);
    let slices: Api<EndpointSlice> = Api::namespaced(client.clone(), namespace);
    let selector = format!("{SERVICE_LABEL}={}", service.name);
    let params = ListParams::default().labels(&selector);
    let (found, slices) = futures::future::try_join(
        within(READ_DEADLINE, of_kube, services.get(service.name.as_str())),
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
