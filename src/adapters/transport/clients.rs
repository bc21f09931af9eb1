//! Two clients for each cluster. Reads may be sent again; a write never is, for nobody knows whether the first one
//! arrived.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::USER_AGENT;
use k8s_openapi::api::core::v1::Namespace;
use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};

use crate::domain::names::{ClusterName, ClusterUid};
use crate::domain::source::{Trouble, TroubleKind};

use super::ensure_crypto;
use super::shared::Shared;
use super::trouble::{chain, of_kube, trouble, within};

/// How long any single question to an API server may take.
pub const READ_DEADLINE: Duration = Duration::from_secs(10);

/// How long a write may take before its outcome counts as unknown.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(10);

const CONNECT: Duration = Duration::from_secs(5);

/// A credential program may talk to a browser or a token server, but it must not hang the deck.
const OPEN: Duration = Duration::from_secs(20);

/// Which cluster, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterSettings {
    /// What the configuration calls it.
    pub name: ClusterName,
    /// The kubeconfig; none for `$KUBECONFIG` or `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it.
    pub context: String,
}

/// The two ways to one API server.
#[derive(Clone)]
pub struct Clients {
    /// What the configuration calls the cluster.
    pub cluster: ClusterName,
    /// The kube context in use.
    pub context: String,
    /// For questions: sent again on 429, 503 and 504.
    pub read: Client,
    /// For changes: sent once, with a read time-out.
    pub write: Client,
    /// The watches that its sources look at together.
    pub shared: Arc<Shared>,
}

impl Clients {
    /// Puts two clients together that were made elsewhere. Must be called inside a runtime.
    pub fn of(cluster: ClusterName, context: String, read: Client, write: Client) -> Self {
        Self {
            cluster,
            context,
            read,
            write,
            shared: Arc::new(Shared::new()),
        }
    }

    /// Reads the kubeconfig and makes both clients; nothing is sent to the API server yet.
    pub async fn open(settings: &ClusterSettings) -> Result<Self, Trouble> {
        ensure_crypto();
        let asked = settings.clone();
        // Building the clients runs the kubeconfig's credential program and waits for it.
        let building = tokio::task::spawn_blocking(move || {
            tokio::runtime::Handle::current().block_on(build(&asked))
        });
        match tokio::time::timeout(OPEN, building).await {
            Ok(Ok(built)) => built,
            Ok(Err(error)) => Err(trouble(TroubleKind::Malformed, chain(&error))),
            Err(_) => Err(trouble(
                TroubleKind::TimedOut,
                format!(
                    "no credentials for context {} within 20 s",
                    settings.context
                ),
            )),
        }
    }
}

async fn build(settings: &ClusterSettings) -> Result<Clients, Trouble> {
    let wrong = |error: kube::config::KubeconfigError| {
        trouble(
            TroubleKind::Malformed,
            format!(
                "kubeconfig, context {}: {}",
                settings.context,
                chain(&error)
            ),
        )
    };
    let kubeconfig = match &settings.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let options = KubeConfigOptions {
        context: Some(settings.context.clone()),
        ..KubeConfigOptions::default()
    };
    let mut config = Config::from_custom_kubeconfig(kubeconfig.map_err(wrong)?, &options)
        .await
        .map_err(wrong)?;
    if let Some(exec) = &mut config.auth_info.exec {
        // The terminal is the deck's: a credential program may not ask there.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    config.connect_timeout = Some(CONNECT);
    config.headers.push((
        USER_AGENT,
        HeaderValue::from_static(concat!("flightdeck/", env!("CARGO_PKG_VERSION"))),
    ));
    let mut writes = config.clone();
    writes.default_retry = false;
    writes.read_timeout = Some(WRITE_DEADLINE);
    writes.write_timeout = Some(WRITE_DEADLINE);
    // Else the time that a pooled connection sat idle counts.
    writes.reset_reader_on_write = true;
    let client = |config| Client::try_from(config).map_err(|e| of_kube(&e));
    Ok(Clients::of(
        settings.name.clone(),
        settings.context.clone(),
        client(config)?,
        client(writes)?,
    ))
}

/// The uid of namespace kube-system: asked anew each time, for a kubeconfig may lead elsewhere than a minute ago.
pub async fn cluster_uid(client: &Client) -> Result<ClusterUid, Trouble> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let found = within(READ_DEADLINE, of_kube, namespaces.get("kube-system")).await?;
    let uid = found.metadata.uid.unwrap_or_default();
    ClusterUid::parse(&uid).map_err(|e| {
        trouble(
            TroubleKind::Malformed,
            format!("namespace kube-system: {e}"),
        )
    })
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients")
            .field("cluster", &self.cluster)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
