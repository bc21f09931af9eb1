//! A service's real environments, like those of the embedded world: two clusters with a Helm release and flags each, an
//! evaluator and a Prometheus beside them.
//!
//! The requests are the world's, which a real Prometheus scrapes; all else is told by the real servers alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use flightdeck::sim::deck::Addresses;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cluster::{Cluster, kubeconfig};
use crate::helm::Helm;
use crate::lab::Lab;
use crate::look::Look as _;
use crate::ofrep::Evaluator;
use crate::process::{self, Running};
use crate::prometheus::{self, Prometheus, Target};
use crate::trials::publish;
use crate::world::World;

/// The services of the embedded world, from its own file.
const FLEET: &str = include_str!("../../src/sim/scenarios/fleet.toml");

/// How much of the world's past the real Prometheus gets to know.
const PAST: SignedDuration = SignedDuration::from_mins(10);

/// The name of the flags' resource.
const FLAGS: &str = "flags";

/// One service on two clusters.
#[derive(Debug)]
pub(crate) struct Estate<'l> {
    lab: &'l Lab,
    /// The namespace on both clusters.
    pub(crate) namespace: String,
    folder: PathBuf,
    sides: [Side<'l>; 2],
    pack: String,
    service: String,
    /// The configuration of the metric that its business is judged by.
    business: String,
}

/// One of the two.
#[derive(Debug)]
pub(crate) struct Side<'l> {
    /// `canary` or `production`.
    pub(crate) name: &'static str,
    /// Its cluster.
    pub(crate) cluster: &'l Cluster,
    /// What evaluates its flags.
    pub(crate) evaluator: Evaluator,
    helm: Helm,
    pods: u64,
    prometheus: OnceLock<Prometheus>,
}

/// What the fleet's file says of a service.
fn fleet(service: &str) -> Result<(Value, Value)> {
    let fleet: Value = toml::from_str(FLEET)?;
    let services = fleet.list("/services");
    let found = services.into_iter().find(|s| s.text("/name") == service);
    Ok((
        found.context("no such service")?,
        fleet.at("/flags").clone(),
    ))
}

impl<'l> Estate<'l> {
    /// Installs the release that ran before the story on both sides, marks it stable, and writes the flags.
    pub(crate) fn build(lab: &'l Lab, namespace: &str, service: &str) -> Result<Self> {
        let (about, flags) = fleet(service)?;
        let folder = lab.folder(namespace);
        let build = |name: &'static str, cluster: &'l Cluster, program: &str| -> Result<Side<'l>> {
            let releases = about.list(&format!("/{name}/releases"));
            let last = releases.last().context("no release")?;
            let mut side = Side {
                name,
                cluster,
                evaluator: flagd(lab, &folder, cluster, namespace, &flags)?,
                helm: Helm::new(program, &lab.programs, &folder.join(name))?,
                pods: about
                    .at(&format!("/{name}/pods"))
                    .as_u64()
                    .context("no pods")?,
                prometheus: OnceLock::new(),
            };
            side.install(namespace, service, last.text("/version"))?;
            Ok(side)
        };
        // Both Helms, as both are in use.
        let canary = build("canary", lab.canary()?, "helm4")?;
        let production = build("production", lab.production()?, "helm3")?;
        Ok(Self {
            lab,
            namespace: namespace.to_owned(),
            folder,
            sides: [canary, production],
            pack: about.text("/pack").to_owned(),
            service: service.to_owned(),
            business: business(service, &about),
        })
    }

    /// Canary's side.
    pub(crate) fn canary(&self) -> &Side<'l> {
        let [canary, _] = &self.sides;
        canary
    }

    /// Starts a Prometheus for each side that knows the world's last minutes and scrapes it from now on.
    pub(crate) fn scrape(&self, world: &World) -> Result<()> {
        let past = world.running.openmetrics(world.running.now() - PAST);
        let sides: [(&Addresses, String); 2] = [
            (&world.running.canary, past.0),
            (&world.running.production, past.1),
        ];
        for (side, (addresses, past)) in self.sides.iter().zip(sides) {
            let target = Target::World {
                exporters: addresses.exporters.to_string(),
                namespace: self.namespace.clone(),
            };
            let prometheus = Prometheus::start(
                &self.lab.programs,
                &self.folder.join(format!("prometheus-{}", side.name)),
                15,
                &[target],
                Some(&prometheus::renamed(&past, &self.namespace)),
            )?;
            side.prometheus.get_or_init(|| prometheus);
        }
        Ok(())
    }

    /// Lets canary's Prometheus and evaluator be reached through the API server only, and writes the deck's
    /// configuration: all that the deck is told.
    pub(crate) fn config(&self, user: &str) -> Result<PathBuf> {
        let clusters: Vec<&Cluster> = self.sides.iter().map(|side| side.cluster).collect();
        let people = self.folder.join(format!("clusters-{user}"));
        fs::write(&people, kubeconfig(&clusters, user).to_string())?;
        let mut text = format!("version = 1\nhome = \"production\"\n{}", self.business);
        for side in &self.sides {
            let prometheus = side.prometheus.get().context("nothing is scraped")?;
            let address = |name: &str, port: u16, address: &str| -> Result<String> {
                if side.name == "production" {
                    return Ok(format!("http://{address}"));
                }
                publish(side.cluster, &self.namespace, name, port, address)?;
                Ok(format!("kube://{}/svc/{name}:{port}", self.namespace))
            };
            write!(
                text,
                "\n[clusters.{side}]\ncontext = \"{context}\"\nkubeconfig = {kubeconfig}\n\n\
                 [services.{service}.environments.{side}]\ncluster = \"{side}\"\nnamespace = \"{namespace}\"\nrelease = \"{service}\"\n\
                 prometheus = {{ address = \"{prometheus}\", pack = \"{pack}\", matchers = {{ service = \"{service}\" }} }}\n\
                 flags = {{ source = \"featureflag/{namespace}/{FLAGS}\", ofrep = \"{ofrep}\" }}\n",
                side = side.name,
                context = side.cluster.name,
                kubeconfig = json!(people),
                service = self.service,
                namespace = self.namespace,
                prometheus = address("prometheus", 9090, &prometheus.address)?,
                pack = if self.pack == "plain" {
                    "http-requests-total"
                } else {
                    &self.pack
                },
                ofrep = address("flagd", 8016, &side.evaluator.address)?,
            )?;
        }
        let file = self.folder.join("config.toml");
        fs::write(&file, text)?;
        Ok(file)
    }
}

