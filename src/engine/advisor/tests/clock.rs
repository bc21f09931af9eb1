//! When the trouble began, and who is due when.

use jiff::Timestamp;

use super::advice;
use crate::domain::environment::Environment;
use crate::domain::progress::Outcome;
use crate::domain::verdict::{Metric, Verdict};
use crate::engine::advisor::advice::Headline;
use crate::engine::advisor::escalation::{Escalation, Role, escalation};
use crate::engine::advisor::reason::Reason;
use crate::engine::advisor::{Onset, advise, began};
use crate::engine::assess::{Compared, RedLine, assess};
use crate::engine::built::{
    Story, at, both_bad, calm, canary, crash, disabled, feature_errors, flag_is_off, production,
};
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
            than: Some(Compared::Canary),
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

/// The clock where the slow requests had an episode an hour ago that was over by itself.
fn clock_after_an_episode(evidence: &ServiceEvidence, now: &str) -> (Escalation, Option<Onset>) {
    let mut assessment = assess(evidence, at(now));
    let mut rows = assessment.rows.iter_mut();
    let slow = rows.find(|row| row.verdict.metric == Metric::Slow).unwrap();
    slow.verdict.verdict = Verdict::Recovered {
        since: at("02:06:00"),
        until: at("02:10:00"),
    };
    let advice = advise(evidence, &assessment, at(now));
    (
        escalation(evidence, &assessment, &advice, at(now)),
        began(evidence, &assessment, at(now)),
    )
}

fn production_alone(now: &str) -> Story {
    Story {
        failing: |e, _, t| {
            if e == Environment::Production && t >= at("03:03:00") {
                0.08
            } else {
                0.002
            }
        },
        ..calm(now)
    }
}

#[test]
fn an_episode_that_is_over_does_not_start_the_clock_of_the_next() {
    let now = "03:06:00";
    let of = |story: &Story| clock_after_an_episode(&story.evidence(), now);
    for story in [both_bad(now), production_alone(now)] {
        let (clock, onset) = of(&story);
        assert_eq!(clock.due(Role::OnCall), Some(at("03:08:00")));
        let onset = onset.unwrap();
        assert_eq!(
            (onset.at, onset.metric, onset.on),
            (at("03:03:00"), Metric::Errors, Environment::Production)
        );
    }
    let (clock, onset) = of(&feature_errors(now));
    assert_eq!(clock.due(Role::OnCall), Some(at("03:08:00")));
    assert_eq!(onset.map(|onset| onset.at), Some(at("03:03:00")));
    // Nobody knows since when the pods do not start; what was an hour ago is not it.
    let mut evidence = calm(now).evidence();
    crash(canary(&mut evidence), 0);
    let (clock, onset) = clock_after_an_episode(&evidence, now);
    assert_eq!((clock, onset), (Escalation::NoOnset, None));
    // While nothing is wrong the distances are still told from the last episode.
    let (clock, onset) = of(&calm(now));
    assert_eq!(clock, Escalation::Over);
    assert_eq!(onset.map(|onset| onset.at), Some(at("02:06:00")));
}

#[test]
fn production_that_is_down_is_counted_from_what_its_requests_show() {
    let now = "03:06:00";
    let mut evidence = production_alone(now).evidence();
    crash(production(&mut evidence), 0);
    let (clock, _) = clock_after_an_episode(&evidence, now);
    assert_eq!(clock.due(Role::OnCall), Some(at("03:08:00")));
}

#[test]
fn what_helped_before_does_not_hide_that_production_is_bad_now() {
    let now = "03:06:00";
    let mut evidence = production_alone(now).evidence();
    flag_is_off(&mut evidence);
    let mut before = disabled("02:08:00", Some(Outcome::Verified { instances: 4 }));
    before.recovered_at = Some(at("02:10:00"));
    evidence.attempts.push(before);
    let (clock, onset) = clock_after_an_episode(&evidence, now);
    assert_eq!(clock.due(Role::OnCall), Some(at("03:08:00")));
    assert_eq!(onset.map(|onset| onset.on), Some(Environment::Production));
}
