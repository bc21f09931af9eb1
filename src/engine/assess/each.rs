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
    let requests =
        |side: &EnvironmentEvidence| as_number(value(side, Metric::Requests, &frame.span)?);
    for_each(requests, frame, canary, production)
}

/// Canary's value for each pod, as a multiple of production's.
pub(super) fn for_each_pod(
    frame: &Frame<'_>,
    canary: Option<Value>,
    production: Option<Value>,
) -> Option<f64> {
    let pods = |side: &EnvironmentEvidence| {
        window::mean(&window::pods(&side.usage.as_ref()?.value, &frame.span))
    };
    for_each(pods, frame, canary, production)
}

fn for_each(
    number_of: impl Fn(&EnvironmentEvidence) -> Option<f64>,
    frame: &Frame<'_>,
    canary: Option<Value>,
    production: Option<Value>,
) -> Option<f64> {
    let of_one = |side: Option<&EnvironmentEvidence>, of: Option<Value>| {
        Some(as_number(of?)? / number_of(side?)?).filter(|v| v.is_finite())
    };
    let (ours, theirs) = (
        of_one(frame.canary, canary)?,
        of_one(frame.production, production)?,
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
