//! The embedded world on a runtime of its own, and real programs that are pointed at it.
//!
//! A trial waits for other processes, which would stop a runtime that it shared with the world's servers.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use flightdeck::sim::{Options, Running, Sim};
use jiff::Timestamp;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::process;
use crate::programs::Programs;

/// A running world; dropping it ends it.
#[derive(Debug)]
pub(crate) struct World {
    /// The world.
    pub(crate) running: Arc<Running>,
    /// Where its kubeconfig files are.
    pub(crate) folder: PathBuf,
    kubectl: PathBuf,
    runtime: Runtime,
}

impl World {
    /// Starts it; its kubeconfig files are written below `folder`.
    pub(crate) fn start(programs: &Programs, folder: &Path, options: Options) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let running = runtime.block_on(Sim::start(options))?;
        for user in flightdeck::sim::PEOPLE {
            fs::write(kubeconfig(folder, user), running.kubeconfig(user))?;
        }
        Ok(Self {
            running: Arc::new(running),
            folder: folder.to_owned(),
            kubectl: programs.path("kubectl")?,
            runtime,
        })
    }

    /// A time of its scenario, such as `03:12:41`.
    pub(crate) fn at(&self, time: &str) -> Result<Timestamp> {
        self.running
            .at(time)
            .with_context(|| format!("{time} is no time"))
    }

    /// Moves its standing clock.
    pub(crate) fn set_time(&self, time: &str) -> Result<()> {
        let at = self.at(time)?;
        self.runtime.block_on(self.running.set_time(at));
        Ok(())
    }

    /// Does something on the world's runtime.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The kubeconfig file of one of the world's people, with both contexts.
    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        kubeconfig(&self.folder, user)
    }

    /// Real kubectl as `user` on canary, in the services' namespace.
    pub(crate) fn command(&self, user: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .env("KUBECONFIG", self.kubeconfig(user))
            .env("HOME", &self.folder)
            .args(args);
        command
    }

    /// Runs it to its end.
    pub(crate) fn kubectl(&self, user: &str, args: &[&str]) -> Result<String> {
        process::run(&mut self.command(user, args), None)
    }

    /// `kubectl get ... -o json`.
    pub(crate) fn get(&self, user: &str, what: &[&str]) -> Result<Value> {
        let args = [&["get"], what, &["-o", "json"]].concat();
        Ok(serde_json::from_str(&self.kubectl(user, &args)?)?)
    }
}

fn kubeconfig(folder: &Path, user: &str) -> PathBuf {
    folder.join(format!("kubeconfig-{user}"))
}
