//! Production's soak: after a promotion both sides run one version, so production is judged against itself before it.
//!
//! The time before is moved by a whole number of intervals until it lies beside the soak, so that the judge sees two
//! sides as it always does. That assumes that the traffic of some minutes before was alike: a day's rhythm is not taken
//! out. Limits that need no comparison are held beside it for that reason.

use jiff::Timestamp;

use super::canary::Promoted;
use crate::domain::environment::{Environment, Place};
use crate::domain::fresh::Fresh;
use crate::domain::gauge::UseWindow;
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::RedWindow;
use crate::domain::source::SourceId;
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};

/// The evidence of a comparison whose judged side (canary's place) is production, and whose other side (production's
/// place) is production before the release; the latter has no metrics where too little was seen of that time.
pub(super) fn against_itself(
    evidence: &ServiceEvidence,
    promoted: &Promoted,
    grid: Grid,
) -> ServiceEvidence {
    let mut beside = evidence.clone();
    let production = beside.environments.remove(&Environment::Production);
    if let Some(production) = production {
        let before = before(&production, promoted, grid);
        beside.environments.insert(Environment::Production, before);
        beside.environments.insert(Environment::Canary, production);
    }
    let place = |environment| Place::new(evidence.service.clone(), environment);
    let of_canary = place(Environment::Canary);
    let told = |id: fn(Place) -> SourceId| {
        let known = evidence.sources.get(&id(place(Environment::Production)));
        (id(of_canary.clone()), known)
    };
    for (id, known) in [SourceId::Prometheus, SourceId::Flags, SourceId::Flagd].map(told) {
        match known {
            Some(state) => beside.sources.insert(id, state.clone()),
            None => beside.sources.remove(&id),
        };
    }
    beside.policy.canary_soak_seconds = evidence.policy.production_soak_seconds;
    beside
        .attempts
        .retain(|attempt| attempt.place.environment == Environment::Production);
    for attempt in &mut beside.attempts {
        attempt.place = of_canary.clone();
    }
    beside
}

/// Whether enough was seen of the time before: as long a time as the soak lasts.
pub(super) fn is_seen(production: &EnvironmentEvidence, promoted: &Promoted, grid: Grid) -> bool {
    let first = grid
        .first_from(promoted.counts_from)
        .plus(-promoted.by(grid));
    let red = production.red.as_ref().map(|red| &red.value);
    red.is_some_and(|red| red.grid == grid && red.first <= first)
}

/// Production as it was before the release, moved beside the soak.
fn before(
    production: &EnvironmentEvidence,
    promoted: &Promoted,
    grid: Grid,
) -> EnvironmentEvidence {
    let (by, end) = (promoted.by(grid), promoted.end(grid));
    let seen = is_seen(production, promoted, grid);
    let red = production.red.as_ref().filter(|_| seen);
    let usage = production.usage.as_ref().filter(|_| seen);
    EnvironmentEvidence {
        workload: None,
        releases: None,
        flags: None,
        evaluations: None,
        red: red.map(|red| Fresh::new(red_until(&red.value, by, end), red.at)),
        usage: usage.map(|usage| Fresh::new(usage_until(&usage.value, by, end), usage.at)),
        ..production.clone()
    }
}

/// How many entries of a window that begins there are before an interval.
fn kept(first: GridIndex, end: GridIndex) -> usize {
    usize::try_from(end.since(first)).unwrap_or(0)
}

fn red_until(red: &RedWindow, by: i64, end: GridIndex) -> RedWindow {
    let mut red = red.clone();
    red.first = red.first.plus(by);
    let kept = kept(red.first, end);
    red.holes.truncate(kept);
    red.untold.truncate(kept);
    red.latency.counts.truncate(kept);
    for counts in red.endpoints.values_mut() {
        counts.total.truncate(kept);
        counts.errors.truncate(kept);
        counts.slow.truncate(kept);
    }
    red
}

fn usage_until(usage: &UseWindow, by: i64, end: GridIndex) -> UseWindow {
    let mut usage = usage.clone();
    usage.first = usage.first.plus(by);
    let kept = kept(usage.first, end);
    usage.pods.truncate(kept);
    for values in usage.gauges.values_mut() {
        values.truncate(kept);
    }
    usage
}

impl Promoted {
    /// The interval after the last of the soak: there the time before the release ends, when it was moved.
    fn end(&self, grid: Grid) -> GridIndex {
        grid.first_from(self.soak_ends)
    }

    /// By how many intervals the time before is moved: its last interval ends before the release began.
    fn by(&self, grid: Grid) -> i64 {
        self.end(grid).since(grid.index_at(self.before))
    }
}

/// The side that is judged, and what it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// Canary, against production.
    #[default]
    Canary,
    /// Production, against itself before the release at that time. Wherever "canary" stands in an assessment or an advice
    /// it is the side that is judged, wherever "production" stands it is production before.
    Production {
        /// When the release began.
        before: Timestamp,
    },
}

impl Compared {
    /// The environment that is judged.
    pub const fn judged(self) -> Environment {
        match self {
            Self::Canary => Environment::Canary,
            Self::Production { .. } => Environment::Production,
        }
    }
}
