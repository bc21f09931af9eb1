//! The ladder: every level with where it stands, the selected one at length, and whom the process calls when.

mod touches;

use crate::app::action::Action;
use crate::app::enabled::undoable;
use crate::app::state::ServiceState;
use crate::domain::plan::Intent;
use crate::engine::advisor::advice::{Rung, RungKind, RungState, RungTarget};
use crate::engine::advisor::escalation::{Escalation, escalation};
use crate::engine::advisor::reason::{Closed, Reason};
use crate::engine::assess::Compared;
use crate::theme::Role;
use crate::view::canvas::{Canvas, Line, width};
use crate::view::scene::Scene;
use crate::view::screens::Hints;
use crate::view::widgets::aftermath::so_far;
use crate::view::widgets::labelled::{TEXT, lines};
use crate::view::words::fit::{as_many_as_fit, first_that_fits};
use crate::view::words::headline::in_short;
use crate::view::words::level;
use crate::view::words::number::counted;
use crate::view::words::operation;
use crate::view::words::reason::{reason, reason_within};
use crate::view::words::rung::{cost, effect, low, told};
use crate::view::words::time::{clock, duration};
use touches::touches;

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::PlanAdvised, "plan"),
    (Action::Down, "level"),
    (Action::Open, "its evidence"),
    (Action::Changed, "what changed"),
    (Action::Undo, "undo"),
    (Action::Back, "back"),
    (Action::Help, "keys"),
];

/// The fewest cells of a level's state.
const STATE: u16 = 26;
/// The rows from which the clock stands below the levels.
const WITH_CLOCK: u16 = 20;
/// Those of the clock, of who was told, and of undo.
const FOOT: u16 = 3;

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16) {
    let Some(service) = scene.service() else {
        return;
    };
    let room = end.saturating_sub(1);
    let clock = escalation(
        &service.evidence,
        &service.assessment,
        &service.advice,
        scene.now(),
    );
    table(canvas, scene, service, &clock, end);
    let top = 4 + 1 + 6 + 1;
    let last = canvas.height().saturating_sub(1);
    let foot = if canvas.height() >= WITH_CLOCK {
        FOOT
    } else {
        0
    };
    let rows = last.saturating_sub(top + foot);
    let selected = scene.state.ui.rung;
    if let Some(rung) = service.advice.rungs.iter().find(|r| r.kind == selected) {
        detail(canvas, scene, service, rung, (top, rows, end));
    }
    if foot > 0 {
        below(canvas, scene, service, &clock, (last - FOOT, room));
    }
}

fn table(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    escalation: &Escalation,
    end: u16,
) {
    let room = end.saturating_sub(1);
    let state_at = room.saturating_sub(STATE.max(room / 3));
    let dim = |text: &str| Line::new().with(Role::Dim, text);
    let key = scene.key(Action::Ladder).unwrap_or_default();
    let title = Line::new()
        .with(Role::Accent, format!("{key} "))
        .with(Role::Strong, "ladder");
    canvas.put(1, 4, TEXT, &title);
    canvas.put_right(4, state_at - 2, &dim("usual"));
    canvas.put(state_at, 4, room, &dim("state"));
    let name_room = state_at.saturating_sub(8 + TEXT);
    let seen = level::Seen {
        headline: &service.advice.headline,
        escalation,
        now: scene.now(),
    };
    for (y, rung) in (5..).zip(&service.advice.rungs) {
        let level = format!("level {}", rung.kind.level());
        canvas.put(3, y, TEXT, &dim(&level));
        let name = level::named(rung, name_room);
        canvas.put(TEXT, y, TEXT + name_room, &Line::text(name));
        canvas.put_right(y, state_at - 2, &Line::text(level::usual(rung.seconds)));
        let (role, words) = level::state(rung, &seen, room.saturating_sub(state_at));
        let mut line = Line::new().with(role, words);
        let key = scene.key(Action::PlanAdvised);
        if let (RungState::Recommended, None, Some(key)) = (&rung.state, &rung.by_hand, key) {
            line = line.with(Role::Accent, format!("  {key}"));
        }
        canvas.put(state_at, y, room, &line);
        if rung.kind == scene.state.ui.rung {
            canvas.dot(0, y, '>', Role::Selected);
            canvas.mark(0, y, end, Role::Selected);
        }
    }
}

