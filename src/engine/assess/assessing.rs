//! The assessment itself: which intervals count, what the judge says of them, and what of it still stands now.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::budget;
use super::canary::{self, Canary, Promoted, later};
use super::endpoints;
use super::itself;
use super::judging::{Judged, Memory};
use super::lines::{self, Usable};
use super::rows::{self, Frame};
use super::sources::{self, Silent};
use super::window::Span;
use super::{Assessment, Row, Window, WindowKind};
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::Tally;
use crate::domain::verdict::{Metric, MetricVerdict, NoData, Verdict};
use crate::engine::evidence::{Attempt, EnvironmentEvidence, ServiceEvidence, Tried};

/// The seconds of the table's window when nothing soaks and nothing is in breach.
const RECENT_SECONDS: i64 = 300;

/// The seconds over which a red line is taken.
const RED_LINE_SECONDS: i64 = 120;

/// Assesses a service: what each metric is on both sides, how it compares, and what of that still stands at a moment.
pub fn assess(evidence: &ServiceEvidence, now: Timestamp) -> Assessment {
    assess_again(evidence, &mut Memory::default(), now)
}

/// The same, for a caller that asks often: while no new interval is there the judge is not asked again.
pub fn assess_again(evidence: &ServiceEvidence, memory: &mut Memory, now: Timestamp) -> Assessment {
    let side = |e| evidence.environments.get(&e);
    let grid = grid(side(Environment::Canary), side(Environment::Production));
    let canary = canary::canary(evidence, grid, now);
    match canary {
        Canary::Promoted(promoted) => {
            let beside = itself::against_itself(evidence, &promoted, grid);
            let soak = compare(&beside, memory, (grid, canary), now);
            let ends = i64::from(evidence.policy.production_soak_seconds);
            if now >= later(promoted.counts_from, ends) && !soak.was_worse() {
                return Assessment {
                    released: Some(promoted.before),
                    ..compare(evidence, &mut Memory::default(), (grid, Canary::Same), now)
                };
            }
            // Where production is well, a canary that is down is what there is to say.
            let canary = || Assessment {
                released: Some(promoted.before),
                ..compare(evidence, &mut Memory::default(), (grid, Canary::Same), now)
            };
            Some(soak.red_lines.is_empty() && !soak.is_worse())
                .filter(|is_well| *is_well)
                .map(|_| canary())
                .filter(|canary| !canary.red_lines.is_empty())
                .unwrap_or(soak)
        }
        Canary::Began { .. } | Canary::Same | Canary::Unknown => {
            compare(evidence, memory, (grid, canary), now)
        }
    }
}

