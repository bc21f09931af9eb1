//! The overview: what to do and why, the metrics, and what is around them. It holds in every weather.

use crate::app::action::Action;
use crate::app::behind::metric;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::screens::Hints;
use crate::view::widgets::{action, chart, summary, table};

/// The rows from which the selected metric has its chart below the table.
const WITH_CHART: u16 = 34;
/// The rows of the lines below the table.
const AROUND: u16 = 5;
/// What says how many alerts are not shown.
const REST: u16 = 8;

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::PlanAdvised, "plan"),
    (Action::Open, "evidence"),
    (Action::Ladder, "ladder"),
    (Action::Changed, "what changed"),
    (Action::Services, "services"),
    (Action::Zoom, "zoom"),
    (Action::Flags, "flags"),
    (Action::NextService, "next service"),
    (Action::Undo, "undo"),
    (Action::Palette, "command"),
    (Action::Help, "keys"),
];

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    let Some(service) = scene.service() else {
        return;
    };
    let height = canvas.height();
    let wide = end < canvas.width();
    let actions = if height >= 30 { 7 } else { 5 };
    action::draw(canvas, scene, service, (4, actions, end));
    let top = 4 + actions + 1;
    let metrics = u16::try_from(service.assessment.rows.len()).unwrap_or(u16::MAX);
    let last = height.saturating_sub(1);
    let alerts = summary::alerts(scene, end.saturating_sub(15 + REST));
    let around = match (wide || height < 20, alerts.is_empty()) {
        (true, _) => 0,
        (false, true) => AROUND,
        (false, false) => AROUND + 1,
    };
    let room = last.saturating_sub(top + around);
    let rows = room.min(metrics.max(1).saturating_add(1));
    table::draw(canvas, scene, service, (top, rows, end));
    let below = top + rows + 1;
    if height >= WITH_CHART {
        let free = last.saturating_sub(around + below);
        if free >= 10 {
            let here = metric(scene.state);
            let row = service
                .assessment
                .rows
                .iter()
                .find(|row| row.verdict.metric == here);
            if let Some(row) = row {
                let area = (below, free.saturating_sub(1).min(20), end);
                chart::draw(canvas, scene, service, row, area);
            }
        }
    }
    if around > 0 {
        let top = last.saturating_sub(around - 1);
        if let Some(first) = alerts.first() {
            let room = end.saturating_sub(1);
            canvas.put(3, top, 14, &Line::new().with(Role::Dim, "alerts"));
            let more = match alerts.len() {
                1 => String::new(),
                all => format!("; {} more", all - 1),
            };
            canvas.put(14, top, room, &first.clone().with(Role::Text, more));
        }
        let top = top + u16::from(!alerts.is_empty());
        surroundings(canvas, scene, top, end);
    }
}

fn surroundings(canvas: &mut Canvas<'_>, scene: &Scene<'_>, top: u16, end: u16) {
    let room = end.saturating_sub(1);
    let key = |action: Action| {
        let key = scene.key(action).unwrap_or_default();
        Line::new().with(Role::Accent, key)
    };
    let (flags, more) = summary::flags(scene);
    let more = Line::new().with(Role::Dim, more);
    let head = |word: &str| Line::new().with(Role::Dim, word);
    canvas.put(1, top, 3, &key(Action::Flags));
    canvas.put(3, top, 14, &head("flags"));
    let stop = if flags.width() + 16 + more.width() <= room {
        canvas.put_right(top, room, &more)
    } else {
        room
    };
    canvas.put(14, top, stop, &flags);
    canvas.put(1, top + 1, 3, &key(Action::Releases));
    canvas.put(3, top + 1, 14, &head("releases"));
    canvas.put(14, top + 1, room, &summary::releases(scene));
    canvas.put(1, top + 2, 3, &key(Action::Pods));
    canvas.put(3, top + 2, 14, &head("pods"));
    canvas.put(14, top + 2, room, &summary::pods(scene));
    canvas.put(3, top + 3, 14, &head("sources"));
    let sources = summary::sources(scene);
    let count = sources.len();
    if let Some(first) = sources.into_iter().next() {
        let rest = if count > 1 {
            format!("; {} more", count - 1)
        } else {
            String::new()
        };
        canvas.put(14, top + 3, room, &first.with(Role::Text, rest));
    }
}
