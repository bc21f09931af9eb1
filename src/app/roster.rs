//! The list of all services: in which order they stand, which of them are shown, and which is selected. The order is kept
//! while a person moves in it, so that no row changes places under the finger.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::field::Field;
use super::state::{Screen, ServiceState, State, World};
use crate::domain::names::ServiceName;
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::Headline;
use crate::engine::assess::Value;

/// For how long after a person moved the order stays.
const QUIET: SignedDuration = SignedDuration::from_secs(10);

/// What is shown of the services.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roster {
    /// In which order they stand.
    pub order: Order,
    /// The services in that order, as it was when it was taken; those that are missing stand behind them.
    pub names: Vec<ServiceName>,
    /// When the order was taken; none before.
    pub taken: Option<Timestamp>,
    /// When a person moved last.
    pub moved: Option<Timestamp>,
    /// The selected service; none before one was.
    pub selected: Option<ServiceName>,
    /// What the name or the word of a shown service holds; empty shows all.
    pub filter: Field,
    /// Whether the filter has the keys.
    pub writing: bool,
}

/// What services are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Order {
    /// The worst first, then by name.
    #[default]
    Worst,
    /// By name.
    Name,
    /// The one whose canary has most requests first, then by name.
    Requests,
}

impl Order {
    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Worst => Self::Name,
            Self::Name => Self::Requests,
            Self::Requests => Self::Worst,
        }
    }
}

/// From which badness on it is worth a person's attention.
pub(crate) const BAD: u8 = 3;

/// How bad a headline is: for choosing the worst service and for their order, nothing else.
pub(crate) const fn badness(headline: &Headline) -> u8 {
    match headline {
        Headline::RedLine { .. } => 6,
        Headline::Breach { .. }
        | Headline::StillBad { .. }
        | Headline::BothBad { .. }
        | Headline::ProductionBad { .. } => 5,
        Headline::Blind { .. } => 4,
        Headline::Watch { .. } => 3,
        Headline::WasBad { .. } | Headline::Helped { .. } | Headline::Better { .. } => 2,
        Headline::Reading { .. }
        | Headline::NotEnough { .. }
        | Headline::NotEarned { .. }
        | Headline::Unjudged { .. }
        | Headline::Soak { .. }
        | Headline::ProductionSoak { .. }
        | Headline::WarmingUp { .. }
        | Headline::Passed { .. } => 1,
        Headline::Idle => 0,
    }
}

/// The services as they would stand in that order now.
pub(crate) fn ordered(world: &World, order: Order) -> Vec<ServiceName> {
    let mut services: Vec<(&ServiceName, &ServiceState)> = world.services.iter().collect();
    match order {
        Order::Worst => {
            services.sort_by_key(|(_, service)| Reverse(badness(&service.advice.headline)));
        }
        Order::Name => {}
        Order::Requests => services.sort_by(|(_, one), (_, other)| {
            let (one, other) = (requests(one), requests(other));
            other.total_cmp(&one)
        }),
    }
    services.into_iter().map(|(name, _)| name.clone()).collect()
}

/// The requests a second on canary; of what is not known less than none.
fn requests(service: &ServiceState) -> f64 {
    let mut rows = service.assessment.rows.iter();
    let row = rows.find(|row| row.verdict.metric == Metric::Requests);
    match row.and_then(|row| row.canary) {
        Some(Value::PerSecond(rate)) => rate,
        Some(
            Value::Share(_)
            | Value::Seconds(_)
            | Value::BytesPerSecond(_)
            | Value::Count(_)
            | Value::Of { .. },
        )
        | None => -1.0,
    }
}

/// All services as they stand: in the order that was taken.
fn standing(state: &State) -> Vec<&ServiceName> {
    let services = &state.shown().services;
    let taken = &state.ui.roster.names;
    let known = taken.iter().filter(|name| services.contains_key(*name));
    let others = services.keys().filter(|name| !taken.contains(name));
    known.chain(others).collect()
}

/// The services that are shown, in their order.
pub(crate) fn listed(state: &State) -> Vec<&ServiceName> {
    let services = &state.shown().services;
    let wanted = state.ui.roster.filter.text.trim().to_lowercase();
    let is_wanted = |name: &&ServiceName| {
        let service = services.get(*name);
        service.is_some_and(|service| holds(name, &service.advice.headline, &wanted))
    };
    standing(state).into_iter().filter(is_wanted).collect()
}

/// Whether a service is what is looked for: by its name, or by the word for how it is.
fn holds(name: &ServiceName, headline: &Headline, wanted: &str) -> bool {
    let blind = matches!(headline, Headline::Blind { .. });
    name.as_str().to_lowercase().contains(wanted)
        || headline.word().to_lowercase().contains(wanted)
        || (blind && "blind".contains(wanted))
}

/// The selected service; none where it is not shown any more: another one is selected by a person alone.
pub(crate) fn selected(state: &State) -> Option<&ServiceName> {
    let listed = listed(state);
    match &state.ui.roster.selected {
        Some(chosen) => listed.into_iter().find(|name| *name == chosen),
        None => listed.into_iter().next(),
    }
}

/// The filter was written: the first service that is shown is selected where the selected one is not.
pub(crate) fn filtered(state: &mut State, filter: Field) {
    state.ui.roster.filter = filter;
    if selected(state).is_none() {
        let first = listed(state).into_iter().next().cloned();
        let roster = &mut state.ui.roster;
        roster.selected = first.or_else(|| roster.selected.take());
    }
}

/// When the order was taken, where the services would stand in another one now.
pub(crate) fn as_of(state: &State) -> Option<Timestamp> {
    let now = ordered(state.shown(), state.ui.roster.order);
    let differs = !standing(state).into_iter().eq(&now);
    state.ui.roster.taken.filter(|_| differs)
}

/// Takes the order anew.
pub(crate) fn take(state: &mut State) {
    let world = state.shown();
    let (names, now) = (ordered(world, state.ui.roster.order), world.now);
    state.ui.roster.names = names;
    state.ui.roster.taken = Some(now);
}

/// The screen was asked for: all services, the worst first, and that one selected.
pub(crate) fn opened(state: &mut State) {
    state.ui.roster = Roster {
        order: state.ui.roster.order,
        ..Roster::default()
    };
    take(state);
    state.ui.roster.selected = state.ui.roster.names.first().cloned();
}

/// Time passed: while the screen is left alone the worst stay first. Another order than that one changes with every
/// answer, so it stays until it is asked for.
pub(crate) fn follow(state: &mut State) {
    let roster = &state.ui.roster;
    let now = state.world.now;
    let rests = roster
        .moved
        .is_none_or(|moved| now.duration_since(moved) >= QUIET);
    let shown = state.ui.screen == Screen::Services && roster.order == Order::Worst;
    if shown && rests && as_of(state).is_some() {
        take(state);
    }
}
