//! The command palette: any action by its name.

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::field::Field;
use crate::app::suggest::suggestions;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::widgets::hint;

/// Draws the palette in the columns before `end`.
pub(crate) fn draw(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    end: u16,
    field: &Field,
    selected: usize,
) {
    let room = end.saturating_sub(1);
    canvas.put(1, 4, room, &Line::new().with(Role::Title, " COMMAND "));
    let x = canvas.put(11, 4, room, &Line::new().with(Role::Accent, ":"));
    text_field(canvas, field, (x, 4, room));
    let all = suggestions(scene.state, &field.text);
    let last = canvas.height().saturating_sub(1);
    let rows = usize::from(last.saturating_sub(7));
    let selected = selected.min(all.len().saturating_sub(1));
    let first = (selected + 1).saturating_sub(rows);
    let mut y = 6;
    for (at, info) in all.iter().enumerate().skip(first).take(rows) {
        let key = scene.key(info.action).unwrap_or_default();
        let line = Line::new()
            .with(Role::Strong, format!("{:<18} ", info.name))
            .with(Role::Accent, format!("{key:<6} "))
            .with(Role::Text, info.doc);
        canvas.put(3, y, room, &line);
        if at == selected {
            canvas.dot(1, y, '>', Role::Selected);
            canvas.mark(0, y, end, Role::Selected);
        }
        y += 1;
    }
    if all.is_empty() {
        canvas.put(3, y, room, &Line::text("no action has such a name"));
    } else if all.len() > first + rows {
        let more = format!("{} more", all.len() - first - rows);
        canvas.put(3, y, room, &Line::new().with(Role::Dim, more));
    }
    hint::draw(
        canvas,
        scene,
        Context::Palette,
        &[
            (Action::Submit, "run"),
            (Action::Down, "next"),
            (Action::Up, "previous"),
            (Action::Back, "back"),
        ],
    );
}

/// Draws a text field with its cursor; a long text is shown around the cursor, with signs where it is cut.
pub(crate) fn text_field(canvas: &mut Canvas<'_>, field: &Field, (x, y, end): (u16, u16, u16)) {
    let safe: Vec<char> = field
        .text
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    let room = usize::from(end.saturating_sub(x + 1)).max(1);
    let first = (field.cursor + 1).saturating_sub(room);
    let text: String = safe.iter().skip(first).collect();
    let text = crate::domain::untrusted::shown(&text);
    let line = if first > 0 {
        let rest: String = text.chars().skip(1).collect();
        Line::new().with(Role::Dim, "…").with(Role::Text, rest)
    } else {
        Line::text(text)
    };
    canvas.put(x, y, end, &line);
    let before: String = safe
        .iter()
        .skip(first)
        .take(field.cursor.saturating_sub(first))
        .collect();
    let at = x + crate::view::canvas::width(&before);
    canvas.mark(at, y, (at + 1).min(end), Role::Title);
}
