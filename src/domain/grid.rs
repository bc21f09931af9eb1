//! The grid of time on which everything is counted: aligned to the epoch, so that two decks that were opened at
//! different moments count the same intervals.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The smallest interval and the unit of all others, in seconds.
pub const UNIT_SECONDS: u32 = 15;

/// The length of an interval: a multiple of 15 s that is at least the scrape interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grid(u32);

impl Default for Grid {
    fn default() -> Self {
        Self(UNIT_SECONDS)
    }
}

impl Grid {
    /// The grid for a scrape interval in seconds.
    pub fn for_scrape_interval(seconds: u32) -> Self {
        Self(seconds.max(1).div_ceil(UNIT_SECONDS) * UNIT_SECONDS)
    }

    /// The interval's length in seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// The interval that holds a moment; an interval holds its start, not its end.
    pub fn index_at(self, at: Timestamp) -> GridIndex {
        GridIndex(at.as_second().div_euclid(i64::from(self.0)))
    }

    /// The first interval that begins at or after a moment.
    pub fn first_from(self, at: Timestamp) -> GridIndex {
        let index = self.index_at(at);
        if self.start(index) == at {
            index
        } else {
            index.plus(1)
        }
    }

    /// The first interval that counts nothing from before a moment. A counter's value at a grid point is that of the last
    /// scrape before it, up to one interval old: what an interval counts may have happened up to one interval before it.
    pub fn first_wholly_after(self, at: Timestamp) -> GridIndex {
        self.first_from(at).plus(1)
    }

    /// When an interval begins.
    pub fn start(self, index: GridIndex) -> Timestamp {
        Timestamp::from_second(index.0.saturating_mul(i64::from(self.0))).unwrap_or(Timestamp::MAX)
    }

    /// When an interval ends, which is when the next one begins.
    pub fn end(self, index: GridIndex) -> Timestamp {
        self.start(index.plus(1))
    }
}

/// The number of an interval since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GridIndex(pub i64);

impl GridIndex {
    /// The interval `n` later (earlier when negative).
    #[must_use]
    pub const fn plus(self, n: i64) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// How many intervals lie between an earlier one and this.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_aligned_to_the_epoch_whatever_the_scrape_interval() {
        assert_eq!(Grid::for_scrape_interval(1).seconds(), 15);
        assert_eq!(Grid::for_scrape_interval(15).seconds(), 15);
        assert_eq!(Grid::for_scrape_interval(20).seconds(), 30);
        let grid = Grid::for_scrape_interval(30);
        let at: Timestamp = "2026-11-21T03:00:10Z".parse().unwrap();
        assert_eq!(
            grid.start(grid.index_at(at)).to_string(),
            "2026-11-21T03:00:00Z"
        );
        assert_eq!(
            grid.start(grid.first_from(at)).to_string(),
            "2026-11-21T03:00:30Z"
        );
        assert_eq!(grid.end(grid.index_at(at)), grid.start(grid.first_from(at)));
    }
}
