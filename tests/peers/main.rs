//! The deck and its embedded world against real servers and real clients.
//!
//! Every belief about a wire format is checked here by a program that we did not write. A program that is not found
//! makes the trials that need it ignored, by name; with `FLIGHTDECK_REQUIRE_PEERS` set it makes them fail.

mod cluster;
mod conclusion;
mod deck;
mod estate;
mod exporters;
mod fleet;
mod helm;
mod http;
mod lab;
mod look;
mod ofrep;
mod process;
mod programs;
mod prometheus;
mod remote_write;
mod trials;
mod wait;
mod world;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::lab::Lab;
use crate::trials::Case;

/// How many trials run at once.
const AT_ONCE: usize = 7;

fn main() -> anyhow::Result<ExitCode> {
    let lab = Arc::new(Lab::new()?);
    let required = env::var_os("FLIGHTDECK_REQUIRE_PEERS").is_some();
    let trials = trials::all()
        .into_iter()
        .map(|case| trial(&case, &lab, required))
        .collect();
    // An exit code that is returned, not an exit: the lab is dropped, and with it every process.
    let mut arguments = Arguments::from_args();
    // Trials mostly wait for other processes, some for minutes of a story.
    arguments.test_threads.get_or_insert(AT_ONCE);
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(case: &Case, lab: &Arc<Lab>, required: bool) -> Trial {
    let missing = lab.programs.missing(&case.needs());
    if missing.is_empty() {
        let (lab, run) = (Arc::clone(lab), case.run);
        return Trial::test(case.name, move || {
            run(&lab).map_err(|error| Failed::from(format!("{error:#}")))
        });
    }
    let reason = format!("not found: {}", missing.join(", "));
    let name = format!("{} ({reason})", case.name);
    Trial::test(name, move || {
        Err(Failed::from(format!(
            "{reason}; .ci/peers builds the real peers"
        )))
    })
    .with_ignored_flag(!required)
}
