//! A run of the deck without its screen: sources, runner, and the fold of events into state. The deck and the headless
//! commands are this, so that both conclude the same.

use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior};

use crate::adapters::transport::Pace;
use crate::app::event::Event;
use crate::app::state::{Mode, State};
use crate::app::{start, update};
use crate::domain::observation::Observation;
use crate::settings::Settings;

use super::clock::{Time, moment};
use super::evidence;
use super::logbook::Logbook;
use super::runner::{ForScreen, Runner};
use super::supervisor::{Ears, Supervisor};

/// Observations that may wait: a source that is faster waits itself.
const WAITING: usize = 256;

/// The most observations folded before keys are looked at again, and for how long: a new interval is judged in each, and
/// a key must not wait for all services'.
const AT_ONCE: usize = 64;
const FOLDING: Duration = Duration::from_millis(4);

/// How often time is told, in real seconds.
const TICK: Duration = Duration::from_secs(1);

/// A run of the deck.
#[derive(Debug)]
pub struct Flight {
    /// None only while an event is folded in.
    state: Option<State>,
    runner: Runner,
    observations: mpsc::Receiver<Observation>,
    events: mpsc::Receiver<Event>,
    ticks: Interval,
    pace: Pace,
    logbook: Option<Logbook>,
}

/// How a run is started.
#[derive(Debug)]
pub struct How {
    /// The time.
    pub time: Time,
    /// What kind of run it is.
    pub mode: Mode,
    /// What names and jitter come from.
    pub seed: u64,
    /// Where operations are recorded.
    pub logbook: Keeps,
}

/// Where operations are recorded.
#[derive(Debug)]
pub enum Keeps {
    /// Nowhere: this run carries nothing out.
    Nothing,
    /// In a journal.
    Logbook(Logbook),
    /// Nowhere, for the journal could not be opened: why, for a person.
    Failed(String),
}

/// What comes from outside.
#[derive(Debug)]
pub enum Heard {
    /// Somebody saw something; perhaps more are waiting.
    Observation(Box<Observation>),
    /// All else.
    Event(Box<Event>),
}

impl Flight {
    /// Starts every source.
    pub fn start(settings: &Settings, how: How) -> anyhow::Result<Self> {
        let How {
            time,
            mode,
            seed,
            logbook,
        } = how;
        let pace = time.pace();
        let (out, observations) = mpsc::channel(WAITING);
        let (tell, events) = mpsc::channel(WAITING);
        let ears = Ears {
            observations: out,
            events: tell,
        };
        let now = pace.now();
        let state = start(evidence::at_start(settings, now), mode, now, seed)
            .context("no service is configured")?;
        let supervisor = Supervisor::start(settings, &pace, &ears, seed);
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let (logbook, missing) = match logbook {
            Keeps::Nothing => (None, None),
            Keeps::Logbook(logbook) => (Some(logbook), None),
            Keeps::Failed(why) => (None, Some(why)),
        };
        let writer = logbook.as_ref().map(|logbook| logbook.writer.clone());
        let runner = Runner::new(supervisor, ears, time, writer);
        let mut flight = Self {
            state: Some(state),
            runner,
            observations,
            events,
            ticks,
            pace,
            logbook,
        };
        let configured = settings
            .read_only
            .then(|| "the configuration says read_only".to_owned());
        for why in configured.into_iter().chain(missing) {
            flight.fold_quietly(Event::ReadOnly { why });
        }
        let (left, incidents, damage) =
            flight
                .logbook
                .as_mut()
                .map_or_else(Default::default, |book| {
                    let left = std::mem::take(&mut book.interrupted);
                    let incidents = std::mem::take(&mut book.incidents);
                    (left, incidents, std::mem::take(&mut book.damage))
                });
        if !left.is_empty() {
            flight.fold_quietly(Event::Interrupted(left));
        }
        if !incidents.is_empty() {
            flight.fold_quietly(Event::Incidents(incidents));
        }
        if !damage.is_empty() {
            flight.fold_quietly(Event::Damaged(damage));
        }
        Ok(flight)
    }

    /// Folds in what asks nothing of a screen.
    fn fold_quietly(&mut self, event: Event) {
        let asked = self.fold(event);
        if !asked.is_empty() {
            tracing::debug!(?asked, "asked of a screen that is not there yet");
        }
    }

    /// The deck's time.
    pub fn now(&self) -> Timestamp {
        self.pace.now()
    }

    /// What the deck knows.
    pub fn state(&self) -> anyhow::Result<&State> {
        self.state
            .as_ref()
            .context("the state was lost when an event could not be folded in")
    }

    /// Folds an event in and does what follows; gives back what is the screen's.
    pub fn fold(&mut self, event: Event) -> Vec<ForScreen> {
        let Some(state) = self.state.take() else {
            return vec![ForScreen::Quit];
        };
        let (state, effects) = update(state, event);
        let asked = self.runner.run(effects, &state);
        self.state = Some(state);
        asked
    }

    /// The next thing from outside; cancelling it loses nothing.
    pub async fn next(&mut self) -> Heard {
        let tick = |now| Heard::Event(Box::new(Event::Tick { now }));
        tokio::select! {
            biased;
            Some(event) = self.events.recv() => Heard::Event(Box::new(event)),
            Some(seen) = self.observations.recv() => Heard::Observation(Box::new(seen)),
            _ = self.ticks.tick() => tick(self.pace.now()),
        }
    }

    /// Folds in what was heard, and what waits behind an observation, up to a cap.
    pub fn take(&mut self, heard: Heard) -> Vec<ForScreen> {
        match heard {
            Heard::Event(event) => self.fold(*event),
            Heard::Observation(first) => {
                let began = moment();
                let mut asked = self.fold(Event::Heard(first));
                for _ in 1..AT_ONCE {
                    if began.elapsed() >= FOLDING {
                        break;
                    }
                    let Ok(more) = self.observations.try_recv() else {
                        break;
                    };
                    asked.extend(self.fold(Event::Heard(Box::new(more))));
                }
                asked
            }
        }
    }

    /// Ends every task.
    pub async fn stop(self) {
        self.runner.stop().await;
        if let Some(logbook) = self.logbook {
            logbook.close().await;
        }
    }
}
