//! Starting the world: model, clock and servers, and the handle by which tests and the demo hold it.
//!
//! Everything listens on a free port of 127.0.0.1, so that any number of worlds run side by side.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::clock::SimClock;
use super::deck::{self, Addresses};
use super::door::Door;
use super::flagd::{Flagd, INSTANCES};
use super::knobs::Knobs;
use super::kubernetes::{self, Store};
use super::options::Options;
use super::prometheus::{self, Exporters, openmetrics};
use super::scenario::{self, EPOCH, Expectation, Fleet, ScenarioError, Server as Kind, Side};
use super::serve::{Handler, Server, serve};
use super::world::{Shared, World};
use super::{people, world};

/// Why a world could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The scenario is unknown or its file wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// No port could be listened on.
    #[error("can't listen on 127.0.0.1: {0}")]
    Listen(#[from] io::Error),
    /// The model could not be built.
    #[error("the simulated world stopped while it was made")]
    Stopped,
}

/// The faults and counters of one cluster's servers.
#[derive(Clone, Debug, Default)]
pub struct ClusterKnobs {
    /// Of the Kubernetes API.
    pub kubernetes: Knobs,
    /// Of Prometheus; a scenario may make it refuse, too.
    pub prometheus: Knobs,
    /// Of the exporters.
    pub exporters: Knobs,
    /// Of each instance of flagd.
    pub flagd: Vec<Knobs>,
}

/// The entry to the embedded world.
#[derive(Clone, Copy, Debug)]
pub struct Sim;

/// A world that runs; dropping it ends it.
#[derive(Debug)]
pub struct Running {
    /// The world's time when its servers opened: with [`speed`](Self::speed), what a deck's clock is made of.
    pub epoch: Timestamp,
    /// Simulated seconds for each real one; 0 when frozen.
    pub speed: f64,
    /// The scenario's own 03:00:00 on the world's clock.
    pub scenario_epoch: Timestamp,
    /// Where the canary cluster listens.
    pub canary: Addresses,
    /// Where the production cluster listens.
    pub production: Addresses,
    /// What can be broken on canary, and what was asked of it.
    pub canary_knobs: ClusterKnobs,
    /// The same on production.
    pub production_knobs: ClusterKnobs,
    /// What the scenario file says is to be concluded when.
    pub expectations: Vec<Expectation>,
    clock: SimClock,
    pub(super) shared: Shared,
    fleet: Fleet,
    apis: Vec<(Side, kubernetes::Api, prometheus::Api)>,
    doors: Vec<Door>,
    _servers: Vec<Server>,
    _tasks: JoinSet<()>,
}

impl Sim {
    /// Makes the world with two hours of history, opens its servers and lets its clock run.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let script = scenario::load(&options.scenario)?;
        let mut fleet = scenario::fleet()?;
        for service in &mut fleet.services {
            service.status_label.clone_from(&options.status_label);
        }
        let starts = SignedDuration::from_millis(script.starts.0);
        let (scenario_epoch, start_at) = times(&options, starts);
        let clock = SimClock::frozen(start_at);
        let made = {
            let (script, fleet, clock) = (script.clone(), fleet.clone(), clock.clone());
            tokio::task::spawn_blocking(move || {
                let mut world = World::new(&script, &fleet, options.seed, scenario_epoch, clock);
                world.have_served(options.served);
                world.advance(world::millis(start_at));
                world
            })
        };
        let world = made.await.map_err(|_| StartError::Stopped)?;
        // Making it took a while: a live world shows the wall clock's time, not that of the order.
        let opened = if options.live {
            SimClock::from_now(1.0).now()
        } else {
            start_at
        };
        clock.set(opened);
        let shared = Shared::new(world, clock.clone());
        let mut opening = Opening {
            shared: shared.clone(),
            clock: clock.clone(),
            servers: Vec::new(),
            tasks: JoinSet::new(),
            apis: Vec::new(),
            doors: Vec::new(),
        };
        let (canary, canary_knobs) = opening.cluster(Side::Canary).await?;
        let (production, production_knobs) = opening.cluster(Side::Production).await?;
        if !options.frozen {
            clock.run(options.speed);
        }
        opening.tasks.spawn(shared.clone().keep_going());
        let running = Running {
            epoch: opened,
            speed: clock.speed(),
            scenario_epoch,
            canary,
            production,
            canary_knobs,
            production_knobs,
            expectations: script.expect,
            clock,
            shared,
            fleet,
            apis: opening.apis,
            doors: opening.doors,
            _servers: opening.servers,
            _tasks: opening.tasks,
        };
        running.settle().await;
        Ok(running)
    }
}

