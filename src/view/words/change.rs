//! Entries of what changed, in words: only what was seen, and by whom.

use jiff::Timestamp;

use super::compare::{metric, worse_from};
use super::fit::first_that_fits;
use super::operation::{happening, wanted};
use super::reason::who;
use super::security;
use super::time::{between, duration};
use crate::domain::alert::AlertState;
use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::names::FlagKey;
use crate::domain::plan::Intent;
use crate::domain::progress::{Happening, Outcome};
use crate::domain::release::{ReleaseStatus, Revision};
use crate::domain::security::Statement;
use crate::domain::untrusted::Untrusted;
use crate::engine::assess::Compared;
use crate::engine::timeline::{Entry, What};
use crate::theme::Role;
use crate::view::canvas::width;

/// Style and sentence of an entry. Of a service that is not the one shown its name stands first.
pub(crate) fn change(entry: &Entry, most: u16) -> (Role, String) {
    let name = if entry.shown {
        String::new()
    } else {
        format!("{} ", entry.id.place.service)
    };
    let most = most.saturating_sub(width(&name));
    let (role, text) = said(entry, most);
    (role, format!("{name}{text}"))
}

#[expect(
    clippy::too_many_lines,
    reason = "one table: a sentence for each kind of entry"
)]
fn said(entry: &Entry, most: u16) -> (Role, String) {
    let plain = |text: String| (Role::Text, text);
    match &entry.what {
        What::Release {
            revision,
            from,
            version,
            status,
            rollback_to,
        } => release(
            (*revision, *from, *rollback_to),
            version.as_ref(),
            *status,
            most,
        ),
        What::Stable {
            revision,
            version,
            by,
        } => {
            let version = in_brackets(version.as_ref());
            let by = by
                .as_ref()
                .map_or_else(String::new, |by| format!(", by {}", who(by)));
            plain(first_that_fits(
                [
                    format!("rev {revision}{version} marked stable{by}"),
                    format!("rev {revision}{version} marked stable"),
                ],
                most,
            ))
        }
        What::Flags {
            keys,
            by,
            now,
            services,
        } => plain(flags(keys, by, (*now, *services), most)),
        What::RolloutRuns => plain("rollout not complete".to_owned()),
        What::RolloutComplete { pods } => plain(format!("rollout complete, {pods} pods")),
        What::RolloutStuck { reason } => {
            (Role::Watch, format!("! rollout stuck: {}", reason.shown()))
        }
        What::Restarts { count } => (
            Role::Watch,
            format!("! {count} container restarts in the 5m before"),
        ),
        What::Canary { version, soak } => {
            let version = version
                .as_ref()
                .map_or_else(|| "canary".to_owned(), Untrusted::shown);
            plain(format!(
                "{version} begins to count; soak of {}",
                duration(soak.as_secs())
            ))
        }
        What::SoakEnd => plain("the soak's time is over".to_owned()),
        What::Began { metric: of, than } => {
            let environment = entry.id.place.environment;
            let whole = onset(*of, environment, *than);
            let text = first_that_fits(
                [
                    format!("! {whole}"),
                    format!(
                        "! {}",
                        whole.split_once(' ').map_or(&*whole, |(_, rest)| rest)
                    ),
                    format!("! {} bad from here", metric(of)),
                ],
                most,
            );
            (Role::Watch, text)
        }
        What::Certain { metric: of } => (
            Role::Breach,
            first_that_fits(
                [
                    format!("✗ verdict on {}: BREACH, certain from here", metric(of)),
                    format!("✗ verdict on {}: BREACH, certain", metric(of)),
                    format!("✗ {}: BREACH, certain", metric(of)),
                ],
                most,
            ),
        ),
        What::Over { metric: of } => plain(first_that_fits(
            [
                format!("verdict on {}: over, without an action of ours", metric(of)),
                format!("verdict on {}: over by itself", metric(of)),
            ],
            most,
        )),
        What::Raised(raised, on) => {
            let what = format!("✗ security incident on {}", security::sides(*on));
            incident(Role::Breach, &what, raised, most)
        }
        What::EndedIncident(ended) => incident(Role::Text, "security incident ended", ended, most),
        What::Confirmed { by, intent } => {
            let by = by
                .as_ref()
                .map_or_else(|| "somebody".to_owned(), ToString::to_string);
            let what = asks(intent);
            plain(first_that_fits(
                [
                    format!("{by} confirms here: {what}"),
                    format!("{by} confirms: {what}"),
                    format!("{by}: {what}"),
                ],
                most,
            ))
        }
        What::Ended { intent, outcome } => ended(intent, outcome, most),
        What::Alert {
            name,
            state,
            severity,
        } => alert(name, *state, severity.as_ref(), most),
        What::Helped => plain("errors surely under half of before".to_owned()),
        What::Recovered => plain(format!("{} is no longer worse", entry.id.place.environment)),
    }
}

