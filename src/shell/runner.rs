//! Carries out what the core asks for: an effect becomes a call or a task, and what comes of it comes back as an event.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::adapters::flagd::OfrepSettings;
use crate::adapters::transport::{Clients, Pace, PlaceSettings};
use crate::adapters::{helm, kubernetes};
use crate::app::effect::{Effect, Effects};
use crate::app::event::Event;
use crate::app::state::State;
use crate::domain::access::{Access, Permission};
use crate::domain::environment::Place;
use crate::domain::names::{ClusterName, OpId};
use crate::domain::plan::{Plan, Step};
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::release::Revision;
use crate::domain::security::Incident;
use crate::domain::untrusted::Untrusted;
use crate::domain::write::Write;
use crate::engine::approval::Approved;
use crate::executor::{Told, Tools, carry_out, dry_run, read_after};
use crate::journal::{Entry, Writer};

use super::clock::Time;
use super::field_manager::field_manager;
use super::supervisor::{Ears, Supervisor};

/// How long an operation may go on once the deck is told to end; what is not over by then is found by the next start.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// How long a plan waits for clusters that are still being opened.
const OPENING: Duration = Duration::from_secs(10);

/// What only whoever has the terminal can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForScreen {
    /// Offer a text to the clipboard.
    Copy(String),
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
    time: Time,
    /// None where nothing may be written.
    journal: Option<Writer>,
    /// Tasks that only read: they end with the deck.
    reads: JoinSet<()>,
    /// Operations: they are waited for.
    writes: JoinSet<()>,
}

/// The parts of [`Tools`] that are known at the start.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Who evaluates the flags of each environment.
    pub ofrep: Arc<BTreeMap<Place, OfrepSettings>>,
    /// The cluster of each environment.
    pub clusters: Arc<BTreeMap<Place, ClusterName>>,
}

impl Runner {
    /// A runner over started sources; without a journal no plan is carried out.
    pub fn new(supervisor: Supervisor, ears: Ears, time: Time, journal: Option<Writer>) -> Self {
        let pace = time.pace();
        Self {
            supervisor,
            ears,
            pace,
            time,
            journal,
            reads: JoinSet::new(),
            writes: JoinSet::new(),
        }
    }

    /// Does what is asked; gives back what is the screen's.
    pub fn run(&mut self, effects: Effects, state: &State) -> Vec<ForScreen> {
        while self.reads.try_join_next().is_some() {}
        while self.writes.try_join_next().is_some() {}
        effects
            .0
            .into_iter()
            .filter_map(|effect| self.one(effect, state))
            .collect()
    }

    fn one(&mut self, effect: Effect, state: &State) -> Option<ForScreen> {
        tracing::info!(?effect, "effect");
        match effect {
            Effect::Refresh(source) => self.supervisor.refresh(&source),
            Effect::AskAccess(permissions) => self.ask_access(permissions),
            Effect::MetricsSince { place, since } => self.supervisor.metrics_since(&place, since),
            Effect::BeforeCanary { place, until } => self.supervisor.before_canary(&place, until),
            Effect::DryRun(plan) => {
                let tools = self.tools(&plan);
                self.read(async move {
                    let answer = dry_run(&plan, &tools.await).await;
                    Some(Event::DryRun {
                        op: plan.op,
                        answer,
                    })
                });
            }
            Effect::Run(approved) => self.carry_out(*approved),
            Effect::Verify(plan) => {
                let tools = self.tools(&plan);
                self.read(async move {
                    let found = read_after(&plan, &tools.await).await;
                    Some(Event::Verified { op: plan.op, found })
                });
            }
            Effect::CloseInterrupted(op) => self.close(&op, state),
            Effect::RecordIncident(incident) => self.record(*incident),
            Effect::Compare { place, from, to } => self.compare(place, from, to, state),
            Effect::Copy(text) => return Some(ForScreen::Copy(text)),
            Effect::Bell => return Some(ForScreen::Bell),
            Effect::Redraw => return Some(ForScreen::Redraw),
            Effect::Suspend => return Some(ForScreen::Suspend),
            Effect::Quit => return Some(ForScreen::Quit),
        }
        None
    }

    fn read(&mut self, event: impl Future<Output = Option<Event>> + Send + 'static) {
        let events = self.ears.events.clone();
        self.reads.spawn(async move {
            if let Some(event) = event.await {
                // Nobody listens any more: the deck ends.
                let _ = events.send(event).await;
            }
        });
    }

    /// Reads two revisions of a release and says in what they differ.
    fn compare(&mut self, place: Place, from: Revision, to: Revision, state: &State) {
        let services = &state.world.services;
        let environment = services
            .get(&place.service)
            .and_then(|s| s.evidence.environments.get(&place.environment));
        let Some(environment) = environment else {
            return;
        };
        let settings = PlaceSettings {
            place: place.clone(),
            namespace: environment.namespace.clone(),
            release: environment.release.clone(),
        };
        let clients = self.supervisor.clients(&environment.cluster);
        self.read(async move {
            let answer = match opened(clients).await {
                Some(clients) => helm::difference(&clients, &settings, from, to)
                    .await
                    .map_err(|trouble| trouble.message),
                None => Err(Untrusted::new("the cluster is not reached")),
            };
            Some(Event::Compared {
                place,
                from,
                to,
                answer,
            })
        });
    }

