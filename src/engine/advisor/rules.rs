//! The process's decision framework as one table of rules: the first that speaks decides. Each is one function.

use super::advice::RungKind;
use super::against;
use super::case::{Case, FlagCase, is_of_pods};
use super::effect::{self, Upshot};
use super::explain::{self, Explained};
use super::reason::Reason;
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::Effect;
use crate::engine::assess::Compared;

/// How many attempts may fail before people take over.
const FAILED_BEFORE_PEOPLE: u32 = 2;

/// What a rule says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ruling<'a> {
    /// Take this rung.
    Take(Choice<'a>),
    /// Do nothing now, and ask no later rule.
    Nothing,
}

/// A rung chosen by a rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice<'a> {
    pub(crate) rung: RungKind,
    pub(crate) flag: Option<&'a FlagCase>,
    pub(crate) reasons: Vec<Reason>,
}

impl Choice<'_> {
    fn of(rung: RungKind, reasons: Vec<Reason>) -> Self {
        Self {
            rung,
            flag: None,
            reasons,
        }
    }
}

type Rule = for<'a> fn(&'a Case) -> Option<Ruling<'a>>;

/// The order of evaluation.
const TABLE: [Rule; 12] = [
    security_incident,
    nothing_wrong,
    attempts_failed,
    production_is_as_bad,
    red_line_of_pods,
    blind,
    red_line_of_metrics,
    wait_for_the_last_action,
    machines_near_their_limit,
    a_flag_explains_it,
    errors_are_spread,
    business_is_worse,
];

/// What the table says of a case.
pub(crate) fn ruling(case: &Case) -> Ruling<'_> {
    TABLE
        .iter()
        .find_map(|rule| rule(case))
        .unwrap_or_else(|| worse_otherwise(case))
}

/// Step S: a person raised it. Whatever metrics say, its traffic is blocked first.
fn security_incident(case: &Case) -> Option<Ruling<'_>> {
    let raised = case.incident.as_ref()?.raised.clone();
    let why = vec![Reason::SecurityIncident { raised }];
    Some(Ruling::Take(Choice::of(RungKind::Traffic, why)))
}

fn nothing_wrong(case: &Case) -> Option<Ruling<'_>> {
    (!case.is_trouble()).then_some(Ruling::Nothing)
}

/// Step 7: two attempts failed or were never verified.
fn attempts_failed(case: &Case) -> Option<Ruling<'_>> {
    let recovered = effect::attempts(case)
        .last()
        .is_some_and(|(_, upshot)| effect::recovered(*upshot).is_some());
    let count = effect::count_failed(case);
    (count >= FAILED_BEFORE_PEOPLE && !recovered).then(|| {
        Ruling::Take(Choice::of(
            RungKind::People,
            vec![Reason::AttemptsFailed { count }],
        ))
    })
}

/// Both sides bad, or production alone: nobody's canary. Page, and hold the lane.
fn production_is_as_bad(case: &Case) -> Option<Ruling<'_>> {
    let bad = match case.bad_alike() {
        Some(alike) => alike,
        None if case.worse().is_none() && case.red_lines.is_empty() => case.production_bad()?,
        None => return None,
    };
    if case.blind().is_some() && bad.verdict.metric != Metric::Readiness {
        return None;
    }
    let alone = || {
        let value = bad.canary.filter(|_| bad.last().is_no_data())?;
        let metric = bad.verdict.metric;
        Some(Reason::OverLimit { metric, value })
    };
    let as_bad = || Reason::ProductionAsBad {
        estimate: bad.verdict.estimate,
    };
    let why = match case.compared() {
        Compared::Canary => as_bad(),
        // With nothing to hold it against, no release is known to be the cause.
        Compared::Production { .. } => alone().unwrap_or_else(as_bad),
    };
    Some(Ruling::Take(Choice::of(RungKind::People, vec![why])))
}

/// Steps 1 and 2 as far as pods tell: it needs no metrics.
fn red_line_of_pods(case: &Case) -> Option<Ruling<'_>> {
    red_lines(case, true)
}

