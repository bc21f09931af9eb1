//! The state of things in one line: the first that applies, worst first, and in the past tense when blind.

use jiff::Timestamp;

use super::advice::{Effect, Headline};
use super::case::{Case, Lifetime, MetricCase, is_of_pods};
use super::effect::{self, Upshot};
use crate::domain::source::SourceId;
use crate::domain::verdict::{Metric, NoData, Unsure, Verdict};
use crate::engine::assess::{RedLine, Silent, Value};

/// The headline of a case: what a person raised comes before all that is measured.
pub(crate) fn headline(case: &Case) -> Headline {
    match &case.incident {
        Some(incident) => Headline::Security {
            affected: incident.affected,
            raised: incident.raised.clone(),
            measured: Box::new(measured(case)),
        },
        None => measured(case),
    }
}

/// The headline of what is measured, whatever a person raised.
fn measured(case: &Case) -> Headline {
    if let Some(line) = case.red_lines.iter().find(|l| is_of_pods(l)) {
        return red_line(line);
    }
    if let Some(silent) = case.blind() {
        let seen = case.metrics.iter().any(|m| m.was.is_some());
        let last = seen.then(|| Box::new(conclusion(case, true)));
        return blind(case, silent, last);
    }
    let waiting = waiting(case);
    let needed = waiting
        .iter()
        .any(|id| matches!(id, SourceId::Prometheus(_) | SourceId::Kubernetes(_)));
    if needed || (case.canary == Lifetime::Unknown && !waiting.is_empty()) {
        return Headline::Reading { waiting };
    }
    conclusion(case, false)
}

fn blind(case: &Case, silent: Silent, last: Option<Box<Headline>>) -> Headline {
    let Silent {
        source,
        trouble,
        next_try,
        last: seen,
    } = silent;
    let as_of = case.through.or(seen);
    match trouble {
        Some(trouble) => Headline::Blind {
            last,
            as_of,
            source,
            trouble,
            next_try,
        },
        None => Headline::Reading {
            waiting: vec![source],
        },
    }
}

/// Sources that have not answered yet.
fn waiting(case: &Case) -> Vec<SourceId> {
    case.silent()
        .filter(|s| s.trouble.is_none())
        .map(|s| s.source)
        .collect()
}

fn red_line(line: &RedLine) -> Headline {
    Headline::RedLine {
        line: line.clone(),
        since: None,
    }
}

/// What is concluded, or was at the last interval seen.
fn conclusion(case: &Case, blind: bool) -> Headline {
    if let Some(line) = case.red_lines.first() {
        return red_line(line);
    }
    alike(case)
        .or_else(|| helped(case))
        .or_else(|| breach(case))
        .or_else(|| production_bad(case))
        .or_else(|| idle(case))
        .or_else(|| warming_up(case, blind))
        .or_else(|| watch(case))
        .or_else(|| was_bad(case))
        .or_else(|| untold(case))
        .or_else(|| soak(case, blind))
        .unwrap_or_else(|| after_the_soak(case))
}

fn alike(case: &Case) -> Option<Headline> {
    let m = case.bad_alike()?;
    match (share(m.canary), share(m.production)) {
        (Some(canary), Some(production)) => Some(Headline::BothBad {
            metric: m.verdict.metric,
            canary,
            production,
            estimate: m.verdict.estimate,
            since: m.production_since,
        }),
        (None, _) | (_, None) => production_bad(case),
    }
}

/// A value as one number: seconds where it is a duration.
fn share(value: Option<Value>) -> Option<f64> {
    match value? {
        Value::Share(v) | Value::Seconds(v) => Some(v),
        Value::PerSecond(_) | Value::BytesPerSecond(_) | Value::Count(_) | Value::Of { .. } => None,
    }
}

fn production_bad(case: &Case) -> Option<Headline> {
    case.production_bad().map(|m| Headline::ProductionBad {
        metric: m.verdict.metric,
        canary: m.canary,
        production: m.production,
    })
}

/// What helped canary is told until production is bad by itself.
fn helped(case: &Case) -> Option<Headline> {
    let (attempt, upshot) = effect::attempts(case).pop()?;
    let recovered_at = effect::recovered(upshot)?;
    production_bad(case).or(Some(Headline::Helped {
        acted_at: attempt.at,
        recovered_at,
    }))
}

/// Between helped and well: surely better, and nothing says that it is still bad.
fn better(case: &Case, metric: Metric) -> Option<Headline> {
    let (attempt, upshot) = effect::attempts(case).pop()?;
    let waits = matches!(upshot, Upshot::Of(Effect::Waiting { .. }));
    let estimate = case
        .after
        .as_ref()
        .filter(|a| a.acted_at == attempt.at)
        .and_then(|a| a.estimate);
    (waits && !effect::is_surely_worse(estimate)).then_some(Headline::Better {
        metric,
        acted_at: attempt.at,
        helped_at: attempt.helped_at?,
        estimate,
    })
}

fn breach(case: &Case) -> Option<Headline> {
    let worse = case.worse()?;
    if let Some(better) = better(case, worse.metric) {
        return Some(better);
    }
    let failed = |upshot| {
        matches!(
            upshot,
            Upshot::Of(Effect::HelpedInPart | Effect::DidNotHelp)
        )
    };
    if let Some((attempt, _)) = effect::attempts(case).pop().filter(|(_, u)| failed(*u)) {
        let after = case.after.as_ref().filter(|a| a.acted_at == attempt.at);
        return Some(Headline::StillBad {
            metric: worse.metric,
            estimate: after.map_or(worse.estimate, |a| a.estimate),
            acted_at: attempt.at,
        });
    }
    Some(Headline::Breach {
        metric: worse.metric,
        since: worse.since,
        estimate: worse.estimate,
    })
}

