//! What stands behind the selected line of a screen: where Enter goes, and what changed at all.

#[cfg(test)]
mod tests;

use super::sieve::{Order, Table};
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
        Screen::Overview => Some(evidence(metric(state))),
        Screen::Chart { metric } => Some(evidence(metric)),
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

/// The selected metric of the overview; the first that is shown where the one that was selected is not there, as of
/// another service.
pub(crate) fn metric(state: &State) -> Metric {
    let wanted = state.ui.metric;
    let shown = state.service().map(|service| service.assessment.shown());
    let mut shown = shown.iter().flatten().map(|row| row.verdict.metric);
    let first = shown.clone().next();
    let is_there = shown.any(|metric| metric == wanted);
    first.filter(|_| !is_there).unwrap_or(wanted)
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
        What::Began { metric, .. } | What::Certain { metric } | What::Over { metric } => {
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
        | What::Raised(..)
        | What::EndedIncident(_)
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
    let mut timeline = timeline(&Asked {
        services: services.map(|s| (&s.evidence, &s.assessment)).collect(),
        operations: operations.collect(),
        service: &state.ui.service,
        only: state.ui.changes.only,
        within: state.ui.changes.within.duration(),
        now: world.now,
    });
    sift(state, &mut timeline);
    timeline
}

/// Leaves the entries that are wanted, in the order that is wanted.
fn sift(state: &State, timeline: &mut Timeline) {
    let sieve = state.ui.sieves.of(Table::Changed);
    timeline.entries.retain(|entry| {
        let texts = texts(entry);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        sieve.holds(&texts)
    });
    match state.ui.sieves.order(Table::Changed) {
        Order::Oldest => timeline.entries.reverse(),
        Order::Nearest => {
            if let Some(onset) = timeline.onset {
                let far = |entry: &Entry| entry.at.duration_since(onset.at).abs();
                timeline.entries.sort_by_key(far);
            }
        }
        // Newest first they come; the others are of other tables.
        Order::Newest
        | Order::Worst
        | Order::Name
        | Order::Requests
        | Order::Touched
        | Order::State => {}
    }
}

/// What an entry is found by: where it was, what it is, of what, and by whom.
fn texts(entry: &Entry) -> Vec<String> {
    let place = &entry.id.place;
    let mut texts = vec![place.service.to_string(), place.environment.to_string()];
    let mut add = |text: &dyn ToString| texts.push(text.to_string());
    match &entry.what {
        What::Release {
            revision, version, ..
        } => {
            add(&"release rev");
            add(revision);
            if let Some(version) = version {
                add(version);
            }
        }
        What::Stable {
            revision,
            version,
            by,
            ..
        } => {
            add(&"release marked stable rev");
            add(revision);
            for text in version.iter().chain(by) {
                add(text);
            }
        }
        What::Flags { keys, by, .. } => {
            add(&"flag");
            for key in keys {
                add(key);
            }
            add(by);
        }
        What::Raised(said, _) | What::EndedIncident(said) => {
            add(&"security incident");
            add(&said.reason);
            if let Some(by) = &said.by {
                add(by);
            }
        }
        What::RolloutRuns => add(&"rollout runs"),
        What::RolloutComplete { .. } => add(&"rollout complete"),
        What::RolloutStuck { reason } => {
            add(&"rollout stuck");
            add(reason);
        }
        What::Restarts { .. } => add(&"restarts"),
        What::Canary { version, .. } => {
            add(&"canary begins");
            if let Some(version) = version {
                add(version);
            }
        }
        What::SoakEnd => add(&"soak ends"),
        What::Began { metric, .. } | What::Certain { metric } | What::Over { metric } => {
            add(&"breach");
            add(&word(metric));
        }
        What::Confirmed { by, intent } => {
            add(&"operation confirms");
            if let Some(by) = by {
                add(by);
            }
            add(key_of(intent));
        }
        What::Ended { intent, .. } => {
            add(&"operation ended");
            add(key_of(intent));
        }
        What::Alert { name, severity, .. } => {
            add(&"alert");
            add(name);
            if let Some(severity) = severity {
                add(severity);
            }
        }
        What::Helped => add(&"helped"),
        What::Recovered => add(&"recovered"),
    }
    texts
}

/// A metric's words, as the screens have them.
fn word(of: &Metric) -> String {
    match of {
        Metric::Errors => "errors".to_owned(),
        Metric::Slow => "p95 slow requests".to_owned(),
        Metric::Readiness => "readiness".to_owned(),
        Metric::Requests => "requests".to_owned(),
        Metric::Gauge(gauge) => gauge.as_str().replace('_', " "),
    }
}

const fn key_of(intent: &Intent) -> &FlagKey {
    match intent {
        Intent::SetFlag { key, .. } => key,
    }
}

/// The selected entry; the newest where none is, or the one that was is not there any more.
pub(crate) fn selected<'a>(state: &State, timeline: &'a Timeline) -> Option<&'a Entry> {
    let id: Option<&Id> = state.ui.changes.selected.as_ref();
    id.and_then(|id| timeline.get(id))
        .or_else(|| timeline.entries.first())
}
