//! The peers themselves: two clusters that are two, with people who may do different things.
//!
//! If one of these fails, the others mean nothing.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::Case;
use crate::cluster::{PROGRAMS, kubeconfig};
use crate::lab::Lab;
use crate::process;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "bring_up::two_clusters_with_different_uids",
            &[&PROGRAMS],
            two_clusters,
        ),
        Case::new(
            "bring_up::people_are_who_the_token_says",
            &[&PROGRAMS],
            people,
        ),
    ]
}

fn two_clusters(lab: &Lab) -> Result<()> {
    let mut uids = BTreeSet::new();
    for cluster in [lab.canary()?, lab.production()?] {
        let version = cluster.kubectl("admin", &["version", "-o", "json"])?;
        ensure!(
            version.contains("\"gitVersion\": \"v1.36.3\""),
            "not the pinned version: {version}"
        );
        uids.insert(cluster.kubectl(
            "admin",
            &[
                "get",
                "namespace",
                "kube-system",
                "-o",
                "jsonpath={.metadata.uid}",
            ],
        )?);
    }
    ensure!(uids.len() == 2, "the clusters have one identity: {uids:?}");
    // One file with both contexts, as a person has it.
    let file = lab.folder("both.kubeconfig");
    std::fs::write(
        &file,
        kubeconfig(&[lab.canary()?, lab.production()?], "viewer").to_string(),
    )?;
    for context in ["eu-canary", "eu-prod"] {
        let mut command = lab.canary()?.command("viewer");
        command.env("KUBECONFIG", &file).args([
            "--context",
            context,
            "auth",
            "whoami",
            "-o",
            "json",
        ]);
        let who = process::run(&mut command, None)?;
        ensure!(who.contains("\"viewer\""), "{context}: {who}");
    }
    Ok(())
}

fn people(lab: &Lab) -> Result<()> {
    let cluster = lab.canary()?;
    let (code, answer, _) = process::outcome(
        cluster
            .command("viewer")
            .args(["auth", "can-i", "create", "pods"]),
        None,
    )?;
    ensure!(
        code == 1 && answer.trim() == "no",
        "viewer may create pods: {code} {answer}"
    );
    let answer = cluster.kubectl("admin", &["auth", "can-i", "create", "pods"])?;
    ensure!(
        answer.trim() == "yes",
        "admin may not create pods: {answer}"
    );
    Ok(())
}
