//! What changed: one list over all services, newest first, each line with its distance to the onset; then what stood
//! still, and what nobody here can see.

use std::collections::BTreeSet;

use crate::app::action::Action;
use crate::app::behind::{changes, selected};
use crate::app::sieve::Table;
use crate::app::state::Within;
use crate::domain::alert::Alerts;
use crate::domain::source::{SourceId, SourceState};
use crate::engine::evidence::EnvironmentEvidence;
use crate::engine::timeline::{Entry, Still, Timeline};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::screens::Hints;
use crate::view::widgets::part::Part;
use crate::view::widgets::sieve;
use crate::view::words::change::{change, distance, nearest, onset};
use crate::view::words::fit::{as_many_as_fit, first_that_fits};
use crate::view::words::number::counted;
use crate::view::words::source::source;
use crate::view::words::time::{between, clock, duration, when};

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::Open, "open"),
    (Action::Wider, "further back"),
    (Action::OnlyService, "service"),
    (Action::Filter, "filter"),
    (Action::Order, "order"),
    (Action::PlanAdvised, "plan"),
    (Action::Down, "down"),
    (Action::Undo, "undo"),
    (Action::Back, "back"),
    (Action::Help, "keys"),
];

/// The rows from which all lines stand below the list.
const WITH_FOOT: u16 = 20;
/// Where the times begin.
const TIME: u16 = 3;
/// The cells of a distance and of a place.
const DISTANCE: u16 = 9;
const PLACE: u16 = 10;

/// The columns of the list.
struct Columns {
    /// The column after the distances, which end there.
    distance: u16,
    place: u16,
    what: u16,
    end: u16,
}

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    let timeline = changes(scene.state);
    let room = end.saturating_sub(1);
    title(canvas, scene, &timeline, room);
    let last = canvas.height().saturating_sub(1);
    let mut foot = foot(scene, &timeline, room.saturating_sub(1));
    if canvas.height() < WITH_FOOT {
        // The list comes first; what is not seen is said always.
        foot.drain(..foot.len().saturating_sub(1));
    }
    let below = u16::try_from(foot.len()).unwrap_or(u16::MAX);
    let rows = last.saturating_sub(5 + 1 + below);
    if timeline.entries.is_empty() {
        empty(canvas, scene, room);
    } else {
        list(canvas, scene, &timeline, (5, rows, end));
    }
    for (y, line) in (last.saturating_sub(below)..).zip(foot) {
        canvas.put(1, y, room, &line);
    }
}

/// The window in words: `60m`, `6h`, `24h`.
const fn window(within: Within) -> &'static str {
    match within {
        Within::Hour => "60m",
        Within::SixHours => "6h",
        Within::Day => "24h",
    }
}

fn title(canvas: &mut Canvas<'_>, scene: &Scene<'_>, timeline: &Timeline, room: u16) {
    let ui = &scene.state.ui;
    let whose = if ui.changes.only {
        format!("{} alone", ui.service)
    } else {
        "all services".to_owned()
    };
    let key = scene.key(Action::Changed).unwrap_or_default();
    let line = Line::new()
        .with(Role::Accent, format!("{key} "))
        .with(Role::Strong, "changed")
        .with(
            Role::Text,
            format!(
                "  last {}, {whose}; {}",
                window(ui.changes.within),
                sieve::order(scene, Table::Changed)
            ),
        );
    let count = (room, timeline.entries.len(), timeline.all);
    sieve::head(canvas, scene, Table::Changed, line, count);
}

/// Why the list is empty: nothing changed, nothing of this service, or nobody has answered yet.
fn empty(canvas: &mut Canvas<'_>, scene: &Scene<'_>, room: u16) {
    if scene.state.ui.sieves.of(Table::Changed).is_narrow() {
        sieve::nothing(canvas, scene, Table::Changed, (6, room));
        return;
    }
    let changes = &scene.state.ui.changes;
    let last = window(changes.within);
    let reading = |(_, state): &(_, &SourceState)| matches!(state, SourceState::Reading { .. });
    let waiting: BTreeSet<_> = sources(scene).filter(reading).map(|(id, _)| id).collect();
    let waiting = waiting.len();
    let line = match (changes.only, waiting) {
        (true, _) => format!(
            "nothing of {} changed in the last {last}",
            scene.state.ui.service
        ),
        (false, _) => format!("nothing changed in the last {last}"),
    };
    canvas.put(TIME, 6, room, &Line::text(line));
    if waiting > 0 {
        let count = counted(u64::try_from(waiting).unwrap_or(u64::MAX), "source");
        let line = format!("that is known so far: {count} still to answer for the first time");
        canvas.put(TIME, 7, room, &Line::text(line));
    }
}

fn list(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    timeline: &Timeline,
    (top, rows, end): (u16, u16, u16),
) {
    let now = scene.now();
    let longest = timeline.entries.iter().map(|e| when(e.at, now).len()).max();
    let time = u16::try_from(longest.unwrap_or(8)).unwrap_or(8);
    let distance = TIME + time + 1 + DISTANCE;
    let columns = Columns {
        distance,
        place: distance + 2,
        what: distance + 2 + PLACE + 2,
        end: end.saturating_sub(1),
    };
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    canvas.put(TIME, top, end, &dim("time"));
    let head = if timeline.onset.is_some() {
        "to onset"
    } else {
        "ago"
    };
    canvas.put_right(top, columns.distance, &dim(head));
    canvas.put(columns.place, top, end, &dim("where"));
    canvas.put(columns.what, top, end, &dim("what"));
    let here = selected(scene.state, timeline).map(|entry| &entry.id);
    let at = timeline.entries.iter().position(|e| Some(&e.id) == here);
    let room = usize::from(rows.saturating_sub(1));
    let part = Part::with(at.unwrap_or_default(), timeline.entries.len(), room);
    let mut y = top + 1;
    for entry in timeline.entries.iter().skip(part.first).take(part.shown) {
        draw_entry(canvas, scene, timeline, entry, (y, &columns));
        if Some(&entry.id) == here {
            canvas.dot(0, y, '>', Role::Selected);
            canvas.mark(0, y, end, Role::Selected);
        }
        y += 1;
    }
    part.rest(canvas, (TIME, y, end));
}

