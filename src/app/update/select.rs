//! Moving about: services, rows and flags. Selection is by identity, never by place in a list.

#[cfg(test)]
mod tests;

use crate::app::behind::{changes, selected};
use crate::app::enabled::listed_flags;
use crate::app::field::Field;
use crate::app::roster::{self, BAD, badness};
use crate::app::state::{Releases, Screen, State, World};
use crate::app::{pods, releases};
use crate::domain::names::{FlagKey, ServiceName};
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::{RungKind, RungState, RungTarget};
use crate::engine::timeline::Id;

/// How far and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Up,
    Down,
    Top,
    Bottom,
}

impl Move {
    /// The neighbour of an item in a list; the item itself at the ends, the first where it is not in the list.
    fn from<T: PartialEq + Clone>(self, list: &[T], item: Option<&T>) -> Option<T> {
        let at = item.and_then(|item| list.iter().position(|other| other == item));
        let last = list.len().checked_sub(1)?;
        let to = match (self, at) {
            (Self::Top, _) | (Self::Up | Self::Down, None) => 0,
            (Self::Bottom, _) => last,
            (Self::Up, Some(at)) => at.saturating_sub(1),
            (Self::Down, Some(at)) => (at + 1).min(last),
        };
        list.get(to).cloned()
    }
}

/// Moves the selection of the screen.
pub(super) fn row(state: &mut State, by: Move) {
    match state.ui.screen {
        Screen::Overview => {
            let rows = state.service().map(|s| {
                s.assessment
                    .shown()
                    .iter()
                    .map(|row| row.verdict.metric)
                    .collect()
            });
            let rows: Vec<Metric> = rows.unwrap_or_default();
            if let Some(metric) = by.from(&rows, Some(&state.ui.metric)) {
                state.ui.metric = metric;
            }
        }
        Screen::Ladder => {
            if let Some(rung) = by.from(&RungKind::ALL, Some(&state.ui.rung)) {
                state.ui.rung = rung;
            }
        }
        Screen::Flags => state.ui.flag = by.from(&listed_flags(state), state.ui.flag.as_ref()),
        Screen::Changed => {
            let timeline = changes(state);
            let entries: Vec<Id> = timeline.entries.iter().map(|e| e.id.clone()).collect();
            let here = selected(state, &timeline).map(|entry| &entry.id);
            state.ui.changes.selected = by.from(&entries, here);
        }
        Screen::Services => {
            let listed: Vec<ServiceName> = roster::listed(state).into_iter().cloned().collect();
            if let Some(name) = by.from(&listed, roster::selected(state)) {
                state.ui.roster.selected = Some(name);
            }
        }
        Screen::Pods => {
            let listed = pods::listed(state);
            let here = pods::selected(state, &listed).map(|pod| pod.name.clone());
            let names: Vec<Untrusted> = listed.into_iter().map(|pod| pod.name).collect();
            state.ui.pod = by.from(&names, here.as_ref());
        }
        Screen::Releases => {
            let here = releases::selected(state);
            state.ui.releases.selected = by.from(&releases::listed(state), here.as_ref());
        }
        Screen::Evidence { .. } => {}
    }
}

/// The filter of the services was written.
pub(super) fn filtered(state: &mut State, filter: Field) {
    roster::filtered(state, filter);
    state.ui.roster.moved = Some(state.world.now);
}

/// A screen was opened: what a person comes for is selected.
pub(super) fn opened(state: &mut State) {
    match state.ui.screen {
        Screen::Ladder => state.ui.rung = level_in_question(state),
        Screen::Changed => {
            let timeline = changes(state);
            let nearest = timeline.nearest.as_ref().map(|entry| &entry.id);
            let nearest = nearest.filter(|id| timeline.get(id).is_some());
            state.ui.changes.selected = nearest.cloned();
            needed(state);
        }
        Screen::Services => roster::opened(state),
        Screen::Releases => state.ui.releases = Releases::default(),
        Screen::Pods => state.ui.pod = None,
        Screen::Overview | Screen::Flags | Screen::Evidence { .. } => needed(state),
    }
}

