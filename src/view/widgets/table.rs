//! The table of metrics: canary, production, how they compare, and the trend. One window, named in its head.

use crate::app::behind::metric as here;
use crate::app::state::ServiceState;
use crate::domain::verdict::{Metric, Verdict};
use crate::engine::advisor::advice::Headline;
use crate::engine::assess::{Row, WindowKind};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::widgets::trend;
use crate::view::words::compare::{certainty, interval, mark, metric, remark, verdict};
use crate::view::words::fit::{as_many_as_fit, first_that_fits};
use crate::view::words::number::{share, times, value};
use crate::view::words::sides::heads;
use crate::view::words::time::clock;

/// Where canary's values end, where production's do, where the comparison and the trend begin.
const CANARY_END: u16 = 29;
const PRODUCTION_END: u16 = 40;
const COMPARE: u16 = 44;
const TREND: u16 = 64;

/// Draws the head and as many rows as there is room for.
pub(crate) fn draw(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    (top, rows, end): (u16, u16, u16),
) {
    head(canvas, scene, service, top, end);
    let all = service.assessment.shown();
    if all.is_empty() {
        canvas.put(12, top + 1, end, &Line::text("no metric was seen yet"));
        return;
    }
    let room = usize::from(rows.saturating_sub(1));
    let selected = all
        .iter()
        .position(|row| row.verdict.metric == here(scene.state));
    let shown = if all.len() > room {
        room.saturating_sub(1)
    } else {
        all.len()
    };
    let first = selected.map_or(0, |at| (at + 1).saturating_sub(shown));
    let mut y = top + 1;
    for row in all.iter().skip(first).take(shown) {
        draw_row(canvas, scene, service, row, (y, end));
        y += 1;
    }
    let (before, after) = (all.iter().take(first), all.iter().skip(first + shown));
    let hidden: Vec<&Row> = before.chain(after).copied().collect();
    if let Some(worst) = hidden.iter().max_by_key(|row| row.weight()) {
        let (symbol, word, role) = verdict(&worst.verdict.verdict);
        let sign = Line::new().with(role, format!("{symbol} {word:<8} "));
        canvas.put(1, y, 12, &sign);
        let names: Vec<String> = hidden
            .iter()
            .map(|row| metric(&row.verdict.metric).to_owned())
            .collect();
        let room = end.saturating_sub(12);
        let all = format!("{} more: {}", names.len(), names.join(", "));
        let text = first_that_fits([all, as_many_as_fit(&names, ", ", room)], room);
        canvas.put(12, y, end, &Line::new().with(Role::Dim, text));
    }
}

fn head(canvas: &mut Canvas<'_>, scene: &Scene<'_>, service: &ServiceState, y: u16, end: u16) {
    let window = service.assessment.window;
    let soaking = matches!(
        service.advice.headline,
        Headline::Soak { .. } | Headline::ProductionSoak { .. }
    );
    let name = match (window.kind, window.from) {
        (WindowKind::SinceCanary, _) if soaking => "soak so far".to_owned(),
        (WindowKind::SinceOnset | WindowKind::SinceCanary, Some(from)) => {
            format!("since {}", clock(from))
        }
        (WindowKind::Recent, Some(_)) => "last 5m".to_owned(),
        (WindowKind::SinceOnset | WindowKind::SinceCanary | WindowKind::Recent, None) => {
            "nothing seen yet".to_owned()
        }
    };
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    canvas.put(3, y, CANARY_END - 7, &dim(&name));
    let [ours, theirs, both] = heads(service.advice.compared);
    canvas.put_right(y, CANARY_END, &dim(&ours));
    canvas.put_right(y, PRODUCTION_END, &dim(&theirs));
    let sure = service
        .assessment
        .rows
        .iter()
        .find_map(|row| row.verdict.estimate.as_ref())
        .map_or_else(String::new, |estimate| format!(", {}", certainty(estimate)));
    canvas.put(COMPARE, y, end, &dim(&format!("{both}{sure}")));
    let ends = service
        .assessment
        .rows
        .iter()
        .find_map(|row| row.trend_ends);
    if let Some(ends) = ends
        && TREND + 15 <= end
    {
        canvas.put(TREND, y, end, &dim(&trend::head(scene, ends)));
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    row: &Row,
    (y, end): (u16, u16),
) {
    let of = row.verdict.metric;
    let selected = here(scene.state) == of;
    let judged = of != Metric::Requests || !row.verdict.verdict.is_pass();
    let (symbol, word, role) = verdict(&row.verdict.verdict);
    if selected {
        canvas.dot(0, y, '>', Role::Selected);
    }
    if judged {
        let line = Line::new().with(role, format!("{symbol} {word:<8} "));
        canvas.put(1, y, 12, &line);
    }
    canvas.put(12, y, 23, &Line::text(metric(&of)));
    let shown = |side: Option<crate::engine::assess::Value>| {
        Line::text(side.map_or_else(|| "?".to_owned(), value))
    };
    canvas.put_right(y, CANARY_END, &shown(row.canary));
    if let Some((sign, role)) = mark(row.canary_over) {
        canvas.dot(CANARY_END + 1, y, sign, role);
    }
    canvas.put_right(y, PRODUCTION_END, &shown(row.production));
    if let Some((sign, role)) = mark(row.production_over) {
        canvas.dot(PRODUCTION_END + 1, y, sign, role);
    }
    let has_trend = trended(&row.verdict.verdict);
    let stop = if has_trend { TREND - 1 } else { end };
    let remark = compare(service, row);
    canvas.put(COMPARE, y, stop.min(end), &Line::text(remark));
    if has_trend && TREND + 15 <= end {
        let role = if row.verdict.verdict.is_breach() {
            Role::Breach
        } else {
            Role::Text
        };
        canvas.put(TREND, y, end, &Line::new().with(role, trend::trend(row)));
    }
    if selected {
        canvas.mark(0, y, end, Role::Selected);
    }
}

/// A pass has no trend, and where there is no data there is none.
pub(super) const fn trended(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::NoData(_) => false,
        Verdict::Unsure(_)
        | Verdict::Watch(_)
        | Verdict::Breach { .. }
        | Verdict::Recovered { .. } => true,
    }
}

fn compare(service: &ServiceState, row: &Row) -> String {
    if row.verdict.metric == Metric::Requests {
        return service.advice.hurt.canary_share.map_or_else(
            || remark(&row.verdict.verdict, service.advice.compared).unwrap_or_default(),
            |part| format!("{} of all", share(part)),
        );
    }
    if row.verdict.verdict.is_no_data() {
        let why = remark(&row.verdict.verdict, service.advice.compared).unwrap_or_default();
        return match &row.was {
            Some(was) => format!("was {}; {why}", verdict(was).1),
            None => why,
        };
    }
    let counted = remark(&row.verdict.verdict, service.advice.compared);
    match (&row.verdict.estimate, counted) {
        (Some(estimate), Some(counted)) if estimate.high.is_none() => counted,
        (Some(estimate), _) => {
            let ratio = estimate.ratio.map_or_else(|| "-".to_owned(), times);
            let between = interval(estimate);
            first_that_fits(
                [format!("{ratio:<6} {between}"), between],
                TREND - COMPARE - 1,
            )
        }
        (None, counted) => {
            let a_request = || Some(format!("{} a request", times(row.for_each_request?)));
            let a_pod = || Some(format!("{} a pod", times(row.for_each_pod?)));
            let each = || a_request().or_else(a_pod);
            counted.or_else(each).unwrap_or_default()
        }
    }
}
