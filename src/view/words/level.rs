//! A level of the ladder in the few words of a list, and its details at length.

use jiff::Timestamp;

use super::closed::closed;
use super::fit::first_that_fits;
use super::rung::order;
use super::source::source;
use super::time::{between, clock, duration};
use crate::engine::advisor::advice::{Effect, Headline, Rung, RungKind, RungState, RungTarget};
use crate::engine::advisor::escalation::{Escalation, Role as Person};
use crate::engine::advisor::reason::Closed;
use crate::theme::Role;

/// What a level is seen with.
pub(crate) struct Seen<'a> {
    /// The state of things.
    pub(crate) headline: &'a Headline,
    /// Who is due.
    pub(crate) escalation: &'a Escalation,
    /// The present.
    pub(crate) now: Timestamp,
}

/// What the level would do. While nothing is wrong no flag is meant.
pub(crate) fn ordered(rung: &Rung) -> String {
    if is_idle(rung) && rung.kind == RungKind::Flag {
        "Disable the feature's flag".to_owned()
    } else {
        order(rung)
    }
}

/// Whether there is nothing to do for any level.
pub(crate) fn is_idle(rung: &Rung) -> bool {
    rung.state == RungState::NotNeeded(Closed::NothingWrong)
}

/// The same in that room at most, where there are words for it.
pub(crate) fn named(rung: &Rung, most: u16) -> String {
    let whole = ordered(rung);
    if is_idle(rung) && rung.kind == RungKind::Flag {
        return whole;
    }
    let (short, shortest) = match &rung.target {
        RungTarget::Flag { key, environment } => (
            format!("Disable {key}, {environment}"),
            format!("Disable {key}"),
        ),
        RungTarget::Release {
            environment,
            to: Some(revision),
            version,
        } => {
            let to_revision = format!("Roll {environment} back to rev {revision}");
            let version = version.as_ref().map_or_else(
                || to_revision.clone(),
                |version| format!("Roll {environment} back to {}", version.shown()),
            );
            (version, to_revision)
        }
        RungTarget::Release { to: None, .. }
        | RungTarget::Traffic(_)
        | RungTarget::Environment(_)
        | RungTarget::OnCall => {
            let short = match rung.kind {
                RungKind::Database => "Check database and migration".to_owned(),
                RungKind::Flag
                | RungKind::Rollback
                | RungKind::Traffic
                | RungKind::Restore
                | RungKind::People => whole.clone(),
            };
            (short, whole.clone())
        }
    };
    first_that_fits([whole, short, shortest], most)
}

/// How long it usually takes, for a column: `10s`, `2-10m`, `-` where nobody can say.
pub(crate) fn usual((least, most): (u32, u32)) -> String {
    if most == 0 {
        return "-".to_owned();
    }
    let whole = duration(i64::from(most));
    if least >= most || most < 100 {
        return whole;
    }
    let first = duration(i64::from(least));
    match (first.strip_suffix('m'), whole.strip_suffix('m')) {
        (Some(first), Some(whole)) => format!("{first}-{whole}m"),
        (_, _) => format!("{first}-{whole}"),
    }
}

/// Where a level stands: its style and its words. `DO THIS` has the key behind it, which is the caller's.
pub(crate) fn state(rung: &Rung, seen: &Seen<'_>, most: u16) -> (Role, String) {
    let by_hand = rung.by_hand.is_some();
    let now = seen.now;
    let due = seen
        .escalation
        .due(Person::OnCall)
        .filter(|_| rung.kind == RungKind::People);
    match &rung.state {
        RungState::Recommended if by_hand => (Role::Strong, "DO THIS, by hand".to_owned()),
        RungState::Recommended => (Role::Strong, "DO THIS".to_owned()),
        RungState::Next | RungState::Open => open(&rung.state, by_hand, due, now),
        RungState::Blocked(why) => (Role::Text, because("blocked", why, most)),
        RungState::NotNeeded(Closed::NothingWrong) => {
            (Role::Text, not_needed(seen.headline).to_owned())
        }
        RungState::NotNeeded(why) => (Role::Text, because("not needed", why, most)),
        RungState::Running { since } => {
            (Role::Strong, format!("▸ running since {}", clock(*since)))
        }
        RungState::Done { at, effect } => {
            let (role, words) = came(*effect);
            let at = clock(*at);
            (
                role,
                first_that_fits([format!("{words}, {at}"), words], most),
            )
        }
    }
}

fn open(
    state: &RungState,
    by_hand: bool,
    due: Option<Timestamp>,
    now: Timestamp,
) -> (Role, String) {
    let word = if *state == RungState::Next {
        "next"
    } else {
        "open"
    };
    match due {
        Some(due) if due > now => (
            Role::Text,
            format!("due {}, in {}", clock(due), between(now, due)),
        ),
        Some(due) => (Role::Watch, format!("! due since {}", clock(due))),
        None if by_hand => (Role::Text, format!("{word}, by hand")),
        None => (Role::Text, format!("{word}, on the flags screen")),
    }
}

