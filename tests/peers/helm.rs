//! Real Helm, 3 and 4, on a small chart of ours.
//!
//! Releases are read natively by the deck, so the ones in these trials are put there by the program itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::cluster::Cluster;
use crate::look::Look as _;
use crate::process;
use crate::programs::Programs;

/// A Helm program with its own empty folders.
#[derive(Debug)]
pub(crate) struct Helm {
    program: PathBuf,
    chart: PathBuf,
    home: PathBuf,
}

impl Helm {
    /// `helm3` or `helm4`; the chart is written below `folder`.
    pub(crate) fn new(name: &str, programs: &Programs, folder: &Path) -> Result<Self> {
        let chart = folder.join("chart");
        fs::create_dir_all(chart.join("templates"))?;
        fs::write(
            chart.join("values.yaml"),
            include_str!("files/chart/values.yaml"),
        )?;
        fs::write(
            chart.join("templates/workload.yaml"),
            include_str!("files/chart/templates/workload.yaml"),
        )?;
        Ok(Self {
            program: programs.path(name)?,
            chart,
            home: folder.join("helm-home"),
        })
    }

    /// `helm upgrade --install` of the chart and waiting until its pods are ready.
    pub(crate) fn upgrade(
        &self,
        kubeconfig: &Path,
        namespace: &str,
        release: &str,
        version: &str,
    ) -> Result<String> {
        let mut command = self.upgrading(kubeconfig, namespace, release, version, &[])?;
        process::run(&mut command, None).with_context(|| format!("{release} {version}"))
    }

    /// The command of that, with more values.
    pub(crate) fn upgrading(
        &self,
        kubeconfig: &Path,
        namespace: &str,
        release: &str,
        version: &str,
        values: &[&str],
    ) -> Result<Command> {
        let about = format!(
            "{}appVersion: \"{version}\"\n",
            include_str!("files/chart/Chart.yaml")
        );
        fs::write(self.chart.join("Chart.yaml"), about)?;
        let mut command = self.command(kubeconfig);
        command
            .args(["upgrade", "--install", release])
            .arg(&self.chart);
        command.args(["-n", namespace, "--wait", "--timeout", "5m"]);
        let version = format!("version={version}");
        for value in [&[version.as_str()], values].concat() {
            command.args(["--set", value]);
        }
        Ok(command)
    }

    /// Any command of Helm.
    pub(crate) fn run(&self, kubeconfig: &Path, args: &[&str]) -> Result<String> {
        process::run(self.command(kubeconfig).args(args), None)
    }

    fn command(&self, kubeconfig: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", kubeconfig);
        for (variable, folder) in [
            ("HELM_CONFIG_HOME", "config"),
            ("HELM_CACHE_HOME", "cache"),
            ("HELM_DATA_HOME", "data"),
        ] {
            command.env(variable, self.home.join(folder));
        }
        command
    }

    /// Where its chart and its own folders are.
    pub(crate) fn folder(&self) -> &Path {
        self.home.parent().unwrap_or(&self.home)
    }

    /// `helm history -o json`.
    pub(crate) fn history(
        &self,
        kubeconfig: &Path,
        namespace: &str,
        release: &str,
    ) -> Result<Vec<Value>> {
        let text = self.run(
            kubeconfig,
            &["history", release, "-n", namespace, "-o", "json"],
        )?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// The release Secrets of `release`, oldest revision first, as the API server has them.
pub(crate) fn secrets(cluster: &Cluster, namespace: &str, release: &str) -> Result<Vec<Value>> {
    let selector = format!("owner=helm,name={release}");
    let list = cluster.get(&[
        "secrets",
        "-n",
        namespace,
        "-l",
        &selector,
        "--sort-by=.metadata.creationTimestamp",
    ])?;
    Ok(list.list("/items"))
}
