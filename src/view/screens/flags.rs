//! The flags of one environment: what the definition says, who changed it, and what each instance really evaluates.

use crate::app::action::Action;
use crate::app::flags::listed_flags;
use crate::app::sieve::Table;
use crate::domain::environment::Place;
use crate::domain::flag::{Answer, FlagDefinition, FlagSet};
use crate::domain::names::FlagKey;
use crate::domain::source::SourceId;
use crate::engine::evidence::EnvironmentEvidence;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width};
use crate::view::scene::Scene;
use crate::view::screens::{Hints, of_environment};
use crate::view::widgets::part::Part;
use crate::view::widgets::{sieve, summary};
use crate::view::words::reason::who;
use crate::view::words::time::when;

/// The rows below the table: the selected flag at length.
const DETAIL: u16 = 7;

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::ToggleFlag, "switch it"),
    (Action::SwitchEnvironment, "other environment"),
    (Action::Filter, "filter"),
    (Action::Order, "order"),
    (Action::Undo, "undo"),
    (Action::Back, "back"),
    (Action::Help, "keys"),
];

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    let room = end.saturating_sub(1);
    let of = scene.state.ui.environment;
    let Some((environment, flags)) =
        of_environment(canvas, scene, room, "flags", |e| e.flags.as_ref())
    else {
        return;
    };
    let set = &flags.value;
    let source = SourceId::Flags(Place::new(scene.state.ui.service.clone(), of));
    let owner = set.owner.as_ref().map_or_else(String::new, |owner| {
        format!("; {} writes it too and may revert a change", owner.shown())
    });
    let key = scene.key(Action::Flags).unwrap_or_default();
    let title = Line::new()
        .with(Role::Accent, format!("{key} "))
        .with(Role::Strong, format!("flags on {of}"));
    let listed = listed_flags(scene.state);
    if sieve::is_changed(scene, Table::Flags) {
        let order = format!("  {}", sieve::order(scene, Table::Flags));
        let title = title.with(Role::Text, order);
        let count = (room, listed.len(), set.flags.len());
        sieve::head(canvas, scene, Table::Flags, title, count);
    } else {
        let where_from = format!(
            "  {} in {}, {}{owner}",
            set.flags.len(),
            set.source,
            scene.seen(&source, flags.at)
        );
        canvas.put(1, 4, room, &title.with(Role::Text, where_from));
    }
    let last = canvas.height().saturating_sub(1);
    let rows = last.saturating_sub(6 + DETAIL + 1);
    table(canvas, scene, environment, set, &listed, (6, rows, end));
    if listed.is_empty() && sieve::is_changed(scene, Table::Flags) {
        sieve::nothing(canvas, scene, Table::Flags, (7, room));
    }
    let Some((key, flag)) = selected(scene, set, &listed) else {
        return;
    };
    detail(
        canvas,
        scene,
        environment,
        (key, flag),
        (last - DETAIL, room),
    );
}

/// The selected flag; the first that is listed where none is.
fn selected<'a>(
    scene: &Scene<'_>,
    set: &'a FlagSet,
    listed: &[FlagKey],
) -> Option<(&'a FlagKey, &'a FlagDefinition)> {
    let chosen = scene.state.ui.flag.as_ref();
    match chosen.filter(|key| set.flags.contains_key(*key)) {
        Some(key) => {
            let key = listed.contains(key).then_some(key)?;
            set.flags.get_key_value(key)
        }
        None => set.flags.get_key_value(listed.first()?),
    }
}

/// The columns of the table.
struct Columns {
    state: u16,
    variant: u16,
    rules: u16,
    asked: u16,
    changed: u16,
}

fn table(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    environment: &EnvironmentEvidence,
    set: &FlagSet,
    listed: &[FlagKey],
    (top, rows, end): (u16, u16, u16),
) {
    // Of all of them, so that no column moves while the filter is written.
    let widest = set.flags.keys().map(|key| width(key.as_str())).max();
    let name = widest.unwrap_or(4).clamp(4, end.saturating_sub(58).max(4));
    let columns = Columns {
        state: 3 + name + 2,
        variant: 3 + name + 12,
        rules: 3 + name + 21,
        asked: 3 + name + 28,
        changed: 3 + name + 42,
    };
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    canvas.put(3, top, columns.state, &dim("flag"));
    canvas.put(columns.state, top, end, &dim("state"));
    canvas.put(columns.variant, top, end, &dim("default"));
    canvas.put(columns.rules, top, end, &dim("rules"));
    canvas.put(columns.asked, top, end, &dim("evaluated"));
    canvas.put(columns.changed, top, end, &dim("changed"));
    let room = usize::from(rows.saturating_sub(1));
    let here = selected(scene, set, listed).map(|(key, _)| key.clone());
    let at = here
        .as_ref()
        .and_then(|key| listed.iter().position(|k| k == key))
        .unwrap_or_default();
    let part = Part::with(at, listed.len(), room);
    let mut y = top + 1;
    let rows = listed.iter().filter_map(|key| set.flags.get_key_value(key));
    for (key, flag) in rows.skip(part.first).take(part.shown) {
        let is_here = here.as_ref() == Some(key);
        draw_row(canvas, scene, environment, (key, flag), (y, end), &columns);
        if is_here {
            canvas.dot(0, y, '>', Role::Selected);
            canvas.mark(0, y, end, Role::Selected);
        }
        y += 1;
    }
    part.rest(canvas, (3, y, end));
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    environment: &EnvironmentEvidence,
    (key, flag): (&FlagKey, &FlagDefinition),
    (y, end): (u16, u16),
    columns: &Columns,
) {
    let asked = summary::asked(environment, key);
    let (symbol, said) = summary::on_off(flag, asked);
    canvas.dot(1, y, symbol, Role::Text);
    canvas.put(3, y, columns.state - 1, &Line::text(key.as_str()));
    canvas.put(
        columns.state,
        y,
        columns.variant - 1,
        &Line::text(flag.state.as_str()),
    );
    let variant = flag.default_variant.as_ref().map_or_else(
        || "-".to_owned(),
        crate::domain::untrusted::Untrusted::shown,
    );
    canvas.put(columns.variant, y, columns.rules - 1, &Line::text(variant));
    let rules = if flag.has_targeting { "yes" } else { "-" };
    canvas.put(columns.rules, y, columns.asked - 1, &Line::text(rules));
    let said = if asked.is_empty() {
        "? not asked".to_owned()
    } else {
        said
    };
    canvas.put(columns.asked, y, columns.changed - 1, &Line::text(said));
    let changed = flag.changed.as_ref().map_or_else(
        || "-".to_owned(),
        |changed| format!("{} {}", when(changed.at, scene.now()), who(&changed.by)),
    );
    canvas.put(
        columns.changed,
        y,
        end.saturating_sub(1),
        &Line::text(changed),
    );
}

