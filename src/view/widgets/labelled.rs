//! Texts behind their labels: the form in which a screen says why, what speaks against it and what comes next.

use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width, wrap};

/// Where labels begin.
const LABEL: u16 = 3;
/// Where their texts begin.
pub(crate) const TEXT: u16 = 12;

/// Draws labelled texts in that many rows: long ones on two rows while there is room, and what is left is counted.
pub(crate) fn lines(
    canvas: &mut Canvas<'_>,
    entries: &[(&'static str, String)],
    (top, rows, end): (u16, u16, u16),
) {
    let room = usize::from(rows);
    let most = end.saturating_sub(TEXT);
    let shown = if entries.len() > room {
        room.saturating_sub(1)
    } else {
        entries.len()
    };
    let mut spare = room.saturating_sub(entries.len());
    let mut y = top;
    for (label, text) in entries.iter().take(shown) {
        let pieces = if width(text) > most && spare > 0 {
            wrap(text, most)
        } else {
            vec![text.clone()]
        };
        let fits = pieces.len() <= spare + 1;
        let pieces = if fits { pieces } else { vec![text.clone()] };
        spare = spare.saturating_sub(pieces.len() - 1);
        canvas.put(LABEL, y, TEXT, &Line::new().with(Role::Dim, *label));
        for piece in pieces {
            canvas.put(TEXT, y, end, &Line::text(piece));
            y += 1;
        }
    }
    let hidden = entries.len() - shown;
    if hidden > 0 && room > 0 {
        let line = Line::new().with(Role::Dim, format!("and {hidden} more"));
        canvas.put(TEXT, y, end, &line);
    }
}
