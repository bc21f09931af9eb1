//! Real clients against the embedded world: what they read, watch, are allowed and change is what its model holds.
//!
//! The world is written to the wire formats as documented; only the programs that people really use can say that it is.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use flightdeck::sim::Options;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Case;
use crate::helm::Helm;
use crate::lab::Lab;
use crate::look::Look as _;
use crate::ofrep;
use crate::process::{self, Running};
use crate::wait::{PATIENCE, until};
use crate::world::World;

const KUBECTL: [&str; 1] = ["kubectl"];
const FLAG: &str = "new-payment-flow";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("simulated::kubectl_reads_it", &[&KUBECTL], reads),
        Case::new(
            "simulated::kubectl_watches_a_release_arrive",
            &[&KUBECTL],
            watches,
        ),
        Case::new(
            "simulated::kubectl_may_change_what_its_rules_allow",
            &[&KUBECTL],
            changes,
        ),
        Case::new(
            "simulated::helm_3_reads_its_releases",
            &[&["helm3"], &KUBECTL],
            |lab| helm(lab, "helm3"),
        ),
        Case::new(
            "simulated::helm_4_reads_its_releases",
            &[&["helm4"], &KUBECTL],
            |lab| helm(lab, "helm4"),
        ),
        Case::new(
            "simulated::openfeatures_ofrep_client_evaluates_its_flags",
            &[&ofrep::PROGRAMS, &KUBECTL],
            evaluates,
        ),
    ]
}

/// The world of `feature-errors`, standing at that time.
fn standing(lab: &Lab, name: &str, at: &str) -> Result<World> {
    let at: Timestamp = format!("2026-11-21T{at}Z").parse()?;
    let options = Options::frozen("feature-errors", at);
    World::start(&lab.programs, &lab.folder(name), options)
}

fn reads(lab: &Lab) -> Result<()> {
    let world = standing(lab, "reads", "03:08:00")?;
    let version = world.kubectl("viewer", &["version"])?;
    ensure!(version.contains("Server Version: v1."), "{version}");

    // A table of two kinds at once: the columns are the server's.
    let table = world.kubectl("viewer", &["get", "deployments,pods", "-n", "shop"])?;
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let row = |name: &str| rows.iter().find(|row| row.first() == Some(&name));
    ensure!(
        rows.first()
            .is_some_and(|head| head[..] == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]),
        "{table}"
    );
    let checkout = row("deployment.apps/checkout").context("no checkout")?;
    ensure!(checkout.get(1..4) == Some(&["4/4", "4", "4"]), "{table}");
    let running = rows.iter().filter(|row| {
        row.first()
            .is_some_and(|name| name.starts_with("pod/checkout-"))
            && row.get(1..4) == Some(&["1/1", "Running", "0"])
    });
    ensure!(running.count() == 4, "{table}");
    let production = [
        "--context",
        "eu-prod",
        "get",
        "deployment",
        "checkout",
        "--no-headers",
    ];
    let production = world.kubectl("viewer", &production)?;
    ensure!(production.contains("24/24"), "{production}");

    // The objects themselves, by label and by field, and a description that joins several kinds.
    let selected = [
        "pods",
        "-l",
        "app.kubernetes.io/instance=checkout",
        "--field-selector=status.phase=Running",
    ];
    let pods = world.get("viewer", &selected)?.list("/items");
    ensure!(pods.len() == 4, "{} pods", pods.len());
    for pod in &pods {
        let version = pod.text("/metadata/labels/app.kubernetes.io~1version");
        ensure!(version == "2.14.0", "{pod}");
        ensure!(
            pod.text("/status/containerStatuses/0/imageID")
                .contains("@sha256:"),
            "{pod}"
        );
    }
    let described = world.kubectl("viewer", &["describe", "deployment", "checkout"])?;
    ensure!(
        described.contains("4 desired | 4 updated | 4 total | 4 available | 0 unavailable"),
        "{described}"
    );
    let set = pods
        .first()
        .map(|pod| pod.text("/metadata/ownerReferences/0/name").to_owned())
        .unwrap_or_default();
    ensure!(
        described.contains(&format!("NewReplicaSet:   {set} (4/4")),
        "{described}"
    );
    let rollout = world.kubectl("viewer", &["rollout", "status", "deployment/checkout"])?;
    ensure!(rollout.contains("successfully rolled out"), "{rollout}");
    Ok(())
}

