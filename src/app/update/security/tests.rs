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
    assert_eq!(service.evidence.incident(), Some(&incident));
    assert!(matches!(service.advice.headline, Headline::Security { .. }));
    assert_eq!(service.advice.first, Some(RungKind::Traffic));
}

#[test]
fn without_a_reason_nothing_is_said() {
    for text in ["", "   "] {
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
    let state = typed(pressed(deck(), &[Action::SecurityIncident]), "why");
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
    assert_eq!(shown(&state).reason.text, "why");
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
    let elsewhere = Incident {
        service: crate::domain::names::ServiceName::parse("another").unwrap(),
        ..incident.clone()
    };
    let (state, effects) = update(deck(), Event::Incidents(vec![elsewhere, incident.clone()]));
    assert!(effects.0.is_empty());
    let service = state.service().unwrap();
    assert_eq!(service.evidence.incidents, [incident]);
    assert_eq!(service.advice.first, Some(RungKind::Traffic));
}
