//! What subcommands that look at clusters have in common: the runtime, the configuration, the log and the journal.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use tokio::runtime::{Builder, Runtime};

use crate::app::event::Event;
use crate::app::state::Mode;
use crate::domain::clock::Clock as _;
use crate::domain::names::ServiceName;
use crate::domain::security::Incident;
use crate::journal::unfinished;
use crate::settings::{Candidates, Loaded, Settings, load, nearest};
use crate::shell::clock::{SystemClock, Time};
use crate::shell::flight::{Flight, How, Keeps};
use crate::shell::logbook::Logbook;
use crate::shell::logging;

use super::exit::Failure;
use super::say;

/// Two threads are enough for what waits on a network, and leave the machine to others.
const THREADS: usize = 2;

/// Where everything runs.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build();
    Ok(runtime.context("the runtime could not be started")?)
}

/// The configuration that counts; a person is told what the system's file changed in it.
pub(super) fn configured(named: Option<PathBuf>) -> Result<Loaded, Failure> {
    let loaded = load(&Candidates::usual(named)).map_err(Failure::usage)?;
    for tightened in &loaded.tightened {
        say::note(&format!("flightdeck: {tightened}"));
    }
    Ok(loaded)
}

/// The directory of this kind of run, with its log started: a demo's records never stand among real ones.
pub(super) fn directory(of: Option<&str>) -> Result<PathBuf, Failure> {
    let mut directory = logging::state_directory()?;
    directory.extend(of);
    logging::start(&directory)?;
    Ok(directory)
}

/// Where the journal is.
pub(super) fn journal(directory: &Path) -> PathBuf {
    directory.join("journal")
}

/// The log of a run that only looks: without a place for one there is no log, and the run goes on.
pub(super) fn log() {
    if let Err(failure) = directory(None) {
        say::note(&format!("flightdeck: no log is kept: {:#}", failure.error));
    }
}

/// A run without a screen that only looks.
pub(super) fn looking(settings: &Settings) -> Result<Flight, Failure> {
    log();
    let time = Time::of(settings.clock);
    let how = How {
        mode: Mode::Live,
        seed: seed(&time),
        logbook: Keeps::Nothing,
        time,
    };
    let mut flight = Flight::start(settings, how).map_err(Failure::usage)?;
    // What a person raised on this machine counts for every answer from it.
    let _ = flight.fold(Event::Incidents(standing()));
    Ok(flight)
}

/// The security incidents that stand by the journal of this machine.
fn standing() -> Vec<Incident> {
    let left = logging::state_directory().map(|directory| {
        let folder = journal(&directory);
        folder.exists().then(|| unfinished(&folder)).transpose()
    });
    match left {
        Ok(Ok(left)) => {
            let left = left.unwrap_or_default();
            for damage in &left.damage {
                say::note(&format!(
                    "flightdeck: {damage}; a security incident may be missing"
                ));
            }
            left.incidents
        }
        Ok(Err(error)) => {
            say::note(&format!(
                "flightdeck: security incidents can't be read: {error}"
            ));
            Vec::new()
        }
        // Said where the log is begun.
        Err(_) => Vec::new(),
    }
}

/// Leaves one service in the settings, so that only what it rests on is asked.
pub(super) fn only(settings: &mut Settings, service: &str) -> Result<ServiceName, Failure> {
    let known = settings.services.keys().map(ServiceName::as_str);
    let Some(name) = settings
        .services
        .keys()
        .find(|name| name.as_str() == service)
        .cloned()
    else {
        let hint = nearest(service, known.clone()).map_or_else(
            || format!("there are {}", known.collect::<Vec<_>>().join(", ")),
            |meant| format!("did you mean {meant:?}?"),
        );
        return Err(Failure::usage(anyhow!(
            "there is no service {service:?} in the configuration; {hint}"
        )));
    };
    settings.services.retain(|other, _| *other == name);
    Ok(name)
}

/// The journal; a run without one only looks. Its name is of the real time, whatever the deck's own is: names are what
/// orders the sessions of a machine.
pub(super) fn keeps(directory: &Path) -> Keeps {
    match Logbook::open(&journal(directory), SystemClock.now()) {
        Ok(logbook) => Keeps::Logbook(logbook),
        Err(error) => Keeps::Failed(error.to_string()),
    }
}

/// Where names and jitter come from: not the same for two runs on one machine.
pub(super) fn seed(time: &Time) -> u64 {
    let moment = time.pace().now().as_nanosecond().unsigned_abs();
    // The low half is what differs.
    let low = u64::try_from(moment & u128::from(u64::MAX)).unwrap_or_default();
    low ^ (u64::from(std::process::id()) << 32)
}
