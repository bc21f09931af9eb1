//! What others do while a deck flies: a colleague's change, a server that refuses.

use flightdeck::domain::plan::Intent;
use flightdeck::engine::advisor::advice::Headline;
use flightdeck::sim::knobs::{Fault, Scope};

use super::at_the_breach;
use super::pilot::stage;
use crate::stage::wait;

const FLAGS: &str = "featureflags.core.openfeature.dev";

#[test]
fn a_flag_that_a_colleague_switched_off_is_waited_for() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        let store = pilot.stage.world.canary_store().unwrap();
        let mut flags = store.get(FLAGS, "shop", "flags").unwrap();
        flags["spec"]["flagSpec"]["flags"]["new-payment-flow"]["state"] = "DISABLED".into();
        pilot.later(5).await;
        store.apply_as(flags, "kubectl-edit");
        pilot
            .until("the colleague's change", |pilot| {
                !pilot.service().evidence.attempts.is_empty()
            })
            .await;
        let told = &pilot.service().advice;
        assert_eq!(told.first, None, "{}", pilot.screen());
        assert!(!pilot.screen().contains("DO THIS"), "{}", pilot.screen());

        pilot.later(60).await;
        pilot.until_seen().await;
        let headline = &pilot.service().advice.headline;
        assert!(
            matches!(headline, Headline::Better { .. } | Headline::Helped { .. }),
            "{}",
            pilot.screen()
        );
        assert!(
            pilot.screen().contains("after flag off"),
            "{}",
            pilot.screen()
        );
        assert_eq!(pilot.land().await.writes(), []);
    });
}

#[test]
fn an_undo_that_was_refused_can_be_tried_again() {
    let stage = stage("feature-errors", "03:12:41");
    wait(async {
        let mut pilot = at_the_breach(stage, "bob").await;
        pilot.press("a");
        pilot.until_tried().await;
        let op = pilot.plan().plan.op.clone();
        pilot.press("Y");
        pilot.until_shown_later("done: 4 of 4 say off").await;
        pilot.press("<Esc>");
        pilot.until_all_live().await;

        let busy = Fault::Answer {
            status: 429,
            retry_after: None,
        };
        let patches = Scope::path("/apis/core.openfeature.dev/").method("PATCH");
        let knobs = pilot.stage.world.canary_knobs.kubernetes.clone();
        knobs.set(patches, busy);
        pilot.press("uY");
        pilot.until_shown_later("refused, nothing changed").await;
        // What was not taken back still stands, and is still waited for.
        assert_eq!(pilot.service().advice.first, None, "{}", pilot.screen());
        pilot.press("<Esc>");

        knobs.clear();
        pilot.press("u");
        pilot.until_tried().await;
        let Intent::SetFlag { undoes, .. } = pilot.plan().plan.intent.clone();
        assert_eq!(undoes, Some(op));
        pilot.press("Y");
        pilot.until_shown_later("done: 4 of 4 say on").await;
        assert_eq!(pilot.land().await.writes().len(), 2);
    });
}
