//! Plans and operations: what is wanted, what happened, how it ended.

use crate::domain::environment::Environment;
use crate::domain::flag::FlagState;
use crate::domain::plan::{BlastRadius, Intent, Plan};
use crate::domain::progress::{Happening, Outcome};
use crate::theme::Role;

use super::number::{counted, share};
use super::time::duration;

/// What is wanted, as an order.
pub(crate) fn intent(intent: &Intent) -> String {
    match intent {
        Intent::SetFlag {
            place,
            key,
            to,
            undoes,
        } => {
            let verb = match to {
                FlagState::Disabled => "Disable",
                FlagState::Enabled => "Enable",
            };
            let again = if undoes.is_some() { " again" } else { "" };
            format!("{verb} flag {key} on {}{again}", place.environment)
        }
    }
}

/// The confirmation in a few words: `disable it on canary`.
pub(crate) fn confirm(intent: &Intent) -> String {
    match intent {
        Intent::SetFlag { place, to, .. } => {
            let verb = match to {
                FlagState::Disabled => "disable",
                FlagState::Enabled => "enable",
            };
            format!("{verb} it on {}", place.environment)
        }
    }
}

/// Sign and sentence of what happened.
pub(crate) fn happening(what: &Happening, wanted: FlagState) -> (char, Role, String) {
    let word = match wanted {
        FlagState::Disabled => "off",
        FlagState::Enabled => "on",
    };
    match what {
        Happening::IntentRecorded => ('✓', Role::Text, "intent recorded".to_owned()),
        Happening::Unanswered { why } => (
            '?',
            Role::Watch,
            format!("no clear answer, so reading: {}", why.shown()),
        ),
        Happening::Written { resource_version } => (
            '✓',
            Role::Text,
            format!(
                "patched, resource version {}",
                crate::domain::untrusted::shown(resource_version)
            ),
        ),
        Happening::Evaluated {
            as_wanted,
            of,
            holdouts,
        } if as_wanted == of && holdouts.is_empty() => (
            '✓',
            Role::Text,
            format!("{as_wanted} of {of} instances say {word}"),
        ),
        Happening::Evaluated {
            as_wanted,
            of,
            holdouts,
        } => {
            let others = match holdouts.as_slice() {
                [] => String::new(),
                [one] => format!("; {} does not", one.shown()),
                [one, rest @ ..] => format!("; {} and {} more do not", one.shown(), rest.len()),
            };
            (
                '!',
                Role::Watch,
                format!("{as_wanted} of {of} instances say {word}{others}"),
            )
        }
        Happening::Ended(came) => outcome(came, word),
    }
}

fn outcome(outcome: &Outcome, word: &str) -> (char, Role, String) {
    match outcome {
        Outcome::Verified { instances } => (
            '✓',
            Role::Strong,
            format!("done: {instances} of {instances} say {word}"),
        ),
        Outcome::Unverified { as_wanted, of, why } => (
            '!',
            Role::Watch,
            format!("written; {as_wanted} of {of} say {word}; {}", why.shown()),
        ),
        Outcome::Refused { why } => (
            '✗',
            Role::Breach,
            format!("refused, nothing changed: {}", why.shown()),
        ),
        Outcome::Forbidden { why } => (
            '✗',
            Role::Breach,
            format!("not allowed, nothing changed: {}", why.shown()),
        ),
        Outcome::Changed { found } => (
            '✗',
            Role::Breach,
            format!("it does not stand, plan again: {}", found.shown()),
        ),
        Outcome::Unknown { why } => (
            '?',
            Role::Watch,
            format!("unknown whether it was done: {}", why.shown()),
        ),
    }
}

/// The state that a plan's intent wants.
pub(crate) const fn wanted(intent: &Intent) -> FlagState {
    match intent {
        Intent::SetFlag { to, .. } => *to,
    }
}

/// What a change of a flag touches, and what not.
pub(crate) fn touches(blast: &BlastRadius) -> String {
    let instances = blast.instances.map_or_else(
        || "instances can't be counted".to_owned(),
        |n| counted(u64::from(n), "instance"),
    );
    let traffic = blast.traffic_share.map_or_else(
        || "traffic unknown".to_owned(),
        |part| format!("{} of traffic", share(part)),
    );
    if !blast.also.is_empty() {
        let mut names: Vec<Environment> = [&blast.place]
            .into_iter()
            .chain(&blast.also)
            .map(|place| place.environment)
            .collect();
        // Production first: it is what a person must not miss.
        names.sort_by_key(|name| *name != Environment::Production);
        let names: Vec<String> = names.into_iter().map(named).collect();
        return format!(
            "{} share this flag: {instances}, {traffic}",
            names.join(" and ")
        );
    }
    match blast.place.environment {
        Environment::Production => format!("PRODUCTION: {instances}, {traffic}"),
        Environment::Canary => {
            format!("canary only: {instances}, {traffic}; production: nothing")
        }
        Environment::Uat => format!("uat only: {instances}; production: nothing"),
    }
}

fn named(environment: Environment) -> String {
    match environment {
        Environment::Production => "PRODUCTION".to_owned(),
        Environment::Canary | Environment::Uat => environment.to_string(),
    }
}

/// When a plan is done.
pub(crate) fn done(plan: &Plan) -> String {
    let usual = duration(i64::from(plan.usual_seconds));
    match plan.verification() {
        Some(wanted) => format!(
            "when flagd answers {} for {} of {}, usually in {usual}",
            wanted.expect.as_str(),
            wanted.instances,
            counted(u64::from(wanted.instances), "instance")
        ),
        None => format!("when the cluster has taken it, usually in {usual}"),
    }
}
