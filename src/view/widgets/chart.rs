//! A metric over time in blocks: canary above, production below, limits as lines, changes as letters.

use jiff::{SignedDuration, Timestamp};

use crate::app::state::ServiceState;
use crate::domain::gauge::Gauge;
use crate::domain::verdict::{Metric, Verdict};
use crate::engine::assess::{Compared, Row};
use crate::engine::policy::{Bands, Policy};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::widgets::trend::{bar, changes, column, eighths};
use crate::view::words::compare::metric;
use crate::view::words::number::{like, limit as of_limit, size};
use crate::view::words::sides::judged;
use crate::view::words::time::{clock, duration, minute};

/// Where the columns begin; left of it stand the limits' values.
const LEFT: u16 = 7;
/// What is kept free on the right for names.
const RIGHT: u16 = 13;

/// A limit with its name.
pub(super) struct Limit {
    pub(super) value: f64,
    pub(super) name: &'static str,
}

/// The limits of a metric, rising.
pub(super) fn limits(policy: &Policy, of: Metric) -> Vec<Limit> {
    let bands = |b: Bands, names: [&'static str; 3]| {
        let mut all: Vec<Limit> = Vec::new();
        for (value, name) in [b.target, b.trigger, b.critical].into_iter().zip(names) {
            match all.last_mut() {
                Some(last) if last.value >= value => last.name = name,
                Some(_) | None => all.push(Limit { value, name }),
            }
        }
        all
    };
    let alarms = ["target", "rollback", "critical"];
    let machines = ["target", "trigger", "rollback"];
    match of {
        Metric::Errors => bands(policy.errors, alarms),
        Metric::Slow => bands(policy.p95, alarms),
        Metric::Gauge(Gauge::Restarts) => vec![Limit {
            value: policy.restarts_per_minute,
            name: "rollback",
        }],
        // These require no rollback by themselves.
        Metric::Gauge(g @ (Gauge::Throttled | Gauge::PoolWait | Gauge::NetworkErrors)) => policy
            .bands(g)
            .map_or_else(Vec::new, |b| bands(b, ["target", "trigger", "critical"])),
        Metric::Gauge(gauge) => policy
            .bands(gauge)
            .map_or_else(Vec::new, |b| bands(b, machines)),
        Metric::Readiness | Metric::Requests => Vec::new(),
    }
}

/// What a chart shows.
struct Plot<'a> {
    canary: &'a [Option<f64>],
    production: &'a [Option<f64>],
    limits: Vec<Limit>,
    full: f64,
    columns: usize,
    rows: u16,
    top: u16,
}

impl Plot<'_> {
    /// What a full column of production's row stands for: one row of canary's scale, or all of it where production needs
    /// more than that.
    fn strip(&self) -> f64 {
        let one = self.full / f64::from(self.rows);
        let fits = |value: &f64| *value <= one;
        if self.production.iter().flatten().all(fits) {
            one
        } else {
            self.full
        }
    }
}

/// The last of some points, as many as there is room for.
pub(super) fn tail(points: &[Option<f64>], most: usize) -> &[Option<f64>] {
    let from = points.len().saturating_sub(most);
    points.get(from..).unwrap_or_default()
}

/// Draws a title and the chart, `rows` in all, in the columns before `end`.
pub(crate) fn draw(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    row: &Row,
    (top, rows, end): (u16, u16, u16),
) {
    let columns = usize::from(end.saturating_sub(LEFT + RIGHT)).min(row.trend.len().max(1));
    let (canary, production) = (
        tail(&row.trend, columns),
        tail(&row.baseline_trend, columns),
    );
    let most = canary
        .iter()
        .chain(production)
        .flatten()
        .copied()
        .fold(0.0, f64::max);
    let limits = limits(&service.evidence.policy, row.verdict.metric);
    let full = scale(most, &limits, row.full_scale);
    let plot = Plot {
        canary,
        production,
        limits,
        full,
        columns,
        rows: rows.saturating_sub(5).max(1),
        top: top + 1,
    };
    let compared = service.advice.compared;
    title(canvas, (row, compared), &plot, (top, end));
    bars(canvas, row, &plot, end);
    let after = plot.top + plot.rows;
    below(canvas, (row, compared), &plot, after, end);
    if let Some(ends) = row.trend_ends {
        axis(canvas, scene, row, &plot, (after + 1, ends, end));
    }
}

/// The value of the full height: over every point, and over the first limit that none reaches if that is near.
pub(super) fn scale(most: f64, limits: &[Limit], fallback: f64) -> f64 {
    let near = limits
        .iter()
        .map(|limit| limit.value)
        .filter(|&limit| limit <= most * 4.0)
        .fold(0.0, f64::max);
    let lowest = limits.first().map_or(fallback, |limit| limit.value);
    let full = (most.max(near) * 1.1).max(if most * 4.0 < lowest { most * 1.5 } else { 0.0 });
    if full > 0.0 { full } else { lowest.max(1e-9) }
}

fn title(
    canvas: &mut Canvas<'_>,
    (row, compared): (&Row, Compared),
    plot: &Plot<'_>,
    (y, end): (u16, u16),
) {
    let each = duration(i64::from(row.trend_step_seconds));
    let text = Line::new()
        .with(
            Role::Strong,
            format!("{} {}", judged(compared), metric(&row.verdict.metric)),
        )
        .with(Role::Text, format!(", each column {each}"))
        .with(
            Role::Dim,
            format!(
                ", {} below, full at {}",
                match compared {
                    Compared::Canary => "production",
                    Compared::Production { .. } => "before",
                },
                like(plot.strip(), row.canary)
            ),
        );
    let above: Vec<String> = plot
        .limits
        .iter()
        .filter(|limit| limit.value > plot.full)
        .map(|limit| format!("{} {}", limit.name, of_limit(limit.value, row.canary)))
        .collect();
    let aside = Line::new().with(Role::Dim, above.join(", "));
    let room = end.saturating_sub(1);
    let free = room.saturating_sub(3 + text.width());
    let stop = if !aside.is_empty() && aside.width() <= free {
        canvas.put_right(y, room, &aside)
    } else {
        room
    };
    canvas.put(1, y, stop, &text);
}

