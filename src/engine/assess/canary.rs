//! Whether there is a canary, and since when it counts: a version that production does not run, from the first grid
//! point after its rollout, less its first minute.

use jiff::{SignedDuration, Timestamp};

use crate::domain::environment::Environment;
use crate::domain::grid::Grid;
use crate::domain::untrusted::Untrusted;
use crate::domain::workload::Rollout;
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};

/// The seconds of a new canary that do not count: caches fill, connections open.
const WARM_UP_SECONDS: i64 = 60;

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

/// Whether there is a canary and since when, from versions, rollout and release.
pub(crate) fn canary(evidence: &ServiceEvidence, grid: Grid) -> Canary {
    let side = |e| evidence.environments.get(&e);
    let (Some(canary), Some(production)) =
        (side(Environment::Canary), side(Environment::Production))
    else {
        return Canary::Unknown;
    };
    match (version(canary), version(production)) {
        (Some(ours), Some(theirs)) if ours == theirs => Canary::Same,
        (Some(_), Some(_)) => began(canary).map_or(Canary::Unknown, |began| {
            let counts_from = grid
                .start(grid.first_from(later(grid.start(grid.first_from(began)), WARM_UP_SECONDS)));
            Canary::Began {
                counts_from,
                soak_ends: later(counts_from, i64::from(evidence.policy.canary_soak_seconds)),
            }
        }),
        (None, _) | (_, None) => Canary::Unknown,
    }
}

/// When the canary's revision was rolled out, else when Helm deployed it.
fn began(canary: &EnvironmentEvidence) -> Option<Timestamp> {
    let rollout = canary
        .workload
        .as_ref()
        .and_then(|w| w.value.rollout.as_ref());
    let complete = match rollout {
        Some(Rollout::Complete { at }) => Some(*at),
        Some(Rollout::Progressing { .. } | Rollout::Stuck { .. }) | None => None,
    };
    complete.or_else(|| {
        let current = canary.releases.as_ref()?.value.current()?;
        let deployed = current.detail.as_ref().and_then(|d| d.last_deployed);
        deployed.or(current.modified)
    })
}

/// A moment some seconds later.
pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}
