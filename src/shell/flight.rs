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

use super::evidence;
use super::runner::{ForScreen, Runner};
use super::supervisor::{Ears, Supervisor};

/// Observations that may wait: a source that is faster waits itself.
const WAITING: usize = 256;

/// The most observations folded before keys are looked at again.
const AT_ONCE: usize = 64;

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
    pub fn start(settings: &Settings, pace: Pace, mode: Mode, seed: u64) -> anyhow::Result<Self> {
        let (out, observations) = mpsc::channel(WAITING);
        let (tell, events) = mpsc::channel(WAITING);
        let ears = Ears {
            observations: out,
            events: tell,
        };
        let now = pace.now();
        let state = start(evidence::at_start(settings, now), mode, now, seed)
            .context("no service is configured")?;
        let supervisor = Supervisor::start(settings, &pace, &ears, seed)?;
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let runner = Runner::new(supervisor, ears, pace.clone());
        let mut flight = Self {
            state: Some(state),
            runner,
            observations,
            events,
            ticks,
            pace,
        };
        if settings.read_only {
            let why = "the configuration says read_only".to_owned();
            // The reason to be read-only asks nothing of the screen.
            let _ = flight.fold(Event::ReadOnly { why });
        }
        Ok(flight)
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
        let asked = self.runner.run(effects, &state.world.epochs);
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
                let mut asked = self.fold(Event::Heard(first));
                for _ in 1..AT_ONCE {
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
    }
}
