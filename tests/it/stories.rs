//! Every scenario flown by keys: what its file calls for is read on the screen, followed to its evidence, and done as far
//! as the deck can do it. What is done is then followed to what comes of it.

use flightdeck::app::state::{Overlay, Screen};
use flightdeck::domain::flag::FlagState;
use flightdeck::domain::plan::Intent;
use flightdeck::domain::source::SourceState;
use flightdeck::domain::verdict::Metric;
use flightdeck::engine::advisor::advice::{Headline, RungKind};
use flightdeck::engine::planner::Refusal;
use flightdeck::sim::scenario::{self, Expectation, Rung};

use crate::journeys::pilot::{Pilot, stage};
use crate::render::{headline, order};
use crate::scenarios::each_scenario;
use crate::stage::wait;

/// How many minutes what was done may take to show.
const MINUTES: usize = 15;

/// When the deck is opened, and the moment to fly: the first at which something is to be done, else the last. What a deck
/// has seen before a server is gone it still knows, so it is opened before that.
fn moments(name: &str) -> (Expectation, Expectation) {
    let mut all = scenario::expectations(name).unwrap();
    all.sort_by_key(Expectation::seconds);
    let first = all.iter().find(|expected| expected.rung.is_some());
    let moment = first.or(all.last()).unwrap().clone();
    let begins = match scenario::outages(name).unwrap().as_slice() {
        [] => moment.clone(),
        _ => all.swap_remove(0),
    };
    (begins, moment)
}

/// Whether the overview says so.
fn says(pilot: &Pilot, expected: &Expectation) -> bool {
    let screen = pilot.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let begins = |words: &&str| lines[1].starts_with(words);
    let orders = match expected.rung {
        Some(rung) => lines[4].contains(" DO THIS ") && lines[4].contains(&order(rung, expected)),
        None => !screen.contains("DO THIS"),
    };
    headline(expected.headline).iter().any(begins) && orders
}

/// Whether every source was heard at the world's time, or is told to fail.
fn is_told(pilot: &Pilot) -> bool {
    let now = pilot.stage.world.now();
    let mut sources = pilot.service().evidence.sources.values();
    sources.all(|source| match source {
        SourceState::Live { at, .. } => *at == now,
        SourceState::Failing { .. } => true,
        SourceState::Reading { .. } => false,
    })
}

/// What names the query that a metric comes from.
fn query_of(metric: Metric) -> String {
    let signal = match metric {
        Metric::Errors | Metric::Requests => "requests".to_owned(),
        Metric::Slow => "latency".to_owned(),
        Metric::Gauge(gauge) => gauge.to_string(),
        Metric::Readiness => return "no query: the cluster itself tells".to_owned(),
    };
    format!("on canary: {signal}")
}

/// Looks at each screen that there is, and comes back.
async fn look_around(pilot: &mut Pilot) {
    let screens = [
        ("3", "3 ladder"),
        ("4", "flags on "),
        ("5", "5 releases"),
        ("8", "8 changed"),
        ("0", "0 services"),
    ];
    for (key, title) in screens {
        pilot.press(key);
        assert!(pilot.screen().contains(title), "{key}:\n{}", pilot.screen());
        pilot.press("<Esc>");
        assert_eq!(pilot.state().ui.screen, Screen::Overview);
    }
    pilot.press("<Enter>");
    let Screen::Evidence { metric, .. } = pilot.state().ui.screen else {
        panic!("{}", pilot.screen());
    };
    pilot.press("v");
    pilot.until_shown(&query_of(metric)).await;
    pilot.press("v<Esc>");
}

/// Follows the order to its plan, as far as that is ours to carry out; whether it can be.
async fn to_the_plan(pilot: &mut Pilot, rung: Option<Rung>) -> bool {
    pilot.press("3");
    let first = pilot.service().advice.first;
    assert_eq!(first, rung.map(kind));
    if let Some(kind) = first {
        assert_eq!(pilot.state().ui.rung, kind);
        assert!(pilot.screen().contains("DO THIS"), "{}", pilot.screen());
    }
    pilot.press("a");
    match rung {
        Some(Rung::Flag) => {
            pilot.until_tried().await;
            let Intent::SetFlag { key, to, .. } = pilot.plan().plan.intent.clone();
            assert_eq!(
                (key.as_str(), to),
                ("new-payment-flow", FlagState::Disabled)
            );
            true
        }
        Some(_) => {
            let told = pilot.state().ui.overlays.last();
            assert!(
                matches!(
                    told,
                    Some(Overlay::Refused {
                        refusal: Refusal::ByHand,
                        ..
                    })
                ),
                "{told:?}"
            );
            pilot.press("<Esc><Esc>");
            false
        }
        None => {
            assert_eq!(pilot.state().ui.overlays, []);
            assert!(
                pilot.screen().contains("nothing is advised"),
                "{}",
                pilot.screen()
            );
            pilot.press("<Esc>");
            false
        }
    }
}

const fn kind(rung: Rung) -> RungKind {
    match rung {
        Rung::Flag => RungKind::Flag,
        Rung::Rollback => RungKind::Rollback,
        Rung::Traffic => RungKind::Traffic,
        Rung::Database => RungKind::Database,
        Rung::Restore => RungKind::Restore,
        Rung::People => RungKind::People,
    }
}

/// What comes of it: the flag is off, and helps where it was the flag.
async fn carry_out(pilot: &mut Pilot, helps: bool) {
    pilot.press("Y");
    pilot.until_shown_later("done: 4 of 4 say off").await;
    pilot.press("<Esc><Esc>");
    let is_over = |pilot: &Pilot| {
        let advice = &pilot.service().advice;
        if helps {
            matches!(advice.headline, Headline::Helped { .. })
        } else {
            advice.first == Some(RungKind::Rollback)
        }
    };
    for _ in 0..MINUTES {
        pilot.later(60).await;
        pilot.until("every source", is_told).await;
        if is_over(pilot) {
            return;
        }
    }
    panic!("nothing came of it:\n{}", pilot.screen());
}

fn fly(name: &str) {
    let (begins, expected) = moments(name);
    let stage = stage(name, &begins.time());
    wait(async {
        let mut pilot = Pilot::of(stage, "bob", &[&expected.service]);
        pilot.until("every source", is_told).await;
        pilot.later(expected.seconds() - begins.seconds()).await;
        let told = format!("{}: {}", expected.time(), expected.because);
        pilot
            .until(&told, |pilot| is_told(pilot) && says(pilot, &expected))
            .await;
        look_around(&mut pilot).await;
        let is_ours = to_the_plan(&mut pilot, expected.rung).await;
        if is_ours {
            carry_out(&mut pilot, name != "flag-kill-does-not-help").await;
        }
        let writes = pilot.land().await.writes();
        assert_eq!(writes.len(), usize::from(is_ours), "{writes:?}");
    });
}

each_scenario!(fly);
