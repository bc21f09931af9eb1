//! The clocks: the system's, a simulated world's, and one that stands. The only place of the deck that reads a clock.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use crate::adapters::transport::Pace;
use crate::domain::clock::Clock;
use crate::settings::ClockSettings;
use crate::sim::Running;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the deck that reads the wall clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that runs beside the system's, at a speed of its own.
#[derive(Debug, Clone, Copy)]
pub struct ScaledClock(pub ClockSettings);

impl Clock for ScaledClock {
    fn now(&self) -> Timestamp {
        let ClockSettings {
            epoch,
            speed,
            since,
        } = self.0;
        let gone = SystemClock.now().duration_since(since).as_secs_f64() * speed;
        SignedDuration::try_from_secs_f64(gone)
            .ok()
            .and_then(|gone| epoch.checked_add(gone).ok())
            .unwrap_or(epoch)
    }
}

/// The clock of the embedded world, whatever it does.
#[derive(Debug, Clone)]
pub struct WorldClock(pub Arc<Running>);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// A clock and how fast it runs.
#[derive(Clone)]
pub struct Time {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Its seconds in each real one; 0 where it stands.
    pub speed: f64,
}

impl Time {
    /// A configuration's own clock, else the system's.
    pub fn of(settings: Option<ClockSettings>) -> Self {
        match settings {
            Some(settings) => Self {
                clock: Arc::new(ScaledClock(settings)),
                speed: settings.speed,
            },
            None => Self {
                clock: Arc::new(SystemClock),
                speed: 1.0,
            },
        }
    }

    /// The embedded world's.
    pub fn of_world(world: &Arc<Running>) -> Self {
        Self {
            clock: Arc::new(WorldClock(Arc::clone(world))),
            speed: world.speed,
        }
    }

    /// As the adapters need it.
    pub fn pace(&self) -> Pace {
        Pace::new(Arc::clone(&self.clock), self.speed)
    }
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Time")
            .field("speed", &self.speed)
            .finish_non_exhaustive()
    }
}

/// A moment for measuring how long something took; it never goes backwards.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the deck that reads the monotonic clock"
)]
pub fn moment() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_clock_shows_its_epoch_and_then_runs_at_its_speed() {
        let since = SystemClock.now() - SignedDuration::from_secs(10);
        let epoch: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
        let clock = ScaledClock(ClockSettings {
            epoch,
            speed: 6.0,
            since,
        });
        let gone = clock.now().duration_since(epoch).as_secs_f64();
        assert!((60.0..120.0).contains(&gone), "{gone}");
    }
}