/// Selects a line where none is selected, so that a screen that was opened before anything was read has one, and keeps it
/// when others come above.
pub(super) fn needed(state: &mut State) {
    match state.ui.screen {
        Screen::Flags if state.ui.flag.is_none() => state.ui.flag = flag_in_question(state),
        Screen::Changed => {
            let timeline = changes(state);
            let selected = selected(state, &timeline).map(|entry| entry.id.clone());
            state.ui.changes.selected = selected;
        }
        Screen::Overview
        | Screen::Ladder
        | Screen::Flags
        | Screen::Services
        | Screen::Releases
        | Screen::Pods
        | Screen::Evidence { .. } => {}
    }
}

/// The level that a person comes for: the one to take, else the last one that was taken, else the first.
fn level_in_question(state: &State) -> RungKind {
    let advice = state.service().map(|service| &service.advice);
    let taken = advice.and_then(|advice| {
        let taken = |state: &RungState| match state {
            RungState::Running { since } => Some(*since),
            RungState::Done { at, .. } => Some(*at),
            RungState::Recommended
            | RungState::Next
            | RungState::Open
            | RungState::Blocked(_)
            | RungState::NotNeeded(_) => None,
        };
        let rungs = advice.rungs.iter();
        let rungs = rungs.filter_map(|rung| Some((taken(&rung.state)?, rung.kind)));
        rungs.max_by_key(|(at, _)| *at).map(|(_, kind)| kind)
    });
    advice
        .and_then(|advice| advice.first)
        .or(taken)
        .unwrap_or(RungKind::Flag)
}

/// Shows the service before or after. What lies over the screen was said of the one that is left.
pub(super) fn service(state: &mut State, by: Move) {
    let names: Vec<ServiceName> = state.world.services.keys().cloned().collect();
    if let Some(name) = by.from(&names, Some(&state.ui.service)) {
        state.ui.service = name;
        state.ui.flag = None;
        state.ui.overlays.clear();
        if state.ui.screen == Screen::Services {
            state.ui.roster.selected = Some(state.ui.service.clone());
        } else {
            opened(state);
        }
    }
}

/// Shows the worst service.
pub(super) fn worst(state: &mut State) {
    let worst = state
        .world
        .services
        .iter()
        .max_by_key(|(name, s)| (badness(&s.advice.headline), std::cmp::Reverse(*name)));
    if let Some(name) = worst.map(|(name, _)| name.clone()) {
        state.ui.service = name;
        state.ui.screen = Screen::Overview;
        state.ui.overlays.clear();
        state.ui.trail.clear();
        state.ui.flag = None;
    }
}

/// Another service that is worse than the one shown.
pub(super) fn worse_elsewhere(state: &State) -> Option<ServiceName> {
    let World { services, .. } = &state.world;
    let shown = services
        .get(&state.ui.service)
        .map_or(0, |s| badness(&s.advice.headline));
    let others = services
        .iter()
        .filter(|(name, _)| **name != state.ui.service);
    let (worst, name) = others
        .map(|(name, s)| (badness(&s.advice.headline), name))
        .max_by_key(|(bad, _)| *bad)?;
    (worst > shown && worst >= BAD).then(|| name.clone())
}

/// The flag that a person comes for: the one that is advised, else the one that was changed last, else the first.
fn flag_in_question(state: &State) -> Option<FlagKey> {
    let listed = listed_flags(state);
    let service = state.service()?;
    let advice = &service.advice;
    let first = advice
        .rungs
        .iter()
        .find(|rung| advice.first == Some(rung.kind));
    let advised = first.and_then(|rung| match &rung.target {
        RungTarget::Flag { key, .. } => Some(key.clone()),
        RungTarget::Release { .. } | RungTarget::Environment(_) | RungTarget::OnCall => None,
    });
    let environment = service.evidence.environments.get(&state.ui.environment);
    let flags = environment.and_then(|e| e.flags.as_ref());
    let changed = flags.and_then(|flags| {
        let changes = flags.value.flags.iter().rev();
        let changes = changes.filter_map(|(key, flag)| Some((flag.changed.as_ref()?.at, key)));
        changes
            .max_by_key(|(at, _)| *at)
            .map(|(_, key)| key.clone())
    });
    advised
        .filter(|key| listed.contains(key))
        .or(changed)
        .or_else(|| listed.into_iter().next())
}
