//! From a state to the bytes of its picture. Nothing of the terminal that the command runs in goes into them.

use anyhow::Context as _;
use clap::ValueEnum;
use ratatui::layout::Rect;

use crate::app::state::State;
use crate::input::{Keymap, keymap};
use crate::shell::look::theme_named;
use crate::theme::Symbols;
use crate::view::{draw, render};

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Rows of plain text.
    Text,
    /// Rows with the escape sequences of their colours.
    Ansi,
    /// A picture whose text can be selected.
    Svg,
}

/// The theme of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Paper {
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// Without colours.
    Mono,
}

impl Paper {
    const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
        }
    }
}

/// The picture of a state at a size, with the keys that ship.
pub fn picture(
    state: &State,
    (width, height): (u16, u16),
    format: Format,
    paper: Paper,
    symbols: Symbols,
) -> anyhow::Result<String> {
    let theme = theme_named(paper.name())?.with_symbols(symbols);
    let keymap = Keymap::load(keymap::DEFAULT).context("the keymap that ships")?;
    let drawn = draw(state, &theme, &keymap, Rect::new(0, 0, width, height));
    Ok(match format {
        Format::Text => render::text(&drawn),
        Format::Ansi => render::ansi(&drawn),
        Format::Svg => {
            let (ground, ink) = theme.paper();
            render::svg(&drawn, ground, ink)
        }
    })
}
