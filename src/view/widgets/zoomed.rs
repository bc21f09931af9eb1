//! A metric over time on the whole screen: the side that is judged above, the other below it, in one scale; the limits as lines, and
//! what changed on each side as letters with a line up through its chart.

use jiff::{SignedDuration, Timestamp};

use crate::app::behind::changes;
use crate::app::state::ServiceState;
use crate::domain::environment::Environment;
use crate::domain::verdict::Verdict;
use crate::engine::assess::{Compared, Row, Value};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width};
use crate::view::scene::Scene;
use crate::view::widgets::chart::{Limit, limits, scale, tail};
use crate::view::widgets::trend::{Change, bar, changes_of, column, eighths};
use crate::view::words::compare::metric;
use crate::view::words::fit::{as_many_as_fit, first_that_fits};
use crate::view::words::number::{like, limit as of_limit, value};
use crate::view::words::sides::heads;
use crate::view::words::time::{clock, duration, minute};

/// Where the columns begin; left of it stand the limits' values.
const LEFT: u16 = 8;
/// What is kept free on the right for names.
const RIGHT: u16 = 12;
/// The first row of a side: its name and its values.
const TOP: u16 = 5;
/// The rows that are no chart: those above, two names, two rows of letters, the times, two of words, the keys.
const OTHERS: u16 = TOP + 2 + 2 + 1 + 2 + 1;

/// What both sides share.
struct Plot {
    limits: Vec<Limit>,
    /// The value of a chart's full height.
    full: f64,
    /// How many points there are, and how many cells each has.
    points: usize,
    cells: u16,
    /// The rows of a side's chart.
    rows: u16,
    /// The end of the newest point, and how long each is.
    ends: Timestamp,
    step: i64,
    /// The unit of the values.
    unit: Option<Value>,
    end: u16,
}

impl Plot {
    /// The first column of a point.
    fn x(&self, point: usize) -> u16 {
        LEFT + u16::try_from(point)
            .unwrap_or(u16::MAX)
            .saturating_mul(self.cells)
    }

    /// The column behind the last point.
    fn right(&self) -> u16 {
        self.x(self.points)
    }

    /// The row of a value in a chart, counted from its top.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float to integer cast saturates, and rows are few"
    )]
    fn row_of(&self, value: f64) -> u16 {
        let from_bottom = (value / self.full * f64::from(self.rows)).floor().max(0.0) as u16;
        let last = self.rows.saturating_sub(1);
        last.saturating_sub(from_bottom.min(last))
    }
}

/// One side: where, its points, its value over the table's window, and what changed there.
struct Side<'a> {
    label: String,
    role: Role,
    points: &'a [Option<f64>],
    now: Option<Value>,
    marks: Vec<Change>,
}

/// Draws all of it in the columns before `end`.
pub(crate) fn draw(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    row: &Row,
    end: u16,
) {
    let room = usize::from(end.saturating_sub(LEFT + RIGHT));
    let longest = row.trend.len().max(row.baseline_trend.len());
    let points = longest.min(room);
    let Some(ends) = row.trend_ends.filter(|_| points > 0) else {
        without_time(canvas, service, row, end);
        return;
    };
    let [ours, theirs] = labels(service);
    let judged = service.advice.compared.judged();
    let sides = [
        Side {
            label: ours,
            role: Role::ChartCanary,
            points: tail(&row.trend, points),
            now: row.canary,
            marks: marks(scene, row, judged),
        },
        Side {
            label: theirs,
            role: Role::ChartProduction,
            points: tail(&row.baseline_trend, points),
            now: row.production,
            // What was before is another time than the chart's.
            marks: match service.advice.compared {
                Compared::Canary => marks(scene, row, Environment::Production),
                Compared::Production { .. } => Vec::new(),
            },
        },
    ];
    let values = sides.iter().flat_map(|side| side.points).flatten();
    let most = values.copied().fold(0.0, f64::max);
    let limits = limits(&service.evidence.policy, row.verdict.metric);
    let plot = Plot {
        full: scale(most, &limits, row.full_scale),
        limits,
        points,
        cells: u16::try_from(room / points).unwrap_or(1),
        rows: (canvas.height().saturating_sub(OTHERS) / 2).max(1),
        ends,
        step: i64::from(row.trend_step_seconds.max(1)),
        unit: row.canary.or(row.production),
        end,
    };
    title(canvas, row, &plot);
    let mut y = TOP;
    for side in &sides {
        draw_side(canvas, side, &plot, y);
        y += 1 + plot.rows + 1;
    }
    times(canvas, &plot, y);
    for (y, side) in (y + 1..).zip(&sides) {
        let line = legend(side, &plot);
        canvas.put(1, y, end.saturating_sub(1), &line);
    }
}

