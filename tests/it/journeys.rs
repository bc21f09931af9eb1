//! Whole flights by keys, from what a person reads to what flagd answers and back, against a world whose clock stands
//! until it is moved.

mod others;
pub(crate) mod pilot;
mod screens;

use crossterm::event::KeyCode;
use flightdeck::app::action::{ACTIONS, Danger};
use flightdeck::app::chord::Context;
use flightdeck::app::event::{Event, Press};
use flightdeck::app::state::{Complaint, Overlay};
use flightdeck::domain::flag::FlagState;
use flightdeck::domain::names::OpId;
use flightdeck::domain::plan::Intent;
use flightdeck::domain::progress::{Happening, Outcome};
use flightdeck::engine::advisor::advice::Headline;
use flightdeck::engine::planner::Refusal;
use flightdeck::input::{Keymap, keymap};
use flightdeck::journal::Entry;
use flightdeck::sim::knobs::{Fault, Scope};

use crate::stage::{Stage, wait};
use pilot::{MEANT, Pilot, stage};

/// A deck at the height of the incident, with the advice on its screen.
async fn at_the_breach(stage: Stage, person: &str) -> Pilot {
    let mut pilot = Pilot::new(stage, person);
    pilot
        .until_shown("DO THIS    a  Disable flag new-payment-flow on canary")
        .await;
    pilot
}

/// What the journal says of an operation: its plan and what was reported, in order.
fn recorded(stage: &Stage, op: &OpId) -> (Intent, Vec<Happening>) {
    let journal = stage.journal();
    let intent = journal.iter().find_map(|entry| match entry {
        Entry::Intent { plan, audit_id } if plan.op == *op => {
            assert_eq!(audit_id, op.as_str());
            Some(plan.intent.clone())
        }
        Entry::Intent { .. }
        | Entry::Opened { .. }
        | Entry::Incident { .. }
        | Entry::Progress { .. }
        | Entry::Closed { .. } => None,
    });
    let happened = journal.into_iter().filter_map(|entry| match entry {
        Entry::Progress { progress } if progress.op == *op => Some(progress.what),
        Entry::Progress { .. }
        | Entry::Opened { .. }
        | Entry::Incident { .. }
        | Entry::Intent { .. }
        | Entry::Closed { .. } => None,
    });
    (intent.expect("an intent"), happened.collect())
}

#[test]
fn from_the_breach_to_helped_and_back() {
    let stage = stage("feature-errors", "03:12:41");
    let stage = wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;

        pilot.press("a");
        pilot.until_tried().await;
        pilot.press("r in short<Enter>");
        pilot.until_shown("in short").await;
        let op = pilot.plan().plan.op.clone();
        assert_eq!(pilot.stage.writes(), []);

        pilot.press("Y");
        pilot.until_shown("patched, resource version").await;
        pilot.until_shown_later("done: 4 of 4 say off").await;
        let writes = pilot.stage.writes();
        assert_eq!(writes.len(), 1, "{writes:?}");
        assert_eq!(
            (writes[0].id.as_str(), writes[0].verb.as_str()),
            (op.as_str(), "patch")
        );

        pilot.press("<Esc>");
        for _ in 0..10 {
            if matches!(pilot.service().advice.headline, Headline::Helped { .. }) {
                break;
            }
            pilot.later(120).await;
            pilot.until_seen().await;
        }
        assert!(
            matches!(pilot.service().advice.headline, Headline::Helped { .. }),
            "{}",
            pilot.screen()
        );

        pilot.until_all_live().await;
        pilot.press("u");
        pilot
            .until_shown("Enable flag new-payment-flow on canary")
            .await;
        let undo = pilot.plan().plan.op.clone();
        pilot.press("Y");
        pilot.until_shown_later("done: 4 of 4 say on").await;
        assert_eq!(pilot.stage.writes().len(), 2);
        pilot.press("u");
        assert!(pilot.state().operation(&undo).unwrap().outcome.is_some());

        let stage = pilot.land().await;
        let (intent, happened) = recorded(&stage, &op);
        let Intent::SetFlag { to, undoes, .. } = intent;
        assert_eq!((to, undoes), (FlagState::Disabled, None));
        assert_eq!(happened[0], Happening::IntentRecorded);
        assert!(matches!(happened[1], Happening::Written { .. }));
        assert_eq!(
            happened.last(),
            Some(&Happening::Ended(Outcome::Verified { instances: 4 }))
        );
        let (intent, _) = recorded(&stage, &undo);
        let Intent::SetFlag { to, undoes, .. } = intent;
        assert_eq!((to, undoes), (FlagState::Enabled, Some(op)));
        stage
    });
    drop(stage);
}

