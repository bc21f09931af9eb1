//! Helm's history as Helm itself stores it: one Secret a revision, the release as base64 of gzip of JSON inside.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::sim::kubernetes::Store;

use super::super::app::{App, Release, Status};
use super::super::flags::NAMESPACE;
use super::super::timestamp;
use super::workload::unix;
use super::{image, time};

/// Writes every revision of a service's release.
pub(crate) fn releases(store: &Store, app: &App) {
    for release in &app.releases {
        store.apply_as(secret(app, release), "helm");
    }
}

fn secret(app: &App, release: &Release) -> Value {
    let name = app.service.name.as_str();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "helm.sh/release.v1",
        "metadata": {
            "name": format!("sh.helm.release.v1.{name}.v{}", release.revision),
            "namespace": NAMESPACE,
            "creationTimestamp": time(release.deployed_at),
            "labels": {
                "owner": "helm",
                "name": name,
                "status": release.status.name(),
                "version": release.revision.to_string(),
                "createdAt": unix(release.deployed_at).to_string(),
                "modifiedAt": unix(release.modified_at).to_string(),
            },
        },
        // The outer base64 is the Kubernetes API's, the inner one Helm's own.
        "data": {"release": STANDARD.encode(STANDARD.encode(packed(&content(app, release))))},
    })
}

fn packed(content: &Value) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    drop(gzip.write_all(content.to_string().as_bytes()));
    gzip.finish().unwrap_or_default()
}

fn content(app: &App, release: &Release) -> Value {
    let name = app.service.name.as_str();
    let first = app
        .releases
        .first()
        .map_or(release.deployed_at, |first| first.deployed_at);
    json!({
        "name": name,
        "namespace": NAMESPACE,
        "version": release.revision,
        "info": {
            "first_deployed": timestamp(first).to_string(),
            "last_deployed": timestamp(release.deployed_at).to_string(),
            "deleted": "",
            "description": release.description,
            "status": release.status.name(),
            "notes": format!("{name} {} is served at http://{name}.{NAMESPACE}.svc\n", release.version),
        },
        "chart": {
            "metadata": {
                "name": name,
                "version": release.version,
                "appVersion": release.version,
                "apiVersion": "v2",
                "type": "application",
                "description": format!("The {name} service"),
            },
            "lock": null,
            "templates": [{
                "name": "templates/deployment.yaml",
                "data": STANDARD.encode("# rendered below\n"),
            }],
            "values": {"replicaCount": 1, "image": {"tag": ""}},
            "schema": null,
            "files": null,
        },
        "config": {
            "replicaCount": app.spec().pods,
            "image": {"tag": release.version},
            "flagd": {"host": "flagd.shop.svc", "port": 8016},
        },
        "manifest": manifest(app, release),
        "hooks": [],
    })
}

fn manifest(app: &App, release: &Release) -> String {
    let name = app.service.name.as_str();
    let (image, _) = image(name, &release.version);
    let (pods, version) = (app.spec().pods, &release.version);
    format!(
        "---\n# Source: {name}/templates/service.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n\
         spec:\n  ports:\n    - name: http\n      port: 80\n---\n# Source: {name}/templates/deployment.yaml\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels:\n    \
         app.kubernetes.io/version: \"{version}\"\nspec:\n  replicas: {pods}\n  template:\n    spec:\n      \
         containers:\n        - name: {name}\n          image: {image}\n"
    )
}

/// The mark of the version that was last proved stable, as a soak that passed leaves it.
pub(super) fn stable_mark(store: &Store, app: &App) {
    let Some(release) = app
        .releases
        .iter()
        .rev()
        .find(|release| release.status == Status::Deployed)
    else {
        return;
    };
    let name = app.service.name.as_str();
    let (_, image_id) = image(name, &release.version);
    let soaked = release.modified_at + 600_000;
    store.apply_as(
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": format!("flightdeck-stable-{name}"),
                "namespace": NAMESPACE,
                "creationTimestamp": time(soaked),
                "labels": {"app.kubernetes.io/managed-by": "flightdeck"},
            },
            "data": {
                "release": name,
                "revision": release.revision.to_string(),
                "chart": format!("{name}-{}", release.version),
                "appVersion": release.version,
                "images": image_id,
                "schemaMin": "V41",
                "schemaMax": "V42",
                "markedAt": time(soaked),
                "markedBy": "alice",
            },
        }),
        "flightdeck/alice",
    );
}
