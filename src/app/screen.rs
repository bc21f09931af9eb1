//! The screens that there are, and where their keys are looked up. A new one is a variant here, an action and its key,
//! what `update::select` moves on it, and a file in `view::screens`; the compiler lists the places.

use serde::{Deserialize, Serialize};

use super::chord::Context;
use crate::domain::verdict::Metric;

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Screen {
    /// The overview of a service.
    Overview,
    /// The ladder of a service: every level, and why.
    Ladder,
    /// The flags of a service.
    Flags,
    /// The releases of a service.
    Releases,
    /// The worst pods of an environment.
    Pods,
    /// What changed, of all services.
    Changed,
    /// All services, a line each.
    Services,
    /// The evidence of one metric.
    Evidence {
        /// Which.
        metric: Metric,
        /// Whether the query is shown instead of the chart.
        query: bool,
    },
    /// The chart of one metric over the whole screen.
    Chart {
        /// Which.
        metric: Metric,
    },
}

impl Screen {
    /// Where its keys are looked up.
    pub const fn context(self) -> Context {
        match self {
            Self::Overview => Context::Overview,
            Self::Ladder => Context::Ladder,
            Self::Flags => Context::Flags,
            Self::Releases => Context::Releases,
            Self::Pods => Context::Pods,
            Self::Changed => Context::Changed,
            Self::Services => Context::Services,
            Self::Evidence { .. } => Context::Evidence,
            Self::Chart { .. } => Context::Chart,
        }
    }
}
