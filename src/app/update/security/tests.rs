//! Raised, ended and found again.

use super::*;
use crate::app::action::Action;
use crate::app::enabled::{NotNow, enabled};
use crate::app::event::Event;
use crate::app::pressing::{press, pressed};
use crate::app::start::start;
use crate::app::state::{Mode, News};
use crate::app::update::update;
use crate::engine::advisor::advice::{Headline, RungKind};
use crate::engine::built::{at, calm};

const NOW: &str = "03:08:00";

fn deck() -> State {
    start(vec![calm(NOW).evidence()], Mode::Live, at(NOW), 7).unwrap()
}

fn typed(state: State, text: &str) -> State {
    update(state, Event::Edited(Field::of(text))).0
}

fn shown(state: &State) -> &IncidentView {
    match state.ui.overlays.last() {
        Some(Overlay::Incident(view)) => view,
        other => panic!("{other:?}"),
    }
}

/// Raises one of canary.
fn raised() -> (State, Incident) {
    let state = pressed(deck(), &[Action::SecurityIncident, Action::Affected]);
    let (state, effects) = press(typed(state, " tokens in the log "), Action::Submit);
    match effects.0.as_slice() {
        [Effect::RecordIncident(incident)] => (state, incident.as_ref().clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_is_raised_with_a_reason_and_recorded() {
    let (state, incident) = raised();
    assert!(state.ui.overlays.is_empty());
    assert_eq!(incident.affected, Affected::Canary);
    assert_eq!(incident.raised.reason, "tokens in the log".into());
    assert_eq!((incident.raised.at, &incident.ended), (at(NOW), &None));
    let service = state.service().unwrap();
    assert_eq!(service.evidence.incident().as_ref(), Some(&incident));
    assert!(matches!(service.advice.headline, Headline::Security { .. }));
    assert_eq!(service.advice.first, Some(RungKind::Traffic));
}

#[test]
fn without_a_reason_nothing_is_said() {
    for text in ["", "   ", "x", "3801a"] {
        let state = typed(pressed(deck(), &[Action::SecurityIncident]), text);
        let (state, effects) = press(state, Action::Submit);
        assert!(effects.0.is_empty());
        assert_eq!(shown(&state).complaint, Some(Complaint::NoReason));
        assert_eq!(state.service().unwrap().evidence.incident(), None);
        // What is typed takes the complaint away, and Esc leaves all as it was.
        assert_eq!(shown(&typed(state.clone(), "x")).complaint, None);
        let left = pressed(state, &[Action::Back]);
        assert!(left.ui.overlays.is_empty());
    }
}

#[test]
fn a_paste_and_a_key_held_down_raise_nothing() {
    let state = typed(
        pressed(deck(), &[Action::SecurityIncident]),
        "tokens in the log",
    );
    for (held, together, why) in [
        (true, false, Complaint::Repeated),
        (false, true, Complaint::Pasted),
    ] {
        let press = Press {
            held,
            together,
            again_after_ms: None,
            plan_shown_ms: 0,
        };
        let (action, at) = (Action::Submit, at(NOW));
        let (state, effects) = update(state.clone(), Event::Act { action, at, press });
        assert!(effects.0.is_empty());
        assert_eq!(shown(&state).complaint, Some(why));
    }
    let at = at(NOW);
    let (state, _) = update(state, Event::Pasted { characters: 9, at });
    assert_eq!(shown(&state).reason.text, "tokens in the log");
    assert_eq!(state.ui.news, Some(News::PasteDropped { characters: 9 }));
}

#[test]
fn the_one_that_stands_is_ended_with_what_was_found() {
    let (state, incident) = raised();
    let state = pressed(state, &[Action::SecurityIncident]);
    assert_eq!(shown(&state).ends.as_ref(), Some(&incident));
    // Whose traffic it was is what was said.
    assert_eq!(enabled(&state, Action::Affected), Err(NotNow::NotHere));
    let (state, effects) = press(typed(state, "a test account"), Action::Submit);
    let service = state.service().unwrap();
    assert_eq!(service.evidence.incident(), None);
    assert_eq!(service.advice.first, None);
    let [Effect::RecordIncident(ended)] = effects.0.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(ended.raised, incident.raised);
    let said = ended.ended.as_ref().unwrap();
    assert_eq!(said.reason, "a test account".into());
    assert_eq!(service.evidence.incidents, [ended.as_ref().clone()]);
    // The next key raises another.
    let state = pressed(state, &[Action::SecurityIncident]);
    assert_eq!(shown(&state).ends, None);
}

#[test]
fn what_the_journal_holds_stands_and_what_no_deck_knows_is_left() {
    let (_, incident) = raised();
    let unknown = Incident {
        service: crate::domain::names::ServiceName::parse("another").unwrap(),
        ..incident.clone()
    };
    // A service of that name in another cluster, as of another configuration.
    let mut elsewhere = incident.clone();
    elsewhere.places[0].context = "another".to_owned();
    let found = vec![unknown, elsewhere, incident.clone()];
    let (state, effects) = update(deck(), Event::Incidents(found));
    assert!(effects.0.is_empty());
    let service = state.service().unwrap();
    assert_eq!(service.evidence.incidents, [incident]);
    assert_eq!(service.advice.first, Some(RungKind::Traffic));
}

#[test]
fn all_that_stand_are_ended_together() {
    let (state, first) = raised();
    let second = Incident {
        affected: Affected::Production,
        raised: Statement {
            at: at("03:07:00"),
            ..first.raised.clone()
        },
        ..first.clone()
    };
    let (state, _) = update(state, Event::Incidents(vec![second.clone()]));
    let state = pressed(state, &[Action::SecurityIncident]);
    assert_eq!(shown(&state).affected, Affected::Both);
    let (state, effects) = press(typed(state, "a test account"), Action::Submit);
    assert_eq!(state.service().unwrap().evidence.incident(), None);
    assert_eq!(effects.0.len(), 2, "{effects:?}");
}

#[test]
fn what_is_said_is_seen_on_a_screen_that_was_frozen() {
    let state = pressed(deck(), &[Action::Freeze, Action::SecurityIncident]);
    let (state, _) = press(typed(state, "tokens in the log"), Action::Submit);
    let service = state.shown().services.get(&state.ui.service).unwrap();
    assert_eq!(service.advice.first, Some(RungKind::Traffic));
}

#[test]
fn what_lay_below_is_there_again_when_it_is_left() {
    let state = pressed(deck(), &[Action::Help, Action::SecurityIncident]);
    assert!(matches!(
        state.ui.overlays.last(),
        Some(Overlay::Incident(_))
    ));
    let state = pressed(state, &[Action::Back]);
    assert_eq!(state.ui.overlays, [Overlay::Help { scroll: 0 }]);
}

#[test]
fn on_the_list_of_services_only_the_shown_one_is_meant() {
    let mut other = calm(NOW).evidence();
    other.service = crate::domain::names::ServiceName::parse("search").unwrap();
    let services = vec![calm(NOW).evidence(), other];
    let state = start(services, Mode::Live, at(NOW), 7).unwrap();
    let state = pressed(state, &[Action::Services, Action::Bottom]);
    let state = pressed(state, &[Action::SecurityIncident]);
    assert!(state.ui.overlays.is_empty());
    assert_eq!(state.ui.news, Some(News::Closed(NotNow::AnotherSelected)));
}
