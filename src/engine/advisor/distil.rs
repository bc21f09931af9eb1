//! From evidence and assessment to a case: what is looked up, parted and counted before anything is decided.

use jiff::Timestamp;

use super::advice::{Hurt, RungKind};
use super::case::{AttemptCase, Case, FlagCase, Lifetime, MetricCase, ReleaseCase};
use super::explain;
use crate::domain::environment::Environment;
use crate::domain::flag::{FlagSet, FlagState};
use crate::domain::metrics::Tally;
use crate::domain::names::FlagKey;
use crate::domain::release::{ReleaseRevision, ReleaseStatus, Revision, StableMark};
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::{Metric, NoData, Verdict};
use crate::engine::assess::canary::version;
use crate::engine::assess::{
    Assessment, Burn, Compared, EndpointRow, Limit, RedLine, Row, Value, is_surely_over,
    over_since, remedies, requests_share, sources,
};
use crate::engine::evidence::{Attempt, EnvironmentEvidence, ServiceEvidence, Tried};
use crate::engine::policy::Policy;

/// Distils a case.
pub fn distil(evidence: &ServiceEvidence, assessment: &Assessment, now: Timestamp) -> Case {
    let judged = assessment.compared().judged();
    let canary = evidence.environments.get(&judged);
    let production = match judged {
        // What served before serves now, unless somebody touched it: no other environment tells that.
        Environment::Production => canary,
        Environment::Canary | Environment::Uat => {
            evidence.environments.get(&Environment::Production)
        }
    };
    let interval_seconds = assessment
        .rows
        .first()
        .map_or(crate::domain::grid::UNIT_SECONDS, |row| {
            row.trend_step_seconds
        });
    Case {
        at: now,
        service: evidence.service.clone(),
        policy: evidence.policy.clone(),
        interval_seconds,
        incident: evidence.incident(),
        canary: lifetime(assessment),
        canary_cluster: canary.map(|c| c.cluster.clone()),
        through: assessment.through,
        metrics: assessment
            .rows
            .iter()
            .map(|row| metric(row, assessment, &evidence.policy))
            .collect(),
        red_lines: assessment.red_lines.clone(),
        production_lines: assessment.production_lines.clone(),
        endpoints: assessment.endpoints.clone(),
        flags: canary
            .and_then(|c| {
                Some(flags(
                    c,
                    &c.flags.as_ref()?.value,
                    production,
                    (assessment, &evidence.policy),
                ))
            })
            .unwrap_or_default(),
        release: canary.map(release).unwrap_or_default(),
        schema: None,
        attempts: attempts(evidence, assessment),
        taken_back: taken_back(evidence),
        after: assessment.after.clone(),
        sources: sources::needed(evidence, now),
        hurt: hurt(evidence, assessment, interval_seconds, now),
    }
}

fn lifetime(assessment: &Assessment) -> Lifetime {
    if let Some(promoted) = assessment.promoted {
        return Lifetime::Promoted(promoted);
    }
    if let (Some(at), Some(soak_ends)) = (assessment.canary_began, assessment.soak_ends) {
        return Lifetime::Began { at, soak_ends };
    }
    let same = Verdict::NoData(NoData::NoCanary);
    if assessment.rows.iter().any(|r| r.verdict.verdict == same) {
        Lifetime::Same
    } else {
        Lifetime::Unknown
    }
}

fn metric(row: &Row, assessment: &Assessment, policy: &Policy) -> MetricCase {
    let errors = row.verdict.metric == Metric::Errors;
    let sum = |f: fn(&EndpointRow) -> Tally| {
        let endpoints = assessment.endpoints.iter();
        endpoints.map(f).fold(Tally::default(), Tally::plus)
    };
    // A budget that is used up so fast is for people, under whatever limit the errors are.
    let pages = |burn: Option<Burn>| errors && burn.is_some_and(|burn| burn.pages(policy));
    // While production soaks it is the side that is judged.
    let (ours, theirs) = match assessment.compared() {
        Compared::Canary => (false, pages(assessment.budget.production)),
        Compared::Production { .. } => (pages(assessment.budget.canary), false),
    };
    let paged = |is_paged: bool, over: Limit, sure: Limit| {
        if is_paged {
            over.max(Limit::OverTrigger)
        } else {
            sure
        }
    };
    // A mark behind a value may be chance; what is decided by it may not.
    let sure = |over: Limit, tally: Tally| {
        if errors && !is_surely_over(tally, policy.errors.trigger) {
            over.min(Limit::OverTarget)
        } else {
            over
        }
    };
    let limit = match row.verdict.metric {
        Metric::Errors => Some(policy.errors.trigger),
        Metric::Slow => Some(policy.p95.trigger),
        Metric::Gauge(_) | Metric::Readiness | Metric::Requests => None,
    };
    MetricCase {
        verdict: row.verdict.clone(),
        was: row.was.clone(),
        canary: row.canary,
        production: row.production,
        canary_over: paged(
            ours,
            row.canary_over,
            sure(row.canary_over, sum(|r| r.canary)),
        ),
        production_over: paged(
            theirs,
            row.production_over,
            sure(row.production_over, sum(|r| r.production)),
        ),
        // Of a time that is over nothing begins now.
        production_since: limit
            .filter(|_| assessment.promoted.is_none())
            .zip(row.trend_ends)
            .and_then(|(limit, ends)| {
                over_since(&row.baseline_trend, ends, row.trend_step_seconds, limit)
            }),
    }
}

