//! A plan, all that it will do, and then its progress. Nothing on it changes with the world but its progress.

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::state::{Editing, Operation, PlanView};
use crate::domain::access::Access;
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::plan::{Confirmation, Plan, Step};
use crate::domain::write::{SetFlag, Write};
use crate::engine::advisor::advice::{Rung, RungKind, RungState, RungTarget};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, wrap};
use crate::view::overlays::palette::text_field;
use crate::view::scene::Scene;
use crate::view::widgets::hint;
use crate::view::words::number::{counted, share};
use crate::view::words::operation::{confirm, happening, intent, wanted};
use crate::view::words::refusal::complaint;
use crate::view::words::rung::{effect, told};
use crate::view::words::time::{clock, duration};

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

/// The change of a plan.
fn change(plan: &Plan) -> Option<&SetFlag> {
    plan.steps.iter().find_map(|step| match step {
        Step::Write(Write::SetFlag(set)) => Some(set),
        Step::VerifyFlag { .. } => None,
    })
}

/// The rung of the advice that the plan carries out, if it is one.
fn rung<'a>(scene: &Scene<'a>, set: &SetFlag) -> Option<&'a Rung> {
    scene.service()?.advice.rungs.iter().find(|rung| {
        matches!(&rung.target, RungTarget::Flag { key, environment }
            if *key == set.key && environment.as_str() == set.cluster.as_str())
            && rung.kind == RungKind::Flag
    })
}

