//! A person at the deck without a terminal: keys by the keymap that ships, the screen as text, and a world whose clock
//! stands until it is moved.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use flightdeck::app::event::{Event, Press};
use flightdeck::app::state::{Mode, PlanView, ServiceState, State};
use flightdeck::app::{contexts, field_in_use};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::source::SourceState;
use flightdeck::input::{Keymap, chord, field, keymap};
use flightdeck::shell::clock::{Time, WorldClock};
use flightdeck::shell::flight::{Flight, How, Keeps};
use flightdeck::shell::logbook::Logbook;
use flightdeck::shell::runner::ForScreen;
use flightdeck::theme::Theme;
use flightdeck::view::{draw, render};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use crate::stage::{Stage, from};

/// Longer than anything takes, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// A key by itself, at a plan that was there for long.
pub(crate) const MEANT: Press = Press {
    held: false,
    together: false,
    again_after_ms: None,
    plan_shown_ms: 5_000,
};

/// A person, the deck and the world.
pub(crate) struct Pilot {
    pub(crate) stage: Stage,
    flight: Flight,
    keymap: Keymap,
    /// What the core asked of the screen and nobody took yet.
    asked: Vec<ForScreen>,
}

/// A deck of that person at a time of a scenario.
pub(crate) fn stage(scenario: &str, time: &str) -> Stage {
    let mut options = from(scenario, time);
    options.frozen = true;
    Stage::new(options)
}

impl Pilot {
    pub(crate) fn new(stage: Stage, person: &str) -> Self {
        // One service is enough, and a third of the work.
        Self::of(stage, person, &["checkout"])
    }

    /// A person at the deck of some of the services.
    pub(crate) fn of(stage: Stage, person: &str, services: &[&str]) -> Self {
        let mut settings = stage.settings(person);
        settings
            .services
            .retain(|name, _| services.contains(&name.as_str()));
        let time = Time {
            clock: Arc::new(WorldClock(Arc::clone(&stage.world))),
            // Between two steps of the clock polls go on, one a second.
            speed: 15.0,
        };
        let logbook = Logbook::open(&stage.state_path().join("journal"), stage.world.now());
        let how = How {
            time,
            mode: Mode::Demo,
            seed: 1,
            logbook: Keeps::Logbook(logbook.unwrap()),
        };
        Self {
            stage,
            flight: Flight::start(&settings, how).unwrap(),
            keymap: Keymap::load(keymap::DEFAULT).unwrap(),
            asked: Vec::new(),
        }
    }

    pub(crate) fn state(&self) -> &State {
        self.flight.state().unwrap()
    }

    /// The service on the screen.
    pub(crate) fn service(&self) -> &ServiceState {
        self.state().service().unwrap()
    }

    /// The plan on the screen.
    pub(crate) fn plan(&self) -> &PlanView {
        self.state().plan().expect("a plan")
    }

    /// The screen of a small terminal.
    pub(crate) fn screen(&self) -> String {
        let theme = Theme::builtin("mono").unwrap();
        let area = Rect::new(0, 0, 80, 24);
        render::text(&draw(self.state(), &theme, &self.keymap, area))
    }

    /// Presses keys one by one: a character each, and `<Enter>` and the like by name.
    pub(crate) fn press(&mut self, keys: &str) {
        for part in keys.split_inclusive(['<', '>']) {
            match part.strip_suffix('>') {
                Some("Enter") => self.key(KeyCode::Enter, MEANT),
                Some("Esc") => self.key(KeyCode::Esc, MEANT),
                Some("Tab") => self.key(KeyCode::Tab, MEANT),
                Some(other) => panic!("no key {other}"),
                None => {
                    for c in part.trim_end_matches('<').chars() {
                        self.key(KeyCode::Char(c), MEANT);
                    }
                }
            }
        }
    }

    /// A key, as the event loop passes it on.
    pub(crate) fn key(&mut self, code: KeyCode, press: Press) {
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        let chord = chord::from_event(key).unwrap();
        let state = self.state();
        let action = self.keymap.action(&contexts(state), chord);
        let event = match (action, field_in_use(state)) {
            (Some(action), _) => Event::Act {
                action,
                at: self.flight.now(),
                press,
            },
            (None, Some(written)) => Event::Edited(field::edited(written, key)),
            (None, None) => Event::Unbound {
                key: chord.to_string(),
            },
        };
        self.fold(event);
    }

