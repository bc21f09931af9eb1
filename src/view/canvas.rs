//! Lines of styled pieces put on a buffer. Whatever does not fit ends in a sign, so that nothing is cut unseen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use crate::theme::{Role, Theme};

/// The sign of a cut.
const CUT: &str = "…";

/// A line of styled pieces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Vec<(Role, String)>);

impl Line {
    /// An empty line.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// A line of plain text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::new().with(Role::Text, text)
    }

    /// The line with one more piece.
    #[must_use]
    pub(crate) fn with(mut self, role: Role, text: impl Into<String>) -> Self {
        self.0.push((role, text.into()));
        self
    }

    /// The line with another one at its end.
    #[must_use]
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Its width in cells.
    pub(crate) fn width(&self) -> u16 {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// Whether there is nothing on it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, text)| text.is_empty())
    }
}

/// The width of a text in cells.
pub(crate) fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// A text in lines of that width at most, broken at spaces where there are any.
pub(crate) fn wrap(text: &str, most: u16) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > most {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        while width(&line) > most.max(2) {
            let mut head = String::new();
            let mut tail = String::new();
            for c in line.chars() {
                if tail.is_empty() && width(&head) + 2 <= most.max(2) {
                    head.push(c);
                } else {
                    tail.push(c);
                }
            }
            lines.push(head);
            line = tail;
        }
    }
    lines.push(line);
    lines
}

/// What is drawn on. Coordinates count from the area's corner.
pub(crate) struct Canvas<'a> {
    buffer: Buffer,
    theme: &'a Theme,
}

impl<'a> Canvas<'a> {
    /// An empty canvas.
    pub(crate) fn new(theme: &'a Theme, area: Rect) -> Self {
        let mut buffer = Buffer::empty(area);
        buffer.set_style(area, theme.style(Role::Text));
        Self { buffer, theme }
    }

    /// Its columns.
    pub(crate) const fn width(&self) -> u16 {
        self.buffer.area.width
    }

    /// Its rows.
    pub(crate) const fn height(&self) -> u16 {
        self.buffer.area.height
    }

    /// Puts a line from one column up to, and without, another; the column after it.
    pub(crate) fn put(&mut self, x: u16, y: u16, end: u16, line: &Line) -> u16 {
        let end = end.min(self.width());
        if y >= self.height() || x >= end {
            return x;
        }
        let cut = line.width() > end - x;
        let stop = if cut { end - 1 } else { end };
        let (left, top) = (self.buffer.area.x, self.buffer.area.y);
        let drawn = x..end.min(x.saturating_add(line.width()));
        debug_assert!(
            drawn.clone().all(|x| self.is_blank(x, y)),
            "row {y}, columns {drawn:?}: {line:?} is drawn over something else"
        );
        let mut at = x;
        for (role, text) in &line.0 {
            if at >= stop {
                break;
            }
            let style = self.theme.style(*role);
            let room = usize::from(stop - at);
            let (next, _) = self
                .buffer
                .set_stringn(left + at, top + y, text, room, style);
            at = next.saturating_sub(left);
        }
        if cut {
            let style = self.theme.style(Role::Dim);
            self.buffer
                .set_stringn(left + end - 1, top + y, CUT, 1, style);
            at = end;
        }
        at
    }

    /// Puts a line so that it ends before a column; the column where it begins.
    pub(crate) fn put_right(&mut self, y: u16, end: u16, line: &Line) -> u16 {
        let start = end.saturating_sub(line.width());
        self.put(start, y, end, line);
        start
    }

    /// Puts one character.
    pub(crate) fn dot(&mut self, x: u16, y: u16, symbol: char, role: Role) {
        let style = self.theme.style(role);
        let at = Position::new(self.buffer.area.x + x, self.buffer.area.y + y);
        if x < self.width()
            && let Some(cell) = self.buffer.cell_mut(at)
        {
            cell.set_char(symbol).set_style(style);
        }
    }

    /// Whether a cell is empty.
    pub(crate) fn is_blank(&self, x: u16, y: u16) -> bool {
        let at = Position::new(self.buffer.area.x + x, self.buffer.area.y + y);
        self.buffer.cell(at).is_none_or(|cell| cell.symbol() == " ")
    }

    /// Adds a role's style to a piece of a row.
    pub(crate) fn mark(&mut self, x: u16, y: u16, end: u16, role: Role) {
        let area = self.buffer.area;
        let end = end.min(area.width);
        if y < area.height && x < end {
            let piece = Rect::new(area.x + x, area.y + y, end - x, 1);
            self.buffer.set_style(piece, self.theme.style(role));
        }
    }

    /// The buffer, in the symbols that the theme draws.
    pub(crate) fn finish(mut self) -> Buffer {
        for cell in &mut self.buffer.content {
            let twin = cell
                .symbol()
                .chars()
                .next()
                .and_then(|symbol| self.theme.symbols().twin(symbol));
            if let Some(twin) = twin {
                cell.set_char(twin);
            }
        }
        self.buffer
    }
}
