//! What one deck heard of a world that stands still: each thing once, in an order that no network decides.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{anyhow, bail};
use jiff::Timestamp;

use crate::app::action::Action;
use crate::app::event::Event;
use crate::app::state::State;
use crate::domain::access::{Access, Permission};
use crate::domain::environment::{Environment, Place};
use crate::domain::names::ClusterName;
use crate::domain::observation::{Fact, Observation};
use crate::domain::source::{SourceId, TroubleKind};
use crate::domain::untrusted::Untrusted;
use crate::engine::evidence::EnvironmentEvidence;
use crate::engine::planner;
use crate::shell::flight::{Flight, Heard};

use super::screen::pressed;

/// How long the sources may take for everything, in real time; a busy machine needs seconds.
const PATIENCE: Duration = Duration::from_secs(240);

/// After this a machine was too busy for the deadlines of some question, and everything is asked again: the time at which
/// a source would do that by itself never comes.
const AGAIN: Duration = Duration::from_secs(60);

/// A source that failed this often in a row will go on failing: nothing moves in a world that stands.
const FAILS: u32 = 2;

/// What the fact is about; the derived order is that of folding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Cluster,
    Workload(Place),
    Releases(Place),
    Flags(Place),
    Evaluations(Place),
    Pods(Place),
    Alerts(Place),
    Red(Place),
    Use(Place),
    Before(Place),
    Queries(Place),
    Lacks,
    Listing,
    Failed,
}

fn about(fact: &Fact) -> Option<About> {
    Some(match fact {
        Fact::Alive => return None,
        Fact::Failed { .. } => About::Failed,
        Fact::Lacks(_) => About::Lacks,
        Fact::Cluster(..) => About::Cluster,
        Fact::Access(_) => About::Listing,
        Fact::Workload(place, _) => About::Workload(place.clone()),
        Fact::Releases(place, _) => About::Releases(place.clone()),
        Fact::Flags(place, _) => About::Flags(place.clone()),
        Fact::Evaluations(place, _) => About::Evaluations(place.clone()),
        Fact::Pods(place, _) => About::Pods(place.clone()),
        Fact::Alerts(place, _) => About::Alerts(place.clone()),
        Fact::Red(place, _) => About::Red(place.clone()),
        Fact::Use(place, _) => About::Use(place.clone()),
        Fact::BeforeCanary(place, _) => About::Before(place.clone()),
        Fact::Queries(place, _) => About::Queries(place.clone()),
    })
}

/// All that was heard.
#[derive(Debug, Default)]
pub(super) struct Look {
    facts: BTreeMap<(SourceId, About), Observation>,
    /// Whether queries are shown; else nobody waits for them.
    with_queries: bool,
    access: BTreeMap<Permission, Access>,
    failures: BTreeMap<SourceId, u32>,
    dry_run: Option<Result<(), Untrusted>>,
    /// Names for instances of flagd, which have those of ports that differ each time.
    instances: BTreeMap<String, String>,
}

impl Look {
    /// Listens until nothing is outstanding; then presses keys and waits for what they ask of the world.
    pub(super) async fn take(
        flight: &mut Flight,
        keys: &[Event],
        instances: BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let shows =
            |key: &Event| matches!(key, Event::Act { action, .. } if *action == Action::QueryText);
        let mut look = Self {
            instances,
            with_queries: keys.iter().any(shows),
            ..Self::default()
        };
        let patience = tokio::time::sleep(PATIENCE);
        tokio::pin!(patience);
        let mut again = tokio::time::interval(AGAIN);
        again.reset();
        // What is folded in may ask for more, such as the history of a canary: until nothing more is asked for.
        loop {
            while let Some(missing) = look.missing(flight.state()?) {
                tokio::select! {
                    biased;
                    () = &mut patience => bail!("the world did not answer in time: no {missing}"),
                    _ = again.tick() => drop(flight.fold(pressed(Action::Refresh, flight.now()))),
                    heard = flight.next() => look.hear(heard),
                }
            }
            let now = flight.now();
            for event in look.events(now) {
                flight.fold(event);
            }
            if look.missing(flight.state()?).is_none() {
                break;
            }
        }
        for key in keys {
            flight.fold(key.clone());
        }
        while flight.state()?.plan().is_some() && look.dry_run.is_none() {
            tokio::select! {
                biased;
                () = &mut patience => return Err(anyhow!("the dry run was not answered in time")),
                heard = flight.next() => look.hear(heard),
            }
        }
        Ok(look)
    }

