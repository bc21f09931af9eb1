//! Errors by endpoint, worst first: where a failure sits is what tells a feature's fault from a release's.

use std::collections::{BTreeMap, BTreeSet};

use super::EndpointRow;
use super::rows::Frame;
use super::window;
use crate::domain::metrics::{Endpoint, Tally};
use crate::domain::verdict::Estimate;
use crate::engine::evidence::EnvironmentEvidence;

/// The rows of all endpoints over the table's window.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
pub(crate) fn endpoints(
    frame: &Frame<'_>,
    estimates: &BTreeMap<Endpoint, Estimate>,
) -> Vec<EndpointRow> {
    let names: BTreeSet<&Endpoint> = [frame.canary, frame.production]
        .into_iter()
        .flatten()
        .filter_map(|e| e.red.as_ref())
        .flat_map(|red| red.value.endpoints.keys())
        .collect();
    let tally = |side: Option<&EnvironmentEvidence>, name: &Endpoint| {
        let red = &side?.red.as_ref()?.value;
        let counts = red.endpoints.get(name)?;
        Some(window::endpoint_tally(red, counts, &frame.span))
    };
    let mut rows: Vec<EndpointRow> = names
        .into_iter()
        .map(|name| EndpointRow {
            endpoint: name.clone(),
            canary: tally(frame.canary, name).unwrap_or_default(),
            production: tally(frame.production, name).unwrap_or_default(),
            estimate: estimates.get(name).copied(),
            share: 0.0,
        })
        .collect();
    let all = rows.iter().map(|r| r.canary.bad).sum::<u64>();
    for row in &mut rows {
        if all > 0 {
            row.share = row.canary.bad as f64 / all as f64;
        }
    }
    rows.sort_by(|a, b| {
        let worst = |tally: Tally| (tally.bad, tally.total);
        worst(b.canary)
            .cmp(&worst(a.canary))
            .then_with(|| a.endpoint.cmp(&b.endpoint))
    });
    rows
}
