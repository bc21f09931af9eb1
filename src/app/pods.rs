//! What the screen of pods lists, and what stands behind a line of it.

use super::state::State;
use crate::domain::gauge::Gauge;
use crate::engine::pods::{self, Pod};

/// The pods of the shown environment, the worst first.
pub fn listed(state: &State) -> Vec<Pod> {
    let service = state.service().map(|service| &service.evidence);
    let listed = service.and_then(|evidence| {
        let environment = evidence.environments.get(&state.ui.environment)?;
        Some(pods::listed(environment, &evidence.policy))
    });
    listed.unwrap_or_default()
}

/// The selected one; the first where none is, or the one that was is no longer listed.
pub fn selected<'p>(state: &State, listed: &'p [Pod]) -> Option<&'p Pod> {
    let name = state.ui.pod.as_ref();
    let named = name.and_then(|name| listed.iter().find(|pod| pod.name == *name));
    named.or_else(|| listed.first())
}

/// The gauge of all pods that is worst in the selected one: its chart is what stands behind the line.
pub(super) fn gauge_behind(state: &State) -> Option<Gauge> {
    let listed = listed(state);
    let values = &selected(state, &listed)?.values;
    let gauges = values
        .iter()
        .filter_map(|(signal, value)| Some((signal.gauge()?, *value)));
    gauges
        .reduce(|most, next| if next.1 > most.1 { next } else { most })
        .map(|(gauge, _)| gauge)
}
