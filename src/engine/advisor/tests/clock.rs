//! When the trouble began, and who is due when.

use jiff::Timestamp;

use super::advice;
use crate::domain::environment::Environment;
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::Headline;
use crate::engine::advisor::escalation::{Escalation, Role, escalation};
use crate::engine::advisor::reason::Reason;
use crate::engine::advisor::{Onset, began};
use crate::engine::assess::{RedLine, assess};
use crate::engine::built::{at, both_bad, calm, canary, crash, feature_errors};
use crate::engine::evidence::ServiceEvidence;

fn clock(evidence: &ServiceEvidence, now: &str) -> Escalation {
    let advice = advice(evidence, now);
    escalation(evidence, &assess(evidence, at(now)), &advice, at(now))
}

fn due(clock: &Escalation) -> Vec<(Role, Timestamp)> {
    match clock {
        Escalation::Due { roles, .. } => roles.clone(),
        Escalation::Quiet | Escalation::NoOnset | Escalation::Over => Vec::new(),
    }
}

#[test]
fn the_roles_of_the_process_are_due_from_the_onset_on() {
    let now = "03:06:00";
    let clock = clock(&feature_errors(now).evidence(), now);
    assert_eq!(
        due(&clock),
        [
            (Role::OnCall, at("03:08:00")),
            (Role::Manager, at("03:18:00")),
            (Role::Executives, at("03:33:00")),
        ]
    );
    assert_eq!(clock.due(Role::OnCall), Some(at("03:08:00")));
}

#[test]
fn nobody_is_due_in_calm_weather_and_no_time_is_made_up() {
    let now = "03:06:00";
    assert_eq!(clock(&calm(now).evidence(), now), Escalation::Quiet);
    let mut evidence = calm(now).evidence();
    crash(canary(&mut evidence), 0);
    assert_eq!(clock(&evidence, now), Escalation::NoOnset);
}

#[test]
fn what_helped_stops_the_clock_and_what_was_seen_last_keeps_it() {
    let now = "03:08:00";
    let evidence = feature_errors(now).evidence();
    let assessment = assess(&evidence, at(now));
    let with = |headline: Headline| {
        let mut advice = advice(&evidence, now);
        advice.headline = headline;
        escalation(&evidence, &assessment, &advice, at(now))
    };
    let helped = Headline::Helped {
        acted_at: at("03:06:00"),
        recovered_at: at("03:07:00"),
    };
    assert_eq!(with(helped), Escalation::Over);
    let better = Headline::Better {
        metric: Metric::Errors,
        acted_at: at("03:06:00"),
        helped_at: at("03:07:00"),
        estimate: None,
    };
    assert_eq!(with(better).due(Role::OnCall), Some(at("03:08:00")));
}

#[test]
fn the_onset_is_the_canarys_first_else_productions() {
    let now = "03:06:00";
    let of = |evidence: ServiceEvidence| began(&evidence, &assess(&evidence, at(now)), at(now));
    assert_eq!(
        of(feature_errors(now).evidence()),
        Some(Onset {
            at: at("03:03:00"),
            metric: Metric::Errors,
            on: Environment::Canary,
        })
    );
    let both = of(both_bad(now).evidence()).unwrap();
    assert_eq!(
        (both.metric, both.on),
        (Metric::Errors, Environment::Production)
    );
    assert_eq!(of(calm(now).evidence()), None);
}

#[test]
fn a_reason_and_a_headline_name_the_metric_that_they_rest_on() {
    let line = RedLine::Down;
    assert_eq!(
        Reason::RedLine(line.clone()).metric(),
        Some(Metric::Readiness)
    );
    let headline = Headline::RedLine { line, since: None };
    assert_eq!(headline.metric(), Some(Metric::Readiness));
    assert_eq!(Headline::Idle.metric(), None);
    let now = "03:06:00";
    let told = advice(&feature_errors(now).evidence(), now);
    assert_eq!(told.headline.metric(), Some(Metric::Errors));
    let why = told.rungs.iter().find(|rung| told.first == Some(rung.kind));
    let named = why.unwrap().reasons.iter().find_map(Reason::metric);
    assert_eq!(named, Some(Metric::Errors));
}
