//! What the flags screen lists, in its order, and which of it is selected.

use std::cmp::Reverse;

use super::sieve::{Order, Table};
use super::state::State;
use crate::domain::flag::{FlagDefinition, FlagSet, FlagState};
use crate::domain::names::FlagKey;

/// The flags of the shown environment; none while they were not seen.
fn set(state: &State) -> Option<&FlagSet> {
    let environments = &state.service()?.evidence.environments;
    let flags = environments.get(&state.ui.environment)?.flags.as_ref()?;
    Some(&flags.value)
}

/// All flags as they would stand in the chosen order now.
fn ordered(state: &State) -> Vec<(&FlagKey, &FlagDefinition)> {
    let mut flags: Vec<_> = set(state).into_iter().flat_map(|set| &set.flags).collect();
    match state.ui.sieves.order(Table::Flags) {
        Order::Touched => {
            flags.sort_by_key(|(_, flag)| Reverse(flag.changed.as_ref().map(|changed| changed.at)));
        }
        Order::State => flags.sort_by_key(|(_, flag)| flag.state != FlagState::Enabled),
        // The others are of other tables; by name they come.
        Order::Name
        | Order::Worst
        | Order::Requests
        | Order::Newest
        | Order::Oldest
        | Order::Nearest => {}
    }
    flags
}

/// Takes the order anew.
pub(crate) fn take(state: &mut State) {
    let names = ordered(state).into_iter();
    let names = names.map(|(key, _)| key.as_str().to_owned()).collect();
    state.ui.sieves.of_mut(Table::Flags).taken = names;
}

/// The flags that the flags screen lists, in its order.
pub fn listed_flags(state: &State) -> Vec<FlagKey> {
    let sieve = state.ui.sieves.of(Table::Flags);
    let shown = |(key, flag): &(&FlagKey, &FlagDefinition)| {
        let by = flag.changed.as_ref().map_or("", |changed| changed.by.raw());
        sieve.holds(&[key.as_str(), flag.state.as_str(), by])
    };
    let flags = sieve.standing(ordered(state), |(key, _)| key.as_str());
    let flags = flags.into_iter().filter(shown);
    flags.map(|(key, _)| key.clone()).collect()
}

/// The selected flag, where it is listed: what is out of sight is never acted on.
pub(crate) fn selected(state: &State) -> Option<FlagKey> {
    let listed = listed_flags(state);
    state.ui.flag.clone().filter(|key| listed.contains(key))
}
