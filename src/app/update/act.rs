//! What a person asks for. No key both moves and acts; none writes outside a plan.

use super::Pressed;
use super::select::Move;
use super::{operations, plans, releases, security, select};
use crate::app::action::Action;
use crate::app::behind::{Behind, behind, metric};
use crate::app::effect::{Effect, Effects};
use crate::app::enabled::enabled;
use crate::app::event::Press;
use crate::app::evidence::{CLIPBOARD, queries};
use crate::app::field::Field;
use crate::app::flags::{self, listed_flags};
use crate::app::help;
use crate::app::sieve::{Table, table};
use crate::app::state::{Editing, News, Overlay, Reading, Releases, Screen, State};
use crate::app::suggest::suggestions;
use crate::domain::environment::Environment;

/// A second Ctrl-C within this time leaves.
const TWICE_MS: u64 = 2_000;

pub(super) fn act(state: &mut State, pressed: Pressed) -> Effects {
    let effects = carry_out(state, pressed);
    if state.ui.screen == Screen::Services {
        state.ui.roster.moved = Some(state.world.now);
    }
    effects
}

fn carry_out(state: &mut State, pressed: Pressed) -> Effects {
    if let Err(not_now) = enabled(state, pressed.action) {
        state.ui.news = Some(News::Closed(not_now));
        return Effects::none();
    }
    if !matches!(state.ui.news, Some(News::Service(_))) {
        state.ui.news = None;
    }
    match pressed.action {
        Action::Overview => show(state, Screen::Overview),
        Action::Ladder => show(state, Screen::Ladder),
        Action::Flags => show(state, Screen::Flags),
        Action::Releases => show(state, Screen::Releases),
        Action::Pods => show(state, Screen::Pods),
        Action::Changed => show(state, Screen::Changed),
        Action::Services => show(state, Screen::Services),
        Action::PreviousService => moved(state, select::service, Move::Up),
        Action::NextService => moved(state, select::service, Move::Down),
        Action::Worst => {
            select::worst(state);
            Effects::none()
        }
        Action::Up => up_or_down(state, Move::Up),
        Action::Down => up_or_down(state, Move::Down),
        Action::PageUp => up_or_down(state, Move::PageUp),
        Action::PageDown => up_or_down(state, Move::PageDown),
        Action::Top => up_or_down(state, Move::Top),
        Action::Bottom => up_or_down(state, Move::Bottom),
        Action::Open => open(state),
        Action::Back => back(state),
        Action::PlanAdvised => plans::advised(state, pressed.at),
        Action::ToggleFlag => plans::toggle(state, pressed.at),
        Action::SwitchEnvironment => switch_environment(state),
        Action::Difference => releases::compare(state),
        Action::Wider => {
            state.ui.changes.within = state.ui.changes.within.wider();
            Effects::none()
        }
        Action::OnlyService => {
            state.ui.changes.only = !state.ui.changes.only;
            Effects::none()
        }
        Action::Filter => {
            if let Some(table) = table(state) {
                state.ui.sieves.of_mut(table).writing = true;
            }
            Effects::none()
        }
        Action::Order => {
            select::ordered(state);
            Effects::none()
        }
        Action::Undo => plans::undo(state, pressed.at),
        Action::VerifyInterrupted => operations::verify(state),
        Action::ConfirmKey => plans::confirm_key(state, pressed),
        Action::EditReason => plans::edit(state, Editing::Reason),
        Action::ShowPatch => plans::show_patch(state),
        Action::Submit => submit(state, pressed),
        Action::QueryText => query(state),
        Action::Zoom => zoom(state),
        Action::Copy => copy(state),
        Action::SecurityIncident => security::open(state),
        Action::Affected => security::another_side(state),
        Action::Refresh => refresh(state),
        Action::Freeze => freeze(state),
        Action::Palette => over(
            state,
            Overlay::Palette {
                field: Field::default(),
                selected: 0,
            },
        ),
        Action::Help => over(state, Overlay::Help { scroll: 0 }),
        Action::Redraw => Effects::from(vec![Effect::Redraw]),
        Action::Suspend => Effects::from(vec![Effect::Suspend]),
        Action::Interrupt => interrupt(state, pressed.press),
        Action::Quit => leave(state),
    }
}

/// Holds the world as it is shown, or lets it go on.
fn freeze(state: &mut State) -> Effects {
    state.ui.frozen = match state.ui.frozen.take() {
        Some(_) => None,
        None => Some(Box::new(state.world.clone())),
    };
    Effects::none()
}

