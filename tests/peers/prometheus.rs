//! A real Prometheus that scrapes what a trial names, or that serves history loaded from `OpenMetrics`.
//!
//! Staleness, resets, and the edges of windows are Prometheus' to decide; a stand-in would only repeat our own beliefs.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::http;
use crate::look::Look as _;
use crate::process::{self, Running, free_port};
use crate::programs::Programs;
use crate::wait::{PATIENCE, until};

/// The programs of this module.
pub(crate) const PROGRAMS: [&str; 2] = ["prometheus", "promtool"];

/// The file of rules in a server's folder, where a trial has written one.
pub(crate) const RULES: &str = "rules.yml";

/// What to scrape.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// One address with this job's name.
    One {
        /// `job`.
        job: String,
        /// `host:port`.
        address: String,
    },
    /// Whatever an embedded world's service discovery names; its namespace gets another name.
    World {
        /// `host:port` of its exporters.
        exporters: String,
        /// What its namespace is called.
        namespace: String,
    },
}

impl Target {
    /// Its part of the configuration. The world's own labels are kept: they are part of what is tested.
    fn config(&self) -> String {
        match self {
            Self::One { job, address } => format!(
                "  - {{ job_name: {job}, honor_labels: true, static_configs: [{{ targets: ['{address}'] }}] }}\n"
            ),
            Self::World {
                exporters,
                namespace,
            } => {
                let rename = format!(
                    "[{{ source_labels: [namespace], regex: {NAMESPACE}, target_label: namespace, replacement: {namespace} }}]"
                );
                format!(
                    "  - {{ job_name: world, honor_labels: true, relabel_configs: {rename}, metric_relabel_configs: {rename}, \
                     http_sd_configs: [{{ url: 'http://{exporters}/sd', refresh_interval: 1s }}] }}\n"
                )
            }
        }
    }
}

/// The namespace of the embedded world's services.
const NAMESPACE: &str = "shop";

/// A world's history as if its namespace were another.
pub(crate) fn renamed(openmetrics: &str, namespace: &str) -> String {
    let label = |name: &str| format!("namespace=\"{name}\"");
    openmetrics.replace(&label(NAMESPACE), &label(namespace))
}

/// A running Prometheus; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Prometheus {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    process: Running,
}

impl Prometheus {
    /// Starts it on `folder` with these targets, scraped every `interval` seconds; `openmetrics` is loaded first.
    pub(crate) fn start(
        programs: &Programs,
        folder: &Path,
        interval: u32,
        targets: &[Target],
        openmetrics: Option<&str>,
    ) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let data = folder.join("data");
        if let Some(text) = openmetrics {
            let file = folder.join("history.om");
            fs::write(&file, text)?;
            let mut command = Command::new(programs.path("promtool")?);
            command
                .args(["tsdb", "create-blocks-from", "openmetrics"])
                .arg(&file)
                .arg(&data);
            process::run(&mut command, None).context("load OpenMetrics")?;
        }
        let started = Self::spawn(programs, folder, interval, targets, &[])?;
        started.ready()
    }

    /// Starts it on `folder` with these options, with nothing in it.
    pub(crate) fn with(programs: &Programs, folder: &Path, options: &[&str]) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Self::spawn(programs, folder, 15, &[], options)?.ready()
    }

    fn ready(mut self) -> Result<Self> {
        let url = format!("http://{}/-/ready", self.address);
        until("Prometheus is ready", PATIENCE, || {
            self.process.check()?;
            Ok((http::get(&url)?.0 == 200).then_some(()))
        })?;
        Ok(self)
    }

    /// Starts it on `folder` behind this web configuration, with nothing in it; whether it is ready is for its clients
    /// to find out.
    pub(crate) fn guarded(programs: &Programs, folder: &Path, web: &str) -> Result<Self> {
        let file = folder.join("web.yml");
        fs::write(&file, web)?;
        let option = format!("--web.config.file={}", file.display());
        Self::spawn(programs, folder, 15, &[], &[&option])
    }

    fn spawn(
        programs: &Programs,
        folder: &Path,
        interval: u32,
        targets: &[Target],
        options: &[&str],
    ) -> Result<Self> {
        let mut config = format!(
            "global: {{ scrape_interval: {interval}s, scrape_timeout: {interval}s }}\nscrape_configs:\n"
        );
        config.extend(targets.iter().map(Target::config));
        if folder.join(RULES).exists() {
            config.extend(["rule_files: [", RULES, "]\n"]);
        }
        let file = folder.join("prometheus.yml");
        fs::write(&file, config)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = Command::new(programs.path("prometheus")?);
        command
            .arg("--config.file")
            .arg(&file)
            .arg("--storage.tsdb.path")
            .arg(folder.join("data"))
            .args(options);
        command.args([
            "--storage.tsdb.retention.time",
            "3650d",
            "--web.listen-address",
            &address,
        ]);
        Ok(Self {
            address,
            process: Running::start("prometheus", folder, &mut command)?,
        })
    }

    /// An instant query's result vector, at a time in Unix seconds or now.
    pub(crate) fn query(&self, expression: &str, time: Option<f64>) -> Result<Vec<Value>> {
        query(&self.address, expression, time)
    }
}

/// The same of any server, real or simulated.
pub(crate) fn query(address: &str, expression: &str, time: Option<f64>) -> Result<Vec<Value>> {
    let mut url = reqwest::Url::parse(&format!("http://{address}/api/v1/query"))?;
    url.query_pairs_mut().append_pair("query", expression);
    if let Some(time) = time {
        url.query_pairs_mut().append_pair("time", &time.to_string());
    }
    let (status, body) = http::get(url.as_str())?;
    if status != 200 {
        bail!("{expression}: {status} {body}");
    }
    Ok(body.list("/data/result"))
}