#[test]
fn only_a_key_that_is_meant_confirms() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.press("a");
        pilot.until_tried().await;
        let cases = [
            (
                Press {
                    held: true,
                    ..MEANT
                },
                Complaint::Repeated,
            ),
            (
                Press {
                    plan_shown_ms: 299,
                    ..MEANT
                },
                Complaint::TooSoon,
            ),
            (
                Press {
                    together: true,
                    ..MEANT
                },
                Complaint::Pasted,
            ),
        ];
        for (press, complaint) in cases {
            pilot.key(KeyCode::Char('Y'), press);
            assert_eq!(pilot.plan().complaint, Some(complaint));
        }
        let at = pilot.stage.world.now();
        pilot.fold(Event::Pasted { characters: 1, at });
        assert_eq!(pilot.plan().complaint, Some(Complaint::Pasted));
        pilot.press("ay<Enter>v:conf<Esc>");
        assert_eq!(pilot.plan().confirmed, None);
        pilot.press("<Esc>");
        assert!(pilot.state().plan().is_none());
        assert!(pilot.state().ops.operations.is_empty());

        let stage = pilot.land().await;
        assert_eq!(stage.writes(), []);
        assert_eq!(stage.journal().len(), 1, "{:?}", stage.journal());
    });
}

#[test]
fn no_key_that_opens_a_plan_confirms_one() {
    let keymap = Keymap::load(keymap::DEFAULT).unwrap();
    let keys = |danger| {
        let keymap = &keymap;
        let of = move |info: &'static flightdeck::app::action::ActionInfo| {
            let contexts = info.contexts.iter();
            contexts.filter_map(|context| keymap.keys(*context, info.action))
        };
        ACTIONS
            .iter()
            .filter(move |info| info.danger == danger)
            .flat_map(of)
            .collect::<Vec<String>>()
    };
    let (opening, confirming) = (keys(Danger::Plans), keys(Danger::Confirms));
    assert!(
        keymap
            .keys(Context::Plan, flightdeck::app::action::Action::ConfirmKey)
            .is_some()
    );
    assert!(
        opening.iter().all(|key| !confirming.contains(key)),
        "{opening:?}"
    );
    assert!(Keymap::load("[overview]\nplan-advised = \"x\"\n[plan]\nconfirm = \"x\"\n").is_err());
}

#[test]
fn production_asks_for_the_name_and_takes_no_other() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.press("4<Tab>");
        pilot.until_shown("flags on production").await;
        pilot.press("t");
        pilot.until_tried().await;
        pilot.press("Ysearch<Enter>");
        assert_eq!(pilot.plan().complaint, Some(Complaint::WrongName));
        let at = pilot.stage.world.now();
        pilot.fold(Event::Pasted { characters: 8, at });
        assert_eq!(pilot.plan().typed.text, "search");
        pilot.press("<Esc><Esc>");
        assert!(pilot.state().plan().is_none(), "{}", pilot.screen());

        pilot.press("t");
        pilot.until_tried().await;
        pilot.press("Ycheckout");
        pilot.key(
            KeyCode::Enter,
            Press {
                together: true,
                ..MEANT
            },
        );
        assert_eq!(pilot.plan().complaint, Some(Complaint::Pasted));
        pilot.press("<Enter>");
        pilot.until_shown_later("done: 4 of 4 say on").await;
        let writes = pilot.land().await.writes();
        assert_eq!(writes.len(), 1, "{writes:?}");
    });
}

#[test]
fn who_may_only_look_is_told_what_is_missing() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "viewer").await;
        pilot
            .until("an answer", |pilot| !pilot.state().world.access.is_empty())
            .await;
        pilot.press("a");
        let denied = |pilot: &Pilot| {
            let top = pilot.state().ui.overlays.last();
            matches!(
                top,
                Some(Overlay::Refused {
                    refusal: Refusal::Denied(_),
                    ..
                })
            )
        };
        assert!(denied(&pilot), "{}", pilot.screen());
        assert!(
            pilot.screen().contains("patch featureflags"),
            "{}",
            pilot.screen()
        );
        pilot.press("Y<Enter><Esc>");
        assert_eq!(pilot.land().await.writes(), []);
    });
}