fn flags(
    canary: &EnvironmentEvidence,
    set: &FlagSet,
    production: Option<&EnvironmentEvidence>,
    (assessment, policy): (&Assessment, &Policy),
) -> Vec<FlagCase> {
    set.flags
        .iter()
        .map(|(key, definition)| {
            let endpoints = explain::endpoints_of(policy, key, definition);
            FlagCase {
                key: key.clone(),
                state: definition.state,
                evaluated: evaluated(canary, key),
                changed: definition.changed.clone(),
                owner: set.owner.clone(),
                errors: endpoints
                    .as_ref()
                    .and_then(|e| explain::parted(&assessment.endpoints, e)),
                endpoints,
                on_production: production.and_then(|p| serves(p, key)),
            }
        })
        .collect()
}

/// Whether an environment serves a flag as on: what its instances say, else that its definition does not allow it.
fn serves(environment: &EnvironmentEvidence, key: &FlagKey) -> Option<bool> {
    if let Some((on, _)) = evaluated(environment, key) {
        return Some(on > 0);
    }
    let flags = &environment.flags.as_ref()?.value.flags;
    match flags.get(key).map(|definition| definition.state) {
        None | Some(FlagState::Disabled) => Some(false),
        Some(FlagState::Enabled) => None,
    }
}

/// How many instances evaluate a flag as on, of those that answered.
fn evaluated(canary: &EnvironmentEvidence, key: &FlagKey) -> Option<(u32, u32)> {
    let answers = canary.evaluations.as_ref()?.value.flags.get(key)?;
    let known: Vec<bool> = answers.iter().filter_map(|e| e.answer.is_on()).collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let on = known.iter().filter(|on| **on).count();
    (!known.is_empty()).then(|| (count(on), count(known.len())))
}

fn release(canary: &EnvironmentEvidence) -> ReleaseCase {
    let owner = canary.workload.as_ref().and_then(|w| w.value.owner.clone());
    let Some(history) = canary.releases.as_ref().map(|r| &r.value) else {
        return ReleaseCase {
            owner,
            ..ReleaseCase::default()
        };
    };
    let current = history.current();
    let stable = history.stable.mark();
    let kept = stable.and_then(|s| history.get(s.revision));
    let newest = history.revisions.last();
    let rolled_back_to = newest
        .and_then(|c| c.detail.as_ref())
        .and_then(|d| d.rollback_to);
    let revision = stable.map(|s| s.revision);
    // What the newest revision did not finish is told by the pods: they may run it all the same.
    let of_pods = canary
        .workload
        .as_ref()
        .and_then(|w| w.value.version.as_ref());
    let finished = newest.is_some_and(|r| r.status == ReleaseStatus::Deployed);
    let by_version = !finished && of_pods.is_some() && of_pods == stable_version(stable, kept);
    ReleaseCase {
        status: history.revisions.last().map(|r| r.status),
        current: current.map(|c| c.revision),
        stable: revision,
        stable_denied: history.stable.missing().cloned(),
        stable_version: stable_version(stable, kept).cloned(),
        stable_since: stable.and_then(|s| s.marked_at),
        stable_kept: kept.is_some(),
        runs_stable: revision.is_some()
            && (newest.map(|c| c.revision) == revision
                || (finished && rolled_back_to == revision)
                || by_version),
        owner,
    }
}

/// The version of what is marked stable: by the mark, else by Helm's record of it.
fn stable_version<'a>(
    mark: Option<&'a StableMark>,
    kept: Option<&'a ReleaseRevision>,
) -> Option<&'a Untrusted> {
    mark.and_then(|mark| mark.app_version.as_ref()).or_else(|| {
        let detail = kept?.detail.as_ref()?;
        Some(detail.app_version.as_ref().unwrap_or(&detail.chart_version))
    })
}

fn attempts(evidence: &ServiceEvidence, assessment: &Assessment) -> Vec<AttemptCase> {
    remedies(&evidence.attempts, assessment.compared().judged())
        .map(|attempt| {
            let Tried::Flag { key, .. } = &attempt.what;
            let after = assessment
                .after
                .as_ref()
                .filter(|a| a.acted_at == attempt.at);
            AttemptCase {
                rung: RungKind::Flag,
                key: Some(key.clone()),
                at: attempt.at,
                outcome: attempt.outcome.clone(),
                recovered_at: attempt
                    .recovered_at
                    .or_else(|| after.and_then(|a| a.recovered_at)),
                helped_at: attempt
                    .helped_at
                    .or_else(|| after.and_then(|a| a.helped_at)),
                undone: undone(evidence, attempt),
            }
        })
        .collect()
}

