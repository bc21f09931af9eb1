//! The judge as a fold over closed intervals: a caller keeps it and pushes what is new; nothing depends on when it was
//! first asked.

use std::collections::BTreeMap;

use super::gauge::{Business, GaugeFold};
use super::pair::{Bad, Pair, SlowOfAll};
use super::ratio::{Ratio, Rules};
use super::sides::Sides;
use super::{Input, Judgement, report};
use crate::domain::gauge::Gauge;
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::RedWindow;
use crate::engine::stats::dispersion::{ASSUMED, Dispersion, between_pods, rate};

/// Longer holes are no data; shorter ones lengthen the interval after them.
pub(super) const LONGEST_HOLE: u32 = 2;
/// Production's past from which the strata are chosen, in seconds.
const PAST_SECONDS: i64 = 3600;

/// A service's judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Judge {
    setup: Setup,
    pub(super) errors: Run,
    pub(super) slow: Run,
    pub(super) gauges: BTreeMap<Gauge, GaugeFold>,
    gauges_next: GridIndex,
}

/// What is frozen when the canary begins; another setup is another judge.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Setup {
    grid: Grid,
    began: Option<GridIndex>,
    alpha: f64,
    errors: Before,
    slow: Before,
}

/// What is known of a metric from the day before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Before {
    pub(super) dispersion: Dispersion,
    pub(super) rate: Option<f64>,
    pub(super) bursting: bool,
}

impl Before {
    pub(super) fn of(
        pods: Option<&[Vec<Option<crate::domain::metrics::Tally>>]>,
        bursting: bool,
    ) -> Self {
        let assumed = Dispersion {
            phi: ASSUMED,
            assumed: true,
        };
        Self {
            dispersion: pods.map_or(assumed, between_pods),
            rate: pods.and_then(rate),
            bursting,
        }
    }
}

/// One metric's fold and how far it has come.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) ratio: Ratio,
    pub(super) before: Before,
    pub(super) began: GridIndex,
    next: GridIndex,
    /// The interval after the last whole one.
    pub(super) reached: GridIndex,
    /// Intervals at the end that are holes.
    pub(super) holes: u32,
    /// Intervals judged, those in short holes included.
    pub(super) covered: u32,
}

impl Run {
    pub(super) fn new(rules: Rules, alpha: f64, before: Before, began: GridIndex) -> Self {
        let bursting = before.rate.filter(|_| before.bursting);
        Self {
            ratio: Ratio::new(rules, alpha, before.dispersion, bursting),
            before,
            began,
            next: began,
            reached: began,
            holes: 0,
            covered: 0,
        }
    }

    /// Pushes the intervals that are new.
    pub(super) fn advance(&mut self, pair: &Pair<'_>) {
        let end = pair.end();
        if self.next == self.began && end > self.began {
            self.learn(pair);
        }
        let seconds = f64::from(pair.grid.seconds());
        for index in (self.next.0..end.0).map(GridIndex) {
            let Some(cells) = pair.cells(index) else {
                self.holes = self.holes.saturating_add(1);
                continue;
            };
            let length = u32::try_from(index.plus(1).since(self.reached)).unwrap_or(1);
            self.ratio.push(index, f64::from(length) * seconds, &cells);
            self.covered = self.covered.saturating_add(if length <= LONGEST_HOLE + 1 {
                length
            } else {
                1
            });
            self.holes = 0;
            self.reached = index.plus(1);
        }
        self.next = self.next.max(end);
    }

    /// Production's hour before the canary began.
    fn learn(&mut self, pair: &Pair<'_>) {
        let seconds = pair.grid.seconds();
        let past = self.began.plus(-(PAST_SECONDS / i64::from(seconds)));
        for index in (past.0.max(pair.production_first().0)..self.began.0).map(GridIndex) {
            if let Some(cells) = pair.history(index) {
                self.ratio.strata.learn(&cells, f64::from(seconds));
            }
        }
    }
}

