//! Where keys lead from one screen to the next, and what stays selected.

use jiff::SignedDuration;

use crate::app::action::Action;
use crate::app::behind::{changes, selected};
use crate::app::enabled::{NotNow, enabled};
use crate::app::event::Event;
use crate::app::pressing::pressed;
use crate::app::start::start;
use crate::app::state::{Mode, Screen, State, Within};
use crate::app::update::update;
use crate::domain::environment::Environment;
use crate::domain::flag::{Changed, FlagState};
use crate::domain::names::ServiceName;
use crate::domain::observation::{Epoch, Fact, Observation};
use crate::domain::source::SourceId;
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::RungKind;
use crate::engine::built::{FLAG, at, calm, canary, definition, feature_errors, key, place};
use crate::engine::timeline::{Id, Of};

const NOW: &str = "03:08:00";

fn name(text: &str) -> ServiceName {
    ServiceName::parse(text).unwrap()
}

/// A checkout in breach, and beside it a calm search with flags of its own.
fn deck() -> State {
    let mut search = calm(NOW).evidence();
    search.service = name("search");
    for side in search.environments.values_mut() {
        side.flags = None;
    }
    let services = vec![feature_errors(NOW).evidence(), search];
    let state = start(services, Mode::Live, at(NOW), 7).unwrap();
    update(state, Event::Tick { now: at(NOW) }).0
}

fn chosen(state: &State) -> Option<Id> {
    selected(state, &changes(state)).map(|entry| entry.id.clone())
}

fn evidence(metric: Metric) -> Screen {
    Screen::Evidence {
        metric,
        query: false,
    }
}

#[test]
fn the_ladder_opens_on_what_is_advised_and_enter_goes_to_its_metric_and_back() {
    let state = pressed(deck(), &[Action::Ladder]);
    assert_eq!(state.ui.rung, RungKind::Flag);
    let state = pressed(state, &[Action::Bottom, Action::Down]);
    assert_eq!(state.ui.rung, RungKind::People);
    let state = pressed(state, &[Action::Top, Action::Up, Action::Down]);
    assert_eq!(state.ui.rung, RungKind::Rollback);
    let state = pressed(state, &[Action::Open]);
    assert_eq!(state.ui.screen, evidence(Metric::Errors));
    let state = pressed(state, &[Action::Back]);
    assert_eq!(
        (state.ui.screen, state.ui.rung),
        (Screen::Ladder, RungKind::Rollback)
    );
    let state = pressed(state, &[Action::Back]);
    assert_eq!(state.ui.screen, Screen::Overview);
    let state = pressed(state, &[Action::Ladder, Action::PlanAdvised]);
    assert!(
        !state.ui.overlays.is_empty(),
        "a plan, or why there is none"
    );
}

#[test]
fn what_changed_opens_on_the_nearest_change_and_leads_to_its_flag() {
    let state = pressed(deck(), &[Action::Changed]);
    let flag = Id {
        place: place(Environment::Canary),
        of: Of::Flag(key(FLAG)),
    };
    assert_eq!(chosen(&state), Some(flag));
    let state = pressed(state, &[Action::NextService, Action::Changed, Action::Top]);
    // Of another service than the one shown.
    let mut state = state;
    state.ui.changes.selected = Some(Id {
        place: place(Environment::Canary),
        of: Of::Flag(key(FLAG)),
    });
    let state = pressed(state, &[Action::Open]);
    assert_eq!(
        (state.ui.screen, &state.ui.service),
        (Screen::Flags, &name("checkout"))
    );
    assert_eq!(
        (state.ui.flag.clone(), state.ui.environment),
        (Some(key(FLAG)), Environment::Canary)
    );
    let state = pressed(state, &[Action::Back]);
    assert_eq!(
        (state.ui.screen, &state.ui.service),
        (Screen::Changed, &name("search"))
    );
}

