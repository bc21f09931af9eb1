//! The clocks: the system's, a simulated world's, and one that stands. The only place of the deck that reads a clock.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use crate::adapters::transport::Pace;
use crate::domain::clock::Clock;
use crate::settings::ClockSettings;
use crate::sim::clock::SimClock;

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
pub struct WorldClock(pub SimClock);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// The pace of a configuration: its own clock, else the system's.
pub fn pace(settings: Option<ClockSettings>) -> Pace {
    match settings {
        Some(settings) => Pace::new(Arc::new(ScaledClock(settings)), settings.speed),
        None => Pace::new(Arc::new(SystemClock), 1.0),
    }
}

/// The pace of the embedded world.
pub fn world_pace(clock: &SimClock) -> Pace {
    Pace::new(Arc::new(WorldClock(clock.clone())), clock.speed())
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
