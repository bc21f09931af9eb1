//! What the deck knows at a moment, written down as `flightdeck evidence` writes it, and concluded from anew by the program's
//! own `decide` and `judge`: they say what the deck said, and what the scenario's file calls for.

use std::io::Write as _;
use std::process::{Command, Stdio};

use flightdeck::app::state::{ServiceState, State};
use flightdeck::cli::evidence::{Reader, written};
use flightdeck::domain::names::ServiceName;
use flightdeck::domain::verdict::{Metric, Verdict, Watch};
use flightdeck::sim::scenario::{Expectation, Rung};
use serde_json::Value;

use crate::render::headline;

/// Holds what is written of one moment to what the file expects.
pub(crate) fn concludes_the_same(expected: &Expectation, scenario: &str, state: &State) {
    let told = format!("{scenario} at {}: {}", expected.time(), expected.because);
    let service = ServiceName::parse(&expected.service).unwrap();
    let evidence = written(state, &service, Reader::Decide).unwrap().unwrap();
    let decided = concluded("decide", "--evidence=-", &evidence);
    let word = decided["headline"]["word"].as_str().unwrap();
    let words = headline(expected.headline);
    assert!(
        words.iter().any(|words| words.contains(word)),
        "{word} is not one of {words:?}: {told}\n{evidence}"
    );
    let rung = expected.rung.map(name);
    assert_eq!(decided["advised"].as_str(), rung, "{told}\n{evidence}");
    assert_eq!(
        decided["promote"]["open"].as_bool(),
        Some(expected.promote),
        "{told}\n{decided:#}"
    );
    let known = &state.world.services[&service];
    match written(state, &service, Reader::Judge).unwrap() {
        Some(series) => judges_the_same(known, &concluded("judge", "-", &series), &told),
        None => assert_eq!(known.assessment.canary_began, None, "{told}"),
    }
}

const fn name(rung: Rung) -> &'static str {
    match rung {
        Rung::Flag => "flag",
        Rung::Rollback => "rollback",
        Rung::Traffic => "traffic",
        Rung::Database => "database",
        Rung::Restore => "restore",
        Rung::People => "people",
    }
}

/// Each verdict that the deck has, or had while its source still answered.
fn judges_the_same(service: &ServiceState, report: &Value, told: &str) {
    let assessment = &service.assessment;
    if assessment.through <= assessment.canary_began {
        // No interval has ended since it counts: the series end before the deck's moment.
        return;
    }
    for row in &service.assessment.rows {
        let metric = match row.verdict.metric {
            Metric::Errors => "errors".to_owned(),
            Metric::Slow => "slow".to_owned(),
            Metric::Gauge(gauge) => gauge.to_string(),
            Metric::Requests | Metric::Readiness => continue,
        };
        let verdict = row.was.as_ref().unwrap_or(&row.verdict.verdict);
        // That it is over its own limit needs no comparison, and is not the judge's.
        if *verdict == Verdict::Watch(Watch::OverLimit) {
            continue;
        }
        let mut judged = report["metrics"].as_array().unwrap().iter();
        let judged = judged.find(|judged| judged["metric"] == metric.as_str());
        let (word, since) = match verdict {
            Verdict::Pass => ("pass", None),
            Verdict::Unsure(_) => ("unsure", None),
            Verdict::Watch(_) => ("watch", None),
            Verdict::Breach { since } => ("breach", Some(since)),
            Verdict::Recovered { since, .. } => ("recovered", Some(since)),
            Verdict::NoData(_) => ("no_data", None),
        };
        let said = judged.map_or("no_data", |judged| judged["verdict"].as_str().unwrap());
        assert_eq!(said, word, "{metric}: {told}\n{judged:#?}\n{verdict:?}");
        if let Some(since) = since {
            let said = judged.and_then(|judged| judged["since"].as_str());
            assert_eq!(said, Some(&*since.to_string()), "{metric}: {told}");
        }
    }
}

fn concluded(filter: &str, argument: &str, input: &str) -> Value {
    let mut program = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .args([filter, argument])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let ran = program.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(matches!(ran.status.code(), Some(0 | 1)), "{said}\n{input}");
    serde_json::from_slice(&ran.stdout).unwrap()
}