/// What is not kept over time has its value of now.
fn without_time(canvas: &mut Canvas<'_>, service: &ServiceState, row: &Row, end: u16) {
    let name = metric(&row.verdict.metric).to_owned();
    let line = Line::new()
        .with(Role::Strong, name)
        .with(Role::Text, ": no chart, only what is known now is kept");
    canvas.put(1, 4, end, &line);
    let told = |side: Option<Value>| side.map_or_else(|| "?".to_owned(), value);
    let sides = labels(service)
        .into_iter()
        .zip([row.canary, row.production]);
    for (y, (of, side)) in (6..).zip(sides) {
        canvas.put(3, y, end, &Line::text(format!("{of:<11} {}", told(side))));
    }
}

/// What the chart is of, its one window, and the limits that are above it.
fn title(canvas: &mut Canvas<'_>, row: &Row, plot: &Plot) {
    let points = i64::try_from(plot.points).unwrap_or(0);
    let long = duration(points * plot.step);
    let each = duration(plot.step);
    let cells = match plot.cells {
        1 => format!("each column {each}"),
        cells => format!("each {cells} columns {each}"),
    };
    let line = Line::new()
        .with(Role::Strong, metric(&row.verdict.metric).to_owned())
        .with(
            Role::Text,
            format!("  {long} to {}, {cells}", clock(plot.ends)),
        );
    let above = plot.limits.iter().filter(|limit| limit.value > plot.full);
    let above: Vec<String> = above
        .map(|limit| format!("{} {}", limit.name, of_limit(limit.value, plot.unit)))
        .collect();
    let room = plot.end.saturating_sub(1);
    let mut stop = room;
    if !above.is_empty() {
        let free = room.saturating_sub(4 + line.width());
        let above = first_that_fits(
            [
                format!("above this: {}", above.join(", ")),
                above.join(", "),
                String::new(),
            ],
            free,
        );
        stop = canvas.put_right(4, room, &Line::new().with(Role::Dim, above));
    }
    canvas.put(1, 4, stop, &line);
}

fn draw_side(canvas: &mut Canvas<'_>, side: &Side<'_>, plot: &Plot, top: u16) {
    let known = || side.points.iter().flatten().copied();
    let told = |number: Option<f64>| number.map_or_else(|| "?".to_owned(), |n| like(n, plot.unit));
    let most = known().reduce(f64::max);
    let line = Line::new().with(side.role, side.label.clone());
    let text = if most.is_none() {
        "  nothing was seen in this window".to_owned()
    } else {
        let last = side.points.last().copied().flatten();
        format!("  last {}, highest {}", told(last), told(most))
    };
    let over = side.now.map_or_else(String::new, |now| {
        format!("; {} over the table's window", value(now))
    });
    let line = line.with(Role::Text, text).with(Role::Dim, over);
    canvas.put(1, top, plot.end.saturating_sub(1), &line);
    let chart = top + 1;
    bars(canvas, side, plot, (chart, side.role));
    lines(canvas, plot, chart);
    letters(canvas, side, plot, chart);
}

fn bars(canvas: &mut Canvas<'_>, side: &Side<'_>, plot: &Plot, (top, role): (u16, Role)) {
    let over = plot.limits.iter().find(|limit| limit.name != "target");
    let over = over.map_or(f64::INFINITY, |limit| limit.value);
    // Fewer points than the other side has end at the same time.
    let from = plot.points - side.points.len();
    for (at, point) in (from..).zip(side.points) {
        let Some(value) = point else { continue };
        let role = if *value > over { Role::ChartOver } else { role };
        let mut left = eighths(*value, plot.full, plot.rows);
        for y in (top..top + plot.rows).rev() {
            if left == 0 {
                break;
            }
            for x in plot.x(at)..plot.x(at + 1) {
                canvas.dot(x, y, bar(left), role);
            }
            left = left.saturating_sub(8);
        }
    }
}

