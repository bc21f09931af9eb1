//! A plan, all that it will do, and then its progress. Nothing on it changes with the world but its progress.

mod facts;

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::state::{Editing, Operation, PlanView};
use crate::domain::plan::Confirmation;
use crate::engine::advisor::advice::RungState;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::overlays::palette::text_field;
use crate::view::scene::Scene;
use crate::view::widgets::hint;
use crate::view::words::operation::{confirm, happening, intent, wanted};
use crate::view::words::refusal::complaint;
use crate::view::words::rung::effect;
use crate::view::words::time::clock;
use facts::{entries, patch, rung};

/// Where the texts begin.
const TEXT: u16 = 12;

/// Draws the plan in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16, view: &PlanView) {
    let room = end.saturating_sub(1);
    let plan = &view.plan;
    let by = plan
        .by
        .as_ref()
        .map_or_else(|| "?".to_owned(), ToString::to_string);
    let right = Line::text(format!("as {by}, {}", clock(plan.made_at)));
    let stop = canvas.put_right(4, room, &right);
    let title = Line::new()
        .with(Role::Title, " PLAN ")
        .with(Role::Strong, format!(" {}", intent(&plan.intent)));
    canvas.put(0, 4, stop.saturating_sub(1), &title);
    let last = canvas.height().saturating_sub(1);
    let entries = if view.show_patch {
        patch(plan)
    } else {
        entries(scene, view)
    };
    let operation = view
        .confirmed
        .as_ref()
        .and_then(|op| scene.state.operation(op));
    let progress = progress(scene, view, operation);
    let room_for_all = usize::from(last.saturating_sub(6));
    let reports = progress.len().min(
        room_for_all
            .saturating_sub(entries.len())
            .max(room_for_all / 2),
    );
    let facts = entries.len().min(room_for_all - reports);
    let mut y = 5;
    let cut = facts < entries.len();
    for (label, line) in entries
        .iter()
        .take(if cut { facts.saturating_sub(1) } else { facts })
    {
        canvas.put(3, y, TEXT, &Line::new().with(Role::Dim, *label));
        canvas.put(TEXT, y, room, line);
        y += 1;
    }
    if cut {
        let hidden = entries.len() + 1 - facts;
        let line = Line::new().with(
            Role::Watch,
            format!("! {hidden} lines more; a taller screen shows them"),
        );
        canvas.put(TEXT, y, room, &line);
        y += 1;
    }
    confirmation(canvas, scene, view, (y, room));
    y += 1;
    let older = progress.len() - reports;
    for (at, line) in progress.iter().skip(older).enumerate() {
        if at == 0 && older > 0 {
            let line = Line::new().with(Role::Dim, format!("{} earlier reports", older + 1));
            canvas.put(3, y, room, &line);
        } else {
            canvas.put(3, y, room, line);
        }
        y += 1;
    }
    keys(canvas, scene, view);
}

/// The line by which the plan is confirmed; the progress takes its place afterwards.
fn confirmation(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    view: &PlanView,
    (y, room): (u16, u16),
) {
    if view.editing == Editing::Reason {
        let x = canvas.put(1, y, room, &Line::new().with(Role::Strong, "reason:    "));
        text_field(canvas, &view.reason, (x, y, room));
        return;
    }
    if view.confirmed.is_some() {
        canvas.put(1, y, room, &Line::new().with(Role::Dim, "confirmed"));
        return;
    }
    let dry = match &view.dry_run {
        None => Line::text("(dry run is under way)"),
        Some(Ok(())) => Line::text("(dry run passed)"),
        Some(Err(why)) => Line::new()
            .with(Role::Breach, "✗ ")
            .with(Role::Text, format!("dry run refused: {}", why.shown())),
    };
    match &view.plan.confirmation {
        Confirmation::Key => {
            let key = scene
                .key_in(Context::Plan, Action::ConfirmKey)
                .unwrap_or_default();
            let line = Line::new()
                .with(Role::Accent, key)
                .with(Role::Strong, format!(" {}", confirm(&view.plan.intent)))
                .with(Role::Text, "  ")
                .then(dry);
            canvas.put(1, y, room, &line);
        }
        Confirmation::TypeName { name } => {
            let name = crate::domain::untrusted::shown(name);
            let key = scene
                .key_in(Context::Text, Action::Submit)
                .unwrap_or_default();
            let line = Line::new()
                .with(Role::Strong, format!("type {name}, then "))
                .with(Role::Accent, key)
                .with(
                    Role::Strong,
                    format!(", to {}: ", confirm(&view.plan.intent)),
                );
            let x = canvas.put(1, y, room, &line);
            let start = dry.width() + 2;
            let field_end = (x + 22).min(room);
            text_field(canvas, &view.typed, (x, y, field_end));
            if field_end + start <= room {
                canvas.put_right(y, room, &dry);
            }
        }
    }
}

fn progress(scene: &Scene<'_>, view: &PlanView, operation: Option<&Operation>) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(why) = &view.complaint {
        lines.push(
            Line::new()
                .with(Role::Watch, "! ")
                .with(Role::Text, complaint(why)),
        );
    }
    let Some(operation) = operation else {
        if scene.state.world.now > view.plan.expires_at && view.confirmed.is_none() {
            let line = Line::new()
                .with(Role::Watch, "! ")
                .with(Role::Text, "too old: leave it and make a new one");
            lines.push(line);
        }
        return lines;
    };
    let state = wanted(&operation.plan.intent);
    for report in &operation.progress {
        let (symbol, role, text) = happening(&report.what, state);
        lines.push(
            Line::new()
                .with(role, format!("{symbol} "))
                .with(Role::Text, format!("{}  {text}", clock(report.at))),
        );
    }
    if operation.outcome.is_none() {
        lines.push(Line::new().with(Role::Strong, "▸ ").with(
            Role::Text,
            format!("{}  under way", clock(scene.state.world.now)),
        ));
    }
    let came = rung(scene, &operation.plan).and_then(|rung| match &rung.state {
        RungState::Done { effect, .. } => Some(*effect),
        RungState::Recommended
        | RungState::Next
        | RungState::Open
        | RungState::Blocked(_)
        | RungState::NotNeeded(_)
        | RungState::Running { .. } => None,
    });
    if let (Some(came), Some(_)) = (came, &operation.outcome) {
        lines.push(Line::new().with(Role::Strong, "▸ ").with(
            Role::Text,
            format!("{}  {}", clock(scene.now()), effect(came)),
        ));
    }
    lines
}

fn keys(canvas: &mut Canvas<'_>, scene: &Scene<'_>, view: &PlanView) {
    if view.editing != Editing::Nothing {
        let word = if view.editing == Editing::Reason {
            "keep the reason"
        } else {
            "confirm"
        };
        hint::draw(
            canvas,
            scene,
            Context::Text,
            &[(Action::Submit, word), (Action::Back, "back")],
        );
        return;
    }
    let patch = if view.show_patch {
        "the plan"
    } else {
        "the patch"
    };
    let mut hints = Vec::new();
    if view.confirmed.is_none() {
        hints.push((Action::EditReason, "another reason"));
    } else {
        hints.push((Action::Undo, "undo"));
    }
    hints.push((Action::ShowPatch, patch));
    hints.push((
        Action::Back,
        if view.confirmed.is_none() {
            "leave as is"
        } else {
            "close"
        },
    ));
    hint::draw(canvas, scene, Context::Plan, &hints);
}
