//! A drawn screen as the bytes that bring it to a terminal, as plain text, as text with escape sequences, or as a picture: for `render`, goldens and screenshots.

mod delta;

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

pub use delta::{Delta, Pen, delta};

/// The plain text: one line a row, without spaces at the ends.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in rows(buffer) {
        let line: String = visible(row).map(|(_, cell)| cell.symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The text with the escape sequences of its styles (SGR); each line ends in the plain style.
pub fn ansi(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in rows(buffer) {
        let mut style = String::new();
        for (_, cell) in visible(row) {
            let next = sgr(cell);
            if next != style {
                // Writing to a string can't fail.
                let _ = write!(out, "\u{1b}[0{next}m");
                style = next;
            }
            out.push_str(cell.symbol());
        }
        if !style.is_empty() {
            out.push_str("\u{1b}[0m");
        }
        out.push('\n');
    }
    out
}

/// A picture (SVG) on a ground of that colour, such as `#14181d`, with that ink where a cell names none.
pub fn svg(buffer: &Buffer, ground: &str, ink: &str) -> String {
    const WIDE: u32 = 9;
    const HIGH: u32 = 18;
    let (columns, lines) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let (width, height) = (columns * WIDE + 2 * WIDE, lines * HIGH + HIGH);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"15\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"{ground}\"/>\n"
    );
    for (y, row) in (0u32..).zip(rows(buffer)) {
        let top = y * HIGH + HIGH / 2;
        for piece in pieces(row) {
            let (front, back) = colors(piece.cell, ground, ink);
            let x = u32::from(piece.x) * WIDE + WIDE;
            let long = u32::from(piece.width) * WIDE;
            if back != ground {
                let _ = writeln!(
                    out,
                    "<rect x=\"{x}\" y=\"{top}\" width=\"{long}\" height=\"{HIGH}\" fill=\"{back}\"/>"
                );
            }
            if piece.text.trim().is_empty() {
                continue;
            }
            let bold = if piece.cell.modifier.contains(Modifier::BOLD) {
                " font-weight=\"bold\""
            } else {
                ""
            };
            let base = top + 14;
            let safe = escaped(&piece.text);
            let _ = writeln!(
                out,
                "<text x=\"{x}\" y=\"{base}\" fill=\"{front}\"{bold} textLength=\"{long}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{safe}</text>"
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

/// A run of cells of one style.
struct Piece<'a> {
    x: u16,
    width: u16,
    cell: &'a Cell,
    text: String,
}

fn pieces(row: &[Cell]) -> Vec<Piece<'_>> {
    let mut all: Vec<Piece<'_>> = Vec::new();
    for (x, cell) in visible(row) {
        let wide = u16::try_from(cell.symbol().width().max(1)).unwrap_or(1);
        match all.last_mut() {
            Some(last)
                if sgr(last.cell) == sgr(cell)
                    && last.text.ends_with(' ') == (cell.symbol() == " ") =>
            {
                last.text.push_str(cell.symbol());
                last.width += wide;
            }
            Some(_) | None => all.push(Piece {
                x,
                width: wide,
                cell,
                text: cell.symbol().to_owned(),
            }),
        }
    }
    all
}

fn rows(buffer: &Buffer) -> impl Iterator<Item = &[Cell]> {
    let width = usize::from(buffer.area.width).max(1);
    buffer.content.chunks(width)
}

/// The cells that are seen: those hidden behind a wide character are left out.
fn visible(row: &[Cell]) -> impl Iterator<Item = (u16, &Cell)> {
    let mut hidden = 0;
    (0u16..).zip(row).filter(move |(_, cell)| {
        if hidden > 0 {
            hidden -= 1;
            return false;
        }
        hidden = cell.symbol().width().saturating_sub(1);
        true
    })
}

/// The parameters of the escape sequence of a cell's style, each after a semicolon.
fn sgr(cell: &Cell) -> String {
    let mut out = String::new();
    for (modifier, code) in [
        (Modifier::BOLD, ";1"),
        (Modifier::DIM, ";2"),
        (Modifier::ITALIC, ";3"),
        (Modifier::UNDERLINED, ";4"),
        (Modifier::REVERSED, ";7"),
    ] {
        if cell.modifier.contains(modifier) {
            out.push_str(code);
        }
    }
    color(&mut out, cell.fg, 38, 30);
    color(&mut out, cell.bg, 48, 40);
    out
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum: what is left are the sixteen named colours"
)]
fn color(out: &mut String, color: Color, extended: u8, base: u8) {
    let _ = match color {
        Color::Reset => Ok(()),
        Color::Rgb(r, g, b) => write!(out, ";{extended};2;{r};{g};{b}"),
        Color::Indexed(index) => write!(out, ";{extended};5;{index}"),
        named => {
            let index = crate::theme::sixteen(named);
            let code = if index < 8 {
                base + index
            } else {
                base + 52 + index
            };
            write!(out, ";{code}")
        }
    };
}

/// Ink and ground of a cell, as colours of a picture.
fn colors(cell: &Cell, ground: &str, ink: &str) -> (String, String) {
    let hex = |color: Color, plain: &str| {
        crate::theme::picture(color).map_or_else(
            || plain.to_owned(),
            |[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}"),
        )
    };
    let (front, back) = (hex(cell.fg, ink), hex(cell.bg, ground));
    if cell.modifier.contains(Modifier::REVERSED) {
        (back, front)
    } else {
        (front, back)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
