//! Why there is no plan, and what to do instead.

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::domain::plan::Intent;
use crate::engine::planner::Refusal;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, wrap};
use crate::view::scene::Scene;
use crate::view::widgets::hint;
use crate::view::words::operation::intent;
use crate::view::words::refusal::refusal;

/// Draws the reason in the columns before `end`.
pub(crate) fn draw(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    end: u16,
    wanted: Option<&Intent>,
    why: &Refusal,
) {
    let room = end.saturating_sub(1);
    let title = Line::new().with(Role::Title, " NO PLAN ").with(
        Role::Strong,
        format!(" {}", wanted.map_or_else(String::new, intent)),
    );
    canvas.put(1, 4, room, &title);
    let last = canvas.height().saturating_sub(1);
    let mut y = 6;
    for piece in wrap(&refusal(why), room.saturating_sub(3)) {
        if y + 1 >= last {
            canvas.put(3, y, room, &Line::text("…"));
            break;
        }
        canvas.put(3, y, room, &Line::text(piece));
        y += 1;
    }
    let then = if why.is_for_want_of_news() {
        "Nothing was changed. The plan opens here as soon as that is known."
    } else {
        "Nothing was changed."
    };
    canvas.put(3, y + 1, room, &Line::text(then));
    hint::draw(
        canvas,
        scene,
        Context::Help,
        &[(Action::Refresh, "refresh"), (Action::Back, "back")],
    );
}
