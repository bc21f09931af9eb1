//! Every scenario at each time that its file names: the screen says what the file calls for, at both sizes, in colour and
//! without, and the same bytes every time; and what is written of it leads to the same conclusions. The pictures in `screenshots/` are made here:
//! `UPDATE_GOLDENS=1 cargo test --test it render`.

use std::path::Path;
use std::process::Command;

use clap::ValueEnum as _;
use flightdeck::app::state::State;
use flightdeck::cli::render::{Format, Paper, Shown, Studio, picture};
use flightdeck::sim::scenario::{self, Expectation, Headline, Rung};
use flightdeck::theme::Symbols;

use crate::recorded::concludes_the_same;
use crate::scenarios::each_scenario;
use crate::stage::wait;

/// What the second line begins with.
pub(crate) fn headline(expected: Headline) -> &'static [&'static str] {
    match expected {
        Headline::Security => &[" ✗ SECURITY raised by "],
        Headline::Breach => &[" ✗ BREACH   canary ", " ✗ RED LINE "],
        Headline::ProductionBreach => &[" ✗ BREACH   production errors are "],
        Headline::Watch => &[" ! WATCH "],
        Headline::Soak => &[" · SOAK ", " · WARM-UP "],
        Headline::Pass => &[" ✓ PASS "],
        Headline::Unsure => &[" · UNSURE "],
        Headline::Recovered => &[" ✓ HELPED ", " ! WAS BAD "],
        Headline::Blind => &[" ✗ BREACH   as of ", " ? BLIND "],
        Headline::BothBad => &[" ✗ BREACH   production "],
        Headline::Idle => &[" · IDLE "],
    }
}

/// What the fifth line orders.
pub(crate) fn order(rung: Rung, expected: &Expectation) -> String {
    let side = match expected.headline {
        Headline::ProductionBreach => "production",
        Headline::Security
        | Headline::Breach
        | Headline::Watch
        | Headline::Soak
        | Headline::Pass
        | Headline::Unsure
        | Headline::Recovered
        | Headline::Blind
        | Headline::BothBad
        | Headline::Idle => "canary",
    };
    match rung {
        Rung::Flag => format!("Disable flag new-payment-flow on {side}"),
        Rung::Rollback => format!("Roll {side} back to rev 13 (2.13.4, stable)"),
        Rung::Traffic => format!("Block all traffic to {side}"),
        Rung::Database => format!("Check {side}'s database and migration"),
        Rung::Restore => format!("Restore {side} from backup"),
        Rung::People => "Page on-call and hold the lane".to_owned(),
    }
}

fn text(state: &State, size: (u16, u16), format: Format, paper: Paper) -> String {
    picture(state, size, format, paper, Symbols::Utf8).unwrap()
}

/// The text of a picture with escape sequences, without them.
fn plain(ansi: &str) -> String {
    let mut out = String::new();
    for piece in ansi.split('\u{1b}') {
        let rest = piece.strip_prefix("[0").and_then(|p| p.split_once('m'));
        out.push_str(rest.map_or(piece, |(_, rest)| rest));
    }
    let rows = out.lines().map(|row| format!("{}\n", row.trim_end()));
    rows.collect()
}

/// Holds one picture to an expectation.
fn says(expected: &Expectation, name: &str, screen: &str) {
    let lines: Vec<&str> = screen.lines().collect();
    let told = format!(
        "{name} at {}: {}\n{screen}",
        expected.time(),
        expected.because
    );
    assert!(
        lines[0].ends_with(&format!("{} UTC", expected.time())),
        "{told}"
    );
    let words = headline(expected.headline);
    assert!(
        words.iter().any(|word| lines[1].starts_with(word)),
        "not one of {words:?}: {told}"
    );
    match expected.rung {
        Some(rung) => {
            assert!(lines[4].starts_with(" DO THIS "), "{told}");
            assert!(lines[4].contains(&order(rung, expected)), "{told}");
            assert!(lines[5].starts_with("   why "), "{told}");
            assert!(screen.contains("   against "), "{told}");
        }
        None => assert!(!screen.contains("DO THIS"), "{told}"),
    }
    assert_eq!(
        lines[4].contains("Promote ") && lines[4].contains("  open"),
        expected.promote,
        "{told}"
    );
    for word in &expected.says {
        assert!(screen.contains(word), "not {word:?}: {told}");
    }
    for line in &lines[..20] {
        assert!(!line.contains('…'), "cut: {line}: {told}");
    }
}

/// A picture that is kept: of which scenario, when, and how.
struct Kept {
    scenario: &'static str,
    at: &'static str,
    name: &'static str,
    size: (u16, u16),
    paper: Paper,
}

const fn wide(scenario: &'static str, at: &'static str) -> Kept {
    Kept {
        scenario,
        at,
        name: scenario,
        size: (140, 40),
        paper: Paper::Dark,
    }
}

const KEPT: [Kept; 5] = [
    wide("feature-errors", "03:12:41"),
    wide("bad-release", "03:05:00"),
    wide("low-traffic", "03:10:00"),
    wide("prometheus-down", "03:14:55"),
    Kept {
        name: "feature-errors-80x24",
        size: (80, 24),
        paper: Paper::Light,
        ..wide("feature-errors", "03:12:41")
    },
];