fn draw_entry(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    timeline: &Timeline,
    entry: &Entry,
    (y, columns): (u16, &Columns),
) {
    let now = scene.now();
    let end = columns.end;
    let place = entry.id.place.environment;
    if let Some(began) = timeline.onset.filter(|_| timeline.is_onset(entry)) {
        let line = Line::new()
            .with(Role::Dim, "-- ")
            .with(Role::Strong, when(entry.at, now))
            .with(Role::Dim, " --- ")
            .with(Role::Strong, onset(began.metric, began.on, began.than));
        let at = canvas.put(TIME, y, end, &line);
        let rest = usize::from(end.saturating_sub(at + 1));
        let rest = Line::new().with(Role::Dim, "-".repeat(rest));
        canvas.put(at + 1, y, end, &rest);
        return;
    }
    canvas.put(TIME, y, end, &Line::text(when(entry.at, now)));
    let far = timeline
        .distance(entry.at)
        .map_or_else(|| between(entry.at, now), distance);
    canvas.put_right(y, columns.distance, &Line::text(far));
    canvas.put(
        columns.place,
        y,
        columns.what - 1,
        &Line::text(place.as_str()),
    );
    let (role, text) = change(entry, end.saturating_sub(columns.what));
    canvas.put(columns.what, y, end, &Line::new().with(role, text));
}

/// The lines below the list: what came last before the onset, what stood still, what is not seen.
fn foot(scene: &Scene<'_>, timeline: &Timeline, most: u16) -> Vec<Line> {
    let label = |word: &str| Line::new().with(Role::Dim, format!("{word:<11}"));
    let room = most.saturating_sub(11);
    let mut lines = vec![Line::new()];
    if let Some(began) = timeline.onset {
        let text = timeline.nearest.as_ref().map_or_else(
            || format!("nothing is recorded on {} before the onset", began.on),
            |entry| nearest(entry, began.at, room),
        );
        lines.push(label("before").with(Role::Text, text));
    }
    lines.extend(
        timeline
            .production
            .as_ref()
            .and_then(|still| stood(scene, still, most)),
    );
    let silent: Vec<String> = silent(scene).into_iter().collect();
    if !silent.is_empty() {
        let text = as_many_as_fit(&silent, ", ", room);
        lines.push(label("no answer").with(Role::Watch, text));
    }
    let alerts = if serves_alerts(scene) {
        "ended alerts"
    } else {
        "alerts"
    };
    let unseen = first_that_fits(
        [
            format!(
                "{alerts}, older flag changes, schema, DNS, cloud, node and network changes, and what no source records"
            ),
            format!("{alerts}, older flag changes, schema, DNS, nodes, network, others"),
        ],
        room,
    );
    lines.push(label("not seen").with(Role::Text, unseen));
    lines
}

/// Whether the metrics servers of the shown service tell which alerts are active; what has ended none of them tells.
fn serves_alerts(scene: &Scene<'_>) -> bool {
    let environments = scene.service().map(|s| s.evidence.environments.values());
    let serves = |seen: &EnvironmentEvidence| {
        let alerts = seen.alerts.as_ref().map(|alerts| &alerts.value);
        matches!(alerts, Some(Alerts::Served { .. }))
    };
    environments.is_some_and(|mut all| all.all(serves))
}

/// The sources of all services.
fn sources<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a SourceId, &'a SourceState)> {
    let services = scene.world.services.values();
    services.flat_map(|s| &s.evidence.sources)
}

/// Those that would tell of changes and do not answer, and since when; services have sources of one name.
fn silent(scene: &Scene<'_>) -> BTreeSet<String> {
    let told = |(id, state): (&SourceId, &SourceState)| match state {
        SourceState::Failing {
            last_good: Some(at),
            ..
        } => Some(format!("{} since {}", source(id), clock(*at))),
        SourceState::Failing { .. } => Some(source(id)),
        SourceState::Live { .. } | SourceState::Reading { .. } => None,
    };
    sources(scene).filter_map(told).collect()
}

/// That production stood still, where that is known.
fn stood(scene: &Scene<'_>, still: &Still, most: u16) -> Option<Line> {
    let service = &scene.state.ui.service;
    let within = scene.state.ui.changes.within;
    let hours = match within {
        Within::Hour => "in this hour".to_owned(),
        Within::SixHours | Within::Day => {
            format!("in these {}", duration(within.duration().as_secs()))
        }
    };
    let text = match still {
        Still::No => return None,
        Still::Yes { flags: true } => {
            format!("production {service} had no release and no flag change {hours}")
        }
        Still::Yes { flags: false } => format!("production {service} had no release {hours}"),
        Still::NoTime => first_that_fits(
            [
                format!(
                    "whether production {service} changed is not known: no release time is told"
                ),
                format!("production {service}: not known, no release time is told"),
            ],
            most,
        ),
        Still::Unknown(id) => first_that_fits(
            [
                format!(
                    "whether production {service} changed is not known: no answer from {}",
                    source(id)
                ),
                format!(
                    "production {service}: not known, no answer from {}",
                    source(id)
                ),
            ],
            most,
        ),
    };
    Some(Line::text(text))
}
