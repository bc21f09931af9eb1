//! The evidence of one metric: its counts, how sure that is, its chart, its endpoints, and where it comes from.

use crate::app::action::Action;
use crate::app::evidence::{self, QueryLine, endpoint_rows, endpoints_shown, needs_no_query};
use crate::app::state::ServiceState;
use crate::domain::source::SourceId;
use crate::domain::verdict::Metric;
use crate::engine::assess::{Burn, Compared, EndpointRow, Row};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::screens::Hints;
use crate::view::widgets::chart;
use crate::view::widgets::summary;
use crate::view::words::compare::{at_length, certainty, interval, metric, verdict};
use crate::view::words::number::{exact, share, times, value};
use crate::view::words::sides::{heads, judged as judged_side, other};
use crate::view::words::source::{doing, source};
use crate::view::words::time::clock;

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::QueryText, "query"),
    (Action::Zoom, "zoom"),
    (Action::Copy, "copy query"),
    (Action::PlanAdvised, "plan"),
    (Action::Undo, "undo"),
    (Action::Back, "back"),
    (Action::Help, "keys"),
];

/// The keys that help where the queries are shown.
pub(crate) const READING: Hints = &[
    (Action::QueryText, "chart"),
    (Action::Copy, "copy"),
    (Action::Down, "down"),
    (Action::PageDown, "page down"),
    (Action::Bottom, "end"),
    (Action::PlanAdvised, "plan"),
    (Action::Back, "back"),
    (Action::Help, "keys"),
];

/// The first row below the conclusion.
const TOP: u16 = 7;

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
    let compared = service.advice.compared;
    conclusion(canvas, scene, (row, compared), room);
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
    if query {
        queries(canvas, scene, of, room);
    } else {
        let rows = endpoints.len().min(endpoint_rows(canvas.height()));
        let table = match u16::try_from(rows).unwrap_or(u16::MAX) {
            0 => 0,
            rows => rows + 2,
        };
        let free = bottom.saturating_sub(TOP + table + 1);
        chart::draw(canvas, scene, service, row, (TOP, free.min(22), end));
        if table > 0 {
            let from = bottom.saturating_sub(table);
            draw_endpoints(canvas, scene, (endpoints, compared), (from, room));
        }
    }
    if let Some(first) = alerts.first().filter(|_| !query) {
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
fn conclusion(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    (row, compared): (&Row, Compared),
    room: u16,
) {
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
            "{noun}: {} on {}, {} {}",
            side(judged.canary, row.canary),
            judged_side(compared),
            side(judged.production, row.production),
            match compared {
                Compared::Canary => "on production".to_owned(),
                Compared::Production { .. } => other(compared),
            }
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
        format!(
            "{sure}{}{from}",
            at_length(&judged.verdict, compared, scene.now())
        ),
    );
    canvas.put(3, 5, room, &line);
}

/// Line 7: how fast both sides use up the error budget.
fn budget(service: &ServiceState) -> Line {
    let compared = service.advice.compared;
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
        side(budget.canary, judged_side(compared)),
        side(
            budget.production,
            match compared {
                Compared::Canary => "production",
                Compared::Production { .. } => "before",
            },
        ),
        exact(policy.objective * 100.0, "%"),
        exact(policy.burn_page, "x")
    );
    Line::new()
        .with(Role::Dim, format!("{:<9}", "budget"))
        .with(Role::Text, text)
}

/// A part of the endpoints, and what is left.
fn draw_endpoints(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    (endpoints, compared): (&[EndpointRow], Compared),
    (top, end): (u16, u16),
) {
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    canvas.put(3, top, 23, &dim("by endpoint"));
    // A column is too narrow for the time before, which the line above the table names.
    let [ours, theirs] = match compared {
        Compared::Canary => ["canary", "prod"],
        Compared::Production { .. } => ["prod", "before"],
    };
    let [_, _, both] = heads(compared);
    canvas.put_right(top, 43, &dim(ours));
    canvas.put_right(top, 50, &dim(theirs));
    canvas.put(53, top, end, &dim(&both));
    canvas.put_right(top, end.min(79), &dim("of all"));
    let shown = endpoints_shown(endpoints.len(), canvas.height());
    let most = endpoints.len() - shown;
    let from = usize::from(scene.state.ui.evidence.endpoint).min(most);
    let mut y = top + 1;
    for row in endpoints.iter().skip(from).take(shown) {
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
    if most > 0 {
        let (above, below) = (
            endpoints.iter().take(from),
            endpoints.iter().skip(from + shown),
        );
        let hidden: u64 = above.chain(below).map(|row| row.canary.bad).sum();
        let text = format!("{most} more endpoints with {hidden} errors  ");
        let key = |action| scene.key(action).unwrap_or_default();
        let keys = format!("{} {}", key(Action::Down), key(Action::Up));
        let left = Line::new().with(Role::Dim, text).with(Role::Accent, keys);
        canvas.put(3, y, end, &left);
    }
}

/// The queries, and which part of them is shown.
fn queries(canvas: &mut Canvas<'_>, scene: &Scene<'_>, of: Metric, end: u16) {
    let all = evidence::lines(scene.state, canvas.width());
    if all.is_empty() {
        let text = if needs_no_query(&of) {
            "no query: the cluster itself tells how many pods are ready"
        } else {
            "no query was sent for this yet"
        };
        canvas.put(3, TOP, end, &Line::text(text));
        return;
    }
    let rows = evidence::rows(canvas.height());
    let most = all.len().saturating_sub(rows);
    let from = usize::from(scene.state.ui.evidence.query).min(most);
    let mut y = TOP;
    for line in all.iter().skip(from).take(rows) {
        let line = match line {
            QueryLine::Name(name) => Line::new().with(Role::Strong, name),
            QueryLine::Piece(text) => Line::text(format!("  {text}")),
        };
        canvas.put(3, y, end, &line);
        y += 1;
    }
    if most > 0 {
        let (first, last) = (from + 1, (from + rows).min(all.len()));
        let text = format!("lines {first} to {last} of {}  ", all.len());
        let keys = [Action::Down, Action::Up, Action::PageDown, Action::Bottom];
        let keys: Vec<String> = keys.into_iter().filter_map(|a| scene.key(a)).collect();
        let line = Line::new()
            .with(Role::Dim, text)
            .with(Role::Accent, keys.join(" "));
        canvas.put(3, y, end, &line);
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
