//! A security incident comes before all that is measured, and ends with its end alone.

use super::*;
use crate::domain::environment::Environment;
use crate::domain::names::ServiceName;
use crate::domain::security::{Affected, Incident, Statement};
use crate::engine::advisor::advice::{Channel, Headline, RungTarget};
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
    let due = escalation(&evidence, &assessment, &advice, now).due(Role::OnCall);
    assert_eq!(due, Some(at("03:11:00")));
    assert_eq!(
        Affected::Both.environments(),
        [Environment::Canary, Environment::Production]
    );
}
