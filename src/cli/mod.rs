//! The command line: what a person or a pipeline may ask for, a file for each subcommand.

mod config;
mod decide;
mod deck;
mod demo;
mod doctor;
pub mod evidence;
mod exit;
mod flag;
mod input;
mod judge;
mod manual;
mod metrics;
pub mod render;
mod say;
mod session;
mod simulate;
mod status;
mod wire;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::adapters::transport::ensure_crypto;

use exit::{Exit, Failure};

/// A terminal mission control: canary against production, flags, releases, and what to do now.
///
/// Without a subcommand it opens the deck on the configured clusters.
#[derive(Debug, Parser)]
#[command(name = "flightdeck", version, max_term_width = 100)]
struct Cli {
    /// The configuration file, instead of the user's and the system's.
    #[arg(long, global = true, value_name = "FILE", env = "FLIGHTDECK_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fly the deck over an embedded world: no cluster is needed and nothing real is touched.
    Demo(demo::Args),
    /// Write one screen of the deck, as it is at a moment of a scenario of the embedded world.
    Render(render::Args),
    /// Serve the embedded world to any client: prints a configuration for it.
    Simulate(simulate::Args),
    /// Say how every service is doing and what is advised, once.
    Status(status::Args),
    /// Judge recorded series: is canary worse than production, and since when.
    Judge(judge::Args),
    /// Advise on written evidence: which rung, why, why not, and whether canary may be promoted.
    Decide(decide::Args),
    /// Write what the advice rests on, for `decide` or `judge` to conclude from again.
    Evidence(evidence::Args),
    /// List feature flags, or disable or enable one.
    Flag(flag::Args),
    /// Check what feeds the metrics.
    Metrics(metrics::Args),
    /// Check or show the configuration.
    Config(config::Args),
    /// Ask everything that the deck needs, one by one, and say what to do where something is wrong.
    Doctor,
    /// Print the completions of a shell: `source <(flightdeck completions bash)`.
    Completions(manual::Completions),
    /// Print a page of the manual: `flightdeck man | man -l -`, `flightdeck man flag disable`.
    Man(manual::Manual),
}

/// Parses the command line, does what it asks for, and gives the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    ensure_crypto();
    let done = session::runtime().and_then(|runtime| {
        let done = runtime.block_on(run(cli));
        // What still reads (a terminal's keys, a name being resolved) must not hold the program up.
        runtime.shutdown_background();
        done
    });
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            say::error(&failure);
            failure.exit.into()
        }
    }
}

async fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.command {
        None => deck::run(cli.config).await,
        Some(Command::Demo(args)) => demo::run(args).await,
        Some(Command::Render(args)) => render::run(args).await,
        Some(Command::Simulate(args)) => simulate::run(args).await,
        Some(Command::Status(args)) => status::run(cli.config, args).await,
        Some(Command::Judge(args)) => judge::run(&args),
        Some(Command::Decide(args)) => decide::run(&args),
        Some(Command::Evidence(args)) => evidence::run(cli.config, args).await,
        Some(Command::Flag(args)) => flag::run(cli.config, args).await,
        Some(Command::Metrics(args)) => metrics::run(cli.config, args).await,
        Some(Command::Config(args)) => config::run(cli.config, &args),
        Some(Command::Doctor) => Box::pin(doctor::run(cli.config)).await,
        Some(Command::Completions(args)) => manual::completions(&args),
        Some(Command::Man(args)) => manual::manual(&args),
    }
}