/// Step 0: without metrics nothing that rests on them is advised.
fn blind(case: &Case) -> Option<Ruling<'_>> {
    case.blind().map(|_| Ruling::Nothing)
}

/// Step 2 as far as metrics tell.
fn red_line_of_metrics(case: &Case) -> Option<Ruling<'_>> {
    red_lines(case, false)
}

fn red_lines(case: &Case, of_pods: bool) -> Option<Ruling<'_>> {
    let reasons: Vec<Reason> = case
        .red_lines
        .iter()
        .filter(|line| !of_pods || is_of_pods(line))
        .cloned()
        .map(Reason::RedLine)
        .collect();
    (!reasons.is_empty()).then(|| Ruling::Take(Choice::of(RungKind::Rollback, reasons)))
}

/// What was done is given its time, and what helped is left alone.
fn wait_for_the_last_action(case: &Case) -> Option<Ruling<'_>> {
    let (_, upshot) = effect::attempts(case).pop()?;
    match upshot {
        Upshot::Running | Upshot::Of(Effect::Waiting { .. } | Effect::Recovered { .. }) => {
            Some(Ruling::Nothing)
        }
        Upshot::Nothing
        | Upshot::Of(
            Effect::HelpedInPart | Effect::DidNotHelp | Effect::Refused | Effect::NotMeasurable,
        ) => None,
    }
}

/// A flag is enough only while the machines are well.
fn machines_near_their_limit(case: &Case) -> Option<Ruling<'_>> {
    let over: Vec<Reason> = against::machines_over(case);
    (!over.is_empty()).then(|| {
        let mut reasons = over;
        reasons.extend(against::spread(case));
        reasons.extend(against::worse(case));
        Ruling::Take(Choice::of(RungKind::Rollback, reasons))
    })
}

/// Step 4: the errors are a feature's, and the feature has a switch.
fn a_flag_explains_it(case: &Case) -> Option<Ruling<'_>> {
    case.worse().filter(|w| w.metric == Metric::Errors)?;
    match explain::explained(case) {
        Explained::By { flag, .. } => Some(Ruling::Take(Choice {
            rung: RungKind::Flag,
            flag: Some(flag),
            reasons: against::for_flag(case, flag),
        })),
        Explained::Several(flags) => {
            let mut reasons: Vec<Reason> =
                flags.into_iter().filter_map(against::errors_on).collect();
            reasons.extend(against::worse(case));
            Some(Ruling::Take(Choice::of(RungKind::Rollback, reasons)))
        }
        Explained::None => None,
    }
}

/// Step 5: errors over several endpoints, or on ones that no flag switches.
fn errors_are_spread(case: &Case) -> Option<Ruling<'_>> {
    case.worse().filter(|w| w.metric == Metric::Errors)?;
    let spread = against::spread(case)?;
    // Where several flags have a part each and none most of it, they are named: one of them off would not be enough.
    let mut reasons: Vec<Reason> = explain::parts(case)
        .into_iter()
        .filter_map(against::another)
        .collect();
    reasons.push(spread);
    Some(Ruling::Take(Choice::of(RungKind::Rollback, reasons)))
}

/// A metric of the business alone: a person reviews it, then the flag that was changed before it (the process's matrix).
fn business_is_worse(case: &Case) -> Option<Ruling<'_>> {
    if !explain::is_of_business(case) {
        return None;
    }
    let mut reasons: Vec<Reason> = against::worse(case).into_iter().collect();
    Some(Ruling::Take(match explain::explained(case) {
        Explained::By { flag, .. } => {
            reasons.extend(against::for_flag(case, flag));
            Choice {
                rung: RungKind::Flag,
                flag: Some(flag),
                reasons,
            }
        }
        Explained::None | Explained::Several(_) => Choice::of(RungKind::People, reasons),
    }))
}

/// Worse in anything else: the stable version.
fn worse_otherwise(case: &Case) -> Ruling<'_> {
    match against::worse(case) {
        Some(worse) => Ruling::Take(Choice::of(RungKind::Rollback, vec![worse])),
        None => Ruling::Nothing,
    }
}