    fn ask_access(&mut self, permissions: Vec<Permission>) {
        let mut of_cluster: BTreeMap<ClusterName, Vec<Permission>> = BTreeMap::new();
        for permission in permissions {
            of_cluster
                .entry(permission.cluster.clone())
                .or_default()
                .push(permission);
        }
        for (cluster, asked) in of_cluster {
            let clients = self.supervisor.clients(&cluster);
            self.read(async move {
                Some(Event::Access(match opened(clients).await {
                    Some(clients) => kubernetes::may_i(&clients.read, &asked).await,
                    None => unknown(asked),
                }))
            });
        }
    }

    /// What a plan's operation works with, once the clusters that it needs are open or have had their time. Others are not
    /// waited for: one that hangs must not delay a change elsewhere.
    fn tools(&self, plan: &Plan) -> impl Future<Output = Tools> + Send + 'static {
        let places = self.supervisor.places().clone();
        let mut clients = self.supervisor.all_clients();
        let needed = needed(plan, &places);
        clients.retain(|name, _| needed.contains(name));
        let clock = Arc::clone(&self.time.clock);
        let manager = field_manager(plan.by.as_ref());
        async move {
            let opening = clients.into_iter().map(|(name, receiver)| async move {
                let found = tokio::time::timeout(OPENING, opened(Some(receiver))).await;
                Some((name, found.ok().flatten()?))
            });
            let clusters: BTreeMap<ClusterName, Clients> =
                join_all(opening).await.into_iter().flatten().collect();
            Tools {
                clusters: Arc::new(clusters),
                ofrep: places.ofrep,
                clusters_of: places.clusters,
                manager,
                clock,
            }
        }
    }

    /// Carries a plan out in a task of its own; whatever becomes of that task, its operation ends with a report.
    fn carry_out(&mut self, approved: Approved<Plan>) {
        let op = approved.get().op.clone();
        let tools = self.tools(approved.get());
        let (events, pace) = (self.ears.events.clone(), self.pace.clone());
        let ended = move |outcome| {
            Event::Progressed(Progress {
                op,
                at: pace.now(),
                what: Happening::Ended(outcome),
            })
        };
        let Some(journal) = self.journal.clone() else {
            let why = Untrusted::from("this run keeps no journal, so it writes nothing");
            self.read(async move { Some(ended(Outcome::Refused { why })) });
            return;
        };
        self.writes.spawn(async move {
            let (out, mut reports) = mpsc::channel(16);
            let mut task = JoinSet::new();
            task.spawn(async move { carry_out(approved, &tools.await, &journal, &out).await });
            while let Some(told) = reports.recv().await {
                let event = match told {
                    Told::Progress(progress) => Event::Progressed(progress),
                    Told::NotRecorded(error) => Event::ReadOnly {
                        why: error.to_string(),
                    },
                };
                // The record stands; a deck that ends does not need the report.
                let _ = events.send(event).await;
            }
            if let Some(Err(_)) = task.join_next().await {
                let why = Untrusted::from("flightdeck's own task broke; the log says how");
                // As above.
                let _ = events.send(ended(Outcome::Unknown { why })).await;
            }
        });
    }

    fn close(&mut self, op: &OpId, state: &State) {
        let found = state
            .ops
            .interrupted
            .iter()
            .find(|i| i.op.plan.op == *op)
            .and_then(|i| i.found.clone());
        let (Some(found), Some(journal)) = (found, self.journal.clone()) else {
            return;
        };
        let entry = Entry::Closed {
            op: op.clone(),
            found,
        };
        let at = self.pace.now();
        self.read(async move {
            let recorded = journal.record(at, entry).await;
            recorded.err().map(|error| Event::ReadOnly {
                why: error.to_string(),
            })
        });
    }

    /// Records what a person said; it is waited for at the end. What can't be recorded stands in this deck all the same.
    fn record(&mut self, incident: Incident) {
        let Some(journal) = self.journal.clone() else {
            return;
        };
        let (at, events) = (self.pace.now(), self.ears.events.clone());
        self.writes.spawn(async move {
            if let Err(error) = journal.record(at, Entry::Incident { incident }).await {
                let why = format!("a security incident is not recorded: {error}");
                // Nobody listens any more: the deck ends.
                let _ = events.send(Event::ReadOnly { why }).await;
            }
        });
    }

    /// Ends every task; an operation gets a little time to report.
    pub async fn stop(mut self) {
        let ending = async { while self.writes.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_WAIT, ending).await.is_err() {
            tracing::warn!(
                "an operation was still running; the next start finds it in the journal"
            );
        }
        self.reads.shutdown().await;
        self.supervisor.stop().await;
    }
}

/// The clusters that a plan's steps need.
fn needed(plan: &Plan, places: &Places) -> BTreeSet<ClusterName> {
    let of_step = |step: &Step| match step {
        Step::Write(Write::SetFlag(write)) => Some(write.cluster.clone()),
        Step::VerifyFlag(wanted) => places.clusters.get(&wanted.place).cloned(),
    };
    plan.steps.iter().filter_map(of_step).collect()
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

#[cfg(test)]
mod tests;
