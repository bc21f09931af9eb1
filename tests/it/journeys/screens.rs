//! From screen to screen by keys: the ladder and what changed, to what stands behind a line and back.

use flightdeck::app::event::Event;
use flightdeck::app::state::Screen;
use flightdeck::domain::verdict::Metric;
use flightdeck::engine::advisor::advice::RungKind;
use flightdeck::sim::knobs::{Fault, Scope};

use super::at_the_breach;
use super::pilot::{Pilot, stage};
use crate::stage::wait;

fn shows(pilot: &Pilot, texts: &[&str]) {
    let screen = pilot.screen();
    for text in texts {
        assert!(screen.contains(text), "no {text:?} on\n{screen}");
    }
}

const ERRORS: Screen = Screen::Evidence {
    metric: Metric::Errors,
    query: false,
};

#[test]
fn down_the_ladder_to_the_evidence_and_to_the_plan() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.until_all_live().await;
        pilot.press("3");
        shows(
            &pilot,
            &[
                "3 ladder",
                ">  level 1  Disable new-payment-flow, canary",
                "DO THIS  a",
                "level 6  Page on-call and hold the lane",
                "   why      ",
                "   against  ",
                "   touches  canary only: 4 instances",
                "   else     if no better in 60s: level 2",
                " clock      on-call 03:15:00",
                " told       nobody by flightdeck",
                " undo       ",
            ],
        );
        pilot.press("jj");
        assert_eq!(pilot.state().ui.rung, RungKind::Traffic);
        shows(&pilot, &["   blocked  no route is set up"]);
        pilot.press("k");
        shows(&pilot, &["   how      by hand: not executable yet here"]);
        pilot.press("<Enter>");
        assert_eq!(pilot.state().ui.screen, ERRORS);
        pilot.press("<Esc>");
        shows(&pilot, &[">  level 2  "]);

        pilot.press("a");
        pilot.until_tried().await;
        pilot.press("<Esc>");
        shows(&pilot, &["3 ladder"]);
        pilot.press("<Esc>");
        assert_eq!(pilot.state().ui.screen, Screen::Overview);
        assert_eq!(pilot.land().await.writes(), []);
    });
}

#[test]
fn what_changed_tells_the_story_before_and_after_a_flag_is_off() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.until_all_live().await;
        pilot.press("8");
        shows(
            &pilot,
            &[
                "8 changed  last 60m, all services; newest first",
                "-- 03:10:00 --- canary errors begin to exceed production's --",
                ">  03:08:12    -1m48s  canary      flag new-payment-flow by alice, now enabled",
                "release rev 13 -> 14 (2.14.0)",
                "production checkout had no release and no flag change in this hour",
                "not seen ",
            ],
        );
        pilot.press("k");
        shows(&pilot, &[">  -- 03:10:00"]);
        pilot.press("<Enter>");
        assert_eq!(pilot.state().ui.screen, ERRORS);
        pilot.press("<Esc>j<Enter>");
        shows(&pilot, &["flags on canary", "new-payment-flow on canary"]);
        pilot.press("<Esc>s");
        shows(&pilot, &["8 changed  last 60m, checkout alone"]);
        pilot.press("s+");
        shows(&pilot, &["8 changed  last 6h, all services"]);
        pilot.press("++");

        pilot.press("a");
        pilot.until_tried().await;
        pilot.press("Y");
        pilot.until_shown_later("done: 4 of 4 say off").await;
        pilot.press("<Esc>");
        shows(
            &pilot,
            &[
                "bob confirms: disable flag new-payment-flow",
                "flag new-payment-flow is off: 4 of 4 say so",
            ],
        );
        pilot.press("g<Enter>");
        assert_eq!(pilot.state().ui.screen, Screen::Flags);
        assert_eq!(pilot.land().await.writes().len(), 1);
    });
}

#[test]
fn from_the_list_of_services_to_one_of_them_and_back() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = Pilot::of(stage, "bob", &["checkout", "search", "ledger"]);
        pilot
            .until_shown("DO THIS    a  Disable flag new-payment-flow on canary")
            .await;
        pilot.press("0");
        shows(
            &pilot,
            &[
                "0 services  worst first",
                "3 of 3",
                ">✗ BREACH   checkout  errors ",
                "flag",
                " checkout   canary 2.14.0",
                "   do       Disable flag new-payment-flow on canary",
            ],
        );
        // The selected one is the one that is shown: its plan may be asked for.
        pilot.press("a");
        pilot.until_tried().await;
        pilot.press("<Esc>/ear");
        shows(
            &pilot,
            &["0 services  worst first", "/ ear", "1 of 3", "search"],
        );
        let at = pilot.stage.world.now();
        pilot.fold(Event::Pasted { characters: 4, at });
        shows(&pilot, &["/ ear", "dropped a paste of 4 characters"]);
        pilot.press("<Enter>a");
        shows(&pilot, &["only for the service above"]);
        assert!(pilot.state().plan().is_none());
        pilot.press("<Enter>");
        assert_eq!(pilot.state().ui.screen, Screen::Overview);
        shows(&pilot, &[" search   canary"]);
        pilot.press("<Esc>");
        shows(&pilot, &[" checkout   canary", "/ ear", "1 of 3"]);
        pilot.press("/x");
        shows(
            &pilot,
            &["no service has \"earx\"", "Esc shows all of them"],
        );
        pilot.press("<Esc>");
        shows(&pilot, &["3 of 3"]);
        pilot.press("<Esc>");
        assert_eq!(pilot.state().ui.screen, Screen::Overview);
        assert_eq!(pilot.land().await.writes(), []);
    });
}

#[test]
fn through_the_releases_to_what_going_back_would_change() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.until_all_live().await;
        pilot.press("5");
        shows(
            &pilot,
            &[
                "5 releases on canary",
                ">  14     2.14.0        deployed",
                "superseded, stable",
                "compare  d  what rev 14 changed, against rev 13",
            ],
        );
        pilot.press("j");
        shows(&pilot, &["what going from rev 14 to rev 13 would change"]);
        pilot.press("d");
        pilot.until_shown("image.tag  2.14.0 -> 2.13.4").await;
        shows(
            &pilot,
            &[
                "rev 14 -> rev 13",
                "what going there would change",
                "Deployment checkout",
            ],
        );
        pilot.press("<Esc>");
        shows(&pilot, &[">  13     2.13.4"]);
        pilot.press("<Tab>");
        shows(
            &pilot,
            &[
                "5 releases on production",
                ">  13     2.13.4        deployed, stable",
            ],
        );
        pilot.press("<Esc>");
        assert_eq!(pilot.state().ui.screen, Screen::Overview);
        let _ = pilot.land().await;
    });
}

#[test]
fn who_may_not_read_secrets_is_told_so_where_the_difference_would_be() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.until_all_live().await;
        pilot.press("5");
        let api = &pilot.stage.world.canary_knobs.kubernetes;
        let fault = Fault::Answer {
            status: 403,
            retry_after: None,
        };
        api.set(Scope::path("/api/v1/namespaces/shop/secrets/"), fault);
        pilot.press("d");
        pilot.until_shown("the records can't be read: ").await;
        let _ = pilot.land().await;
    });
}
