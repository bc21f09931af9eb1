//! A security incident comes before all that is measured, and ends with its end alone.

use super::*;
use crate::domain::environment::Environment;
use crate::domain::names::ServiceName;
use crate::domain::progress::Outcome;
use crate::domain::security::{Affected, Incident, Statement};
use crate::engine::advisor::advice::{Channel, Headline, RungTarget};
use crate::engine::advisor::case::AttemptCase;
use crate::engine::advisor::escalation::{Escalation, Role, escalation};
use crate::engine::advisor::reason::{Closed, Reason};
use crate::engine::built::{calm, feature_errors};

fn said(clock: &str) -> Statement {
    Statement {
        at: at(clock),
        by: None,
        reason: "tokens in the log".into(),
    }
}

pub(super) fn incident(affected: Affected) -> Incident {
    Incident {
        service: ServiceName::parse("checkout").unwrap(),
        affected,
        places: Vec::new(),
        raised: said("03:06:00"),
        ended: None,
    }
}

#[test]
fn its_traffic_is_blocked_first_whatever_is_measured() {
    for story in [calm("03:08:00"), feature_errors("03:08:00")] {
        let without = decide(&case(&story));
        for affected in Affected::ALL {
            let advice = bent(&story, |case| case.incident = Some(incident(affected)));
            assert_eq!(advice.first, Some(RungKind::Traffic));
            let traffic = rung(&advice, RungKind::Traffic);
            assert_eq!(traffic.target, RungTarget::Traffic(affected));
            assert_eq!(traffic.by_hand, Some(Closed::ByHand));
            let raised = said("03:06:00");
            assert_eq!(traffic.reasons, [Reason::SecurityIncident { raised }]);
            assert_eq!(traffic.against, [Reason::NobodyServed { on: affected }]);
            for told in [Channel::Security, Channel::Executive, Channel::PagerDuty] {
                assert!(traffic.notify.contains(&told), "{:?}", traffic.notify);
            }
            assert!(matches!(
                state(&advice, RungKind::People),
                RungState::Next | RungState::Open
            ));
            let since = at("03:06:00");
            let closed = Closed::SecurityIncident { since };
            assert!(!advice.promotion.open && advice.promotion.waits.contains(&closed));
            // What is measured is not lost behind it.
            let Headline::Security { measured, .. } = &advice.headline else {
                panic!("{:?}", advice.headline);
            };
            assert_eq!(**measured, without.headline);
        }
    }
}

#[test]
fn its_end_gives_advice_back_to_what_is_measured() {
    let story = feature_errors("03:08:00");
    let mut evidence = story.evidence();
    let without = advice(&evidence, "03:08:00");
    evidence.incidents.push(incident(Affected::Canary));
    let stands = advice(&evidence, "03:08:00");
    assert_eq!(stands.first, Some(RungKind::Traffic));
    evidence.incidents[0].ended = Some(said("03:07:00"));
    assert_eq!(advice(&evidence, "03:08:00"), without);
    // One that is raised after another was ended stands.
    evidence.incidents.push(incident(Affected::Production));
    assert_eq!(advice(&evidence, "03:08:00").first, Some(RungKind::Traffic));
}

#[test]
fn of_several_all_sides_stand_until_each_is_ended() {
    let mut evidence = calm("03:08:00").evidence();
    let later = Incident {
        raised: said("03:07:00"),
        ..incident(Affected::Production)
    };
    evidence.incidents = vec![later, incident(Affected::Canary)];
    let target = |evidence: &ServiceEvidence| {
        let advice = advice(evidence, "03:08:00");
        rung(&advice, RungKind::Traffic).target.clone()
    };
    assert_eq!(target(&evidence), RungTarget::Traffic(Affected::Both));
    assert_eq!(evidence.incident().unwrap().raised, said("03:06:00"));
    evidence.incidents[1].ended = Some(said("03:07:30"));
    assert_eq!(target(&evidence), RungTarget::Traffic(Affected::Production));
}

#[test]
fn nothing_that_was_tried_before_stands_in_for_it() {
    for tried in RungKind::ALL {
        let advice = bent(&feature_errors("03:08:00"), |case| {
            case.incident = Some(incident(Affected::Both));
            case.attempts = vec![AttemptCase {
                rung: tried,
                key: None,
                at: at("03:05:30"),
                outcome: Some(Outcome::Verified { instances: 4 }),
                recovered_at: None,
                helped_at: None,
                undone: None,
            }];
        });
        assert_eq!(advice.first, Some(RungKind::Traffic), "{tried:?}");
    }
}

#[test]
fn its_clock_runs_from_when_it_was_raised() {
    let mut evidence = calm("03:08:00").evidence();
    evidence.incidents.push(incident(Affected::Both));
    let now = at("03:08:00");
    let assessment = assess(&evidence, now);
    let advice = advise(&evidence, &assessment, now);
    let Escalation::Due { onset, .. } = escalation(&evidence, &assessment, &advice, now) else {
        panic!("a security incident has a clock");
    };
    assert_eq!(onset, at("03:06:00"));
    for role in [Role::OnCall, Role::Manager, Role::Executives] {
        let due = escalation(&evidence, &assessment, &advice, now).due(role);
        assert_eq!(due, Some(at("03:06:00")), "{role:?}");
    }
    // What was due before for what is measured stays due, and a clock that was put back makes nobody wait.
    let mut evidence = feature_errors("03:08:00").evidence();
    let due = |evidence: &ServiceEvidence| {
        let assessment = assess(evidence, now);
        let advice = advise(evidence, &assessment, now);
        escalation(evidence, &assessment, &advice, now).due(Role::OnCall)
    };
    let measured = due(&evidence).unwrap();
    evidence.incidents.push(Incident {
        raised: said("03:20:00"),
        ..incident(Affected::Both)
    });
    assert_eq!(due(&evidence), Some(measured.min(now)));
    assert_eq!(
        Affected::Both.environments(),
        [Environment::Canary, Environment::Production]
    );
}
