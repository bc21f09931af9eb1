//! `flightdeck demo`: the deck over the embedded world, which is another program's worth of servers in this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use crate::app::state::Mode;
use crate::journal::Journal;
use crate::settings::{Settings, read};
use crate::shell::clock::Time;
use crate::sim::{Running, Sim, scenario};

use super::exit::{Exit, Failure};
use super::{deck, say, session, world};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    world: world::Args,
    /// Print the scenarios and what happens in them.
    #[arg(long)]
    list: bool,
}

pub(super) async fn run(args: Args) -> Result<Exit, Failure> {
    if args.list {
        say::out(&listed()?)?;
        return Ok(Exit::Ok);
    }
    deck::need_terminal()?;
    say::note("flightdeck: making a world of two clusters and their last two hours ...");
    let world = Sim::start(args.world.options());
    let world = Arc::new(world.await.map_err(Failure::usage)?);
    let directory = session::directory(Some("demo"))?;
    let kubeconfig = Kubeconfig::write(&directory, &world)?;
    let settings = kubeconfig.settings(&world)?;
    let time = Time::of_world(&world);
    Journal::forget(&session::journal(&directory)).context("the records of earlier demos")?;
    let logbook = session::keeps(&directory);
    deck::on_terminal(&settings, time, Mode::Demo, logbook).await
}

fn listed() -> Result<String, Failure> {
    let scenarios = scenario::list().context("the scenarios")?;
    let of = |s: &scenario::Summary| format!("{}\n  {}\n", s.name, s.title);
    Ok(scenarios.iter().map(of).collect())
}

/// The kubeconfig of an embedded world, on disk as long as the world runs.
#[derive(Debug)]
pub(super) struct Kubeconfig(PathBuf);

impl Kubeconfig {
    /// Writes it for bob, who may release.
    pub(super) fn write(directory: &Path, world: &Running) -> anyhow::Result<Self> {
        let path = directory.join(format!("kubeconfig-{}", std::process::id()));
        std::fs::write(&path, world.kubeconfig("bob"))
            .with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }

    /// A deck's settings for the world.
    pub(super) fn settings(&self, world: &Running) -> anyhow::Result<Settings> {
        let text = world.config(Some(&self.0.display().to_string()));
        Ok(read(
            Path::new("the embedded world's configuration"),
            &text,
        )?)
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        // It leads to servers that are gone, whether it stays or not.
        let _ = std::fs::remove_file(&self.0);
    }
}
