//! A simulated cluster with the clients that a kubeconfig leads to, and an ear for what an adapter says.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use flightdeck::adapters::transport::{Clients, ClusterSettings, Feed, Pace};
use flightdeck::domain::clock::Clock;
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::names::{ClusterName, ClusterUid, Namespace, ServiceName};
use flightdeck::domain::observation::{Epoch, Fact, Observation};
use flightdeck::domain::source::{SourceId, Trouble, TroubleKind};
use flightdeck::sim::clock::SimClock;
use flightdeck::sim::knobs::Knobs;
use flightdeck::sim::kubernetes::{Access, Api, Store};
use flightdeck::sim::serve::Server;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Longer than any deadline or backoff that a test meets.
const PATIENCE: Duration = Duration::from_secs(40);

/// A cluster for alice (who may do everything), bob (who may look at Deployments), dave (at Secrets alone) and carol
/// (who may look at all).
pub(super) struct Cluster {
    pub(super) store: Store,
    pub(super) api: Api,
    pub(super) knobs: Knobs,
    server: Server,
}

impl Cluster {
    pub(super) async fn new() -> Self {
        let clock = SimClock::frozen("2026-11-21T03:00:00Z".parse().unwrap());
        let store = Store::new("canary", 7, clock);
        let access = Access::new()
            .user("alice", &["sre"])
            .user("bob", &[])
            .user("carol", &[])
            .user("dave", &[])
            .allow(["alice", "*", "*", "*", "*", "*"])
            .allow(["bob,carol", "get", "", "namespaces", "*", "kube-system"])
            .allow(["bob", "get,list,watch", "apps", "deployments", "shop", "*"])
            .allow(["dave", "get,list,watch", "", "secrets", "shop", "*"])
            .allow(["carol", "get,list,watch", "*", "*", "shop", "*"]);
        let api = Api::new(store.clone(), access);
        let knobs = Knobs::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = api.serve(listener, knobs.clone()).unwrap();
        Self {
            store,
            api,
            knobs,
            server,
        }
    }

    pub(super) fn uid(&self) -> ClusterUid {
        ClusterUid::parse(&self.store.uid()).unwrap()
    }

    /// The clients that a kubeconfig of that user gives.
    pub(super) async fn clients(&self, user: &str) -> Clients {
        let server = format!("http://{}/as/{user}", self.server.address());
        open(&format!(
            "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: '{server}'}}}}]\n\
             users: [{{name: u, user: {{}}}}]\ncontexts: [{{name: eu-canary, context: {{cluster: c, user: u}}}}]\n"
        ))
        .await
    }
}

/// The clients of context `eu-canary` in a kubeconfig.
pub(super) async fn open(kubeconfig: &str) -> Clients {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(kubeconfig.as_bytes()).unwrap();
    let settings = ClusterSettings {
        name: cluster_name(),
        kubeconfig: Some(file.path().to_owned()),
        context: "eu-canary".to_owned(),
    };
    Clients::open(&settings).await.unwrap()
}

pub(super) fn cluster_name() -> ClusterName {
    ClusterName::parse("canary").unwrap()
}

pub(super) fn shop() -> Namespace {
    Namespace::parse("shop").unwrap()
}

pub(super) fn place() -> Place {
    Place::new(ServiceName::parse("checkout").unwrap(), Environment::Canary)
}

struct Frozen(Timestamp);

impl Clock for Frozen {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Hears what adapters say; they end when it goes.
pub(super) struct Ear {
    out: mpsc::Sender<Observation>,
    heard: mpsc::Receiver<Observation>,
    cancel: CancellationToken,
    _end: DropGuard,
    pub(super) tasks: JoinSet<()>,
}

impl Ear {
    pub(super) fn new() -> Self {
        let (out, heard) = mpsc::channel(64);
        let cancel = CancellationToken::new();
        Self {
            out,
            heard,
            _end: cancel.clone().drop_guard(),
            cancel,
            tasks: JoinSet::new(),
        }
    }

    pub(super) fn feed(&self, source: SourceId) -> Feed {
        Feed {
            source,
            out: self.out.clone(),
            pace: Pace::new(
                Arc::new(Frozen("2026-11-21T03:00:00Z".parse().unwrap())),
                1.0,
            ),
            cancel: self.cancel.clone(),
            epoch: Epoch(1),
            seed: 7,
        }
    }

    pub(super) async fn next(&mut self) -> Observation {
        let next = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
        next.expect("an observation in time")
            .expect("the adapter lives")
    }

    /// The first of what comes that the question has an answer for.
    pub(super) async fn until<T>(
        &mut self,
        mut answer: impl FnMut(&Observation) -> Option<T>,
    ) -> T {
        loop {
            let heard = self.next().await;
            if let Some(answer) = answer(&heard) {
                return answer;
            }
        }
    }

    pub(super) async fn trouble(&mut self) -> Trouble {
        self.until(|o| {
            let Fact::Failed { trouble, next_try } = &o.fact else {
                return None;
            };
            assert!(*next_try > o.at, "the next try is in the future");
            Some(trouble.clone())
        })
        .await
    }

    /// The first fact that answers, from a source that must not fail before.
    pub(super) async fn fact<T>(&mut self, mut answer: impl FnMut(&Fact) -> Option<T>) -> T {
        self.until(|o| {
            if let Fact::Failed { trouble, .. } = &o.fact {
                panic!("{}", trouble.message);
            }
            answer(&o.fact)
        })
        .await
    }

    pub(super) async fn trouble_of(&mut self, kind: TroubleKind) -> Trouble {
        let trouble = self.trouble().await;
        assert_eq!(trouble.kind, kind, "{}", trouble.message);
        trouble
    }

    /// Ends the adapters and waits for it.
    pub(super) async fn end(mut self) {
        self.cancel.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}
