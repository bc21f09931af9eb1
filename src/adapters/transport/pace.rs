//! The deck's time as an adapter needs it: what it is, and waiting for a while of it. A scaled clock makes polls and
//! soaks run faster; network deadlines are the real world's and go by tokio's clock alone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::clock::Clock;

const LEAST: Duration = Duration::from_millis(250);

/// A clock and how fast it runs.
#[derive(Clone)]
pub struct Pace {
    clock: Arc<dyn Clock>,
    speed: f64,
}

impl Pace {
    /// A clock that passes `speed` seconds in each real second; 1 for the system's, 0 for a frozen one.
    pub fn new(clock: Arc<dyn Clock>, speed: f64) -> Self {
        Self { clock, speed }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits for that much of the deck's time; for ever where it is frozen.
    pub async fn wait(&self, time: Duration) {
        match Duration::try_from_secs_f64(time.as_secs_f64() / self.speed) {
            Ok(real) if self.speed > 0.0 => tokio::time::sleep(real).await,
            Ok(_) | Err(_) => std::future::pending().await,
        }
    }

    /// Waits until it is time to ask again, however fast the clock: never more than four times a real second.
    pub async fn poll(&self, every: Duration) {
        tokio::join!(self.wait(every), tokio::time::sleep(LEAST));
    }

    /// When it will be after that much real time.
    pub fn after(&self, real: Duration) -> Timestamp {
        let time = Duration::try_from_secs_f64(real.as_secs_f64() * self.speed).unwrap_or(real);
        let now = self.now();
        SignedDuration::try_from(time)
            .ok()
            .and_then(|time| now.checked_add(time).ok())
            .unwrap_or(now)
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace")
            .field("speed", &self.speed)
            .finish_non_exhaustive()
    }
}
