//! The list of all services: in which order they stand, which of them are shown, and which is selected. The order is kept
//! while a person moves in it, so that no row changes places under the finger.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::sieve::{Order, Table};
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
    /// The services in their order, as it was when it was taken; those that are missing stand behind them.
    pub names: Vec<ServiceName>,
    /// When the order was taken; none before.
    pub taken: Option<Timestamp>,
    /// When a person moved last.
    pub moved: Option<Timestamp>,
    /// The selected service; none before one was.
    pub selected: Option<ServiceName>,
}

/// From which badness on it is worth a person's attention.
pub(crate) const BAD: u8 = 3;

/// How bad a headline is: for choosing the worst service and for their order, nothing else.
pub(crate) const fn badness(headline: &Headline) -> u8 {
    match headline {
        Headline::Security { .. } => 7,
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
        // The others are of other tables; by name they come.
        Order::Name
        | Order::Touched
        | Order::State
        | Order::Newest
        | Order::Oldest
        | Order::Nearest => {}
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
    let sieve = state.ui.sieves.of(Table::Services);
    let is_wanted = |name: &&ServiceName| {
        let service = services.get(*name);
        service.is_some_and(|service| sieve.holds(&texts(name, &service.advice.headline)))
    };
    standing(state).into_iter().filter(is_wanted).collect()
}

/// What a service is found by: its name, and the word for how it is.
fn texts<'a>(name: &'a ServiceName, headline: &'a Headline) -> [&'a str; 3] {
    let blind = matches!(headline, Headline::Blind { .. });
    let blind = if blind { "blind" } else { "" };
    [name.as_str(), headline.word(), blind]
}

/// The selected service; none where it is not shown any more: another one is selected by a person alone.
pub(crate) fn selected(state: &State) -> Option<&ServiceName> {
    let listed = listed(state);
    match &state.ui.roster.selected {
        Some(chosen) => listed.into_iter().find(|name| *name == chosen),
        None => listed.into_iter().next(),
    }
}

/// When the order was taken, where the services would stand in another one now.
pub(crate) fn as_of(state: &State) -> Option<Timestamp> {
    let now = ordered(state.shown(), state.ui.sieves.order(Table::Services));
    let differs = !standing(state).into_iter().eq(&now);
    state.ui.roster.taken.filter(|_| differs)
}

/// Takes the order anew.
pub(crate) fn take(state: &mut State) {
    let world = state.shown();
    let (names, now) = (
        ordered(world, state.ui.sieves.order(Table::Services)),
        world.now,
    );
    state.ui.roster.names = names;
    state.ui.roster.taken = Some(now);
}

/// The screen was asked for: all services, the worst first, and that one selected.
pub(crate) fn opened(state: &mut State) {
    state.ui.roster = Roster::default();
    take(state);
    state.ui.roster.selected = state.ui.roster.names.first().cloned();
}

/// Time passed: while the screen is left alone the worst stay first. Another order than that one changes with every
/// answer, so it stays until it is asked for.
pub(crate) fn follow(state: &mut State) {
    let roster = &state.ui.roster;
    let order = state.ui.sieves.order(Table::Services);
    let now = state.world.now;
    let rests = roster
        .moved
        .is_none_or(|moved| now.duration_since(moved) >= QUIET);
    let shown = state.ui.screen == Screen::Services && order == Order::Worst;
    if shown && rests && as_of(state).is_some() {
        take(state);
    }
}
