//! The deck on a terminal: keys first, then what was heard, then time; a picture at once after a key, and at most four a
//! second for data.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossterm::event::{Event as Input, EventStream, KeyEvent, KeyEventKind};
use futures::StreamExt as _;
use ratatui::layout::Rect;

use crate::app::action::Danger;
use crate::app::chord::Chord;
use crate::app::event::{Event, Press};
use crate::app::{contexts, field_in_use};
use crate::input::{chord, field};
use crate::view::draw;

use super::clock::moment;
use super::flight::Flight;
use super::look::Look;
use super::runner::ForScreen;
use super::signals::{Asked, Signals};
use super::terminal::{Terminal, is_gone};
use super::typing::{TOGETHER, Taken, Typing};

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
                let Some(asked) = deck.keys(first, &mut keys, came).await? else {
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
        if deck.obey(asked)? {
            return Ok(Left::InOrder);
        }
    }
}

impl Deck<'_> {
    /// Does what the core asked of the screen; whether it asked to leave.
    fn obey(&mut self, asked: Vec<ForScreen>) -> anyhow::Result<bool> {
        for what in asked {
            match what {
                ForScreen::Copy(text) => self.terminal.offer(&text)?,
                ForScreen::Bell => self.terminal.ring()?,
                ForScreen::Redraw => {
                    self.terminal.forget();
                    self.draw()?;
                }
                ForScreen::Suspend => {
                    self.terminal.suspend()?;
                    self.measure();
                    self.draw()?;
                }
                ForScreen::Quit => return Ok(true),
            }
        }
        Ok(false)
    }

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

    /// Takes all that waits to be read, so that a paste costs one picture; none when the terminal is gone.
    async fn keys(
        &mut self,
        first: Option<io::Result<Input>>,
        more: &mut EventStream,
        came: Instant,
    ) -> anyhow::Result<Option<Vec<ForScreen>>> {
        let (mut inputs, mut next) = (Vec::new(), first);
        loop {
            let Some(Ok(input)) = next else {
                return Ok(None);
            };
            // A key that confirms is held back for a moment, to see that it is not the first of a paste.
            let confirms = inputs.is_empty() && self.confirms(&input)?;
            inputs.push(input);
            if inputs.len() >= KEYS_AT_ONCE {
                break;
            }
            let waiting = if confirms {
                tokio::time::timeout(TOGETHER, more.next()).await.ok()
            } else {
                there(more).await
            };
            match waiting {
                Some(waiting) => next = waiting,
                None => break,
            }
        }
        let chords: Vec<Chord> = inputs.iter().filter_map(pressed).collect();
        let mut taken = self.typing.keys(&chords, came).into_iter();
        let (mut asked, mut pasted) = (Vec::new(), 0);
        for input in inputs {
            let event = match (&input, pressed(&input)) {
                (Input::Key(key), Some(chord)) => match taken.next() {
                    Some(Taken::Key(press)) => self.key(*key, chord, press)?,
                    Some(Taken::Pasted) => {
                        pasted += 1;
                        continue;
                    }
                    None => continue,
                },
                (Input::Paste(text), _) => {
                    pasted += text.chars().count();
                    continue;
                }
                (&Input::Resize(width, height), _) => Event::Resized { width, height },
                (Input::Key(_) | Input::FocusGained | Input::FocusLost | Input::Mouse(_), _) => {
                    continue;
                }
            };
            asked.extend(self.flight.fold(event));
        }
        if pasted > 0 {
            let (characters, at) = (pasted, self.flight.now());
            asked.extend(self.flight.fold(Event::Pasted { characters, at }));
        }
        Ok(Some(asked))
    }

    fn confirms(&self, input: &Input) -> anyhow::Result<bool> {
        let contexts = contexts(self.flight.state()?);
        let action = pressed(input).and_then(|chord| self.look.keymap.action(&contexts, chord));
        Ok(action.is_some_and(|action| action.info().danger == Danger::Confirms))
    }

    fn key(&self, key: KeyEvent, chord: Chord, press: Press) -> anyhow::Result<Event> {
        let state = self.flight.state()?;
        let bound = self.look.keymap.action(&contexts(state), chord);
        Ok(match (bound, field_in_use(state)) {
            (Some(action), _) => Event::Act {
                action,
                at: self.flight.now(),
                press: Press {
                    held: press.held || key.kind == KeyEventKind::Repeat,
                    ..press
                },
            },
            (None, Some(written)) => Event::Edited(field::edited(written, key)),
            (None, None) => Event::Unbound {
                key: chord.to_string(),
            },
        })
    }
}

/// What can be read without waiting. It is asked for in the name of this task: the stream wakes whoever asked last, and
/// nobody would hear of the next key if that were a passer-by.
async fn there(keys: &mut EventStream) -> Option<Option<io::Result<Input>>> {
    poll_fn(|context| {
        Poll::Ready(match keys.poll_next_unpin(context) {
            Poll::Ready(input) => Some(input),
            Poll::Pending => None,
        })
    })
    .await
}

/// The chord of an input, where it is a key that the core knows.
fn pressed(input: &Input) -> Option<Chord> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => chord::from_event(*key),
        Input::Key(_)
        | Input::Paste(_)
        | Input::Resize(..)
        | Input::FocusGained
        | Input::FocusLost
        | Input::Mouse(_) => None,
    }
}
