//! Asks the judge: the counts of both sides in, verdicts out, as of the newest interval that there is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::canary::later;
use super::itself::against_itself;
use super::{After, Assessment};
use crate::domain::environment::Environment;
use crate::domain::gauge::Gauge;
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::Endpoint;
use crate::domain::verdict::{Estimate, Metric, MetricVerdict};
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};
use crate::engine::judge::{self, Effect, Input, Judgement, Measured, SeriesRequest};

/// How many intervals the newest one may lag behind the clock: it is scraped, then asked for.
pub(crate) const LATE_INTERVALS: i64 = 3;

/// What the judge said last and of what: while nothing that it looks at has changed, it need not be asked again.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Memory {
    asked: Option<Asked>,
    judged: Judged,
}

/// What the judge looked at. A window that is replaced is another by its time, its beginning or its length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Asked {
    windows: Vec<Option<(Timestamp, GridIndex, usize)>>,
    before: Option<usize>,
    began: GridIndex,
    interval: GridIndex,
    soaked: bool,
    acted_at: Option<Timestamp>,
    alpha: f64,
    soak_seconds: u32,
}

/// What the judge says of a service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Judged {
    /// One verdict a judged metric.
    pub(crate) verdicts: BTreeMap<Metric, MetricVerdict>,
    /// When each breach that holds became certain, where the judge tells.
    pub(crate) certain: BTreeMap<Metric, Timestamp>,
    /// How each endpoint's errors compare.
    pub(crate) endpoints: BTreeMap<Endpoint, Estimate>,
    /// How it is since the last action.
    pub(crate) after: Option<After>,
}

impl Memory {
    /// What the judge says, from memory where it would say the same.
    pub(crate) fn judged(
        &mut self,
        evidence: &ServiceEvidence,
        grid: Grid,
        began: GridIndex,
        through: Option<GridIndex>,
        now: Timestamp,
    ) -> &Judged {
        let asked = Some(Asked::of(evidence, grid, began, now));
        if self.asked != asked {
            self.judged = judged(evidence, grid, began, through, now);
            self.asked = asked;
        }
        &self.judged
    }
}

impl Asked {
    fn of(evidence: &ServiceEvidence, grid: Grid, began: GridIndex, now: Timestamp) -> Self {
        let side = |e| evidence.environments.get(&e);
        let sides = [side(Environment::Canary), side(Environment::Production)];
        let windows = sides.into_iter().flat_map(|e| {
            let red = e.and_then(|e| e.red.as_ref());
            let usage = e.and_then(|e| e.usage.as_ref());
            [
                red.map(|r| (r.at, r.value.first, r.value.len())),
                usage.map(|u| {
                    let longest = u.value.gauges.values().map(Vec::len).max();
                    (u.at, u.value.first, longest.unwrap_or(0))
                }),
            ]
        });
        let policy = &evidence.policy;
        let ends = later(grid.start(began), i64::from(policy.canary_soak_seconds));
        Self {
            windows: windows.collect(),
            before: side(Environment::Production)
                .and_then(|p| p.before.as_ref())
                .map(|b| b.errors.iter().map(Vec::len).sum()),
            began,
            interval: grid.index_at(now),
            soaked: now >= ends,
            acted_at: acted_at(evidence),
            alpha: policy.alpha,
            soak_seconds: policy.canary_soak_seconds,
        }
    }
}

/// Judges a service since its canary counts, as of what was last seen: a source that fell silent takes nothing back.
fn judged(
    evidence: &ServiceEvidence,
    grid: Grid,
    began: GridIndex,
    through: Option<GridIndex>,
    now: Timestamp,
) -> Judged {
    let seen = through.map_or(now, |t| grid.end(t.plus(LATE_INTERVALS - 1)));
    let input = looked_at(evidence, began, now.min(seen));
    let acted_at = input.acted_at;
    let judgement = judge::judge(&input);
    let after = acted_at.and_then(|acted_at| after(&input, &judgement, evidence, (grid, acted_at)));
    let Judgement {
        metrics,
        endpoints,
        evidence,
        ..
    } = judgement;
    let certain = evidence
        .iter()
        .filter_map(|e| Some((e.metric, e.certain_at?)));
    Judged {
        certain: certain.collect(),
        verdicts: metrics.into_iter().map(|v| (v.metric, v)).collect(),
        endpoints: endpoints
            .into_iter()
            .filter_map(|row| row.estimate.map(|estimate| (row.endpoint, estimate)))
            .collect(),
        after,
    }
}

