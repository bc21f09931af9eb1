//! How the terminal can be drawn on, by what the environment says: colours, symbols, and the theme and keys that a person
//! chose.

use anyhow::Context as _;

use crate::input::{Keymap, keymap};
use crate::settings::{KeymapChoice, Settings, ThemeChoice};
use crate::theme::{self, Depth, Symbols, Theme};

/// Theme and keys.
#[derive(Debug, Clone)]
pub struct Look {
    /// The theme, in the colours that there are.
    pub theme: Theme,
    /// The keys.
    pub keymap: Keymap,
}

/// What the environment says.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// How many colours the terminal has.
pub fn depth() -> Depth {
    let (term, color_term) = (variable("TERM"), variable("COLORTERM"));
    if !variable("NO_COLOR").is_empty() {
        Depth::None
    } else if color_term == "truecolor" || color_term == "24bit" || term.ends_with("-direct") {
        Depth::TrueColor
    } else if term.contains("256color") {
        Depth::Ansi256
    } else {
        Depth::Ansi16
    }
}

/// Which symbols the terminal shows at their right width.
pub fn symbols() -> Symbols {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .map(variable)
        .into_iter()
        .find(|l| !l.is_empty());
    let is_utf8 = locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    if is_utf8 && variable("TERM") != "linux" {
        Symbols::Utf8
    } else {
        Symbols::Ascii
    }
}

/// A theme by a name that ships.
pub fn theme_named(name: &str) -> anyhow::Result<Theme> {
    Theme::builtin(name)
        .with_context(|| format!("there is no theme {name:?}; there are {}", theme::names()))
}

/// The theme that a configuration names.
pub fn theme(settings: &Settings) -> anyhow::Result<Theme> {
    match &settings.theme {
        None => theme_named("dark"),
        Some(ThemeChoice::Builtin(name)) => theme_named(name),
        Some(ThemeChoice::File(path)) => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Theme::load(&text).with_context(|| path.display().to_string())
        }
    }
}

/// The keys that a configuration names.
pub fn keys(settings: &Settings) -> anyhow::Result<Keymap> {
    let (from, text) = match &settings.keymap {
        None => (
            "the keymap that ships".to_owned(),
            keymap::DEFAULT.to_owned(),
        ),
        Some(KeymapChoice::Builtin(name)) => {
            let text = keymap::builtin(name).with_context(|| {
                format!("there is no keymap {name:?}; there are {}", keymap::names())
            })?;
            (format!("the keymap {name}"), text.to_owned())
        }
        Some(KeymapChoice::File(path)) => {
            let from = path.display().to_string();
            let text = std::fs::read_to_string(path).with_context(|| from.clone())?;
            (from, text)
        }
    };
    Keymap::load(&text).context(from)
}

impl Look {
    /// Of a configuration, on this terminal.
    pub fn of(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            theme: theme(settings)?.with_depth(depth()).with_symbols(symbols()),
            keymap: keys(settings)?,
        })
    }
}
