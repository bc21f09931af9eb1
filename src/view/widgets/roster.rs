//! The table of services: a line each, in the columns that there is room for. What matters least is left out first.

use crate::app::roster::{BAD, badness, listed, selected};
use crate::app::state::ServiceState;
use crate::domain::environment::Environment;
use crate::domain::names::ServiceName;
use crate::domain::verdict::{Metric, NoData, Verdict};
use crate::engine::assess::Row;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width};
use crate::view::scene::{Scene, version};
use crate::view::widgets::table::trended;
use crate::view::widgets::trend;
use crate::view::words::compare::mark;
use crate::view::words::fit::first_that_fits;
use crate::view::words::headline::sign;
use crate::view::words::number::value;
use crate::view::words::service::{advised, how};

/// Where the names begin: behind the sign and the word.
const NAME: u16 = 12;
/// The fewest cells of what is wrong, beside the columns that matter and beside the others.
const LEAST: u16 = 17;
const WHOLE: u16 = 27;

/// A column behind what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Canary,
    Production,
    Errors,
    Slow,
    Requests,
    Pods,
    Advice,
    Trend,
}

impl Column {
    /// Sets of columns that come together, what matters most first.
    const BY_WEIGHT: [(&'static [Self], u16); 7] = [
        (&[Self::Advice], LEAST),
        (&[Self::Errors], LEAST),
        (&[Self::Pods], LEAST),
        (&[Self::Requests], LEAST),
        (&[Self::Canary, Self::Production], WHOLE),
        (&[Self::Slow], WHOLE),
        (&[Self::Trend], WHOLE),
    ];

    const fn head(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::Production => "prod",
            Self::Errors => "errors",
            Self::Slow => "p95",
            Self::Requests => "requests",
            Self::Pods => "pods",
            Self::Advice => "do",
            Self::Trend => "15m errors  now",
        }
    }

    /// Its cells and the space before it, in which the mark of the column before stands.
    const fn room(self, versions: u16) -> (u16, u16) {
        match self {
            Self::Canary | Self::Production => (2, versions),
            Self::Errors => (1, 6),
            Self::Slow | Self::Requests => (3, 6),
            Self::Pods => (2, 5),
            Self::Advice => (2, 8),
            Self::Trend => (2, 15),
        }
    }
}

/// The columns with where they begin and end.
struct Layout {
    /// Behind the names.
    names: u16,
    /// Behind what is wrong.
    how: u16,
    columns: Vec<(Column, u16, u16)>,
}

impl Layout {
    fn new(scene: &Scene<'_>, room: u16) -> Self {
        let services = &scene.world.services;
        let most = if room < 100 { 15 } else { 28 };
        let longest = services.keys().map(|name| width(name.as_str())).max();
        let names = NAME + longest.unwrap_or(0).clamp(7, most);
        let versions = services.values().flat_map(|service| {
            let both = [Environment::Canary, Environment::Production];
            both.map(|side| width(&version_on(service, side)))
        });
        let versions = versions.max().unwrap_or(0).clamp(6, 10);
        let mut free = room.saturating_sub(names + 2);
        let mut chosen: Vec<Column> = Vec::new();
        for (set, least) in Column::BY_WEIGHT {
            let cells = set.iter().map(|column| {
                let (before, cells) = column.room(versions);
                before + cells
            });
            let cells: u16 = cells.sum();
            if free < cells + least {
                // What matters less does not take the place of what matters more.
                break;
            }
            free -= cells;
            chosen.extend(set);
        }
        chosen.sort_unstable();
        let how = names + 2 + free;
        let mut x = how;
        let place = |column: Column| {
            let (before, cells) = column.room(versions);
            let start = x + before;
            x = start + cells;
            (column, start, x)
        };
        Self {
            names,
            how,
            columns: chosen.into_iter().map(place).collect(),
        }
    }
}

/// Draws the head and as many services as there is room for; what is left is counted, with the worst sign of it.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, (top, rows, end): (u16, u16, u16)) {
    let layout = Layout::new(scene, end.saturating_sub(1));
    head(canvas, &layout, top);
    let all = listed(scene.state);
    let here = selected(scene.state);
    let room = usize::from(rows.saturating_sub(1));
    let shown = if all.len() > room {
        room.saturating_sub(1)
    } else {
        all.len()
    };
    let at = all.iter().position(|name| Some(*name) == here);
    let first = at.map_or(0, |at| (at + 1).saturating_sub(shown));
    let mut y = top + 1;
    for name in all.iter().skip(first).take(shown) {
        if let Some(service) = scene.world.services.get(*name) {
            row(canvas, scene, (name, service), &layout, y);
        }
        if Some(*name) == here {
            canvas.dot(0, y, '>', Role::Selected);
            canvas.mark(0, y, end, Role::Selected);
        }
        y += 1;
    }
    let (before, after) = (all.iter().take(first), all.iter().skip(first + shown));
    let hidden: Vec<&ServiceName> = before.chain(after).copied().collect();
    left(canvas, scene, &hidden, (first, y, end));
}

fn head(canvas: &mut Canvas<'_>, layout: &Layout, y: u16) {
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    canvas.put(NAME, y, layout.names, &dim("service"));
    canvas.put(layout.names + 2, y, layout.how, &dim("what"));
    for &(column, start, end) in &layout.columns {
        let title = dim(column.head());
        match column {
            Column::Canary | Column::Production | Column::Advice | Column::Trend => {
                canvas.put(start, y, end, &title);
            }
            Column::Errors | Column::Slow | Column::Requests | Column::Pods => {
                canvas.put_right(y, end, &title);
            }
        }
    }
}

