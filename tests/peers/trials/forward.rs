//! A port-forward through the real API server reaches a port on this machine.
//!
//! kwok's pods run nothing; its `ClusterPortForward` says where a port of theirs leads. A `kube://` address is tried so.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Case;
use crate::cluster::{Cluster, PROGRAMS};
use crate::lab::Lab;
use crate::look::Look as _;
use crate::ofrep::{self, Evaluator};
use crate::process::{Running, free_port};
use crate::wait::{PATIENCE, until};

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::new(
        "forward::kubectl_reaches_the_evaluator",
        &[&PROGRAMS, &ofrep::PROGRAMS],
        by_kubectl,
    )]
}

/// A deployment and a service of `name` whose pods' `port` leads to `address` on this machine.
pub(crate) fn publish(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    port: u16,
    address: &str,
) -> Result<()> {
    let (host, target) = address
        .rsplit_once(':')
        .context("an address is host:port")?;
    let target: u16 = target.parse()?;
    let labels = json!({ "app": name });
    let objects = json!({ "apiVersion": "v1", "kind": "List", "items": [
        {
            "apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "ClusterPortForward",
            "metadata": { "name": format!("{namespace}-{name}") },
            "spec": {
                "selector": { "matchNamespaces": [namespace] },
                "forwards": [{ "ports": [port], "target": { "address": host, "port": target } }],
            },
        },
        {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name, "namespace": namespace },
            "spec": {
                "replicas": 1, "selector": { "matchLabels": labels },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [
                        { "name": "app", "image": "registry.example/app:1", "ports": [{ "containerPort": port }] }
                    ] },
                },
            },
        },
        {
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": namespace },
            "spec": { "selector": labels, "ports": [{ "port": port, "targetPort": port }] },
        },
    ]});
    cluster.apply(&objects.to_string())?;
    let deployment = format!("deployment/{name}");
    cluster
        .kubectl(
            "admin",
            &[
                "rollout",
                "status",
                &deployment,
                "-n",
                namespace,
                "--timeout=120s",
            ],
        )
        .map(drop)
}

fn by_kubectl(lab: &Lab) -> Result<()> {
    let cluster = lab.canary()?;
    cluster.namespace("forward")?;
    cluster.apply(
        &ofrep::resource("forward", "flags", &[("beta-search", "GET /search")]).to_string(),
    )?;
    let folder = lab.folder("forward");
    let evaluator = Evaluator::start(&lab.programs, &folder, cluster, "forward", "flags")?;
    publish(cluster, "forward", "flagd", 8016, &evaluator.address)?;

    let port = free_port()?;
    let mut command = cluster.command("admin");
    command.args([
        "port-forward",
        "-n",
        "forward",
        "svc/flagd",
        &format!("{port}:8016"),
    ]);
    let mut forward = Running::start("port-forward", &folder, &mut command)?;
    let url = format!("http://127.0.0.1:{port}/ofrep/v1/evaluate/flags/beta-search");
    let (answer, _) = until("the forward answers", PATIENCE, || {
        forward.check()?;
        crate::http::post(&url, &json!({ "context": {} })).map(Some)
    })?;
    ensure!(
        answer.0 == 200 && answer.1.at("/value") == true,
        "{answer:?}"
    );
    drop(forward);
    until("the port is free again", Duration::from_secs(10), || {
        Ok(TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(()))
    })
    .map(drop)
}
