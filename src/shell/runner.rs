//! Carries out what the core asks for: an effect becomes a call or a task, and what comes of it comes back as an event.

use std::collections::BTreeMap;
use std::future::Future;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::adapters::transport::{Clients, Pace};
use crate::adapters::{flagd, kubernetes};
use crate::app::effect::{Effect, Effects};
use crate::app::event::Event;
use crate::domain::access::{Access, Permission};
use crate::domain::names::{ClusterName, UserName};
use crate::domain::observation::{Epoch, Fact, Observation};
use crate::domain::plan::{Plan, Step};
use crate::domain::source::SourceId;
use crate::domain::untrusted::Untrusted;
use crate::domain::write::{SetFlag, Write};

use super::supervisor::{Ears, Supervisor};

/// What only whoever has the terminal can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForScreen {
    /// Ring.
    Bell,
    /// Draw everything anew.
    Redraw,
    /// Stop until continued.
    Suspend,
    /// Leave.
    Quit,
}

/// The tasks of a run and what they need.
#[derive(Debug)]
pub struct Runner {
    supervisor: Supervisor,
    ears: Ears,
    pace: Pace,
    tasks: JoinSet<()>,
}

impl Runner {
    /// A runner over started sources.
    pub fn new(supervisor: Supervisor, ears: Ears, pace: Pace) -> Self {
        Self {
            supervisor,
            ears,
            pace,
            tasks: JoinSet::new(),
        }
    }

    /// Does what is asked; gives back what is the screen's. `epochs` are the sources' present lives.
    pub fn run(&mut self, effects: Effects, epochs: &BTreeMap<SourceId, Epoch>) -> Vec<ForScreen> {
        while self.tasks.try_join_next().is_some() {}
        effects
            .0
            .into_iter()
            .filter_map(|effect| self.one(effect, epochs))
            .collect()
    }

    fn one(&mut self, effect: Effect, epochs: &BTreeMap<SourceId, Epoch>) -> Option<ForScreen> {
        tracing::info!(?effect, "effect");
        match effect {
            Effect::Refresh(source) => self.supervisor.refresh(&source),
            Effect::AskAccess(permissions) => self.ask_access(permissions, epochs),
            Effect::MetricsSince { place, since } => self.supervisor.metrics_since(&place, since),
            Effect::BeforeCanary { place, until } => self.supervisor.before_canary(&place, until),
            Effect::DryRun(plan) => self.dry_run(*plan),
            Effect::Run(_) | Effect::Verify(_) | Effect::CloseInterrupted(_) => {}
            Effect::Bell => return Some(ForScreen::Bell),
            Effect::Redraw => return Some(ForScreen::Redraw),
            Effect::Suspend => return Some(ForScreen::Suspend),
            Effect::Quit => return Some(ForScreen::Quit),
        }
        None
    }

    fn spawn(&mut self, event: impl Future<Output = Option<Event>> + Send + 'static) {
        let events = self.ears.events.clone();
        self.tasks.spawn(async move {
            if let Some(event) = event.await {
                // Nobody listens any more: the deck ends.
                let _ = events.send(event).await;
            }
        });
    }

    fn ask_access(&mut self, permissions: Vec<Permission>, epochs: &BTreeMap<SourceId, Epoch>) {
        let mut of_cluster: BTreeMap<ClusterName, Vec<Permission>> = BTreeMap::new();
        for permission in permissions {
            of_cluster
                .entry(permission.cluster.clone())
                .or_default()
                .push(permission);
        }
        for (cluster, asked) in of_cluster {
            let source = SourceId::Kubernetes(cluster.clone());
            let epoch = epochs.get(&source).copied().unwrap_or_default();
            let clients = self.supervisor.clients(&cluster);
            let (out, pace) = (self.ears.observations.clone(), self.pace.clone());
            self.tasks.spawn(async move {
                let answers = match opened(clients).await {
                    Some(clients) => kubernetes::may_i(&clients.read, &asked).await,
                    None => unknown(asked),
                };
                let fact = Fact::Access(answers);
                let _ = out
                    .send(Observation {
                        source,
                        epoch,
                        at: pace.now(),
                        fact,
                    })
                    .await;
            });
        }
    }

    fn dry_run(&mut self, plan: Plan) {
        let Some(write) = write_of(&plan) else { return };
        let clients = self.supervisor.clients(&write.cluster);
        let write = write.clone();
        self.spawn(async move {
            let clients = opened(clients).await?;
            let manager = manager(plan.by.as_ref());
            let answer = flagd::dry_run(&clients, &write, &manager).await;
            let answer = answer.map_err(|why| Untrusted::new(why.to_string()));
            Some(Event::DryRun {
                op: plan.op,
                answer,
            })
        });
    }

    /// Ends every task. Those that write are waited for by whoever decides to leave, before.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
        self.supervisor.stop().await;
    }
}

/// The field manager of a person's changes.
pub(super) fn manager(by: Option<&UserName>) -> String {
    by.map_or_else(|| "flightdeck".to_owned(), |by| format!("flightdeck/{by}"))
}

/// The change that a plan makes.
pub(super) fn write_of(plan: &Plan) -> Option<&SetFlag> {
    plan.steps.iter().find_map(|step| match step {
        Step::Write(Write::SetFlag(write)) => Some(write),
        Step::VerifyFlag { .. } => None,
    })
}

async fn opened(clients: Option<watch::Receiver<Option<Clients>>>) -> Option<Clients> {
    let mut clients = clients?;
    let found = clients.wait_for(Option::is_some).await.ok()?;
    found.clone()
}

fn unknown(asked: Vec<Permission>) -> Vec<(Permission, Access)> {
    let why = Untrusted::from("the cluster is not configured");
    asked
        .into_iter()
        .map(|permission| (permission, Access::Unknown { why: why.clone() }))
        .collect()
}
