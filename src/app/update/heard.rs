//! What an adapter saw, put in its place; what is older than the source's present life is dropped.

use super::reassess;
use crate::app::effect::{Effect, Effects};
use crate::app::state::World;
use crate::domain::environment::Place;
use crate::domain::fresh::Fresh;
use crate::domain::names::ClusterName;
use crate::domain::observation::{Fact, Observation};
use crate::domain::source::{SourceId, SourceState};
use crate::engine::assess::Memory;
use crate::engine::evidence::EnvironmentEvidence;
use crate::engine::planner;

pub(super) fn heard(world: &mut World, observation: Observation) -> Effects {
    let Observation {
        source,
        epoch,
        at,
        fact,
    } = observation;
    if world
        .epochs
        .get(&source)
        .is_some_and(|&known| epoch < known)
    {
        return Effects::none();
    }
    world.epochs.insert(source.clone(), epoch);
    let state = source_state(world.sources.get(&source), &fact, at);
    let came_or_went = !is_live(world.sources.get(&source)) || !is_live(Some(&state));
    world.sources.insert(source.clone(), state.clone());
    for service in world.services.values_mut() {
        if let Some(known) = service.evidence.sources.get_mut(&source) {
            *known = state.clone();
        }
    }
    let quiet = matches!(fact, Fact::Alive) && !came_or_went;
    let mut effects = Vec::new();
    match fact {
        Fact::Failed { .. } | Fact::Alive | Fact::Lacks(_) => {}
        Fact::Cluster(cluster, identity) => {
            world.clusters.insert(cluster, Fresh::new(identity, at));
        }
        Fact::Access(answers) => world.access.extend(answers),
        Fact::Workload(place, workload) => put(world, &place, |e| {
            e.workload = Some(Fresh::new(workload, at));
        }),
        Fact::Releases(place, releases) => put(world, &place, |e| {
            e.releases = Some(Fresh::new(releases, at));
        }),
        Fact::Flags(place, flags) => {
            effects.extend(ask_access(world, &place, &flags));
            put(world, &place, |e| e.flags = Some(Fresh::new(flags, at)));
        }
        Fact::Evaluations(place, seen) => put(world, &place, |e| {
            e.evaluations = Some(Fresh::new(seen, at));
        }),
        Fact::Red(place, red) => judged_by(world, &place, |e| e.red = Some(Fresh::new(red, at))),
        Fact::Use(place, usage) => judged_by(world, &place, |e| {
            e.usage = Some(Fresh::new(usage, at));
        }),
        Fact::BeforeCanary(place, before) => judged_by(world, &place, |e| e.before = Some(before)),
    }
    if !quiet {
        effects.extend(reassess::resting_on(world, &source));
    }
    effects.into()
}

const fn is_live(state: Option<&SourceState>) -> bool {
    matches!(state, Some(SourceState::Live { .. }))
}

fn source_state(known: Option<&SourceState>, fact: &Fact, at: jiff::Timestamp) -> SourceState {
    let lacks = match (fact, known) {
        (Fact::Lacks(lacks), _) | (_, Some(SourceState::Live { lacks, .. })) => lacks.clone(),
        (_, Some(SourceState::Reading { .. } | SourceState::Failing { .. }) | None) => Vec::new(),
    };
    let Fact::Failed { trouble, next_try } = fact else {
        return SourceState::Live { at, lacks };
    };
    let (since, last_good) = match known {
        Some(SourceState::Failing {
            since, last_good, ..
        }) => (*since, *last_good),
        Some(SourceState::Live { at: last, .. }) => (at, Some(*last)),
        Some(SourceState::Reading { .. }) | None => (at, None),
    };
    SourceState::Failing {
        trouble: trouble.clone(),
        since,
        last_good,
        next_try: *next_try,
    }
}

fn put(world: &mut World, place: &Place, set: impl FnOnce(&mut EnvironmentEvidence)) {
    let service = world.services.get_mut(&place.service);
    if let Some(environment) =
        service.and_then(|s| s.evidence.environments.get_mut(&place.environment))
    {
        set(environment);
    }
}

/// Puts what the judge looks at: what it said of something else is forgotten.
fn judged_by(world: &mut World, place: &Place, set: impl FnOnce(&mut EnvironmentEvidence)) {
    put(world, place, set);
    if let Some(service) = world.services.get_mut(&place.service) {
        service.memory = <[Memory; 2]>::default();
    }
}

/// The first time that flags are seen, what I may do with them is asked; the answer stands in every plan.
fn ask_access(
    world: &World,
    place: &Place,
    flags: &crate::domain::flag::FlagSet,
) -> Option<Effect> {
    let environment = world
        .services
        .get(&place.service)?
        .evidence
        .environments
        .get(&place.environment)?;
    if environment.flags.is_some() {
        return None;
    }
    let needed = planner::permissions(
        place,
        &environment.cluster,
        &environment.namespace,
        &flags.source,
    );
    Some(Effect::AskAccess(needed))
}

/// Whether a source speaks of a cluster as a whole.
pub(super) const fn cluster_of(source: &SourceId) -> Option<&ClusterName> {
    match source {
        SourceId::Kubernetes(cluster) | SourceId::Helm(cluster) => Some(cluster),
        SourceId::Flags(_) | SourceId::Flagd(_) | SourceId::Prometheus(_) => None,
    }
}
