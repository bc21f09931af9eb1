//! Line 4: what was left open, else the operation that runs. Blank in quiet times, so nothing moves for it.

use crate::app::action::Action;
use crate::app::state::Interrupted;
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::untrusted::shown;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width};
use crate::view::scene::Scene;
use crate::view::words::fit::first_that_fits;
use crate::view::words::operation::{happening, intent, wanted};
use crate::view::words::time::{between, when};

/// Draws the line, if there is something to say.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    let room = end.saturating_sub(1);
    let text_room = room.saturating_sub(12);
    if let Some(open) = scene.state.ops.interrupted.first() {
        let line = interrupted(scene, open, text_room);
        canvas.put(1, 3, room, &line);
        return;
    }
    let running = scene
        .state
        .ops
        .operations
        .iter()
        .find(|operation| operation.outcome.is_none());
    if let Some(operation) = running {
        let what = intent(&operation.plan.intent);
        let since = operation
            .progress
            .first()
            .map_or(operation.plan.made_at, |p| p.at);
        let age = between(since, scene.state.world.now);
        let text = operation.progress.last().map_or_else(
            || format!("for {age}: {what}"),
            |p| {
                let (_, _, last) = happening(&p.what, wanted(&operation.plan.intent));
                let last = format!("for {age}: {last}");
                first_that_fits([format!("{last}; {what}"), last], text_room)
            },
        );
        let line = Line::new()
            .with(Role::Strong, "▸ RUNNING  ")
            .with(Role::Text, text);
        canvas.put(1, 3, room, &line);
    } else if let Some(why) = &scene.state.world.read_only {
        let line = Line::new().with(Role::Watch, "! NOTE     ").with(
            Role::Text,
            format!("nothing can be written: {}", shown(why)),
        );
        canvas.put(1, 3, room, &line);
    } else if let Some(damage) = scene.state.ops.damaged.first() {
        let line = Line::new().with(Role::Watch, "! NOTE     ").with(
            Role::Text,
            first_that_fits(
                [
                    format!(
                        "an earlier run's record is damaged, see flightdeck doctor: {}",
                        shown(damage)
                    ),
                    "an earlier run's record is damaged: see flightdeck doctor".to_owned(),
                ],
                text_room,
            ),
        );
        canvas.put(1, 3, room, &line);
    }
}

fn interrupted(scene: &Scene<'_>, open: &Interrupted, room: u16) -> Line {
    let plan = &open.op.plan;
    let what = intent(&plan.intent);
    let at = when(plan.made_at, scene.state.world.now);
    let left = Line::new().with(Role::Watch, "! LEFT     ");
    match (&open.found, open.verifying) {
        (Some(found), _) => {
            let key = scene.key(Action::VerifyInterrupted).unwrap_or_default();
            let (_, _, came) = happening(&found.what, wanted(&plan.intent));
            let does = if is_unknown(found) {
                "read again"
            } else {
                "put away"
            };
            let text = first_that_fits(
                [
                    format!("  {does}: {came}; {what}, {at}"),
                    format!("  {does}: {came}; {what}"),
                    format!("  {does}: {came}"),
                ],
                room.saturating_sub(width(&key)),
            );
            left.with(Role::Accent, key).with(Role::Text, text)
        }
        (None, true) => left.with(Role::Text, format!("reading how far it got: {what}, {at}")),
        (None, false) => left
            .with(
                Role::Accent,
                scene.key(Action::VerifyInterrupted).unwrap_or_default(),
            )
            .with(
                Role::Text,
                first_that_fits(
                    [
                        format!("  see how it ended: {what}, {at}: {}", open_for(open)),
                        format!("  see how it ended: {what}: its end is unknown"),
                        format!("  see how it ended: {what}"),
                    ],
                    room.saturating_sub(1),
                ),
            ),
    }
}

/// Why it is open.
fn open_for(open: &Interrupted) -> &'static str {
    if open.op.progress.last().is_some_and(is_unknown) {
        "no answer came"
    } else {
        "its end was not recorded"
    }
}

fn is_unknown(progress: &Progress) -> bool {
    matches!(progress.what, Happening::Ended(Outcome::Unknown { .. }))
}