fn detail(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    environment: &EnvironmentEvidence,
    (key, flag): (&FlagKey, &FlagDefinition),
    (top, end): (u16, u16),
) {
    let of = scene.state.ui.environment;
    let other = crate::domain::environment::Environment::ALL
        .into_iter()
        .filter(|e| *e != of)
        .filter(|e| scene.environment(*e).is_some())
        .map(|e| summary::flag_on(scene, e, key))
        .fold(Line::new(), |line, next| {
            if line.is_empty() {
                next
            } else {
                line.with(Role::Text, "   ").then(next)
            }
        });
    let endpoints = flag.endpoints.as_ref().map_or_else(
        || "not known: its definition names none".to_owned(),
        |endpoints| {
            endpoints
                .iter()
                .map(|e| e.0.shown())
                .collect::<Vec<_>>()
                .join(", ")
        },
    );
    let configured = service_endpoints(scene, key).unwrap_or(endpoints);
    let variants = flag
        .variants
        .iter()
        .map(crate::domain::untrusted::Untrusted::shown)
        .collect::<Vec<_>>()
        .join(", ");
    let toggle = scene.key(Action::ToggleFlag).unwrap_or_default();
    let title = Line::new()
        .with(Role::Strong, key.to_string())
        .with(Role::Text, format!(" on {of}   "))
        .with(Role::Accent, toggle)
        .with(
            Role::Text,
            match flag.state {
                crate::domain::flag::FlagState::Enabled => " the plan to disable it",
                crate::domain::flag::FlagState::Disabled => " the plan to enable it",
            },
        );
    canvas.put(1, top, end, &title);
    let entries = [
        ("endpoints", Line::text(configured)),
        ("variants", Line::text(variants)),
        ("elsewhere", other),
    ];
    let mut y = top + 1;
    for (label, text) in entries {
        canvas.put(3, y, 14, &Line::new().with(Role::Dim, label));
        canvas.put(14, y, end, &text);
        y += 1;
    }
    instances(canvas, environment, key, (y, end));
}

/// What the configuration says of a flag's endpoints; it wins over the definition.
fn service_endpoints(scene: &Scene<'_>, key: &FlagKey) -> Option<String> {
    let endpoints = scene.service()?.evidence.policy.flags.get(key)?;
    let names: Vec<String> = endpoints.iter().map(|e| e.0.shown()).collect();
    Some(format!("{} (by configuration)", names.join(", ")))
}

/// What each instance answers, on two rows.
fn instances(
    canvas: &mut Canvas<'_>,
    environment: &EnvironmentEvidence,
    key: &FlagKey,
    (top, end): (u16, u16),
) {
    canvas.put(3, top, 14, &Line::new().with(Role::Dim, "instances"));
    let asked = summary::asked(environment, key);
    if asked.is_empty() {
        canvas.put(14, top, end, &Line::text("none was asked"));
        return;
    }
    let (mut x, mut y) = (14, top);
    for (at, evaluation) in asked.iter().enumerate() {
        let text = format!(
            "{} {}",
            evaluation.instance.shown(),
            answer(&evaluation.answer)
        );
        let left = asked.len() - at;
        let rest = format!("{left} more");
        if x > 14 && x + width(&text) > end && y == top {
            x = 14;
            y += 1;
        }
        let tight = x + width(&text) + 2 + width(&rest) > end && left > 1;
        if y > top && (tight || x + width(&text) > end) && x > 14 {
            canvas.put(x, y, end, &Line::text(rest));
            return;
        }
        x = canvas.put(x, y, end, &Line::text(text)) + 2;
    }
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Served {
            variant: Some(variant),
            reason,
            ..
        } => format!("{} ({})", variant.shown(), reason.shown()),
        Answer::Served {
            value,
            variant: None,
            reason,
        } => format!(
            "{} ({})",
            crate::domain::untrusted::shown(&value.to_string()),
            reason.shown()
        ),
        Answer::Disabled => "disabled".to_owned(),
        Answer::NotFound => "not found".to_owned(),
        Answer::Failed { message } => format!("? {}", message.shown()),
    }
}
