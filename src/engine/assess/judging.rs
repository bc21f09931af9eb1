//! Asks the judge about the intervals that count: the counts of both sides in, verdicts out.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::After;
use super::window::Span;
use crate::domain::grid::Grid;
use crate::domain::metrics::Endpoint;
use crate::domain::verdict::{Estimate, Metric, MetricVerdict};
use crate::engine::evidence::ServiceEvidence;

/// What the judge says of a service.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// One verdict a judged metric.
    pub(crate) verdicts: BTreeMap<Metric, MetricVerdict>,
    /// How each endpoint's errors compare.
    pub(crate) endpoints: BTreeMap<Endpoint, Estimate>,
    /// How it is since the last action.
    pub(crate) after: Option<After>,
}

/// Judges the intervals of a span.
pub(crate) fn judged(_: &ServiceEvidence, _: Grid, _: Span, _: Timestamp) -> Judged {
    Judged::default()
}
