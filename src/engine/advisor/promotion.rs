//! Whether canary may be promoted. Closed unless every condition is met: a missing answer is never a yes.

use super::advice::Promotion;
use super::case::{Case, Lifetime, MetricCase};
use super::reason::Closed;
use crate::domain::verdict::{Metric, NoData, Verdict};

/// The metrics without which there is no promotion.
const REQUIRED: [Metric; 2] = [Metric::Errors, Metric::Slow];

/// What promotion waits for.
pub(crate) fn promotion(case: &Case) -> Promotion {
    let mut waits = Vec::new();
    match case.canary {
        // What is asked of a canary is not asked of what was promoted.
        Lifetime::Promoted(_) => {
            return Promotion {
                open: false,
                waits: vec![Closed::NoCanary],
            };
        }
        Lifetime::Unknown | Lifetime::Same => waits.push(Closed::NoCanary),
        Lifetime::Began { soak_ends, .. } if case.at < soak_ends => {
            waits.push(Closed::Soak { until: soak_ends });
        }
        Lifetime::Began { .. } => {}
    }
    if let Some(incident) = &case.incident {
        let since = incident.raised.at;
        waits.push(Closed::SecurityIncident { since });
    }
    waits.extend(case.red_lines.iter().cloned().map(Closed::RedLine));
    if case.production_bad().is_some() || !case.production_lines.is_empty() {
        waits.push(Closed::ProductionBad);
    }
    waits.extend(
        case.taken_back
            .map(|revision| Closed::TakenBack { revision }),
    );
    waits.extend(case.silent().map(|silent| Closed::NoEvidence {
        source: Some(silent.source),
    }));
    waits.extend(case.metrics.iter().filter_map(of_metric));
    for metric in REQUIRED {
        if case.metric(metric).is_none() {
            waits.push(Closed::NotPassed { metric });
        }
    }
    // What was bad and helped stays closed: what runs on canary is no longer what would be promoted.
    if case
        .attempts
        .iter()
        .any(|a| (a.undone.is_none() || a.recovered_at.is_none()) && counts(case, a.at))
    {
        let metric = case.worse().map_or(Metric::Errors, |w| w.metric);
        waits.push(Closed::Worse { metric });
    }
    if let Some(status) = case.release.status.filter(|s| s.is_pending()) {
        waits.push(Closed::Pending { status });
    }
    let mut once: Vec<Closed> = Vec::new();
    for wait in waits {
        if !once.contains(&wait) {
            once.push(wait);
        }
    }
    Promotion {
        open: once.is_empty(),
        waits: once,
    }
}

/// Whether something was tried in this canary's life.
fn counts(case: &Case, tried_at: jiff::Timestamp) -> bool {
    match case.canary {
        Lifetime::Began { at, .. } => tried_at >= at,
        Lifetime::Unknown | Lifetime::Same | Lifetime::Promoted(_) => true,
    }
}

fn of_metric(m: &MetricCase) -> Option<Closed> {
    let metric = m.verdict.metric;
    if m.last().is_breach() {
        return Some(Closed::Worse { metric });
    }
    match &m.verdict.verdict {
        Verdict::Pass => None,
        Verdict::Breach { .. } | Verdict::Recovered { .. } => Some(Closed::Worse { metric }),
        Verdict::Unsure(_)
        | Verdict::Watch(_)
        | Verdict::NoData(
            NoData::NoTraffic | NoData::NoStatus | NoData::Hole | NoData::WarmingUp { .. },
        ) => Some(Closed::NotPassed { metric }),
        Verdict::NoData(NoData::OtherExporters { canary, production }) => {
            Some(Closed::OtherExporters {
                metric,
                canary: *canary,
                production: *production,
            })
        }
        Verdict::NoData(NoData::NoPods) => Some(Closed::NoPods { metric }),
        // Said once for the whole canary.
        Verdict::NoData(NoData::NoCanary) => Some(Closed::NoCanary),
        Verdict::NoData(
            NoData::Stale { .. }
            | NoData::NoCanarySeries
            | NoData::NoProductionSeries
            | NoData::NotConfigured
            | NoData::NoBefore,
        ) => Some(Closed::NoEvidence { source: None }),
    }
}