impl Judge {
    /// A judge with nothing pushed yet.
    pub fn new(input: &Input<'_>) -> Self {
        let setup = Setup::of(input);
        let began = setup.began.unwrap_or(GridIndex(0));
        Self {
            errors: Run::new(Rules::ERRORS, setup.alpha, setup.errors, began),
            slow: Run::new(Rules::SLOW, setup.alpha, setup.slow, began),
            gauges: Self::gauges(input.business)
                .map(|gauge| {
                    let fold = GaugeFold::for_service(gauge, input.business, setup.alpha);
                    (gauge, fold)
                })
                .collect(),
            gauges_next: began,
            setup,
        }
    }

    /// What is judged beside requests.
    pub(super) fn gauges(business: Business<'_>) -> impl Iterator<Item = Gauge> {
        let own = business.of.keys().copied().map(Gauge::Business);
        Gauge::NAMED.into_iter().chain(own)
    }

    /// Pushes what is new in the windows and concludes. Begins anew by itself when the canary is another one, or what
    /// is known of the day before it has changed.
    pub fn judge(&mut self, input: &Input<'_>) -> Judgement {
        if Setup::of(input) != self.setup {
            *self = Self::new(input);
        }
        let errors = self.pair(input, Bad::Errors);
        let as_whole = slow_as_whole(input);
        let slow = match &as_whole {
            Some((ours, theirs)) => input
                .canary
                .zip(input.production)
                .filter(|(canary, _)| canary.grid == self.setup.grid)
                .and_then(|(canary, production)| {
                    Pair::of_all((canary, ours), (production, theirs))
                }),
            None => self.pair(input, Bad::Slow),
        };
        if self.setup.began.is_some() {
            if let Some(pair) = &errors {
                self.errors.advance(pair);
            }
            if let Some(pair) = &slow {
                self.slow.advance(pair);
            }
            if let Some(sides) = Sides::of(input, self.setup.grid) {
                self.push_gauges(&sides);
            }
        }
        report::report(self, input, errors.as_ref(), slow.as_ref())
    }

    fn pair<'a>(&self, input: &Input<'a>, bad: Bad) -> Option<Pair<'a>> {
        let (canary, production) = (input.canary?, input.production?);
        let known = |window: &RedWindow| bad == Bad::Errors || !window.latency.bounds.is_empty();
        (known(canary) && known(production) && canary.grid == self.setup.grid)
            .then(|| Pair::of(canary, production, bad))
            .flatten()
    }

    fn push_gauges(&mut self, sides: &Sides<'_>) {
        let end = sides.end();
        for index in (self.gauges_next.0..end.0).map(GridIndex) {
            for (gauge, fold) in &mut self.gauges {
                if let Some(sample) = sides.sample(*gauge, index) {
                    fold.push(index, sample);
                }
            }
        }
        self.gauges_next = self.gauges_next.max(end);
    }

    /// The bytes that it holds, whatever the time it has run.
    pub fn state_bytes(&self) -> usize {
        let gauges = self.gauges.len() * GaugeFold::state_bytes();
        size_of::<Self>() + self.errors.ratio.state_bytes() + self.slow.ratio.state_bytes() + gauges
    }
}

/// Both sides' slow requests as a whole, where a histogram does not tell its endpoints apart.
pub(super) fn slow_as_whole(input: &Input<'_>) -> Option<(SlowOfAll, SlowOfAll)> {
    let (canary, production) = (input.canary?, input.production?);
    let apart = |window: &RedWindow| {
        let mut endpoints = window.endpoints.values();
        endpoints.all(|counts| counts.slow.len() == counts.total.len())
    };
    if apart(canary) && apart(production) {
        return None;
    }
    Some((SlowOfAll::of(canary)?, SlowOfAll::of(production)?))
}

impl Setup {
    fn of(input: &Input<'_>) -> Self {
        let before = |pods: fn(&crate::domain::metrics::BeforeCanary) -> &[Vec<Option<_>>]| {
            Before::of(input.before.map(pods), input.own_dependencies)
        };
        Self {
            grid: input
                .canary
                .or(input.production)
                .map_or_else(Grid::default, |window| window.grid),
            began: input.canary_began,
            alpha: input.alpha,
            errors: before(|b| &b.errors),
            slow: before(|b| &b.slow),
        }
    }
}
