//! What real Helm, 3 and 4, leaves in a cluster.
//!
//! The deck reads release Secrets without Helm, so their form is pinned here for both.

use std::io::Read as _;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;

use super::Case;
use crate::cluster::{Cluster, PROGRAMS};
use crate::helm::{self, Helm};
use crate::lab::Lab;
use crate::look::Look as _;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "releases::helm_3_leaves_the_documented_secrets",
            &[&PROGRAMS, &["helm3"]],
            |lab| story(lab, lab.production()?, "helm3"),
        ),
        Case::new(
            "releases::helm_4_leaves_the_documented_secrets",
            &[&PROGRAMS, &["helm4"]],
            |lab| story(lab, lab.canary()?, "helm4"),
        ),
    ]
}

/// Install, upgrade, roll back to 1: three Secrets, the last one deployed and named a rollback.
fn story(lab: &Lab, cluster: &Cluster, program: &str) -> Result<()> {
    let helm = Helm::new(program, &lab.programs, &lab.folder(program))?;
    let config = cluster.kubeconfig("admin");
    let namespace = format!("releases-{program}");
    cluster.namespace(&namespace)?;
    helm.upgrade(&config, &namespace, "checkout", "1.0.0")?;
    helm.upgrade(&config, &namespace, "checkout", "1.1.0")?;
    helm.run(
        &config,
        &["rollback", "checkout", "1", "-n", &namespace, "--wait"],
    )?;

    let history = helm.history(&config, &namespace, "checkout")?;
    let statuses: Vec<&str> = history
        .iter()
        .map(|release| release.text("/status"))
        .collect();
    ensure!(
        statuses == ["superseded", "superseded", "deployed"],
        "{statuses:?}"
    );

    let secrets = helm::secrets(cluster, &namespace, "checkout")?;
    ensure!(secrets.len() == 3, "{} secrets", secrets.len());
    for (secret, revision) in secrets.iter().zip(1..) {
        ensure!(
            secret.text("/metadata/name") == format!("sh.helm.release.v1.checkout.v{revision}"),
            "{secret}"
        );
        ensure!(secret.text("/type") == "helm.sh/release.v1", "{secret}");
        ensure!(
            secret.text("/metadata/labels/version") == revision.to_string(),
            "{secret}"
        );
        let release = decode(secret)?;
        ensure!(release.at("/version") == revision, "{release}");
        ensure!(
            release.text("/info/status") == secret.text("/metadata/labels/status"),
            "{release}"
        );
        ensure!(
            release.text("/chart/metadata/name") == "service",
            "{release}"
        );
    }
    let last = decode(secrets.last().context("no secret")?)?;
    ensure!(
        last.text("/info/description").contains("Rollback to 1"),
        "{last}"
    );
    ensure!(last.text("/config/version") == "1.0.0", "{last}");
    Ok(())
}

/// Base64 of the Secret, base64 of Helm, gzip, JSON.
fn decode(secret: &Value) -> Result<Value> {
    let once = STANDARD.decode(secret.text("/data/release"))?;
    let twice = STANDARD.decode(once)?;
    let mut json = String::new();
    GzDecoder::new(twice.as_slice()).read_to_string(&mut json)?;
    Ok(serde_json::from_str(&json)?)
}
