//! Many services on one cluster, each with a canary and a production environment, releases, stable marks and flags.
//!
//! What one service costs is seen by any trial; what forty cost, only here.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::look::Look as _;
use crate::wait::{PATIENCE, until};

/// Revisions of each release.
const REVISIONS: u32 = 3;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fleet {
    /// Production's namespace; canary's has `-canary` after it.
    pub(crate) namespace: &'static str,
    /// Services in the deck's configuration.
    pub(crate) services: u32,
    /// Deployments in production and in canary, dealt out to the services in turn.
    pub(crate) deployments: [u32; 2],
    /// Pods of each Deployment.
    pub(crate) pods: u32,
}

impl Fleet {
    /// Makes everything and waits until all pods are ready.
    pub(crate) fn build(&self, cluster: &Cluster) -> Result<()> {
        for (namespace, deployments) in self.namespaces().into_iter().zip(self.deployments) {
            cluster.namespace(&namespace)?;
            let releases = (0..self.services)
                .flat_map(|service| (1..=REVISIONS).map(move |revision| (service, revision)))
                .map(|(service, revision)| release(&namespace, service, revision))
                .collect::<Result<Vec<_>>>()?;
            let marks = (0..self.services).map(|service| mark(&namespace, service));
            let works = (0..deployments).map(|number| self.deployment(&namespace, number));
            let items: Vec<Value> = releases
                .into_iter()
                .chain(marks)
                .chain(works)
                .chain([flags(&namespace)])
                .collect();
            let all = json!({ "apiVersion": "v1", "kind": "List", "items": items });
            cluster.apply(&all.to_string())?;
        }
        for (namespace, deployments) in self.namespaces().into_iter().zip(self.deployments) {
            let wanted = u64::from(deployments * self.pods);
            until("all pods are ready", PATIENCE * 3, || {
                let found = cluster.get(&["deployments", "-n", &namespace])?;
                let items = found.list("/items");
                let ready = items.iter().map(|d| d.at("/status/readyReplicas").as_u64());
                Ok((ready.flatten().sum::<u64>() == wanted).then_some(()))
            })?;
        }
        Ok(())
    }

    /// Production's and canary's.
    pub(crate) fn namespaces(&self) -> [String; 2] {
        let of = self.namespace;
        [of.to_owned(), format!("{of}-canary")]
    }

    fn deployment(&self, namespace: &str, number: u32) -> Value {
        let release = name(number % self.services);
        let own = format!("{release}-{number}");
        let labels = json!({
            "app": own, "app.kubernetes.io/instance": release, "app.kubernetes.io/name": release,
            "app.kubernetes.io/version": "2.0.3",
        });
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": own, "namespace": namespace, "labels": labels },
            "spec": {
                "replicas": self.pods,
                "selector": { "matchLabels": { "app": own } },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{ "name": "app", "image": format!("registry.example/{release}:2.0.3") }] },
                },
            },
        })
    }

    /// The deck's configuration, as `user`; with the address of a Prometheus, if there is one.
    pub(crate) fn config(
        &self,
        cluster: &Cluster,
        user: &str,
        prometheus: Option<&str>,
        folder: &Path,
    ) -> Result<PathBuf> {
        let [production, canary] = self.namespaces();
        let context = cluster.name;
        let mut text = format!(
            "version = 1\nhome = \"{context}\"\n[clusters.{context}]\ncontext = \"{context}\"\nkubeconfig = {}\n",
            json!(cluster.kubeconfig(user)),
        );
        for service in (0..self.services).map(name) {
            for (side, namespace) in [("canary", &canary), ("production", &production)] {
                write!(
                    text,
                    "\n[services.{service}.environments.{side}]\ncluster = \"{context}\"\nnamespace = \"{namespace}\"\n\
                     release = \"{service}\"\nflags = {{ source = \"featureflag/{namespace}/flags\" }}\n",
                )?;
                if let Some(address) = prometheus {
                    writeln!(
                        text,
                        "prometheus = {{ address = \"{address}\", pack = \"http-requests-total\", \
                         matchers = {{ service = \"{service}\", namespace = \"{namespace}\" }} }}",
                    )?;
                }
            }
        }
        let file = folder.join("config.toml");
        fs::create_dir_all(folder)?;
        fs::write(&file, text)?;
        Ok(file)
    }
}

fn name(service: u32) -> String {
    format!("service-{service:02}")
}

/// A release Secret as Helm stores it: base64 of base64 of gzip of JSON.
fn release(namespace: &str, service: u32, revision: u32) -> Result<Value> {
    let name = name(service);
    let status = if revision == REVISIONS {
        "deployed"
    } else {
        "superseded"
    };
    let document = json!({
        "name": name, "namespace": namespace, "version": revision,
        "info": { "status": status, "description": "Upgrade complete", "last_deployed": "2026-11-21T02:00:00Z" },
        "chart": { "metadata": { "name": "service", "version": "1.0.0", "appVersion": format!("2.0.{revision}") } },
    });
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(document.to_string().as_bytes())?;
    let data = STANDARD.encode(STANDARD.encode(gzip.finish()?));
    Ok(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {
            "name": format!("sh.helm.release.v1.{name}.v{revision}"), "namespace": namespace,
            "labels": {
                "owner": "helm", "name": name, "status": status, "version": revision.to_string(),
                "createdAt": "1795230000",
            },
        },
        "data": { "release": data },
    }))
}

fn mark(namespace: &str, service: u32) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": format!("flightdeck-stable-{}", name(service)), "namespace": namespace },
        "data": { "revision": "2", "appVersion": "2.0.2", "markedBy": "alice" },
    })
}

fn flags(namespace: &str) -> Value {
    json!({
        "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
        "metadata": { "name": "flags", "namespace": namespace },
        "spec": { "flagSpec": { "flags": {
            "new-payment-flow": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" },
        } } },
    })
}
