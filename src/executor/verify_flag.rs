//! Whether a change of a flag has arrived where it matters: what every instance of flagd now answers.

use std::collections::BTreeSet;
use std::time::Duration;

use super::carry_out::Reports;
use super::tools::Tools;
use crate::adapters::flagd::Instances;
use crate::domain::environment::Place;
use crate::domain::flag::{Answer, Evaluation, FlagState};
use crate::domain::plan::VerifyFlag;
use crate::domain::progress::{Happening, Outcome};
use crate::domain::untrusted::Untrusted;

/// How often instances are asked while a change spreads. A network's time, not the deck's: it does not scale.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Asks until every instance answers as wanted or the time is over; reports each change of the count, where somebody
/// listens.
pub(super) async fn verify_flag(
    wanted: &VerifyFlag,
    tools: &Tools,
    reports: Option<&Reports<'_>>,
) -> Outcome {
    let instances = match open(&wanted.place, tools).await {
        Ok(instances) => instances,
        Err(why) => {
            return Outcome::Unverified {
                as_wanted: 0,
                of: 0,
                why,
            };
        }
    };
    let mut last = None;
    let mut knew: BTreeSet<Untrusted> = wanted.knew.iter().cloned().collect();
    let until = tokio::time::sleep(Duration::from_secs(u64::from(wanted.deadline_seconds)));
    tokio::pin!(until);
    let mut every = tokio::time::interval(ASK_EVERY);
    loop {
        let is_over = tokio::select! {
            () = &mut until => true,
            _ = every.tick() => false,
        };
        let answers = instances.evaluate(&wanted.key).await;
        let seen = Seen::of(&answers, wanted.expect, &mut knew);
        if let Some(reports) = reports.filter(|_| last.as_ref() != Some(&seen)) {
            let Seen {
                as_wanted,
                of,
                holdouts,
                ..
            } = seen.clone();
            reports
                .report(Happening::Evaluated {
                    as_wanted,
                    of,
                    holdouts,
                })
                .await;
            last = Some(seen.clone());
        }
        if seen.is_all() {
            return Outcome::Verified { instances: seen.of };
        }
        if is_over {
            return seen.outcome();
        }
    }
}

/// The instances of an environment, or why none can be asked.
pub(super) async fn open(place: &Place, tools: &Tools) -> Result<Instances, Untrusted> {
    let Some(settings) = tools.ofrep.get(place) else {
        return Err(Untrusted::from(
            "no address of flagd is configured: what it evaluates can't be seen",
        ));
    };
    let client = tools
        .reader_of(place)
        .ok_or_else(|| Untrusted::from("its cluster can't be reached"))?;
    Instances::open(settings, client)
        .await
        .map_err(|trouble| trouble.message)
}

/// What the instances answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) as_wanted: u32,
    pub(super) of: u32,
    /// Those that do not answer as wanted.
    pub(super) holdouts: Vec<Untrusted>,
    /// Those of them that say they do not have the flag, and never showed that they did.
    strangers: Vec<Untrusted>,
}

impl Seen {
    /// Counts the answers that are as wanted; `knew` are the instances that ever showed that they have the flag.
    pub(super) fn of(
        answers: &[Evaluation],
        expect: FlagState,
        knew: &mut BTreeSet<Untrusted>,
    ) -> Self {
        let know = answers.iter().filter(|e| e.answer.knows());
        knew.extend(know.map(|e| e.instance.clone()));
        let (wanted, others): (Vec<_>, Vec<_>) = answers
            .iter()
            .partition(|e| is_as_wanted(&e.answer, expect, knew.contains(&e.instance)));
        let is_strange =
            |e: &&Evaluation| e.answer == Answer::NotFound && !knew.contains(&e.instance);
        let strangers = others.iter().copied().filter(is_strange);
        Self {
            as_wanted: count(wanted.len()),
            of: count(answers.len()),
            strangers: strangers.map(|e| e.instance.clone()).collect(),
            holdouts: others.into_iter().map(|e| e.instance.clone()).collect(),
        }
    }

    /// Whether every instance answers as wanted; where there is none, nothing is shown.
    pub(super) const fn is_all(&self) -> bool {
        self.of > 0 && self.as_wanted == self.of
    }

    /// The outcome when no more time is left.
    pub(super) fn outcome(self) -> Outcome {
        let Self {
            as_wanted,
            of,
            holdouts,
            strangers,
        } = self;
        let others: Vec<String> = holdouts
            .iter()
            .filter(|name| !strangers.contains(name))
            .map(Untrusted::shown)
            .collect();
        let mut parts = Vec::new();
        if of == 0 {
            parts.push("there is no instance to ask".to_owned());
        }
        if !others.is_empty() {
            parts.push(format!("not as wanted: {}", others.join(", ")));
        }
        if !strangers.is_empty() {
            let names: Vec<String> = strangers.iter().map(Untrusted::shown).collect();
            parts.push(format!("does not know this flag: {}", names.join(", ")));
        }
        Outcome::Unverified {
            as_wanted,
            of,
            why: Untrusted::new(parts.join("; ")),
        }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Whether an answer is what a state must lead to. Not to find the flag is to have it disabled only for one who knew it.
const fn is_as_wanted(answer: &Answer, expect: FlagState, knew: bool) -> bool {
    match (expect, answer) {
        (FlagState::Disabled, Answer::NotFound) => knew,
        (FlagState::Disabled, Answer::Disabled) | (FlagState::Enabled, Answer::Served { .. }) => {
            true
        }
        (FlagState::Disabled, Answer::Served { .. } | Answer::Failed { .. })
        | (FlagState::Enabled, Answer::Disabled | Answer::NotFound | Answer::Failed { .. }) => {
            false
        }
    }
}

#[cfg(test)]
mod tests;
