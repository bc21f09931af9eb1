//! Keys as the core knows them, and where they mean something.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A key without its modifiers. Shift is in the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    /// A printable character.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and tab.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// With control.
    pub ctrl: bool,
    /// With alt.
    pub alt: bool,
}

impl Chord {
    /// A key alone.
    pub const fn plain(key: Key) -> Self {
        Self {
            key,
            ctrl: false,
            alt: false,
        }
    }

    /// A character alone.
    pub const fn char(c: char) -> Self {
        Self::plain(Key::Char(c))
    }

    /// A character with control.
    pub const fn ctrl(c: char) -> Self {
        Self {
            key: Key::Char(c),
            ctrl: true,
            alt: false,
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, ctrl, alt } = *self;
        if ctrl {
            f.write_str("Ctrl-")?;
        }
        if alt {
            f.write_str("Alt-")?;
        }
        match key {
            Key::Char(' ') => f.write_str("Space"),
            Key::Char(c) => write!(f, "{c}"),
            Key::Enter => f.write_str("Enter"),
            Key::Esc => f.write_str("Esc"),
            Key::Tab => f.write_str("Tab"),
            Key::BackTab => f.write_str("Shift-Tab"),
            Key::Up => f.write_str("Up"),
            Key::Down => f.write_str("Down"),
            Key::Left => f.write_str("Left"),
            Key::Right => f.write_str("Right"),
            Key::PageUp => f.write_str("PageUp"),
            Key::PageDown => f.write_str("PageDown"),
            Key::Home => f.write_str("Home"),
            Key::End => f.write_str("End"),
            Key::Backspace => f.write_str("Backspace"),
            Key::Delete => f.write_str("Delete"),
        }
    }
}

/// Where a key is pressed; a binding of the nearest context wins, then one of [`Context::Global`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// Everywhere but in a text field.
    Global,
    /// The overview.
    Overview,
    /// The ladder.
    Ladder,
    /// The flags.
    Flags,
    /// The releases.
    Releases,
    /// The worst pods.
    Pods,
    /// What changed.
    Changed,
    /// The list of services.
    Services,
    /// The evidence of one metric.
    Evidence,
    /// The chart of one metric over the whole screen.
    Chart,
    /// A plan, or its progress.
    Plan,
    /// The list of keys.
    Help,
    /// A text field over a list that it narrows: the command palette, the filter of the services.
    Palette,
    /// A text field of a plan: a reason, or the name to type.
    Text,
}