/// Why nothing is to be done: that nothing is wrong is said only where that was seen.
pub(crate) const fn not_needed(headline: &Headline) -> &'static str {
    match headline {
        Headline::Reading { .. } => "nothing is known yet",
        Headline::Blind { .. } => "nothing can be seen",
        Headline::Idle
        | Headline::Passed { .. }
        | Headline::Helped { .. }
        | Headline::WasBad { .. } => "not needed: nothing wrong",
        Headline::WarmingUp { .. }
        | Headline::Soak { .. }
        | Headline::ProductionSoak { .. }
        | Headline::NotEnough { .. }
        | Headline::Watch { .. }
        | Headline::Security { .. }
        | Headline::Breach { .. }
        | Headline::RedLine { .. }
        | Headline::BothBad { .. }
        | Headline::ProductionBad { .. }
        | Headline::NotEarned { .. }
        | Headline::Unjudged { .. }
        | Headline::StillBad { .. }
        | Headline::Better { .. } => "not needed so far",
    }
}

/// What came of a level that was taken.
fn came(effect: Effect) -> (Role, String) {
    match effect {
        Effect::Waiting { until } => (Role::Text, format!("· taken; tells by {}", clock(until))),
        Effect::Recovered { .. } => (Role::Text, "✓ helped".to_owned()),
        Effect::HelpedInPart => (Role::Watch, "! helped in part".to_owned()),
        Effect::DidNotHelp => (Role::Breach, "✗ did not help".to_owned()),
        Effect::Refused => (Role::Watch, "! was refused".to_owned()),
        Effect::NotMeasurable => (Role::Watch, "? can't be measured".to_owned()),
    }
}

fn because(word: &str, why: &Closed, most: u16) -> String {
    let short = short(why);
    first_that_fits([format!("{word}: {short}"), short, word.to_owned()], most)
}

/// Why a level is closed, in a few words; [`at_length`] says the rest.
fn short(why: &Closed) -> String {
    let words = match why {
        Closed::SecurityIncident { .. } => "incident",
        Closed::NoRoute => "no route set up",
        Closed::NoRestore => "no pipeline",
        Closed::NoFlag => "no flag fits",
        Closed::FlagOff => "off already",
        Closed::NoStable => "none is stable",
        Closed::SchemaUnfit => "schema unfit",
        Closed::StableGone { .. } => "revision gone",
        Closed::RunsStable => "runs stable",
        Closed::Pending { .. } => "release busy",
        Closed::NoMigration => "no migration",
        Closed::NothingWrong => "nothing wrong",
        Closed::EarlierRung => "others first",
        Closed::ProductionBad => "production is bad",
        Closed::TakenBack { .. } => "taken back",
        Closed::NoEvidence { source: Some(id) } => return format!("no {} answer", id.kind()),
        Closed::NoEvidence { source: None } => "no series",
        Closed::NoCanary => "no canary",
        Closed::Soak { .. } => "it soaks",
        Closed::NotPassed { .. } | Closed::Worse { .. } => "not passed",
        Closed::OtherExporters { .. } | Closed::NoPods { .. } => "not compared",
        Closed::StableUnknown { .. } => "mark unread",
        Closed::RedLine(_) => "red line",
        Closed::ByHand => "by hand",
    };
    words.to_owned()
}

/// Why a level is closed, as a sentence.
pub(crate) fn at_length(why: &Closed, now: Timestamp) -> String {
    let (what, how) = closed(why, now);
    match why {
        Closed::NoEvidence { source: Some(id) } => {
            format!("no answer from {}, on which this rests", source(id))
        }
        Closed::StableUnknown { missing } => {
            format!("what is marked stable may not be read; missing: {missing}")
        }
        Closed::FlagOff | Closed::Pending { .. } | Closed::ProductionBad => {
            format!("{what} {how}")
        }
        Closed::SecurityIncident { .. }
        | Closed::NoRoute
        | Closed::NoRestore
        | Closed::NoFlag
        | Closed::NoStable
        | Closed::SchemaUnfit
        | Closed::StableGone { .. }
        | Closed::RunsStable
        | Closed::NoMigration
        | Closed::NothingWrong
        | Closed::EarlierRung
        | Closed::NoEvidence { source: None }
        | Closed::NoCanary
        | Closed::Soak { .. }
        | Closed::NotPassed { .. }
        | Closed::OtherExporters { .. }
        | Closed::NoPods { .. }
        | Closed::Worse { .. }
        | Closed::RedLine(_)
        | Closed::TakenBack { .. }
        | Closed::ByHand => how,
    }
}

/// The process's clock in one line: who is due when.
pub(crate) fn clock_of(escalation: &Escalation, now: Timestamp, most: u16) -> String {
    match escalation {
        Escalation::Quiet => "nobody is due".to_owned(),
        Escalation::NoOnset => {
            "its beginning is not known, so no times: page by what you see".to_owned()
        }
        Escalation::Over => "stopped: it is no longer worse".to_owned(),
        Escalation::Due { roles, .. } => {
            let said = |long: bool| {
                let all = roles.iter().map(|(role, at)| {
                    let who = match (role, long) {
                        (Person::OnCall, _) => "on-call",
                        (Person::Manager, true) => "engineering manager",
                        (Person::Manager, false) => "manager",
                        (Person::Executives, _) => "executives",
                    };
                    let since = if *at <= now { "since " } else { "" };
                    format!("{who} {since}{}", clock(*at))
                });
                all.collect::<Vec<_>>().join(", ")
            };
            let next = roles.iter().find(|(_, at)| *at > now);
            let rest = next.map_or_else(String::new, |(_, at)| {
                format!("; next in {}", between(now, *at))
            });
            first_that_fits(
                [format!("{}{rest}", said(true)), said(true), said(false)],
                most,
            )
        }
    }
}
