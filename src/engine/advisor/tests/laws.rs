//! What holds for every case: nothing missing opens promotion, nothing failing opens it, the same gives the same, and more
//! failures never lead down the ladder.

use proptest::prelude::*;

use super::super::advice::{Advice, RungKind, RungState};
use super::super::case::AttemptCase;
use super::super::{Case, decide};
use super::case;
use super::promotion::FAILING;
use crate::domain::progress::Outcome;
use crate::domain::verdict::{NoData, Verdict};
use crate::engine::built::{Story, at, both_bad, calm, feature_errors, refuses, spread_errors};

fn stories() -> impl Strategy<Value = Case> {
    let all: Vec<fn(&str) -> Story> = vec![calm, feature_errors, spread_errors, both_bad];
    let clocks = vec!["03:00:40", "03:02:00", "03:04:00", "03:05:00", "03:08:00"];
    (prop::sample::select(all), prop::sample::select(clocks))
        .prop_map(|(story, clock)| case(&story(clock)))
}

fn level(advice: &Advice) -> u8 {
    advice.first.map_or(0, RungKind::level)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn missing_or_stale_evidence_never_opens_promotion(mut case in stories(), which in 0_usize..40, how in 0..3) {
        let metrics = case.metrics.len();
        if which < metrics {
            match how {
                0 => drop(case.metrics.remove(which % 2)),
                1 => case.metrics[which].verdict.verdict = Verdict::NoData(NoData::Hole),
                _ => case.metrics[which].verdict.verdict = Verdict::NoData(NoData::Stale { last: at("03:02:00") }),
            }
        } else {
            let id = case.sources.keys().nth(which % case.sources.len()).unwrap().clone();
            case.sources.insert(id, refuses(None));
        }
        let told = decide(&case);
        prop_assert!(!told.promotion.open);
        prop_assert!(!told.promotion.waits.is_empty());
    }

    #[test]
    fn a_failing_condition_never_opens_promotion(mut case in stories(), which in 0..FAILING.len()) {
        FAILING[which].1(&mut case);
        prop_assert!(!decide(&case).promotion.open);
    }

    #[test]
    fn the_same_case_gives_the_same_advice(case in stories()) {
        let bytes = |case: &Case| serde_json::to_vec(&decide(case)).unwrap();
        prop_assert_eq!(bytes(&case), bytes(&case));
    }

    #[test]
    fn more_failures_never_lead_down_the_ladder(mut case in stories(), rungs in prop::collection::vec(0..6_usize, 0..4)) {
        let mut last = 0;
        let mut attempts = Vec::new();
        for rung in std::iter::once(None).chain(rungs.into_iter().map(Some)) {
            if let Some(rung) = rung {
                attempts.push(AttemptCase {
                    rung: RungKind::ALL[rung],
                    key: None,
                    at: at("03:03:05"),
                    outcome: Some(Outcome::Refused { why: "no".into() }),
                    recovered_at: None,
                    helped_at: None,
                    undone: None,
                });
            }
            case.attempts.clone_from(&attempts);
            let now = level(&decide(&case));
            prop_assert!(now >= last, "{now} after {last}");
            last = now;
        }
    }

    #[test]
    fn the_ladder_is_whole_and_agrees_with_itself(case in stories()) {
        let told = decide(&case);
        let kinds: Vec<RungKind> = told.rungs.iter().map(|r| r.kind).collect();
        prop_assert_eq!(kinds, RungKind::ALL.to_vec());
        let recommended: Vec<RungKind> = told.rungs.iter()
            .filter(|r| r.state == RungState::Recommended)
            .map(|r| r.kind)
            .collect();
        prop_assert_eq!(recommended, told.first.into_iter().collect::<Vec<_>>());
        for rung in &told.rungs {
            if rung.state == RungState::Recommended {
                prop_assert!(!rung.reasons.is_empty() && !rung.against.is_empty());
            }
        }
    }
}
