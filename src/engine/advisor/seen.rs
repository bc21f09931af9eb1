//! What others did about the breach: a flag that was disabled on canary since the onset, by another deck or by hand.
//!
//! Without it the deck that did not act itself would advise the next rung in the very second in which the first works.

use jiff::{SignedDuration, Timestamp};

use super::case::{Case, FlagCase};
use super::explain::Explained;
use super::{distil, explain};
use crate::domain::environment::Place;
use crate::domain::flag::FlagState;
use crate::domain::progress::Outcome;
use crate::domain::untrusted::Untrusted;
use crate::engine::assess::{Assessment, remedies};
use crate::engine::evidence::{Attempt, ServiceEvidence, Tried};

/// How far the API server's clock may be ahead of ours for its record of our own change to be known as that.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// The remedies that the flags' source tells of and that are not this deck's own.
pub(super) fn attempts(
    evidence: &ServiceEvidence,
    assessment: &Assessment,
    now: Timestamp,
) -> Vec<Attempt> {
    let case = distil(evidence, assessment, now);
    let Some(onset) = case.onset() else {
        return Vec::new();
    };
    let seen: Vec<(&FlagCase, Timestamp)> = case
        .flags
        .iter()
        .filter_map(|flag| Some((flag, disabled_at(&case, flag)?)))
        .filter(|(_, at)| *at >= onset && !is_ours(evidence, &case, *at))
        .collect();
    let is_alone = seen.len() == 1 && explain::explained(&case) == Explained::None;
    seen.into_iter()
        .filter(|(flag, at)| is_alone || is_its_own(&case, flag, *at))
        .map(|(flag, at)| Attempt {
            op: None,
            place: Place::new(evidence.service.clone(), case.compared().judged()),
            what: Tried::Flag {
                key: flag.key.clone(),
                to: FlagState::Disabled,
            },
            at,
            outcome: Some(outcome(flag)),
            recovered_at: None,
            helped_at: None,
        })
        .collect()
}

/// When a flag was disabled, as far as the record of the last change tells, if it can be a remedy at all: only one on
/// whose endpoints most errors were.
fn disabled_at(case: &Case, flag: &FlagCase) -> Option<Timestamp> {
    let is_remedy = flag.state == FlagState::Disabled && explain::explains(flag, &case.policy);
    let changed = flag.changed.as_ref().filter(|_| is_remedy);
    changed.map(|changed| changed.at)
}

/// Whether a time is that of this flag's change alone. Of a text with all flags, or of what one tool applies, only the
/// whole has a time: then a flag may have been off for months when another was changed.
fn is_its_own(case: &Case, flag: &FlagCase, at: Timestamp) -> bool {
    let mut others = case.flags.iter().filter(|other| other.key != flag.key);
    !others.any(|other| other.changed.as_ref().is_some_and(|c| c.at == at))
}

/// Whether an operation of this deck made the change: one of about that time or later. Of which flag does not matter, for
/// the time may be that of all of them.
fn is_ours(evidence: &ServiceEvidence, case: &Case, at: Timestamp) -> bool {
    remedies(&evidence.attempts, case.compared().judged()).any(|ours| {
        let written = ours.outcome.as_ref().and_then(Outcome::is_written);
        written != Some(false) && at.duration_since(ours.at) <= SKEW
    })
}

/// How far it got, by what the instances evaluate.
fn outcome(flag: &FlagCase) -> Outcome {
    match flag.evaluated {
        Some((0, instances)) => Outcome::Verified { instances },
        Some((on, of)) => Outcome::Unverified {
            as_wanted: of.saturating_sub(on),
            of,
            why: Untrusted::from("not every instance says so yet"),
        },
        None => Outcome::Unverified {
            as_wanted: 0,
            of: 0,
            why: Untrusted::from("no instance was asked"),
        },
    }
}
