//! What a deck needs to be pointed at the simulated world: a kubeconfig and a configuration file, as text.
//!
//! They are written in the formats of the real things, so that the deck is told about the world as about any other.

use std::fmt::Write as _;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::scenario::{Fleet, Side};
use super::world::{NAMESPACE, OBJECT};

/// Where one cluster's servers listen.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// The Kubernetes API.
    pub kubernetes: SocketAddr,
    /// Prometheus' HTTP API.
    pub prometheus: SocketAddr,
    /// The exporters that a real Prometheus can scrape (`/sd`, `/metrics`).
    pub exporters: SocketAddr,
    /// OFREP, one for each instance of flagd.
    pub flagd: Vec<SocketAddr>,
}

/// A kubeconfig with a context for each cluster, for one of the users.
pub(super) fn kubeconfig(user: &str, clusters: &[(Side, Addresses)]) -> String {
    let cluster = |(side, addresses): &(Side, Addresses)| {
        // Clients send no token over plain HTTP; the path stands for it.
        json!({"name": side.context(), "cluster": {"server": format!("http://{}/as/{user}", addresses.kubernetes)}})
    };
    let context = |(side, _): &(Side, Addresses)| {
        json!({
            "name": side.context(),
            "context": {"cluster": side.context(), "user": user, "namespace": NAMESPACE},
        })
    };
    let config: Value = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": Side::Canary.context(),
        "clusters": clusters.iter().map(cluster).collect::<Vec<_>>(),
        "contexts": clusters.iter().map(context).collect::<Vec<_>>(),
        "users": [{"name": user, "user": {"token": user}}],
    });
    // JSON is YAML, which is what kubeconfig readers take.
    format!("{config:#}\n")
}

/// The deck's configuration; `kubeconfig` is the path that the clusters name, if they are to name one.
pub(super) fn config(
    fleet: &Fleet,
    clusters: &[(Side, Addresses)],
    kubeconfig: Option<&str>,
) -> String {
    let mut out = format!("version = 1\nhome = \"{}\"\n", Side::Production.name());
    for (side, _) in clusters {
        // Writing to a String cannot fail.
        _ = write!(
            out,
            "\n[clusters.{}]\ncontext = \"{}\"\n",
            side.name(),
            side.context()
        );
        if let Some(path) = kubeconfig {
            _ = writeln!(out, "kubeconfig = {}", json!(path));
        }
    }
    for service in &fleet.services {
        let name = &service.name;
        if let Some(business) = &service.business {
            _ = write!(
                out,
                "\n[services.{name}.business.{}]\nquery = \"sum(rate({}{{$matchers}}[1m]))\"\nbetter = \"higher\"\n",
                business.name, business.counter,
            );
        }
        for (side, addresses) in clusters {
            let ofrep: Vec<String> = addresses
                .flagd
                .iter()
                .map(|address| format!("http://{address}"))
                .collect();
            _ = write!(
                out,
                "\n[services.{name}.environments.{}]\ncluster = \"{}\"\nnamespace = \"{NAMESPACE}\"\nrelease = \"{name}\"\n\
                 prometheus = {{ address = \"http://{}\", pack = \"{}\", matchers = {{ service = \"{name}\" }} }}\n\
                 flags = {{ source = \"featureflag/{NAMESPACE}/{OBJECT}\", ofrep = {} }}\n",
                side.name(),
                side.name(),
                addresses.prometheus,
                service.pack.name(),
                json!(ofrep),
            );
        }
    }
    out
}