/// Asks every source anew, and takes the order of the table on the screen anew.
fn refresh(state: &mut State) -> Effects {
    state.ui.news = Some(News::Asked);
    select::taken(state);
    let sources = state.world.sources.keys().cloned();
    let mut effects: Vec<Effect> = sources.map(Effect::Refresh).collect();
    effects.extend(plans::ask_access(state));
    effects.into()
}

/// Goes to a screen, from wherever.
fn show(state: &mut State, screen: Screen) -> Effects {
    state.ui.screen = screen;
    state.ui.overlays.clear();
    state.ui.trail.clear();
    select::opened(state);
    Effects::none()
}

fn moved(state: &mut State, how: fn(&mut State, Move), by: Move) -> Effects {
    how(state, by);
    Effects::none()
}

fn over(state: &mut State, overlay: Overlay) -> Effects {
    state.ui.overlays.push(overlay);
    Effects::none()
}

fn up_or_down(state: &mut State, by: Move) -> Effects {
    let suggestions = match state.ui.overlays.last() {
        Some(Overlay::Palette { field, .. }) => suggestions(state, &field.text).len(),
        Some(
            Overlay::Help { .. }
            | Overlay::Plan(_)
            | Overlay::Incident(_)
            | Overlay::Refused { .. },
        )
        | None => 0,
    };
    let (page, height) = (select::page(state), state.ui.height);
    let keys = help::lines(state.ui.screen.context()).len();
    match state.ui.overlays.last_mut() {
        Some(Overlay::Help { scroll }) => *scroll = by.scrolled(*scroll, keys, help::rows(height)),
        Some(Overlay::Palette { selected, .. }) => {
            *selected = by.to(*selected, suggestions, page);
        }
        Some(Overlay::Plan(_) | Overlay::Incident(_) | Overlay::Refused { .. }) => {}
        None => match &mut state.ui.releases.compared {
            Some(compared) if state.ui.screen == Screen::Releases => {
                releases::scroll(compared, by, height);
            }
            Some(_) | None => select::row(state, by),
        },
    }
    Effects::none()
}

/// Goes to what stands behind the selected line, and remembers the way back.
fn open(state: &mut State) -> Effects {
    let Some(behind) = behind(state) else {
        return Effects::none();
    };
    let from = (state.ui.service.clone(), state.ui.screen);
    state.ui.trail.push(from);
    match behind {
        Behind::Service(service) => {
            state.ui.service = service;
            state.ui.flag = None;
            state.ui.screen = Screen::Overview;
        }
        Behind::Evidence { service, metric } => {
            state.ui.service = service;
            state.ui.evidence = Reading::default();
            state.ui.screen = Screen::Evidence {
                metric,
                query: false,
            };
        }
        Behind::Flag { place, key } => {
            state.ui.service = place.service;
            state.ui.environment = place.environment;
            state.ui.flag = Some(key);
            // A filter that was left there must not hide what was asked for.
            state.ui.sieves.of_mut(Table::Flags).filter = Field::default();
            flags::take(state);
            state.ui.screen = Screen::Flags;
        }
    }
    Effects::none()
}

fn back(state: &mut State) -> Effects {
    if state.ui.overlays.is_empty() && clears_filter(state) {
        return Effects::none();
    }
    let closes = match state.ui.overlays.last_mut() {
        Some(Overlay::Plan(view)) if view.editing != Editing::Nothing => {
            view.editing = Editing::Nothing;
            view.complaint = None;
            false
        }
        Some(
            Overlay::Plan(_)
            | Overlay::Incident(_)
            | Overlay::Help { .. }
            | Overlay::Palette { .. }
            | Overlay::Refused { .. },
        ) => true,
        None if state.ui.screen == Screen::Releases && state.ui.releases.compared.is_some() => {
            state.ui.releases.compared = None;
            false
        }
        None => {
            match state.ui.trail.pop() {
                Some((service, screen)) => {
                    state.ui.service = service;
                    state.ui.screen = screen;
                }
                None => state.ui.screen = Screen::Overview,
            }
            false
        }
    };
    if closes {
        state.ui.overlays.pop();
    }
    Effects::none()
}

