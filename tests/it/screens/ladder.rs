//! The ladder in every weather: all levels with where they stand, and the selected one at length.

use flightdeck::app::state::{Operation, Screen, State};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::progress::{Happening, Outcome, Progress};
use flightdeck::engine::advisor::advice::{Effect, RungKind, RungState};
use flightdeck::engine::advisor::reason::Reason;

use super::fixture::{at, service_name};
use super::gallery::Gallery;
use super::overlays::plan;
use super::weather::{blinded, breach, calm, still_bad, unread};

fn on(mut state: State, rung: RungKind) -> State {
    state.ui.screen = Screen::Ladder;
    state.ui.rung = rung;
    state
}

/// The flag was switched off by this deck, and nothing got better.
pub(crate) fn did_not_help() -> State {
    let mut state = still_bad();
    let services = &mut state.world.services;
    let checkout = services.get_mut(&service_name("checkout")).unwrap();
    checkout.advice.rungs[0].state = RungState::Done {
        at: at("03:13:03"),
        effect: Effect::DidNotHelp,
    };
    checkout.advice.rungs[1].reasons[0] = Reason::TriedBelow {
        at: at("03:13:03"),
        in_part: false,
    };
    let plan = plan(Environment::Canary);
    let outcome = Outcome::Verified { instances: 4 };
    let report = |clock: &str, what: Happening| Progress {
        op: plan.op.clone(),
        at: at(clock),
        what,
    };
    state.ops.operations = vec![Operation {
        progress: vec![
            report("03:13:02", Happening::IntentRecorded),
            report("03:13:04", Happening::Ended(outcome.clone())),
        ],
        outcome: Some(outcome),
        plan,
    }];
    state
}

fn the_ladder_in_a_breach(gallery: &mut Gallery) {
    let state = on(breach(), RungKind::Flag);
    gallery.in_every_look("ladder-breach", &state);
}

fn the_ladder_after_a_flag_that_did_not_help(gallery: &mut Gallery) {
    gallery.hang("ladder-in-vain", &on(did_not_help(), RungKind::Rollback));
    gallery.hang("ladder-tried", &on(did_not_help(), RungKind::Flag));
    gallery.hang("ladder-blocked", &on(did_not_help(), RungKind::Traffic));
    gallery.hang("ladder-people", &on(did_not_help(), RungKind::People));
}

fn the_ladder_in_calm_and_blind_weather(gallery: &mut Gallery) {
    gallery.hang("ladder-calm", &on(calm(), RungKind::Flag));
    gallery.hang("ladder-blind", &on(blinded(), RungKind::Flag));
    gallery.hang("ladder-reading", &on(unread(), RungKind::Flag));
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    the_ladder_in_a_breach(gallery);
    the_ladder_after_a_flag_that_did_not_help(gallery);
    the_ladder_in_calm_and_blind_weather(gallery);
}
