//! The releases of one environment: Helm's history, what is in use and what is marked stable, and two revisions side by side.

use crate::app::action::Action;
use crate::app::releases::{listed, selected, stands_below};
use crate::app::sieve::Table;
use crate::app::state::Compared;
use crate::domain::difference::{Change, Difference, How, Told};
use crate::domain::release::{ReleaseHistory, ReleaseRevision, Revision, StableMark};
use crate::domain::source::SourceId;
use crate::engine::evidence::EnvironmentEvidence;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width, wrap};
use crate::view::scene::Scene;
use crate::view::screens::{Hints, of_environment};
use crate::view::widgets::labelled::lines;
use crate::view::widgets::part::Part;
use crate::view::widgets::sieve;
use crate::view::words::release::{at_length, since};
use crate::view::words::time::{between, when};

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::Difference, "difference"),
    (Action::SwitchEnvironment, "other environment"),
    (Action::Filter, "filter"),
    (Action::Order, "order"),
    (Action::Down, "down"),
    (Action::PlanAdvised, "plan"),
    (Action::Undo, "undo"),
    (Action::Back, "back"),
    (Action::Help, "keys"),
];

/// The rows below the list: the selected revision at length.
const DETAIL: u16 = 7;

/// Where the columns begin.
const VERSION: u16 = 10;
const STATUS: u16 = 24;
const CHANGED: u16 = 43;
const SAYS: u16 = 59;

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    let room = end.saturating_sub(1);
    let Some((environment, releases)) =
        of_environment(canvas, scene, room, "releases", |e| e.releases.as_ref())
    else {
        return;
    };
    let history = &releases.value;
    title(canvas, scene, environment, history, room);
    if let Some(compared) = &scene.state.ui.releases.compared {
        difference(canvas, scene, compared, room);
        return;
    }
    if history.revisions.is_empty() {
        let text = format!(
            "no Helm release {} in {}: nothing was deployed there by Helm",
            environment.release, environment.namespace
        );
        canvas.put(3, 6, room, &Line::text(text));
        return;
    }
    let last = canvas.height().saturating_sub(1);
    list(
        canvas,
        scene,
        history,
        (5, last.saturating_sub(5 + DETAIL + 1), end),
    );
    detail(canvas, scene, history, (last - DETAIL, room));
}

fn title(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    environment: &EnvironmentEvidence,
    history: &ReleaseHistory,
    room: u16,
) {
    let of = scene.state.ui.environment;
    let source = SourceId::Helm(environment.cluster.clone());
    let key = scene.key(Action::Releases).unwrap_or_default();
    let line = Line::new()
        .with(Role::Accent, format!("{key} "))
        .with(Role::Strong, format!("releases on {of}"));
    let is_list = scene.state.ui.releases.compared.is_none();
    if is_list && sieve::is_changed(scene, Table::Releases) {
        let order = format!("  {}", sieve::order(scene, Table::Releases));
        let count = (room, listed(scene.state).len(), history.revisions.len());
        let line = line.with(Role::Text, order);
        sieve::head(canvas, scene, Table::Releases, line, count);
        return;
    }
    let seen = environment
        .releases
        .as_ref()
        .map_or_else(String::new, |r| scene.seen(&source, r.at));
    let aside = Line::new().with(Role::Dim, seen);
    let stop = canvas.put_right(4, room, &aside);
    let line = line.with(
        Role::Text,
        format!(
            "  Helm release {} in {}, {}",
            environment.release, environment.namespace, environment.context
        ),
    );
    canvas.put(1, 4, stop.saturating_sub(1), &line);
}

/// The version that a revision runs; `?` where its record was not read.
fn version(revision: &ReleaseRevision, stable: Option<&StableMark>) -> String {
    let marked = stable.filter(|mark| mark.revision == revision.revision);
    let marked = || marked.and_then(|mark| mark.app_version.as_ref());
    let detail = revision.detail.as_ref();
    detail
        .map(|d| d.app_version.as_ref().unwrap_or(&d.chart_version))
        .or_else(marked)
        .map_or_else(
            || "?".to_owned(),
            crate::domain::untrusted::Untrusted::shown,
        )
}