/// Esc takes the filter of a table away before it leaves it.
fn clears_filter(state: &mut State) -> bool {
    let Some(table) = table(state) else {
        return false;
    };
    let sieve = state.ui.sieves.of_mut(table);
    let clears = sieve.is_narrow();
    if clears {
        sieve.writing = false;
        sieve.filter = Field::default();
    }
    clears
}

fn query(state: &mut State) -> Effects {
    if let Screen::Evidence { query, .. } = &mut state.ui.screen {
        *query = !*query;
    }
    Effects::none()
}

/// The chart over the whole screen, and back to where it was asked for.
fn zoom(state: &mut State) -> Effects {
    let metric = match state.ui.screen {
        Screen::Overview => metric(state),
        Screen::Evidence { metric, .. } => metric,
        Screen::Ladder
        | Screen::Flags
        | Screen::Releases
        | Screen::Pods
        | Screen::Changed
        | Screen::Services
        | Screen::Chart { .. } => return back(state),
    };
    let from = (state.ui.service.clone(), state.ui.screen);
    state.ui.trail.push(from);
    state.ui.screen = Screen::Chart { metric };
    Effects::none()
}

/// Offers the next query to the clipboard, one at a time: a query is used by itself.
fn copy(state: &mut State) -> Effects {
    let queries = queries(state);
    let of = queries.len();
    let at = state.ui.evidence.copied % of.max(1);
    let Some((_, text)) = queries.into_iter().nth(at) else {
        return Effects::none();
    };
    state.ui.evidence.copied = at + 1;
    let bytes = text.len();
    if bytes > CLIPBOARD {
        state.ui.news = Some(News::TooLong { bytes });
        return Effects::none();
    }
    state.ui.news = Some(News::Sent {
        query: at + 1,
        of,
        bytes,
    });
    Effects::from(vec![Effect::Copy(text)])
}

fn switch_environment(state: &mut State) -> Effects {
    let configured: Vec<Environment> = state
        .service()
        .map(|service| service.evidence.environments.keys().copied().collect())
        .unwrap_or_default();
    let at = configured
        .iter()
        .position(|e| *e == state.ui.environment)
        .map_or(0, |at| at + 1);
    if let Some(&next) = configured.get(at).or_else(|| configured.first()) {
        state.ui.environment = next;
        state.ui.releases = Releases::default();
        flags::take(state);
        if !state
            .ui
            .flag
            .as_ref()
            .is_some_and(|flag| listed_flags(state).contains(flag))
        {
            state.ui.flag = listed_flags(state).into_iter().next();
        }
    }
    Effects::none()
}

fn submit(state: &mut State, pressed: Pressed) -> Effects {
    match state.ui.overlays.last_mut() {
        Some(Overlay::Palette { field, selected }) => {
            let (text, selected) = (field.text.clone(), *selected);
            state.ui.overlays.pop();
            match suggestions(state, &text).get(selected) {
                Some(info) => act(
                    state,
                    Pressed {
                        action: info.action,
                        ..pressed
                    },
                ),
                None => {
                    state.ui.news = Some(News::Unbound(format!(":{text}")));
                    Effects::none()
                }
            }
        }
        Some(Overlay::Plan(view)) => match view.editing {
            Editing::Reason => {
                view.plan.reason = view.reason.text.clone().into();
                view.editing = Editing::Nothing;
                Effects::none()
            }
            Editing::Name => plans::confirm_name(state, pressed),
            Editing::Nothing => Effects::none(),
        },
        Some(Overlay::Incident(_)) => security::said(state, pressed),
        None => {
            if let Some(table) = table(state) {
                state.ui.sieves.of_mut(table).writing = false;
            }
            Effects::none()
        }
        Some(Overlay::Help { .. } | Overlay::Refused { .. }) => Effects::none(),
    }
}

fn interrupt(state: &mut State, press: Press) -> Effects {
    let twice = press.again_after_ms.is_some_and(|after| after <= TWICE_MS);
    if twice && state.ui.leaving {
        // Asked again and again: what still runs is in the journal, and the next start offers to verify it.
        return Effects::from(vec![Effect::Quit]);
    }
    if twice {
        return leave(state);
    }
    state.ui.news = Some(News::AgainToLeave);
    Effects::none()
}

fn leave(state: &mut State) -> Effects {
    if operations::is_running(state) {
        state.ui.leaving = true;
        state.ui.news = Some(News::WaitsToLeave);
        return Effects::none();
    }
    Effects::from(vec![Effect::Quit])
}
