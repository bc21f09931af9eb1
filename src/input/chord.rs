//! Keys of the terminal library and of keymap files, as chords.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::app::chord::{Chord, Key};

/// The named keys of keymap files.
const NAMED: [(&str, Key); 16] = [
    ("Enter", Key::Enter),
    ("Esc", Key::Esc),
    ("Tab", Key::Tab),
    ("Shift-Tab", Key::BackTab),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("PageUp", Key::PageUp),
    ("PageDown", Key::PageDown),
    ("Home", Key::Home),
    ("End", Key::End),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Space", Key::Char(' ')),
    ("Minus", Key::Char('-')),
];

/// The chord that a keymap file writes, such as `a`, `G`, `Ctrl-c`, `Enter`.
pub fn parse(text: &str) -> Option<Chord> {
    let (ctrl, rest) = text
        .strip_prefix("Ctrl-")
        .map_or((false, text), |rest| (true, rest));
    let (alt, rest) = rest
        .strip_prefix("Alt-")
        .map_or((false, rest), |rest| (true, rest));
    let named = NAMED
        .iter()
        .find(|(name, _)| *name == rest)
        .map(|(_, key)| *key);
    let mut characters = rest.chars();
    let key = match (named, characters.next(), characters.next()) {
        (Some(key), _, _) => key,
        (None, Some(c), None) if !c.is_control() => Key::Char(c),
        _ => return None,
    };
    Some(Chord { key, ctrl, alt })
}

/// The chord of a key event; none for keys that the deck does not know.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum: keys that the deck has no use for"
)]
pub fn from_event(event: KeyEvent) -> Option<Chord> {
    let key = match event.code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        _ => return None,
    };
    Some(Chord {
        key,
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
    })
}
