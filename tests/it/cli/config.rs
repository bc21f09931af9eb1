//! `config`: mistakes with their lines, and what counts.

use std::fs;

use serde_json::Value;

use super::{Desk, schema, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mistakes_have_their_line_their_key_and_what_would_be_right() {
    let world = world("calm", "03:20:00").await;
    let desk = Desk::at(&world, "bob");
    let ok = desk.run(&["config", "check"]).await;
    ok.ended(0).says(&[
        "ok: ",
        "config.toml",
        "services: checkout, ledger, search",
        "clusters: canary, production",
    ]);
    let file = desk.path("config.toml");
    let right = fs::read_to_string(&file).unwrap();
    let line = 1 + right
        .lines()
        .position(|l| l.starts_with("release"))
        .unwrap();
    fs::write(&file, right.replacen("release =", "relaese =", 1)).unwrap();
    let wrong = desk.run(&["config", "check"]).await;
    wrong.ended(2).says(&[
        &format!("config.toml:{line}: services.checkout.environments.canary.relaese"),
        "did you mean `release`?",
    ]);
    desk.run(&["status"])
        .await
        .ended(2)
        .says(&["did you mean `release`?"]);
    desk.run(&["doctor"])
        .await
        .ended(2)
        .says(&["WRONG  configuration", "did you mean `release`?"]);
    desk.run(&["--config", "/nowhere.toml", "config", "check"])
        .await
        .ended(2)
        .says(&["/nowhere.toml"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn gauges_that_both_sides_read_alike_are_named_with_what_to_write() {
    let world = world("calm", "03:20:00").await;
    let desk = Desk::at(&world, "bob");
    let side = |side: &str| {
        format!(
            "[clusters.{side}]\ncontext = \"{side}\"\n[services.checkout.environments.{side}]\ncluster = \"{side}\"\n\
             namespace = \"shop\"\nrelease = \"checkout\"\n[services.checkout.environments.{side}.prometheus]\n\
             address = \"https://prometheus.example\"\nmatchers = {{ cluster = \"{side}\" }}\n"
        )
    };
    let text = format!("version = 1\n{}{}", side("canary"), side("production"));
    let file = desk.file("one-server.toml", &text);
    let told = desk.run(&["--config", &file, "config", "check"]).await;
    told.ended(0).says(&[
        "note: services.checkout.environments.canary.prometheus: not of cpu, memory, restarts, throttled, queue_lag, network, network_errors",
        "write pod_matchers = { LABEL = \"..\" } in the prometheus of each",
    ]);
    let same = text.replace("{ cluster = \"production\" }", "{ cluster = \"canary\" }");
    let file = desk.file("one-server.toml", &same);
    let told = desk.run(&["--config", &file, "config", "check"]).await;
    told.ended(2).says(&[
        "one-server.toml:10: services.checkout.environments.canary.prometheus.matchers: these select the same requests",
        "add on each side a label",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_shown_is_a_configuration_that_fits_its_schema() {
    let world = world("calm", "03:20:00").await;
    let desk = Desk::at(&world, "bob");
    let shown = desk.run(&["config", "show"]).await;
    shown.ended(0).says(&[
        "canary_soak_seconds = 300",
        "production_soak_seconds = 600",
        "flag_minimum_errors = 30",
    ]);
    let again = desk.file("again.toml", &shown.out);
    desk.run(&["--config", &again, "config", "check"])
        .await
        .ended(0);
    let schema = desk.run(&["config", "schema"]).await.ended(0).json();
    let value: toml::Value = toml::from_str(&shown.out).unwrap();
    let value: Value = serde_json::to_value(value).unwrap();
    schema::check(&schema, &value);
}