#[test]
fn when_both_are_bad_there_is_nothing_to_press() {
    let stage = stage("both-bad", "03:12:00");
    wait(async {
        let mut pilot = Pilot::new(stage, "bob");
        pilot
            .until("both are bad", |pilot| {
                matches!(pilot.service().advice.headline, Headline::BothBad { .. })
            })
            .await;
        pilot.press("aY<Enter>");
        assert!(pilot.state().plan().is_none(), "{}", pilot.screen());
        assert_eq!(pilot.land().await.writes(), []);
    });
}

#[test]
fn a_plan_outlives_the_source_that_it_came_from() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.press("a");
        pilot.until_tried().await;
        let plan = pilot.plan().plan.clone();
        pilot.stage.world.canary_knobs.prometheus.refuse(true);
        pilot.later(75).await;
        pilot.stage.world.canary_knobs.prometheus.refuse(true);
        pilot
            .until("blind", |pilot| {
                matches!(pilot.service().advice.headline, Headline::Blind { .. })
            })
            .await;
        assert_eq!(pilot.plan().plan, plan);
        pilot.press("Y");
        assert_eq!(pilot.plan().complaint, Some(Complaint::Expired));

        // A flag that is known can be switched off by a person who knows why, metrics or not.
        pilot.press("<Esc>4");
        while pilot.state().ui.flag.as_ref().unwrap().as_str() != "new-payment-flow" {
            pilot.press("j");
        }
        pilot.press("t");
        pilot.until_tried().await;
        pilot.press("Y");
        pilot.until_shown_later("done: 4 of 4 say off").await;
        assert_eq!(pilot.land().await.writes().len(), 1);
    });
}

#[test]
fn leaving_waits_for_what_runs() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.press("a");
        pilot.until_tried().await;
        pilot.press("Y");
        pilot.until_shown("patched, resource version").await;
        pilot.press("q");
        assert!(!pilot.leaves(), "an operation runs");
        assert!(
            pilot.screen().contains("leaving when"),
            "{}",
            pilot.screen()
        );
        pilot.until_shown_later("done: 4 of 4 say off").await;
        pilot.later(1).await;
        assert!(pilot.leaves());
        pilot.land().await;
    });
}

/// A deck that has confirmed a change whose answer gets lost.
async fn unanswered(stage: Stage, fault: Fault) -> Pilot {
    let mut pilot = at_the_breach(stage, "bob").await;
    pilot.press("a");
    pilot.until_tried().await;
    let api = &pilot.stage.world.canary_knobs.kubernetes;
    api.reset_counts();
    api.set(Scope::path("").method("PATCH"), fault);
    pilot.press("Y");
    pilot
}

#[test]
fn a_change_whose_answer_was_lost_is_found_and_verified() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = unanswered(stage, Fault::Tear(0)).await;
        let op = pilot.plan().confirmed.clone().unwrap();
        pilot.until_shown_later("done: 4 of 4 say off").await;
        assert_eq!(
            pilot.stage.world.canary_knobs.kubernetes.count("PATCH", ""),
            1
        );
        let stage = pilot.land().await;
        let (_, happened) = recorded(&stage, &op);
        assert!(
            matches!(
                happened[..4],
                [
                    Happening::IntentRecorded,
                    Happening::Unanswered { .. },
                    Happening::Written { .. },
                    Happening::Evaluated { .. }
                ]
            ),
            "{happened:?}"
        );
        assert_eq!(stage.writes().len(), 1);
    });
}

#[test]
fn a_change_that_nobody_knows_of_stays_open_until_reading_tells() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = unanswered(stage, Fault::Drop).await;
        pilot.until_shown("unknown whether it was done").await;
        pilot.press("<Esc>");
        pilot.until_shown("v  see how it ended: ").await;
        pilot.press("v");
        pilot.until_shown("v  read again: unknown").await;

        pilot.later(1).await;
        let mut next = Pilot::new(pilot.land().await, "bob");
        next.until_shown("v  see how it ended: ").await;
        next.press("v");
        next.until_shown("v  read again: unknown").await;
        next.later(180).await;
        next.press("v");
        next.until_shown("v  put away: it does not stand").await;
        let closed = |pilot: &Pilot| {
            let journal = pilot.stage.journal();
            journal.iter().any(|e| matches!(e, Entry::Closed { .. }))
        };
        next.until("the record closed", closed).await;
        assert_eq!(
            next.stage.world.canary_knobs.kubernetes.count("PATCH", ""),
            1
        );
        let last = Pilot::new(next.land().await, "bob");
        assert!(last.state().ops.interrupted.is_empty());
        assert_eq!(last.land().await.writes(), []);
    });
}
