//! `flightdeck config`: whether the configuration is right, what it comes to, and its schema.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;

use crate::adapters::prometheus::untold;
use crate::domain::environment::Environment;
use crate::settings::{check_look, schema, shown};

use super::exit::{Exit, Failure};
use super::{say, session};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the file: each mistake with its line, its key, and what would be right.
    Check,
    /// Print what counts, with every number named; of secrets only where they are.
    Show,
    /// Print the JSON Schema of the file.
    Schema,
}

pub(super) fn run(config: Option<PathBuf>, args: &Args) -> Result<Exit, Failure> {
    match args.command {
        Command::Check => {
            let loaded = session::configured(config)?;
            check_look(&loaded).map_err(Failure::usage)?;
            let (services, clusters) = (&loaded.settings.services, &loaded.settings.clusters);
            say::out(&format!(
                "ok: {} (services: {}; clusters: {})\n",
                loaded.file.display(),
                named(services.keys()),
                named(clusters.keys())
            ))?;
            for (place, environment) in loaded.settings.places() {
                let metrics = environment.prometheus.as_ref();
                let metrics = metrics.filter(|_| place.environment == Environment::Canary);
                if let Some(why) = metrics.and_then(|metrics| untold(&metrics.adapter)) {
                    say::out(&format!(
                        "note: services.{}.environments.{}.prometheus: {}\n",
                        place.service,
                        place.environment,
                        why.message.shown()
                    ))?;
                }
            }
        }
        Command::Show => {
            let loaded = session::configured(config)?;
            let text = shown(&loaded.settings).context("the settings as TOML")?;
            say::out(&format!("# {}\n{text}", loaded.file.display()))?;
        }
        Command::Schema => say::json(&schema())?,
    }
    Ok(Exit::Ok)
}

fn named<T: ToString>(names: impl Iterator<Item = T>) -> String {
    names
        .map(|name| name.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