    pub(crate) fn fold(&mut self, event: Event) {
        let asked = self.flight.fold(event);
        self.asked.extend(asked);
    }

    /// Whether the core asked to leave.
    pub(crate) fn leaves(&self) -> bool {
        self.asked.contains(&ForScreen::Quit)
    }

    /// Waits until it is so.
    pub(crate) async fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let hears = async {
            while !is_so(self) {
                let heard = self.flight.next().await;
                let asked = self.flight.take(heard);
                self.asked.extend(asked);
            }
        };
        let came = tokio::time::timeout(PATIENCE, hears).await.is_ok();
        assert!(came, "{what}: it never came, but\n{}", self.screen());
    }

    /// Waits until a text is on the screen.
    pub(crate) async fn until_shown(&mut self, text: &str) {
        self.until(text, |pilot| pilot.screen().contains(text))
            .await;
    }

    /// Waits until a plan is on the screen whose dry run has passed.
    pub(crate) async fn until_tried(&mut self) {
        self.until("a dry run", |pilot| {
            let plan = pilot.state().plan();
            plan.is_some_and(|view| view.dry_run == Some(Ok(())))
        })
        .await;
    }

    /// Waits until a text is on the screen, letting the world's time go on by seconds until then.
    pub(crate) async fn until_shown_later(&mut self, text: &str) {
        let late = self.stage.world.now() + SignedDuration::from_secs(30);
        while !self.screen().contains(text) {
            let now = self.stage.world.now();
            assert!(now < late, "{text}: it never came, but\n{}", self.screen());
            let before = self.asked_of_flagd();
            self.later(1).await;
            self.until("flagd is asked again", |pilot| {
                pilot.screen().contains(text) || pilot.asked_of_flagd() > before
            })
            .await;
        }
    }

    /// How often an instance of flagd was asked, of those that were asked least.
    fn asked_of_flagd(&self) -> u64 {
        let world = &self.stage.world;
        let sides = [&world.canary_knobs, &world.production_knobs];
        let instances = sides.into_iter().flat_map(|knobs| &knobs.flagd);
        instances
            .map(|knobs| knobs.count("POST", ""))
            .min()
            .unwrap()
    }

    /// Lets the world's time go on.
    pub(crate) async fn later(&mut self, seconds: i64) {
        let now = self.stage.world.now() + SignedDuration::from_secs(seconds);
        self.stage.world.set_time(now).await;
        self.fold(Event::Tick { now });
    }

    /// Waits until the metrics of both sides were seen as they are now.
    pub(crate) async fn until_seen(&mut self) {
        let now = self.stage.world.now();
        self.until("the metrics of now", |pilot| {
            [Environment::Canary, Environment::Production]
                .iter()
                .all(|side| pilot.has_seen(*side, now))
        })
        .await;
        self.fold(Event::Tick { now });
    }

    /// Waits until every source has answered since the clock was moved.
    pub(crate) async fn until_all_live(&mut self) {
        let now = self.stage.world.now();
        self.until("every source live", |pilot| {
            let mut sources = pilot.service().evidence.sources.values();
            sources.all(|source| matches!(source, SourceState::Live { at, .. } if *at == now))
        })
        .await;
        self.fold(Event::Tick { now });
    }

    fn has_seen(&self, side: Environment, now: Timestamp) -> bool {
        let service = self.service();
        let Some(evidence) = service.evidence.environments.get(&side) else {
            return false;
        };
        let is_told = side == Environment::Canary || evidence.before.is_some();
        is_told
            && evidence.usage.as_ref().is_some_and(|usage| usage.at == now)
            // What was asked just before the step ends long before it; the last interval is not told in the seconds
            // after its end, as not all of its scrapes may be in.
            && evidence.red.as_ref().is_some_and(|red| {
                let last = red.value.grid.index_at(now);
                red.at == now && red.value.end() >= last.plus(-1)
            })
    }

    /// Ends the deck in order.
    pub(crate) async fn land(self) -> Stage {
        self.flight.stop().await;
        self.stage
    }
}
