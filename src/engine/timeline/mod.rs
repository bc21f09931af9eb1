//! What changed: one line of time over all services, newest first, each entry with its distance to the onset of the
//! service that is looked at. Whoever looks for a cause asks what came just before it, wherever that was.

mod collect;
mod still;
#[cfg(test)]
mod tests;

pub use still::Still;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::advisor::{self, Onset};
use super::assess::{Assessment, Compared};
use super::evidence::ServiceEvidence;
use crate::domain::alert::AlertState;
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::FlagState;
use crate::domain::grid::UNIT_SECONDS;
use crate::domain::names::{FlagKey, OpId, ServiceName, UserName};
use crate::domain::plan::{Intent, Plan};
use crate::domain::progress::{Outcome, Progress};
use crate::domain::release::{ReleaseStatus, Revision};
use crate::domain::security::{Affected, Statement};
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::Metric;

/// What a line of time is made from.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Every service: what is known of it, and how it was assessed.
    pub services: Vec<(&'a ServiceEvidence, &'a Assessment)>,
    /// The operations of this deck: the plan and what was reported of it.
    pub operations: Vec<(&'a Plan, &'a [Progress])>,
    /// The service that is looked at: its onset is what distances are counted from.
    pub service: &'a ServiceName,
    /// Whether only that service's changes are wanted.
    pub only: bool,
    /// How far back.
    pub within: SignedDuration,
    /// The present.
    pub now: Timestamp,
}

/// What changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// The onset of the service that is looked at, also where it is older than the window.
    pub onset: Option<Onset>,
    /// The entries, newest first; of equal times what follows from another stands above it.
    pub entries: Vec<Entry>,
    /// How many there are in the window, those of other services too.
    pub all: usize,
    /// The last change before the onset or in its interval, however long ago: of canary where the onset is canary's, of any environment where it
    /// is production's, for a canary may hurt what both share.
    pub nearest: Option<Entry>,
    /// Whether that service's production stood still in the window; none where it has none.
    pub production: Option<Still>,
}

impl Timeline {
    /// The entry of that name.
    pub fn get(&self, id: &Id) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    /// How many seconds after the onset a moment is; before it negative.
    pub fn distance(&self, at: Timestamp) -> Option<i64> {
        self.onset
            .map(|onset| at.duration_since(onset.at).as_secs())
    }

    /// Whether an entry is the onset that distances are counted from.
    pub fn is_onset(&self, entry: &Entry) -> bool {
        match (&entry.what, self.onset) {
            (What::Began { metric, .. }, Some(onset)) => {
                entry.shown && onset.metric == *metric && entry.id.place.environment == onset.on
            }
            (_, _) => false,
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is, whatever stands above it.
    pub id: Id,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// Whether it is of the service that is looked at.
    pub shown: bool,
}

/// The identity of an entry. A flag has one: of its changes only the last is recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Id {
    /// Where.
    pub place: Place,
    /// What of it.
    pub of: Of,
}

/// What of a place an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A revision of its release.
    Release(Revision),
    /// The revision that was marked stable.
    Stable(Revision),
    /// A flag, or the first of those that have one time together.
    Flag(FlagKey),
    /// Its newest rollout.
    Rollout,
    /// Restarts of its containers.
    Restarts,
    /// An alert of its metrics server.
    Alert(Untrusted),
    /// The canary's beginning.
    Canary,
    /// The end of its soak.
    SoakEnd,
    /// The onset of a breach of a metric.
    Began(Metric),
    /// When that was certain.
    Certain(Metric),
    /// When it was over.
    Over(Metric),
    /// A security incident was raised then.
    Raised(Timestamp),
    /// One that was raised then was ended.
    EndedIncident(Timestamp),
    /// An operation was confirmed.
    Confirmed(OpId),
    /// An operation ended.
    Ended(OpId),
    /// An operation was seen to help.
    Helped(Timestamp),
    /// An operation was seen to be enough.
    Recovered(Timestamp),
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A revision was deployed, or tried to be.
    Release {
        /// Which.
        revision: Revision,
        /// The one before it, where Helm still keeps it.
        from: Option<Revision>,
        /// Its version, where its record was read.
        version: Option<Untrusted>,
        /// Where it stands now.
        status: ReleaseStatus,
        /// The revision that it rolled back to, where it was a rollback.
        rollback_to: Option<Revision>,
    },
    /// A version was marked stable.
    Stable {
        /// Which revision.
        revision: Revision,
        /// Its version.
        version: Option<Untrusted>,
        /// By whom.
        by: Option<Untrusted>,
    },
    /// The last recorded change of a flag, or of several that have one record.
    Flags {
        /// Which it may be: the source does not tell which of several.
        keys: Vec<FlagKey>,
        /// By whom, as the API server recorded it.
        by: Untrusted,
        /// What it is now, of a single one.
        now: Option<FlagState>,
        /// How many services read them from this very object.
        services: usize,
    },
    /// A rollout is not complete: the time is that of its last progress.
    RolloutRuns,
    /// A rollout was complete.
    RolloutComplete {
        /// Pods.
        pods: u32,
    },
    /// A rollout got no further.
    RolloutStuck {
        /// Why.
        reason: Untrusted,
    },
    /// Containers restarted in the five minutes before.
    Restarts {
        /// How often.
        count: u32,
    },
    /// The canary began to count.
    Canary {
        /// Its version.
        version: Option<Untrusted>,
        /// How long it soaks.
        soak: SignedDuration,
    },
    /// The soak's time was over.
    SoakEnd,
    /// A metric began to be worse than production's, or over its own limit on production.
    Began {
        /// Which.
        metric: Metric,
        /// What it is worse than; none where it is over its own limit.
        than: Option<Compared>,
    },
    /// A breach was certain.
    Certain {
        /// Of which metric.
        metric: Metric,
    },
    /// A breach was over without an action of ours.
    Over {
        /// Of which metric.
        metric: Metric,
    },
    /// A person raised a security incident, on these sides.
    Raised(Statement, Affected),
    /// A person ended one.
    EndedIncident(Statement),
    /// A person confirmed a plan of this deck.
    Confirmed {
        /// Who.
        by: Option<UserName>,
        /// What.
        intent: Intent,
    },
    /// An operation of this deck ended.
    Ended {
        /// What was wanted.
        intent: Intent,
        /// How.
        outcome: Outcome,
    },
    /// The condition of an alert began to hold; whether it has held for long enough to fire.
    Alert {
        /// Its rule's name.
        name: Untrusted,
        /// Whether it fires.
        state: AlertState,
        /// How severe its rule says it is.
        severity: Option<Untrusted>,
    },
    /// After an action the errors were surely under half of what they were.
    Helped,
    /// After an action canary was no longer worse.
    Recovered,
}

