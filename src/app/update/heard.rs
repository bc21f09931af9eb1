//! What an adapter saw, put in its place; what is older than the source's present life is dropped, and so is what another
//! cluster tells than the one that answered first.

use super::reassess;
use crate::app::effect::{Effect, Effects};
use crate::app::state::World;
use crate::domain::access::ClusterIdentity;
use crate::domain::environment::Place;
use crate::domain::fresh::Fresh;
use crate::domain::names::ClusterName;
use crate::domain::observation::{Fact, Observation};
use crate::domain::source::{SourceId, SourceState, Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;
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
    let mut effects = Vec::new();
    if let Fact::Cluster(cluster, identity) = &fact {
        effects.extend(introduced(world, cluster, identity));
    }
    let fact = of_the_pinned(world, &source, fact, at);
    let state = source_state(world.sources.get(&source), &fact, at);
    let came_or_went = !is_live(world.sources.get(&source)) || !is_live(Some(&state));
    world.sources.insert(source.clone(), state.clone());
    for service in world.services.values_mut() {
        if let Some(known) = service.evidence.sources.get_mut(&source) {
            *known = state.clone();
        }
    }
    let quiet = matches!(fact, Fact::Alive | Fact::Queries(..)) && !came_or_went;
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
        Fact::Pods(place, pods) => put(world, &place, |e| e.pods = Some(Fresh::new(pods, at))),
        Fact::Alerts(place, alerts) => put(world, &place, |e| {
            e.alerts = Some(Fresh::new(alerts, at));
        }),
        Fact::BeforeCanary(place, before) => judged_by(world, &place, |e| e.before = Some(before)),
        Fact::Queries(place, queries) => asked_by(world, &place, queries),
    }
    if !quiet {
        effects.extend(reassess::resting_on(world, &source));
    }
    effects.into()
}

/// A cluster said who it is. Back from another one, what was dropped in between is asked for again.
fn introduced(world: &mut World, cluster: &ClusterName, identity: &ClusterIdentity) -> Vec<Effect> {
    let is_other = world
        .clusters
        .get(cluster)
        .is_some_and(|pinned| pinned.value.uid != identity.uid);
    if is_other {
        world.others.insert(cluster.clone(), identity.uid.clone());
        return Vec::new();
    }
    if world.others.remove(cluster).is_none() {
        return Vec::new();
    }
    let sources = world.sources.keys().filter(|source| {
        !matches!(source, SourceId::Kubernetes(_))
            && cluster_read_by(world, source) == Some(cluster)
    });
    sources.cloned().map(Effect::Refresh).collect()
}

/// The fact, or trouble in its place where it is of another cluster than the one that this run is about.
fn of_the_pinned(world: &World, source: &SourceId, fact: Fact, at: jiff::Timestamp) -> Fact {
    if matches!(fact, Fact::Failed { .. }) {
        return fact;
    }
    let Some((cluster, found)) = cluster_read_by(world, source)
        .and_then(|cluster| Some((cluster, world.others.get(cluster)?)))
    else {
        return fact;
    };
    Fact::Failed {
        trouble: Trouble {
            kind: TroubleKind::Malformed,
            message: Untrusted::new(format!(
                "another cluster answers as {cluster}: its uid is {found}, not that of this run's start"
            )),
        },
        next_try: at,
    }
}

/// The cluster that a source reads; none where it need not be in one.
fn cluster_read_by<'w>(world: &'w World, source: &'w SourceId) -> Option<&'w ClusterName> {
    source.cluster().or_else(|| {
        let SourceId::Flags(place) = source else {
            return None;
        };
        let service = world.services.get(&place.service)?;
        let environment = service.evidence.environments.get(&place.environment)?;
        Some(&environment.cluster)
    })
}

const fn is_live(state: Option<&SourceState>) -> bool {
    matches!(state, Some(SourceState::Live { .. }))
}

fn source_state(known: Option<&SourceState>, fact: &Fact, at: jiff::Timestamp) -> SourceState {
    // What is asked does not say that it is answered.
    if let (Fact::Queries(..), Some(known)) = (fact, known) {
        return known.clone();
    }
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

fn asked_by(world: &mut World, place: &Place, queries: Vec<(String, String)>) {
    let of = format!("{place}: ");
    world.queries.retain(|name, _| !name.starts_with(&of));
    let named = queries.into_iter();
    let named = named.map(|(signal, query)| (format!("{of}{signal}"), query));
    world.queries.extend(named);
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

#[cfg(test)]
mod tests;
