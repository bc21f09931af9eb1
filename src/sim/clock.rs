//! The simulated world's clock: a start time and a speed, or frozen at a time that is set by hand.
//!
//! Every part of the world asks this one clock, so that a frozen world answers with the same bytes every time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A shared handle on the world's time; clones show the same time.
#[derive(Clone, Debug)]
pub struct SimClock {
    mode: Arc<watch::Sender<Mode>>,
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Running {
        epoch: Timestamp,
        speed: f64,
        since: Instant,
    },
    Frozen(Timestamp),
}

/// The longest single sleep: bounds the arithmetic, the loop in `sleep_until` does the rest.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

impl SimClock {
    /// A clock that shows `epoch` now and then runs `speed` simulated seconds for each real one.
    pub fn running(epoch: Timestamp, speed: f64) -> Self {
        Self::with(Mode::running(epoch, speed))
    }

    /// A clock that runs from the wall clock's present time, as a real Prometheus beside the world needs it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the simulated world that reads the wall clock"
    )]
    pub fn from_now(speed: f64) -> Self {
        Self::running(Timestamp::now(), speed)
    }

    /// A clock that stands at `at` until it is [`set`](Self::set).
    pub fn frozen(at: Timestamp) -> Self {
        Self::with(Mode::Frozen(at))
    }

    fn with(mode: Mode) -> Self {
        Self {
            mode: Arc::new(watch::Sender::new(mode)),
        }
    }

    /// The world's present time.
    pub fn now(&self) -> Timestamp {
        self.mode.borrow().now()
    }

    /// Simulated seconds for each real second; 0 when frozen.
    pub fn speed(&self) -> f64 {
        match *self.mode.borrow() {
            Mode::Running { speed, .. } => speed,
            Mode::Frozen(_) => 0.0,
        }
    }

    /// Whether the time only moves by [`set`](Self::set).
    pub fn is_frozen(&self) -> bool {
        matches!(*self.mode.borrow(), Mode::Frozen(_))
    }

    /// Stops the clock at `at`, forwards or backwards, and wakes those who sleep until then.
    pub fn set(&self, at: Timestamp) {
        self.mode.send_replace(Mode::Frozen(at));
    }

    /// Lets the clock run from the time it shows, at `speed`.
    pub fn run(&self, speed: f64) {
        self.mode
            .send_modify(|mode| *mode = Mode::running(mode.now(), speed));
    }

    /// Returns once the world's time is at least `at`.
    pub async fn sleep_until(&self, at: Timestamp) {
        let mut changed = self.mode.subscribe();
        loop {
            let mode = *changed.borrow_and_update();
            let left = at.duration_since(mode.now());
            if left <= SignedDuration::ZERO {
                return;
            }
            // Our own handle keeps the sender, so `changed` cannot fail; if it did, the loop would only look again.
            match mode.real(left) {
                Some(real) => tokio::select! {
                    () = tokio::time::sleep(real) => {}
                    _ = changed.changed() => {}
                },
                None => drop(changed.changed().await),
            }
        }
    }
}

impl Mode {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the simulated world that reads the monotonic clock"
    )]
    fn running(epoch: Timestamp, speed: f64) -> Self {
        Self::Running {
            epoch,
            speed: if speed.is_finite() {
                speed.max(0.0)
            } else {
                1.0
            },
            since: Instant::now(),
        }
    }

    fn now(self) -> Timestamp {
        match self {
            Self::Frozen(at) => at,
            Self::Running {
                epoch,
                speed,
                since,
            } => SignedDuration::try_from_secs_f64(since.elapsed().as_secs_f64() * speed)
                .ok()
                .and_then(|gone| epoch.checked_add(gone).ok())
                .unwrap_or(Timestamp::MAX),
        }
    }

    /// How long to really wait for `left` of simulated time; `None` if this clock does not run.
    fn real(self, left: SignedDuration) -> Option<Duration> {
        match self {
            Self::Running { speed, .. } if speed > 0.0 => Some(
                Duration::try_from_secs_f64(left.as_secs_f64() / speed)
                    .unwrap_or(LONGEST_SLEEP)
                    .clamp(Duration::from_micros(100), LONGEST_SLEEP),
            ),
            Self::Running { .. } | Self::Frozen(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[tokio::test]
    async fn a_frozen_clock_wakes_sleepers_only_when_it_is_set() {
        let clock = SimClock::frozen(at("2026-11-21T03:00:00Z"));
        let sleeper = {
            let clock = clock.clone();
            async move { clock.sleep_until(at("2026-11-21T03:10:00Z")).await }
        };
        tokio::pin!(sleeper);
        assert!(futures::poll!(sleeper.as_mut()).is_pending());
        clock.set(at("2026-11-21T03:05:00Z"));
        assert!(futures::poll!(sleeper.as_mut()).is_pending());
        clock.set(at("2026-11-21T03:10:00Z"));
        assert!(futures::poll!(sleeper.as_mut()).is_ready());
        assert_eq!(clock.now(), at("2026-11-21T03:10:00Z"));
    }

    #[tokio::test]
    async fn a_fast_clock_reaches_an_hour_in_milliseconds() {
        let epoch = at("2026-11-21T03:00:00Z");
        let clock = SimClock::running(epoch, 1_000_000.0);
        clock.sleep_until(at("2026-11-21T04:00:00Z")).await;
        assert!(clock.now() >= at("2026-11-21T04:00:00Z"));
        clock.set(epoch);
        assert!(clock.is_frozen());
        assert_eq!(clock.now(), epoch);
    }
}
