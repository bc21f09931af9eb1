//! From one picture to the next in as few bytes as it takes: what a terminal already shows is not sent again, nor the style
//! that it already writes in. On a slow line each second's clock is nearly all there is to send.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

use super::{color, rows, visible};

/// The style that a terminal writes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pen {
    front: Color,
    back: Color,
    modifier: Modifier,
}

/// What a picture costs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta {
    /// What is to be sent.
    pub bytes: String,
    /// How many cells change.
    pub cells: usize,
}

/// The way from a picture that is shown to the next, both of one size; the pen is left as the last cell was written.
pub fn delta(shown: &Buffer, next: &Buffer, pen: &mut Pen) -> Delta {
    let mut delta = Delta::default();
    let both = rows(shown).zip(rows(next));
    for (y, (before, after)) in both
        .enumerate()
        .filter(|(_, (before, after))| before != after)
    {
        let mut known = visible(before).peekable();
        let mut follows = None;
        for (x, cell) in visible(after) {
            while known.next_if(|(at, _)| *at < x).is_some() {}
            // A cell that was hidden behind a wide one is not known.
            if known.peek() == Some(&(x, cell)) {
                continue;
            }
            if follows != Some(x) {
                // Cursor position, from 1 (ECMA-48, CUP). Writing to a string can't fail.
                let _ = write!(delta.bytes, "\u{1b}[{};{}H", y + 1, u32::from(x) + 1);
            }
            pen.take(&mut delta.bytes, Pen::of(cell));
            delta.bytes.push_str(cell.symbol());
            delta.cells += 1;
            let wide = u16::try_from(cell.symbol().width()).unwrap_or(1);
            follows = Some(x.saturating_add(wide));
        }
    }
    delta
}

/// The modifiers that are used, each with its code and the code that ends it (ECMA-48, SGR): one code ends bold and dim.
const MODIFIERS: [(Modifier, u8, u8); 5] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::REVERSED, 7, 27),
];

impl Pen {
    const fn of(cell: &Cell) -> Self {
        Self {
            front: cell.fg,
            back: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// Takes another one: by what differs, or anew where that is shorter.
    fn take(&mut self, bytes: &mut String, next: Self) {
        if *self == next {
            return;
        }
        let (changed, anew) = (self.changed(next), Self::default().changed(next));
        let codes = if anew.len() + 2 < changed.len() {
            format!(";0{anew}")
        } else {
            changed
        };
        let _ = write!(bytes, "\u{1b}[{}m", codes.trim_start_matches(';'));
        *self = next;
    }

    /// The codes from this pen to another, each after a semicolon.
    fn changed(self, next: Self) -> String {
        let mut codes = String::new();
        let mut kept = self.modifier;
        for (modifier, _, end) in MODIFIERS {
            if kept.contains(modifier) && !next.modifier.contains(modifier) {
                let _ = write!(codes, ";{end}");
                let ended = MODIFIERS.iter().filter(|(_, _, code)| *code == end);
                kept = ended.fold(kept, |kept, (modifier, _, _)| kept.difference(*modifier));
            }
        }
        for (modifier, code, _) in MODIFIERS {
            if next.modifier.contains(modifier) && !kept.contains(modifier) {
                let _ = write!(codes, ";{code}");
            }
        }
        if self.front != next.front {
            in_color(&mut codes, next.front, 39, (38, 30));
        }
        if self.back != next.back {
            in_color(&mut codes, next.back, 49, (48, 40));
        }
        codes
    }
}

fn in_color(codes: &mut String, wanted: Color, own: u8, (extended, base): (u8, u8)) {
    if wanted == Color::Reset {
        let _ = write!(codes, ";{own}");
    } else {
        color(codes, wanted, extended, base);
    }
}
