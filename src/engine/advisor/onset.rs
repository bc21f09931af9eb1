//! When the trouble of a service began, and of which metric it is: what clocks and distances are counted from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::advice::Headline;
use super::distil;
use super::reason::Reason;
use crate::domain::environment::Environment;
use crate::domain::gauge::Gauge;
use crate::domain::verdict::Metric;
use crate::engine::assess::{Assessment, RedLine};
use crate::engine::evidence::ServiceEvidence;

/// The beginning of a trouble that is there, or that was there while this canary ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onset {
    /// The start of the first interval that is bad.
    pub at: Timestamp,
    /// In what.
    pub metric: Metric,
    /// Canary where it is worse than production; production where that is over its own limits.
    pub on: Environment,
}

/// The onset of a service: the canary's first, else production's own.
pub fn began(evidence: &ServiceEvidence, assessment: &Assessment, now: Timestamp) -> Option<Onset> {
    let case = distil(evidence, assessment, now);
    let canary = case.onset_of().map(|(metric, at)| Onset {
        at,
        metric,
        on: Environment::Canary,
    });
    canary.or_else(|| {
        let bad = case.production_bad()?;
        Some(Onset {
            at: bad.production_since?,
            metric: bad.verdict.metric,
            on: Environment::Production,
        })
    })
}

impl Headline {
    /// The metric that it speaks of, if of one.
    pub fn metric(&self) -> Option<Metric> {
        match self {
            Self::NotEnough { metric, .. }
            | Self::Watch { metric, .. }
            | Self::Breach { metric, .. }
            | Self::BothBad { metric, .. }
            | Self::ProductionBad { metric, .. }
            | Self::NotEarned { metric, .. }
            | Self::Unjudged { metric, .. }
            | Self::StillBad { metric, .. }
            | Self::Better { metric, .. }
            | Self::WasBad { metric, .. } => Some(*metric),
            Self::RedLine { line, .. } => Some(line.metric()),
            Self::Blind {
                last: Some(last), ..
            } => last.metric(),
            Self::Blind { last: None, .. }
            | Self::Reading { .. }
            | Self::Idle
            | Self::WarmingUp { .. }
            | Self::Soak { .. }
            | Self::Passed { .. }
            | Self::Helped { .. } => None,
        }
    }
}

impl RedLine {
    /// The metric that shows it.
    pub const fn metric(&self) -> Metric {
        match self {
            Self::WontStart { .. } | Self::Down => Metric::Readiness,
            Self::Restarts { .. } => Metric::Gauge(Gauge::Restarts),
            Self::Over { metric, .. } => *metric,
        }
    }
}

impl Reason {
    /// The metric that it rests on, if on one.
    pub const fn metric(&self) -> Option<Metric> {
        match self {
            Self::ErrorsOnFlag { .. }
            | Self::AnotherFlagToo { .. }
            | Self::ErrorsSpread { .. }
            | Self::RestAlsoWorse { .. }
            | Self::RestIsWell { .. } => Some(Metric::Errors),
            Self::RedLine(line) => Some(line.metric()),
            Self::OverLimit { metric, .. }
            | Self::WorseThanProduction { metric, .. }
            | Self::NotKnown { metric } => Some(*metric),
            Self::FlagChangedBefore { .. }
            | Self::SchemaUnfit { .. }
            | Self::MachinesWell { .. }
            | Self::Unfinished { .. }
            | Self::TriedBelow { .. }
            | Self::AttemptsFailed { .. }
            | Self::StableKnown { .. }
            | Self::ProductionAsBad { .. }
            | Self::SharedDependency
            | Self::ReviewFirst
            | Self::EndpointsUnknown { .. }
            | Self::OwnedBy { .. }
            | Self::Instances { .. }
            | Self::Stale { .. }
            | Self::LookedAt(_) => None,
        }
    }
}