fn idle(case: &Case) -> Option<Headline> {
    (case.canary == Lifetime::Same).then_some(Headline::Idle)
}

/// The moment that a conclusion is about.
fn moment(case: &Case, blind: bool) -> Timestamp {
    case.through.filter(|_| blind).unwrap_or(case.at)
}

fn warming_up(case: &Case, blind: bool) -> Option<Headline> {
    let counts_from = match case.canary {
        Lifetime::Began { at, .. } => at,
        Lifetime::Promoted(soaks) => soaks.counts_from,
        Lifetime::Same | Lifetime::Unknown => return None,
    };
    (moment(case, blind) < counts_from).then_some(Headline::WarmingUp { until: counts_from })
}

fn watch(case: &Case) -> Option<Headline> {
    let busier = |m: &&MetricCase| matches!(m.last(), Verdict::Watch(_) | Verdict::Breach { .. });
    case.metrics.iter().find(busier).map(|m| Headline::Watch {
        metric: m.verdict.metric,
        estimate: m.verdict.estimate,
    })
}

fn was_bad(case: &Case) -> Option<Headline> {
    case.metrics.iter().find_map(|m| match m.last() {
        Verdict::Recovered { since, until } => Some(Headline::WasBad {
            metric: m.verdict.metric,
            since: *since,
            until: *until,
        }),
        Verdict::Pass
        | Verdict::Unsure(_)
        | Verdict::Watch(_)
        | Verdict::Breach { .. }
        | Verdict::NoData(_) => None,
    })
}

/// What waiting will not change: a soak without it shows no sign of anything.
fn untold(case: &Case) -> Option<Headline> {
    [Metric::Errors, Metric::Slow].into_iter().find_map(|of| {
        let Verdict::NoData(why @ (NoData::NoStatus | NoData::NotConfigured)) =
            case.metric(of)?.last()
        else {
            return None;
        };
        Some(Headline::Unjudged {
            metric: of,
            why: *why,
        })
    })
}

fn soak(case: &Case, blind: bool) -> Option<Headline> {
    match case.canary {
        Lifetime::Began { at, soak_ends } if moment(case, blind) < soak_ends => {
            Some(Headline::Soak {
                began: at,
                ends: soak_ends,
                errors: case.metric(Metric::Errors).and_then(|m| m.verdict.estimate),
            })
        }
        Lifetime::Promoted(soaks) => Some(Headline::ProductionSoak {
            began: soaks.counts_from,
            ends: soaks.soak_ends,
            before: soaks.before,
            is_seen: soaks.is_seen,
            errors: case.metric(Metric::Errors).and_then(|m| m.verdict.estimate),
        }),
        Lifetime::Began { .. } | Lifetime::Same | Lifetime::Unknown => None,
    }
}

/// After the soak: passed, or what it lacks most.
fn after_the_soak(case: &Case) -> Headline {
    let judged = || {
        case.metrics
            .iter()
            .filter(|m| matches!(m.verdict.metric, Metric::Errors | Metric::Slow))
    };
    let lacking = judged()
        .filter_map(too_few)
        .max_by_key(|(_, need, _)| *need);
    if let Some((m, need, (have, seconds))) = lacking {
        return Headline::NotEnough {
            metric: m,
            have,
            need,
            seconds,
        };
    }
    for m in judged() {
        match m.last() {
            Verdict::NoData(why) => {
                return Headline::Unjudged {
                    metric: m.verdict.metric,
                    why: *why,
                };
            }
            Verdict::Unsure(_) => {
                return Headline::NotEarned {
                    metric: m.verdict.metric,
                    estimate: m.verdict.estimate,
                };
            }
            Verdict::Pass
            | Verdict::Watch(_)
            | Verdict::Breach { .. }
            | Verdict::Recovered { .. } => {}
        }
    }
    // What keeps promotion closed is not called passed.
    let gauge = case.metrics.iter().find(|m| {
        matches!(m.verdict.metric, Metric::Gauge(_))
            && matches!(m.last(), Verdict::Unsure(Unsure::NotEarned))
    });
    if let Some(m) = gauge {
        return Headline::NotEarned {
            metric: m.verdict.metric,
            estimate: None,
        };
    }
    match case.canary {
        Lifetime::Began { soak_ends, .. } if judged().count() > 0 => {
            Headline::Passed { since: soak_ends }
        }
        Lifetime::Began { .. } | Lifetime::Promoted(_) | Lifetime::Same | Lifetime::Unknown => {
            Headline::Unjudged {
                metric: Metric::Errors,
                why: NoData::NoCanarySeries,
            }
        }
    }
}

type Lack = (Metric, u64, (u64, Option<u64>));

fn too_few(m: &MetricCase) -> Option<Lack> {
    match m.last() {
        Verdict::Unsure(Unsure::TooFewRequests {
            have,
            need,
            seconds,
        }) => Some((m.verdict.metric, *need, (*have, *seconds))),
        Verdict::Unsure(_)
        | Verdict::Pass
        | Verdict::Watch(_)
        | Verdict::Breach { .. }
        | Verdict::Recovered { .. }
        | Verdict::NoData(_) => None,
    }
}
