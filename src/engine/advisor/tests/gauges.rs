//! What is decided where requests are well and something else is not: pools, the business.

use super::super::advice::{Headline, RungKind, RungState};
use super::super::reason::Reason;
use super::{advice, rung, state};
use crate::domain::environment::Environment;
use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::verdict::Metric;
use crate::engine::assess::{Limit, RedLine, Value, assess};
use crate::engine::built::{at, calm, canary, feature_errors, feeds, key, production};
use crate::engine::evidence::ServiceEvidence;
use crate::engine::policy::Better;

/// Both sides have a gauge, and canary's changes at 03:05:00.
fn with(evidence: &mut ServiceEvidence, gauge: Gauge, before: f64, after: f64, theirs: f64) {
    let late = at("03:05:00");
    feeds(canary(evidence), gauge, |t| {
        if t < late { before } else { after }
    });
    feeds(production(evidence), gauge, |_| theirs);
}

fn orders() -> Gauge {
    Gauge::Business(BusinessName::parse("orders").unwrap())
}

/// Orders fall on canary from 03:05:00 on; its flag was switched on at 03:04:00, or long ago.
pub(super) fn fewer_orders(switched: &str) -> ServiceEvidence {
    let mut evidence = calm("03:15:00").evidence();
    evidence
        .policy
        .business
        .insert(BusinessName::parse("orders").unwrap(), Better::Higher);
    with(&mut evidence, orders(), 5.0, 2.4, 100.0);
    let flags = &mut canary(&mut evidence).flags.as_mut().unwrap().value.flags;
    let flag = flags.get_mut(&key(crate::engine::built::FLAG)).unwrap();
    flag.changed.as_mut().unwrap().at = at(switched);
    evidence
}

#[test]
fn an_exhausted_pool_requires_a_rollback_even_where_a_flag_explains_the_errors() {
    let mut evidence = feature_errors("03:15:00").evidence();
    with(&mut evidence, Gauge::PoolUsed, 0.4, 1.0, 0.4);
    let told = advice(&evidence, "03:15:00");
    let line = |line: &RedLine| matches!(line, RedLine::Over { metric: Metric::Gauge(Gauge::PoolUsed), limit, .. } if *limit > 0.9);
    assert!(
        matches!(&told.headline, Headline::RedLine { line: l, .. } if line(l)),
        "{:?}",
        told.headline
    );
    assert_eq!(told.first, Some(RungKind::Rollback));

    // The same on production is not the canary's.
    with(&mut evidence, Gauge::PoolUsed, 0.4, 1.0, 1.0);
    assert_eq!(advice(&evidence, "03:15:00").first, Some(RungKind::Flag));
}

#[test]
fn a_pool_that_is_waited_for_speaks_against_the_flag_and_leaves_it_first() {
    let mut evidence = feature_errors("03:15:00").evidence();
    with(&mut evidence, Gauge::PoolWait, 0.003, 0.041, 0.003);
    let told = advice(&evidence, "03:15:00");
    assert_eq!(told.first, Some(RungKind::Flag));
    let against = &rung(&told, RungKind::Flag).against;
    assert!(
        against.iter().any(|r| matches!(
            r,
            Reason::OverLimit {
                metric: Metric::Gauge(Gauge::PoolWait),
                value: Value::Seconds(_)
            }
        )),
        "{against:?}"
    );
}

#[test]
fn fewer_orders_alone_are_the_flags_that_was_switched_before_it_after_a_look() {
    let told = advice(&fewer_orders("03:04:00"), "03:15:00");
    assert!(
        matches!(told.headline, Headline::Breach { metric, .. } if metric == Metric::Gauge(orders())),
        "{:?}",
        told.headline
    );
    assert_eq!(told.first, Some(RungKind::Flag));
    let flag = rung(&told, RungKind::Flag);
    assert!(
        matches!(flag.reasons[0], Reason::WorseThanProduction { .. }),
        "{:?}",
        flag.reasons
    );
    assert!(
        flag.reasons
            .iter()
            .any(|r| matches!(r, Reason::FlagChangedBefore { .. }))
    );
    assert!(flag.against.contains(&Reason::ReviewFirst));
}

#[test]
fn fewer_orders_without_a_flag_that_was_switched_are_for_people_to_review() {
    let told = advice(&fewer_orders("02:00:00"), "03:15:00");
    assert_eq!(told.first, Some(RungKind::People), "{told:?}");
    assert!(
        matches!(state(&told, RungKind::Flag), RungState::NotNeeded(_)),
        "{:?}",
        state(&told, RungKind::Flag)
    );
}

#[test]
fn the_share_of_orders_that_is_missing_is_shown_for_each_request() {
    let evidence = fewer_orders("03:04:00");
    let assessment = assess(&evidence, at("03:15:00"));
    let row = |metric| {
        assessment
            .rows
            .iter()
            .find(move |r| r.verdict.metric == metric)
            .unwrap()
    };
    let orders = row(Metric::Gauge(orders()));
    // Canary has a twentieth of production's requests: 2.4 of 5.
    assert!(
        orders
            .for_each_request
            .is_some_and(|times| (times - 0.48).abs() < 0.02),
        "{orders:?}"
    );
    assert_eq!(orders.canary_over, Limit::OverCritical);
    assert_eq!(row(Metric::Errors).for_each_request, None);
    assert_eq!(
        assessment.rows.last().map(|r| r.verdict.metric),
        Some(orders.verdict.metric)
    );
}

#[test]
fn a_gauge_that_nobody_feeds_has_no_row_and_one_that_canary_lacks_says_so() {
    let mut evidence = calm("03:08:00").evidence();
    let count = |evidence: &ServiceEvidence| assess(evidence, at("03:08:00")).rows.len();
    let bare = count(&evidence);
    feeds(production(&mut evidence), Gauge::CacheHits, |_| 0.94);
    assert_eq!(count(&evidence), bare + 1);
    let told = advice(&evidence, "03:08:00");
    assert!(
        !told.promotion.open,
        "what canary does not tell is not well"
    );
    assert!(evidence.environments.contains_key(&Environment::Canary));
}
