//! All services, a line each, the worst first; the selected one at length below, where there is room for it.

use crate::app::action::Action;
use crate::app::roster::{as_of, listed, selected};
use crate::app::sieve::Table;
use crate::app::state::ServiceState;
use crate::domain::environment::Environment;
use crate::domain::untrusted::shown;
use crate::engine::advisor::advice::RungState;
use crate::engine::advisor::reason::Closed;
use crate::engine::assess::Compared;
use crate::engine::evidence::EnvironmentEvidence;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width};
use crate::view::scene::{Scene, version};
use crate::view::screens::Hints;
use crate::view::widgets::labelled::{TEXT, lines};
use crate::view::widgets::{roster, sieve, summary};
use crate::view::words::closed::{self, closed};
use crate::view::words::fit::{as_many_as_fit, first_that_fits};
use crate::view::words::headline::headline;
use crate::view::words::hurt::hurt;
use crate::view::words::level;
use crate::view::words::reason::reason;
use crate::view::words::rung::{cost, order, state};
use crate::view::words::service::no_advice;
use crate::view::words::time::clock;

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::Open, "overview"),
    (Action::Filter, "filter"),
    (Action::Order, "order"),
    (Action::PlanAdvised, "plan"),
    (Action::Down, "down"),
    (Action::Back, "back"),
    (Action::Help, "keys"),
];

/// The rows from which the last one tells what the values are.
const WITH_FOOT: u16 = 20;

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    let room = end.saturating_sub(1);
    title(canvas, scene, room);
    let height = canvas.height();
    let last = height.saturating_sub(1);
    let bottom = if height >= WITH_FOOT { last - 1 } else { last };
    let space = bottom.saturating_sub(5);
    // Of all services, so that nothing below moves while the filter is written.
    let all = u16::try_from(scene.world.services.len()).unwrap_or(u16::MAX);
    let wanted = all.max(2).saturating_add(1);
    let rows = wanted.min(space.saturating_sub(reserved(height)));
    roster::draw(canvas, scene, (5, rows, end));
    if listed(scene.state).is_empty() {
        sieve::nothing(canvas, scene, Table::Services, (6, room));
    }
    let below = 5 + rows + 1;
    let left = bottom.saturating_sub(below);
    let here = selected(scene.state);
    if let Some(service) = here.and_then(|name| scene.world.services.get(name))
        && left >= reserved(24) - 1
    {
        detail(canvas, scene, service, (below, left, end));
    }
    if height >= WITH_FOOT {
        let whose = whose(scene);
        let text = first_that_fits(
            [
                format!(
                    "errors, p95, requests and pods are {whose}: since the onset, else since it began, else of 5m"
                ),
                format!("values are {whose}: since the onset, else since it began, else of 5m"),
                format!("values are {whose}"),
            ],
            room.saturating_sub(1),
        );
        canvas.put(1, bottom, room, &Line::new().with(Role::Dim, text));
    }
}