/// What the judge looks at.
fn looked_at(evidence: &ServiceEvidence, began: GridIndex, now: Timestamp) -> Input<'_> {
    let side = |e| evidence.environments.get(&e);
    let (canary, production) = (side(Environment::Canary), side(Environment::Production));
    Input {
        alpha: evidence.policy.alpha,
        canary_began: Some(began),
        soak_seconds: evidence.policy.canary_soak_seconds,
        now,
        canary: red(canary),
        production: red(production),
        canary_use: usage(canary),
        production_use: usage(production),
        before: production.and_then(|p| p.before.as_ref()),
        acted_at: acted_at(evidence),
        own_dependencies: evidence.policy.own_dependencies,
        business: judge::Business {
            of: &evidence.policy.business,
            drop: evidence.policy.business_drop.trigger,
        },
    }
}

/// What the judge looks at, as series that `flightdeck judge` reads; none without a canary or a soak of production, or without
/// requests on both sides.
pub fn recorded(evidence: &ServiceEvidence, assessment: &Assessment) -> Option<SeriesRequest> {
    let judged = assessment.compared().judged();
    let grid = red(evidence.environments.get(&judged))?.grid;
    let record = |evidence: &ServiceEvidence, began: Timestamp| {
        let input = looked_at(evidence, grid.index_at(began), assessment.at);
        judge::recorded(&input)
    };
    match assessment.promoted {
        Some(promoted) => {
            let beside = against_itself(evidence, &promoted, grid);
            record(&beside, promoted.counts_from)
        }
        None => record(evidence, assessment.canary_began?),
    }
}

fn red(side: Option<&EnvironmentEvidence>) -> Option<&crate::domain::metrics::RedWindow> {
    side?.red.as_ref().map(|r| &r.value)
}

fn usage(side: Option<&EnvironmentEvidence>) -> Option<&crate::domain::gauge::UseWindow> {
    side?.usage.as_ref().map(|u| &u.value)
}

/// When the last remedy that may stand was applied.
fn acted_at(evidence: &ServiceEvidence) -> Option<Timestamp> {
    super::remedies(&evidence.attempts, Environment::Canary)
        .rfind(|a| {
            a.outcome
                .as_ref()
                .is_none_or(|o| o.is_written() != Some(false))
        })
        .map(|a| a.at)
}

/// What came of the action, as a whole: recovered is when every metric that was in breach has, helped likewise.
fn after(
    input: &Input<'_>,
    judgement: &Judgement,
    evidence: &ServiceEvidence,
    (grid, acted_at): (Grid, Timestamp),
) -> Option<After> {
    let mut effects: Vec<Effect> = judgement.evidence.iter().filter_map(|e| e.effect).collect();
    if effects.is_empty() {
        // Requests tell first and soonest; the gauges count where they alone were bad, and only those with limits: one that
        // is but compared is no reason to act, and none that it failed.
        let counts = |gauge: Gauge| {
            matches!(gauge, Gauge::Business(_)) || evidence.policy.bands(gauge).is_some()
        };
        let told = judgement.gauges.iter().filter(|(gauge, _)| counts(*gauge));
        effects.extend(told.map(|(_, effect)| *effect));
    }
    if effects.is_empty() {
        return None;
    }
    let measured = effects.iter().all(|e| e.measured == Measured::Yes);
    let all = |of: fn(&Effect) -> Option<Timestamp>| {
        let times: Option<Vec<Timestamp>> = effects.iter().map(of).collect();
        times.and_then(|times| times.into_iter().max())
    };
    let since = judge::judge(&Input {
        canary_began: Some(grid.first_wholly_after(acted_at)),
        acted_at: None,
        now: input.now.max(later(acted_at, 1)),
        ..*input
    });
    let errors = since.verdict(Metric::Errors).filter(|_| measured);
    Some(After {
        acted_at,
        canary: errors.map(|e| e.canary).unwrap_or_default(),
        production: errors.map(|e| e.production).unwrap_or_default(),
        estimate: errors.and_then(|e| e.estimate),
        helped_at: all(|e| e.helped),
        recovered_at: all(|e| e.recovered),
    })
}
