//! Whether there is a canary, and since when it counts: a version that production does not run, from the first grid
//! point after its rollout, less its first minute. Where production runs it too, whether it soaks there, and since when.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::itself;
use crate::domain::environment::Environment;
use crate::domain::grid::Grid;
use crate::domain::untrusted::Untrusted;
use crate::domain::workload::Rollout;
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};
use crate::engine::judge;

/// Whether there is a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Canary {
    /// Not known: neither side's version, or not when it began.
    Unknown,
    /// Both sides run the same version, and production has for longer than its soak.
    Same,
    /// Both sides run the same version, which production began to run less than its soak ago; or less than
    /// [`FOLLOWED_SECONDS`], for what was found in the soak does not end with it.
    Promoted(Promoted),
    /// There is one.
    Began {
        /// When it began to count.
        counts_from: Timestamp,
        /// When its soak is over.
        soak_ends: Timestamp,
    },
}

/// A release on production that soaks there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promoted {
    /// When it began to count.
    pub counts_from: Timestamp,
    /// When its soak is over; where it was found bad, until when it is looked at.
    pub soak_ends: Timestamp,
    /// When the release began: before it production was as it was.
    pub before: Timestamp,
    /// Whether enough was seen of that time to judge by.
    pub is_seen: bool,
}

/// The longest that a rollout goes on without progress before it is called stuck, in seconds: Kubernetes' default
/// (`progressDeadlineSeconds` of a Deployment). So long before its end it began at most, where nobody tells when.
const ROLLOUT_SECONDS: i64 = 600;

/// So long after it began to count a release is held against the time before where it was found bad: less than the hour
/// that is known of that time.
const FOLLOWED_SECONDS: i64 = 3000;

/// The longest that a rollout takes in all, in seconds, for the release before it to be its cause.
const RELEASE_SECONDS: i64 = 3600;

/// The version that an environment runs: what its pods say, else its release.
pub(crate) fn version(environment: &EnvironmentEvidence) -> Option<&Untrusted> {
    let workload = environment.workload.as_ref();
    workload.and_then(|w| w.value.version.as_ref()).or_else(|| {
        let history = &environment.releases.as_ref()?.value;
        let detail = history.current()?.detail.as_ref()?;
        Some(detail.app_version.as_ref().unwrap_or(&detail.chart_version))
    })
}

/// Whether there is a canary and since when, from versions, rollout and release. Where one side's version is not known,
/// a rollout counts as a canary: judging too much is the lesser harm.
pub(crate) fn canary(evidence: &ServiceEvidence, grid: Grid, now: Timestamp) -> Canary {
    let side = |e| evidence.environments.get(&e);
    let Some(canary) = side(Environment::Canary) else {
        return Canary::Unknown;
    };
    let other = side(Environment::Production);
    let production = other.and_then(version);
    let rollout = judge::Rollout {
        canary: version(canary),
        production,
        completed: completed(canary),
        last_deployed: last_deployed(canary),
    };
    if rollout.canary.is_some() && rollout.canary == production {
        let soaks = other.and_then(|side| promoted(evidence, side, grid, now));
        return soaks.map_or(Canary::Same, Canary::Promoted);
    }
    judge::began(grid, &rollout).map_or(Canary::Unknown, |began| {
        let counts_from = grid.start(began);
        Canary::Began {
            counts_from,
            soak_ends: later(counts_from, i64::from(evidence.policy.canary_soak_seconds)),
        }
    })
}

/// What soaks on production, by its rollout and its release.
fn promoted(
    evidence: &ServiceEvidence,
    production: &EnvironmentEvidence,
    grid: Grid,
    now: Timestamp,
) -> Option<Promoted> {
    let rollout = judge::Rollout {
        canary: version(production),
        production: None,
        // Until the last pod is there it has not begun to soak.
        completed: completed(production).or_else(|| is_rolling(production).then_some(now)),
        last_deployed: last_deployed(production),
    };
    let deployed = rollout.completed.or(rollout.last_deployed)?;
    let counts_from = grid.start(judge::began(grid, &rollout)?);
    let soak = i64::from(evidence.policy.production_soak_seconds);
    let mut length = soak;
    while now >= later(counts_from, length) && length < FOLLOWED_SECONDS && soak > 0 {
        length = length.saturating_mul(2).min(FOLLOWED_SECONDS);
    }
    let soak_ends = later(counts_from, length);
    if now < deployed || now >= soak_ends || soak == 0 {
        return None;
    }
    // A release of long before, or one after it, is not what rolled these pods out: they were only restarted.
    let recent = later(deployed, -RELEASE_SECONDS);
    let released = rollout.last_deployed;
    let released = released.filter(|at| (recent..=deployed).contains(at));
    let before = released.unwrap_or_else(|| later(deployed, -ROLLOUT_SECONDS));
    let mut promoted = Promoted {
        counts_from,
        soak_ends,
        before,
        is_seen: false,
    };
    promoted.is_seen = itself::is_seen(production, &promoted, grid);
    Some(promoted)
}

fn completed(canary: &EnvironmentEvidence) -> Option<Timestamp> {
    match canary.workload.as_ref()?.value.rollout.as_ref()? {
        Rollout::Complete { at } => Some(*at),
        Rollout::Progressing { .. } | Rollout::Stuck { .. } => None,
    }
}

fn is_rolling(side: &EnvironmentEvidence) -> bool {
    let rollout = side
        .workload
        .as_ref()
        .and_then(|w| w.value.rollout.as_ref());
    matches!(rollout, Some(Rollout::Progressing { .. }))
}

/// Of the newest revision, also while it is pending or has failed: the one in use may be days old, and is not the canary.
fn last_deployed(canary: &EnvironmentEvidence) -> Option<Timestamp> {
    let newest = canary.releases.as_ref()?.value.revisions.last()?;
    let deployed = newest.detail.as_ref().and_then(|d| d.last_deployed);
    deployed.or(newest.modified)
}

/// A moment some seconds later.
pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}
