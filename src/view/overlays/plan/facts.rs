//! The facts of a plan: what it changes, touches and needs, when it is done, how it is undone, and the very patch.

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::state::PlanView;
use crate::domain::access::Access;
use crate::domain::flag::FlagState;
use crate::domain::plan::{Intent, Plan};
use crate::engine::advisor::advice::{Rung, RungKind, RungState, RungTarget};
use crate::theme::Role;
use crate::view::canvas::{Line, wrap};
use crate::view::scene::Scene;
use crate::view::words::operation::{done, touches, wanted};
use crate::view::words::rung::told;
use crate::view::words::time::duration;

/// The rung of the advice that the plan carries out, if it is one.
pub(super) fn rung<'a>(scene: &Scene<'a>, plan: &Plan) -> Option<&'a Rung> {
    let Intent::SetFlag { place, key: of, .. } = &plan.intent;
    scene.service()?.advice.rungs.iter().find(|rung| {
        matches!(&rung.target, RungTarget::Flag { key, environment }
            if key == of && *environment == place.environment)
            && rung.kind == RungKind::Flag
    })
}

/// The facts of a plan: a label and a line each.
pub(super) fn entries(scene: &Scene<'_>, view: &PlanView) -> Vec<(&'static str, Line)> {
    let plan = &view.plan;
    let place = plan.intent.place();
    let mut rows: Vec<(&'static str, Line)> = Vec::new();
    let context = scene
        .environment(place.environment)
        .map_or_else(String::new, |e| {
            format!(" on {}", crate::domain::untrusted::shown(&e.context))
        });
    if let Some(set) = plan.set_flag() {
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
    rows.push(("touches", Line::text(touches(&plan.blast))));
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
    let breach = rung(scene, plan);
    if let Some(rung) = breach
        && wanted(&plan.intent) == FlagState::Disabled
    {
        rows.push((
            "helped",
            Line::text(format!(
                "when {} is no longer worse; if not within {}, level {} is next",
                plan.intent.place().environment,
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

/// The very change, with what must still be so when it is sent.
pub(super) fn patch(plan: &Plan) -> Vec<(&'static str, Line)> {
    let mut rows = Vec::new();
    if let Some(set) = plan.set_flag() {
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
