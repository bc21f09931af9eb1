//! Whether there is a canary, and since when it counts: a version that production does not run, from the first grid
//! point after its rollout, less its first minute.

use jiff::{SignedDuration, Timestamp};

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
    /// Both sides run the same version.
    Same,
    /// There is one.
    Began {
        /// When it began to count.
        counts_from: Timestamp,
        /// When its soak is over.
        soak_ends: Timestamp,
    },
}

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
pub(crate) fn canary(evidence: &ServiceEvidence, grid: Grid) -> Canary {
    let side = |e| evidence.environments.get(&e);
    let Some(canary) = side(Environment::Canary) else {
        return Canary::Unknown;
    };
    let production = side(Environment::Production).and_then(version);
    let rollout = judge::Rollout {
        canary: version(canary),
        production,
        completed: completed(canary),
        last_deployed: last_deployed(canary),
    };
    if rollout.canary.is_some() && rollout.canary == production {
        return Canary::Same;
    }
    judge::began(grid, &rollout).map_or(Canary::Unknown, |began| {
        let counts_from = grid.start(began);
        Canary::Began {
            counts_from,
            soak_ends: later(counts_from, i64::from(evidence.policy.canary_soak_seconds)),
        }
    })
}

fn completed(canary: &EnvironmentEvidence) -> Option<Timestamp> {
    match canary.workload.as_ref()?.value.rollout.as_ref()? {
        Rollout::Complete { at } => Some(*at),
        Rollout::Progressing { .. } | Rollout::Stuck { .. } => None,
    }
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