/// How the deck is told of what the business counts, as the simulator tells it.
fn business(service: &str, about: &Value) -> String {
    let Some(business) = about.pointer("/business") else {
        return String::new();
    };
    format!(
        "\n[services.{service}.business.{}]\nquery = \"sum(rate({}{{$matchers}}[1m]))\"\nbetter = \"higher\"\n",
        business.text("/name"),
        business.text("/counter"),
    )
}

impl Side<'_> {
    fn install(&mut self, namespace: &str, service: &str, version: &str) -> Result<()> {
        drop(self.upgrade(namespace, service, version, true)?.finish()?);
        let mark = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": format!("flightdeck-stable-{service}"), "namespace": namespace },
            "data": {
                "release": service, "revision": "1", "chart": "service-1.0.0", "appVersion": version,
                "images": format!("registry.example/{service}:{version}"), "schemaMin": "V41", "schemaMax": "V42",
                "markedAt": Timestamp::UNIX_EPOCH.to_string(), "markedBy": "alice",
            },
        });
        self.cluster.apply(&mark.to_string())
    }

    /// Begins `helm upgrade --install --wait`; what does not `run` exits soon after it starts.
    pub(crate) fn upgrade(
        &self,
        namespace: &str,
        service: &str,
        version: &str,
        runs: bool,
    ) -> Result<Running> {
        let config = self.cluster.kubeconfig("admin");
        let values = [
            format!("replicas={}", self.pods),
            format!("exits={}", !runs),
        ];
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let mut command = self
            .helm
            .upgrading(&config, namespace, service, version, &values)?;
        Running::start(&format!("helm-{version}"), self.helm.folder(), &mut command)
    }

    /// Sets a flag's state as `user`.
    pub(crate) fn set_flag(
        &self,
        user: &str,
        namespace: &str,
        flag: &str,
        state: &str,
    ) -> Result<()> {
        let patch = json!({ "spec": { "flagSpec": { "flags": { flag: { "state": state } } } } });
        let patch = patch.to_string();
        let args = [
            "patch",
            "ff",
            FLAGS,
            "-n",
            namespace,
            "--type=merge",
            "-p",
            &patch,
        ];
        self.cluster.kubectl(user, &args).map(drop)
    }
}

/// The namespace with its flags, and what evaluates them.
fn flagd(
    lab: &Lab,
    folder: &Path,
    cluster: &Cluster,
    namespace: &str,
    flags: &Value,
) -> Result<Evaluator> {
    cluster.namespace(namespace)?;
    let kept: BTreeMap<String, Value> = flags
        .at("/flags")
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, flag)| (key.clone(), flag.clone()))
        .collect();
    let resource = json!({
        "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
        "metadata": { "name": FLAGS, "namespace": namespace },
        "spec": { "flagSpec": { "flags": kept } },
    });
    cluster.apply(&resource.to_string())?;
    age(cluster, namespace)?;
    let folder = folder.join(format!("flagd-{}", cluster.name));
    Evaluator::start(&lab.programs, &folder, cluster, namespace, FLAGS)
}

/// When the flags were last changed, as far as the API server knows: long before the story. A flag that is minutes old is
/// a suspect of its own.
const CHANGED: &str = "2026-01-01T00:00:00Z";

fn age(cluster: &Cluster, namespace: &str) -> Result<()> {
    let shown = ["ff", FLAGS, "-n", namespace, "--show-managed-fields"];
    let mut flags = cluster.get(&shown)?;
    let entries = flags.pointer_mut("/metadata/managedFields");
    let entries = entries.and_then(Value::as_array_mut);
    for entry in entries.context("no managed fields")? {
        entry["time"] = json!(CHANGED);
    }
    let mut command = cluster.command("admin");
    process::run(
        command.args(["replace", "-f", "-"]),
        Some(&flags.to_string()),
    )?;
    let entries = cluster.get(&shown)?.list("/metadata/managedFields");
    let mut of_flags = entries
        .iter()
        .filter(|entry| entry.pointer("/fieldsV1/f:spec").is_some());
    let is_old = of_flags.all(|entry| entry.text("/time") == CHANGED);
    ensure!(is_old, "the flags are not old: {entries:?}");
    Ok(())
}
