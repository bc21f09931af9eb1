//! Counts of both sides in one interval and stratum: what every process is fed with.

use crate::domain::metrics::Tally;

/// Bad requests and requests on both sides. Whole numbers, kept as reals because all that follows is arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Bad requests on canary.
    pub x: f64,
    /// Requests on canary.
    pub n: f64,
    /// Bad requests on production.
    pub y: f64,
    /// Requests on production.
    pub m: f64,
}

impl Counts {
    /// From whole counts.
    pub fn new(canary: Tally, production: Tally) -> Self {
        Self {
            x: real(canary.bad),
            n: real(canary.total),
            y: real(production.bad),
            m: real(production.total),
        }
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            x: self.x + other.x,
            n: self.n + other.n,
            y: self.y + other.y,
            m: self.m + other.m,
        }
    }

    /// What was added since an earlier sum.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            x: self.x - earlier.x,
            n: self.n - earlier.n,
            y: self.y - earlier.y,
            m: self.m - earlier.m,
        }
    }
}

/// How the counts of a stratum compare when nothing is wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weight {
    /// In proportion to the requests.
    Requests,
    /// In proportion to the bad requests that production's last hour leads to expect of this mix of endpoints.
    Standardised {
        /// Expected on canary.
        canary: f64,
        /// Expected on production.
        production: f64,
    },
    /// Production does not have these endpoints.
    NoBaseline,
}

/// One stratum's part of an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// Which stratum.
    pub slot: Slot,
    /// Its counts.
    pub counts: Counts,
    /// How they compare.
    pub weight: Weight,
}

impl Piece {
    /// The two numbers whose ratio is canary's expected share; none without a baseline.
    pub fn shares(&self) -> Option<(f64, f64)> {
        match self.weight {
            Weight::Requests => Some((self.counts.n, self.counts.m)),
            Weight::Standardised { canary, production } => Some((canary, production)),
            Weight::NoBaseline => None,
        }
    }
}

/// The name of a stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// One of the busiest endpoints, by its place.
    Own(usize),
    /// The other endpoints, standardised.
    Rest,
    /// Endpoints that production does not have.
    New,
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
pub const fn real(count: u64) -> f64 {
    count as f64
}