fn row(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    (name, service): (&ServiceName, &ServiceState),
    layout: &Layout,
    y: u16,
) {
    let headline = &service.advice.headline;
    let (symbol, word, role) = sign(headline);
    let verdict = Line::new().with(role, format!("{symbol} {word}"));
    canvas.put(1, y, NAME, &verdict);
    canvas.put(NAME, y, layout.names, &Line::text(name.as_str()));
    let from = layout.names + 2;
    let text = how(
        headline,
        service.advice.compared,
        scene.now(),
        layout.how.saturating_sub(from),
    );
    canvas.put(from, y, layout.how, &Line::text(text));
    for &(column, start, end) in &layout.columns {
        match column {
            Column::Canary => left_of(
                canvas,
                &version_on(service, Environment::Canary),
                (start, y, end),
            ),
            Column::Production => {
                left_of(
                    canvas,
                    &version_on(service, Environment::Production),
                    (start, y, end),
                );
            }
            Column::Errors => measured(canvas, service, Metric::Errors, (y, end)),
            Column::Slow => measured(canvas, service, Metric::Slow, (y, end)),
            Column::Requests => measured(canvas, service, Metric::Requests, (y, end)),
            Column::Pods => {
                canvas.put_right(y, end, &Line::text(pods(service)));
            }
            Column::Advice => left_of(canvas, advised(&service.advice), (start, y, end)),
            Column::Trend => errors_trend(canvas, service, (start, y, end)),
        }
    }
}

fn left_of(canvas: &mut Canvas<'_>, text: &str, (start, y, end): (u16, u16, u16)) {
    canvas.put(start, y, end, &Line::text(text));
}

fn of(service: &ServiceState, metric: Metric) -> Option<&Row> {
    let mut rows = service.assessment.rows.iter();
    rows.find(|row| row.verdict.metric == metric)
}

/// Canary's value, and behind it the mark of the limit that it is over.
fn measured(canvas: &mut Canvas<'_>, service: &ServiceState, metric: Metric, (y, end): (u16, u16)) {
    let row = of(service, metric);
    let has_canary = service
        .evidence
        .environments
        .contains_key(&Environment::Canary);
    // What is not seen any more is not shown as if it were: since when is said beside it.
    let seen = row.filter(|row| !is_stale(&row.verdict.verdict));
    let text = match seen.and_then(|row| row.canary) {
        Some(seen) => value(seen),
        None if has_canary => "?".to_owned(),
        None => "-".to_owned(),
    };
    canvas.put_right(y, end, &Line::text(text));
    if let Some((sign, role)) = seen.and_then(|row| mark(row.canary_over)) {
        canvas.dot(end + 1, y, sign, role);
    }
}

/// Whether the verdict outlived its source.
const fn is_stale(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NoData(NoData::Stale { .. }))
}

/// Canary's pods that are ready, of those that are wanted.
fn pods(service: &ServiceState) -> String {
    let Some(canary) = service.evidence.environments.get(&Environment::Canary) else {
        return "-".to_owned();
    };
    canary.workload.as_ref().map_or_else(
        || "?".to_owned(),
        |pods| format!("{}/{}", pods.value.ready, pods.value.wanted),
    )
}

/// What runs in an environment.
fn version_on(service: &ServiceState, environment: Environment) -> String {
    match service.evidence.environments.get(&environment) {
        Some(seen) => version(seen).unwrap_or_else(|| "?".to_owned()),
        None => "-".to_owned(),
    }
}

fn errors_trend(canvas: &mut Canvas<'_>, service: &ServiceState, (x, y, end): (u16, u16, u16)) {
    let row = of(service, Metric::Errors);
    if let Some(row) = row.filter(|row| trended(&row.verdict.verdict)) {
        let role = if row.verdict.verdict.is_breach() {
            Role::Breach
        } else {
            Role::Text
        };
        canvas.put(x, y, end, &Line::new().with(role, trend::trend(row)));
    }
}

/// How many services have no row, and how the worst of them is.
fn left(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    hidden: &[&ServiceName],
    (above, y, end): (usize, u16, u16),
) {
    let headline = |name: &ServiceName| {
        let service = scene.world.services.get(name);
        service.map(|service| &service.advice.headline)
    };
    let worst = hidden
        .iter()
        .filter_map(|name| Some((headline(name)?, *name)))
        .rev()
        .max_by_key(|(headline, _)| badness(headline));
    let Some((headline, name)) = worst else {
        return;
    };
    let (symbol, word, role) = sign(headline);
    let verdict = Line::new().with(role, format!("{symbol} {word}"));
    canvas.put(1, y, NAME, &verdict);
    let count = match (above, hidden.len() - above) {
        (0, below) => format!("{below} below"),
        (above, 0) => format!("{above} above"),
        (above, below) => format!("{above} above, {below} below"),
    };
    let text = if badness(headline) >= BAD {
        let named = format!("{count}; the worst of them is {name}");
        first_that_fits([named, count], end.saturating_sub(NAME))
    } else {
        count
    };
    canvas.put(NAME, y, end, &Line::new().with(Role::Dim, text));
}
