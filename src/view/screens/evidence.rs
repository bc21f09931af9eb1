//! The evidence of one metric: its counts, how sure that is, its chart, its endpoints, and where it comes from.

use crate::app::action::Action;
use crate::app::state::ServiceState;
use crate::domain::source::SourceId;
use crate::domain::untrusted::shown;
use crate::domain::verdict::Metric;
use crate::engine::assess::{Burn, EndpointRow, Row};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, wrap};
use crate::view::scene::Scene;
use crate::view::screens::Hints;
use crate::view::widgets::chart;
use crate::view::widgets::summary;
use crate::view::words::compare::{at_length, certainty, interval, metric, verdict};
use crate::view::words::number::{exact, share, times, value};
use crate::view::words::source::{doing, source};
use crate::view::words::time::clock;

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::Back, "back"),
    (Action::QueryText, "query"),
    (Action::PlanAdvised, "plan"),
    (Action::Undo, "undo"),
    (Action::Help, "keys"),
];

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16, of: Metric, query: bool) {
    let Some(service) = scene.service() else {
        return;
    };
    let room = end.saturating_sub(1);
    let Some(row) = service
        .assessment
        .rows
        .iter()
        .find(|row| row.verdict.metric == of)
    else {
        canvas.put(
            1,
            4,
            room,
            &Line::text(format!("no data of {} yet", metric(&of))),
        );
        return;
    };
    conclusion(canvas, scene, row, room);
    if of == Metric::Errors {
        canvas.put(3, 6, room, &budget(service));
    }
    let last = canvas.height().saturating_sub(1);
    let alerts = summary::alerts(scene, room.saturating_sub(12 + 8));
    let bottom = last.saturating_sub(u16::from(!alerts.is_empty()));
    let endpoints = if of == Metric::Errors {
        &service.assessment.endpoints[..]
    } else {
        &[]
    };
    let table = if endpoints.is_empty() {
        0
    } else {
        u16::try_from(endpoints.len())
            .unwrap_or(u16::MAX)
            .min(4 + canvas.height().saturating_sub(24) / 3)
            + 2
    };
    let top = 7;
    let free = bottom.saturating_sub(top + table + 1);
    if query {
        queries(canvas, scene, of, (top, free, room));
    } else {
        chart::draw(canvas, scene, service, row, (top, free.min(22), end));
    }
    if table > 0 {
        let from = bottom.saturating_sub(table);
        draw_endpoints(canvas, endpoints, (from, table.saturating_sub(1), room));
    }
    if let Some(first) = alerts.first() {
        let more = match alerts.len() {
            1 => String::new(),
            all => format!("; {} more", all - 1),
        };
        let line = Line::new().with(Role::Dim, format!("{:<9}", "alerts"));
        let line = line.then(first.clone()).with(Role::Text, more);
        canvas.put(3, bottom.saturating_sub(1), room, &line);
    }
    canvas.put(3, last.saturating_sub(1), room, &origin(scene, service));
}

/// Lines 5 and 6: the counts, and how sure the comparison is.
fn conclusion(canvas: &mut Canvas<'_>, scene: &Scene<'_>, row: &Row, room: u16) {
    let judged = &row.verdict;
    let (symbol, word, role) = verdict(&judged.verdict);
    let side = |counts: crate::domain::metrics::Tally,
                value_of: Option<crate::engine::assess::Value>| {
        if counts.total > 0 {
            format!("{} of {}", counts.bad, counts.total)
        } else {
            value_of.map_or_else(|| "?".to_owned(), value)
        }
    };
    let noun = match judged.metric {
        Metric::Slow => "slow requests",
        Metric::Errors | Metric::Gauge(_) | Metric::Readiness | Metric::Requests => {
            metric(&judged.metric)
        }
    };
    let line = Line::new().with(role, format!("{symbol} {word:<8} ")).with(
        Role::Strong,
        format!(
            "{noun}: {} on canary, {} on production",
            side(judged.canary, row.canary),
            side(judged.production, row.production)
        ),
    );
    canvas.put(1, 4, room, &line);
    let sure = judged.estimate.as_ref().map_or_else(String::new, |e| {
        let ratio = e
            .ratio
            .map_or_else(String::new, |r| format!("{}, ", times(r)));
        format!(
            "{ratio}{}, {} sure at any look; ",
            interval(e),
            certainty(e)
        )
    });
    let from = match (&judged.verdict, judged.from) {
        (crate::domain::verdict::Verdict::Breach { .. }, _) | (_, None) => String::new(),
        (_, Some(from)) => format!("; counted since {}", clock(from)),
    };
    let line = Line::new().with(Role::Dim, format!("{:<9}", "sure")).with(
        Role::Text,
        format!("{sure}{}{from}", at_length(&judged.verdict, scene.now())),
    );
    canvas.put(3, 5, room, &line);
}

