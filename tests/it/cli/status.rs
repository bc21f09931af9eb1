//! `status` and `doctor`: what the first screen says, and whether it can be trusted to.

use flightdeck::sim::Options;
use serde_json::Value;

use super::{Desk, schema, world, world_of};

fn metric<'v>(service: &'v Value, name: &str) -> &'v Value {
    let metrics = service["metrics"].as_array().unwrap();
    metrics.iter().find(|m| m["metric"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_calm_canary_passes_and_may_be_promoted() {
    let world = world("calm", "03:20:00").await;
    let desk = Desk::at(&world, "viewer");
    let told = desk
        .run(&["status", "--service", "checkout", "--output", "json"])
        .await;
    told.ended(0);
    let status = told.json();
    schema::check(
        &desk.run(&["status", "--schema"]).await.ended(0).json(),
        &status,
    );
    assert_eq!(status["services"].as_array().unwrap().len(), 1);
    let checkout = &status["services"][0];
    assert_eq!(checkout["headline"]["state"], "passed", "{checkout:#}");
    assert_eq!(
        checkout["promote"],
        serde_json::json!({ "open": true, "waits": [] })
    );
    assert_eq!(checkout["advised"], Value::Null);
    assert_eq!(checkout["rungs"].as_array().unwrap().len(), 6);
    let errors = metric(checkout, "errors");
    assert_eq!(errors["verdict"], "pass");
    assert!(errors["low"].as_f64() < errors["high"].as_f64(), "{errors}");
    assert!(errors["canary"]["share"].as_f64().unwrap() < 0.01);
    let sources = checkout["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 10);
    assert!(sources.iter().all(|s| s["state"] == "live"), "{sources:#?}");
    let text = desk.run(&["status", "--service", "checkout"]).await;
    text.ended(0).says(&[
        "checkout: PASS  canary is not worse than production",
        "advised   nothing",
        "promote   open",
        "sources   all 10 answer",
        "errors    pass",
    ]);
    assert!(!text.out.contains("search"), "{}", text.out);
    let unknown = desk.run(&["status", "--service", "chekout"]).await;
    unknown.ended(2).says(&[
        "there is no service \"chekout\"",
        "did you mean \"checkout\"?",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_breach_is_told_with_the_flag_to_disable() {
    let world = world("feature-errors", "03:12:41").await;
    let desk = Desk::at(&world, "bob");
    let arguments = ["status", "--service", "checkout"];
    let told = desk
        .run(&[&arguments[..], &["--output", "json"]].concat())
        .await;
    told.ended(1);
    let status = told.json();
    schema::check(&desk.run(&["status", "--schema"]).await.json(), &status);
    let checkout = &status["services"][0];
    assert_eq!(checkout["headline"]["state"], "breach", "{checkout:#}");
    assert_eq!(metric(checkout, "errors")["verdict"], "breach");
    assert!(metric(checkout, "errors")["low"].as_f64().unwrap() > 1.25);
    assert_eq!(checkout["advised"], "flag");
    let rung = &checkout["rungs"][0];
    assert_eq!(rung["state"], "recommended");
    assert_eq!(rung["target"]["flag"], "new-payment-flow");
    assert_eq!(rung["target"]["environment"], "canary");
    assert_eq!(rung["for"][0]["reason"], "errors_on_flag");
    assert!(!rung["against"].as_array().unwrap().is_empty());
    assert_eq!(checkout["promote"]["open"], false);
    let alerts = &checkout["alerts"][0];
    assert_eq!(alerts["environment"], "canary", "{alerts:#}");
    assert_eq!(
        (&alerts["state"], &alerts["rules"]),
        (&"served".into(), &1.into())
    );
    assert_eq!(alerts["active"][0]["name"], "CheckoutErrors");
    assert_eq!(alerts["active"][0]["state"], "firing");
    desk.run(&arguments).await.ended(1).says(&[
        "checkout: BREACH  canary errors are",
        "level 1: Disable flag new-payment-flow on canary",
        "on POST /pay",
        "alerts    CheckoutErrors fires on canary, holds since",
        "errors: worse than production, now or before",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_services_of_one_server_ask_it_for_its_alerts_together() {
    let world = world("feature-errors", "03:12:41").await;
    let desk = Desk::at(&world, "bob");
    let status = desk.run(&["status", "--output", "json"]).await.json();
    let services = status["services"].as_array().unwrap();
    assert!(services.len() > 1, "{status:#}");
    for alerts in services
        .iter()
        .flat_map(|s| s["alerts"].as_array().unwrap())
    {
        assert_eq!(alerts["state"], "served", "{alerts:#}");
    }
    for knobs in [&world.canary_knobs, &world.production_knobs] {
        assert_eq!(knobs.prometheus.count("GET", "/api/v1/alerts"), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_does_not_answer_is_named_and_ends_as_unreachable() {
    let world = world("calm", "03:20:00").await;
    world.canary_knobs.prometheus.refuse(true);
    let desk = Desk::at(&world, "bob");
    let told = desk
        .run(&["status", "--service", "checkout", "--output", "json"])
        .await;
    told.ended(3);
    let checkout = &told.json()["services"][0];
    assert_eq!(checkout["promote"]["open"], false);
    let sources = checkout["sources"].as_array().unwrap();
    let failing: Vec<&Value> = sources.iter().filter(|s| s["state"] == "failing").collect();
    assert_eq!(failing.len(), 1, "{sources:#?}");
    assert_eq!(failing[0]["kind"], "prometheus");
    assert_eq!(failing[0]["environment"], "canary");
    assert_eq!(failing[0]["trouble"]["kind"], "unreachable");
    let checked = desk.run(&["doctor"]).await;
    checked.ended(3).says(&[
        "WRONG  prometheus, checkout on canary",
        "look whether it runs and the address is right",
        "ok     prometheus, checkout on production",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn errors_that_no_label_tells_pass_nowhere() {
    let options = Options {
        status_label: Some("outcome".to_owned()),
        ..Options::new("calm")
    };
    let world = world_of(options, "03:20:00").await;
    let desk = Desk::at(&world, "bob");
    let told = desk
        .run(&["status", "--service", "checkout", "--output", "json"])
        .await;
    let status = told.json();
    schema::check(&desk.run(&["status", "--schema"]).await.json(), &status);
    let checkout = &status["services"][0];
    let errors = metric(checkout, "errors");
    assert_eq!(errors["verdict"], "no_data", "{errors:#}");
    assert_eq!(errors["why"], "no_status");
    assert_eq!(errors["canary"], Value::Null);
    assert_eq!(metric(checkout, "slow")["verdict"], "pass");
    assert_eq!(checkout["promote"]["open"], false, "{checkout:#}");
    let which =
        "which requests failed is not known: all have no status in http_response_status_code";
    desk.run(&["status", "--service", "checkout"])
        .await
        .says(&["errors    no data", which]);
    let checked = desk.run(&["doctor"]).await;
    checked.ended(3).says(&[
        &format!("WRONG  prometheus, checkout on canary: {which}"),
        "look whether name, namespace and matchers",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_doctor_says_what_i_may_do_and_what_nobody_can_enforce() {
    let world = world("calm", "03:20:00").await;
    let bob = Desk::at(&world, "bob").run(&["doctor"]).await;
    bob.ended(0).says(&[
        "ok     cluster canary: context eu-canary answers as v",
        "you are bob",
        "chain intact",
        "you may patch featureflags.core.openfeature.dev in shop",
        "all 4 instances answer OFREP",
        "ok     prometheus, checkout on production: it answers",
        "the program is not needed",
        "A reason, a second person",
        " ok, 0 wrong",
    ]);
    let viewer = Desk::at(&world, "viewer").run(&["doctor"]).await;
    viewer
        .ended(0)
        .says(&["you may not patch featureflags.core.openfeature.dev in shop: you can look"]);
    let stranger = Desk::at(&world, "mallory");
    stranger.run(&["doctor"]).await.ended(4).says(&[
        "WRONG  cluster canary: context eu-canary",
        "log in again",
        "not asked, for cluster canary can't be used",
    ]);
    stranger.run(&["status"]).await.ended(4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_it_rests_on_is_written_and_concluded_from_again() {
    let world = world("feature-errors", "03:12:41").await;
    let desk = Desk::at(&world, "viewer");
    let evidence = desk.run(&["evidence", "checkout"]).await;
    schema::check(
        &desk.run(&["decide", "--schema=in"]).await.json(),
        &evidence.ended(0).json(),
    );
    let file = desk.file("evidence.json", &evidence.out);
    let decided = desk.run(&["decide", "--evidence", &file]).await;
    let decided = decided.ended(1).json();
    assert_eq!(decided["advised"], "flag", "{decided:#}");

    let series = desk.run(&["evidence", "checkout", "--for", "judge"]).await;
    schema::check(
        &desk.run(&["judge", "--schema=in"]).await.json(),
        &series.ended(0).json(),
    );
    let file = desk.file("series.json", &series.out);
    let judged = desk.run(&["judge", &file]).await;
    let judged = judged.ended(1).json();
    let errors = metric(&judged, "errors");
    assert_eq!(errors["verdict"], "breach", "{errors}");

    // Both sides run one version of search.
    let nothing = desk.run(&["evidence", "search", "--for", "judge"]).await;
    nothing.ended(1).says(&["search has no canary"]);
}
