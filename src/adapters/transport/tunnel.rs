//! A port of this machine that leads to a pod, as `kubectl port-forward` makes one. It lives as long as its value.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};
use reqwest::Url;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::domain::source::{Trouble, TroubleKind};

use super::clients::READ_DEADLINE;
use super::endpoints::{Ends, PodPort};
use super::trouble::{chain, of_kube, trouble, within};
use super::{Clients, KubeService};

/// Where a tunnel ends.
enum Target {
    /// At this pod, whatever becomes of it.
    Pod(PodPort),
    /// At any ready pod of a Service: another one when the first goes away.
    AnyOf {
        clients: Box<Clients>,
        service: KubeService,
        ends: Option<Box<Ends>>,
    },
}

impl Target {
    /// The pods to which it may lead now, in their order: asked for each connection, so that a pooled one that broke is
    /// replaced by one to a pod that is ready now.
    async fn now(&mut self) -> Result<Vec<PodPort>, Trouble> {
        let (clients, service, ends) = match self {
            Self::Pod(end) => return Ok(vec![end.clone()]),
            Self::AnyOf {
                clients,
                service,
                ends,
            } => (clients, service, ends),
        };
        if let Some(known) = ends {
            match known.now().await {
                Ok(ready) => return Ok(ready),
                // The watch is over; another is begun.
                Err(why) => tracing::debug!(message = %why.message, "endpoints"),
            }
        }
        let known = ends.insert(Box::new(Ends::follow(clients, service).await?));
        let ready = known.now().await;
        if ready.is_err() {
            *ends = None;
        }
        ready
    }
}

/// A listener on the loopback interface and its connections. Dropping it closes them all.
#[derive(Debug)]
pub struct Tunnel {
    base: Url,
    _tasks: JoinSet<()>,
}

impl Tunnel {
    /// One to a pod; nothing goes through it yet. `path` stands before each request's path.
    pub async fn to_pod(client: Client, end: PodPort, path: &str) -> Result<Self, Trouble> {
        Self::open(client, Target::Pod(end), path).await
    }

    /// One to whichever pod of a Service is ready. The pod stays the same until a connection to it fails.
    pub async fn to_service(clients: &Clients, service: &KubeService) -> Result<Self, Trouble> {
        let target = Target::AnyOf {
            clients: Box::new(clients.clone()),
            service: service.clone(),
            ends: None,
        };
        Self::open(clients.read.clone(), target, &service.path).await
    }

    async fn open(client: Client, target: Target, path: &str) -> Result<Self, Trouble> {
        let local = |e: std::io::Error| trouble(TroubleKind::Unreachable, chain(&e));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(local)?;
        let port = listener.local_addr().map_err(local)?.port();
        let base = Url::parse(&format!("http://127.0.0.1:{port}{path}"))
            .map_err(|e| trouble(TroubleKind::Malformed, chain(&e)))?;
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, client, target));
        Ok(Self {
            base,
            _tasks: tasks,
        })
    }

    /// The address of the near end.
    pub const fn base(&self) -> &Url {
        &self.base
    }
}

async fn accept(listener: TcpListener, client: Client, mut target: Target) {
    let mut connections = JoinSet::new();
    let turn = Arc::new(AtomicUsize::new(0));
    loop {
        tokio::select! {
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((near, _)) => {
                    let ends = target.now().await;
                    let carried = carry(near, client.clone(), ends, turn.clone());
                    connections.spawn(async move {
                        if let Err(why) = carried.await {
                            tracing::debug!(message = %why.message, "tunnel");
                        }
                    });
                }
                // Out of file descriptors, or a peer that was gone already: a pause lets it pass.
                Err(error) => {
                    tracing::debug!(%error, "tunnel");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn carry(
    mut near: TcpStream,
    client: Client,
    ends: Result<Vec<PodPort>, Trouble>,
    turn: Arc<AtomicUsize>,
) -> Result<(), Trouble> {
    let ends = ends?;
    let index = turn.load(Ordering::Relaxed) % ends.len().max(1);
    let end = ends.into_iter().nth(index);
    let end = end.ok_or_else(|| trouble(TroubleKind::Unreachable, "no ready endpoint"))?;
    let pods: Api<Pod> = Api::namespaced(client, end.namespace.as_str());
    let ports = [end.port];
    let opened = within(READ_DEADLINE, of_kube, pods.portforward(&end.pod, &ports)).await;
    let mut forward = opened.inspect_err(|_| {
        turn.fetch_add(1, Ordering::Relaxed);
    })?;
    let Some(mut far) = forward.take_stream(end.port) else {
        return Ok(());
    };
    let copied = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    drop(far);
    forward.abort();
    if copied.is_err() {
        turn.fetch_add(1, Ordering::Relaxed);
    }
    copied
        .map(|_| ())
        .map_err(|e| trouble(TroubleKind::Unreachable, chain(&e)))
}