/// When the scenario's 03:00:00 is, and when the servers open.
fn times(options: &Options, starts: SignedDuration) -> (Timestamp, Timestamp) {
    let scripted: Timestamp = EPOCH.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let start = options.start_at.unwrap_or(scripted + starts);
    if options.live {
        // Whole seconds keep the grid of intervals where a person expects it.
        let now = SimClock::from_now(1.0).now();
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        (now - start.duration_since(scripted), now)
    } else {
        (scripted, start)
    }
}

/// Servers that are being opened.
struct Opening {
    shared: Shared,
    clock: SimClock,
    servers: Vec<Server>,
    tasks: JoinSet<()>,
    apis: Vec<(Side, kubernetes::Api, prometheus::Api)>,
    doors: Vec<Door>,
}

impl Opening {
    async fn cluster(&mut self, side: Side) -> Result<(Addresses, ClusterKnobs), StartError> {
        let found = self.shared.look(|world| {
            let cluster = world.cluster(side)?;
            let door = |server| cluster.door(server);
            Some((
                cluster.store.clone(),
                door(Kind::Kubernetes)?,
                door(Kind::Prometheus)?,
                door(Kind::Flagd)?,
            ))
        });
        let (store, own_door, metrics_door, flags_door) = found.ok_or(StartError::Stopped)?;
        let mut knobs = ClusterKnobs::default();
        let changed = store.changed();
        let api = kubernetes::Api::new(store, people::access());
        knobs.kubernetes.refuse(!*own_door.borrow());
        let server = api.serve(listener().await?, knobs.kubernetes.clone())?;
        let kubernetes = server.address();
        self.servers.push(server);
        self.keep(own_door, &knobs.kubernetes, kubernetes);
        let metrics = prometheus::Api::new(self.shared.clone(), side);
        knobs.prometheus.refuse(!*metrics_door.borrow());
        let prometheus = self.open(metrics.clone(), &knobs.prometheus).await?;
        self.keep(metrics_door, &knobs.prometheus, prometheus);
        let exporters = self
            .open(Exporters::new(self.shared.clone(), side), &knobs.exporters)
            .await?;
        let mut flagd = Vec::new();
        for instance in 0..INSTANCES {
            let own = Knobs::default();
            own.refuse(!*flags_door.borrow());
            let address = self
                .open(Flagd::new(self.shared.clone(), side, instance), &own)
                .await?;
            self.keep(flags_door.clone(), &own, address);
            flagd.push(address);
            knobs.flagd.push(own);
        }
        self.tasks.spawn(self.shared.clone().notice(changed));
        self.apis.push((side, api, metrics));
        let addresses = Addresses {
            kubernetes,
            prometheus,
            exporters,
            flagd,
        };
        Ok((addresses, knobs))
    }

    /// Lets a server refuse and answer as the scenario has it.
    fn keep(&mut self, door: watch::Receiver<bool>, knobs: &Knobs, address: SocketAddr) {
        let door = Door::new(door, knobs.clone(), address);
        self.tasks.spawn(door.clone().keep());
        self.doors.push(door);
    }

