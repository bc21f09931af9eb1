//! A flag that is changed on the API server is evaluated so, by `OpenFeature`'s own evaluator.
//!
//! This is the far end of a kill: what the deck must see before it may say "done".

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Case;
use crate::cluster::{Cluster, PROGRAMS};
use crate::lab::Lab;
use crate::look::Look as _;
use crate::ofrep::{self, Evaluator};
use crate::wait::until;

const NAMESPACE: &str = "flags-patch";
const FLAG: &str = "new-payment-flow";

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::new(
        "flags::a_patch_is_evaluated_within_5_s",
        &[&PROGRAMS, &ofrep::PROGRAMS],
        patched,
    )]
}

fn patched(lab: &Lab) -> Result<()> {
    let cluster = lab.canary()?;
    cluster.namespace(NAMESPACE)?;
    cluster.apply(&ofrep::resource(NAMESPACE, "flags", &[(FLAG, "POST /pay")]).to_string())?;
    let folder = lab.folder(NAMESPACE);
    let evaluator = Evaluator::start(&lab.programs, &folder, cluster, NAMESPACE, "flags")?;

    let (status, on) = evaluator.evaluate(FLAG)?;
    ensure!(
        status == 200 && on.at("/value") == true && on.at("/variant") == "on",
        "{status} {on}"
    );
    ensure!(
        on.at("/reason") == "STATIC" && on.at("/metadata/endpoints") == "POST /pay",
        "{on}"
    );
    let (status, unknown) = evaluator.evaluate("no-such-flag")?;
    ensure!(
        status == 404 && unknown.at("/errorCode") == "FLAG_NOT_FOUND",
        "{status} {unknown}"
    );

    ensure!(
        disable(cluster, "viewer").is_err(),
        "a viewer changed a flag"
    );
    disable(cluster, "alice")?;
    let (off, _) = until(
        "the flag is evaluated as disabled",
        Duration::from_secs(5),
        || {
            let (status, body) = evaluator.evaluate(FLAG)?;
            Ok((status == 200 && body.at("/reason") == "DISABLED").then_some(body))
        },
    )?;
    ensure!(
        off.get("value").is_none() && off.get("variant").is_none(),
        "{off}"
    );
    let bulk = evaluator.all()?;
    let disabled = bulk
        .iter()
        .find(|flag| flag.at("/key") == FLAG && flag.at("/reason") == "DISABLED");
    ensure!(disabled.is_some(), "{bulk:?}");

    // The precondition: whoever still believes it is enabled changes nothing.
    ensure!(
        disable(cluster, "alice").is_err(),
        "a patch whose test does not hold was taken"
    );
    audited(cluster)
}

/// As the deck does it: a JSON patch that first tests what it is about to replace.
fn disable(cluster: &Cluster, who: &str) -> Result<String> {
    let path = format!("/spec/flagSpec/flags/{FLAG}/state");
    let steps = json!([
        { "op": "test", "path": path, "value": "ENABLED" },
        { "op": "replace", "path": path, "value": "DISABLED" },
    ]);
    let steps = steps.to_string();
    cluster.kubectl(
        who,
        &[
            "patch",
            "ff",
            "flags",
            "-n",
            NAMESPACE,
            "--type=json",
            "-p",
            &steps,
        ],
    )
}

/// The cluster's own record says who it was.
fn audited(cluster: &Cluster) -> Result<()> {
    let records = cluster.audit()?;
    let record = records.iter().find(|record| {
        record.at("/verb") == "patch"
            && record.at("/objectRef/namespace") == NAMESPACE
            && record.at("/responseStatus/code") == 200
    });
    let record = record.context("no patch in the audit log")?;
    ensure!(record.at("/user/username") == "alice", "{record}");
    ensure!(!record.text("/auditID").is_empty(), "{record}");
    Ok(())
}
