//! The whole ladder: every rung with its state, so that what is not advised is seen to have been thought of.

use super::advice::{Channel, Effect, Rung, RungKind, RungState, RungTarget};
use super::against;
use super::case::{AttemptCase, Case, FlagCase, Of};
use super::effect::{self, Upshot};
use super::explain::{self, Explained};
use super::reason::{Closed, Reason};
use super::rules::{Choice, Ruling};
use crate::domain::access::Permission;
use crate::domain::flag::FlagState;
use crate::domain::release::ReleaseStatus;
use crate::engine::assess::RedLine;

/// The ladder and the rung to take now.
pub(crate) fn ladder(case: &Case, ruling: &Ruling<'_>) -> (Vec<Rung>, Option<RungKind>) {
    let choice = match ruling {
        Ruling::Take(choice) => Some(choice),
        Ruling::Nothing => None,
    };
    let first = choice.map(|c| match &case.incident {
        // Nothing that was tried before stands in for it.
        Some(_) => c.rung,
        None => settle(case, c.rung),
    });
    let next = next(case, first);
    let rungs = RungKind::ALL
        .into_iter()
        .map(|kind| {
            let place = Place {
                first,
                next,
                choice,
            };
            rung(case, kind, &place)
        })
        .collect();
    (rungs, first)
}

/// What was decided, for each rung to find itself in.
struct Place<'a> {
    first: Option<RungKind>,
    next: Option<RungKind>,
    choice: Option<&'a Choice<'a>>,
}

/// The rung that is taken: not one that failed already or is closed, but the next that is possible.
fn settle(case: &Case, wanted: RungKind) -> RungKind {
    let failed = effect::highest_failed(case).map(|(rung, ..)| rung);
    RungKind::ALL
        .into_iter()
        .filter(|k| *k >= wanted && failed.is_none_or(|f| *k > f))
        .find(|k| closed(case, *k).is_none())
        .unwrap_or(RungKind::People)
}

/// The rung after the one to take, or after the one whose effect is awaited.
fn next(case: &Case, first: Option<RungKind>) -> Option<RungKind> {
    let from = first.or_else(|| {
        let (attempt, upshot) = effect::attempts(case).pop()?;
        let waits = matches!(upshot, Upshot::Running | Upshot::Of(Effect::Waiting { .. }));
        waits.then_some(attempt.rung)
    })?;
    RungKind::ALL
        .into_iter()
        .filter(|k| *k > from)
        .find(|k| closed(case, *k).is_none())
}

