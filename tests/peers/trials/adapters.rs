//! The deck's adapters against the real API server: what they see of real Helm's releases, and a flag that is changed
//! and evaluated through a `kube://` address.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use flightdeck::adapters::flagd::{self, Instances, OfrepSettings, WriteError};
use flightdeck::adapters::transport::clients::cluster_uid;
use flightdeck::adapters::transport::{Clients, ClusterSettings, Feed, Login, Pace};
use flightdeck::adapters::{helm, kubernetes};
use flightdeck::domain::access::{Access, Permission};
use flightdeck::domain::clock::Clock;
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::flag::{Answer, FlagSource, FlagState};
use flightdeck::domain::names::{
    ClusterName, FlagKey, Namespace, ObjectName, OpId, ReleaseName, ServiceName,
};
use flightdeck::domain::observation::{Epoch, Fact, Observation};
use flightdeck::domain::release::ReleaseHistory;
use flightdeck::domain::source::SourceId;
use flightdeck::domain::untrusted::Untrusted;
use flightdeck::domain::workload::Rollout;
use flightdeck::domain::write::SetFlag;
use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Case, forward};
use crate::cluster::{Cluster, PROGRAMS};
use crate::helm::Helm;
use crate::lab::Lab;
use crate::ofrep::{self, Evaluator};
use crate::wait::PATIENCE;

const KEY: &str = "beta-search";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "adapters::a_flag_is_changed_and_evaluated_through_the_api_server",
            &[&PROGRAMS, &ofrep::PROGRAMS],
            flag,
        ),
        Case::new(
            "adapters::releases_and_pods_of_helm_3_are_seen",
            &[&PROGRAMS, &["helm3"]],
            |lab| release(lab, "helm3"),
        ),
        Case::new(
            "adapters::releases_and_pods_of_helm_4_are_seen",
            &[&PROGRAMS, &["helm4"]],
            |lab| release(lab, "helm4"),
        ),
    ]
}

struct Wall;

impl Clock for Wall {
    #[expect(
        clippy::disallowed_methods,
        reason = "the servers of this trial live by the wall clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

fn place() -> Result<Place> {
    Ok(Place::new(
        ServiceName::parse("checkout")?,
        Environment::Canary,
    ))
}

async fn clients(cluster: &Cluster, user: &str) -> Result<Clients> {
    let settings = ClusterSettings {
        name: ClusterName::parse("canary")?,
        kubeconfig: Some(cluster.kubeconfig(user)),
        context: cluster.name.to_owned(),
    };
    let opened = Clients::open(&settings).await;
    opened.map_err(|why| anyhow::anyhow!("{}", why.message))
}

fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let late = "no end within two minutes";
        tokio::time::timeout(PATIENCE, work).await.context(late)?
    })
}

/// What adapters say.
struct Ear {
    out: mpsc::Sender<Observation>,
    heard: mpsc::Receiver<Observation>,
    tasks: JoinSet<()>,
}

impl Ear {
    fn new() -> Self {
        let (out, heard) = mpsc::channel(64);
        let tasks = JoinSet::new();
        Self { out, heard, tasks }
    }

    fn feed(&self, source: SourceId) -> Feed {
        Feed {
            source,
            out: self.out.clone(),
            pace: Pace::new(Arc::new(Wall), 1.0),
            cancel: CancellationToken::new(),
            epoch: Epoch(1),
            seed: 1,
        }
    }

    async fn until<T>(&mut self, mut answer: impl FnMut(&Fact) -> Option<T>) -> Result<T> {
        loop {
            let heard = self.heard.recv().await.context("the adapters ended")?;
            if let Fact::Failed { trouble, .. } = &heard.fact {
                bail!("{}: {}", heard.source.kind(), trouble.message);
            }
            if let Some(answer) = answer(&heard.fact) {
                return Ok(answer);
            }
        }
    }
}