/// The limits, each with its value before the chart and its name behind it.
fn lines(canvas: &mut Canvas<'_>, plot: &Plot, top: u16) {
    let mut taken: Vec<u16> = Vec::new();
    for limit in plot.limits.iter().rev().filter(|l| l.value <= plot.full) {
        let y = top + plot.row_of(limit.value);
        if taken.contains(&y) {
            continue;
        }
        taken.push(y);
        let text = of_limit(limit.value, plot.unit);
        let line = Line::new().with(Role::ChartLimit, text);
        canvas.put_right(y, LEFT - 1, &line);
        for x in (LEFT..plot.right()).step_by(2) {
            if canvas.is_blank(x, y) {
                canvas.dot(x, y, '_', Role::ChartLimit);
            }
        }
        let name = Line::new().with(Role::ChartLimit, limit.name);
        canvas.put(plot.right() + 1, y, plot.end, &name);
    }
}

/// A letter below the chart for each change, and a line from it up to what the bars leave free.
fn letters(canvas: &mut Canvas<'_>, side: &Side<'_>, plot: &Plot, top: u16) {
    let bottom = top + plot.rows;
    for mark in &side.marks {
        let Some(at) = column(mark.at, plot.ends, plot.step, plot.points) else {
            continue;
        };
        let mut x = plot.x(at);
        // Two in one column stand side by side; their times are in words below.
        while !canvas.is_blank(x, bottom) && x + 1 < plot.right() {
            x += 1;
        }
        canvas.dot(x, bottom, mark.letter, Role::Strong);
        for y in top..bottom {
            if canvas.is_blank(x, y) {
                canvas.dot(x, y, '|', Role::Dim);
            }
        }
    }
}

fn times(canvas: &mut Canvas<'_>, plot: &Plot, y: u16) {
    let mut free = LEFT;
    for at in 0..plot.points {
        let back = i64::try_from(plot.points - at).unwrap_or(0) * plot.step;
        let Ok(begins) = plot.ends.checked_sub(SignedDuration::from_secs(back)) else {
            continue;
        };
        let x = plot.x(at);
        if begins.as_second().rem_euclid(300) < plot.step && x >= free {
            let text = Line::new().with(Role::Dim, minute(begins));
            free = canvas.put(x, y, plot.end, &text) + 4;
        }
    }
}

/// What the two sides are called.
fn labels(service: &ServiceState) -> [String; 2] {
    match service.advice.compared {
        Compared::Canary => [Environment::Canary, Environment::Production].map(|e| e.to_string()),
        compared @ Compared::Production { .. } => {
            let [_, before, _] = heads(compared);
            [Environment::Production.to_string(), before]
        }
    }
}

/// What changed on a side and what began or ended there, oldest first.
fn marks(scene: &Scene<'_>, row: &Row, of: Environment) -> Vec<Change> {
    let mut marks = changes_of(scene, of);
    let name = metric(&row.verdict.metric);
    let mut mark = |letter, at, what: String| marks.push(Change { letter, at, what });
    let begins = "breach".to_owned();
    let compared = scene.service().map(|service| service.advice.compared);
    let is_judged = compared.unwrap_or_default().judged() == of;
    match (&row.verdict.verdict, is_judged) {
        (Verdict::Breach { since }, true) => mark('B', *since, begins),
        (Verdict::Recovered { since, until }, true) => {
            mark('B', *since, begins);
            mark('W', *until, "well again".to_owned());
        }
        (
            Verdict::Pass
            | Verdict::Unsure(_)
            | Verdict::Watch(_)
            | Verdict::NoData(_)
            | Verdict::Breach { .. }
            | Verdict::Recovered { .. },
            _,
        ) => {
            let onset = changes(scene.state).onset;
            let onset = onset.filter(|onset| onset.on == of && onset.metric == row.verdict.metric);
            if let Some(onset) = onset {
                mark('B', onset.at, format!("{name} over its limit"));
            }
        }
    }
    marks.sort_by_key(|mark| mark.at);
    marks
}

/// What the letters of a side mean.
fn legend(side: &Side<'_>, plot: &Plot) -> Line {
    let label = format!("{:<11}", side.label);
    let within = |mark: &&Change| column(mark.at, plot.ends, plot.step, plot.points).is_some();
    let told: Vec<String> = side
        .marks
        .iter()
        .filter(within)
        .map(|mark| {
            // The letter says that it is a flag.
            let what = mark.what.trim_start_matches("flag ");
            format!("{} {what} {}", mark.letter, clock(mark.at))
        })
        .collect();
    let most = plot.end.saturating_sub(2 + width(&label));
    let text = if told.is_empty() {
        "no release, no flag change and no breach is recorded in this window".to_owned()
    } else {
        as_many_as_fit(&told, "  ", most)
    };
    Line::new().with(Role::Dim, label).with(Role::Text, text)
}
