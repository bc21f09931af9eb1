//! Promotion: open when everything is met, closed by any one thing that is not.

use super::super::case::{Case, Lifetime};
use super::super::reason::Closed;
use super::{advice, bent};
use crate::domain::environment::Environment;
use crate::domain::release::ReleaseStatus;
use crate::domain::source::SourceId;
use crate::domain::verdict::{Metric, NoData, Unsure, Verdict, Watch};
use crate::engine::assess::RedLine;
use crate::engine::built::{at, calm, place, refuses};

/// One thing that is not met.
type Bend = fn(&mut Case);

pub(super) const FAILING: [(&str, Bend); 14] = [
    ("same version", |c| c.canary = Lifetime::Same),
    ("unknown canary", |c| c.canary = Lifetime::Unknown),
    ("soaking", |c| {
        c.canary = Lifetime::Began {
            at: at("03:04:00"),
            soak_ends: at("03:09:00"),
        };
    }),
    ("unsure", |c| {
        c.metrics[0].verdict.verdict = Verdict::Unsure(Unsure::NotEarned)
    }),
    ("watch", |c| {
        c.metrics[1].verdict.verdict = Verdict::Watch(Watch::Growing)
    }),
    ("breach", |c| {
        c.metrics[0].verdict.verdict = Verdict::Breach {
            since: at("03:03:00"),
        }
    }),
    ("was bad", |c| {
        c.metrics[0].verdict.verdict = Verdict::Recovered {
            since: at("03:03:00"),
            until: at("03:05:00"),
        };
    }),
    ("no series", |c| {
        c.metrics[3].verdict.verdict = Verdict::NoData(NoData::NoCanarySeries)
    }),
    ("no traffic", |c| {
        c.metrics[2].verdict.verdict = Verdict::NoData(NoData::NoTraffic)
    }),
    ("errors missing", |c| {
        c.metrics.remove(0);
    }),
    ("red line", |c| c.red_lines.push(RedLine::Down)),
    ("production down", |c| {
        c.production_lines.push(RedLine::Down)
    }),
    ("pending", |c| {
        c.release.status = Some(ReleaseStatus::PendingRollback)
    }),
    ("flagd silent", |c| {
        c.sources
            .insert(SourceId::Flagd(place(Environment::Canary)), refuses(None));
    }),
];

#[test]
fn everything_met_opens_it() {
    let told = advice(&calm("03:08:00").evidence(), "03:08:00");
    assert_eq!(told.promotion.waits, []);
    assert!(told.promotion.open);
}

#[test]
fn any_one_thing_closes_it_and_says_so() {
    for (name, bend) in FAILING {
        let told = bent(&calm("03:08:00"), bend);
        assert!(!told.promotion.open, "{name}");
        assert!(!told.promotion.waits.is_empty(), "{name}");
    }
}

#[test]
fn a_soak_names_its_end_and_each_metric_that_is_missing() {
    let told = advice(&calm("03:05:00").evidence(), "03:05:00");
    assert!(told.promotion.waits.contains(&Closed::Soak {
        until: at("03:06:00")
    }));
    assert!(told.promotion.waits.contains(&Closed::NotPassed {
        metric: Metric::Errors
    }));
}
