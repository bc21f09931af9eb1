//! What stands behind the selected line of a screen: where Enter goes, and what changed at all.

use super::state::{Screen, State};
use super::{pods, roster};
use crate::domain::environment::Place;
use crate::domain::names::{FlagKey, ServiceName};
use crate::domain::plan::Intent;
use crate::domain::progress::Progress;
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::RungKind;
use crate::engine::advisor::reason::Reason;
use crate::engine::timeline::{Asked, Entry, Id, Timeline, What, timeline};

/// What a line leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behind {
    /// The overview of a service.
    Service(ServiceName),
    /// The evidence of a metric.
    Evidence {
        /// Of which service.
        service: ServiceName,
        /// Which metric.
        metric: Metric,
    },
    /// A flag among the others of its environment.
    Flag {
        /// Where.
        place: Place,
        /// Which.
        key: FlagKey,
    },
}

/// What stands behind the selected line; none where nothing does.
pub(crate) fn behind(state: &State) -> Option<Behind> {
    let evidence = |metric| Behind::Evidence {
        service: state.ui.service.clone(),
        metric,
    };
    match state.ui.screen {
        Screen::Overview => Some(evidence(state.ui.metric)),
        Screen::Ladder => Some(evidence(metric_behind(state, state.ui.rung))),
        Screen::Changed => {
            let timeline = changes(state);
            selected(state, &timeline).and_then(of_entry)
        }
        Screen::Services => roster::selected(state).cloned().map(Behind::Service),
        Screen::Pods => pods::gauge_behind(state).map(|gauge| evidence(Metric::Gauge(gauge))),
        Screen::Flags | Screen::Releases | Screen::Evidence { .. } => None,
    }
}

/// The metric that a level of the ladder rests on: the one that its reasons name, else the headline's, else errors.
fn metric_behind(state: &State, kind: RungKind) -> Metric {
    let advice = state.service().map(|service| &service.advice);
    let rung = advice.and_then(|advice| advice.rungs.iter().find(|rung| rung.kind == kind));
    let named = rung.and_then(|rung| rung.reasons.iter().find_map(Reason::metric));
    named
        .or_else(|| advice?.headline.metric())
        .unwrap_or(Metric::Errors)
}

fn of_entry(entry: &Entry) -> Option<Behind> {
    let place = || entry.id.place.clone();
    let evidence = |metric| Behind::Evidence {
        service: place().service,
        metric,
    };
    match &entry.what {
        What::Began { metric } | What::Certain { metric } | What::Over { metric } => {
            Some(evidence(*metric))
        }
        What::Canary { .. } | What::SoakEnd | What::Helped | What::Recovered => {
            Some(evidence(Metric::Errors))
        }
        What::Flags { keys, .. } => keys.first().map(|key| Behind::Flag {
            place: place(),
            key: key.clone(),
        }),
        What::Confirmed { intent, .. } | What::Ended { intent, .. } => {
            let Intent::SetFlag { place, key, .. } = intent;
            Some(Behind::Flag {
                place: place.clone(),
                key: key.clone(),
            })
        }
        What::Release { .. }
        | What::Stable { .. }
        | What::RolloutRuns
        | What::RolloutComplete { .. }
        | What::RolloutStuck { .. }
        | What::Restarts { .. }
        | What::Alert { .. } => None,
    }
}

/// What changed, as the screen shows it: of a frozen world, what there was then.
pub(crate) fn changes(state: &State) -> Timeline {
    let world = state.shown();
    let ours = state.ops.operations.iter();
    let ours = ours.map(|operation| (&operation.plan, &operation.progress));
    // What this run left open is among its operations, too.
    let left = state.ops.interrupted.iter().map(|open| &open.op);
    let left = left.filter(|open| state.operation(&open.plan.op).is_none());
    let left = left.map(|open| (&open.plan, &open.progress));
    let until = state.ui.frozen.as_ref().map(|frozen| frozen.now);
    let seen = |progress: &'_ Vec<Progress>| {
        until.map_or(progress.len(), |until| {
            progress.partition_point(|report| report.at <= until)
        })
    };
    let operations = ours.chain(left).map(|(plan, progress)| {
        let (seen, _) = progress.split_at(seen(progress));
        (plan, seen)
    });
    let services = world.services.values();
    timeline(&Asked {
        services: services.map(|s| (&s.evidence, &s.assessment)).collect(),
        operations: operations.collect(),
        service: &state.ui.service,
        only: state.ui.changes.only,
        within: state.ui.changes.within.duration(),
        now: world.now,
    })
}

/// The selected entry; the newest where none is, or the one that was is not there any more.
pub(crate) fn selected<'a>(state: &State, timeline: &'a Timeline) -> Option<&'a Entry> {
    let id: Option<&Id> = state.ui.changes.selected.as_ref();
    id.and_then(|id| timeline.get(id))
        .or_else(|| timeline.entries.first())
}