fn release(lab: &Lab, program: &str) -> Result<()> {
    let cluster = lab.canary()?;
    let name = format!("adapters-{program}");
    cluster.namespace(&name)?;
    let helm = Helm::new(program, &lab.programs, &lab.folder(&name))?;
    let config = cluster.kubeconfig("admin");
    helm.upgrade(&config, &name, "checkout", "1.0.0")?;
    helm.upgrade(&config, &name, "checkout", "1.1.0")?;
    wait(async {
        let viewer = clients(cluster, "viewer").await?;
        let namespace = Namespace::parse(&name)?;
        let mut ear = Ear::new();
        introduced(&mut ear, &viewer, &namespace).await?;
        ensure!(ear.until(version).await?.raw() == "1.1.0");

        let settings = helm::Settings {
            places: vec![helm::PlaceSettings {
                place: place()?,
                namespace,
                release: ReleaseName::parse("checkout")?,
            }],
        };
        let feed = ear.feed(SourceId::Helm(viewer.cluster.clone()));
        ear.tasks.spawn(helm::run(settings, viewer, feed));
        let two = ear.until(|fact| history(fact, 2)).await?;
        ensure!(two.revisions.len() == 2);
        let back = ["rollback", "checkout", "1", "-n", &name, "--wait"];
        tokio::task::block_in_place(|| helm.run(&config, &back))?;
        rolled_back(&mut ear).await
    })
}

/// The cluster says who it is, who asks, and what that one may do.
async fn introduced(ear: &mut Ear, viewer: &Clients, namespace: &Namespace) -> Result<()> {
    let canary = viewer.cluster.clone();
    let permission = |verb: &str, resource: &str| Permission {
        cluster: canary.clone(),
        verb: verb.to_owned(),
        group: String::new(),
        resource: resource.to_owned(),
        namespace: namespace.clone(),
        name: None,
    };
    let settings = kubernetes::Settings {
        places: vec![kubernetes::PlaceSettings {
            place: place()?,
            namespace: namespace.clone(),
            release: ReleaseName::parse("checkout")?,
        }],
    };
    let feed = ear.feed(SourceId::Kubernetes(canary.clone()));
    ear.tasks
        .spawn(kubernetes::run(settings, viewer.clone(), feed));
    let identity = ear.until(|fact| {
        let Fact::Cluster(_, identity) = fact else {
            return None;
        };
        Some(identity.clone())
    });
    let identity = identity.await?;
    ensure!(identity.me.is_some_and(|me| me.as_str() == "viewer"));
    let asked = [permission("delete", "pods"), permission("list", "pods")];
    let answers = kubernetes::may_i(&viewer.read, &asked).await;
    let answers: Vec<Access> = answers.into_iter().map(|(_, a)| a).collect();
    ensure!(answers == [Access::Denied, Access::Allowed], "{answers:?}");
    Ok(())
}

/// The pods run 1.0.0 again, and the third revision says that it is a rollback to the first; heard in either order.
async fn rolled_back(ear: &mut Ear) -> Result<()> {
    let mut seen = (None, None);
    let third = ear.until(|fact| {
        seen.0 = history(fact, 3).or_else(|| seen.0.take());
        seen.1 = version(fact)
            .filter(|v| v.raw() == "1.0.0")
            .or_else(|| seen.1.take());
        seen.0.clone().filter(|_| seen.1.is_some())
    });
    let third = third.await?;
    let current = third.current().context("no current revision")?;
    let detail = current.detail.as_ref();
    let detail = detail.context("the record was not opened")?;
    ensure!(
        detail.rollback_to.is_some_and(|r| r.0.get() == 1),
        "{detail:?}"
    );
    ensure!(detail.last_deployed.is_some(), "{detail:?}");
    Ok(())
}

/// The version of a rollout that is over and whose pods are all ready.
fn version(fact: &Fact) -> Option<Untrusted> {
    let Fact::Workload(_, health) = fact else {
        return None;
    };
    let is_well = health.wanted > 0
        && health.ready == health.wanted
        && matches!(health.rollout, Some(Rollout::Complete { .. }));
    health.version.clone().filter(|_| is_well)
}

/// A release's history, if that revision is the current one.
fn history(fact: &Fact, revision: u32) -> Option<ReleaseHistory> {
    let Fact::Releases(_, history) = fact else {
        return None;
    };
    let current = history.current()?.revision.0.get();
    (current == revision).then(|| history.clone())
}

