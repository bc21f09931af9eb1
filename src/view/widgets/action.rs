//! Lines 5 to 9: what to do and why, what speaks against it, and what comes next if it does not help.

use crate::app::action::Action;
use crate::app::state::ServiceState;
use crate::domain::environment::Environment;
use crate::engine::advisor::advice::{Effect, Headline, Rung, RungKind, RungState};
use crate::engine::advisor::reason::{Closed, Reason};
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::{Scene, version};
use crate::view::widgets::aftermath::{better, blind};
use crate::view::widgets::labelled::{TEXT, lines};
use crate::view::widgets::promotion::{earned, production_soak, waits};
use crate::view::words::closed::closed;
use crate::view::words::fit::as_many_as_fit;
use crate::view::words::headline::in_short;
use crate::view::words::number::counted;
use crate::view::words::reason::reason;
use crate::view::words::rung::{cost, effect, order, order_low, told};
use crate::view::words::source::doing;
use crate::view::words::time::{clock, duration, usual};

/// A block: its first line, then labels with their texts.
pub(super) struct Block {
    pub(super) title: (&'static str, Line, String),
    pub(super) rows: Vec<(&'static str, String)>,
    /// What the plan says as well, where there is room for it.
    pub(super) more: Vec<(&'static str, String)>,
}

/// What there is for the rows below the title.
#[derive(Clone, Copy)]
struct Room {
    rows: usize,
    width: u16,
}

/// Draws the block from a row on, in that many rows.
pub(crate) fn draw(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    (top, rows, end): (u16, u16, u16),
) {
    let room = Room {
        rows: usize::from(rows.saturating_sub(1)),
        width: end.saturating_sub(TEXT),
    };
    let block = block(scene, service, room);
    let (word, title, aside) = block.title;
    canvas.put(1, top, TEXT, &Line::new().with(Role::Strong, word));
    let at = canvas.put(TEXT, top, end, &title);
    let aside = Line::text(aside);
    if !aside.is_empty() && at + 2 + aside.width() <= end {
        canvas.put(at + 2, top, end, &aside);
    }
    let spare = room.rows.saturating_sub(block.rows.len());
    let mut entries = block.rows;
    entries.extend(block.more.into_iter().take(spare));
    lines(canvas, &entries, (top + 1, rows.saturating_sub(1), end));
}

fn block(scene: &Scene<'_>, service: &ServiceState, room: Room) -> Block {
    let advice = &service.advice;
    let first = advice
        .first
        .and_then(|kind| advice.rungs.iter().find(|rung| rung.kind == kind));
    if let Some(rung) = first {
        return recommended(scene, service, rung, room);
    }
    match &advice.headline {
        Headline::Reading { waiting } => Block {
            title: (
                "WAIT",
                Line::text("nothing is concluded before the first answers"),
                String::new(),
            ),
            rows: waiting
                .iter()
                .filter_map(|id| doing(id, service.evidence.sources.get(id)?, scene.now()))
                .map(|text| ("for", text))
                .collect(),
            more: Vec::new(),
        },
        Headline::Blind {
            last,
            as_of,
            source: id,
            ..
        } => {
            let seen = last
                .as_deref()
                .map(|last| in_short(last, advice.compared, as_of.unwrap_or(scene.now())));
            blind(service, seen, id.kind())
        }
        Headline::Better { .. } => better(scene, service),
        Headline::Idle
        | Headline::WarmingUp { .. }
        | Headline::Security { .. }
        | Headline::Soak { .. }
        | Headline::ProductionSoak { .. }
        | Headline::Passed { .. }
        | Headline::NotEnough { .. }
        | Headline::Watch { .. }
        | Headline::Breach { .. }
        | Headline::RedLine { .. }
        | Headline::BothBad { .. }
        | Headline::ProductionBad { .. }
        | Headline::NotEarned { .. }
        | Headline::Unjudged { .. }
        | Headline::StillBad { .. }
        | Headline::Helped { .. }
        | Headline::WasBad { .. } => {
            let soaks = || Some(production_soak(scene, &service.assessment.promoted?));
            under_way(scene, service)
                .or_else(soaks)
                .unwrap_or_else(|| promotion(scene, service))
        }
    }
}

fn recommended(scene: &Scene<'_>, service: &ServiceState, rung: &Rung, room: Room) -> Block {
    let compared = service.advice.compared;
    let title = match (&rung.by_hand, scene.key(Action::PlanAdvised)) {
        (None, Some(key)) => Line::new()
            .with(Role::Accent, format!("{key}  "))
            .with(Role::Strong, order(rung)),
        (Some(_), _) | (None, None) => Line::new().with(Role::Strong, order(rung)),
    };
    let aside = if rung.by_hand.is_some() {
        let usual = usual(rung.seconds).map_or_else(String::new, |u| format!("{u}, "));
        format!("{usual}by hand")
    } else {
        cost(rung)
    };
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    for (at, why) in rung.reasons.iter().take(2).enumerate() {
        rows.push((if at == 0 { "why" } else { "" }, reason(why, compared)));
    }
    // What was looked at in vain is said where nothing else speaks against it.
    let (looked, against): (Vec<&Reason>, Vec<&Reason>) = rung
        .against
        .iter()
        .partition(|why| matches!(why, Reason::LookedAt(_)));
    let (against, looked) = if against.is_empty() {
        (looked, against)
    } else {
        (against, looked)
    };
    let against: Vec<String> = against
        .into_iter()
        .map(|why| reason(why, compared))
        .collect();
    let mut after: Vec<(&'static str, String)> = Vec::new();
    let mut more: Vec<(&'static str, String)> = Vec::new();
    if let Headline::Security { measured, .. } = &service.advice.headline {
        after.extend(incident(scene, rung));
        let measured = in_short(measured, compared, scene.now());
        more.push(("metrics", measured));
    } else if let Some(next) = next(service) {
        after.push((
            "else",
            format!(
                "if no better in {}: {}",
                duration(i64::from(service.evidence.policy.help_seconds)),
                order_low(next)
            ),
        ));
    }
    if let Some(not) = not_rollback(service, rung, scene) {
        after.push(("not", not));
    }
    // A line for each where there is room, else as many as fit on one.
    if rows.len() + after.len() + against.len() <= room.rows {
        let labels = std::iter::once("against").chain(std::iter::repeat(""));
        rows.extend(labels.zip(against));
    } else if !against.is_empty() {
        rows.push(("against", as_many_as_fit(&against, "; ", room.width)));
    }
    let after_tells = after.iter().any(|(label, _)| *label == "tell");
    rows.extend(after);
    if !rung.notify.is_empty() && !after_tells {
        more.push(("tell", format!("{}, by hand", told(&rung.notify))));
    }
    for why in looked {
        more.push(("looked", reason(why, compared)));
    }
    for why in rung.reasons.iter().skip(2) {
        more.push(("why", reason(why, compared)));
    }
    Block {
        title: ("DO THIS", title, aside),
        rows,
        more,
    }
}

/// While a security incident stands: whom to tell, and how it ends.
fn incident(scene: &Scene<'_>, rung: &Rung) -> Vec<(&'static str, String)> {
    let ends = scene.key(Action::SecurityIncident).map(|key| {
        let text = format!("security investigates; {key} ends it, with what was found");
        ("then", text)
    });
    let tell = ("tell", format!("{}, by hand", told(&rung.notify)));
    std::iter::once(tell).chain(ends).collect()
}

/// The rung that comes next.
pub(super) fn next(service: &ServiceState) -> Option<&Rung> {
    service
        .advice
        .rungs
        .iter()
        .find(|rung| rung.state == RungState::Next)
}

/// Why people are called instead of rolling back: the question that comes first to mind.
fn not_rollback(service: &ServiceState, first: &Rung, scene: &Scene<'_>) -> Option<String> {
    service
        .advice
        .rungs
        .iter()
        .filter(|rung| first.kind == RungKind::People && rung.kind == RungKind::Rollback)
        .find_map(|rung| match &rung.state {
            RungState::Blocked(why) => {
                let (what, how) = closed(why, scene.now());
                Some(format!("rolling back: {what} {how}"))
            }
            RungState::Recommended
            | RungState::Next
            | RungState::Open
            | RungState::NotNeeded(_)
            | RungState::Running { .. }
            | RungState::Done { .. } => None,
        })
}

/// What was done and is waited for.
fn under_way(scene: &Scene<'_>, service: &ServiceState) -> Option<Block> {
    let rung = service.advice.rungs.iter().find(|rung| {
        matches!(
            rung.state,
            RungState::Running { .. }
                | RungState::Done {
                    effect: Effect::Waiting { .. },
                    ..
                }
        )
    })?;
    let mut rows = vec![match &rung.state {
        RungState::Done { at, effect: came } => {
            ("done", format!("at {}; {}", clock(*at), effect(*came)))
        }
        RungState::Running { since } => ("running", format!("since {}", clock(*since))),
        RungState::Recommended
        | RungState::Next
        | RungState::Open
        | RungState::Blocked(_)
        | RungState::NotNeeded(_) => ("", String::new()),
    }];
    if let Some(next) = next(service) {
        rows.push(("else", order_low(next)));
    }
    let undo = scene.key(Action::Undo);
    if let (RungState::Done { .. }, Some(key)) = (&rung.state, undo) {
        rows.push(("undo", format!("{key}, until somebody else changes it")));
    }
    Some(Block {
        title: ("WAIT", Line::text(order(rung)), String::new()),
        rows,
        more: Vec::new(),
    })
}

fn promotion(scene: &Scene<'_>, service: &ServiceState) -> Block {
    let promotion = &service.advice.promotion;
    let what = scene
        .environment(Environment::Canary)
        .and_then(version)
        .unwrap_or_else(|| "canary".to_owned());
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    for rung in &service.advice.rungs {
        if let RungState::Done { at, effect: came } = &rung.state {
            rows.push((
                "done",
                format!("{} at {}: {}", order_low(rung), clock(*at), effect(*came)),
            ));
        }
    }
    if promotion.waits.contains(&Closed::NoCanary) {
        rows.push((
            "watching",
            "a canary shows here as soon as one is deployed".to_owned(),
        ));
        return Block {
            title: (
                "NEXT",
                Line::text("nothing to promote: there is no canary"),
                String::new(),
            ),
            rows,
            more: Vec::new(),
        };
    }
    let waits = waits(&promotion.waits, scene);
    let aside = if promotion.open {
        "open; by hand".to_owned()
    } else {
        format!(
            "closed: waits for {}",
            counted(u64::try_from(waits.len()).unwrap_or(u64::MAX), "thing")
        )
    };
    let labels = std::iter::once("waits").chain(std::iter::repeat(""));
    rows.extend(labels.zip(waits));
    if promotion.open {
        rows.extend(earned(service));
    }
    Block {
        title: (
            "NEXT",
            Line::text(format!("Promote {what} to production")),
            aside,
        ),
        rows,
        more: Vec::new(),
    }
}
