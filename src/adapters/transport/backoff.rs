//! How long to wait before asking again: longer each time, and never two decks at the same moment.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const FIRST: Duration = Duration::from_millis(800);
const MOST: Duration = Duration::from_secs(30);

/// Doubling waits from 0.8 s to 30 s, each shortened by up to a half at random.
#[derive(Debug)]
pub struct Backoff {
    rng: ChaCha8Rng,
    next: Duration,
}

impl Backoff {
    /// Starts at the shortest wait; the same seed gives the same waits.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            next: FIRST,
        }
    }

    /// The next wait.
    pub fn wait(&mut self) -> Duration {
        let wait = self.next.mul_f64(1.0 - self.rng.random_range(0.0..0.5));
        self.next = (self.next * 2).min(MOST);
        wait
    }

    /// Starts again at the shortest wait: the source has answered.
    pub fn reset(&mut self) {
        self.next = FIRST;
    }
}
