//! `flightdeck flag`: the flags of a service, and setting one, by the same plan, journal and verification as on the deck.

mod list;
mod set;
mod told;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::{Subcommand, ValueEnum};

use crate::domain::environment::{Environment, Place};
use crate::domain::flag::FlagState;
use crate::domain::names::ServiceName;
use crate::settings::Settings;

use super::exit::{Exit, Failure};
use super::say::Output;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List a service's flags: what their source says, and what each instance evaluates.
    List(list::Args),
    /// Disable a flag on one environment: the code's own default holds.
    Disable(set::Args),
    /// Enable a flag on one environment: its rules and default variant hold.
    Enable(set::Args),
}

/// Where a flag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Where {
    Uat,
    Canary,
    Production,
}

impl From<Where> for Environment {
    fn from(place: Where) -> Self {
        match place {
            Where::Uat => Self::Uat,
            Where::Canary => Self::Canary,
            Where::Production => Self::Production,
        }
    }
}

/// How the answer is given.
#[derive(Debug, Clone, Copy, clap::Args)]
struct Answer {
    /// For whom it is written.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// How long the sources may take to answer, at most.
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    wait: u64,
    /// Print the JSON Schema of the answer instead.
    #[arg(long)]
    schema: bool,
}

impl Answer {
    const fn wait(self) -> Duration {
        Duration::from_secs(self.wait)
    }
}

pub(super) async fn run(config: Option<PathBuf>, args: Args) -> Result<Exit, Failure> {
    match args.command {
        Command::List(args) => list::run(config, args).await,
        Command::Disable(args) => set::run(config, args, FlagState::Disabled).await,
        Command::Enable(args) => set::run(config, args, FlagState::Enabled).await,
    }
}

/// An environment of a service that has flags.
fn place(
    settings: &Settings,
    service: &ServiceName,
    environment: Environment,
) -> Result<Place, Failure> {
    let place = Place::new(service.clone(), environment);
    let Some(found) = settings.place(&place) else {
        return Err(Failure::usage(anyhow!(
            "{service} has no {environment} in the configuration"
        )));
    };
    if found.flags.is_none() {
        return Err(Failure::usage(anyhow!(
            "no flags are configured for {place}; write flags = {{ source = \"featureflag/NAMESPACE/NAME\" }} there"
        )));
    }
    Ok(place)
}

/// Flags are told by clusters and flagd alone.
fn without_metrics(settings: &mut Settings) {
    for service in settings.services.values_mut() {
        for environment in service.environments.values_mut() {
            environment.prometheus = None;
        }
    }
}