#[test]
fn another_service_is_not_shown_below_what_was_said_of_the_last_one() {
    for leave in [Action::NextService, Action::PreviousService, Action::Worst] {
        let state = pressed(deck(), &[Action::NextService, Action::PreviousService]);
        let state = pressed(state, &[Action::PlanAdvised]);
        assert!(
            !state.ui.overlays.is_empty(),
            "a plan, or why there is none"
        );
        let left = pressed(state, &[Action::NextService, leave]);
        assert!(left.ui.overlays.is_empty(), "{leave:?}");
    }
}

#[test]
fn a_line_of_another_service_takes_no_key_that_acts_on_the_one_above() {
    let state = pressed(deck(), &[Action::Changed]);
    assert_eq!(enabled(&state, Action::PlanAdvised), Ok(()));
    assert_eq!(enabled(&state, Action::Undo), Err(NotNow::NothingToUndo));
    // The line stays checkout's while search is shown: nothing may be planned for search, nor for checkout.
    let mut state = pressed(state, &[Action::NextService]);
    state.ui.changes.selected = Some(Id {
        place: place(Environment::Canary),
        of: Of::Flag(key(FLAG)),
    });
    for action in [Action::PlanAdvised, Action::Undo] {
        assert_eq!(enabled(&state, action), Err(NotNow::AnotherSelected));
        let pressed = pressed(state.clone(), &[action]);
        assert!(pressed.ui.overlays.is_empty());
    }
}

#[test]
fn a_verdict_leads_to_its_evidence_and_a_release_to_nothing_yet() {
    let mut state = pressed(deck(), &[Action::Changed]);
    state.ui.changes.selected = Some(Id {
        place: place(Environment::Canary),
        of: Of::Certain(Metric::Errors),
    });
    let there = pressed(state.clone(), &[Action::Open]);
    assert_eq!(there.ui.screen, evidence(Metric::Errors));
    // A screen that is asked for by its key forgets the way.
    let elsewhere = pressed(there, &[Action::Flags, Action::Back]);
    assert_eq!(elsewhere.ui.screen, Screen::Overview);

    state.ui.changes.selected = Some(Id {
        place: place(Environment::Canary),
        of: Of::Rollout,
    });
    assert_eq!(enabled(&state, Action::Open), Err(NotNow::NothingBehind));
    assert_eq!(pressed(state, &[Action::Open]).ui.screen, Screen::Changed);
}

#[test]
fn an_entry_stays_selected_when_others_come_above() {
    let state = pressed(deck(), &[Action::Changed, Action::Down]);
    let before = chosen(&state).unwrap();
    let count = changes(&state).entries.len();
    let mut evidence = calm(NOW).evidence();
    let mut flags = canary(&mut evidence).flags.clone().unwrap().value;
    let mut other = definition(FlagState::Enabled, None);
    other.changed = Some(Changed {
        at: at(NOW),
        by: "carol".into(),
    });
    flags.flags.insert(key("sepa"), other);
    let place = place(Environment::Canary);
    let heard = Event::Heard(Box::new(Observation {
        source: SourceId::Flags(place.clone()),
        epoch: Epoch(1),
        at: at(NOW),
        fact: Fact::Flags(place, flags),
    }));
    let (state, _) = update(state, heard);
    assert_eq!(changes(&state).entries.len(), count + 1);
    assert_eq!(chosen(&state), Some(before));
    let state = pressed(state, &[Action::Top]);
    assert_eq!(chosen(&state).unwrap().of, Of::Flag(key("sepa")));
}

#[test]
fn the_window_widens_and_other_services_can_be_left_out() {
    let state = pressed(deck(), &[Action::Changed]);
    let all = changes(&state).entries.len();
    let state = pressed(state, &[Action::OnlyService]);
    assert!(changes(&state).entries.len() < all);
    let state = pressed(state, &[Action::OnlyService]);
    assert_eq!(changes(&state).entries.len(), all);
    let mut within = vec![state.ui.changes.within];
    let mut state = state;
    for _ in 0..3 {
        state = pressed(state, &[Action::Wider]);
        within.push(state.ui.changes.within);
    }
    assert_eq!(
        within,
        [Within::Hour, Within::SixHours, Within::Day, Within::Hour]
    );
    assert_eq!(Within::Day.duration(), SignedDuration::from_hours(24));
}
