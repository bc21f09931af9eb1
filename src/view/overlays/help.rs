//! All keys of the screen below, from the one table of actions.

use crate::app::action::{Action, Danger};
use crate::app::chord::Context;
use crate::app::help::{HelpLine, lines, rows};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::widgets::hint;

/// Draws the list in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16, scroll: u16) {
    let room = end.saturating_sub(1);
    let here = scene.context();
    canvas.put(1, 4, room, &Line::new().with(Role::Title, " KEYS "));
    let all = lines(here);
    // The last row says how many lines are left, and is the last of them where that is one.
    let rows = rows(canvas.height());
    let most = all.len().saturating_sub(rows);
    let from = usize::from(scroll).min(most);
    let left = all.len().saturating_sub(from + rows);
    let mut y = 5;
    for line in all.iter().skip(from).take(rows) {
        canvas.put(3, y, room, &drawn(scene, *line));
        y += 1;
    }
    if left > 0 {
        let key = |action| scene.key_in(Context::Help, action).unwrap_or_default();
        let keys = format!("{} {}", key(Action::Down), key(Action::PageDown));
        let line = Line::new()
            .with(Role::Dim, format!("{left} more  "))
            .with(Role::Accent, keys.trim());
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

fn drawn(scene: &Scene<'_>, line: HelpLine) -> Line {
    match line {
        HelpLine::Title(title) => Line::new().with(Role::Dim, title),
        HelpLine::Action(context, info) => {
            let keys = scene
                .keys(context, info.action)
                .unwrap_or_else(|| "-".to_owned());
            let danger = match info.danger {
                Danger::None | Danger::Plans => "",
                Danger::Confirms => "  writes",
            };
            Line::new()
                .with(Role::Accent, format!("{keys:<15} "))
                .with(Role::Text, info.doc)
                .with(Role::Watch, danger)
        }
    }
}
