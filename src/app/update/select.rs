//! Moving about: services, rows and flags. Selection is by identity, never by place in a list.

#[cfg(test)]
mod tests;

use crate::app::behind::{changes, metric, selected};
use crate::app::evidence;
use crate::app::field::Field;
use crate::app::flags::{self, listed_flags};
use crate::app::roster::{self, BAD, badness};
use crate::app::sieve::{Table, table};
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
    PageUp,
    PageDown,
    Top,
    Bottom,
}

impl Move {
    /// Where it leads among that many places, from one of them; `page` places are a screen.
    pub(super) fn to(self, from: usize, places: usize, page: usize) -> usize {
        let last = places.saturating_sub(1);
        let to = match self {
            Self::Up => from.saturating_sub(1),
            Self::Down => from + 1,
            Self::PageUp => from.saturating_sub(page),
            Self::PageDown => from + page,
            Self::Top => 0,
            Self::Bottom => last,
        };
        to.min(last)
    }

    /// The line that is then the first on the screen, of a text of which that many rows fit. The end of the text is never
    /// passed, so that each key moves what is seen; one line stays on the screen from page to page.
    pub(super) fn scrolled(self, from: u16, lines: usize, rows: usize) -> u16 {
        let places = lines.saturating_sub(rows) + 1;
        let from = usize::from(from).min(places - 1);
        let to = self.to(from, places, rows.saturating_sub(1).max(1));
        u16::try_from(to).unwrap_or(u16::MAX)
    }

    /// The item of a list that it leads to; the first where the item is not in the list.
    fn from<T: PartialEq + Clone>(self, list: &[T], item: Option<&T>, page: usize) -> Option<T> {
        let at = item.and_then(|item| list.iter().position(|other| other == item));
        let to = match (self, at) {
            (Self::Up | Self::Down | Self::PageUp | Self::PageDown, None) => 0,
            (Self::Top | Self::Bottom, None) => self.to(0, list.len(), page),
            (_, Some(at)) => self.to(at, list.len(), page),
        };
        list.get(to).cloned()
    }
}

/// The rows of a list that are a screen of it, where that many fit.
pub(super) fn page(state: &State) -> usize {
    usize::from(state.ui.height.saturating_sub(14).max(5))
}

/// Moves the selection of the screen.
pub(super) fn row(state: &mut State, by: Move) {
    let page = page(state);
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
            if let Some(metric) = by.from(&rows, Some(&metric(state)), page) {
                state.ui.metric = metric;
            }
        }
        Screen::Ladder => {
            if let Some(rung) = by.from(&RungKind::ALL, Some(&state.ui.rung), page) {
                state.ui.rung = rung;
            }
        }
        Screen::Flags => {
            let to = by.from(&listed_flags(state), flags::selected(state).as_ref(), page);
            state.ui.flag = to.or_else(|| state.ui.flag.take());
        }
        Screen::Changed => {
            let timeline = changes(state);
            let entries: Vec<Id> = timeline.entries.iter().map(|e| e.id.clone()).collect();
            let here = selected(state, &timeline).map(|entry| &entry.id);
            if let Some(to) = by.from(&entries, here, page) {
                state.ui.changes.selected = Some(to);
            }
        }
        Screen::Services => {
            let listed: Vec<ServiceName> = roster::listed(state).into_iter().cloned().collect();
            if let Some(name) = by.from(&listed, roster::selected(state), page) {
                state.ui.roster.selected = Some(name);
            }
        }
        Screen::Pods => {
            let listed = pods::listed(state);
            let here = pods::selected(state, &listed).map(|pod| pod.name.clone());
            let names: Vec<Untrusted> = listed.into_iter().map(|pod| pod.name).collect();
            state.ui.pod = by.from(&names, here.as_ref(), page);
        }
        Screen::Releases => {
            let here = releases::selected(state);
            state.ui.releases.selected = by.from(&releases::listed(state), here.as_ref(), page);
        }
        Screen::Evidence { query: true, .. } => {
            let lines = evidence::lines(state, state.ui.width).len();
            let rows = evidence::rows(state.ui.height);
            let read = &mut state.ui.evidence;
            read.query = by.scrolled(read.query, lines, rows);
        }
        Screen::Evidence {
            metric: Metric::Errors,
            ..
        } => {
            let all = state.service().map_or(0, |s| s.assessment.endpoints.len());
            let rows = evidence::endpoints_shown(all, state.ui.height);
            let read = &mut state.ui.evidence;
            read.endpoint = by.scrolled(read.endpoint, all, rows);
        }
        Screen::Evidence { .. } | Screen::Chart { .. } => {}
    }
}

/// The filter of the table on the screen was written: the first line that is shown is selected where the selected one is
/// not; where none is, the selected one is kept for when it is shown again.
pub(super) fn filtered(state: &mut State, filter: Field) {
    let Some(table) = table(state) else {
        return;
    };
    state.ui.sieves.of_mut(table).filter = filter;
    match table {
        Table::Flags => {
            if flags::selected(state).is_none()
                && let Some(first) = listed_flags(state).into_iter().next()
            {
                state.ui.flag = Some(first);
            }
        }
        Table::Releases => {
            let listed = releases::listed(state);
            if let Some(first) = listed.first()
                && !state
                    .ui
                    .releases
                    .selected
                    .is_some_and(|r| listed.contains(&r))
            {
                state.ui.releases.selected = Some(*first);
            }
        }
        Table::Changed => {
            let timeline = changes(state);
            if let Some(first) = selected(state, &timeline) {
                state.ui.changes.selected = Some(first.id.clone());
            }
        }
        Table::Services => {
            if roster::selected(state).is_none()
                && let Some(first) = roster::listed(state).first()
            {
                state.ui.roster.selected = Some((*first).clone());
            }
            state.ui.roster.moved = Some(state.world.now);
        }
    }
}

/// Another order of the table on the screen; who is selected stays so.
pub(super) fn ordered(state: &mut State) {
    if let Some(table) = table(state) {
        let next = state.ui.sieves.next(table);
        state.ui.sieves.of_mut(table).order = Some(next);
        taken(state);
    }
}

/// The order of the table on the screen is taken anew, where it is one that changes with what is seen.
pub(super) fn taken(state: &mut State) {
    match table(state) {
        Some(Table::Flags) => flags::take(state),
        Some(Table::Services) => roster::take(state),
        // What happened at a time did so for good.
        Some(Table::Releases | Table::Changed) | None => {}
    }
}

/// A screen was opened: what a person comes for is selected.
pub(super) fn opened(state: &mut State) {
    if let Some(table) = table(state) {
        let sieve = state.ui.sieves.of_mut(table);
        sieve.filter = Field::default();
        sieve.writing = false;
    }
    if state.ui.screen == Screen::Flags {
        flags::take(state);
    }
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
        Screen::Overview | Screen::Flags | Screen::Evidence { .. } | Screen::Chart { .. } => {
            needed(state);
        }
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
        | Screen::Evidence { .. }
        | Screen::Chart { .. } => {}
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
    if let Some(name) = by.from(&names, Some(&state.ui.service), page(state)) {
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
        RungTarget::Release { .. }
        | RungTarget::Traffic(_)
        | RungTarget::Environment(_)
        | RungTarget::OnCall => None,
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
