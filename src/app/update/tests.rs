//! What each event asks of the shell.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "one kind of effect is looked for"
)]

use jiff::{SignedDuration, Timestamp};

use super::update;
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::event::{Event, Press};
use crate::app::start::start;
use crate::app::state::{Mode, Overlay, State};
use crate::domain::access::{Access, ClusterIdentity, Permission};
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::FlagState;
use crate::domain::fresh::Fresh;
use crate::domain::names::{ClusterName, ClusterUid};
use crate::domain::observation::{Epoch, Fact, Observation};
use crate::domain::plan::Intent;
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::source::SourceId;
use crate::domain::workload::Rollout;
use crate::engine::assess::assess;
use crate::engine::built::{FLAG, at, calm, feature_errors, key, place};
use crate::engine::planner::Refusal;

const NOW: &str = "03:08:00";

fn deck() -> State {
    let mut state = start(vec![calm(NOW).evidence()], Mode::Live, at(NOW), 7).unwrap();
    let identity = ClusterIdentity {
        uid: ClusterUid::parse("11aa-22bb").unwrap(),
        version: "v1.36.3".into(),
        context: "eu-canary".into(),
        me: None,
    };
    let cluster = ClusterName::parse("canary").unwrap();
    let known = Fresh::new(identity, at(NOW));
    state.world.clusters.insert(cluster, known);
    state
}

/// Wants the canary's flag off.
fn wanted(state: State) -> (State, Vec<Effect>) {
    let intent = Intent::SetFlag {
        place: place(Environment::Canary),
        key: key(FLAG),
        to: FlagState::Disabled,
        undoes: None,
    };
    let at = at(NOW);
    told(state, Event::Wanted { intent, at })
}

fn told(state: State, event: Event) -> (State, Vec<Effect>) {
    let (state, effects) = update(state, event);
    (state, effects.0)
}

