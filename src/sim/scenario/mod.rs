//! Scenarios: what happens in the world at which time, and what a competent operator would conclude.
//!
//! They are files, compiled in, so that a new story needs no code and a test can hold the deck to each one.

mod fleet;
mod script;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

pub use fleet::Side;
pub(crate) use fleet::{Alert, Endpoint, Fleet, Pack, PastRelease, PoolKind, Service, SideSpec};
pub(crate) use script::{Bursts, Effect, Event, Offset, Script, Server};
pub use script::{Expectation, Headline, Incident, Rung};

const FLEET: &str = include_str!("../scenarios/fleet.toml");

/// The files by their names.
macro_rules! files {
    ($($name:literal)+) => {
        [$(($name, include_str!(concat!("../scenarios/", $name, ".toml")))),+]
    };
}

/// In the order in which they are offered.
const FILES: &[(&str, &str)] = &files! {
    "story"
    "calm"
    "feature-errors"
    "bad-release"
    "low-traffic"
    "both-bad"
    "prometheus-down"
    "flag-kill-does-not-help"
    "spread-errors"
    "slow-everything"
    "pool-exhausted"
    "cpu-hot"
    "memory-creep"
    "business-drop"
    "health-down"
    "noisy-but-fine"
    "retries"
    "late-failure"
    "mix-shift"
    "flagd-down"
    "recovers-alone"
    "cluster-unreachable"
    "two-flags"
    "production-soak"
    "production-soak-bad"
    "security-incident"
};

/// The time of day that scenario files call 03:00:00, unless the world is started at another time.
pub(crate) const EPOCH: &str = "2026-11-21T03:00:00Z";

/// A scenario that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// No file of that name is compiled in.
    #[error("there is no scenario {name:?}; there are: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// All names, separated by commas.
        known: String,
    },
    /// The file is not what the format allows.
    #[error("scenario {name}: {source}")]
    Invalid {
        /// Which file.
        name: String,
        /// What the TOML reader says, with line and key.
        source: Box<toml::de::Error>,
    },
}

/// A scenario as it is offered to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What [`Options`](super::Options) call it.
    pub name: &'static str,
    /// One line.
    pub title: String,
    /// What happens, in a few sentences.
    pub story: String,
}

/// All scenarios, in the order in which they are offered.
pub fn list() -> Result<Vec<Summary>, ScenarioError> {
    FILES
        .iter()
        .map(|(name, _)| {
            let script = load(name)?;
            Ok(Summary {
                name,
                title: script.title,
                story: script.story.trim().to_owned(),
            })
        })
        .collect()
}

/// The expectations of a scenario, without starting it.
pub fn expectations(name: &str) -> Result<Vec<Expectation>, ScenarioError> {
    Ok(load(name)?.expect)
}

/// The security incidents of a scenario, which a person at the deck raises and ends.
pub fn incidents(name: &str) -> Result<Vec<Incident>, ScenarioError> {
    Ok(load(name)?.incidents)
}

/// When a server does not answer in a scenario: from and until, in seconds after its 03:00:00.
pub fn outages(name: &str) -> Result<Vec<(i64, i64)>, ScenarioError> {
    let outage = |event: &Event| {
        let (_, until, _) = event.outage()?;
        Some((event.at().0 / 1000, until.0 / 1000))
    };
    let mut outages: Vec<(i64, i64)> = load(name)?.events.iter().filter_map(outage).collect();
    outages.sort_unstable();
    Ok(outages)
}

/// A time that a scenario file could write, `03:12:41`, on a night that begins where every scenario does; none if it is
/// no such time.
pub fn moment(time: &str) -> Option<Timestamp> {
    let offset = Offset::parse(time)?;
    let epoch: Timestamp = EPOCH.parse().ok()?;
    epoch
        .checked_add(SignedDuration::from_millis(offset.0))
        .ok()
}

/// Reads a scenario by name.
pub(crate) fn load(name: &str) -> Result<Script, ScenarioError> {
    let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = FILES.iter().map(|(known, _)| *known).collect();
        return Err(ScenarioError::Unknown {
            name: name.to_owned(),
            known: known.join(", "),
        });
    };
    toml::from_str(text).map_err(|source| ScenarioError::Invalid {
        name: name.to_owned(),
        source: Box::new(source),
    })
}

/// Reads the services that every scenario plays on.
pub(crate) fn fleet() -> Result<Fleet, ScenarioError> {
    toml::from_str(FLEET).map_err(|source| ScenarioError::Invalid {
        name: "fleet".to_owned(),
        source: Box::new(source),
    })
}
