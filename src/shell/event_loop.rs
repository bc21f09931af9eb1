//! The deck on a terminal: keys first, then what was heard, then time; a picture at once after a key, and at most four a
//! second for data.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossterm::event::{Event as Input, EventStream, KeyEvent, KeyEventKind};
use futures::StreamExt as _;
use ratatui::layout::Rect;

use crate::app::chord::Chord;
use crate::app::event::Event;
use crate::app::{contexts, field_in_use};
use crate::input::{chord, field};
use crate::view::draw;

use super::clock::moment;
use super::flight::Flight;
use super::look::Look;
use super::runner::ForScreen;
use super::signals::{Asked, Signals};
use super::terminal::{Terminal, is_gone};

/// Between two pictures that only data asked for.
const DATA_FRAME: Duration = Duration::from_millis(250);

/// Two presses of one key that are nearer than this are a key held down, or a paste without its brackets.
const HELD: Duration = Duration::from_millis(80);

/// How often it is looked whether the terminal is still there.
const LOOK_AFTER: Duration = Duration::from_secs(5);

/// How the deck was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// By a person, or by a signal, with the terminal in order.
    InOrder,
    /// The terminal was gone.
    HungUp,
}

struct Deck<'a> {
    flight: &'a mut Flight,
    terminal: Terminal,
    look: &'a Look,
    /// The screen no longer shows the state.
    dirty: bool,
    drawn: Instant,
    last_key: Option<(Chord, Instant)>,
}

enum Next {
    Key(Option<std::io::Result<Input>>),
    Signal(Asked),
    Data(super::flight::Heard),
    Frame,
    LookAfter,
}

/// Flies until somebody leaves.
pub async fn fly(flight: &mut Flight, look: &Look) -> anyhow::Result<Left> {
    let mut signals = Signals::listen().context("signals")?;
    let terminal = Terminal::open().context("the terminal")?;
    let mut keys = EventStream::new();
    let mut deck = Deck {
        flight,
        terminal,
        look,
        dirty: true,
        drawn: moment(),
        last_key: None,
    };
    deck.measure();
    deck.draw()?;
    let mut watchdog = tokio::time::interval(LOOK_AFTER);
    loop {
        let wait = DATA_FRAME.saturating_sub(deck.drawn.elapsed());
        let is_dirty = deck.dirty;
        let next = tokio::select! {
            biased;
            asked = signals.next() => Next::Signal(asked),
            key = keys.next() => Next::Key(key),
            () = tokio::time::sleep(wait), if is_dirty => Next::Frame,
            heard = deck.flight.next() => Next::Data(heard),
            _ = watchdog.tick() => Next::LookAfter,
        };
        let asked = match next {
            Next::Key(Some(Ok(input))) => {
                let asked = deck.input(input)?;
                deck.draw()?;
                asked
            }
            Next::Key(Some(Err(_)) | None) | Next::Signal(Asked::HangUp) => {
                return Ok(deck.hang_up());
            }
            Next::LookAfter => {
                if is_gone() {
                    return Ok(deck.hang_up());
                }
                Vec::new()
            }
            Next::Signal(Asked::End) => deck.flight.fold(Event::Ended),
            Next::Signal(Asked::Stop) => vec![ForScreen::Suspend],
            Next::Signal(Asked::Continue) => {
                deck.terminal.take()?;
                deck.measure();
                deck.draw()?;
                Vec::new()
            }
            Next::Data(heard) => {
                deck.dirty = true;
                deck.flight.take(heard)
            }
            Next::Frame => {
                deck.draw()?;
                Vec::new()
            }
        };
        for what in asked {
            match what {
                ForScreen::Bell => deck.terminal.ring()?,
                ForScreen::Redraw => {
                    deck.terminal.forget();
                    deck.draw()?;
                }
                ForScreen::Suspend => {
                    deck.terminal.suspend()?;
                    deck.measure();
                    deck.draw()?;
                }
                ForScreen::Quit => return Ok(Left::InOrder),
            }
        }
    }
}

impl Deck<'_> {
    fn hang_up(&mut self) -> Left {
        self.terminal.abandon();
        // What the core asks for at the end is to leave, which happens.
        let _ = self.flight.fold(Event::Ended);
        Left::HungUp
    }

    /// Asks the system, not the terminal, how large the screen is.
    fn measure(&mut self) {
        if let Ok((width, height)) = crossterm::terminal::size() {
            // A size asks nothing of the screen but the picture that follows.
            let _ = self.flight.fold(Event::Resized { width, height });
        }
        self.dirty = true;
    }

    fn draw(&mut self) -> anyhow::Result<()> {
        let state = self.flight.state()?;
        let area = Rect::new(0, 0, state.ui.width, state.ui.height);
        let picture = draw(state, &self.look.theme, &self.look.keymap, area);
        self.terminal.draw(picture)?;
        self.dirty = false;
        self.drawn = moment();
        Ok(())
    }

    fn input(&mut self, input: Input) -> anyhow::Result<Vec<ForScreen>> {
        let event = match input {
            Input::Key(key) if key.kind == KeyEventKind::Release => return Ok(Vec::new()),
            Input::Key(key) => match self.key(key)? {
                Some(event) => event,
                None => return Ok(Vec::new()),
            },
            Input::Paste(text) => Event::Pasted {
                characters: text.chars().count(),
                at: self.flight.now(),
            },
            Input::Resize(width, height) => Event::Resized { width, height },
            Input::FocusGained | Input::FocusLost | Input::Mouse(_) => return Ok(Vec::new()),
        };
        Ok(self.flight.fold(event))
    }

    fn key(&mut self, key: KeyEvent) -> anyhow::Result<Option<Event>> {
        let Some(chord) = chord::from_event(key) else {
            return Ok(None);
        };
        let now = moment();
        let is_held = self
            .last_key
            .is_some_and(|(last, at)| last == chord && now.duration_since(at) < HELD);
        self.last_key = Some((chord, now));
        let state = self.flight.state()?;
        let bound = self.look.keymap.action(&contexts(state), chord);
        Ok(Some(match (bound, field_in_use(state)) {
            (Some(action), _) => Event::Act {
                action,
                at: self.flight.now(),
                repeated: is_held || key.kind == KeyEventKind::Repeat,
            },
            (None, Some(written)) => Event::Edited(field::edited(written, key)),
            (None, None) => Event::Unbound {
                key: chord.to_string(),
            },
        }))
    }
}
