//! The part of a list that fits on a screen: the selected line is always in it, and what is left out is counted.

use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// How many lines are above it.
    pub(crate) first: usize,
    /// How many lines it has.
    pub(crate) shown: usize,
    all: usize,
}

impl Part {
    /// Of a list of so many lines, with that one in it, what fits into so many rows; the last of them counts what is left out.
    pub(crate) fn with(at: usize, all: usize, rows: usize) -> Self {
        let shown = if all > rows {
            rows.saturating_sub(1)
        } else {
            all
        };
        Self {
            first: (at + 1).saturating_sub(shown),
            shown,
            all,
        }
    }

    /// What is left out, in the columns from `x` on; nothing where all is shown.
    pub(crate) fn rest(self, canvas: &mut Canvas<'_>, (x, y, end): (u16, u16, u16)) {
        let below = self.all.saturating_sub(self.shown + self.first);
        let hidden = [(self.first, "above"), (below, "below")];
        let hidden = hidden.into_iter().filter(|(count, _)| *count > 0);
        let text: Vec<String> = hidden.map(|(count, at)| format!("{count} {at}")).collect();
        if self.all > self.shown {
            canvas.put(x, y, end, &Line::new().with(Role::Dim, text.join(", ")));
        }
    }
}
