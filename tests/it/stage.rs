//! A simulated world in this process with its files on disk: what a deck, ours or the built program, is told about it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use flightdeck::domain::clock::Clock as _;
use flightdeck::journal::{Entry, verify};
use flightdeck::settings::{Settings, read};
use flightdeck::shell::clock::SystemClock;
use flightdeck::sim::kubernetes::AuditEntry;
use flightdeck::sim::{Options, Running, Sim};
use jiff::SignedDuration;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// One runtime for the worlds of all tests: a world that several tests share must outlive each of them.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().enable_all().build().unwrap());

/// Waits for something on the runtime of the worlds.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

fn start(options: Options) -> Running {
    wait(async move { Sim::start(options).await.unwrap() })
}

/// A scenario from a time of its own, at the speed of real time.
pub(crate) fn from(scenario: &str, time: &str) -> Options {
    Options {
        start_at: Some(format!("2026-11-21T{time}Z").parse().unwrap()),
        ..Options::new(scenario)
    }
}

/// A world, its kubeconfig and configuration, and a state directory for the deck.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) world: Arc<Running>,
    files: TempDir,
}

impl Stage {
    pub(crate) fn new(options: Options) -> Self {
        Self::on(Arc::new(start(options)))
    }

    /// A world that runs as time does, shared by all that only look at it. Its metrics can't be read: what is tried on it
    /// needs none, and they cost most of the time.
    pub(crate) fn shared() -> Self {
        static SHARED: LazyLock<Arc<Running>> = LazyLock::new(|| {
            let world = start(from("feature-errors", "03:12:41"));
            world.canary_knobs.prometheus.refuse(true);
            world.production_knobs.prometheus.refuse(true);
            Arc::new(world)
        });
        Self::on(Arc::clone(&SHARED))
    }

    fn on(world: Arc<Running>) -> Self {
        let files = tempfile::tempdir().unwrap();
        std::fs::write(files.path().join("kubeconfig"), world.kubeconfig("bob")).unwrap();
        let stage = Self { world, files };
        stage.ahead(SignedDuration::ZERO);
        stage
    }

    /// Lets the clock of the decks that are started from now on be ahead of the world's.
    pub(crate) fn ahead(&self, by: SignedDuration) {
        let text = self.config_text("kubeconfig", by);
        std::fs::write(self.config_path(), text).unwrap();
    }

    pub(crate) fn config_path(&self) -> PathBuf {
        self.files.path().join("config.toml")
    }

    /// Where the deck keeps its state.
    pub(crate) fn state_path(&self) -> PathBuf {
        self.files.path().join("state")
    }

    fn config_text(&self, kubeconfig: &str, ahead: SignedDuration) -> String {
        let path = self.files.path().join(kubeconfig);
        let mut text = self.world.config(Some(&path.display().to_string()));
        let (since, epoch, speed) = (
            SystemClock.now(),
            self.world.now() + ahead,
            self.world.speed,
        );
        if speed > 0.0 {
            write!(
                text,
                "\n[clock]\nepoch = \"{epoch}\"\nspeed = {speed:?}\nsince = \"{since}\"\n"
            )
            .unwrap();
        }
        text
    }

    /// Settings for a deck of that person in this process.
    pub(crate) fn settings(&self, person: &str) -> Settings {
        let name = format!("kubeconfig-{person}");
        std::fs::write(self.files.path().join(&name), self.world.kubeconfig(person)).unwrap();
        read(
            &self.config_path(),
            &self.config_text(&name, SignedDuration::ZERO),
        )
        .unwrap()
    }

    /// Everything that asked a cluster for a change. A dry run changes nothing and is not among it.
    pub(crate) fn writes(&self) -> Vec<AuditEntry> {
        let mut writes = self.world.canary_audit();
        writes.extend(self.world.production_audit());
        writes.retain(|entry| {
            entry.is_write() && !entry.uri.contains("dryRun") && !entry.resource.contains("review")
        });
        writes
    }

    /// The journal's entries, of all its files.
    pub(crate) fn journal(&self) -> Vec<Entry> {
        let Ok(files) = std::fs::read_dir(self.state_path().join("journal")) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
            .iter()
            .flat_map(|path| {
                let found = verify(&std::fs::read_to_string(path).unwrap());
                assert_eq!(found.broken_at, None, "{}", path.display());
                found.records.into_iter().map(|record| record.entry)
            })
            .collect()
    }
}
