//! Is canary worse: half the evidence of all strata together, half the mean of each stratum's own, so that one broken
//! endpoint is not diluted.

use std::collections::BTreeMap;

use super::counts::{Counts, Piece, Slot};
use super::likelihood::{CAP, Evidence, GRID, Likelihood};
use super::onset::{Mark, Onset};
use super::restart::Restart;

/// How many consecutive intervals the threshold must be passed.
const CONSECUTIVE: u32 = 2;

/// What a process is made with; frozen when the canary begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What is allowed.
    pub likelihood: Likelihood,
    /// The chance of a false alarm, ever.
    pub alpha: f64,
    /// Dispersion: how many bad requests come as one.
    pub phi: f64,
    /// The bad ratio of before, where canary may burst as a whole because it has dependencies of its own.
    pub rate_before: Option<f64>,
}

/// The process of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Worse {
    settings: Settings,
    whole: Track,
    strata: BTreeMap<Slot, Funded>,
    over: u32,
}

/// What leads: all together, or one stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All strata together.
    Whole,
    /// One of them.
    Stratum(Slot),
}

/// Where the evidence comes from and since when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lead {
    /// What leads.
    pub scope: Scope,
    /// The first interval that is worse, by its number on the grid.
    pub onset: i64,
    /// The counts since then.
    pub since: Counts,
}

#[derive(Debug, Clone, PartialEq)]
struct Track {
    process: Restart<GRID>,
    onset: Onset<GRID>,
    sums: Counts,
}

#[derive(Debug, Clone, PartialEq)]
struct Funded {
    weight: f64,
    track: Track,
}

impl Settings {
    /// From raw evidence to what counts: dispersion, and where canary may burst as a whole no more than its rate of
    /// before allows with bursts. The smaller of two kinds of evidence is evidence of both.
    fn temper(&self, evidence: &mut Evidence, counts: Counts) {
        for gain in evidence.iter_mut() {
            *gain /= self.phi;
        }
        if let Some(rate) = self.rate_before {
            let bursting = self.likelihood.bursting(counts.x, counts.n, rate);
            for (gain, bound) in evidence.iter_mut().zip(bursting) {
                *gain = gain.min(bound);
            }
        }
    }
}

impl Track {
    fn new() -> Self {
        Self {
            process: Restart::even(),
            onset: Onset::new(),
            sums: Counts::default(),
        }
    }

    /// The cap keeps one skewed interval from convincing; where the change began is asked of the evidence without it, for
    /// under the cap all large factors look alike, and the smallest of them begins before the change.
    fn push(&mut self, evidence: &Evidence, counts: Counts, index: i64, seconds: f64) {
        self.process
            .push(&evidence.map(|gain| gain.min(CAP)), seconds);
        let mark = Mark {
            index,
            before: self.sums,
        };
        self.onset.push(evidence, mark);
        self.sums = self.sums.plus(counts);
    }

    fn lead(&self, scope: Scope) -> Lead {
        let mark = self.onset.mark();
        Lead {
            scope,
            onset: mark.index,
            since: self.sums.since(mark.before),
        }
    }
}

impl Worse {
    /// Nothing seen yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            whole: Track::new(),
            strata: BTreeMap::new(),
            over: 0,
        }
    }

    /// One closed interval: its number on the grid, the seconds since the last one ended, its strata (each at most
    /// once).
    pub fn push(&mut self, index: i64, seconds: f64, pieces: &[Piece]) {
        self.open(pieces);
        let mut together = [0.0; GRID];
        let mut counts = Counts::default();
        for (slot, stratum) in &mut self.strata {
            let mut own = [0.0; GRID];
            let piece = pieces.iter().find(|piece| piece.slot == *slot);
            if let Some(piece) = piece {
                self.settings.likelihood.add(piece, &mut own);
                for (sum, gain) in together.iter_mut().zip(own) {
                    *sum += gain;
                }
                counts = counts.plus(piece.counts);
            }
            let seen = piece.map_or_else(Counts::default, |piece| piece.counts);
            self.settings.temper(&mut own, seen);
            stratum.track.push(&own, seen, index, seconds);
        }
        self.settings.temper(&mut together, counts);
        self.whole.push(&together, counts, index, seconds);
        self.over = if self.value() >= 1.0 / self.settings.alpha {
            self.over.saturating_add(1)
        } else {
            0
        };
    }

    /// A stratum that comes later is funded from what the others have won, so that it can't add evidence by coming.
    fn open(&mut self, pieces: &[Piece]) {
        let first = self.strata.is_empty();
        for piece in pieces {
            if self.strata.contains_key(&piece.slot) {
                continue;
            }
            let wealth = if first { 1.0 } else { self.strata_value() };
            let share = 1.0 / super::counts::real(self.strata.len() as u64 + 1);
            for stratum in self.strata.values_mut() {
                stratum.weight *= 1.0 - share;
            }
            let funded = Funded {
                weight: wealth * share,
                track: Track::new(),
            };
            self.strata.insert(piece.slot, funded);
        }
    }

    fn strata_value(&self) -> f64 {
        if self.strata.is_empty() {
            return 1.0;
        }
        self.strata
            .values()
            .map(|stratum| stratum.weight * stratum.track.process.value())
            .sum()
    }

    /// The evidence that canary is worse; 1 at the beginning.
    pub fn value(&self) -> f64 {
        f64::midpoint(self.whole.process.value(), self.strata_value())
    }

    /// Whether it is certain: over the threshold at consecutive intervals.
    pub const fn is_certain(&self) -> bool {
        self.over >= CONSECUTIVE
    }

    /// Whether it is over the threshold now.
    pub const fn is_over(&self) -> bool {
        self.over > 0
    }

    /// Where the evidence comes from and since when.
    pub fn lead(&self) -> Lead {
        let mut best = self.whole.process.value();
        let mut lead = (Scope::Whole, &self.whole);
        for (slot, stratum) in &self.strata {
            let own = stratum.weight * stratum.track.process.value();
            if own > best {
                best = own;
                lead = (Scope::Stratum(*slot), &stratum.track);
            }
        }
        lead.1.lead(lead.0)
    }

    /// The bytes that the process holds.
    pub fn state_bytes(&self) -> usize {
        size_of::<Self>() + self.strata.len() * size_of::<(Slot, Funded)>()
    }
}
