//! From every line that tells of a metric to that metric's evidence, its chart and its queries, and back to the line.

use super::metric;
use crate::app::action::Action;
use crate::app::pressing::pressed;
use crate::app::start::start;
use crate::app::state::{Mode, Screen, State};
use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::RungKind;
use crate::engine::advisor::reason::Reason;
use crate::engine::built::{at, feature_errors};

const NOW: &str = "03:12:00";

/// A deck that knows of every metric that there is.
fn deck() -> State {
    let evidence = feature_errors(NOW).evidence();
    let mut state = start(vec![evidence], Mode::Live, at(NOW), 7).unwrap();
    let service = state.world.services.values_mut().next().unwrap();
    let rows = &mut service.assessment.rows;
    let orders = Gauge::Business(BusinessName::parse("orders").unwrap());
    for gauge in Gauge::NAMED.into_iter().chain([orders]) {
        let of = Metric::Gauge(gauge);
        if !rows.iter().any(|row| row.verdict.metric == of) {
            let mut row = rows.last().unwrap().clone();
            row.verdict.metric = of;
            rows.push(row);
        }
    }
    state
}

const fn evidence(metric: Metric, query: bool) -> Screen {
    Screen::Evidence { metric, query }
}

#[test]
fn every_row_of_the_overview_leads_to_its_own_evidence_and_back() {
    let mut state = pressed(deck(), &[Action::Top]);
    let rows = state.service().unwrap().assessment.shown();
    let rows: Vec<Metric> = rows.iter().map(|row| row.verdict.metric).collect();
    assert!(rows.len() > 12, "{rows:?}");
    for of in rows {
        assert_eq!(metric(&state), of);
        let there = pressed(state.clone(), &[Action::Open]);
        assert_eq!(there.ui.screen, evidence(of, false));
        let read = pressed(there.clone(), &[Action::QueryText]);
        assert_eq!(read.ui.screen, evidence(of, true));
        let chart = pressed(there.clone(), &[Action::Zoom]);
        assert_eq!(chart.ui.screen, Screen::Chart { metric: of });
        for back in [Action::Back, Action::Zoom] {
            let back = pressed(chart.clone(), &[back]);
            assert_eq!(back.ui.screen, evidence(of, false));
            assert_eq!(pressed(back, &[Action::Back]).ui, state.ui);
        }
        let chart = pressed(state.clone(), &[Action::Zoom]);
        assert_eq!(chart.ui.screen, Screen::Chart { metric: of });
        let through = pressed(chart.clone(), &[Action::Open]);
        assert_eq!(through.ui.screen, evidence(of, false));
        let back = pressed(through, &[Action::Back]);
        assert_eq!(back.ui, chart.ui);
        assert_eq!(pressed(back, &[Action::Back]).ui, state.ui);
        state = pressed(state, &[Action::Down]);
    }
}

#[test]
fn every_level_of_the_ladder_leads_to_the_metric_that_its_first_reason_names() {
    let mut state = pressed(deck(), &[Action::Ladder, Action::Top]);
    for kind in RungKind::ALL {
        assert_eq!(state.ui.rung, kind);
        let advice = &state.service().unwrap().advice;
        let rung = advice.rungs.iter().find(|rung| rung.kind == kind).unwrap();
        let named = rung.reasons.iter().find_map(Reason::metric);
        let there = pressed(state.clone(), &[Action::Open]);
        assert_eq!(
            there.ui.screen,
            evidence(named.unwrap_or(Metric::Errors), false)
        );
        assert_eq!(pressed(there, &[Action::Back]).ui, state.ui);
        state = pressed(state, &[Action::Down]);
    }
}

#[test]
fn a_metric_that_the_next_service_has_not_leads_to_one_that_is_shown() {
    let mut state = deck();
    let orders = BusinessName::parse("baskets").unwrap();
    state.ui.metric = Metric::Gauge(Gauge::Business(orders));
    let first = state.service().unwrap().assessment.shown()[0]
        .verdict
        .metric;
    assert_eq!(metric(&state), first);
    let there = pressed(state, &[Action::Open]);
    assert_eq!(there.ui.screen, evidence(first, false));
}