/// Line 7: how fast both sides use up the error budget.
fn budget(service: &ServiceState) -> Line {
    let (budget, policy) = (&service.assessment.budget, &service.evidence.policy);
    let burn = |burn: &Burn| burn.long.map_or(burn.short, |long| long.max(burn.short));
    let side = |of: Option<Burn>, name: &str| {
        of.map_or_else(
            || format!("{name} not known"),
            |of| format!("{name} {}", times(burn(&of))),
        )
    };
    let text = format!(
        "{}, {} of what {} allows; pages at {}",
        side(budget.canary, "canary"),
        side(budget.production, "production"),
        exact(policy.objective * 100.0, "%"),
        exact(policy.burn_page, "x")
    );
    Line::new()
        .with(Role::Dim, format!("{:<9}", "budget"))
        .with(Role::Text, text)
}

fn draw_endpoints(
    canvas: &mut Canvas<'_>,
    endpoints: &[EndpointRow],
    (top, rows, end): (u16, u16, u16),
) {
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    canvas.put(3, top, 23, &dim("by endpoint"));
    canvas.put_right(top, 43, &dim("canary"));
    canvas.put_right(top, 50, &dim("prod"));
    canvas.put(53, top, end, &dim("canary:prod"));
    canvas.put_right(top, end.min(79), &dim("of all"));
    let room = usize::from(rows.saturating_sub(1));
    let shown = if endpoints.len() > room {
        room.saturating_sub(1)
    } else {
        endpoints.len()
    };
    let mut y = top + 1;
    for row in endpoints.iter().take(shown) {
        canvas.put(3, y, 20, &Line::text(row.endpoint.0.shown()));
        let counts = format!("{} of {}", row.canary.bad, row.canary.total);
        let ratio = |tally: crate::domain::metrics::Tally| {
            tally.ratio().map_or_else(|| "-".to_owned(), share)
        };
        canvas.put_right(y, 36, &Line::text(counts));
        canvas.put_right(y, 43, &Line::text(ratio(row.canary)));
        canvas.put_right(y, 50, &Line::text(ratio(row.production)));
        if let Some(estimate) = &row.estimate {
            let factor = estimate.ratio.map_or_else(|| "-".to_owned(), times);
            let text = format!("{factor:<5} {}", interval(estimate));
            canvas.put(53, y, 74, &Line::text(text));
        }
        canvas.put_right(y, end.min(79), &Line::text(share(row.share)));
        y += 1;
    }
    let hidden: u64 = endpoints.iter().skip(shown).map(|row| row.canary.bad).sum();
    if endpoints.len() > shown {
        let text = format!(
            "{} more endpoints with {hidden} errors",
            endpoints.len() - shown
        );
        canvas.put(3, y, end, &dim(&text));
    }
}

/// The signals that a metric is made from, by the names that queries have.
fn signals(of: &Metric) -> Vec<String> {
    match of {
        Metric::Errors | Metric::Requests => vec!["requests".to_owned()],
        Metric::Slow => ["slow", "latency"].map(str::to_owned).to_vec(),
        Metric::Gauge(gauge) => vec![gauge.to_string()],
        Metric::Readiness => Vec::new(),
    }
}

fn queries(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    of: Metric,
    (top, rows, end): (u16, u16, u16),
) {
    let here = format!("{} on ", scene.state.ui.service);
    let signals = signals(&of);
    let is_of = |name: &str| {
        let signal = name.strip_prefix(&here).and_then(|n| n.split_once(": "));
        signal.is_some_and(|(_, signal)| signals.iter().any(|of| of == signal))
    };
    let asked = scene.world.queries.iter();
    let mut lines = Vec::new();
    for (name, query) in asked.filter(|(name, _)| is_of(name)) {
        lines.push(Line::new().with(Role::Strong, shown(name)));
        for piece in wrap(query, end.saturating_sub(5)) {
            lines.push(Line::text(format!("  {}", shown(&piece))));
        }
    }
    if lines.is_empty() {
        lines.push(Line::text(if signals.is_empty() {
            "no query: the cluster itself tells how many pods are ready"
        } else {
            "no query was sent for this yet"
        }));
    }
    let room = usize::from(rows);
    let cut = lines.len() > room;
    let shown_lines = if cut { room.saturating_sub(1) } else { room };
    let total = lines.len();
    let mut y = top;
    for line in lines.iter().take(shown_lines) {
        canvas.put(3, y, end, line);
        y += 1;
    }
    if cut {
        let text = format!(
            "{} lines more; a taller screen shows them",
            total - shown_lines
        );
        canvas.put(3, y, end, &Line::new().with(Role::Dim, text));
    }
}

/// Where the numbers come from, and which of it does not answer.
fn origin(scene: &Scene<'_>, service: &ServiceState) -> Line {
    let metrics = service
        .evidence
        .sources
        .iter()
        .filter(|(id, _)| matches!(id, SourceId::Prometheus(_)));
    let mut names = Vec::new();
    let mut bad = Vec::new();
    for (id, state) in metrics {
        match doing(id, state, scene.now()) {
            Some(text) => bad.push(text),
            None => names.push(source(id)),
        }
    }
    let mut text = names.join(", ");
    if let Some(through) = service.assessment.through {
        text = format!("{text}; counted to {}", clock(through));
    }
    let line = Line::new().with(Role::Dim, format!("{:<9}", "from"));
    if bad.is_empty() {
        line.with(Role::Text, text)
    } else {
        line.with(Role::Watch, format!("? {} ", bad.join("; ")))
            .with(Role::Text, text)
    }
}