/// What a person said of a security incident: `✗ security incident on canary, by ann: tokens in the log`.
fn incident(role: Role, what: &str, statement: &Statement, most: u16) -> (Role, String) {
    let by = security::who(statement);
    let reason = statement.reason.shown();
    let text = first_that_fits(
        [
            format!("{what}, by {by}: {reason}"),
            format!("{what}, by {by}"),
            what.to_owned(),
        ],
        most,
    );
    (role, text)
}

/// An alert, at the time from which its condition holds: `! alert CheckoutErrors fires (page); it holds from here`.
fn alert(
    name: &Untrusted,
    state: AlertState,
    severity: Option<&Untrusted>,
    most: u16,
) -> (Role, String) {
    let name = name.shown();
    let severity = in_brackets(severity);
    let (role, does) = match state {
        AlertState::Firing => (Role::Watch, "fires"),
        AlertState::Pending => (Role::Text, "pends"),
    };
    let sign = if role == Role::Watch { "! " } else { "" };
    let text = first_that_fits(
        [
            format!("{sign}alert {name}{severity} {does}; its condition holds from here"),
            format!("{sign}alert {name}{severity} {does}; holds from here"),
            format!("{sign}alert {name}{severity} {does}"),
            format!("{sign}alert {name} {does}"),
        ],
        most,
    );
    (role, text)
}

/// The beginning of a trouble: `canary errors begin to exceed production's`.
pub(crate) fn onset(
    of: crate::domain::verdict::Metric,
    on: Environment,
    than: Option<Compared>,
) -> String {
    than.map_or_else(
        || format!("{on} {} over the limit from here", metric(&of)),
        |than| worse_from(of, than),
    )
}

fn in_brackets(version: Option<&Untrusted>) -> String {
    version.map_or_else(String::new, |version| format!(" ({})", version.shown()))
}

fn release(
    (revision, from, rollback_to): (Revision, Option<Revision>, Option<Revision>),
    version: Option<&Untrusted>,
    status: ReleaseStatus,
    most: u16,
) -> (Role, String) {
    let version = in_brackets(version);
    let from = from.map_or_else(String::new, |from| format!("{from} -> "));
    let step = match rollback_to {
        Some(to) => format!("rolled back to rev {to} as rev {revision}"),
        None => format!("release rev {from}{revision}"),
    };
    let (role, ends) = match status {
        ReleaseStatus::Deployed | ReleaseStatus::Superseded | ReleaseStatus::Unknown => {
            (Role::Text, "")
        }
        ReleaseStatus::Failed => (Role::Watch, ": FAILED"),
        ReleaseStatus::PendingInstall
        | ReleaseStatus::PendingUpgrade
        | ReleaseStatus::PendingRollback => (Role::Watch, ": not finished"),
        ReleaseStatus::Uninstalling => (Role::Watch, ": being removed"),
        ReleaseStatus::Uninstalled => (Role::Watch, ": removed"),
    };
    let sign = if role == Role::Watch { "! " } else { "" };
    let text = first_that_fits(
        [
            format!("{sign}{step}{version}{ends}"),
            format!("{sign}{step}{ends}"),
        ],
        most,
    );
    (role, text)
}