impl What {
    /// Of equal times, which comes first: causes before effects.
    const fn rank(&self) -> u8 {
        match self {
            Self::Confirmed { .. } | Self::Raised(..) | Self::EndedIncident(_) => 0,
            Self::Release { .. } | Self::Stable { .. } | Self::Flags { .. } => 1,
            Self::RolloutRuns | Self::RolloutStuck { .. } | Self::RolloutComplete { .. } => 2,
            Self::Canary { .. } => 3,
            Self::Began { .. } => 4,
            Self::Restarts { .. } => 5,
            Self::Certain { .. } | Self::Alert { .. } => 6,
            Self::Ended { .. } => 7,
            Self::Helped => 8,
            Self::Recovered | Self::Over { .. } => 9,
            Self::SoakEnd => 10,
        }
    }

    /// Whether it changed what runs or is served, so that it may be a cause.
    const fn is_change(&self) -> bool {
        match self {
            Self::Release { .. } | Self::Flags { .. } | Self::Confirmed { .. } => true,
            Self::Stable { .. }
            | Self::Raised(..)
            | Self::EndedIncident(_)
            | Self::RolloutRuns
            | Self::RolloutComplete { .. }
            | Self::RolloutStuck { .. }
            | Self::Restarts { .. }
            | Self::Canary { .. }
            | Self::SoakEnd
            | Self::Began { .. }
            | Self::Certain { .. }
            | Self::Over { .. }
            | Self::Ended { .. }
            | Self::Alert { .. }
            | Self::Helped
            | Self::Recovered => false,
        }
    }
}

/// Makes the line of time.
pub fn timeline(asked: &Asked<'_>) -> Timeline {
    let here =
        |(evidence, _): &&(&ServiceEvidence, &Assessment)| evidence.service == *asked.service;
    let shown = asked.services.iter().find(here);
    let onset =
        shown.and_then(|(evidence, assessment)| advisor::began(evidence, assessment, asked.now));
    let mut entries = collect::entries(asked, onset);
    entries.sort_by(|a, b| {
        let age = (b.at, b.what.rank()).cmp(&(a.at, a.what.rank()));
        age.then_with(|| b.shown.cmp(&a.shown))
            .then_with(|| a.id.cmp(&b.id))
    });
    let nearest = onset
        .zip(shown)
        .and_then(|(onset, (_, assessment))| nearest(&entries, onset, interval(assessment)));
    let from = asked.now.saturating_sub(asked.within);
    let from = from.unwrap_or(Timestamp::MIN);
    // A change by a clock that is ahead of ours is not hidden for it.
    entries.retain(|entry| entry.at >= from);
    let production =
        shown.and_then(|(evidence, _)| still::production(evidence, &entries, from, asked.now));
    let all = entries.len();
    if asked.only {
        entries.retain(|entry| entry.shown);
    }
    Timeline {
        onset,
        entries,
        all,
        nearest,
        production,
    }
}

/// The last change of the service before its onset, where it may have caused it. An onset is the start of an interval and
/// right to that one: what changed in it is still before it.
fn nearest(newest_first: &[Entry], onset: Onset, interval: SignedDuration) -> Option<Entry> {
    let until = onset.at.saturating_add(interval);
    let until = until.unwrap_or(onset.at);
    let before = |entry: &&Entry| {
        let on = entry.id.place.environment;
        let is_there = on == onset.on || onset.on == Environment::Production;
        entry.shown && is_there && entry.what.is_change() && entry.at <= until
    };
    newest_first.iter().find(before).cloned()
}

/// The interval by which a service's metrics are counted.
fn interval(assessment: &Assessment) -> SignedDuration {
    let first = assessment.rows.first();
    let seconds = first.map_or(UNIT_SECONDS, |row| row.trend_step_seconds);
    SignedDuration::from_secs(i64::from(seconds))
}