/// Compares the two sides of an evidence.
fn compare(
    evidence: &ServiceEvidence,
    memory: &mut Memory,
    (grid, canary): (Grid, Canary),
    now: Timestamp,
) -> Assessment {
    let canary_side = evidence.environments.get(&Environment::Canary);
    let production = evidence.environments.get(&Environment::Production);
    let through = through(canary_side, production, canary);
    let (counts_from, soak_ends, promoted) = soak(canary);
    // Without the time before there is nothing to judge by.
    let began = counts_from.filter(|_| promoted.is_none_or(|soaks| soaks.is_seen));
    let judged = began.map_or_else(Judged::default, |began| {
        let began = grid.first_from(began);
        memory.judged(evidence, grid, began, through, now).clone()
    });
    let Judged {
        verdicts,
        certain,
        endpoints: estimates,
        after,
    } = judged;
    let window = window(
        &verdicts,
        counts_from,
        soak_ends,
        through.map(|t| grid.start(t)),
        now,
    );
    let end = through.unwrap_or_else(|| grid.index_at(now));
    let frame = Frame {
        canary: canary_side,
        production,
        policy: &evidence.policy,
        grid,
        span: window.from.map_or(end, |from| grid.first_from(from))..end,
        through,
        is_itself: promoted.is_some(),
    };
    let mut rows = rows(evidence, &frame, verdicts, canary, now);
    for row in &mut rows {
        row.certain_at = certain.get(&row.verdict.metric).copied();
    }
    let recent = recent(grid, end);
    let of = |e: Environment| {
        evidence.environments.get(&e).map_or_else(Vec::new, |side| {
            let usable = Usable {
                pods: sources::silent_cluster(evidence, e, grid.seconds(), now).is_none(),
                metrics: sources::silent_metrics(evidence, e, grid.seconds(), now).is_none(),
            };
            lines::red_lines(side, &evidence.policy, usable, &recent)
        })
    };
    let production_lines = of(Environment::Production);
    let unknown = rows.iter().any(|row| {
        let verdict = row.was.as_ref().unwrap_or(&row.verdict.verdict);
        row.verdict.metric == Metric::Errors && *verdict == Verdict::NoData(NoData::NoStatus)
    });
    let endpoints = if unknown {
        Vec::new()
    } else {
        endpoints::endpoints(&frame, &estimates)
    };
    Assessment {
        at: now,
        through: through.map(|t| grid.start(t)),
        canary_began: counts_from.filter(|_| promoted.is_none()),
        soak_ends: soak_ends.filter(|_| promoted.is_none()),
        promoted,
        released: promoted.map(|promoted| promoted.before),
        rows,
        endpoints,
        red_lines: lines::canary_alone(of(Environment::Canary), &production_lines),
        production_lines,
        budget: budget::budget(
            canary_side.and_then(|e| Some(&e.red.as_ref()?.value)),
            production.and_then(|e| Some(&e.red.as_ref()?.value)),
            end,
            &evidence.policy,
        ),
        window,
        after,
    }
}

/// From when to when it soaks, and what on production.
const fn soak(canary: Canary) -> (Option<Timestamp>, Option<Timestamp>, Option<Promoted>) {
    match canary {
        Canary::Began {
            counts_from,
            soak_ends,
        } => (Some(counts_from), Some(soak_ends), None),
        Canary::Promoted(soaks) => (Some(soaks.counts_from), Some(soaks.soak_ends), Some(soaks)),
        Canary::Same | Canary::Unknown => (None, None, None),
    }
}

/// All rows, in their order.
fn rows(
    evidence: &ServiceEvidence,
    frame: &Frame<'_>,
    mut verdicts: BTreeMap<Metric, MetricVerdict>,
    canary: Canary,
    now: Timestamp,
) -> Vec<Row> {
    let metrics = silent_metrics(evidence, frame.grid, now);
    let pods = silent_pods(evidence, frame.grid, now);
    let through = frame.through.map(|t| frame.grid.start(t));
    let unconfigured = [Environment::Canary, Environment::Production]
        .into_iter()
        .any(|e| evidence.environments.contains_key(&e) && !sources::has_metrics(evidence, e));
    let row = |metric| {
        let (verdict, silent) = match metric {
            Metric::Readiness => (rows::shown(frame, metric, same(canary)), pods.as_ref()),
            Metric::Requests => (rows::shown(frame, metric, same(canary)), metrics.as_ref()),
            Metric::Errors | Metric::Slow | Metric::Gauge(_) => (
                verdicts
                    .remove(&metric)
                    .unwrap_or_else(|| bare(metric, unjudged(canary))),
                metrics.as_ref(),
            ),
        };
        let mut row = rows::row(frame, verdict);
        rows::with_own_limit(&mut row, frame);
        silence(&mut row, silent, through);
        if unconfigured && metric != Metric::Readiness && same(canary).is_none() {
            row.verdict = bare(metric, Verdict::NoData(NoData::NotConfigured));
        }
        row
    };
    rows::order(frame).into_iter().map(row).collect()
}

/// What was tried against a breach of the side that is judged: a flag disabled there. Enabling one is no remedy.
pub(crate) fn remedies(
    attempts: &[Attempt],
    judged: Environment,
) -> impl DoubleEndedIterator<Item = &Attempt> {
    attempts.iter().filter(move |attempt| {
        let Tried::Flag { to, .. } = &attempt.what;
        attempt.place.environment == judged && *to == FlagState::Disabled
    })
}

