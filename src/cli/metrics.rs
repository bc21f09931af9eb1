//! `flightdeck metrics`: which series feed each signal of each environment, or what is missing and how to name it.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Subcommand;

use crate::adapters::prometheus::inventory;
use crate::adapters::transport::Clients;
use crate::domain::source::Trouble;
use crate::settings::{EnvironmentSettings, Settings};
use crate::shell::clock::Time;
use crate::shell::login::login;

use super::doctor::todo;
use super::exit::{Exit, Failure};
use super::say::{self, Output};
use super::session;
use super::status::{of_trouble, weight};
use super::wire::metrics::{Environment, Metrics, Signal, State};
use super::wire::print_schema;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say for each signal which series feeds it, or what is missing and how to name it.
    Check(CheckArgs),
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// Only this service.
    service: Option<String>,
    /// For whom it is written.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Print the JSON Schema of the answer instead.
    #[arg(long)]
    schema: bool,
}

pub(super) async fn run(config: Option<PathBuf>, args: Args) -> Result<Exit, Failure> {
    let Command::Check(args) = args.command;
    if args.schema {
        return print_schema::<Metrics>();
    }
    let mut settings = session::configured(config)?.settings;
    if let Some(service) = &args.service {
        session::only(&mut settings, service)?;
    }
    session::log();
    let (metrics, exit) = look(&settings).await;
    match args.output {
        Output::Json => say::json(&metrics)?,
        Output::Text => say::out(&text(&metrics))?,
    }
    Ok(exit)
}

async fn look(settings: &Settings) -> (Metrics, Exit) {
    let at = Time::of(settings.clock).pace().now();
    let mut environments = Vec::new();
    let mut exit = Exit::Ok;
    for (place, environment) in settings.places() {
        let (told, ended) = match signals(settings, environment, at).await {
            Ok(Some(signals)) => {
                let lacks = signals
                    .iter()
                    .any(|s| s.needed && s.state == State::Missing);
                let ended = if lacks { Exit::No } else { Exit::Ok };
                (Environment::told(&place, environment, signals), ended)
            }
            Ok(None) => (Environment::without(&place), Exit::No),
            Err(why) => {
                let text = format!("{}; {}", why.message.shown(), todo(why.kind));
                let ended = of_trouble(why.kind);
                (Environment::failed(&place, environment, text), ended)
            }
        };
        environments.push(told);
        exit = if weight(ended) > weight(exit) {
            ended
        } else {
            exit
        };
    }
    let metrics = Metrics {
        schema: "flightdeck.dev/metrics/v1",
        at,
        environments,
    };
    (metrics, exit)
}

/// The signals; none where no metrics server is configured.
async fn signals(
    settings: &Settings,
    environment: &EnvironmentSettings,
    at: jiff::Timestamp,
) -> Result<Option<Vec<Signal>>, Trouble> {
    let (Some(metrics), Some(cluster)) = (
        &environment.prometheus,
        settings.clusters.get(&environment.cluster),
    ) else {
        return Ok(None);
    };
    let clients = Clients::open(cluster).await?;
    let mut adapter = metrics.adapter.clone();
    adapter.login = login(&metrics.login);
    let told = inventory(&adapter, &clients, at).await?;
    Ok(Some(told.into_iter().map(Signal::from).collect()))
}

fn text(metrics: &Metrics) -> String {
    let mut out = String::new();
    for environment in &metrics.environments {
        let place = format!("{} on {}", environment.service, environment.name);
        // Writing to a String cannot fail.
        let _ = match &environment.address {
            Some(address) => writeln!(out, "{place}: {address}"),
            None => writeln!(
                out,
                "{place}: no metrics server is configured; nothing is judged"
            ),
        };
        if let Some(trouble) = &environment.trouble {
            let _ = writeln!(out, "  {:<8}{trouble}", "WRONG");
        }
        for signal in &environment.signals {
            of_signal(&mut out, signal);
        }
    }
    out
}

fn of_signal(out: &mut String, signal: &Signal) {
    let word = match (signal.state, signal.needed) {
        (State::Found, _) => "ok",
        (State::Missing, true) => "MISSING",
        (State::Missing, false) => "none",
    };
    let mut head = format!("  {word:<8}{:<16}", signal.name);
    let blank = " ".repeat(head.len());
    let by = signal
        .exporter
        .as_ref()
        .map(|exporter| format!(" ({exporter})"));
    let series = signal.series.iter();
    let mut lines: Vec<String> = series
        .map(|s| {
            let by = by.as_deref().unwrap_or_default();
            format!("{} series of {}{by}", s.count, s.selector)
        })
        .collect();
    lines.extend(signal.remark.iter().cloned());
    lines.extend(signal.missing.iter().map(|m| format!("no {m}")));
    lines.extend(signal.remedy.iter().cloned());
    for line in lines {
        let _ = writeln!(out, "{head}{line}");
        head.clone_from(&blank);
    }
}
