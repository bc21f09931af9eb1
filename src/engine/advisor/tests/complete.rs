//! Every headline, reason and closed door occurs: what can be said is said somewhere.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::advice::RungKind;
use super::super::advice::{Advice, Headline, RungState};
use super::super::case::{AttemptCase, SchemaCase};
use super::super::reason::{Closed, Reason};
use super::gauges::fewer_orders;
use super::promotion::FAILING;
use super::security::incident;
use super::{advice, bent};
use crate::domain::environment::Environment;
use crate::domain::progress::Outcome;
use crate::domain::security::Affected;
use crate::domain::source::{SourceId, SourceState};
use crate::domain::verdict::{Metric, NoData, Unsure, Verdict};
use crate::engine::advisor::case::Case;
use crate::engine::assess::{Limit, RedLine, Value};
use crate::engine::built::{
    Story, at, both_bad, calm, canary, crash, disabled, feature_errors, place, production, promote,
    refuses, spread_errors,
};

/// The names of the variants that serde knows of a type, from its complaint about one that there is not.
fn variants<T: for<'de> serde::Deserialize<'de>>() -> BTreeSet<String> {
    let complaint = serde_json::from_str::<T>("\"no such variant\"")
        .err()
        .unwrap()
        .to_string();
    let (_, listed) = complaint.split_once("expected one of").unwrap();
    listed
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(name) => name,
        serde_json::Value::Object(map) => map.keys().next().unwrap().clone(),
        other => panic!("{other}"),
    }
}