fn watches(lab: &Lab) -> Result<()> {
    let world = standing(lab, "watches", "03:01:15")?;
    let start = |name: &str, args: &[&str]| {
        Running::start(name, &world.folder, &mut world.command("alice", args))
    };
    let version = "jsonpath={.metadata.labels.app\\.kubernetes\\.io/version}{\"\\n\"}";
    let mut deployment = start(
        "deployment",
        &["get", "deployment", "checkout", "-w", "-o", version],
    )?;
    let mut pods = start(
        "pods",
        &["get", "pods", "-w", "-l", "app.kubernetes.io/name=checkout"],
    )?;
    let mut flag = start("flag", &["get", "ff", "flags", "-w", "-o", "json"])?;
    let see = |watch: &mut Running, what: &str, text: &str, times: usize| {
        until(what, PATIENCE, || {
            watch.check()?;
            let log = watch.log()?;
            Ok((log.matches(text).count() >= times).then_some(log))
        })
    };
    see(&mut deployment, "the deployment as it is", "2.13.4\n", 1)?;
    see(&mut pods, "the pods as they are", "1/1     Running", 4)?;
    see(
        &mut flag,
        "the flag as it is",
        "\"kind\": \"FeatureFlag\"",
        1,
    )?;

    world.set_time("03:02:10")?;
    see(&mut deployment, "the new version", "2.14.0\n", 1)?;
    let (log, _) = see(&mut pods, "four new pods", "1/1     Running", 8)?;
    ensure!(
        log.contains("0/1     ContainerCreating") && log.contains("Terminating"),
        "{log}"
    );

    let patch = ["patch", "ff", "flags", "--type=merge", "-p"];
    world.kubectl("bob", &[&patch[..], &[&state("ENABLED")]].concat())?;
    see(
        &mut flag,
        "the flag switched on",
        "\"kind\": \"FeatureFlag\"",
        2,
    )?;
    Ok(())
}

/// A merge patch of the flag's state.
fn state(state: &str) -> String {
    json!({ "spec": { "flagSpec": { "flags": { FLAG: { "state": state } } } } }).to_string()
}

fn changes(lab: &Lab) -> Result<()> {
    let world = standing(lab, "changes", "03:12:41")?;
    let may = |user: &str, rest: &[&str]| -> Result<String> {
        let args = [&["auth", "can-i"], rest].concat();
        let (_, answer, errors) = process::outcome(&mut world.command(user, &args), None)?;
        ensure!(!errors.contains("Error"), "{errors}");
        Ok(answer.trim().to_owned())
    };
    let flags = [
        "patch",
        "featureflags.core.openfeature.dev/flags",
        "-n",
        "shop",
    ];
    ensure!(may("alice", &flags)? == "yes");
    ensure!(may("viewer", &flags)? == "no");
    ensure!(may("viewer", &["list", "pods", "-n", "shop"])? == "yes");
    ensure!(
        may(
            "viewer",
            &["disableflag", "services.flightdeck.dev/checkout"]
        )? == "no"
    );
    let who = world.kubectl("carol", &["auth", "whoami", "-o", "json"])?;
    let who: Value = serde_json::from_str(&who)?;
    ensure!(who.text("/status/userInfo/username") == "carol", "{who}");

    let steps = |from: &str, to: &str| {
        let path = format!("/spec/flagSpec/flags/{FLAG}/state");
        let steps = json!([
            { "op": "test", "path": path, "value": from },
            { "op": "replace", "path": path, "value": to },
        ]);
        steps.to_string()
    };
    let patch = |user: &str, steps: &str| {
        world.kubectl(user, &["patch", "ff", "flags", "--type=json", "-p", steps])
    };
    let refused = patch("viewer", &steps("ENABLED", "DISABLED"));
    ensure!(format!("{refused:?}").contains("Forbidden"), "{refused:?}");
    patch("alice", &steps("ENABLED", "DISABLED"))?;
    let stale = patch("bob", &steps("ENABLED", "DISABLED"));
    ensure!(
        stale.is_err(),
        "a patch whose test does not hold was taken: {stale:?}"
    );
    let field = format!("jsonpath={{.spec.flagSpec.flags.{FLAG}.state}}");
    let found = world.kubectl("viewer", &["get", "ff", "flags", "-o", &field])?;
    ensure!(found == "DISABLED", "{found}");

    // Who it was is in the managed fields, and a dry run changes nothing.
    let managed = ["get", "ff", "flags", "-o", "json", "--show-managed-fields"];
    let managed = world.kubectl("viewer", &managed)?;
    ensure!(managed.contains("kubectl-patch"), "{managed}");
    let dry = [
        "patch",
        "ff",
        "flags",
        "--dry-run=server",
        "--type=merge",
        "-p",
    ];
    world.kubectl("alice", &[&dry[..], &[&state("ENABLED")]].concat())?;
    let found = world.kubectl("viewer", &["get", "ff", "flags", "-o", &field])?;
    ensure!(found == "DISABLED", "a dry run made it {found}");
    Ok(())
}

