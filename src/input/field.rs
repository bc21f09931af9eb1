//! Editing a field: the text-area crate does the work on a copy, so that the state stays plain data.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

use crate::app::field::Field;

/// The field after a key.
pub fn edited(field: &Field, event: KeyEvent) -> Field {
    let mut area = TextArea::new(vec![field.text.clone()]);
    area.move_cursor(CursorMove::Jump(
        0,
        u16::try_from(field.cursor).unwrap_or(u16::MAX),
    ));
    if !breaks_line(event) {
        area.input(event);
    }
    let text = area.lines().first().cloned().unwrap_or_default();
    Field {
        cursor: area.cursor().1,
        text,
    }
}

/// Whether the crate would begin a new line, for which one line has no use.
fn breaks_line(event: KeyEvent) -> bool {
    event.code == KeyCode::Enter
        || (event.code == KeyCode::Char('m') && event.modifiers.contains(KeyModifiers::CONTROL))
}
