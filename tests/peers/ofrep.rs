//! flagd's OFREP interface over a `FeatureFlag` resource of a real API server.
//!
//! Evaluated by `OpenFeature`'s own evaluator in a small Python server, or, given `FLIGHTDECK_FLAGD=PATH`, by that flagd.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::http;
use crate::look::Look as _;
use crate::process::{Running, free_port};
use crate::programs::Programs;
use crate::wait::{PATIENCE, until};

/// The programs of this module.
pub(crate) const PROGRAMS: [&str; 1] = ["python"];

/// The kind that flagd watches.
pub(crate) const CRD: &str = include_str!("files/featureflag-crd.yaml");

/// A running evaluator; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Evaluator {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    process: Running,
}

impl Evaluator {
    /// Starts one for the resource `namespace/name` and waits until it knows at least one flag.
    pub(crate) fn start(
        programs: &Programs,
        folder: &Path,
        cluster: &Cluster,
        namespace: &str,
        name: &str,
    ) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let port = free_port()?;
        let kubeconfig = cluster.kubeconfig("admin");
        let mut command = if let Some(flagd) = env::var_os("FLIGHTDECK_FLAGD") {
            let mut command = Command::new(flagd);
            command.env("KUBECONFIG", &kubeconfig).args([
                "start",
                "--ofrep-port",
                &port.to_string(),
            ]);
            command.args([
                "--port",
                &free_port()?.to_string(),
                "--management-port",
                &free_port()?.to_string(),
            ]);
            command.args(["--sync-port", &free_port()?.to_string()]);
            command.args(["--uri", &format!("core.openfeature.dev/{namespace}/{name}")]);
            command
        } else {
            let script = folder.join("ofrep_server.py");
            fs::write(&script, include_str!("files/ofrep_server.py"))?;
            let mut command = Command::new(programs.path("python")?);
            command
                .arg(script)
                .arg(&kubeconfig)
                .args([namespace, name, &port.to_string()]);
            command
        };
        let mut started = Self {
            address: format!("127.0.0.1:{port}"),
            process: Running::start(&format!("ofrep-{port}"), folder, &mut command)?,
        };
        until("the evaluator knows its flags", PATIENCE, || {
            started.process.check()?;
            Ok((!started.all()?.is_empty()).then_some(()))
        })?;
        Ok(started)
    }

    /// Status and body for one flag, with a context that no rule matches.
    pub(crate) fn evaluate(&self, flag: &str) -> Result<(u16, Value)> {
        self.evaluate_for(flag, "nobody")
    }

    /// Status and body for one flag and one caller.
    pub(crate) fn evaluate_for(&self, flag: &str, caller: &str) -> Result<(u16, Value)> {
        let url = format!("http://{}/ofrep/v1/evaluate/flags/{flag}", self.address);
        http::post(&url, &json!({ "context": { "targetingKey": caller } }))
    }

    /// The bulk answer.
    pub(crate) fn all(&self) -> Result<Vec<Value>> {
        let url = format!("http://{}/ofrep/v1/evaluate/flags", self.address);
        let (_, body) = http::post(&url, &json!({ "context": {} }))?;
        Ok(body.list("/flags"))
    }
}

/// A `FeatureFlag` object with these boolean flags, all on; each says the endpoints it touches.
pub(crate) fn resource(namespace: &str, name: &str, flags: &[(&str, &str)]) -> Value {
    let definitions: serde_json::Map<String, Value> = flags
        .iter()
        .map(|(key, endpoints)| {
            let definition = json!({
                "state": "ENABLED",
                "variants": { "on": true, "off": false },
                "defaultVariant": "on",
                "metadata": { "endpoints": endpoints },
            });
            ((*key).to_owned(), definition)
        })
        .collect();
    json!({
        "apiVersion": "core.openfeature.dev/v1beta1",
        "kind": "FeatureFlag",
        "metadata": { "name": name, "namespace": namespace },
        "spec": { "flagSpec": { "flags": definitions } },
    })
}
