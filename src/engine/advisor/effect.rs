//! What came of what was tried: too early, recovered, in part, not at all. A failure to tell is not a failure to help.

use jiff::Timestamp;

use super::advice::{Effect, RungKind};
use super::case::{AttemptCase, Case, Lifetime};
use crate::domain::metrics::Tally;
use crate::domain::progress::Outcome;
use crate::domain::verdict::{Estimate, Metric, Verdict};
use crate::engine::assess::canary::later;
use crate::engine::judge;

/// The lower bound from which canary is surely still worse since an action.
const STILL_WORSE: f64 = 1.25;

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upshot {
    /// It is being carried out.
    Running,
    /// Nothing changed, and that is no failure: it was refused, or the world was not as planned. It may be tried again.
    Nothing,
    /// It ended.
    Of(Effect),
}

/// The attempts against the trouble that there is now, oldest first, and what came of each. Where nothing is wrong, those
/// of the breach that is over as far as they did not fail: it is over in spite of the others, and they are due to nothing.
pub(crate) fn attempts(case: &Case) -> Vec<(&AttemptCase, Upshot)> {
    let is_other = case.worse().is_none() && case.is_bad();
    let is_over = case.worse().is_none() && !is_other && case.onset().is_some();
    // What was tried against a breach that is over says nothing of another trouble.
    let since = if is_other {
        over_until(case)
    } else {
        case.onset()
    };
    let life = match case.canary {
        Lifetime::Began { at, .. } => Some(at),
        Lifetime::Promoted(soaks) => Some(soaks.counts_from),
        Lifetime::Unknown | Lifetime::Same => None,
    };
    let since = since.or(life);
    case.attempts
        .iter()
        .filter(|a| since.is_none_or(|since| a.at >= since) || is_other && a.outcome.is_none())
        .filter(|a| a.undone.is_none_or(|undone| had_its_time(case, a, undone)))
        .map(|a| (a, upshot(case, a)))
        .filter(|(_, upshot)| !(is_over && failed(*upshot)))
        .collect()
}

/// When the last of the breaches that are over ended.
fn over_until(case: &Case) -> Option<Timestamp> {
    let ended = case.metrics.iter().filter_map(|m| match m.last() {
        Verdict::Recovered { until, .. } => Some(*until),
        Verdict::Breach { .. }
        | Verdict::Pass
        | Verdict::Unsure(_)
        | Verdict::Watch(_)
        | Verdict::NoData(_) => None,
    });
    ended.max()
}

/// Whether an attempt that was taken back still counts: it had its time, and nothing got better. One that helped, or that
/// nobody can tell of, may be tried again.
fn had_its_time(case: &Case, attempt: &AttemptCase, undone: Timestamp) -> bool {
    let in_vain = attempt.recovered_at.is_none() && attempt.helped_at.is_none();
    in_vain && undone >= ends(case, attempt)
}

/// When an attempt has had its time.
fn ends(case: &Case, attempt: &AttemptCase) -> Timestamp {
    later(attempt.at, help_seconds(case))
}

/// How long an attempt is given, in seconds. A gauge is judged by batches that begin at the first interval wholly after it:
/// two of those.
fn help_seconds(case: &Case) -> i64 {
    let given = i64::from(case.policy.help_seconds).max(1);
    let of_gauge = case
        .worse()
        .is_some_and(|w| matches!(w.metric, Metric::Gauge(_)));
    if of_gauge {
        let batch = i64::from(judge::BATCH) * i64::from(case.interval_seconds);
        given.max(2 * batch + 2 * i64::from(case.interval_seconds))
    } else {
        given
    }
}

/// When canary recovered after an attempt.
pub(crate) fn recovered(upshot: Upshot) -> Option<Timestamp> {
    match upshot {
        Upshot::Of(Effect::Recovered { at }) => Some(at),
        Upshot::Of(
            Effect::Waiting { .. }
            | Effect::HelpedInPart
            | Effect::DidNotHelp
            | Effect::Refused
            | Effect::NotMeasurable,
        )
        | Upshot::Running
        | Upshot::Nothing => None,
    }
}

/// Whether an attempt failed, so that the next rung is due.
pub(crate) fn failed(upshot: Upshot) -> bool {
    matches!(
        upshot,
        Upshot::Of(
            Effect::HelpedInPart | Effect::DidNotHelp | Effect::Refused | Effect::NotMeasurable
        )
    )
}