/// Of which side the values of the rows are: of the one that is judged.
fn whose(scene: &Scene<'_>) -> &'static str {
    let is_of = |of: fn(&Compared) -> bool| {
        let rows = listed(scene.state).into_iter();
        let mut services = rows.filter_map(|name| scene.world.services.get(name));
        services.any(|service| of(&service.advice.compared))
    };
    let canary = is_of(|compared| matches!(compared, Compared::Canary));
    let production = is_of(|compared| matches!(compared, Compared::Production { .. }));
    match (canary, production) {
        (_, false) => "canary's",
        (true, true) => "canary's, production's where that soaks",
        (false, true) => "production's, which soaks",
    }
}

/// The rows that the selected service has when there are more services than rows: a blank one and its lines.
const fn reserved(height: u16) -> u16 {
    match height {
        0..24 => 0,
        24..30 => 6,
        30..40 => 8,
        _ => 11,
    }
}

fn title(canvas: &mut Canvas<'_>, scene: &Scene<'_>, room: u16) {
    let key = |action| scene.key(action).unwrap_or_default();
    let order = sieve::order(scene, Table::Services);
    let mut line = Line::new()
        .with(Role::Accent, format!("{} ", key(Action::Services)))
        .with(Role::Strong, "services")
        .with(Role::Text, format!("  {order}"));
    if let Some(at) = as_of(scene.state) {
        line = line
            .with(Role::Text, format!(" as of {}  ", clock(at)))
            .with(Role::Accent, key(Action::Refresh))
            .with(Role::Text, " anew");
    }
    let shown = listed(scene.state).len();
    let count = (room, shown, scene.world.services.len());
    sieve::head(canvas, scene, Table::Services, line, count);
}

/// The selected service: what runs, how it is, who is hurt, what to do, whether it may be promoted, and what else.
fn detail(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    (top, rows, end): (u16, u16, u16),
) {
    let name = service.evidence.service.as_str();
    let title = Line::new().with(Role::Strong, name);
    let at = canvas.put(1, top, end, &title).max(TEXT - 2) + 2;
    let both = [Environment::Canary, Environment::Production];
    let sides = both.map(|side| {
        let seen = service.evidence.environments.get(&side);
        seen.map_or_else(String::new, |seen| {
            let version = version(seen).unwrap_or_else(|| "?".to_owned());
            format!("{side} {version} {}", shown(&seen.context))
        })
    });
    let sides = sides.join("   ");
    canvas.put(at, top, end, &Line::text(sides.trim()));
    let most = end.saturating_sub(TEXT);
    let mut entries = entries(scene, service, most);
    entries.truncate(usize::from(rows.saturating_sub(1)));
    lines(canvas, &entries, (top + 1, rows.saturating_sub(1), end));
}

type Labelled = (&'static str, String);

fn entries(scene: &Scene<'_>, service: &ServiceState, most: u16) -> Vec<Labelled> {
    let advice = &service.advice;
    let now = scene.now();
    let is = headline(advice, &service.evidence, now).text;
    let mut entries = vec![("is", is), hurt(advice)];
    entries.push(("do", to_do(scene, service, most)));
    entries.push(("promote", promotion(scene, service, most)));
    let first = advice
        .rungs
        .iter()
        .find(|rung| Some(rung.kind) == advice.first);
    if let Some(first) = first {
        let said = |why| reason(why, advice.compared);
        let reasons = first.reasons.iter().map(said);
        entries.extend(["why", ""].into_iter().zip(reasons));
        let against: Vec<String> = first.against.iter().map(said).collect();
        if !against.is_empty() {
            entries.push(("against", as_many_as_fit(&against, "; ", most)));
        }
    }
    for (label, side) in [
        ("canary", Environment::Canary),
        ("prod", Environment::Production),
    ] {
        if let Some(seen) = service.evidence.environments.get(&side) {
            entries.push((label, runs(scene, seen)));
        }
    }
    entries
}

/// What is advised, or why nothing is.
fn to_do(scene: &Scene<'_>, service: &ServiceState, most: u16) -> String {
    let advice = &service.advice;
    let rungs = &advice.rungs;
    if let Some(first) = rungs.iter().find(|rung| Some(rung.kind) == advice.first) {
        let how = if first.by_hand.is_some() {
            "by hand".to_owned()
        } else {
            cost(first)
        };
        let whole = order(first);
        return first_that_fits(
            [format!("{whole}  {how}"), whole, level::named(first, most)],
            most,
        );
    }
    let taken = rungs.iter().find(|rung| {
        matches!(
            rung.state,
            RungState::Running { .. } | RungState::Done { .. }
        )
    });
    taken.map_or_else(
        || no_advice(&advice.headline).to_owned(),
        |taken| format!("{}: {}", order(taken), state(taken, scene.now())),
    )
}

/// Whether it may be promoted, or what that waits for.
fn promotion(scene: &Scene<'_>, service: &ServiceState, most: u16) -> String {
    let promotion = &service.advice.promotion;
    if promotion.waits.contains(&Closed::NoCanary) {
        return "nothing: both sides run the same version".to_owned();
    }
    if promotion.open {
        return "open; by hand".to_owned();
    }
    let now = scene.now();
    let (mut whole, mut names) = (Vec::new(), Vec::new());
    for why in &promotion.waits {
        let (what, _) = closed(why, now);
        whole.push(closed::whole(why, now, " "));
        names.push(if let Closed::Soak { until } = why {
            format!("soak to {}", clock(*until))
        } else {
            what.to_owned()
        });
    }
    let room = most.saturating_sub(width("closed, waits for: "));
    first_that_fits(
        [
            format!("closed: {}", whole.join("; ")),
            format!("closed, waits for: {}", as_many_as_fit(&names, ", ", room)),
        ],
        most,
    )
}

/// What runs in an environment: its release and its pods.
fn runs(scene: &Scene<'_>, seen: &EnvironmentEvidence) -> String {
    let release = seen.releases.as_ref().map_or_else(
        || "release ?".to_owned(),
        |releases| summary::release(scene, &releases.value),
    );
    let pods = seen.workload.as_ref().map_or_else(
        || "pods ?".to_owned(),
        |pods| format!("{} of {} pods ready", pods.value.ready, pods.value.wanted),
    );
    format!("{release}; {pods}")
}
