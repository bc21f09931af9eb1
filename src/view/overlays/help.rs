//! All keys of the screen below, from the one table of actions.

use crate::app::action::{ACTIONS, Action, ActionInfo, Danger};
use crate::app::chord::Context;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::widgets::hint;

/// Draws the list in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16, scroll: u16) {
    let room = end.saturating_sub(1);
    let here = scene.context();
    canvas.put(1, 4, room, &Line::new().with(Role::Title, " KEYS "));
    let mut lines: Vec<Line> = Vec::new();
    section(&mut lines, scene, here, "on this screen");
    section(&mut lines, scene, Context::Global, "everywhere");
    section(&mut lines, scene, Context::Plan, "on a plan");
    let last = canvas.height().saturating_sub(1);
    let rows = usize::from(last.saturating_sub(6));
    let most = lines.len().saturating_sub(rows.saturating_sub(1));
    let from = usize::from(scroll).min(most);
    let cut = lines.len() - from > rows;
    let shown = if cut { rows.saturating_sub(1) } else { rows };
    let mut y = 5;
    for line in lines.iter().skip(from).take(shown) {
        canvas.put(3, y, room, line);
        y += 1;
    }
    let left = lines.len().saturating_sub(from + shown);
    if left > 0 {
        let key = scene
            .keys(Context::Global, Action::Down)
            .unwrap_or_default();
        let line = Line::new()
            .with(Role::Dim, format!("{left} lines more  "))
            .with(Role::Accent, key);
        canvas.put(3, y, room, &line);
    }
    hint::draw(
        canvas,
        scene,
        Context::Help,
        &[
            (Action::Down, "down"),
            (Action::Up, "up"),
            (Action::Palette, "command"),
            (Action::Back, "back"),
        ],
    );
}

fn section(lines: &mut Vec<Line>, scene: &Scene<'_>, context: Context, title: &'static str) {
    let rows: Vec<&ActionInfo> = ACTIONS
        .iter()
        .filter(|info| info.contexts.contains(&context))
        .collect();
    if rows.is_empty() {
        return;
    }
    lines.push(Line::new().with(Role::Dim, title));
    for info in rows {
        let keys = scene
            .keys(context, info.action)
            .unwrap_or_else(|| "-".to_owned());
        let danger = match info.danger {
            Danger::None | Danger::Plans => "",
            Danger::Confirms => "  writes",
        };
        lines.push(
            Line::new()
                .with(Role::Accent, format!("{keys:<12} "))
                .with(Role::Text, info.doc)
                .with(Role::Watch, danger),
        );
    }
}
