//! In which order services stand, when that changes, what a filter leaves, and where keys lead from there.

use jiff::SignedDuration;

use super::{as_of, listed, selected};
use crate::app::action::Action;
use crate::app::enabled::{NotNow, enabled};
use crate::app::event::Event;
use crate::app::field::Field;
use crate::app::focus::{contexts, field_in_use};
use crate::app::pressing::pressed;
use crate::app::sieve::{Order, Table};
use crate::app::start::start;
use crate::app::state::{Mode, News, Screen, State};
use crate::app::update::update;
use crate::domain::names::ServiceName;
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::Headline;
use crate::engine::assess::Value;
use crate::engine::built::{at, calm, feature_errors};

const NOW: &str = "03:08:00";

fn name(text: &str) -> ServiceName {
    ServiceName::parse(text).unwrap()
}

/// A cart and a search that are well, and a checkout in breach between them, with other requests each.
fn deck() -> State {
    let named = |text: &str, mut evidence: crate::engine::evidence::ServiceEvidence| {
        evidence.service = name(text);
        evidence
    };
    let services = vec![
        named("search", calm(NOW).evidence()),
        named("checkout", feature_errors(NOW).evidence()),
        named("cart", calm(NOW).evidence()),
    ];
    let mut state = start(services, Mode::Live, at(NOW), 7).unwrap();
    for (service, rate) in [("cart", 5.0), ("checkout", 50.0), ("search", 500.0)] {
        let service = state.world.services.get_mut(&name(service)).unwrap();
        let mut rows = service.assessment.rows.iter_mut();
        let requests = rows.find(|row| row.verdict.metric == Metric::Requests);
        requests.unwrap().canary = Some(Value::PerSecond(rate));
    }
    state
}

fn typed(state: State, text: &str) -> State {
    update(state, Event::Edited(Field::of(text))).0
}

/// Time passes without a conclusion anew: what is set stays set.
fn later(mut state: State, seconds: i64) -> State {
    state.world.now += SignedDuration::from_secs(seconds);
    super::follow(&mut state);
    state
}

/// A headline that came in the meantime.
fn turned(mut state: State, service: &str, headline: Headline) -> State {
    let service = state.world.services.get_mut(&name(service)).unwrap();
    service.advice.headline = headline;
    state
}

fn names(state: &State) -> Vec<&str> {
    listed(state).into_iter().map(ServiceName::as_str).collect()
}

fn here(state: &State) -> Option<&str> {
    selected(state).map(ServiceName::as_str)
}

fn watch() -> Headline {
    Headline::Watch {
        metric: Metric::Slow,
        estimate: None,
    }
}

#[test]
fn the_worst_stands_first_and_is_selected_and_other_orders_are_a_key_away() {
    let state = pressed(deck(), &[Action::Services]);
    assert_eq!(names(&state), ["checkout", "cart", "search"]);
    assert_eq!(here(&state), Some("checkout"));
    let state = pressed(state, &[Action::Order]);
    assert_eq!(state.ui.sieves.order(Table::Services), Order::Name);
    assert_eq!(names(&state), ["cart", "checkout", "search"]);
    assert_eq!(here(&state), Some("checkout"), "by identity, not by place");
    let state = pressed(state, &[Action::Order]);
    assert_eq!(names(&state), ["search", "checkout", "cart"]);
    let state = pressed(state, &[Action::Order]);
    assert_eq!(names(&state), ["checkout", "cart", "search"]);
}