fn asked(effects: &[Effect]) -> Vec<Permission> {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::AskAccess(asked) => Some(asked.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

fn all(asked: &[Permission], access: &Access) -> Event {
    let answers = asked.iter().map(|p| (p.clone(), access.clone()));
    Event::Access(answers.collect())
}

fn refusal(state: &State) -> Option<&Refusal> {
    match state.ui.overlays.last() {
        Some(Overlay::Refused { refusal, .. }) => Some(refusal),
        _ => None,
    }
}

#[test]
fn a_plan_asks_what_is_allowed_now_and_takes_the_answer() {
    let (state, effects) = wanted(deck());
    assert!(matches!(effects.last(), Some(Effect::DryRun(_))));
    let needed = asked(&effects);
    assert_eq!(needed.len(), 2, "{effects:?}");
    let (state, _) = told(state, all(&needed, &Access::Denied));
    let permissions = &state.plan().unwrap().plan.permissions;
    assert!(permissions.iter().all(|(_, a)| *a == Access::Denied));
}

#[test]
fn a_plan_that_waits_for_who_a_cluster_is_opens_once_it_says_so() {
    let mut state = deck();
    let cluster = ClusterName::parse("canary").unwrap();
    let identity = state.world.clusters.remove(&cluster).unwrap().value;
    let (state, _) = wanted(state);
    assert!(matches!(refusal(&state), Some(Refusal::ClusterUnknown)));
    let says = |source: SourceId, fact: Fact| {
        Event::Heard(Box::new(Observation {
            source,
            epoch: Epoch(1),
            at: at(NOW),
            fact,
        }))
    };
    let kubernetes = SourceId::Kubernetes(cluster.clone());
    // News of something else opens nothing.
    let (state, effects) = told(state, says(kubernetes.clone(), Fact::Alive));
    assert!(matches!(refusal(&state), Some(Refusal::ClusterUnknown)));
    assert!(effects.is_empty(), "{effects:?}");
    let (state, effects) = told(state, says(kubernetes, Fact::Cluster(cluster, identity)));
    assert!(refusal(&state).is_none() && state.plan().is_some());
    assert!(matches!(effects.last(), Some(Effect::DryRun(_))));
}

#[test]
fn who_was_denied_and_is_granted_gets_the_plan() {
    let (state, effects) = wanted(deck());
    let needed = asked(&effects);
    let (state, _) = told(state, all(&needed, &Access::Denied));
    let (state, effects) = wanted(state);
    assert!(matches!(refusal(&state), Some(Refusal::Denied(_))));
    let again = asked(&effects);
    assert_eq!(again, needed);
    // The answer is the same: nothing moves, and nothing is asked in a circle.
    let (state, effects) = told(state, all(&again, &Access::Denied));
    assert!(refusal(&state).is_some() && effects.is_empty());
    // One of two is not enough.
    let (state, effects) = told(state, all(&again[..1], &Access::Allowed));
    assert!(refusal(&state).is_some() && effects.is_empty());
    // Refresh asks for both environments.
    let press = Press {
        held: false,
        together: false,
        again_after_ms: None,
        plan_shown_ms: 0,
    };
    let refresh = Event::Act {
        action: Action::Refresh,
        at: at(NOW),
        press,
    };
    let (state, effects) = told(state, refresh);
    assert!(again.iter().all(|p| asked(&effects).contains(p)));
    assert_eq!(asked(&effects).len(), 4);
    let (state, effects) = told(state, all(&again, &Access::Allowed));
    assert!(refusal(&state).is_none() && state.plan().is_some());
    assert!(matches!(effects.last(), Some(Effect::DryRun(_))));
}

#[test]
fn a_write_that_was_forbidden_asks_what_is_allowed_now() {
    let (state, effects) = wanted(deck());
    let needed = asked(&effects);
    let (state, _) = told(state, all(&needed, &Access::Allowed));
    let ordered = Event::Ordered {
        reason: "as it fails".into(),
        at: at(NOW),
    };
    let (state, effects) = told(state, ordered);
    assert!(matches!(effects[..], [Effect::Run(_)]));
    let forbidden = Progress {
        op: state.ops.operations[0].plan.op.clone(),
        at: at(NOW),
        what: Happening::Ended(Outcome::Forbidden {
            why: "forbidden: bob".into(),
        }),
    };
    let (_, effects) = told(state, Event::Progressed(forbidden));
    assert_eq!(asked(&effects), needed);
}

fn hears(state: State, after: i64) -> (State, Vec<Timestamp>) {
    let now = at(NOW) + SignedDuration::from_secs(after);
    let (state, _) = told(state, Event::Tick { now });
    let seen = Observation {
        source: SourceId::Prometheus(place(Environment::Canary)),
        epoch: Epoch(1),
        at: now,
        fact: Fact::Lacks(Vec::new()),
    };
    let (state, effects) = told(state, Event::Heard(Box::new(seen)));
    let since = effects.iter().filter_map(|effect| match effect {
        Effect::MetricsSince { since, .. } => Some(*since),
        _ => None,
    });
    let since = since.collect();
    (state, since)
}

#[test]
fn history_is_kept_for_the_present_canary_and_never_without_end() {
    let hours = |n: i64| SignedDuration::from_hours(n);
    let (state, since) = hears(deck(), 1);
    assert_eq!(since, [at("03:01:00") - hours(1); 2]);
    let (state, since) = hears(state, 60);
    assert_eq!(since, []);
    // It stays for a week: what is kept follows in steps.
    let mut asked = 0;
    let mut state = state;
    for tenth in 1..7 * 24 * 6 {
        let (next, since) = hears(state, tenth * 600);
        state = next;
        asked += since.len();
        let kept = state.world.now.duration_since(
            state
                .world
                .services
                .values()
                .next()
                .unwrap()
                .history_since
                .unwrap(),
        );
        assert!(kept < hours(13), "{kept:?}");
    }
    assert!((2 * 150..=2 * 170).contains(&asked), "{asked}");
    // The next one was rolled out now.
    let service = state.world.services.values_mut().next().unwrap();
    let canary = service.evidence.environments.get_mut(&Environment::Canary);
    let workload = canary.unwrap().workload.as_mut().unwrap();
    let rolled_out = state.world.now;
    workload.value.rollout = Some(Rollout::Complete { at: rolled_out });
    let (mut state, since) = hears(state, 7 * 24 * 3600);
    assert_eq!(since.len(), 2);
    assert!(since[0] > rolled_out - hours(1));
    // And promoted: both run the same.
    let service = state.world.services.values_mut().next().unwrap();
    let sides = &mut service.evidence.environments;
    let version = sides[&Environment::Canary].workload.as_ref().unwrap();
    let version = version.value.version.clone();
    let production = sides.get_mut(&Environment::Production).unwrap();
    production.workload.as_mut().unwrap().value.version = version;
    let (state, since) = hears(state, 7 * 24 * 3600 + 60);
    assert_eq!(since, [state.world.now; 2]);
}

#[test]
fn what_is_remembered_is_what_would_be_concluded_anew() {
    let story = |now: &str| feature_errors(now).evidence();
    let mut state = start(vec![story("03:02:00")], Mode::Live, at("03:02:00"), 7).unwrap();
    let mut hears = |at: Timestamp, events: Vec<Event>| {
        for event in events {
            state = update(state.clone(), event).0;
            let service = state.world.services.values().next().unwrap();
            assert_eq!(service.assessment, assess(&service.evidence, at), "{at}");
        }
    };
    let told = |place: &Place, at, fact| {
        Event::Heard(Box::new(Observation {
            source: SourceId::Prometheus(place.clone()),
            epoch: Epoch(1),
            at,
            fact,
        }))
    };
    for clock in ["03:02:15", "03:03:00", "03:03:30", "03:04:15", "03:06:00"] {
        let now = at(clock);
        hears(now, vec![Event::Tick { now }]);
        for (environment, seen) in story(clock).environments {
            let place = place(environment);
            let red = seen.red.unwrap().value;
            let mut part = red.clone();
            part.holes.fill(true);
            // In part at first, then whole: at the same moment and as long.
            hears(
                now,
                vec![
                    told(&place, now, Fact::Red(place.clone(), part)),
                    told(&place, now, Fact::Red(place.clone(), red)),
                    told(
                        &place,
                        now,
                        Fact::Use(place.clone(), seen.usage.unwrap().value),
                    ),
                    told(
                        &place,
                        now,
                        Fact::BeforeCanary(place.clone(), seen.before.unwrap()),
                    ),
                ],
            );
        }
    }
}