fn rung(case: &Case, kind: RungKind, place: &Place<'_>) -> Rung {
    let (mut reasons, against) = reasons(case, kind, place);
    if let Some(choice) = place.choice.filter(|_| place.first == Some(kind)) {
        let rest = std::mem::take(&mut reasons);
        reasons.clone_from(&choice.reasons);
        for reason in rest {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    Rung {
        kind,
        target: target(case, kind, place),
        state: state(case, kind, place),
        reasons,
        against,
        seconds: seconds(kind),
        notify: notify(case, kind),
        by_hand: (kind != RungKind::Flag).then_some(Closed::ByHand),
    }
}

fn state(case: &Case, kind: RungKind, place: &Place<'_>) -> RungState {
    if place.first == Some(kind) {
        return RungState::Recommended;
    }
    if let Some(state) = tried(case, kind) {
        return state;
    }
    if !case.is_trouble() && case.blind().is_none() {
        return RungState::NotNeeded(Closed::NothingWrong);
    }
    match closed(case, kind) {
        Some(state) => state,
        None if place.next == Some(kind) => RungState::Next,
        None => RungState::Open,
    }
}

/// The state of a rung that was taken against the trouble that there is.
fn tried(case: &Case, kind: RungKind) -> Option<RungState> {
    let of_rung = |(attempt, upshot): (&AttemptCase, Upshot)| match upshot {
        Upshot::Running => Some(RungState::Running { since: attempt.at }),
        Upshot::Of(effect) => Some(RungState::Done {
            at: attempt.at,
            effect,
        }),
        Upshot::Nothing => None,
    };
    effect::attempts(case)
        .into_iter()
        .rev()
        .filter(|(attempt, _)| attempt.rung == kind)
        .find_map(of_rung)
}

/// Why a rung can't be taken, or has nothing to do; none when it can.
fn closed(case: &Case, kind: RungKind) -> Option<RungState> {
    match kind {
        RungKind::Flag => closed_flag(case),
        RungKind::Rollback => closed_rollback(case),
        RungKind::Traffic if case.incident.is_some() => None,
        RungKind::Traffic => Some(RungState::Blocked(Closed::NoRoute)),
        RungKind::Database => match case.schema {
            None => Some(RungState::NotNeeded(Closed::NoMigration)),
            Some(_) if fits(case) => Some(RungState::NotNeeded(Closed::EarlierRung)),
            Some(_) => None,
        },
        RungKind::Restore => Some(RungState::Blocked(Closed::NoRestore)),
        RungKind::People => None,
    }
}

fn closed_flag(case: &Case) -> Option<RungState> {
    let stale = [Of::Flags, Of::Flagd]
        .into_iter()
        .find_map(|of| case.silent_source(of));
    if let Some(silent) = stale {
        return Some(RungState::Blocked(Closed::NoEvidence {
            source: Some(silent.source),
        }));
    }
    let Some(flag) = shown_flag(case, None) else {
        return Some(RungState::NotNeeded(Closed::NoFlag));
    };
    if !explain::is_on(flag) {
        return Some(RungState::NotNeeded(Closed::FlagOff));
    }
    // What explains nothing, with its endpoints known, has nothing to do; without them it may be tried.
    let explains = explain::explained(case) != Explained::None;
    let known = flag.endpoints.is_some() && flag.errors.is_some() && case.blind().is_none();
    (known && !explains).then_some(RungState::NotNeeded(Closed::NoFlag))
}

fn closed_rollback(case: &Case) -> Option<RungState> {
    if let Some(silent) = case.silent_source(Of::Helm) {
        return Some(RungState::Blocked(Closed::NoEvidence {
            source: Some(silent.source),
        }));
    }
    let release = &case.release;
    // An upgrade that does not end is what a rollback is for, and Helm allows it; of two rollbacks the first goes on.
    if let Some(status) = release
        .status
        .filter(|s| *s == ReleaseStatus::PendingRollback)
    {
        return Some(RungState::Blocked(Closed::Pending { status }));
    }
    let Some(revision) = release.stable else {
        let unknown = |missing: &Permission| Closed::StableUnknown {
            missing: missing.clone(),
        };
        let denied = release.stable_denied.as_ref();
        let why = denied.map_or(Closed::NoStable, unknown);
        return Some(RungState::Blocked(why));
    };
    if release.runs_stable {
        return Some(RungState::NotNeeded(Closed::RunsStable));
    }
    if !release.stable_kept {
        return Some(RungState::Blocked(Closed::StableGone { revision }));
    }
    (!fits(case)).then_some(RungState::Blocked(Closed::SchemaUnfit))
}

/// Whether the stable version can run on the schema.
fn fits(case: &Case) -> bool {
    case.schema
        .is_none_or(|s| (s.stable_min..=s.stable_max).contains(&s.version))
}

/// The flag that the first rung is about: the one chosen, the one tried, the one that explains most, else one that is on.
fn shown_flag<'a>(case: &'a Case, choice: Option<&Choice<'a>>) -> Option<&'a FlagCase> {
    let chosen = choice.and_then(|c| c.flag);
    let tried = effect::attempts(case)
        .into_iter()
        .rev()
        .find_map(|(a, _)| a.key.as_ref())
        .and_then(|key| case.flags.iter().find(|f| f.key == *key));
    let explains = match explain::explained(case) {
        Explained::By { flag, .. } => Some(flag),
        Explained::Several(flags) => flags.first().copied(),
        Explained::None => None,
    };
    let rank = |f: &&FlagCase| {
        (
            explain::is_on(f),
            f.errors.as_ref().map_or(0, |e| e.on),
            explain::changed_near(case, f),
            f.state == FlagState::Enabled,
            f.changed.as_ref().map(|changed| changed.at),
        )
    };
    // Of equals the first by key: `max_by_key` takes the last, hence the reversal.
    let likely = case.flags.iter().rev().max_by_key(rank);
    chosen.or(tried).or(explains).or(likely)
}

fn reasons(case: &Case, kind: RungKind, place: &Place<'_>) -> (Vec<Reason>, Vec<Reason>) {
    match kind {
        RungKind::Flag => match shown_flag(case, place.choice) {
            Some(flag) => (
                against::for_flag(case, flag),
                against::against_flag(case, flag),
            ),
            None => (Vec::new(), Vec::new()),
        },
        RungKind::Rollback => (against::for_rollback(case), against::against_rollback(case)),
        RungKind::People => (against::for_people(case), against::against_people(case)),
        RungKind::Database if !fits(case) => (
            against::against_rollback(case),
            against::against_people(case),
        ),
        RungKind::Traffic => {
            let on = case.incident.as_ref().map(|incident| incident.affected);
            let costs = on.map(|on| Reason::NobodyServed { on });
            (Vec::new(), costs.into_iter().collect())
        }
        RungKind::Database | RungKind::Restore => (Vec::new(), Vec::new()),
    }
}

fn target(case: &Case, kind: RungKind, place: &Place<'_>) -> RungTarget {
    let environment = case.compared().judged();
    match kind {
        RungKind::Flag => {
            shown_flag(case, place.choice).map_or(RungTarget::Environment(environment), |flag| {
                RungTarget::Flag {
                    key: flag.key.clone(),
                    environment,
                }
            })
        }
        RungKind::Rollback => RungTarget::Release {
            environment,
            to: case.release.stable,
            version: case.release.stable_version.clone(),
        },
        RungKind::Traffic => case
            .incident
            .as_ref()
            .map_or(RungTarget::Environment(environment), |incident| {
                RungTarget::Traffic(incident.affected)
            }),
        RungKind::Database | RungKind::Restore => RungTarget::Environment(environment),
        RungKind::People => RungTarget::OnCall,
    }
}

/// How long a rung usually takes: the process's own figures.
const fn seconds(kind: RungKind) -> (u32, u32) {
    match kind {
        RungKind::Flag => (5, 10),
        RungKind::Rollback => (30, 60),
        RungKind::Traffic => (10, 10),
        RungKind::Database => (120, 600),
        RungKind::Restore => (120, 300),
        RungKind::People => (0, 0),
    }
}

/// Whom the process tells: its decision matrix. A service that is down, and people, mean the pager.
fn notify(case: &Case, kind: RungKind) -> Vec<Channel> {
    let down = case.red_lines.iter().any(|line| match line {
        RedLine::Down => true,
        RedLine::WontStart { .. } | RedLine::Restarts { .. } | RedLine::Over { .. } => false,
    });
    match kind {
        RungKind::Traffic | RungKind::People if case.incident.is_some() => {
            vec![Channel::PagerDuty, Channel::Executive, Channel::Security]
        }
        RungKind::Flag | RungKind::Rollback if !down => vec![Channel::Teams, Channel::Slack],
        RungKind::Flag | RungKind::Rollback | RungKind::Traffic | RungKind::Restore => {
            vec![Channel::Teams, Channel::Slack, Channel::PagerDuty]
        }
        RungKind::Database => vec![Channel::PagerDuty, Channel::Executive],
        RungKind::People if case.production_bad().is_some() => vec![
            Channel::Teams,
            Channel::Slack,
            Channel::PagerDuty,
            Channel::Executive,
        ],
        RungKind::People => vec![Channel::Teams, Channel::Slack, Channel::PagerDuty],
    }
}
