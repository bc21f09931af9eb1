//! The deck without its screen, told only by a configuration file: the same sources, fold and runner.
//!
//! It flies on a thread of its own, so that a trial can let two of them look at one world for as long as it lasts.

use std::path::Path;
use std::sync::mpsc as blocking;
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, Result, anyhow};
use flightdeck::app::event::Event;
use flightdeck::app::state::{Mode, State};
use flightdeck::settings::{Candidates, Settings, load};
use flightdeck::shell::clock::Time;
use flightdeck::shell::flight::{Flight, How, Keeps};
use flightdeck::shell::logbook::Logbook;
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::conclusion::Conclusion;

/// A running deck; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Deck {
    asks: mpsc::UnboundedSender<Ask>,
    thread: Option<JoinHandle<Result<()>>>,
}

enum Ask {
    /// Something that happens to it.
    Happens(Box<Event>),
    /// What it knows, and what it has said so far.
    Look(blocking::Sender<Seen>),
}

/// What a deck knows.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Everything.
    pub(crate) state: Box<State>,
    /// The headlines of each service, each with the time from which on it was shown.
    pub(crate) said: Vec<(Timestamp, String)>,
}

impl Deck {
    /// Starts one that is told only by a configuration file; with a `journal` it may write.
    pub(crate) fn configured(config: &Path, journal: Option<&Path>) -> Result<Self> {
        let settings = settings(config)?;
        let time = Time::of(settings.clock);
        Ok(Self::start(settings, time, journal))
    }

    /// Starts one.
    pub(crate) fn start(settings: Settings, time: Time, journal: Option<&Path>) -> Self {
        // An error only says that another trial was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let journal = journal.map(Path::to_owned);
        let (asks, asked) = mpsc::unbounded_channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let logbook = match journal {
                    Some(folder) => Keeps::Logbook(Logbook::open(&folder, time.clock.now())?),
                    None => Keeps::Nothing,
                };
                let how = How {
                    time,
                    mode: Mode::Live,
                    seed: 1,
                    logbook,
                };
                fly(settings, how, asked).await
            })
        });
        Self {
            asks,
            thread: Some(thread),
        }
    }

    /// Something happens to it.
    pub(crate) fn happens(&self, event: Event) -> Result<()> {
        let asked = self.asks.send(Ask::Happens(Box::new(event)));
        asked.map_err(|_| anyhow!("the deck has ended"))
    }

    /// What it knows now.
    pub(crate) fn look(&self) -> Result<Seen> {
        let (answer, seen) = blocking::channel();
        let asked = self.asks.send(Ask::Look(answer));
        asked.map_err(|_| anyhow!("the deck has ended"))?;
        seen.recv().context("the deck has ended")
    }

    /// What it concludes of a service; none while the first answers are not there.
    pub(crate) fn concludes(&self, service: &str) -> Result<Option<Conclusion>> {
        Ok(Conclusion::of(&self.look()?.state, service))
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.end().unwrap_or(Ok(()))
    }

    fn end(&mut self) -> Option<Result<()>> {
        let (closed, _) = mpsc::unbounded_channel();
        self.asks = closed;
        let ended = self.thread.take()?.join();
        Some(ended.unwrap_or_else(|_| Err(anyhow!("the deck's thread broke"))))
    }
}

/// What a configuration file means.
pub(crate) fn settings(file: &Path) -> Result<Settings> {
    let named = Candidates {
        named: Some(file.to_owned()),
        ..Candidates::default()
    };
    Ok(load(&named)?.settings)
}

impl Drop for Deck {
    fn drop(&mut self) {
        // Whoever wants to know how it ended calls `stop`.
        let _ = self.end();
    }
}

async fn fly(settings: Settings, how: How, mut asked: mpsc::UnboundedReceiver<Ask>) -> Result<()> {
    let mut flight = Flight::start(&settings, how)?;
    let mut said: Vec<(Timestamp, String)> = Vec::new();
    loop {
        tokio::select! {
            biased;
            ask = asked.recv() => match ask {
                Some(Ask::Happens(event)) => drop(flight.fold(*event)),
                Some(Ask::Look(answer)) => {
                    let seen = Seen { state: Box::new(flight.state()?.clone()), said: said.clone() };
                    // Whoever asked may have given up.
                    let _ = answer.send(seen);
                }
                None => break,
            },
            heard = flight.next() => drop(flight.take(heard)),
        }
        let now = headlines(flight.state()?);
        if said.last().is_none_or(|(_, last)| *last != now) {
            said.push((flight.now(), now));
        }
    }
    flight.stop().await;
    Ok(())
}

fn headlines(state: &State) -> String {
    let of = |name: &flightdeck::domain::names::ServiceName| {
        let said = Conclusion::of(state, name.as_str()).map(|found| found.said);
        format!("{name}: {}", said.as_deref().unwrap_or("reading"))
    };
    state
        .world
        .services
        .keys()
        .map(of)
        .collect::<Vec<_>>()
        .join(", ")
}