/// The highest rung that was tried and failed.
pub(crate) fn highest_failed(case: &Case) -> Option<(RungKind, &AttemptCase, Upshot)> {
    attempts(case)
        .into_iter()
        .filter(|(_, upshot)| failed(*upshot))
        .map(|(a, upshot)| (a.rung, a, upshot))
        .max_by_key(|(rung, a, _)| (*rung, a.at))
}

/// How many attempts failed. One that was refused, or whose effect can't be measured, is not counted.
pub(crate) fn count_failed(case: &Case) -> u32 {
    let count = attempts(case)
        .into_iter()
        .filter(|(_, upshot)| {
            matches!(
                upshot,
                Upshot::Of(Effect::HelpedInPart | Effect::DidNotHelp)
            )
        })
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn upshot(case: &Case, attempt: &AttemptCase) -> Upshot {
    match &attempt.outcome {
        None => Upshot::Running,
        Some(Outcome::Refused { .. }) if was_refused_before(case, attempt) => {
            Upshot::Of(Effect::Refused)
        }
        Some(Outcome::Forbidden { .. }) => Upshot::Of(Effect::Refused),
        Some(Outcome::Changed { .. } | Outcome::Refused { .. }) => Upshot::Nothing,
        Some(Outcome::Verified { .. } | Outcome::Unverified { .. } | Outcome::Unknown { .. })
            if attempt.undone.is_some() =>
        {
            Upshot::Of(Effect::DidNotHelp)
        }
        Some(Outcome::Verified { .. } | Outcome::Unverified { .. } | Outcome::Unknown { .. }) => {
            Upshot::Of(effect(case, attempt))
        }
    }
}

/// Whether the same was refused before: then it is no matter of a moment, and the next rung is due.
fn was_refused_before(case: &Case, attempt: &AttemptCase) -> bool {
    case.attempts.iter().any(|other| {
        (other.rung, &other.key) == (attempt.rung, &attempt.key)
            && other.at < attempt.at
            && matches!(other.outcome, Some(Outcome::Refused { .. }))
    })
}

fn effect(case: &Case, attempt: &AttemptCase) -> Effect {
    if let Some(at) = attempt.recovered_at {
        return Effect::Recovered { at };
    }
    if case.blind().is_some() {
        return Effect::NotMeasurable;
    }
    // Its time is over when it is counted, which takes a scrape and a query more; not much longer.
    let counted = case.through.map_or(case.at, |through| through.min(case.at));
    let until = later(ends(case, attempt), 2 * i64::from(case.interval_seconds));
    if counted < ends(case, attempt) && case.at < until {
        return Effect::Waiting { until };
    }
    let over = if attempt.helped_at.is_some() {
        Effect::HelpedInPart
    } else {
        Effect::DidNotHelp
    };
    let Some(after) = case.after.as_ref().filter(|a| a.acted_at == attempt.at) else {
        return over;
    };
    if after.canary.total == 0 {
        return Effect::NotMeasurable;
    }
    let better = attempt.helped_at.is_some() || is_better(case, after.canary);
    if is_surely_worse(after.estimate) || !better {
        return over;
    }
    // Fewer errors, too few requests to be sure: a wait, told in steps of the time that a rung is given.
    let passed = case.at.duration_since(attempt.at).as_secs();
    let help = help_seconds(case);
    Effect::Waiting {
        until: later(attempt.at, (passed / help + 1) * help),
    }
}

/// Whether canary is surely still worse by an estimate since the action.
pub(crate) fn is_surely_worse(estimate: Option<Estimate>) -> bool {
    estimate.is_some_and(|e| e.low >= STILL_WORSE)
}

/// Whether the bad ratio since the action is at most half of what it was from the onset to it.
fn is_better(case: &Case, after: Tally) -> bool {
    let whole = case
        .worse()
        .and_then(|w| case.metric(w.metric))
        .map(|m| m.verdict.canary)
        .unwrap_or_default();
    let before = Tally {
        bad: whole.bad.saturating_sub(after.bad),
        total: whole.total.saturating_sub(after.total),
    };
    match (before.ratio(), after.ratio()) {
        (Some(before), Some(after)) => after <= before / 2.0,
        (None, _) | (_, None) => false,
    }
}
