//! The judge: is canary worse than production, since when, is not worse earned, did an action help. Looking after
//! every interval costs nothing in certainty; it is one fold, so that live, late and recorded give the same numbers.

mod began;
mod effect;
mod fold;
mod gauge;
mod pair;
mod ratio;
mod recorded;
mod report;
mod series;
mod sides;
mod since;
mod strata;

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers in tests"
)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::gauge::{Gauge, UseWindow};
use crate::domain::grid::GridIndex;
use crate::domain::metrics::{BeforeCanary, Endpoint, RedWindow, Tally};
use crate::domain::verdict::{Estimate, Metric, MetricVerdict};

pub use began::{Rollout, WARM_UP_SECONDS, began};
pub use effect::{Effect, Measured};
pub use fold::Judge;
pub use gauge::Business;
pub(crate) use gauge::{BATCH, LEAST_EVENTS};
pub use recorded::recorded;
pub use series::{Kind, Samples, Series, SeriesRequest, SeriesVerdict, from_series};

/// What a service is judged by at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Input<'a> {
    /// The chance of a false breach over the whole life of a canary, shared by the metrics.
    pub alpha: f64,
    /// The first interval that counts, warm-up over (see [`began`]); none when both sides run the same version.
    pub canary_began: Option<GridIndex>,
    /// How long the canary soaks from then, in seconds.
    pub soak_seconds: u32,
    /// The moment.
    pub now: Timestamp,
    /// Canary's counts; none if its source never answered.
    pub canary: Option<&'a RedWindow>,
    /// Production's counts, best from an hour before the canary began.
    pub production: Option<&'a RedWindow>,
    /// Canary's gauges.
    pub canary_use: Option<&'a UseWindow>,
    /// Production's gauges.
    pub production_use: Option<&'a UseWindow>,
    /// How production was in the day before; frozen when the canary begins.
    pub before: Option<&'a BeforeCanary>,
    /// When the last action took place.
    pub acted_at: Option<Timestamp>,
    /// Whether canary has a database or third parties of its own, so that it may burst as a whole.
    pub own_dependencies: bool,
    /// The metrics of the business.
    pub business: Business<'a>,
}

/// What the judge concludes of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Errors, slow requests, then each gauge that either side has.
    pub metrics: Vec<MetricVerdict>,
    /// Errors by endpoint since the onset (else since the canary began), most errors on canary first.
    pub endpoints: Vec<EndpointVerdict>,
    /// What the verdicts on errors and slow requests rest on.
    pub evidence: Vec<Evidence>,
    /// What an action did to each gauge that was in breach.
    pub gauges: Vec<(Gauge, Effect)>,
    /// The end of the newest interval that both sides have whole; none before the first.
    pub through: Option<Timestamp>,
}

impl Judgement {
    /// The verdict on a metric.
    pub fn verdict(&self, metric: Metric) -> Option<&MetricVerdict> {
        self.metrics.iter().find(|judged| judged.metric == metric)
    }

    /// What the verdict on a metric rests on.
    pub fn evidence(&self, metric: Metric) -> Option<&Evidence> {
        self.evidence.iter().find(|held| held.metric == metric)
    }
}

/// One endpoint's errors on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndpointVerdict {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Canary's errors.
    pub canary: Tally,
    /// Production's errors.
    pub production: Tally,
    /// How they compare; none without an error or a baseline.
    pub estimate: Option<Estimate>,
    /// Its share of canary's errors, 0 to 1.
    pub share_of_errors: f64,
}

/// What a verdict rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The metric.
    pub metric: Metric,
    /// The evidence that canary is worse: 1 is none; over [`Self::threshold`] it is certain.
    pub value: f64,
    /// The evidence that a breach needs.
    pub threshold: f64,
    /// The evidence that canary is not worse; 20 is enough.
    pub earned: f64,
    /// The onset of the breach that holds now, also while the source is silent.
    pub breach_since: Option<Timestamp>,
    /// When that breach became certain.
    pub certain_at: Option<Timestamp>,
    /// The endpoint from which the evidence comes, when it is one and not the service as a whole.
    pub endpoint: Option<Endpoint>,
    /// How many bad requests come as one.
    pub phi: f64,
    /// Whether that is assumed, because too little is known of the day before.
    pub phi_assumed: bool,
    /// Production's bad ratio of the day before.
    pub rate_before: Option<f64>,
    /// What the last action did; none without one after the onset.
    pub effect: Option<Effect>,
}

/// Judges a service at a moment. A caller that asks again keeps a [`Judge`] and pays for the new intervals only; the
/// result is the same.
pub fn judge(input: &Input<'_>) -> Judgement {
    Judge::new(input).judge(input)
}
