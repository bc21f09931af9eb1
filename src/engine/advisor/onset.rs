//! When the trouble of a service began, and of which metric it is: what clocks and distances are counted from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::advice::Headline;
use super::case::Case;
use super::distil;
use super::headline::headline;
use super::reason::Reason;
use crate::domain::environment::Environment;
use crate::domain::gauge::Gauge;
use crate::domain::verdict::Metric;
use crate::engine::assess::{Assessment, Compared, Limit, RedLine};
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
    /// What it is worse than; none where it is over its own limits.
    pub than: Option<Compared>,
}

/// The onset of what is concluded of a service. Of a trouble that is there it is that trouble's own, or none where that
/// is not known; an episode that is over has a say only while nothing is wrong.
pub fn began(evidence: &ServiceEvidence, assessment: &Assessment, now: Timestamp) -> Option<Onset> {
    let case = distil(evidence, assessment, now);
    of(&case, &headline(&case))
}

/// The onset of what a headline speaks of.
pub(super) fn of(case: &Case, headline: &Headline) -> Option<Onset> {
    let on_canary = |(metric, at)| Onset {
        at,
        metric,
        on: case.compared().judged(),
        than: Some(case.compared()),
    };
    let worse = || case.worse().map(|w| on_canary((w.metric, w.since)));
    match headline {
        // An incident is no metric's; what is bad beside it has a beginning.
        Headline::Security { measured, .. } => of(case, measured),
        Headline::Breach { metric, since, .. } | Headline::WasBad { metric, since, .. } => {
            Some(on_canary((*metric, *since)))
        }
        Headline::StillBad { .. } | Headline::Better { .. } => worse(),
        Headline::BothBad { .. } | Headline::ProductionBad { .. } => of_production(case),
        // A line of canary's own has no beginning; what is bad beside it has.
        Headline::RedLine { line, since } => since
            .map(|since| on_canary((line.metric(), since)))
            .or_else(worse)
            .or_else(|| of_production(case)),
        // What was bad when it was last seen.
        Headline::Blind {
            last: Some(last), ..
        } => of(case, last),
        Headline::Blind { last: None, .. }
        | Headline::Helped { .. }
        | Headline::Reading { .. }
        | Headline::Idle
        | Headline::WarmingUp { .. }
        | Headline::Soak { .. }
        | Headline::ProductionSoak { .. }
        | Headline::Passed { .. }
        | Headline::NotEnough { .. }
        | Headline::Watch { .. }
        | Headline::NotEarned { .. }
        | Headline::Unjudged { .. } => case.onset_of().map(on_canary),
    }
}

/// Since when production is over its own limits: in what is said of it, else (pods that are down have no beginning) in
/// what its requests show.
fn of_production(case: &Case) -> Option<Onset> {
    let requests = [Metric::Errors, Metric::Slow].map(|m| case.metric(m));
    let over = requests
        .into_iter()
        .flatten()
        .filter(|m| m.production_over >= Limit::OverTrigger);
    case.production_bad()
        .into_iter()
        .chain(over)
        .find_map(|bad| {
            Some(Onset {
                at: bad.production_since?,
                metric: bad.verdict.metric,
                on: Environment::Production,
                than: None,
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
            Self::Security { measured, .. } => measured.metric(),
            Self::Blind {
                last: Some(last), ..
            } => last.metric(),
            Self::Blind { last: None, .. }
            | Self::Reading { .. }
            | Self::Idle
            | Self::WarmingUp { .. }
            | Self::Soak { .. }
            | Self::ProductionSoak { .. }
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
            Self::SecurityIncident { .. }
            | Self::NobodyServed { .. }
            | Self::FlagChangedBefore { .. }
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