#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn many() -> Vec<Advice> {
    type Bend = fn(&mut Case);
    let verified = Some(Outcome::Verified { instances: 4 });
    let mut all: Vec<Advice> = FAILING
        .iter()
        .map(|(_, bend)| bent(&calm("03:08:00"), bend))
        .collect();
    let stories: [fn(&str) -> Story; 4] = [calm, feature_errors, spread_errors, both_bad];
    for story in stories {
        for clock in ["03:00:40", "03:05:00", "03:08:00"] {
            all.push(advice(&story(clock).evidence(), clock));
        }
    }
    let mut soaking = calm("03:05:00").evidence();
    promote(&mut soaking, "02:58:40", "03:00:00");
    all.push(advice(&soaking, "03:05:00"));
    let bends: [Bend; 19] = [
        |c| c.incident = Some(incident(Affected::Both)),
        |c| c.flags[0].state = crate::domain::flag::FlagState::Disabled,
        |c| (c.flags[0].endpoints, c.flags[0].errors) = (None, None),
        |c| {
            c.flags[0].owner = Some("argocd".into());
            c.flags[0].evaluated = Some((3, 4));
            c.metrics.retain(|m| m.verdict.metric != Metric::Readiness);
            c.metrics.remove(4);
            let mut other = c.flags[0].clone();
            (other.key, other.changed) = (crate::engine::built::key("other"), None);
            c.flags.push(other);
        },
        |c| {
            c.flags[0].errors.as_mut().unwrap().rest = super::super::explain::compare(
                crate::domain::metrics::Tally {
                    bad: 78,
                    total: 8000,
                },
                crate::domain::metrics::Tally {
                    bad: 340,
                    total: 170_000,
                },
            )
        },
        |c| c.release.stable = None,
        |c| {
            c.release.stable = None;
            c.release.stable_denied = Some(crate::domain::access::Permission {
                cluster: c.canary_cluster.clone().unwrap(),
                verb: "watch".to_owned(),
                group: String::new(),
                resource: "configmaps".to_owned(),
                namespace: crate::domain::names::Namespace::parse("shop").unwrap(),
                name: None,
            });
        },
        |c| c.metrics[3].verdict.verdict = Verdict::NoData(NoData::NoPods),
        |c| {
            c.metrics[3].verdict.verdict = Verdict::NoData(NoData::OtherExporters {
                canary: crate::domain::exporter::Exporter::Cadvisor,
                production: crate::domain::exporter::Exporter::Redis,
            })
        },
        |c| c.release.stable_kept = false,
        |c| c.release.runs_stable = true,
        |c| c.taken_back = crate::domain::release::Revision::new(14),
        |c| {
            c.schema = Some(SchemaCase {
                version: 43,
                stable_min: 1,
                stable_max: 42,
            })
        },
        |c| {
            c.schema = Some(SchemaCase {
                version: 42,
                stable_min: 1,
                stable_max: 42,
            })
        },
        |c| {
            c.metrics[3].canary_over = Limit::OverTrigger;
            c.metrics[3].canary = Some(Value::Share(0.85));
        },
        |c| c.red_lines.push(RedLine::Restarts { per_minute: 6.0 }),
        |c| {
            c.metrics[0].verdict.verdict = Verdict::Unsure(Unsure::TooFewRequests {
                have: 6,
                need: 900,
                seconds: None,
            })
        },
        |c| c.metrics[0].verdict.verdict = Verdict::NoData(NoData::NoTraffic),
        |c| {
            c.attempts = vec![AttemptCase {
                rung: RungKind::Flag,
                key: None,
                at: at("03:03:30"),
                outcome: Some(Outcome::Verified { instances: 4 }),
                recovered_at: Some(at("03:04:30")),
                helped_at: None,
                undone: None,
            }]
        },
    ];
    all.extend(
        bends
            .into_iter()
            .map(|bend| bent(&feature_errors("03:08:00"), bend)),
    );
    all.push(bent(&calm("03:08:00"), |c| {
        c.metrics[0].verdict.verdict = Verdict::Unsure(Unsure::TooFewRequests {
            have: 6,
            need: 900,
            seconds: None,
        });
    }));
    all.push(bent(&spread_errors("03:05:00"), |c| {
        c.attempts = vec![AttemptCase {
            rung: RungKind::Flag,
            key: None,
            at: at("03:04:30"),
            outcome: Some(Outcome::Verified { instances: 4 }),
            recovered_at: None,
            helped_at: Some(at("03:04:45")),
            undone: None,
        }];
    }));
    let mut evidence = spread_errors("03:07:00").evidence();
    evidence.attempts = vec![
        disabled("03:05:00", verified.clone()),
        disabled("03:05:30", verified),
    ];
    all.push(advice(&evidence, "03:07:00"));
    evidence.attempts.truncate(1);
    all.push(advice(&evidence, "03:07:00"));
    let mut evidence = calm("03:05:00").evidence();
    canary(&mut evidence)
        .workload
        .as_mut()
        .unwrap()
        .value
        .version = Some("2.13.4".into());
    all.push(advice(&evidence, "03:05:00"));
    let mut evidence = calm("03:05:00").evidence();
    crash(production(&mut evidence), 0);
    all.push(advice(&evidence, "03:05:00"));
    for state in [
        refuses(None),
        SourceState::Reading {
            since: at("03:04:59"),
        },
    ] {
        let mut evidence = feature_errors("03:05:00").evidence();
        evidence
            .sources
            .insert(SourceId::Prometheus(place(Environment::Canary)), state);
        all.push(advice(&evidence, "03:05:00"));
    }
    let mut slow = calm("03:05:00");
    slow.slow = |e| e == Environment::Canary;
    all.push(bent(&slow, |c| c.red_lines.clear()));
    all.push(advice(&fewer_orders("03:04:00"), "03:15:00"));
    all
}

#[test]
fn nothing_that_can_be_said_is_never_said() {
    let all = many();
    let mut headlines = BTreeSet::new();
    let (mut reasons, mut closed) = (BTreeSet::new(), BTreeSet::new());
    for told in &all {
        headlines.insert(name(&told.headline));
        closed.extend(told.promotion.waits.iter().map(name));
        for rung in &told.rungs {
            reasons.extend(rung.reasons.iter().chain(&rung.against).map(name));
            closed.extend(rung.by_hand.iter().map(name));
            if let RungState::Blocked(why) | RungState::NotNeeded(why) = &rung.state {
                closed.insert(name(why));
            }
        }
    }
    let missing = |known: BTreeSet<String>, seen: &BTreeSet<String>| -> Vec<String> {
        known.difference(seen).cloned().collect()
    };
    assert_eq!(
        missing(variants::<Headline>(), &headlines),
        Vec::<String>::new()
    );
    assert_eq!(
        missing(variants::<Reason>(), &reasons),
        Vec::<String>::new()
    );
    assert_eq!(missing(variants::<Closed>(), &closed), Vec::<String>::new());
}
