//! Which world, for the commands that make one: its scenario, its dice, its pace.

use crate::sim::Options;

/// The scenario that is played when none is named.
pub(super) const STORY: &str = "story";

#[derive(Debug, clap::Args)]
#[group(id = "world")]
pub(super) struct Args {
    /// What happens in the world (`flightdeck demo --list`); without it a calm soak turns bad while you watch.
    #[arg(long, default_value = STORY)]
    scenario: String,
    /// Decides every random number of the world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated seconds for each real one, 0.1 to 100.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
}

impl Args {
    pub(super) fn options(&self) -> Options {
        Options {
            seed: self.seed,
            speed: self.speed,
            ..Options::new(&self.scenario)
        }
    }
}

/// How fast a world may run.
fn speed(written: &str) -> Result<f64, String> {
    match written.parse::<f64>() {
        Ok(speed) if (0.1..=100.0).contains(&speed) => Ok(speed),
        Ok(_) | Err(_) => Err("a number from 0.1 to 100 would be right".to_owned()),
    }
}