fn list(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    history: &ReleaseHistory,
    (top, rows, end): (u16, u16, u16),
) {
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    canvas.put(3, top, VERSION, &dim("rev"));
    canvas.put(VERSION, top, STATUS, &dim("version"));
    canvas.put(STATUS, top, CHANGED, &dim("status"));
    canvas.put(CHANGED, top, SAYS, &dim("changed"));
    canvas.put(SAYS, top, end, &dim("Helm says"));
    let room = usize::from(rows.saturating_sub(1));
    let rows = listed(scene.state);
    if rows.is_empty() {
        sieve::nothing(canvas, scene, Table::Releases, (top + 1, end));
        return;
    }
    let here = selected(scene.state);
    let at = rows.iter().position(|r| Some(*r) == here);
    let part = Part::with(at.unwrap_or_default(), rows.len(), room);
    let mut y = top + 1;
    let rows = rows.into_iter().filter_map(|r| history.get(r));
    for revision in rows.skip(part.first).take(part.shown) {
        draw_row(canvas, scene, history, revision, (y, end));
        if Some(revision.revision) == here {
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
    history: &ReleaseHistory,
    revision: &ReleaseRevision,
    (y, end): (u16, u16),
) {
    let stable = history.stable.mark();
    canvas.put(3, y, VERSION, &Line::text(revision.revision.to_string()));
    canvas.put(
        VERSION,
        y,
        STATUS - 1,
        &Line::text(version(revision, stable)),
    );
    let pending = revision.status.is_pending();
    let role = if pending { Role::Watch } else { Role::Text };
    let sign = if pending { "! " } else { "" };
    let marked = stable.is_some_and(|mark| mark.revision == revision.revision);
    let mark = if marked { ", stable" } else { "" };
    let text = format!("{sign}{}{mark}", revision.status.as_str());
    canvas.put(STATUS, y, CHANGED - 1, &Line::new().with(role, text));
    let deployed = || revision.detail.as_ref().and_then(|d| d.last_deployed);
    let changed = revision
        .modified
        .or_else(deployed)
        .map_or_else(|| "?".to_owned(), |at| when(at, scene.now()));
    canvas.put(CHANGED, y, SAYS - 1, &Line::text(changed));
    if let Some(detail) = &revision.detail {
        let says = detail.description.shown();
        canvas.put(SAYS, y, end, &Line::text(says));
    }
}

/// The selected revision at length.
fn detail(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    history: &ReleaseHistory,
    (top, room): (u16, u16),
) {
    let Some(revision) = selected(scene.state).and_then(|r| history.get(r)) else {
        return;
    };
    let name = format!("rev {}  {}", revision.revision, revision.status.as_str());
    canvas.put(3, top, room, &Line::new().with(Role::Strong, name));
    let mut entries = vec![("means", at_length(revision, history))];
    if let Some(detail) = &revision.detail {
        let chart = format!("{} {}", detail.chart.shown(), detail.chart_version.shown());
        let deployed = detail.last_deployed.map_or_else(String::new, |at| {
            let ago = between(at, scene.now());
            format!("; deployed {}, {ago} ago", when(at, scene.now()))
        });
        entries.push(("chart", format!("{chart}{deployed}")));
        entries.push(("says", detail.description.shown()));
    } else {
        entries.push((
            "chart",
            "not read yet: comparing it opens its record".to_owned(),
        ));
    }
    entries.push(("stable", since(revision, history, scene.now())));
    if let Some(key) = scene.key(Action::Difference) {
        entries.push(("compare", compare(scene, revision.revision, history, &key)));
    }
    lines(canvas, &entries, (top + 1, DETAIL - 2, room));
}

/// What the key of differences shows.
fn compare(scene: &Scene<'_>, here: Revision, history: &ReleaseHistory, key: &str) -> String {
    let current = history.current().map(|r| r.revision);
    match crate::app::releases::pair(scene.state) {
        Some((_, from, to)) if current == Some(here) => {
            format!("{key}  what rev {to} changed, against rev {from}")
        }
        Some((_, from, to)) => {
            format!("{key}  what going from rev {from} to rev {to} would change")
        }
        None => "there is no other revision".to_owned(),
    }
}

/// Two revisions side by side, in place of the list.
fn difference(canvas: &mut Canvas<'_>, scene: &Scene<'_>, compared: &Compared, room: u16) {
    let head = Line::new()
        .with(Role::Title, " DIFFERENCE ")
        .with(
            Role::Strong,
            format!(" rev {} -> rev {}", compared.from, compared.to),
        )
        .with(Role::Text, format!(": {}", meant(scene, compared)));
    canvas.put(1, 6, room, &head);
    let found = match &compared.answer {
        None => {
            canvas.put(3, 8, room, &Line::text("reading both records..."));
            return;
        }
        Some(Err(why)) => {
            let text = format!("the records can't be read: {}", why.shown());
            for (y, piece) in (8..).zip(wrap(&text, room.saturating_sub(3))) {
                canvas.put(3, y, room, &Line::new().with(Role::Watch, piece));
            }
            return;
        }
        Some(Ok(found)) => found,
    };
    let all = body(found, room.saturating_sub(3));
    let last = canvas.height().saturating_sub(1);
    let rows = usize::from(last.saturating_sub(9));
    let from = usize::from(compared.scroll).min(all.len().saturating_sub(rows));
    let mut y = 8;
    for line in all.iter().skip(from).take(rows) {
        canvas.put(3, y, room, line);
        y += 1;
    }
    let left = all.len().saturating_sub(from + rows);
    if left > 0 {
        let text = format!("{left} lines more below");
        canvas.put(3, y, room, &Line::new().with(Role::Dim, text));
    }
}

/// What the comparison means.
fn meant(scene: &Scene<'_>, compared: &Compared) -> &'static str {
    let current = scene
        .environment(compared.place.environment)
        .and_then(|e| e.releases.as_ref())
        .and_then(|r| r.value.current());
    match current {
        Some(current) if current.revision == compared.from => "what going there would change",
        Some(_) | None => "what it changed",
    }
}

/// The lines of a difference.
fn body(found: &Difference, room: u16) -> Vec<Line> {
    let dim = |text: String| Line::new().with(Role::Dim, text);
    if found.is_empty() {
        return vec![Line::text(
            "nothing: values and manifest are the same in both",
        )];
    }
    let mut lines = Vec::new();
    lines.push(dim(match found.values.len() {
        0 => "values   the same in both".to_owned(),
        _ => "values".to_owned(),
    }));
    lines.extend(found.values.iter().flat_map(|c| change(c, 2, room)));
    lines.push(dim(match found.objects.len() {
        0 => "objects  the same in both".to_owned(),
        _ => "objects".to_owned(),
    }));
    for object in &found.objects {
        let name = format!("  {} {}", object.kind.shown(), object.name.shown());
        match &object.how {
            How::Added => lines.push(Line::text(format!("+ {}", name.trim_start()))),
            How::Removed => lines.push(Line::text(format!("- {}", name.trim_start()))),
            How::Changed(changes) => {
                lines.push(Line::new().with(Role::Strong, name));
                lines.extend(changes.iter().flat_map(|c| change(c, 4, room)));
            }
        }
    }
    lines
}

/// `image.tag  2.13.4 -> 2.14.0`, or long values below their path.
fn change(change: &Change, indent: usize, room: u16) -> Vec<Line> {
    let told = |value: &Told| match value {
        Told::Value(text) => text.shown(),
        Told::Hidden => "(hidden)".to_owned(),
    };
    let sign = match (&change.before, &change.after) {
        (None, Some(_)) => '+',
        (Some(_), None) => '-',
        (Some(_), Some(_)) | (None, None) => ' ',
    };
    let path = change.path.shown();
    let start = Line::text(format!("{sign}{:width$}", "", width = indent - 1));
    let with_path = |most: usize| {
        let path = ending(&path, most.max(16));
        start.clone().with(Role::Dim, path)
    };
    let free = usize::from(room).saturating_sub(indent);
    if stands_below(change) {
        let sides = [("was", &change.before), ("is", &change.after)];
        let values = sides.into_iter().filter_map(|(word, value)| {
            let text = told(value.as_ref()?);
            let label = format!("{:indent$}    {word:<5}", "");
            Some(Line::new().with(Role::Dim, label).with(Role::Text, text))
        });
        return std::iter::once(with_path(free)).chain(values).collect();
    }
    let values = match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{} -> {}", told(before), told(after)),
        (Some(only), None) | (None, Some(only)) => told(only),
        (None, None) => String::new(),
    };
    let most = free.saturating_sub(2 + usize::from(width(&values)));
    vec![with_path(most).with(Role::Text, format!("  {values}"))]
}

/// A path's end, where all of it does not fit: its last parts say what it is.
fn ending(path: &str, most: usize) -> String {
    let length = path.chars().count();
    if length <= most {
        return path.to_owned();
    }
    let kept: String = path.chars().skip(length - most.saturating_sub(1)).collect();
    format!("…{kept}")
}