    async fn open(&mut self, handler: impl Handler, knobs: &Knobs) -> io::Result<SocketAddr> {
        let server = serve(
            listener().await?,
            self.clock.clone(),
            knobs.clone(),
            handler,
        )?;
        let address = server.address();
        self.servers.push(server);
        Ok(address)
    }
}

async fn listener() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

impl Running {
    /// The world's present time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The world's clock itself, for a deck in the same process.
    pub fn clock(&self) -> SimClock {
        self.clock.clone()
    }

    /// Stops the clock at `at`, after the present, with the world exactly there when this returns.
    pub async fn set_time(&self, at: Timestamp) {
        self.shared.set(at);
        self.settle().await;
    }

    /// A time of the scenario, written `03:12:41`, on the world's clock; none if it is no such time.
    pub fn at(&self, time: &str) -> Option<Timestamp> {
        let offset = scenario::Offset::parse(time)?;
        self.scenario_epoch
            .checked_add(SignedDuration::from_millis(offset.0))
            .ok()
    }

    /// A kubeconfig with the contexts `eu-canary` and `eu-prod` for one of [`PEOPLE`](super::PEOPLE).
    pub fn kubeconfig(&self, user: &str) -> String {
        deck::kubeconfig(user, &self.addresses())
    }

    /// A deck's configuration; `kubeconfig` is the path that its clusters name.
    pub fn config(&self, kubeconfig: Option<&str>) -> String {
        deck::config(&self.fleet, &self.addresses(), kubeconfig)
    }

    /// The canary cluster's objects, to read and write as its controllers do.
    pub fn canary_store(&self) -> Option<Store> {
        self.store(Side::Canary)
    }

    /// The production cluster's objects.
    pub fn production_store(&self) -> Option<Store> {
        self.store(Side::Production)
    }

    /// Every request that the canary cluster's API answered.
    pub fn canary_audit(&self) -> Vec<kubernetes::AuditEntry> {
        self.audit(Side::Canary)
    }

    /// Every request that the production cluster's API answered.
    pub fn production_audit(&self) -> Vec<kubernetes::AuditEntry> {
        self.audit(Side::Production)
    }

    /// Lets both Prometheus servers add these warnings to every answer; none takes them away.
    pub fn warn(&self, warnings: &[String]) {
        for (_, _, metrics) in &self.apis {
            metrics.warn(warnings.to_vec());
        }
    }

    /// Lets every query of both Prometheus servers fail that contains this text; none lets all succeed again.
    pub fn fail_queries(&self, text: Option<&str>) {
        for (_, _, metrics) in &self.apis {
            metrics.fail(text.map(str::to_owned));
        }
    }

    /// All samples from `since` to now as `OpenMetrics`, canary's and production's, for a real Prometheus each.
    pub fn openmetrics(&self, since: Timestamp) -> (String, String) {
        let text = |side| {
            self.shared.look(|world| {
                world
                    .cluster(side)
                    .map(|cluster| openmetrics(&cluster.tsdb, world::millis(since), world.now()))
                    .unwrap_or_default()
            })
        };
        (text(Side::Canary), text(Side::Production))
    }

    fn addresses(&self) -> [(Side, Addresses); 2] {
        [
            (Side::Canary, self.canary.clone()),
            (Side::Production, self.production.clone()),
        ]
    }

    fn store(&self, side: Side) -> Option<Store> {
        self.shared
            .look(|world| world.cluster(side).map(|cluster| cluster.store.clone()))
    }

    fn audit(&self, side: Side) -> Vec<kubernetes::AuditEntry> {
        self.apis
            .iter()
            .filter(|(own, ..)| *own == side)
            .flat_map(|(_, api, _)| api.audit())
            .collect()
    }

    /// Returns once each server listens, or refuses, as the scenario has it.
    pub(super) async fn settle(&self) {
        for door in &self.doors {
            door.settle().await;
        }
    }
}
