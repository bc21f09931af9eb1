//! What a gauge is for each request or each pod, and how canary's compares with production's: the total of a small side
//! says nothing beside that of a large one.

use super::rows::{Frame, as_number, value};
use super::{Value, window};
use crate::domain::verdict::Metric;
use crate::engine::evidence::EnvironmentEvidence;

/// Canary's value for each request, as a multiple of production's.
pub(super) fn for_each_request(
    frame: &Frame<'_>,
    canary: Option<Value>,
    production: Option<Value>,
) -> Option<f64> {
    let a_request = |side: Option<&EnvironmentEvidence>, of: Option<Value>| {
        let requests = as_number(value(side?, Metric::Requests, &frame.span)?)?;
        Some(as_number(of?)? / requests).filter(|v| v.is_finite())
    };
    let (ours, theirs) = (
        a_request(frame.canary, canary)?,
        a_request(frame.production, production)?,
    );
    (theirs > 0.0).then(|| ours / theirs)
}

/// Canary's value for each pod, as a multiple of production's.
pub(super) fn for_each_pod(
    frame: &Frame<'_>,
    canary: Option<Value>,
    production: Option<Value>,
) -> Option<f64> {
    let a_pod = |side: Option<&EnvironmentEvidence>, of: Option<Value>| {
        let pods = window::pods(&side?.usage.as_ref()?.value, &frame.span);
        Some(as_number(of?)? / window::mean(&pods)?).filter(|v| v.is_finite())
    };
    let (ours, theirs) = (
        a_pod(frame.canary, canary)?,
        a_pod(frame.production, production)?,
    );
    (theirs > 0.0).then(|| ours / theirs)
}

/// How many events canary's requests should have made in the table's window, by production's share of them.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
pub(super) fn expected(frame: &Frame<'_>, production: Option<Value>) -> Option<f64> {
    let rate = as_number(value(frame.production?, Metric::Requests, &frame.span)?)?;
    let a_request = as_number(production?)? / rate;
    let red = &frame.canary?.red.as_ref()?.value;
    let requests = window::tally(red, &frame.span).total as f64;
    Some(a_request * requests).filter(|events| events.is_finite())
}
