//! Every scenario flown by keys: what its file calls for is read on the screen, followed to its evidence, and done as far
//! as the deck can do it. What is done is then followed to what comes of it.

use flightdeck::app::state::{Overlay, Screen};
use flightdeck::domain::flag::FlagState;
use flightdeck::domain::plan::Intent;
use flightdeck::domain::source::SourceState;
use flightdeck::domain::verdict::Metric;
use flightdeck::engine::advisor::advice::{Headline, RungKind};
use flightdeck::engine::planner::Refusal;
use flightdeck::journal::Entry;
use flightdeck::sim::scenario::{self, Expectation, Rung, Side};

use crate::journeys::pilot::{Pilot, stage};
use crate::render::{headline, order};
use crate::scenarios::each_scenario;
use crate::stage::{Stage, wait};

/// How many minutes what was done may take to show.
const MINUTES: usize = 15;

/// When the deck is opened, and the moment to fly: the first at which something is to be done, else the last. What a deck
/// has seen before a server is gone it still knows, so it is opened before that; and before a person says something on it.
fn moments(name: &str) -> (Expectation, Expectation) {
    let mut all = scenario::expectations(name).unwrap();
    all.sort_by_key(Expectation::seconds);
    let first = all.iter().find(|expected| expected.rung.is_some());
    let moment = first.or(all.last()).unwrap().clone();
    let outages = scenario::outages(name).unwrap();
    let begins = if outages.is_empty() && scenario::incidents(name).unwrap().is_empty() {
        moment.clone()
    } else {
        all.swap_remove(0)
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

/// A person raises the security incidents of the scenario, from a moment on; the moment of the last.
async fn raise(pilot: &mut Pilot, name: &str, mut now: i64) -> i64 {
    for incident in scenario::incidents(name).unwrap() {
        let (at, _) = incident.seconds();
        pilot.later(at - now).await;
        now = at;
        pilot.until("every source", is_told).await;
        pilot.press("S");
        pilot
            .until_shown("SECURITY INCIDENT  raise one for checkout")
            .await;
        pilot.press("<Enter>");
        pilot.until_shown("say why").await;
        if incident.sides == [Side::Canary] {
            pilot.press("<Tab>");
        }
        pilot.press(&incident.reason);
        pilot.press("<Enter>");
        assert_eq!(pilot.service().advice.first, Some(RungKind::Traffic));
    }
    now
}

/// A person ends them, and advice is of what is measured again.
async fn end(pilot: &mut Pilot, name: &str) {
    for incident in scenario::incidents(name).unwrap() {
        pilot.press("S");
        pilot
            .until_shown("SECURITY INCIDENT  end the one of checkout")
            .await;
        pilot.press(&incident.found);
        pilot.press("<Enter>");
        assert_eq!(pilot.service().advice.first, None);
        pilot.until_shown(" ✓ PASS ").await;
        pilot.press("8");
        pilot.until_shown("security incident ended, by bob").await;
    }
}

/// Whether the journal has each incident as it was raised, and as it was ended.
fn is_recorded(stage: &Stage, name: &str) {
    let recorded = stage.journal().into_iter().filter_map(|entry| match entry {
        Entry::Incident { incident } => Some(incident),
        Entry::Opened { .. }
        | Entry::Intent { .. }
        | Entry::Progress { .. }
        | Entry::Closed { .. } => None,
    });
    let recorded: Vec<(String, Option<String>)> = recorded
        .map(|incident| {
            let ended = incident.ended.map(|said| said.reason.raw().to_owned());
            (incident.raised.reason.raw().to_owned(), ended)
        })
        .collect();
    let wanted = scenario::incidents(name).unwrap().into_iter();
    let wanted: Vec<(String, Option<String>)> = wanted
        .flat_map(|said| [(said.reason.clone(), None), (said.reason, Some(said.found))])
        .collect();
    assert_eq!(recorded, wanted);
}

fn fly(name: &str) {
    let (begins, expected) = moments(name);
    let stage = stage(name, &begins.time());
    wait(async {
        let mut pilot = Pilot::of(stage, "bob", &[&expected.service]);
        pilot.until("every source", is_told).await;
        let raised = raise(&mut pilot, name, begins.seconds()).await;
        pilot.later(expected.seconds() - raised).await;
        let told = format!("{}: {}", expected.time(), expected.because);
        pilot
            .until(&told, |pilot| is_told(pilot) && says(pilot, &expected))
            .await;
        look_around(&mut pilot).await;
        let is_ours = to_the_plan(&mut pilot, expected.rung).await;
        if is_ours {
            carry_out(&mut pilot, name != "flag-kill-does-not-help").await;
        }
        end(&mut pilot, name).await;
        let stage = pilot.land().await;
        let writes = stage.writes();
        assert_eq!(writes.len(), usize::from(is_ours), "{writes:?}");
        is_recorded(&stage, name);
    });
}

each_scenario!(fly);
