//! The one function between state and event. Each file handles one kind of event and takes the part it needs.

mod act;
mod heard;
mod operations;
mod plans;
mod reassess;
mod releases;
mod security;
mod select;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::action::Action;
use super::effect::{Effect, Effects};
use super::event::{Event, Press};
use super::field::Field;
use super::roster;
use super::state::{Complaint, Editing, News, Overlay, State};

/// A key, as it came.
#[derive(Debug, Clone, Copy)]
struct Pressed {
    action: Action,
    at: Timestamp,
    press: Press,
}

/// What the deck is after an event, and what is to be done outside.
pub fn update(mut state: State, event: Event) -> (State, Effects) {
    let effects = match event {
        Event::Tick { now } => tick(&mut state, now),
        Event::Heard(observation) => {
            let mut effects = heard::heard(&mut state.world, *observation);
            select::needed(&mut state);
            effects.0.extend(plans::again(&mut state).0);
            effects
        }
        Event::Act { action, at, press } => act::act(&mut state, Pressed { action, at, press }),
        Event::Wanted { intent, at } => plans::wanted(&mut state, &intent, at),
        Event::Ordered { reason, at } => plans::ordered(&mut state, reason, at),
        Event::Edited(field) => edited(&mut state, field),
        Event::Unbound { key } => news(&mut state, News::Unbound(key)),
        Event::Pasted { characters, .. } => pasted(&mut state, characters),
        Event::Resized { width, height } => {
            state.ui.width = width;
            state.ui.height = height;
            Effects::none()
        }
        Event::Access(answers) => plans::access(&mut state, answers),
        Event::Progressed(progress) => operations::progressed(&mut state, progress),
        Event::DryRun { op, answer } => plans::dry_run(&mut state, &op, answer),
        Event::Incidents(found) => security::found(&mut state, found),
        Event::Interrupted(found) => operations::interrupted(&mut state, found),
        Event::Damaged(records) => {
            state.ops.damaged = records;
            Effects::none()
        }
        Event::Verified { op, found } => operations::verified(&mut state, &op, found),
        Event::Compared {
            place,
            from,
            to,
            answer,
        } => releases::compared(&mut state, &(place, from, to), answer),
        Event::ReadOnly { why } => {
            state.world.read_only = Some(why);
            Effects::none()
        }
        Event::Ended => Effects::from(vec![Effect::Quit]),
    };
    (state, effects)
}

/// The present moved on: what depends on it is concluded anew.
fn tick(state: &mut State, now: Timestamp) -> Effects {
    let before = state.world.now;
    state.world.now = now;
    reassess::by_time(&mut state.world, before);
    let mut effects = Vec::new();
    if let Some(worse) = select::worse_elsewhere(state) {
        let news = News::Service(worse);
        if state.ui.news.as_ref() != Some(&news) {
            state.ui.news = Some(news);
            effects.push(Effect::Bell);
        }
    } else if matches!(state.ui.news, Some(News::Service(_))) {
        state.ui.news = None;
    }
    roster::follow(state);
    if state.ui.leaving && !operations::is_running(state) {
        effects.push(Effect::Quit);
    }
    effects.into()
}

fn edited(state: &mut State, new: Field) -> Effects {
    match state.ui.overlays.last_mut() {
        Some(Overlay::Palette { field, selected }) => {
            *field = new;
            *selected = 0;
        }
        Some(Overlay::Plan(view)) => match view.editing {
            Editing::Reason => view.reason = new,
            Editing::Name => {
                view.typed = new;
                view.complaint = None;
            }
            Editing::Nothing => {}
        },
        Some(Overlay::Incident(view)) => {
            view.reason = new;
            view.complaint = None;
        }
        None => select::filtered(state, new),
        Some(Overlay::Help { .. } | Overlay::Refused { .. }) => {}
    }
    Effects::none()
}

/// A paste runs no key. What is pasted is dropped even in a field: a name that confirms must be read to be typed.
fn pasted(state: &mut State, characters: usize) -> Effects {
    match state.ui.overlays.last_mut() {
        Some(Overlay::Plan(view)) => view.complaint = Some(Complaint::Pasted),
        Some(Overlay::Incident(view)) => view.complaint = Some(Complaint::Pasted),
        Some(Overlay::Help { .. } | Overlay::Palette { .. } | Overlay::Refused { .. }) | None => {}
    }
    news(state, News::PasteDropped { characters })
}

fn news(state: &mut State, news: News) -> Effects {
    state.ui.news = Some(news);
    Effects::none()
}