fn helm(lab: &Lab, program: &str) -> Result<()> {
    let world = standing(lab, &format!("reads-{program}"), "03:08:00")?;
    let helm = Helm::new(program, &lab.programs, &world.folder)?;
    let config = world.kubeconfig("alice");
    let history = helm.history(&config, "shop", "checkout")?;
    let seen: Vec<(i64, &str, &str)> = history
        .iter()
        .map(|release| {
            let revision = release.at("/revision").as_i64().unwrap_or_default();
            (
                revision,
                release.text("/status"),
                release.text("/app_version"),
            )
        })
        .collect();
    let wanted = [
        (11, "superseded", "2.13.1"),
        (12, "superseded", "2.13.3"),
        (13, "superseded", "2.13.4"),
        (14, "deployed", "2.14.0"),
    ];
    ensure!(seen == wanted, "{seen:?}");

    let json = |config: &Path, args: &[&str]| -> Result<Value> {
        let text = helm.run(config, &[args, &["-n", "shop", "-o", "json"]].concat())?;
        Ok(serde_json::from_str(&text)?)
    };
    let list = json(&config, &["list"])?;
    let names: Vec<&str> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| r.text("/name"))
        .collect();
    ensure!(names == ["checkout", "ledger", "search"], "{list}");
    let values = json(&config, &["get", "values", "checkout"])?;
    ensure!(values.text("/image/tag") == "2.14.0", "{values}");
    let before = json(&config, &["get", "values", "checkout", "--revision", "13"])?;
    ensure!(before.text("/image/tag") == "2.13.4", "{before}");
    let status = json(&config, &["status", "checkout"])?;
    ensure!(status.text("/info/status") == "deployed", "{status}");
    let manifest = helm.run(&config, &["get", "manifest", "checkout", "-n", "shop"])?;
    ensure!(
        manifest.contains("registry.example/shop/checkout:2.14.0"),
        "{manifest}"
    );
    Ok(())
}

fn evaluates(lab: &Lab) -> Result<()> {
    let world = standing(lab, "evaluates", "03:12:41")?;
    let script = world.folder.join("ofrep_client.py");
    std::fs::write(&script, include_str!("../files/ofrep_client.py"))?;
    let flagd = world.running.canary.flagd.first().context("no flagd")?;
    let url = format!("http://{flagd}");
    let ask = |questions: Value| -> Result<Vec<Value>> {
        let mut command = Command::new(lab.programs.path("python")?);
        command.arg(&script).arg(&url).arg(questions.to_string());
        let text = process::run(&mut command, None)?;
        Ok(serde_json::from_str(text.trim())?)
    };
    let found = ask(json!([
        { "flag": FLAG, "default": false },
        { "flag": "express-checkout", "default": false, "context": { "targetingKey": "1", "email": "ann@example.com" } },
        { "flag": "express-checkout", "default": false, "context": { "targetingKey": "2", "email": "ann@example.org" } },
        { "flag": "ranking-model", "default": "none" },
        { "flag": "ledger-batch-size", "default": 1 },
        { "flag": "no-such-flag", "default": true },
        { "flag": "ranking-model", "default": false },
    ]))?;
    let seen: Vec<Value> = found
        .iter()
        .map(|answer| {
            json!([
                answer.at("/value"),
                answer.at("/variant"),
                answer.at("/reason"),
                answer.at("/error")
            ])
        })
        .collect();
    let wanted = json!([
        [true, "on", "STATIC", null],
        [true, "on", "TARGETING_MATCH", null],
        [false, "off", "TARGETING_MATCH", null],
        ["v7", "v7", "STATIC", null],
        [50, "normal", "STATIC", null],
        [true, null, "ERROR", "FLAG_NOT_FOUND"],
        [false, null, "ERROR", "TYPE_MISMATCH"],
    ]);
    ensure!(json!(seen) == wanted, "{found:#?}");
    let metadata = found
        .first()
        .map(|answer| answer.at("/metadata/endpoints").clone());
    ensure!(metadata == Some(json!("POST /pay")), "{found:#?}");

    let patch = [
        "patch",
        "ff",
        "flags",
        "--type=merge",
        "-p",
        &state("DISABLED"),
    ];
    world.kubectl("alice", &patch)?;
    world.set_time("03:12:45")?;
    // Switched off, a caller gets its own default, whichever it is. This provider (0.3.0) wants a variant in every
    // answer, and flagd's of a disabled flag has none: it calls that an error, and the default still stands.
    let found =
        ask(json!([{ "flag": FLAG, "default": false }, { "flag": FLAG, "default": true }]))?;
    let values: Vec<&Value> = found.iter().map(|answer| answer.at("/value")).collect();
    ensure!(values == [&json!(false), &json!(true)], "{found:#?}");
    for answer in &found {
        let is_said = answer.text("/reason") == "DISABLED";
        ensure!(
            is_said || answer.text("/message") == "'variant'",
            "{answer}"
        );
    }
    let (status, body) =
        crate::http::post(&format!("{url}/ofrep/v1/evaluate/flags/{FLAG}"), &json!({}))?;
    ensure!(
        status == 200 && body.text("/reason") == "DISABLED",
        "{status} {body}"
    );
    ensure!(
        body.get("value").is_none() && body.get("variant").is_none(),
        "{body}"
    );
    Ok(())
}