#[test]
fn no_row_moves_under_the_finger_and_the_worst_come_first_when_it_rests() {
    let state = pressed(deck(), &[Action::Services, Action::Down]);
    let state = later(turned(state, "search", watch()), 9);
    assert_eq!(names(&state), ["checkout", "cart", "search"]);
    assert_eq!(as_of(&state), Some(at(NOW)), "that is said");
    let state = later(state, 1);
    assert_eq!(names(&state), ["checkout", "search", "cart"]);
    assert_eq!((as_of(&state), here(&state)), (None, Some("cart")));

    // Who asks for it does not wait.
    let state = pressed(turned(state, "cart", watch()), &[Action::Refresh]);
    assert_eq!(names(&state), ["checkout", "cart", "search"]);
    // Requests change all the time: an order by them stays as it was taken.
    let mut state = pressed(state, &[Action::Order, Action::Order]);
    let cart = state.world.services.get_mut(&name("cart")).unwrap();
    for row in &mut cart.assessment.rows {
        row.canary = Some(Value::PerSecond(9_000.0));
    }
    let state = later(state, 60);
    assert_eq!(names(&state), ["search", "checkout", "cart"]);
    assert!(as_of(&state).is_some());
}

#[test]
fn a_filter_looks_into_names_and_words() {
    let state = pressed(deck(), &[Action::Services, Action::Filter]);
    assert!(field_in_use(&state).is_some());
    let state = typed(state, "AR");
    assert_eq!(names(&state), ["cart", "search"]);
    assert_eq!(here(&state), Some("cart"));
    assert_eq!(names(&typed(state.clone(), "breach")), ["checkout"]);
    let blind = typed(state.clone(), "idle");
    assert_eq!((names(&blind), here(&blind)), (vec![], None));
    assert_eq!(
        pressed(blind, &[Action::Submit, Action::Open]).ui.news,
        Some(News::Closed(NotNow::NothingBehind))
    );
    // A paste is dropped, here as in every field.
    let (state, _) = update(
        state,
        Event::Pasted {
            characters: 3,
            at: at(NOW),
        },
    );
    assert_eq!(state.ui.sieves.of(Table::Services).filter.text, "AR");

    let state = pressed(state, &[Action::Down, Action::Submit]);
    assert_eq!((field_in_use(&state), here(&state)), (None, Some("search")));
    assert_eq!(names(&state).len(), 2, "kept");
    // What is filtered out under the finger leaves nothing selected, not something else.
    let state = typed(pressed(state, &[Action::Filter]), "watch");
    let state = typed(turned(state, "search", watch()), "watc");
    assert_eq!(here(&state), Some("search"));
    let state = turned(turned(state, "search", Headline::Idle), "cart", watch());
    assert_eq!((names(&state), here(&state)), (vec!["cart"], None));
    let state = pressed(state, &[Action::Back]);
    assert_eq!((names(&state).len(), here(&state)), (3, Some("search")));
    assert_eq!(state.ui.screen, Screen::Services, "the filter went first");
    let state = pressed(state, &[Action::Back]);
    assert_eq!(state.ui.screen, Screen::Overview);
}

#[test]
fn enter_shows_the_selected_service_and_only_then_its_plan_can_be_asked_for() {
    let state = pressed(deck(), &[Action::NextService, Action::Services]);
    assert_eq!(state.ui.service, name("search"));
    assert_eq!(
        enabled(&state, Action::PlanAdvised),
        Err(NotNow::AnotherSelected)
    );
    let there = pressed(state, &[Action::Open]);
    assert_eq!(
        (there.ui.screen, &there.ui.service),
        (Screen::Overview, &name("checkout"))
    );
    let back = pressed(there, &[Action::Open, Action::Back, Action::Back]);
    assert_eq!(
        (back.ui.screen, here(&back)),
        (Screen::Services, Some("checkout"))
    );
    assert_eq!(back.ui.service, name("search"), "as it was left");
    // The keys of services move both, and no row.
    let state = pressed(back, &[Action::PreviousService]);
    assert_eq!(
        (&state.ui.service, here(&state)),
        (&name("checkout"), Some("checkout"))
    );
    assert_eq!(enabled(&state, Action::PlanAdvised), Ok(()));
    let state = pressed(state, &[Action::PlanAdvised]);
    assert_ne!(contexts(&state), contexts(&deck()));
    assert!(!state.ui.overlays.is_empty());
}
