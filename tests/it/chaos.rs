//! Decks that are killed in the middle of an operation: the next one says so, offers to verify, and closes the record.

use std::process::Command;
use std::time::Duration;

use flightdeck::domain::names::OpId;
use flightdeck::domain::progress::{Happening, Outcome};
use flightdeck::journal::Entry;
use flightdeck::sim::knobs::{Fault, Scope};
use jiff::SignedDuration;
use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::pty::Pty;
use crate::stage::{Stage, from};

/// Longer than a test takes.
const LONG: Duration = Duration::from_secs(600);

/// A world of its own whose metrics can't be read: what is tried here needs none.
fn stage() -> Stage {
    let stage = Stage::new(from("feature-errors", "03:12:41"));
    stage.world.canary_knobs.prometheus.refuse(true);
    stage.world.production_knobs.prometheus.refuse(true);
    stage
}

fn start(stage: &Stage) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_flightdeck"));
    command.arg("--config");
    command.arg(stage.config_path());
    command.env("FLIGHTDECK_STATE", stage.state_path());
    Pty::start(command, 100, 30)
}

/// The deck with a plan on the screen whose dry run has passed.
fn planning(stage: &Stage) -> Pty {
    let mut deck = start(stage);
    deck.until_planning();
    deck.until_shown("dry run passed");
    // Keys that come sooner are dropped.
    deck.bytes_in(Duration::from_millis(400));
    deck
}

fn has(stage: &Stage, is_it: impl Fn(&Entry) -> bool) -> bool {
    stage.journal().iter().any(is_it)
}

fn intent(stage: &Stage) -> OpId {
    let op = stage.journal().iter().find_map(|entry| match entry {
        Entry::Intent { plan, .. } => Some(plan.op.clone()),
        Entry::Opened { .. }
        | Entry::Incident { .. }
        | Entry::Progress { .. }
        | Entry::Closed { .. } => None,
    });
    op.expect("an intent")
}

fn ended(entry: &Entry) -> bool {
    matches!(entry, Entry::Progress { progress } if matches!(progress.what, Happening::Ended(_)))
}

/// Starts the next deck, lets it verify, and gives what it wrote down.
fn verified(stage: &Stage) -> Outcome {
    let op = intent(stage);
    let doctor = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .args(["doctor", "--config"])
        .arg(stage.config_path())
        .env("FLIGHTDECK_STATE", stage.state_path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(said.contains("the deck offers to verify it"), "{said}");

    let mut deck = start(stage);
    deck.until_shown("v  see how it ended: ");
    deck.press("v");
    deck.until_shown("v  put away");
    let closed = |entry: &Entry| matches!(entry, Entry::Closed { op: of, .. } if *of == op);
    deck.press("q");
    assert!(deck.until_ended().success());
    assert!(has(stage, closed), "the record was never closed");

    let mut again = start(stage);
    again.until_shown("bob");
    assert!(!again.text().contains("LEFT"), "{}", again.text());
    let found = stage.journal().into_iter().find_map(|entry| match entry {
        Entry::Closed { op: of, found } if of == op => Some(found.what),
        Entry::Closed { .. }
        | Entry::Incident { .. }
        | Entry::Opened { .. }
        | Entry::Intent { .. }
        | Entry::Progress { .. } => None,
    });
    match found {
        Some(Happening::Ended(outcome)) => outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn killed_between_intent_and_patch() {
    let stage = stage();
    let mut deck = planning(&stage);
    let api = &stage.world.canary_knobs.kubernetes;
    api.set(Scope::path("").method("PATCH"), Fault::Delay(LONG));
    deck.press("Y");
    deck.until_shown("intent recorded");
    deck.signal(Signal::KILL);
    deck.until_ended();
    api.clear();
    assert!(!has(&stage, ended));
    assert_eq!(stage.writes(), []);
    // Until then the request might still have been on its way.
    stage.ahead(SignedDuration::from_mins(3));
    assert!(
        matches!(verified(&stage), Outcome::Changed { .. }),
        "the change is not there"
    );
}

#[test]
fn killed_between_patch_and_verification() {
    let stage = stage();
    let mut deck = planning(&stage);
    for flagd in &stage.world.canary_knobs.flagd {
        flagd.set(Scope::path(""), Fault::Delay(LONG));
    }
    deck.press("Y");
    deck.until_shown("patched, resource version");
    deck.signal(Signal::KILL);
    deck.until_ended();
    for flagd in &stage.world.canary_knobs.flagd {
        flagd.clear();
    }
    assert!(!has(&stage, ended));
    assert_eq!(stage.writes().len(), 1);
    assert_eq!(verified(&stage), Outcome::Verified { instances: 4 });
    assert_eq!(stage.writes().len(), 1, "verifying only reads");
}

#[test]
fn a_lost_line_in_the_middle_of_an_operation_leaves_a_record() {
    let stage = stage();
    let mut deck = planning(&stage);
    for flagd in &stage.world.canary_knobs.flagd {
        flagd.set(Scope::path(""), Fault::Delay(LONG));
    }
    deck.press("Y");
    deck.until_shown("patched, resource version");
    deck.hang_up();
    deck.until_ended();
    for flagd in &stage.world.canary_knobs.flagd {
        flagd.clear();
    }
    if !has(&stage, ended) {
        assert_eq!(verified(&stage), Outcome::Verified { instances: 4 });
    }
    assert_eq!(stage.writes().len(), 1);
}
