//! One mechanism for every table: what a filter leaves, what the orders are, and what Esc takes away first.

use super::{Order, Sieve, Table, table};
use crate::app::action::Action;
use crate::app::behind::changes;
use crate::app::enabled::{NotNow, enabled};
use crate::app::event::Event;
use crate::app::field::Field;
use crate::app::flags::listed_flags;
use crate::app::focus::field_in_use;
use crate::app::pressing::pressed;
use crate::app::start::start;
use crate::app::state::{Mode, Screen, State};
use crate::app::update::update;
use crate::app::{releases, roster};
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::engine::built::{FLAG, at, feature_errors, key};

const NOW: &str = "03:12:00";

/// A deck with three flags on canary.
fn deck() -> State {
    let evidence = feature_errors(NOW).evidence();
    let mut state = start(vec![evidence], Mode::Live, at(NOW), 7).unwrap();
    let service = state.world.services.values_mut().next().unwrap();
    let canary = service.evidence.environments.get_mut(&Environment::Canary);
    let flags = &mut canary.unwrap().flags.as_mut().unwrap().value.flags;
    let known = flags[&key(FLAG)].clone();
    for (name, state) in [
        ("a-first", FlagState::Disabled),
        ("z-last", FlagState::Enabled),
    ] {
        let mut flag = known.clone();
        flag.state = state;
        flag.changed = None;
        flags.insert(key(name), flag);
    }
    state
}

fn typed(state: State, text: &str) -> State {
    update(state, Event::Edited(Field::of(text))).0
}

const fn opens(table: Table) -> (Action, Screen) {
    match table {
        Table::Flags => (Action::Flags, Screen::Flags),
        Table::Releases => (Action::Releases, Screen::Releases),
        Table::Changed => (Action::Changed, Screen::Changed),
        Table::Services => (Action::Services, Screen::Services),
    }
}

/// The rows of a table, each by its name.
fn rows(state: &State, table: Table) -> Vec<String> {
    match table {
        Table::Flags => listed_flags(state)
            .iter()
            .map(ToString::to_string)
            .collect(),
        Table::Releases => releases::listed(state)
            .iter()
            .map(ToString::to_string)
            .collect(),
        Table::Changed => changes(state)
            .entries
            .iter()
            .map(|e| format!("{:?}", e.id))
            .collect(),
        Table::Services => roster::listed(state)
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

#[test]
fn every_word_is_looked_for_in_whatever_case_and_after_a_mark_none_may_be_there() {
    let row = ["new-payment-flow", "ENABLED", "alice"];
    for (filter, holds) in [
        ("", true),
        ("  ", true),
        ("PAY", true),
        ("pay enabled", true),
        ("pay bob", false),
        ("!", true),
        ("!bob", true),
        ("! alice", false),
        ("!bob pay", false),
    ] {
        let sieve = Sieve {
            filter: Field::of(filter),
            ..Sieve::default()
        };
        assert_eq!(sieve.holds(&row), holds, "{filter:?}");
    }
}

#[test]
fn on_every_table_a_filter_narrows_is_kept_and_goes_before_the_screen_does() {
    for of in Table::ALL {
        let (open, screen) = opens(of);
        let state = pressed(deck(), &[open]);
        assert_eq!(table(&state), Some(of));
        let all = rows(&state, of);
        assert!(!all.is_empty(), "{of:?}");
        let state = typed(pressed(state, &[Action::Filter]), "no such thing");
        assert!(field_in_use(&state).is_some());
        assert!(rows(&state, of).is_empty(), "{of:?}");
        let kept = pressed(state.clone(), &[Action::Submit]);
        assert!(field_in_use(&kept).is_none());
        for state in [state, kept] {
            let cleared = pressed(state, &[Action::Back]);
            assert_eq!(
                (rows(&cleared, of), cleared.ui.screen),
                (all.clone(), screen)
            );
            let left = pressed(cleared, &[Action::Back]);
            assert_eq!(left.ui.screen, Screen::Overview);
        }
        // Whoever asks for the screen sees all of it.
        let again = typed(pressed(deck(), &[open, Action::Filter]), "no such thing");
        let again = pressed(again, &[Action::Submit, open]);
        assert_eq!(rows(&again, of), all);
    }
}

#[test]
fn on_every_table_the_orders_go_round_and_lose_no_row() {
    for of in Table::ALL {
        let mut state = pressed(deck(), &[opens(of).0]);
        let mut all = rows(&state, of);
        let usual = all.clone();
        all.sort_unstable();
        for order in of.orders() {
            assert_eq!(state.ui.sieves.order(of), *order);
            let mut now = rows(&state, of);
            now.sort_unstable();
            assert_eq!(now, all);
            state = pressed(state, &[Action::Order]);
        }
        assert_eq!(rows(&state, of), usual);
    }
}

#[test]
fn a_flag_that_is_changed_moves_no_row_until_the_order_is_asked_for_anew() {
    let state = pressed(deck(), &[Action::Flags]);
    assert_eq!(rows(&state, Table::Flags), ["a-first", FLAG, "z-last"]);
    let mut state = pressed(state, &[Action::Order]);
    assert_eq!(state.ui.sieves.order(Table::Flags), Order::Touched);
    assert_eq!(rows(&state, Table::Flags), [FLAG, "a-first", "z-last"]);
    let service = state.world.services.values_mut().next().unwrap();
    let canary = service.evidence.environments.get_mut(&Environment::Canary);
    let flags = &mut canary.unwrap().flags.as_mut().unwrap().value.flags;
    let mut changed = flags[&key(FLAG)].changed.clone();
    changed.as_mut().unwrap().at = at("03:11:59");
    flags.get_mut(&key("z-last")).unwrap().changed = changed;
    assert_eq!(rows(&state, Table::Flags), [FLAG, "a-first", "z-last"]);
    let state = pressed(state, &[Action::Refresh]);
    assert_eq!(rows(&state, Table::Flags), ["z-last", FLAG, "a-first"]);
    let state = pressed(state, &[Action::Order]);
    assert_eq!(rows(&state, Table::Flags), [FLAG, "z-last", "a-first"]);
}

#[test]
fn what_is_out_of_sight_is_not_acted_on() {
    let state = pressed(deck(), &[Action::Flags]);
    assert_eq!(state.ui.flag, Some(key(FLAG)));
    assert_eq!(enabled(&state, Action::ToggleFlag), Ok(()));
    let first = typed(pressed(state.clone(), &[Action::Filter]), "first");
    assert_eq!(first.ui.flag, Some(key("a-first")));
    let none = typed(pressed(state, &[Action::Filter]), "nowhere");
    let none = pressed(none, &[Action::Submit]);
    assert_eq!(enabled(&none, Action::ToggleFlag), Err(NotNow::NoFlag));
    let none = pressed(none, &[Action::Down, Action::ToggleFlag]);
    assert!(none.ui.overlays.is_empty());
    assert_eq!(pressed(none, &[Action::Back]).ui.flag, Some(key(FLAG)));
}

#[test]
fn what_is_in_a_tables_place_is_not_narrowed() {
    let state = pressed(deck(), &[Action::Releases, Action::Difference]);
    if state.ui.releases.compared.is_some() {
        assert_eq!(enabled(&state, Action::Filter), Err(NotNow::NotHere));
        assert_eq!(enabled(&state, Action::Order), Err(NotNow::NotHere));
    }
    let all = rows(&pressed(deck(), &[Action::Releases]), Table::Releases);
    let state = typed(
        pressed(deck(), &[Action::Releases, Action::Filter]),
        "stable",
    );
    assert!(rows(&state, Table::Releases).len() <= all.len());
}
