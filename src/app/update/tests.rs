//! What each event asks of the shell.

use super::update;
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::event::{Event, Press};
use crate::app::start::start;
use crate::app::state::{Mode, Overlay, State};
use crate::domain::access::{Access, ClusterIdentity, Permission};
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::fresh::Fresh;
use crate::domain::names::{ClusterName, ClusterUid};
use crate::domain::plan::Intent;
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::engine::built::{FLAG, at, calm, key, place};
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