const fn state(now: FlagState) -> &'static str {
    match now {
        FlagState::Enabled => "enabled",
        FlagState::Disabled => "disabled",
    }
}

fn flags(
    keys: &[FlagKey],
    by: &Untrusted,
    (now, services): (Option<FlagState>, usize),
    most: u16,
) -> String {
    let by = who(by);
    let read = match services {
        0 | 1 => String::new(),
        several => format!("; {several} services read it"),
    };
    match (keys, now) {
        ([key, ..], Some(now)) => {
            let now = state(now);
            first_that_fits(
                [
                    format!("flag {key} changed by {by}; {now} now{read}"),
                    format!("flag {key} changed by {by}; {now} now"),
                    format!("flag {key} by {by}, now {now}"),
                    format!("{key} by {by}, now {now}"),
                    format!("{key}, now {now}"),
                    key.to_string(),
                ],
                most,
            )
        }
        ([key, rest @ ..], None) => {
            let count = keys.len();
            first_that_fits(
                [
                    format!(
                        "flags changed by {by}: {key} or {} others, not told which{read}",
                        rest.len()
                    ),
                    format!("one or more of {count} flags, by {by}"),
                    format!("1 or more of {count} flags"),
                ],
                most,
            )
        }
        ([], _) => format!("flags changed by {by}"),
    }
}

/// What was confirmed, where the place stands beside it.
fn asks(intent: &Intent) -> String {
    let Intent::SetFlag {
        key, to, undoes, ..
    } = intent;
    let verb = match to {
        FlagState::Disabled => "disable",
        FlagState::Enabled => "enable",
    };
    let again = if undoes.is_some() { " again" } else { "" };
    format!("{verb} flag {key}{again}")
}

fn ended(intent: &Intent, outcome: &Outcome, most: u16) -> (Role, String) {
    let Intent::SetFlag { key, to, .. } = intent;
    let word = match to {
        FlagState::Disabled => "off",
        FlagState::Enabled => "on",
    };
    let (sign, role, whole) = happening(&Happening::Ended(outcome.clone()), wanted(intent));
    let short = match outcome {
        Outcome::Verified { instances } => {
            let text = format!("flag {key} is {word}: {instances} of {instances} say so");
            return (Role::Text, text);
        }
        Outcome::Unverified { as_wanted, of, .. } => format!("{as_wanted} of {of} say {word}"),
        Outcome::Refused { .. } => "refused, not changed".to_owned(),
        Outcome::Forbidden { .. } => "not allowed".to_owned(),
        Outcome::Changed { .. } => "does not stand".to_owned(),
        Outcome::Unknown { .. } => "unknown if done".to_owned(),
    };
    let text = first_that_fits(
        [
            format!("{sign} flag {key}: {whole}"),
            format!("{sign} flag {key}: {short}"),
            format!("{sign} {key}: {short}"),
        ],
        most,
    );
    (role, text)
}

/// How far from the onset: `+2m02s`, `-1m46s`, `0s`.
pub(crate) fn distance(seconds: i64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        after if after > 0 => format!("+{}", duration(after)),
        before => format!("-{}", duration(-before)),
    }
}

/// The last change before the onset, where that was; one in the interval that the onset is the start of is told as that.
pub(crate) fn nearest(entry: &Entry, onset: Timestamp, most: u16) -> String {
    let start = format!("{}: ", entry.id.place.environment);
    let rest = if entry.at > onset {
        "; in the onset's own interval".to_owned()
    } else {
        format!("; {} earlier", between(entry.at, onset))
    };
    let room = most.saturating_sub(width(&start) + width(&rest));
    let (_, what) = change(entry, room);
    format!("{start}{what}{rest}")
}