fn grid(canary: Option<&EnvironmentEvidence>, production: Option<&EnvironmentEvidence>) -> Grid {
    [canary, production]
        .into_iter()
        .flatten()
        .filter_map(|e| e.red.as_ref())
        .map(|red| red.value.grid)
        .max()
        .unwrap_or_default()
}

fn through(
    canary: Option<&EnvironmentEvidence>,
    production: Option<&EnvironmentEvidence>,
    what: Canary,
) -> Option<GridIndex> {
    let end = |e: Option<&EnvironmentEvidence>| Some(e?.red.as_ref()?.value.end());
    match what {
        // The time before is over.
        Canary::Promoted(_) => end(canary),
        Canary::Began { .. } | Canary::Same | Canary::Unknown => {
            Some(end(canary)?.min(end(production)?))
        }
    }
}

fn recent(grid: Grid, end: GridIndex) -> Span {
    let intervals = RED_LINE_SECONDS / i64::from(grid.seconds()).max(1);
    end.plus(-intervals.max(1))..end
}

/// The table's window: since the onset in breach, else the soak so far, else the last five minutes.
fn window(
    verdicts: &BTreeMap<Metric, MetricVerdict>,
    began: Option<Timestamp>,
    soak_ends: Option<Timestamp>,
    through: Option<Timestamp>,
    now: Timestamp,
) -> Window {
    let onset = verdicts
        .values()
        .filter_map(|v| match v.verdict {
            Verdict::Breach { since } => Some(since),
            Verdict::Pass
            | Verdict::Unsure(_)
            | Verdict::Watch(_)
            | Verdict::Recovered { .. }
            | Verdict::NoData(_) => None,
        })
        .min();
    let soaking = began
        .filter(|b| soak_ends.is_some_and(|ends| now < ends) && through.is_some_and(|t| *b < t));
    match (onset, soaking) {
        (Some(_), _) => Window {
            kind: WindowKind::SinceOnset,
            from: onset,
        },
        (None, Some(_)) => Window {
            kind: WindowKind::SinceCanary,
            from: soaking,
        },
        (None, None) => Window {
            kind: WindowKind::Recent,
            from: through.map(|t| canary::later(t, -RECENT_SECONDS)),
        },
    }
}

fn same(canary: Canary) -> Option<NoData> {
    match canary {
        Canary::Same => Some(NoData::NoCanary),
        Canary::Unknown | Canary::Began { .. } | Canary::Promoted(_) => None,
    }
}

/// What is said of a metric that the judge says nothing of.
fn unjudged(canary: Canary) -> Verdict {
    Verdict::NoData(match canary {
        Canary::Same => NoData::NoCanary,
        Canary::Promoted(_) => NoData::NoBefore,
        Canary::Unknown | Canary::Began { .. } => NoData::NoCanarySeries,
    })
}

fn bare(metric: Metric, verdict: Verdict) -> MetricVerdict {
    MetricVerdict {
        metric,
        verdict,
        from: None,
        canary: Tally::default(),
        production: Tally::default(),
        estimate: None,
    }
}

/// The metrics of a side that are silent now.
fn silent_metrics(evidence: &ServiceEvidence, grid: Grid, now: Timestamp) -> Option<Silent> {
    [Environment::Canary, Environment::Production]
        .into_iter()
        .find_map(|e| sources::silent_metrics(evidence, e, grid.seconds(), now))
}

fn silent_pods(evidence: &ServiceEvidence, grid: Grid, now: Timestamp) -> Option<Silent> {
    [Environment::Canary, Environment::Production]
        .into_iter()
        .find_map(|e| sources::silent_cluster(evidence, e, grid.seconds(), now))
}

/// Turns what rests on a silent source into no data, and keeps what it was.
fn silence(row: &mut Row, silent: Option<&Silent>, through: Option<Timestamp>) {
    let Some(silent) = silent else { return };
    if row.verdict.verdict == Verdict::NoData(NoData::NoCanary) {
        return;
    }
    if let Some(last) = through.or(silent.last) {
        let stale = Verdict::NoData(NoData::Stale { last });
        row.was = Some(std::mem::replace(&mut row.verdict.verdict, stale));
    }
}
