//! The deck on a terminal: keys first, then what was heard, then time; a picture at once after a key, and at most four a
//! second for data.

use std::io;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossterm::event::{Event as Input, EventStream, KeyEvent, KeyEventKind};
use futures::{FutureExt as _, StreamExt as _};
use ratatui::layout::Rect;

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
use super::typing::{Taken, Typing};

/// Between two pictures that only data asked for.
const DATA_FRAME: Duration = Duration::from_millis(250);

/// Keys that are taken before the next picture: what a terminal holds back at most.
const KEYS_AT_ONCE: usize = 4096;

/// A key that is there so soon after we began to wait was there before: it came at some time while we were busy.
const WAS_THERE: Duration = Duration::from_millis(1);

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
    typing: Typing,
    /// Characters of a paste without its brackets that the core was not told of yet.
    pasted: usize,
}

enum Next {
    Key(Option<io::Result<Input>>),
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
        typing: Typing::default(),
        pasted: 0,
    };
    deck.measure();
    deck.draw()?;
    let mut watchdog = tokio::time::interval(LOOK_AFTER);
    let mut busy_since = moment();
    loop {
        let wait = DATA_FRAME.saturating_sub(deck.drawn.elapsed());
        let is_dirty = deck.dirty;
        let waits_since = moment();
        let next = tokio::select! {
            biased;
            asked = signals.next() => Next::Signal(asked),
            key = keys.next() => Next::Key(key),
            () = tokio::time::sleep(wait), if is_dirty => Next::Frame,
            heard = deck.flight.next() => Next::Data(heard),
            _ = watchdog.tick() => Next::LookAfter,
        };
        let was_busy_since = std::mem::replace(&mut busy_since, moment());
        let asked = match next {
            Next::Key(first) => {
                let was_there = busy_since.duration_since(waits_since) < WAS_THERE;
                let came = if was_there {
                    was_busy_since
                } else {
                    busy_since
                };
                let Some(asked) = deck.keys(first, &mut keys, came)? else {
                    return Ok(deck.hang_up());
                };
                deck.draw()?;
                asked
            }
            Next::Signal(Asked::HangUp) => return Ok(deck.hang_up()),
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
        let plan = self.flight.state()?.plan();
        self.typing
            .shown(plan.map(|view| &view.plan.op), self.drawn);
        Ok(())
    }

    /// Takes a key and all that wait behind it, so that a paste costs one picture; none when the terminal is gone.
    fn keys(
        &mut self,
        first: Option<io::Result<Input>>,
        more: &mut EventStream,
        came: Instant,
    ) -> anyhow::Result<Option<Vec<ForScreen>>> {
        let (mut asked, mut next) = (Vec::new(), first);
        for _ in 0..KEYS_AT_ONCE {
            let Some(Ok(input)) = next else {
                return Ok(None);
            };
            asked.extend(self.input(input, came)?);
            match more.next().now_or_never() {
                Some(waiting) => next = waiting,
                None => break,
            }
        }
        if self.pasted > 0 {
            let characters = std::mem::take(&mut self.pasted);
            asked.extend(self.paste(characters));
        }
        Ok(Some(asked))
    }

    fn paste(&mut self, characters: usize) -> Vec<ForScreen> {
        let at = self.flight.now();
        self.flight.fold(Event::Pasted { characters, at })
    }

    fn input(&mut self, input: Input, came: Instant) -> anyhow::Result<Vec<ForScreen>> {
        let event = match input {
            Input::Key(key) if key.kind == KeyEventKind::Release => return Ok(Vec::new()),
            Input::Key(key) => match self.key(key, came)? {
                Some(event) => event,
                None => return Ok(Vec::new()),
            },
            Input::Paste(text) => return Ok(self.paste(text.chars().count())),
            Input::Resize(width, height) => Event::Resized { width, height },
            Input::FocusGained | Input::FocusLost | Input::Mouse(_) => return Ok(Vec::new()),
        };
        Ok(self.flight.fold(event))
    }

    fn key(&mut self, key: KeyEvent, came: Instant) -> anyhow::Result<Option<Event>> {
        let Some(chord) = chord::from_event(key) else {
            return Ok(None);
        };
        let mut press = match self.typing.key(chord, came) {
            Taken::Key(press) => press,
            Taken::Pasted(characters) => {
                self.pasted = characters;
                return Ok(None);
            }
        };
        press.held |= key.kind == KeyEventKind::Repeat;
        let state = self.flight.state()?;
        let bound = self.look.keymap.action(&contexts(state), chord);
        Ok(Some(match (bound, field_in_use(state)) {
            (Some(action), _) => Event::Act {
                action,
                at: self.flight.now(),
                press,
            },
            (None, Some(written)) => Event::Edited(field::edited(written, key)),
            (None, None) => Event::Unbound {
                key: chord.to_string(),
            },
        }))
    }
}
