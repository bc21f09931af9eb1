//! What an action did: begun at the first interval that no scrape from before it reaches, so that nothing from before
//! counts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::gauge::GaugeFold;
use super::pair::Pair;
use super::ratio::{Episode, Ratio, scopes, within};
use super::sides::Sides;
use crate::domain::gauge::Gauge;
use crate::domain::grid::{Grid, GridIndex};
use crate::engine::stats::counts::Counts;
use crate::engine::stats::margin::{AfterAction, Margin};
use crate::engine::stats::worse::Scope;

/// What an action did to a metric that was in breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// When it was sure that the bad ratio is under half of what it was.
    pub helped: Option<Timestamp>,
    /// When it was sure that canary is not worse any more.
    pub recovered: Option<Timestamp>,
    /// Whether there was anything to measure.
    pub measured: Measured,
}

/// Whether the effect of an action can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Requests reached canary since.
    Yes,
    /// No whole interval has passed since.
    NotYet,
    /// No request reached canary since: it can't be measured.
    NoTraffic,
}

/// The effect of an action on a breach; none for one that was before the onset.
pub(super) fn effect(
    pair: &Pair<'_>,
    ratio: &Ratio,
    episode: &Episode,
    acted_at: Timestamp,
) -> Option<Effect> {
    let from = pair.grid.first_wholly_after(acted_at);
    if from <= episode.since {
        return None;
    }
    let phi = ratio.dispersion.phi;
    let breach = counts_within(pair, ratio, episode.scope, (episode.since, from));
    let half = Margin {
        ratio: 0.0,
        difference: if breach.n > 0.0 {
            breach.x / breach.n / 2.0
        } else {
            0.0
        },
        phi,
    };
    let mut helped = (AfterAction::new(half), None);
    let mut recovered: Vec<(Scope, AfterAction, Option<Timestamp>)> = scopes(episode.scope)
        .into_iter()
        .map(|scope| (scope, AfterAction::new(ratio.rules.margin(phi)), None))
        .collect();
    let (mut intervals, mut requests, mut waited) = (0_u32, 0.0, 0.0);
    for index in (from.0.max(pair.first().0)..pair.end().0).map(GridIndex) {
        waited += f64::from(pair.grid.seconds());
        let Some(cells) = pair.cells(index) else {
            continue;
        };
        let seconds = std::mem::take(&mut waited);
        let end = pair.grid.end(index);
        let pieces = ratio.strata.pieces(&cells);
        intervals += 1;
        let breached = within(&pieces, episode.scope);
        requests += breached.iter().map(|piece| piece.counts.n).sum::<f64>();
        helped.0.push(seconds, &breached);
        if helped.0.is_earned() {
            helped.1 = helped.1.or(Some(end));
        }
        for (scope, earned, at) in &mut recovered {
            earned.push(seconds, &within(&pieces, *scope));
            if earned.is_earned() {
                *at = at.or(Some(end));
            }
        }
    }
    let all: Option<Vec<Timestamp>> = recovered.iter().map(|(_, _, at)| *at).collect();
    Some(Effect {
        helped: helped.1,
        recovered: all.and_then(|times| times.into_iter().max()),
        measured: if intervals == 0 {
            Measured::NotYet
        } else if requests > 0.0 {
            Measured::Yes
        } else {
            Measured::NoTraffic
        },
    })
}

/// The effect of an action on a gauge, and the gauge judged anew from it; none for an action outside its breach. Batches
/// begin at the action, so that none is of before and after.
pub(super) fn of_gauge(
    sides: &Sides<'_>,
    (gauge, fold): (Gauge, &GaugeFold),
    grid: Grid,
    acted_at: Timestamp,
) -> Option<(Effect, GaugeFold)> {
    let from = grid.first_wholly_after(acted_at);
    let (since, until) = fold.episode()?;
    if from <= since || until.is_some_and(|until| until <= from) {
        return None;
    }
    let mut anew = fold.anew();
    let mut recovered = None;
    for index in (from.0..sides.end().0).map(GridIndex) {
        if let Some(sample) = sides.sample(gauge, index) {
            anew.push(index, sample);
        }
        if anew.is_well() {
            recovered = recovered.or(Some(grid.end(index)));
        }
    }
    let effect = Effect {
        helped: recovered,
        recovered,
        measured: if anew.has_looked() {
            Measured::Yes
        } else {
            Measured::NotYet
        },
    };
    Some((effect, anew))
}

/// The counts of a scope over a range of intervals.
fn counts_within(
    pair: &Pair<'_>,
    ratio: &Ratio,
    scope: Scope,
    (from, to): (GridIndex, GridIndex),
) -> Counts {
    pair.sums(from, to)
        .into_iter()
        .map(|(endpoint, canary, production)| (endpoint, Counts::new(canary, production)))
        .filter(|(endpoint, counts)| {
            scope == Scope::Whole || scope == Scope::Stratum(ratio.strata.slot(endpoint, counts.m))
        })
        .fold(Counts::default(), |sum, (_, counts)| sum.plus(counts))
}