fn flag(lab: &Lab) -> Result<()> {
    let cluster = lab.canary()?;
    let name = "adapters-flag";
    cluster.namespace(name)?;
    cluster.apply(&ofrep::resource(name, "flags", &[(KEY, "GET /search")]).to_string())?;
    let evaluator = Evaluator::start(&lab.programs, &lab.folder(name), cluster, name, "flags")?;
    forward::publish(cluster, name, "flagd", 8016, &evaluator.address)?;
    wait(async {
        let alice = clients(cluster, "alice").await?;
        let source = FlagSource::FeatureFlag {
            namespace: Namespace::parse(name)?,
            name: ObjectName::parse("flags")?,
        };
        let settings = OfrepSettings {
            addresses: vec![format!("kube://{name}/svc/flagd:8016").parse()?],
            login: Login::default(),
            every: Duration::from_secs(1),
        };
        let mut ear = Ear::new();
        let feeds = flagd::Feeds {
            definitions: ear.feed(SourceId::Flags(place()?)),
            evaluations: ear.feed(SourceId::Flagd(place()?)),
        };
        let watched = flagd::Settings {
            place: place()?,
            source: source.clone(),
            ofrep: Some(settings.clone()),
        };
        ear.tasks.spawn(flagd::run(
            watched,
            alice.clone(),
            feeds,
            Arc::new(Notify::new()),
        ));
        let key = FlagKey::parse(KEY)?;
        evaluated(&mut ear, &key, true).await?;

        let mut write = planned(&alice, &source, &key).await?;
        flagd::dry_run(&alice, &write, "flightdeck/alice").await?;
        let viewer = clients(cluster, "viewer").await?;
        let refused = set(&viewer, &write).await;
        ensure!(
            matches!(refused, Err(WriteError::Refused { .. })),
            "{refused:?}"
        );
        set(&alice, &write).await?;
        evaluated(&mut ear, &key, false).await?;
        let verified = Instances::open(&settings, &alice.read).await;
        let verified = verified.map_err(|why| anyhow::anyhow!("{}", why.message))?;
        let answers = verified.evaluate(&key).await;
        ensure!(
            answers.len() == 1 && answers.iter().all(|e| e.answer.is_on() == Some(false)),
            "{answers:?}"
        );

        // The same once more rests on what is no longer so.
        let stale = set(&alice, &write).await;
        let Err(WriteError::Changed { found: Some(found) }) = stale else {
            bail!("{stale:?}");
        };
        ensure!(found.state == Some(FlagState::Disabled), "{found:?}");
        let by = found.changed.context("who changed it")?.by;
        ensure!(by.raw() == "flightdeck/alice", "{by}");

        write = planned(&alice, &source, &key).await?;
        set(&alice, &write).await?;
        evaluated(&mut ear, &key, true).await
    })?;
    let audit = cluster.audit()?;
    let ours = audit.iter().filter(|e| e["auditID"] == "flightdeck-trial");
    ensure!(ours.count() > 0, "the Audit-ID is in the cluster's log");
    Ok(())
}

async fn planned(clients: &Clients, source: &FlagSource, key: &FlagKey) -> Result<SetFlag> {
    let trouble = |why: flightdeck::domain::source::Trouble| anyhow::anyhow!("{}", why.message);
    let found = flagd::read_flags(&clients.read, source)
        .await
        .map_err(trouble)?;
    let from = found.flags.get(key).context("no such flag")?.state;
    Ok(SetFlag {
        cluster: clients.cluster.clone(),
        cluster_uid: cluster_uid(&clients.read).await.map_err(trouble)?,
        source: source.clone(),
        uid: found.uid,
        resource_version: found.resource_version,
        key: key.clone(),
        from,
        to: from.other(),
    })
}

async fn set(clients: &Clients, write: &SetFlag) -> Result<flagd::Written, WriteError> {
    let Ok(op) = OpId::parse("trial") else {
        unreachable!("a plain word is an id")
    };
    flagd::set_flag(clients, write, &op, "flightdeck-trial", "flightdeck/alice").await
}

async fn evaluated(ear: &mut Ear, key: &FlagKey, on: bool) -> Result<()> {
    ear.until(|fact| {
        let Fact::Evaluations(_, all) = fact else {
            return None;
        };
        let answers = all.flags.get(key)?;
        let answers: Vec<&Answer> = answers.iter().map(|e| &e.answer).collect();
        let all = answers.iter().all(|answer| answer.is_on() == Some(on));
        (all && !answers.is_empty()).then_some(())
    })
    .await
}
