//! Keys pressed in tests, each by itself, at a plan that a person had time to read.

use super::action::Action;
use super::effect::Effects;
use super::event::{Event, Press};
use super::state::State;
use super::update::update;

/// Presses one key.
pub(crate) fn press(state: State, action: Action) -> (State, Effects) {
    let press = Press {
        held: false,
        together: false,
        again_after_ms: None,
        plan_shown_ms: 1000,
    };
    let at = state.world.now;
    update(state, Event::Act { action, at, press })
}

/// Presses one key after the other.
pub(crate) fn pressed(state: State, actions: &[Action]) -> State {
    let one = |state, action: &Action| press(state, *action).0;
    actions.iter().fold(state, one)
}