/// The revision by which production ran what canary runs, and does not any more.
fn taken_back(evidence: &ServiceEvidence) -> Option<Revision> {
    let side = |of| evidence.environments.get(&of);
    let of_canary = version(side(Environment::Canary)?)?;
    let production = side(Environment::Production)?;
    if version(production) == Some(of_canary) {
        return None;
    }
    let history = &production.releases.as_ref()?.value;
    let current = history.current().map(|current| current.revision);
    let ran = history.revisions.iter().rev().find(|revision| {
        let detail = revision.detail.as_ref();
        let of = detail.map(|d| d.app_version.as_ref().unwrap_or(&d.chart_version));
        of == Some(of_canary)
            && Some(revision.revision) != current
            && revision.status == ReleaseStatus::Superseded
    });
    ran.map(|revision| revision.revision)
}

/// When it was taken back: by this deck, or by whoever enabled the flag again.
fn undone(evidence: &ServiceEvidence, attempt: &Attempt) -> Option<Timestamp> {
    let mut others = evidence.attempts.iter();
    let by_us = others.find(|other| undoes(other, attempt));
    by_us.map(|other| other.at).or_else(|| {
        let Tried::Flag { key, .. } = &attempt.what;
        let flags = evidence.environments.get(&attempt.place.environment)?;
        let flag = flags.flags.as_ref()?.value.flags.get(key)?;
        let at = flag.changed.as_ref()?.at;
        (flag.state == FlagState::Enabled && at > attempt.at).then_some(at)
    })
}

fn undoes(other: &Attempt, attempt: &Attempt) -> bool {
    let (Tried::Flag { key, to }, Tried::Flag { key: of, .. }) = (&other.what, &attempt.what);
    let written = other
        .outcome
        .as_ref()
        .and_then(crate::domain::progress::Outcome::is_written);
    key == of
        && other.place == attempt.place
        && *to == FlagState::Enabled
        && other.at > attempt.at
        && written == Some(true)
}

fn hurt(
    evidence: &ServiceEvidence,
    assessment: &Assessment,
    interval_seconds: u32,
    now: Timestamp,
) -> Hurt {
    let row = |metric| {
        assessment
            .rows
            .iter()
            .find(move |r| r.verdict.metric == metric)
    };
    let judged = assessment.compared().judged();
    let quiet = |e| sources::silent_metrics(evidence, e, interval_seconds, now).is_some();
    let blind = quiet(judged) || quiet(Environment::Production);
    let rate = |value: Option<Value>| match value {
        Some(Value::PerSecond(v)) if !blind => Some(v),
        Some(_) | None => None,
    };
    let share = |value: Option<Value>| match value {
        Some(Value::Share(v)) => Some(v),
        Some(_) | None => None,
    };
    let requests = row(Metric::Requests);
    let errors = row(Metric::Errors);
    let canary = requests.and_then(|r| rate(r.canary));
    let production = requests.and_then(|r| rate(r.production));
    let failing = |rate: Option<f64>, ratio: Option<Value>| Some(rate? * share(ratio)?);
    let pods = evidence
        .environments
        .get(&judged)
        .and_then(|c| c.workload.as_ref())
        .filter(|_| sources::silent_cluster(evidence, judged, interval_seconds, now).is_none());
    if judged == Environment::Production {
        let well = || {
            let limits = [Metric::Errors, Metric::Slow].map(|m| row(m).map(|r| r.canary_over));
            assessment.red_lines.is_empty()
                && limits.iter().flatten().all(|l| *l < Limit::OverTrigger)
        };
        let told = errors.is_some_and(|r| r.canary.is_some());
        return Hurt {
            canary_share: requests_share(evidence, judged).filter(|_| !blind),
            canary_failing: failing(canary, errors.and_then(|r| r.canary)),
            production_failing: None,
            production_well: (!blind && told).then(well),
            canary_pods: pods.map(|w| (w.value.ready, w.value.wanted)),
        };
    }
    let limits = [Metric::Errors, Metric::Slow].map(|m| row(m).map(|r| r.production_over));
    Hurt {
        canary_share: canary.zip(production).and_then(|(c, p)| {
            let all = c + p;
            (all > 0.0).then(|| c / all)
        }),
        canary_failing: failing(canary, errors.and_then(|r| r.canary)),
        production_failing: failing(production, errors.and_then(|r| r.production)),
        // What nobody can tell is not well.
        production_well: production
            .filter(|rate| *rate <= 0.0 || errors.is_some_and(|r| r.production.is_some()))
            .map(|_| {
                let pods_well = !assessment.production_lines.iter().any(|line| match line {
                    RedLine::WontStart { .. }
                    | RedLine::Down
                    | RedLine::Restarts { .. }
                    | RedLine::Over { .. } => true,
                });
                pods_well && limits.iter().flatten().all(|l| *l < Limit::OverTrigger)
            }),
        canary_pods: pods.map(|w| (w.value.ready, w.value.wanted)),
    }
}
