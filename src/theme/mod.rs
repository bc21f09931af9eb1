//! Theme files to the style of each role, for the colours that a terminal has. Screens name roles, never colours, so
//! that a theme can change everything and a terminal without colours loses nothing.

mod depth;
mod file;
mod role;
mod symbols;

use std::collections::BTreeMap;

use ratatui::style::Style;

pub use depth::Depth;
pub(crate) use depth::{picture, sixteen};
pub use file::{ThemeError, ThemeFault};
pub use role::Role;
pub use symbols::Symbols;

/// The themes that ship, by name.
pub const BUILTIN: [(&str, &str); 6] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
    (
        "high-contrast",
        include_str!("../../themes/high-contrast.toml"),
    ),
    (
        "colour-blind",
        include_str!("../../themes/colour-blind.toml"),
    ),
    ("sixteen", include_str!("../../themes/sixteen.toml")),
];

/// The names of the themes that ship, for a person who wrote another.
pub fn names() -> String {
    BUILTIN.map(|(name, _)| name).join(", ")
}

/// The style of each role, and which symbols are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: BTreeMap<Role, Style>,
    symbols: Symbols,
    paper: (String, String),
}

impl Theme {
    /// Reads a theme file.
    pub fn load(text: &str) -> Result<Self, ThemeError> {
        let (styles, paper) = file::read(text)?;
        Ok(Self {
            styles,
            symbols: Symbols::Utf8,
            paper,
        })
    }

    /// A theme that ships; none when no such one does.
    pub fn builtin(name: &str) -> Option<Self> {
        let (_, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        Self::load(text).ok()
    }

    /// The same theme in the colours that a terminal has.
    #[must_use]
    pub fn with_depth(mut self, depth: Depth) -> Self {
        for style in self.styles.values_mut() {
            style.fg = style.fg.and_then(|color| depth.nearest(color));
            style.bg = style.bg.and_then(|color| depth.nearest(color));
        }
        self
    }

    /// The same theme with other symbols.
    #[must_use]
    pub fn with_symbols(mut self, symbols: Symbols) -> Self {
        self.symbols = symbols;
        self
    }

    /// The style of a role; the plain one where the file names none.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// Ground and ink of a picture, where a terminal has its own: such as `#14181d` and `#d7dce2`.
    pub fn paper(&self) -> (&str, &str) {
        (&self.paper.0, &self.paper.1)
    }

    /// Which symbols are drawn.
    pub const fn symbols(&self) -> Symbols {
        self.symbols
    }
}

#[cfg(test)]
mod tests;