/// The row of a value, counted from the top of the chart.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float to integer cast saturates, and rows are few"
)]
fn row_of(value: f64, plot: &Plot<'_>) -> u16 {
    let from_bottom = (value / plot.full * f64::from(plot.rows)).floor().max(0.0) as u16;
    plot.rows
        .saturating_sub(1)
        .saturating_sub(from_bottom.min(plot.rows.saturating_sub(1)))
}

fn bars(canvas: &mut Canvas<'_>, row: &Row, plot: &Plot<'_>, end: u16) {
    let over = plot
        .limits
        .iter()
        .find(|limit| limit.name != "target")
        .map_or(f64::INFINITY, |limit| limit.value);
    for (x, point) in (LEFT..).zip(plot.canary) {
        let Some(value) = point else { continue };
        let mut left = eighths(*value, plot.full, plot.rows);
        let role = if *value > over {
            Role::ChartOver
        } else {
            Role::ChartCanary
        };
        for y in (plot.top..plot.top + plot.rows).rev() {
            if left == 0 {
                break;
            }
            canvas.dot(x, y, bar(left), role);
            left = left.saturating_sub(8);
        }
    }
    let right = LEFT + u16::try_from(plot.columns).unwrap_or(u16::MAX);
    let mut taken: Vec<u16> = Vec::new();
    for limit in plot.limits.iter().rev().filter(|l| l.value <= plot.full) {
        let y = plot.top + row_of(limit.value, plot);
        if taken.contains(&y) {
            continue;
        }
        taken.push(y);
        let text = of_limit(limit.value, row.canary);
        canvas.put_right(
            y,
            LEFT - 1,
            &Line::new().with(Role::ChartLimit, text.clone()),
        );
        for x in (LEFT..right).step_by(2) {
            if canvas.is_blank(x, y) {
                canvas.dot(x, y, '_', Role::ChartLimit);
            }
        }
        let name = Line::new().with(Role::ChartLimit, format!("{text} {}", limit.name));
        canvas.put(right + 1, y, end, &name);
    }
    if let Some(now) = row.canary {
        let at = plot.canary.iter().rev().flatten().next().copied();
        let first = plot.top + row_of(at.unwrap_or_else(|| size(now)), plot);
        let y = (first..plot.top + plot.rows)
            .chain((plot.top..first).rev())
            .find(|y| !taken.contains(y));
        if let Some(y) = y {
            let text = at.map_or_else(String::new, |at| like(at, row.canary));
            canvas.put(right + 1, y, end, &Line::text(format!("now {text}")));
        }
    }
}

/// Production in a row of its own.
fn below(
    canvas: &mut Canvas<'_>,
    (row, compared): (&Row, Compared),
    plot: &Plot<'_>,
    y: u16,
    end: u16,
) {
    let name = match compared {
        Compared::Canary => "prod",
        Compared::Production { .. } => "then",
    };
    canvas.put(2, y, LEFT, &Line::new().with(Role::ChartProduction, name));
    let full = plot.strip();
    for (x, point) in (LEFT..).zip(plot.production) {
        if let Some(value) = point {
            let symbol = bar(eighths(*value, full, 1));
            canvas.dot(x, y, symbol, Role::ChartProduction);
        }
    }
    let last = plot.production.iter().rev().flatten().next();
    let right = LEFT + u16::try_from(plot.columns).unwrap_or(u16::MAX);
    if let Some(last) = last {
        canvas.put(
            right + 1,
            y,
            end,
            &Line::text(format!("now {}", like(*last, row.canary))),
        );
    }
}

/// Letters, clock times, and what the letters mean.
fn axis(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    row: &Row,
    plot: &Plot<'_>,
    (top, ends, end): (u16, Timestamp, u16),
) {
    let step = i64::from(row.trend_step_seconds.max(1));
    let mut known = changes(scene);
    if let Verdict::Breach { since } = row.verdict.verdict {
        known.push(crate::view::widgets::trend::Change {
            letter: 'B',
            at: since,
            what: "breach".to_owned(),
        });
    }
    let mut legend: Vec<String> = Vec::new();
    for change in known {
        let Some(at) = column(change.at, ends, step, plot.columns) else {
            continue;
        };
        let x = LEFT + u16::try_from(at).unwrap_or(u16::MAX);
        canvas.dot(x, top, change.letter, Role::Strong);
        legend.push(format!(
            "{} {} {}",
            change.letter,
            change.what,
            clock(change.at)
        ));
    }
    let mut free = LEFT;
    for at in 0..plot.columns {
        let back = i64::try_from(plot.columns - 1 - at).unwrap_or(0) * step;
        let begins = ends.saturating_sub(SignedDuration::from_secs(back + step));
        let Ok(begins) = begins else { continue };
        let x = LEFT + u16::try_from(at).unwrap_or(u16::MAX);
        if begins.as_second().rem_euclid(300) < step && x >= free {
            let next = canvas.put(
                x,
                top + 1,
                end,
                &Line::new().with(Role::Dim, minute(begins)),
            );
            free = next + 4;
        }
    }
    let legend = Line::text(legend.join("  "));
    canvas.put(3, top + 2, end.saturating_sub(1), &legend);
}
