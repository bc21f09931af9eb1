//! The table of pods: a row each, a column for each signal, the mark of a limit behind each value.

use crate::app::pods::selected;
use crate::domain::pods::PodSignal;
use crate::engine::assess::Limit;
use crate::engine::pods::{Pod, over};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width};
use crate::view::scene::Scene;
use crate::view::widgets::part::Part;
use crate::view::words::compare::mark;
use crate::view::words::number::share;
use crate::view::words::pod::pressure;
use crate::view::words::time::{between, when};

/// The row of the table's head.
pub(super) const HEAD: u16 = 9;
/// Where pods' names begin.
const NAME: u16 = 8;

/// Where the columns end; a mark has a cell of its own two further.
struct Columns {
    name: u16,
    cpu: u16,
    memory: u16,
    throttled: u16,
    pressure: u16,
    restarts: u16,
    /// None where there is no room for it.
    since: Option<u16>,
    /// Whether there is room for times; else how long ago.
    has_times: bool,
}

impl Columns {
    const fn before(end: u16) -> Self {
        let has_times = end >= 98;
        let last = end.saturating_sub(1);
        let (since, restarts) = match (has_times, end >= 76) {
            (true, _) => (Some(last), last.saturating_sub(15)),
            (false, true) => (Some(last), last.saturating_sub(9)),
            (false, false) => (None, last.saturating_sub(2)),
        };
        let pressure = restarts.saturating_sub(10);
        let throttled = pressure.saturating_sub(11);
        let memory = throttled.saturating_sub(11);
        let cpu = memory.saturating_sub(8);
        Self {
            name: cpu.saturating_sub(6),
            cpu,
            memory,
            throttled,
            pressure,
            restarts,
            since,
            has_times,
        }
    }
}

/// Draws the pods from the head's row on, on so many rows.
pub(super) fn table(canvas: &mut Canvas<'_>, scene: &Scene<'_>, pods: &[Pod], rows: u16, end: u16) {
    let columns = Columns::before(end);
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    canvas.put(1, HEAD, NAME - 1, &dim("ready"));
    canvas.put(NAME, HEAD, columns.name, &dim("pod"));
    for (at, text) in [
        (columns.cpu, "cpu"),
        (columns.memory, "memory"),
        (columns.throttled, "throttled"),
        (columns.pressure, "pressure"),
        (columns.restarts, "restarts"),
    ] {
        canvas.put_right(HEAD, at, &dim(text));
    }
    if let Some(at) = columns.since {
        let since = if columns.has_times { "since" } else { "for" };
        canvas.put_right(HEAD, at, &dim(since));
    }
    let here = selected(scene.state, pods);
    let room = usize::from(rows.saturating_sub(1));
    let at = pods.iter().position(|pod| Some(pod) == here);
    let part = Part::with(at.unwrap_or_default(), pods.len(), room);
    let mut y = HEAD + 1;
    for pod in pods.iter().skip(part.first).take(part.shown) {
        draw_row(canvas, scene, pod, y, &columns);
        if Some(pod) == here {
            canvas.dot(0, y, '>', Role::Selected);
            canvas.mark(0, y, end, Role::Selected);
        }
        y += 1;
    }
    part.rest(canvas, (NAME, y, end));
}

fn draw_row(canvas: &mut Canvas<'_>, scene: &Scene<'_>, pod: &Pod, y: u16, columns: &Columns) {
    let (role, ready) = match pod.ready {
        Some(true) => (Role::Pass, "✓ yes"),
        Some(false) => (Role::Breach, "✗ no"),
        None if pod.leaving => (Role::Dim, "-"),
        None => (Role::Watch, "?"),
    };
    canvas.put(1, y, NAME - 1, &Line::new().with(role, ready));
    let name = end_of(&pod.name.shown(), columns.name.saturating_sub(NAME));
    canvas.put(NAME, y, columns.name, &Line::text(name));
    let policy = scene.service().map(|service| &service.evidence.policy);
    let limit =
        |of: PodSignal, value: f64| policy.map_or(Limit::Within, |policy| over(policy, of, value));
    let unknown = || "?".to_owned();
    for (of, end) in [
        (PodSignal::Cpu, columns.cpu),
        (PodSignal::Memory, columns.memory),
        (PodSignal::Throttled, columns.throttled),
    ] {
        let value = pod.values.get(&of).copied();
        let text = value.map_or_else(unknown, share);
        put(canvas, y, end, text, value.map(|value| limit(of, value)));
    }
    let waits = pod.pressure().map(|(of, value)| limit(of, value));
    let text = pressure(pod).unwrap_or_else(unknown);
    put(canvas, y, columns.pressure, text, waits);
    let restarts = pod
        .restarts
        .map_or_else(unknown, |restarts| restarts.to_string());
    let recent = pod.recent.filter(|recent| *recent > 0);
    put(
        canvas,
        y,
        columns.restarts,
        restarts,
        recent.map(|_| Limit::OverTrigger),
    );
    let (Some(end), now) = (columns.since, scene.now()) else {
        return;
    };
    let since = match pod.since {
        Some(at) if columns.has_times => when(at, now),
        Some(at) => between(at, now),
        None => unknown(),
    };
    canvas.put_right(y, end, &Line::text(since));
}

/// A value before a column, and the mark of the limit that it is over behind it.
fn put(canvas: &mut Canvas<'_>, y: u16, end: u16, text: String, over: Option<Limit>) {
    canvas.put_right(y, end, &Line::text(text));
    if let Some((sign, role)) = over.and_then(mark) {
        canvas.dot(end + 1, y, sign, role);
    }
}

/// A name, or its end after a sign: that is what tells the pods of one Deployment apart.
pub(super) fn end_of(name: &str, most: u16) -> String {
    if width(name) <= most {
        return name.to_owned();
    }
    let mut rest = name;
    while width(rest) + 1 > most && !rest.is_empty() {
        let mut chars = rest.chars();
        chars.next();
        rest = chars.as_str();
    }
    format!("…{rest}")
}
