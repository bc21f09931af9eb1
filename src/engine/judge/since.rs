//! What is counted since the onset: sums, parts for the interval shown, and the rows of the endpoints.

use super::EndpointVerdict;
use super::fold::Run;
use super::pair::{Cell, Pair};
use super::ratio::within;
use crate::domain::grid::GridIndex;
use crate::domain::metrics::{Endpoint, Tally};
use crate::domain::verdict::Estimate;
use crate::engine::stats::counts::{Counts, Piece, Slot, Weight, real};
use crate::engine::stats::prior::begins_between;
use crate::engine::stats::sequence::factor;
use crate::engine::stats::worse::Scope;

/// Intervals are taken together so that there are no more parts than this.
const PARTS: i64 = 48;

pub(super) fn tallies(pair: &Pair<'_>, run: &Run, scope: Scope, from: GridIndex) -> (Tally, Tally) {
    pair.sums(from, run.reached)
        .into_iter()
        .filter(|(endpoint, _, production)| {
            scope == Scope::Whole
                || scope == Scope::Stratum(run.ratio.strata.slot(endpoint, real(production.total)))
        })
        .fold(
            (Tally::default(), Tally::default()),
            |sum, (_, canary, production)| (sum.0.plus(canary), sum.1.plus(production)),
        )
}

/// The strata of a scope, a few intervals together: within so short a time the bad ratios hardly change.
pub(super) fn parts(pair: &Pair<'_>, run: &Run, scope: Scope, from: GridIndex) -> Vec<Piece> {
    let from = from.max(pair.first());
    let length = run.reached.since(from);
    let step = (length / PARTS + 1).max(1);
    let mut parts = Vec::new();
    let mut start = from;
    while start < run.reached {
        let end = start.plus(step).min(run.reached);
        let sums = pair.sums(start, end);
        let cells: Vec<Cell<'_>> = sums
            .iter()
            .map(|(endpoint, canary, production)| Cell {
                endpoint,
                counts: Counts::new(*canary, *production),
            })
            .collect();
        parts.extend(within(&run.ratio.strata.pieces(&cells), scope));
        start = end;
    }
    parts
}

pub(super) fn estimate(parts: &[Piece], phi: f64, alpha: f64, prior: f64) -> Option<Estimate> {
    factor(parts, phi, alpha, prior).map(|factor| Estimate {
        ratio: factor.estimate,
        low: factor.low,
        high: factor.high,
        certainty: 1.0 - alpha,
    })
}

pub(super) fn endpoints(pair: &Pair<'_>, run: &Run, from: GridIndex) -> Vec<EndpointVerdict> {
    let sums = pair.sums(from, run.reached);
    let all: u64 = sums.iter().map(|(_, canary, _)| canary.bad).sum();
    let prior = begins_between(0.0, f64::from(pair.grid.seconds()));
    let row = |(endpoint, canary, production): (&Endpoint, Tally, Tally)| {
        let piece = Piece {
            slot: Slot::Rest,
            counts: Counts::new(canary, production),
            weight: Weight::Requests,
        };
        EndpointVerdict {
            endpoint: endpoint.clone(),
            canary,
            production,
            estimate: estimate(&[piece], run.ratio.dispersion.phi, run.ratio.alpha, prior),
            share_of_errors: if all > 0 {
                real(canary.bad) / real(all)
            } else {
                0.0
            },
        }
    };
    let mut rows: Vec<EndpointVerdict> = sums
        .into_iter()
        .filter(|(_, canary, production)| canary.total + production.total > 0)
        .map(row)
        .collect();
    rows.sort_by(|a, b| {
        b.canary
            .bad
            .cmp(&a.canary.bad)
            .then_with(|| b.canary.total.cmp(&a.canary.total))
            .then_with(|| a.endpoint.cmp(&b.endpoint))
    });
    rows
}
