//! Red lines, latency and machines: the stable version, canary first; and what closes that way.

use super::super::advice::{Channel, Headline, RungKind, RungState, RungTarget};
use super::super::case::{Case, SchemaCase};
use super::super::reason::{Closed, Reason};
use super::{advice, bent, rung, state};
use crate::domain::environment::Environment;
use crate::domain::release::{ReleaseStatus, Revision};
use crate::domain::source::SourceId;
use crate::domain::verdict::Metric;
use crate::engine::assess::RedLine;
use crate::engine::built::{calm, canary, crash, feature_errors, place, refuses, spread_errors};

#[test]
fn a_canary_that_will_not_start_is_rolled_back_with_or_without_metrics() {
    for blind in [false, true] {
        let mut evidence = calm("03:05:00").evidence();
        crash(canary(&mut evidence), 1);
        if blind {
            for e in [Environment::Canary, Environment::Production] {
                evidence
                    .sources
                    .insert(SourceId::Prometheus(place(e)), refuses(None));
            }
        }
        let told = advice(&evidence, "03:05:00");
        assert!(matches!(
            told.headline,
            Headline::RedLine {
                line: RedLine::WontStart { .. },
                ..
            }
        ));
        assert_eq!(told.first, Some(RungKind::Rollback), "blind: {blind}");
        let rollback = rung(&told, RungKind::Rollback);
        assert_eq!(
            rollback.target,
            RungTarget::Release {
                environment: Environment::Canary,
                to: Revision::new(13),
                version: Some("2.13.4".into()),
            }
        );
        assert_eq!(rollback.notify, [Channel::Teams, Channel::Slack]);
    }
}

#[test]
fn a_red_line_comes_before_the_flag() {
    let told = bent(&feature_errors("03:05:00"), |c| {
        c.red_lines.push(RedLine::Restarts { per_minute: 7.0 })
    });
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert!(matches!(
        rung(&told, RungKind::Rollback).reasons[0],
        Reason::RedLine(_)
    ));
}

#[test]
fn a_canary_that_is_down_pages_too() {
    let told = bent(&calm("03:05:00"), |c| c.red_lines.push(RedLine::Down));
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert!(
        rung(&told, RungKind::Rollback)
            .notify
            .contains(&Channel::PagerDuty)
    );
    assert_eq!(rung(&told, RungKind::Traffic).notify.len(), 3);
}

#[test]
fn a_slow_canary_is_rolled_back() {
    let mut story = calm("03:05:00");
    story.slow = |e| e == Environment::Canary;
    let told = advice(&story.evidence(), "03:05:00");
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert!(matches!(
        told.headline,
        Headline::RedLine {
            line: RedLine::Over {
                metric: Metric::Slow,
                ..
            },
            ..
        }
    ));
    // Worse than production and under two seconds: no red line, and still a breach.
    let told = bent(&story, |c| c.red_lines.clear());
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert!(matches!(
        rung(&told, RungKind::Rollback).reasons[0],
        Reason::WorseThanProduction {
            metric: Metric::Slow,
            ..
        }
    ));
}

#[test]
fn an_upgrade_that_does_not_end_is_no_obstacle_and_is_told() {
    let status = ReleaseStatus::PendingUpgrade;
    let told = bent(&spread_errors("03:05:00"), |c| {
        c.release.status = Some(status)
    });
    assert_eq!(told.first, Some(RungKind::Rollback));
    let against = &rung(&told, RungKind::Rollback).against;
    assert!(against.contains(&Reason::Unfinished { status }));
}

#[test]
fn a_way_back_that_is_closed_says_why_and_people_come_next() {
    type Bend = fn(&mut Case);
    let status = ReleaseStatus::PendingRollback;
    let thirteen = Revision::new(13).unwrap();
    let helm = SourceId::Helm(crate::domain::names::ClusterName::parse("canary").unwrap());
    let table: [(Bend, RungState); 6] = [
        (
            |c| c.release.stable = None,
            RungState::Blocked(Closed::NoStable),
        ),
        (
            |c| c.release.stable_kept = false,
            RungState::Blocked(Closed::StableGone { revision: thirteen }),
        ),
        (
            |c| c.release.runs_stable = true,
            RungState::NotNeeded(Closed::RunsStable),
        ),
        (
            |c| c.release.status = Some(ReleaseStatus::PendingRollback),
            RungState::Blocked(Closed::Pending { status }),
        ),
        (
            |c| {
                let helm = SourceId::Helm(c.canary_cluster.clone().unwrap());
                c.sources.insert(helm, refuses(None));
            },
            RungState::Blocked(Closed::NoEvidence { source: Some(helm) }),
        ),
        (
            |c| {
                c.schema = Some(SchemaCase {
                    version: 43,
                    stable_min: 40,
                    stable_max: 42,
                });
            },
            RungState::Blocked(Closed::SchemaUnfit),
        ),
    ];
    for (bend, expected) in table {
        let told = bent(&spread_errors("03:05:00"), bend);
        assert_eq!(*state(&told, RungKind::Rollback), expected);
        let unfit = expected == RungState::Blocked(Closed::SchemaUnfit);
        let first = if unfit {
            RungKind::Database
        } else {
            RungKind::People
        };
        assert_eq!(told.first, Some(first), "{expected:?}");
    }
}

#[test]
fn a_schema_that_fits_leaves_the_database_alone() {
    let told = bent(&spread_errors("03:05:00"), |c| {
        c.schema = Some(SchemaCase {
            version: 42,
            stable_min: 40,
            stable_max: 42,
        });
    });
    assert_eq!(told.first, Some(RungKind::Rollback));
    assert_eq!(
        *state(&told, RungKind::Database),
        RungState::NotNeeded(Closed::EarlierRung)
    );
    let told = bent(&spread_errors("03:05:00"), |c| {
        c.schema = Some(SchemaCase {
            version: 43,
            stable_min: 40,
            stable_max: 42,
        });
    });
    let database = rung(&told, RungKind::Database);
    assert_eq!(database.notify, [Channel::PagerDuty, Channel::Executive]);
    assert!(database.reasons.iter().any(|r| matches!(
        r,
        Reason::SchemaUnfit {
            schema: 43,
            takes: (40, 42)
        }
    )));
}
