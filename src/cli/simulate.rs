//! `flightdeck simulate`: the embedded world for any client, ours in another process, `kubectl`, `helm` or a real
//! Prometheus. It serves on loopback until it is ended.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;

use crate::domain::clock::Clock as _;
use crate::shell::clock::SystemClock;
use crate::shell::signals::{Asked, Signals};
use crate::sim::{Options, PEOPLE, Running, Sim};

use super::exit::{Exit, Failure};
use super::{say, world};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    world: world::Args,
    /// The world's time is the wall clock's, as a real Prometheus beside it needs.
    #[arg(long, conflicts_with = "speed")]
    now: bool,
    /// Whose kubeconfig it is.
    #[arg(long = "as", default_value = "bob", value_name = "WHO", value_parser = PEOPLE)]
    person: String,
    /// Where the kubeconfig goes.
    #[arg(long, value_name = "FILE")]
    write_kubeconfig: PathBuf,
    /// Where the deck's configuration goes, instead of stdout; stdout then gets one line of JSON with the addresses.
    #[arg(long, value_name = "FILE")]
    write_config: Option<PathBuf>,
}

/// The one line that says that the world is being served.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    schema: &'static str,
    kubeconfig: &'a Path,
    config: &'a Path,
    epoch: Timestamp,
    speed: f64,
    canary: Served,
    production: Served,
}

#[derive(Debug, Serialize)]
struct Served {
    kubernetes: String,
    prometheus: String,
    exporters: String,
    flagd: Vec<String>,
}

pub(super) async fn run(args: Args) -> Result<Exit, Failure> {
    let world = Sim::start(Options {
        live: args.now,
        ..args.world.options()
    });
    let world = world.await.map_err(Failure::usage)?;
    let mut signals = Signals::listen().context("signals")?;
    let kubeconfig = &args.write_kubeconfig;
    write(kubeconfig, &world.kubeconfig(&args.person))?;
    let kubeconfig = std::path::absolute(kubeconfig).context("--write-kubeconfig")?;
    let mut config = world.config(Some(&kubeconfig.display().to_string()));
    if !args.now {
        config.push_str(&clock(&world));
    }
    match &args.write_config {
        None => say::out(&config)?,
        Some(path) => {
            write(path, &config)?;
            let line = serde_json::to_string(&ready(&world, &kubeconfig, path))
                .context("the addresses")?;
            say::out(&format!("{line}\n"))?;
        }
    }
    say::note("serving on this machine only, until Ctrl-C");
    while let Asked::Stop | Asked::Continue = signals.next().await {}
    Ok(Exit::Ok)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .with_context(|| format!("{} can't be written", path.display()))
        .map_err(Failure::usage)
}

/// The deck's clock beside the world's.
fn clock(world: &Running) -> String {
    let (since, shown) = (SystemClock.now(), world.now());
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n[clock]\nepoch = \"{shown}\"\nspeed = {:?}\nsince = \"{since}\"\n",
        world.speed
    );
    text
}

fn ready<'a>(world: &Running, kubeconfig: &'a Path, config: &'a Path) -> Ready<'a> {
    let served = |at: &crate::sim::deck::Addresses| Served {
        kubernetes: format!("http://{}", at.kubernetes),
        prometheus: format!("http://{}", at.prometheus),
        exporters: format!("http://{}", at.exporters),
        flagd: at.flagd.iter().map(|at| format!("http://{at}")).collect(),
    };
    Ready {
        schema: "flightdeck.dev/simulate/v1",
        kubeconfig,
        config,
        epoch: world.now(),
        speed: world.speed,
        canary: served(&world.canary),
        production: served(&world.production),
    }
}