/// The selected level: its order, then why, what speaks against it, what it touches, whom it tells, what comes after.
fn detail(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    rung: &Rung,
    (top, rows, end): (u16, u16, u16),
) {
    let level = format!("level {}", rung.kind.level());
    canvas.put(1, top, TEXT, &Line::new().with(Role::Strong, level));
    let order = Line::new().with(Role::Strong, level::ordered(rung));
    let at = canvas.put(TEXT, top, end, &order);
    let aside = Line::text(cost(rung));
    if !aside.is_empty() && at + 2 + aside.width() <= end {
        canvas.put(at + 2, top, end, &aside);
    }
    let rows = rows.saturating_sub(1);
    let entries = entries(scene, service, rung, (rows, end.saturating_sub(TEXT)));
    lines(canvas, &entries, (top + 1, rows, end));
}

type Labelled = (&'static str, String);

fn entries(
    scene: &Scene<'_>,
    service: &ServiceState,
    rung: &Rung,
    (rows, most): (u16, u16),
) -> Vec<Labelled> {
    let mut entries = stands(scene, service, rung);
    let mut tail = Vec::new();
    if let Some(touched) = touches(scene, service, rung).filter(|_| !level::is_idle(rung)) {
        tail.push(("touches", touched));
    }
    if !rung.notify.is_empty() {
        tail.push(("tells", format!("{}; by hand", told(&rung.notify))));
    }
    if rung.by_hand.is_some() {
        let text = match rung.target {
            RungTarget::Traffic(_) => "by hand, at the gateway: requests there are to fall to 0",
            RungTarget::Flag { .. }
            | RungTarget::Release { .. }
            | RungTarget::Environment(_)
            | RungTarget::OnCall => {
                "by hand: not executable yet here; flightdeck shows what comes of it"
            }
        };
        tail.push(("how", text.to_owned()));
    } else if matches!(rung.state, RungState::Open | RungState::Next) {
        let key = scene.key(Action::Flags).unwrap_or_default();
        tail.push((
            "how",
            format!("on the flags screen, key {key}: its plan is made there"),
        ));
    }
    if level::is_idle(rung) {
        entries.extend(tail);
        return entries;
    }
    // Nothing measured says whether a security incident is over.
    if let RungTarget::Traffic(_) = rung.target {
        tail.push((
            "then",
            "security investigates; nothing measured ends it".to_owned(),
        ));
    } else {
        tail.push(("else", after(service, rung, most)));
    }
    let compared = service.advice.compared;
    let said = |why| reason(why, compared);
    let reasons: Vec<String> = rung.reasons.iter().map(said).collect();
    let against = against(rung, compared);
    // What does not ask for a level is no reason for it.
    let why = match rung.state {
        RungState::NotNeeded(_) => "seen",
        RungState::Recommended
        | RungState::Next
        | RungState::Open
        | RungState::Blocked(_)
        | RungState::Running { .. }
        | RungState::Done { .. } => "why",
    };
    let free = usize::from(rows).saturating_sub(entries.len() + tail.len());
    if reasons.len() + against.len() <= free {
        entries.extend(labels(why).zip(reasons));
        entries.extend(labels("against").zip(against));
    } else {
        // A line for what speaks against it, and what is left for why.
        let shown = free.saturating_sub(2).min(reasons.len());
        let mut said: Vec<String> = reasons.iter().take(shown).cloned().collect();
        let rest = rung.reasons.iter().skip(shown);
        let rest: Vec<String> = match rung.reasons.len() - shown {
            0 | 1 => rest.map(|why| reason(why, compared)).collect(),
            several => {
                let left = width(&format!("; {several} more"));
                rest.map(|why| reason_within(why, compared, most.saturating_sub(left)))
                    .collect()
            }
        };
        if !rest.is_empty() {
            said.push(as_many_as_fit(&rest, "; ", most));
        }
        entries.extend(labels(why).zip(said));
        if !against.is_empty() {
            entries.push(("against", as_many_as_fit(&against, "; ", most)));
        }
    }
    entries.extend(tail);
    entries
}

fn labels(first: &'static str) -> impl Iterator<Item = &'static str> {
    std::iter::once(first).chain(std::iter::repeat(""))
}

/// Where it stands, where that needs more words than the list has.
fn stands(scene: &Scene<'_>, service: &ServiceState, rung: &Rung) -> Vec<Labelled> {
    match &rung.state {
        RungState::Recommended | RungState::Next | RungState::Open => Vec::new(),
        RungState::Blocked(why) => vec![("blocked", level::at_length(why, scene.now()))],
        RungState::NotNeeded(Closed::NothingWrong) => {
            let headline = &service.advice.headline;
            vec![(
                "now",
                in_short(headline, service.advice.compared, scene.now()),
            )]
        }
        RungState::NotNeeded(why) => vec![("no need", level::at_length(why, scene.now()))],
        RungState::Running { since } => vec![("running", format!("since {}", clock(*since)))],
        RungState::Done { at, effect: came } => {
            let mut rows = vec![("done", format!("at {}; {}", clock(*at), effect(*came)))];
            rows.extend(so_far(service));
            rows
        }
    }
}

/// What speaks against it. What was looked at in vain stands last; of what is closed it is said that nobody weighed it.
fn against(rung: &Rung, compared: Compared) -> Vec<String> {
    let (looked, found): (Vec<&Reason>, Vec<&Reason>) = rung
        .against
        .iter()
        .partition(|why| matches!(why, Reason::LookedAt(_)));
    let said: Vec<String> = found
        .into_iter()
        .chain(looked)
        .map(|why| reason(why, compared))
        .collect();
    if !said.is_empty() {
        return said;
    }
    match &rung.state {
        RungState::Blocked(_) | RungState::NotNeeded(_) => {
            vec!["not weighed while it is closed".to_owned()]
        }
        RungState::Recommended
        | RungState::Next
        | RungState::Open
        | RungState::Running { .. }
        | RungState::Done { .. } => vec!["nothing was looked at for it".to_owned()],
    }
}

/// What comes after it.
fn after(service: &ServiceState, rung: &Rung, most: u16) -> String {
    let open = |other: &&Rung| {
        let possible = matches!(
            other.state,
            RungState::Recommended | RungState::Next | RungState::Open
        );
        other.kind > rung.kind && possible
    };
    let help = duration(i64::from(service.evidence.policy.help_seconds));
    match service.advice.rungs.iter().find(open) {
        Some(next) => {
            let start = format!("if no better in {help}: level {}, ", next.kind.level());
            let named = level::named(next, most.saturating_sub(width(&start)));
            format!("{start}{}", low(&named))
        }
        None if rung.kind == RungKind::People => {
            "people decide; there is no higher level".to_owned()
        }
        None => "no higher level is open now".to_owned(),
    }
}

/// The last rows: the clock, who was told, what can be taken back.
fn below(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    service: &ServiceState,
    escalation: &Escalation,
    (top, end): (u16, u16),
) {
    let most = end.saturating_sub(TEXT);
    let advised = service.advice.first;
    let first = service
        .advice
        .rungs
        .iter()
        .find(|r| Some(r.kind) == advised);
    let tell = match first {
        Some(rung) if !rung.notify.is_empty() => {
            let level = rung.kind.level();
            let by_hand =
                |whom: &str| format!("nobody by flightdeck; for level {level} tell {whom} by hand");
            let count = counted(
                u64::try_from(rung.notify.len()).unwrap_or(u64::MAX),
                "channel",
            );
            first_that_fits([by_hand(&told(&rung.notify)), by_hand(&count)], most)
        }
        Some(_) | None => "nobody by flightdeck".to_owned(),
    };
    let undo = match (undoable(scene.state), scene.key(Action::Undo)) {
        (Some(done), Some(key)) => {
            let Intent::SetFlag {
                place,
                key: flag,
                to,
                ..
            } = &done.plan.intent;
            let back = Intent::SetFlag {
                place: place.clone(),
                key: flag.clone(),
                to: to.other(),
                undoes: Some(done.plan.op.clone()),
            };
            let text = format!("  {}", operation::intent(&back));
            let more = ", until somebody else changes it";
            let fits = width(&key) + width(&text) + width(more) <= most;
            Line::new()
                .with(Role::Accent, key)
                .with(Role::Text, text)
                .with(Role::Text, if fits { more } else { "" })
        }
        (_, _) => Line::text("nothing of this run to take back"),
    };
    let entries = [
        (
            "clock",
            Line::text(level::clock_of(escalation, scene.now(), most)),
        ),
        ("told", Line::text(tell)),
        ("undo", undo),
    ];
    for (y, (label, line)) in (top..).zip(entries) {
        canvas.put(1, y, TEXT, &Line::new().with(Role::Dim, label));
        canvas.put(TEXT, y, end, &line);
    }
}
