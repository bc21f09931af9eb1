//! When a canary began: from its rollout, never from when someone looked.

use jiff::Timestamp;

use crate::domain::grid::{Grid, GridIndex};
use crate::domain::untrusted::Untrusted;

/// The canary's first minute does not count: caches are cold, pods are still joining.
pub const WARM_UP_SECONDS: i64 = 60;

/// What is known of the two sides' versions and the canary's rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollout<'a> {
    /// The version that canary runs.
    pub canary: Option<&'a Untrusted>,
    /// The version that production runs.
    pub production: Option<&'a Untrusted>,
    /// When the rollout of canary's revision completed.
    pub completed: Option<Timestamp>,
    /// When Helm last deployed it.
    pub last_deployed: Option<Timestamp>,
}

/// The first interval that counts; none when both sides run the same version or nothing was deployed.
pub fn began(grid: Grid, rollout: &Rollout<'_>) -> Option<GridIndex> {
    if rollout.canary.is_some() && rollout.canary == rollout.production {
        return None;
    }
    let deployed = rollout.completed.or(rollout.last_deployed)?;
    let began = grid.start(grid.first_from(deployed));
    let warm = Timestamp::from_second(began.as_second().saturating_add(WARM_UP_SECONDS)).ok()?;
    Some(grid.first_from(warm))
}
