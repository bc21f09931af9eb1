//! One metric of bad requests among requests, as a fold: worse, earned, and recovered by itself.

use super::pair::Cell;
use super::strata::Strata;
use crate::domain::grid::GridIndex;
use crate::engine::stats::counts::{Counts, Piece};
use crate::engine::stats::dispersion::Dispersion;
use crate::engine::stats::likelihood::Likelihood;
use crate::engine::stats::margin::{Earned, Margin, Recovery};
use crate::engine::stats::worse::{Scope, Settings, Worse};

/// The factor by which canary may be worse before it is evidence.
const ALLOWED_RATIO: f64 = 1.25;
/// The factor of the margin against which not worse is earned.
const MARGIN_RATIO: f64 = 1.5;
/// So many independent failures are the fewest that make a breach.
const FEWEST_FAILURES: f64 = 3.0;

/// What a metric is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rules {
    /// Its part of the chance of a false breach.
    pub(super) alpha_share: f64,
    /// The difference that is never evidence, as a share of requests.
    pub(super) allowed_difference: f64,
    /// The bad ratio that an endpoint without a baseline may have.
    pub(super) allowed_alone: Option<f64>,
    /// The margin's difference.
    pub(super) margin_difference: f64,
    /// The least bad ratio of a breach.
    pub(super) floor_ratio: f64,
    /// The least difference of a breach.
    pub(super) floor_difference: f64,
}

impl Rules {
    pub(super) const ERRORS: Self = Self {
        alpha_share: 0.5,
        allowed_difference: 0.001,
        allowed_alone: Some(0.01),
        margin_difference: 0.005,
        floor_ratio: 0.01,
        floor_difference: 0.005,
    };
    pub(super) const SLOW: Self = Self {
        alpha_share: 0.25,
        allowed_difference: 0.01,
        allowed_alone: None,
        margin_difference: 0.02,
        floor_ratio: 0.05,
        floor_difference: 0.05,
    };

    pub(super) fn matters(self, since: Counts, phi: f64) -> bool {
        if since.n <= 0.0 {
            return false;
        }
        let ours = since.x / since.n;
        let theirs = if since.m > 0.0 {
            since.y / since.m
        } else {
            self.allowed_alone.unwrap_or(0.0)
        };
        ours >= self.floor_ratio
            && ours - theirs >= self.floor_difference
            && since.x >= FEWEST_FAILURES * phi
    }

    pub(super) fn margin(self, phi: f64) -> Margin {
        Margin {
            ratio: MARGIN_RATIO,
            difference: self.margin_difference,
            phi,
        }
    }
}

/// The fold of one metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ratio {
    pub(super) rules: Rules,
    pub(super) alpha: f64,
    pub(super) dispersion: Dispersion,
    pub(super) strata: Strata,
    pub(super) worse: Worse,
    pub(super) earned: Earned,
    pub(super) episode: Option<Episode>,
    /// Intervals in a row without a request on canary.
    pub(super) quiet: u32,
    rate_before: Option<f64>,
}

/// A breach: it stays until canary recovered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Episode {
    pub(super) since: GridIndex,
    pub(super) certain: GridIndex,
    pub(super) scope: Scope,
    pub(super) state: State,
}

/// Where a breach stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    /// It holds; the evidence of recovery in its scope, then as a whole.
    Holds(Vec<(Scope, Recovery)>),
    /// It was over from an interval on.
    Over(GridIndex),
}

impl Episode {
    pub(super) const fn holds(&self) -> bool {
        matches!(self.state, State::Holds(_))
    }
}

impl Ratio {
    pub(super) fn new(
        rules: Rules,
        alpha: f64,
        dispersion: Dispersion,
        rate_before: Option<f64>,
    ) -> Self {
        Self {
            rules,
            alpha: alpha * rules.alpha_share,
            dispersion,
            strata: Strata::default(),
            worse: Worse::new(settings(rules, alpha, dispersion, rate_before)),
            earned: Earned::forgetting(rules.margin(dispersion.phi)),
            episode: None,
            quiet: 0,
            rate_before,
        }
    }

    /// One interval that both sides have whole; `seconds` since the last one ended.
    pub(super) fn push(&mut self, index: GridIndex, seconds: f64, cells: &[Cell<'_>]) {
        self.strata.freeze(cells);
        let pieces = self.strata.pieces(cells);
        self.strata.learn(cells, seconds);
        let requests: f64 = cells.iter().map(|cell| cell.counts.n).sum();
        self.quiet = if requests > 0.0 {
            0
        } else {
            self.quiet.saturating_add(1)
        };
        self.worse.push(index.0, seconds, &pieces);
        self.earned.push(&pieces);
        match &mut self.episode {
            Some(Episode {
                scope: _,
                state: State::Holds(recoveries),
                ..
            }) => {
                for (scope, recovery) in recoveries.iter_mut() {
                    recovery.push(index.0, seconds, &within(&pieces, *scope));
                }
                let over: Option<Vec<i64>> = recoveries.iter().map(|(_, r)| r.since()).collect();
                if let Some(over) = over.and_then(|all| all.into_iter().max()) {
                    self.close(GridIndex(over));
                }
            }
            Some(Episode {
                state: State::Over(_),
                ..
            })
            | None => self.open(index),
        }
    }

    fn open(&mut self, index: GridIndex) {
        if !self.worse.is_certain() {
            return;
        }
        let lead = self.worse.lead();
        if !self.rules.matters(lead.since, self.dispersion.phi) {
            return;
        }
        let margin = self.rules.margin(self.dispersion.phi);
        let recoveries = scopes(lead.scope)
            .into_iter()
            .map(|scope| (scope, Recovery::new(margin)))
            .collect();
        self.episode = Some(Episode {
            since: GridIndex(lead.onset),
            certain: index,
            scope: lead.scope,
            state: State::Holds(recoveries),
        });
    }

    /// What spoke against canary is over; a new failure is judged anew.
    fn close(&mut self, over: GridIndex) {
        if let Some(episode) = &mut self.episode {
            episode.state = State::Over(over);
        }
        let alpha = self.alpha / self.rules.alpha_share;
        self.worse = Worse::new(settings(
            self.rules,
            alpha,
            self.dispersion,
            self.rate_before,
        ));
    }

    pub(super) fn state_bytes(&self) -> usize {
        size_of::<Self>() + self.worse.state_bytes() + self.strata.state_bytes()
    }
}

/// Where a recovery must be earned: where the breach was, and as a whole.
pub(super) fn scopes(breach: Scope) -> Vec<Scope> {
    match breach {
        Scope::Whole => vec![Scope::Whole],
        Scope::Stratum(_) => vec![breach, Scope::Whole],
    }
}

/// The pieces of a scope.
pub(super) fn within(pieces: &[Piece], scope: Scope) -> Vec<Piece> {
    pieces
        .iter()
        .filter(|piece| scope == Scope::Whole || scope == Scope::Stratum(piece.slot))
        .copied()
        .collect()
}

fn settings(
    rules: Rules,
    alpha: f64,
    dispersion: Dispersion,
    rate_before: Option<f64>,
) -> Settings {
    Settings {
        likelihood: Likelihood::new(ALLOWED_RATIO, rules.allowed_difference, rules.allowed_alone),
        alpha: alpha * rules.alpha_share,
        phi: dispersion.phi,
        rate_before,
    }
}