    /// Everything as events, in the order of sources.
    pub(super) fn events(&self, now: Timestamp) -> Vec<Event> {
        let heard = self.facts.values().cloned();
        let mut events = vec![Event::Tick { now }];
        events.extend(heard.map(|seen| Event::Heard(Box::new(seen))));
        let access = self.access.clone();
        events.push(Event::Access(access.into_iter().collect()));
        events.push(Event::Tick { now });
        events
    }

    /// What the dry run of the open plan was answered.
    pub(super) fn dry_run(&self) -> Option<Result<(), Untrusted>> {
        self.dry_run.clone()
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Observation(seen) => self.keep(*seen),
            Heard::Event(event) => match *event {
                Event::Access(answers) => self.access.extend(answers),
                Event::DryRun { answer, .. } => self.dry_run = Some(answer),
                // Time stands, and nothing else comes from outside.
                Event::Tick { .. }
                | Event::Heard(_)
                | Event::Act { .. }
                | Event::Wanted { .. }
                | Event::Ordered { .. }
                | Event::Edited(_)
                | Event::Unbound { .. }
                | Event::Pasted { .. }
                | Event::Resized { .. }
                | Event::Progressed(_)
                | Event::Interrupted(_)
                | Event::Incidents(_)
                | Event::Damaged(_)
                | Event::Verified { .. }
                | Event::Compared { .. }
                | Event::ReadOnly { .. }
                | Event::Ended => {}
            },
        }
    }

    fn keep(&mut self, mut seen: Observation) {
        let source = seen.source.clone();
        match &seen.fact {
            // It was too slow, as on a busy machine; it will answer yet.
            Fact::Failed { trouble, .. } if trouble.kind == TroubleKind::TimedOut => return,
            Fact::Failed { .. } => *self.failures.entry(source.clone()).or_default() += 1,
            Fact::Queries(..) => {}
            Fact::Alive
            | Fact::Lacks(_)
            | Fact::Cluster(..)
            | Fact::Access(_)
            | Fact::Workload(..)
            | Fact::Releases(..)
            | Fact::Flags(..)
            | Fact::Evaluations(..)
            | Fact::Pods(..)
            | Fact::Alerts(..)
            | Fact::Red(..)
            | Fact::Use(..)
            | Fact::BeforeCanary(..) => {
                self.failures.remove(&source);
                self.facts.remove(&(source.clone(), About::Failed));
            }
        }
        // How often a source had to begin anew is the network's business.
        seen.epoch = crate::domain::observation::Epoch::default();
        let Some(about) = about(&seen.fact) else {
            return;
        };
        if let Fact::Evaluations(_, all) = &mut seen.fact {
            for answers in all.flags.values_mut() {
                for answer in &mut *answers {
                    let known = self.instances.get(answer.instance.raw());
                    if let Some(known) = known {
                        answer.instance = Untrusted::from(known.as_str());
                    }
                }
                answers.sort_by(|a, b| a.instance.cmp(&b.instance));
            }
        }
        self.facts.insert((source, about), seen);
    }

    fn has(&self, source: &SourceId, about: About) -> bool {
        self.facts.contains_key(&(source.clone(), about))
    }

    /// The first thing that is still to come, for a person.
    fn missing(&self, state: &State) -> Option<String> {
        let failing = |source: &SourceId| {
            self.failures
                .get(source)
                .is_some_and(|times| *times >= FAILS)
        };
        let named = |source: &SourceId, what: &str| format!("{what} of {source:?}");
        for source in state.world.sources.keys().filter(|s| !failing(s)) {
            let lacks = match source {
                SourceId::Kubernetes(cluster) => {
                    let places = places_in(state, cluster);
                    let lacks = places
                        .into_iter()
                        .any(|(place, _)| !self.has(source, About::Workload(place)));
                    lacks || !self.has(source, About::Cluster)
                }
                SourceId::Helm(cluster) => places_in(state, cluster)
                    .into_iter()
                    .any(|(place, _)| !self.has(source, About::Releases(place))),
                SourceId::Flags(place) => !self.has(source, About::Flags(place.clone())),
                SourceId::Flagd(place) => !self.evaluates(source, place),
                SourceId::Prometheus(place) => {
                    if let Some(what) = self.uncounted(source, place, state) {
                        return Some(named(source, what));
                    }
                    false
                }
            };
            if lacks {
                return Some(named(source, "answer"));
            }
        }
        let unasked = all_places(state).find(|(place, evidence)| {
            evidence.flags.as_ref().is_some_and(|flags| {
                let needed = planner::permissions(
                    place,
                    &evidence.cluster,
                    &evidence.namespace,
                    &flags.value.source,
                );
                !needed.iter().all(|needed| self.access.contains_key(needed))
            })
        });
        unasked.map(|(place, _)| format!("answer to what may be done with the flags of {place}"))
    }

    /// Whether each defined flag was evaluated: the first answer may come before the definitions.
    fn evaluates(&self, source: &SourceId, place: &Place) -> bool {
        let defined = SourceId::Flags(place.clone());
        let defined = self.facts.get(&(defined, About::Flags(place.clone())));
        let answered = self
            .facts
            .get(&(source.clone(), About::Evaluations(place.clone())));
        match (defined.map(|d| &d.fact), answered.map(|a| &a.fact)) {
            (Some(Fact::Flags(_, set)), Some(Fact::Evaluations(_, all))) => {
                set.flags.keys().all(|key| all.flags.contains_key(key))
            }
            // Without definitions there is nothing more to wait for.
            (None, Some(_)) => self.failures.contains_key(&SourceId::Flags(place.clone())),
            (_, _) => false,
        }
    }

    /// What is missing of the window as far back as the canary needs, of the day before it, and of the queries.
    fn uncounted(&self, source: &SourceId, place: &Place, state: &State) -> Option<&'static str> {
        let service = state.world.services.get(&place.service);
        let since = service.and_then(|service| service.history_since);
        let fact = |about| self.facts.get(&(source.clone(), about)).map(|s| &s.fact);
        let Some(Fact::Red(_, red)) = fact(About::Red(place.clone())) else {
            return Some("counts");
        };
        let Some(Fact::Use(_, usage)) = fact(About::Use(place.clone())) else {
            return Some("gauges");
        };
        if !self.has(source, About::Alerts(place.clone())) {
            return Some("alerts");
        }
        if !self.has(source, About::Pods(place.clone())) {
            return Some("pods");
        }
        let reaches = since.is_none_or(|since| {
            red.first <= red.grid.first_from(since) && usage.first <= usage.grid.first_from(since)
        });
        let before = since.is_none()
            || place.environment != Environment::Production
            || self.has(source, About::Before(place.clone()));
        let asked = !self.with_queries || self.has(source, About::Queries(place.clone()));
        match (reaches, before, asked) {
            (false, _, _) => Some("history"),
            (_, false, _) => Some("day before the canary"),
            (_, _, false) => Some("queries"),
            (true, true, true) => None,
        }
    }
}

fn all_places(state: &State) -> impl Iterator<Item = (Place, &EnvironmentEvidence)> {
    state.world.services.iter().flat_map(|(name, service)| {
        let environments = service.evidence.environments.iter();
        environments.map(|(&environment, e)| (Place::new(name.clone(), environment), e))
    })
}

fn places_in<'a>(state: &'a State, cluster: &ClusterName) -> Vec<(Place, &'a EnvironmentEvidence)> {
    all_places(state)
        .filter(|(_, evidence)| evidence.cluster == *cluster)
        .collect()
}
