//! On the narrowest row of 80 columns each state of things has words that fit whole, and more where there is room.

use super::{how, no_advice};
use crate::domain::environment::{Environment, Place};
use crate::domain::gauge::Gauge;
use crate::domain::names::ServiceName;
use crate::domain::source::{SourceId, Trouble, TroubleKind};
use crate::domain::verdict::{Estimate, Metric, NoData};
use crate::engine::advisor::advice::Headline;
use crate::engine::assess::{Compared, RedLine, Value};
use crate::view::canvas::width;
use jiff::Timestamp;

/// What a row of 80 columns has for it beside the longest names.
const NARROW: u16 = 17;

fn at(clock: &str) -> Timestamp {
    format!("2026-11-21T{clock}Z").parse().unwrap()
}

#[expect(clippy::too_many_lines, reason = "one of each headline")]
fn all(metric: Metric) -> Vec<Headline> {
    let since = at("03:09:58");
    let estimate = Some(Estimate {
        ratio: Some(25.2),
        low: 19.2,
        high: Some(34.1),
        certainty: 0.99,
    });
    let checkout = ServiceName::parse("checkout").unwrap();
    let source = SourceId::Prometheus(Place::new(checkout, Environment::Canary));
    let red = |line: RedLine| Headline::RedLine {
        line,
        since: Some(since),
    };
    let blind = |last: Option<Headline>| Headline::Blind {
        as_of: last.as_ref().map(|_| since),
        last: last.map(Box::new),
        source: source.clone(),
        trouble: Trouble {
            kind: TroubleKind::TimedOut,
            message: "-".into(),
        },
        next_try: since,
    };
    vec![
        Headline::Reading {
            waiting: vec![source.clone(); 10],
        },
        Headline::Idle,
        Headline::WarmingUp { until: since },
        Headline::Soak {
            began: since,
            ends: at("15:09:58"),
            errors: estimate,
        },
        Headline::ProductionSoak {
            began: at("03:03:41"),
            ends: at("03:13:41"),
            before: at("03:00:12"),
            is_seen: true,
            errors: None,
        },
        Headline::Passed { since },
        Headline::NotEnough {
            metric,
            have: 12_000,
            need: 120_000,
            seconds: None,
        },
        Headline::NotEarned { metric, estimate },
        Headline::Watch { metric, estimate },
        Headline::Watch {
            metric,
            estimate: None,
        },
        Headline::Breach {
            metric,
            since,
            estimate,
        },
        red(RedLine::WontStart {
            ready: 10,
            wanted: 24,
            reason: "ImagePullBackOff".into(),
        }),
        red(RedLine::Down),
        red(RedLine::Restarts { per_minute: 12.5 }),
        red(RedLine::Over {
            metric,
            value: Value::Share(0.93),
            limit: 0.9,
        }),
        Headline::BothBad {
            metric: Metric::Errors,
            canary: 0.081,
            production: 0.081,
            estimate,
            since: Some(since),
        },
        Headline::ProductionBad {
            metric,
            canary: None,
            production: None,
        },
        Headline::Unjudged {
            metric,
            why: NoData::NoTraffic,
        },
        Headline::StillBad {
            metric,
            estimate,
            acted_at: since,
        },
        Headline::Better {
            metric,
            acted_at: since,
            helped_at: since,
            estimate,
        },
        Headline::Helped {
            acted_at: since,
            recovered_at: since,
        },
        Headline::WasBad {
            metric,
            since,
            until: since,
        },
        blind(None),
        blind(Some(Headline::Breach {
            metric,
            since,
            estimate,
        })),
    ]
}

#[test]
fn every_state_of_things_fits_the_narrowest_row_and_says_more_on_a_wide_one() {
    let now = at("03:12:41");
    for metric in [
        Metric::Errors,
        Metric::Slow,
        Metric::Gauge(Gauge::CacheHits),
        Metric::Gauge(Gauge::NetworkErrors),
    ] {
        let before = Compared::Production {
            before: at("03:00:12"),
        };
        let sides = [Compared::Canary, before];
        let all = all(metric);
        for (headline, compared) in all.iter().flat_map(|h| sides.map(|side| (h, side))) {
            let narrow = how(headline, compared, now, NARROW);
            let wide = how(headline, compared, now, 60);
            assert!(width(&narrow) <= NARROW, "{narrow:?} of {headline:?}");
            assert!(!narrow.is_empty() && width(&narrow) <= width(&wide));
            assert!(!no_advice(headline).is_empty());
        }
    }
}

#[test]
fn a_breach_says_how_much_and_for_how_long() {
    let now = at("03:12:41");
    let all = all(Metric::Errors);
    let breach = all.iter().find(|h| matches!(h, Headline::Breach { .. }));
    let words = |most| how(breach.unwrap(), Compared::Canary, now, most);
    assert_eq!(words(40), "canary errors 25x for 2m43s");
    assert_eq!(words(20), "errors 25x for 2m43s");
    assert_eq!(words(17), "errors 25x, 2m43s");
    let blind = how(all.last().unwrap(), Compared::Canary, now, 60);
    assert_eq!(blind, "canary errors 25x for 0s; blind since 03:09:58");
}