fn entries(scene: &Scene<'_>, view: &PlanView) -> Vec<(&'static str, Line)> {
    let plan = &view.plan;
    let place = plan.intent.place();
    let mut rows: Vec<(&'static str, Line)> = Vec::new();
    let context = scene
        .environment(place.environment)
        .map_or_else(String::new, |e| {
            format!(" on {}", crate::domain::untrusted::shown(&e.context))
        });
    if let Some(set) = change(plan) {
        rows.push((
            "changes",
            Line::text(format!(
                "{}{context}: state {} -> {}",
                set.source,
                set.from.as_str(),
                set.to.as_str()
            )),
        ));
    }
    rows.push(("touches", Line::text(touches(plan))));
    if let Some(owner) = &plan.owner {
        rows.push((
            "owned",
            Line::new().with(Role::Watch, "! ").with(
                Role::Text,
                format!("{} writes this object and may revert it", owner.shown()),
            ),
        ));
    }
    for (at, line) in allowed(plan).into_iter().enumerate() {
        rows.push((if at == 0 { "allowed" } else { "" }, line));
    }
    rows.push(("done", Line::text(done(plan))));
    let breach = change(plan).and_then(|set| rung(scene, set));
    if let Some(rung) = breach
        && wanted(&plan.intent) == FlagState::Disabled
    {
        rows.push((
            "helped",
            Line::text(format!(
                "when canary is no longer worse; if not within {}, level {} is next",
                duration(i64::from(plan.help_seconds)),
                next_level(scene, rung)
            )),
        ));
    }
    if let Some(rung) = breach.filter(|rung| !rung.notify.is_empty()) {
        rows.push((
            "tell",
            Line::text(format!(
                "{}, by hand: flightdeck tells nobody",
                told(&rung.notify)
            )),
        ));
    }
    let undo = scene
        .key_in(Context::Plan, Action::Undo)
        .unwrap_or_default();
    rows.push((
        "undo",
        Line::new()
            .with(Role::Accent, undo)
            .with(Role::Text, ", until somebody else changes the flag"),
    ));
    rows.push(("reason", Line::text(reason(view))));
    rows
}

/// The level that comes after a rung.
fn next_level(scene: &Scene<'_>, rung: &Rung) -> u8 {
    scene
        .service()
        .and_then(|service| {
            service
                .advice
                .rungs
                .iter()
                .find(|other| other.state == RungState::Next)
        })
        .map_or(rung.kind.level() + 1, |next| next.kind.level())
}

fn reason(view: &PlanView) -> String {
    if view.reason.text.is_empty() {
        view.plan.reason.shown()
    } else {
        crate::domain::untrusted::shown(&view.reason.text)
    }
}

fn touches(plan: &Plan) -> String {
    let blast = &plan.blast;
    let instances = blast.instances.map_or_else(
        || "instances can't be counted".to_owned(),
        |n| counted(u64::from(n), "instance"),
    );
    let traffic = blast.traffic_share.map_or_else(
        || "share of traffic unknown".to_owned(),
        |part| format!("{} of traffic", share(part)),
    );
    match blast.place.environment {
        Environment::Production => format!("PRODUCTION: {instances}, {traffic}"),
        Environment::Canary => {
            format!("canary only: {instances}, {traffic}; production: nothing")
        }
        Environment::Uat => format!("uat only: {instances}; production: nothing"),
    }
}

/// What the cluster answered: one line where nothing stands against it, else one for each permission.
fn allowed(plan: &Plan) -> Vec<Line> {
    if plan.permissions.is_empty() {
        let line = Line::new().with(Role::Watch, "? ");
        return vec![line.with(Role::Text, "the cluster was not asked yet")];
    }
    let mut lines = Vec::new();
    let mut well = Vec::new();
    for (permission, access) in &plan.permissions {
        let what = format!("{} {}", permission.verb, permission.resource);
        match access {
            Access::Allowed => well.push(format!("✓ {what}")),
            Access::NotInstalled => well.push(format!("- {what} (not installed)")),
            Access::Denied => lines.push(
                Line::new()
                    .with(Role::Breach, "✗ denied: ")
                    .with(Role::Text, permission.to_string()),
            ),
            Access::Unknown { why } => lines.push(
                Line::new()
                    .with(Role::Watch, "? ")
                    .with(Role::Text, format!("{what}: {}", why.shown())),
            ),
        }
    }
    if !well.is_empty() {
        lines.insert(0, Line::text(well.join("  ")));
    }
    lines
}

fn done(plan: &Plan) -> String {
    let usual = duration(i64::from(plan.usual_seconds));
    plan.steps
        .iter()
        .find_map(|step| match step {
            Step::VerifyFlag {
                expect, instances, ..
            } => Some(format!(
                "when flagd answers {} for {instances} of {}, usually in {usual}",
                expect.as_str(),
                counted(u64::from(*instances), "instance")
            )),
            Step::Write(_) => None,
        })
        .unwrap_or_else(|| format!("when the cluster has taken it, usually in {usual}"))
}

/// The very change, with what must still be so when it is sent.
fn patch(plan: &Plan) -> Vec<(&'static str, Line)> {
    let mut rows = Vec::new();
    if let Some(set) = change(plan) {
        rows.push((
            "sent to",
            Line::text(format!("{} in cluster {}", set.source, set.cluster)),
        ));
        let uid = crate::domain::untrusted::shown(&set.uid);
        let version = crate::domain::untrusted::shown(&set.resource_version);
        rows.push((
            "only if",
            Line::text(format!("cluster is {}", set.cluster_uid)),
        ));
        rows.push(("", Line::text(format!("object uid is {uid}"))));
        rows.push(("", Line::text(format!("resource version is {version}"))));
        rows.push((
            "change",
            Line::new().with(
                Role::Watch,
                format!("- {}: state {}", set.key, set.from.as_str()),
            ),
        ));
        rows.push((
            "",
            Line::new().with(
                Role::Strong,
                format!("+ {}: state {}", set.key, set.to.as_str()),
            ),
        ));
    }
    let before = crate::domain::untrusted::shown(&plan.before.to_string());
    for (at, piece) in wrap(&before, 66).into_iter().enumerate() {
        rows.push((if at == 0 { "now" } else { "" }, Line::text(piece)));
    }
    rows
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
    let came = change(&operation.plan)
        .and_then(|set| rung(scene, set))
        .and_then(|rung| match &rung.state {
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
