//! Which world to start: a scenario, its time and what is special about it. Apart from running it, for it is what tests
//! and commands write down.

use jiff::Timestamp;

/// Which world to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// A name from [`scenario::list`](super::scenario::list).
    pub scenario: String,
    /// Decides every random number.
    pub seed: u64,
    /// Simulated seconds for each real one.
    pub speed: f64,
    /// The world's time when its servers open; none is the scenario's own start.
    pub start_at: Option<Timestamp>,
    /// The clock stands until [`Running::set_time`](super::Running::set_time) moves it.
    pub frozen: bool,
    /// The world's time is the wall clock's when its servers open, as a real Prometheus beside it needs.
    pub live: bool,
    /// At how many requests each counter of the pods begins that run when the world's history does: 0 is young pods.
    pub served: u64,
    /// The label that every pod writes the HTTP status in; none is the usual one of its metrics.
    pub status_label: Option<String>,
}

impl Options {
    /// A scenario from its own start, at the speed of real time, with seed 1.
    pub fn new(scenario: &str) -> Self {
        Self {
            scenario: scenario.to_owned(),
            seed: 1,
            speed: 1.0,
            start_at: None,
            frozen: false,
            live: false,
            served: 0,
            status_label: None,
        }
    }

    /// The same, standing at `at`.
    pub fn frozen(scenario: &str, at: Timestamp) -> Self {
        Self {
            start_at: Some(at),
            frozen: true,
            ..Self::new(scenario)
        }
    }
}
