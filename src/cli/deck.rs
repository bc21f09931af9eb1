//! `flightdeck`: the deck on the configured clusters.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use crate::app::state::Mode;
use crate::settings::Settings;
use crate::shell::clock::Time;
use crate::shell::event_loop::fly;
use crate::shell::flight::{Flight, How, Keeps};
use crate::shell::look::Look;
use crate::shell::terminal;

use super::exit::{Exit, Failure};
use super::session;

/// Opens the deck.
pub(super) async fn run(config: Option<PathBuf>) -> Result<Exit, Failure> {
    let loaded = session::configured(config)?;
    let time = Time::of(loaded.settings.clock);
    let directory = session::directory(None)?;
    let logbook = session::keeps(&directory);
    on_terminal(&loaded.settings, time, Mode::Live, logbook).await
}

/// Flies on the terminal until somebody leaves.
pub(super) async fn on_terminal(
    settings: &Settings,
    time: Time,
    mode: Mode,
    logbook: Keeps,
) -> Result<Exit, Failure> {
    need_terminal()?;
    let look = Look::of(settings).map_err(Failure::usage)?;
    let seed = session::seed(&time);
    let how = How {
        time,
        mode,
        seed,
        logbook,
    };
    let mut flight = Flight::start(settings, how).map_err(Failure::usage)?;
    let left = fly(&mut flight, &look).await.context("the deck");
    flight.stop().await;
    left?;
    Ok(Exit::Ok)
}

/// A deck without a terminal is refused before anything else is done.
pub(super) fn need_terminal() -> Result<(), Failure> {
    if terminal::is_usable() {
        return Ok(());
    }
    Err(Failure::usage(anyhow!(
        "the deck needs a terminal on stdin and stdout, and TERM to name it; without one there are `flightdeck status` and `flightdeck render`"
    )))
}