fn keep(expected: &Expectation, scenario: &str, state: &State) {
    let service = if scenario == "low-traffic" {
        "ledger"
    } else {
        "checkout"
    };
    let here = |kept: &&Kept| {
        (kept.scenario, kept.at) == (scenario, &*expected.time()) && expected.service == service
    };
    for kept in KEPT.iter().filter(here) {
        let drawn = text(state, kept.size, Format::Svg, kept.paper);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
        super::screens::compare_in(&folder, &format!("{}.svg", kept.name), &drawn);
    }
}

/// The real program, twice, and the same state once more from a world of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_writes_the_same_bytes_every_time() {
    let directory = tempfile::tempdir().unwrap();
    let at = scenario::moment("03:12:41").unwrap();
    let mut studio = Studio::new("feature-errors", directory.path());
    let seen = studio.see(at, "checkout", Shown::Flags).await;
    let ours = text(
        &seen.unwrap().unwrap(),
        (80, 24),
        Format::Ansi,
        Paper::Light,
    );
    for _ in 0..2 {
        let written = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
            .args(["render", "--scenario", "feature-errors", "--at", "03:12:41"])
            .args(["--screen", "flags", "--format", "ansi", "--theme", "light"])
            .env("FLIGHTDECK_STATE", directory.path())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        assert!(written.status.success(), "{written:?}");
        assert_eq!(String::from_utf8(written.stdout).unwrap(), ours);
    }
}

/// What only that screen has.
const fn mark(shown: Shown) -> &'static str {
    match shown {
        Shown::Overview => "DO THIS    a  Disable flag",
        Shown::Evidence => "   by endpoint ",
        Shown::Query => "   checkout on canary: requests",
        Shown::Chart => " to 03:12:30, each ",
        Shown::Ladder => " 3 ladder",
        Shown::Flags => " 4 flags on canary",
        Shown::Releases => " 5 releases on canary",
        Shown::Changed => " 8 changed",
        Shown::Pods => " 9 pods on canary",
        Shown::Services => " 0 services  worst first",
        Shown::Plan => " PLAN ",
        Shown::Patch => "\"state\"",
        Shown::Help => "  KEYS",
        Shown::Palette => " COMMAND ",
        Shown::Incident => " SECURITY INCIDENT ",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_can_be_asked_for_by_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let at = scenario::moment("03:12:41").unwrap();
    let mut studio = Studio::new("feature-errors", directory.path());
    for shown in Shown::value_variants() {
        let seen = studio.see(at, "checkout", *shown).await;
        let state = seen.unwrap().unwrap();
        for size in [(80, 24), (140, 40)] {
            let drawn = text(&state, size, Format::Text, Paper::Mono);
            assert!(drawn.contains(mark(*shown)), "{shown:?}\n{drawn}");
        }
    }
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, told) in [
        (["--scenario", "storm"], "feature-errors"),
        (["--service", "cart"], "checkout, ledger, search"),
        (["--screen", "queue"], "overview, evidence"),
        (["--at", "3:99"], "03:12:41"),
        (["--size", "80"], "80x24"),
        (["--theme", "neon"], "dark, light, mono"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
        command.env("FLIGHTDECK_STATE", directory.path());
        command.arg("render").args(arguments);
        if arguments[0] != "--at" {
            command.args(["--at", "03:12:41"]);
        }
        let written = command.output().unwrap();
        let said = String::from_utf8_lossy(&written.stderr);
        assert_eq!(written.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
}

fn meets_its_expectations(name: &str) {
    wait(holds(name));
}

async fn holds(name: &str) {
    let directory = tempfile::tempdir().unwrap();
    let mut studio = Studio::new(name, directory.path());
    let mut expectations = scenario::expectations(name).unwrap();
    expectations.sort_by_key(Expectation::seconds);
    let mut wrong = 0;
    let outages = scenario::outages(name).unwrap();
    for expected in expectations {
        let at = scenario::moment(&expected.time()).unwrap();
        let away = |(from, until): &(i64, i64)| (*from..*until).contains(&expected.seconds());
        if outages.iter().any(away) {
            // It looks before the outage once more, and a world's time only goes forward.
            studio = Studio::new(name, directory.path());
        }
        let seen = studio.see(at, &expected.service, Shown::Overview).await;
        let state = seen.unwrap().unwrap();
        for size in [(80, 24), (140, 40)] {
            let dark = text(&state, size, Format::Ansi, Paper::Dark);
            let mono = text(&state, size, Format::Text, Paper::Mono);
            assert!(dark.contains("\u{1b}[0"), "{dark}");
            assert_eq!(plain(&dark), mono);
            let told = std::panic::catch_unwind(|| says(&expected, name, &mono));
            wrong += usize::from(told.is_err());
        }
        let told = std::panic::catch_unwind(|| concludes_the_same(&expected, name, &state));
        wrong += usize::from(told.is_err());
        keep(&expected, name, &state);
    }
    assert_eq!(wrong, 0, "what was wrong is told above");
}

each_scenario!(meets_its_expectations);
