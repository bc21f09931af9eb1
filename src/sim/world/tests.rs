mod knobs;
mod signals;

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::pod::Child;
use super::*;
use crate::sim::prometheus::openmetrics;
use crate::sim::scenario::{fleet, load};

const EPOCH: &str = crate::sim::scenario::EPOCH;

fn at(time: &str) -> Millis {
    millis(format!("2026-11-21T{time}Z").parse().expect("a time"))
}

/// A world that stands at a time of a scenario.
fn world(scenario: &str, seed: u64, time: &str) -> World {
    play(&load(scenario).expect(scenario), seed, time)
}

/// The same of a script.
fn play(script: &Script, seed: u64, time: &str) -> World {
    let epoch: Timestamp = EPOCH.parse().expect("a time");
    let clock = SimClock::frozen(epoch);
    let fleet = fleet().expect("the fleet");
    let mut world = World::new(script, &fleet, seed, epoch, clock);
    world.advance(at(time));
    world
}

fn cluster(world: &World, side: Side) -> &Cluster {
    world.cluster(side).expect("both sides")
}

/// Requests of a service by endpoint and status, over all pods that there are.
fn counted(cluster: &Cluster, service: &str) -> Vec<(usize, u16, u64)> {
    let app = cluster
        .apps
        .iter()
        .find(|app| app.service.name == service)
        .expect("a service");
    let mut totals: std::collections::BTreeMap<(usize, u16), u64> =
        std::collections::BTreeMap::new();
    for child in app.pods.iter().flat_map(|pod| &pod.children) {
        match child {
            Child::Histogram {
                endpoint,
                status: Some(status),
                buckets,
                ..
            } => {
                *totals.entry((*endpoint, *status)).or_default() += buckets.iter().sum::<u64>();
            }
            Child::Counter {
                endpoint,
                status,
                total,
            } => {
                *totals.entry((*endpoint, *status)).or_default() += total;
            }
            Child::Histogram { status: None, .. } => {}
        }
    }
    totals
        .into_iter()
        .map(|((endpoint, status), total)| (endpoint, status, total))
        .collect()
}

/// (requests, failed) of the endpoints that pass.
fn sums(counted: &[(usize, u16, u64)], pass: impl Fn(usize) -> bool) -> (u64, u64) {
    counted
        .iter()
        .filter(|(endpoint, ..)| pass(*endpoint))
        .fold((0, 0), |(n, failed), (_, status, total)| {
            (n + total, failed + if *status >= 500 { *total } else { 0 })
        })
}

/// What happened between two looks at a service that lost no pod.
fn between(
    before: &[(usize, u16, u64)],
    after: &[(usize, u16, u64)],
    pass: impl Fn(usize) -> bool + Copy,
) -> (f64, f64) {
    let ((n0, x0), (n1, x1)) = (sums(before, pass), sums(after, pass));
    let number = |count: u64| f64::from(u32::try_from(count).expect("a test's count is small"));
    (number(n1 - n0), number(x1 - x0))
}

fn everything(world: &World) -> String {
    let mut out = String::new();
    for side in Side::BOTH {
        let cluster = cluster(world, side);
        out.push_str(&openmetrics(
            &cluster.tsdb,
            world.now() - 600_000,
            world.now(),
        ));
        for resource in [
            "pods",
            "deployments",
            "replicasets",
            "secrets",
            "events",
            "endpointslices",
            "featureflags",
        ] {
            for object in cluster.store.list(resource, None) {
                out.push_str(&object.to_string());
            }
        }
    }
    out
}

#[test]
fn the_world_depends_on_its_seed_and_not_on_who_looks() {
    let once = world("feature-errors", 1, "03:12:41");
    let mut often = world("feature-errors", 1, "03:00:00");
    let mut time = at("03:00:00");
    while time < at("03:12:41") {
        time = (time + 7_301).min(at("03:12:41"));
        often.advance(time);
        often.observe();
    }
    assert!(
        everything(&once) == everything(&often),
        "the same world, looked at often, is another"
    );
    let other = world("feature-errors", 2, "03:12:41");
    assert_ne!(
        counted(cluster(&once, Side::Canary), "checkout"),
        counted(cluster(&other, Side::Canary), "checkout")
    );
}

#[test]
fn a_flag_that_is_patched_off_changes_outcomes_from_then_on_and_no_traffic() {
    let mut left = world("feature-errors", 1, "03:11:02");
    let mut killed = world("feature-errors", 1, "03:11:02");
    let pay = |endpoint| endpoint == 0;
    let others = |endpoint| endpoint != 0;
    let before = counted(cluster(&killed, Side::Canary), "checkout");
    let store = cluster(&killed, Side::Canary).store.clone();
    let mut flags = store
        .get("featureflags", NAMESPACE, OBJECT)
        .expect("the flags");
    flags["spec"]["flagSpec"]["flags"]["new-payment-flow"]["state"] = json!("DISABLED");
    store.apply_as(flags, "flightdeck/bob");
    killed.observe();
    left.advance(at("03:11:05"));
    killed.advance(at("03:11:05"));
    // Two of the tick's five seconds had the flag on; the pods' traffic is the same request for request.
    let at_kill = counted(cluster(&killed, Side::Canary), "checkout");
    let (n, failed) = between(&before, &at_kill, pay);
    assert!(failed < 0.39 * n * 0.8, "{failed} of {n}");
    left.advance(at("03:13:05"));
    killed.advance(at("03:13:05"));
    let without = counted(cluster(&left, Side::Canary), "checkout");
    let with = counted(cluster(&killed, Side::Canary), "checkout");
    let all = |_| true;
    let (n, failed) = between(&at_kill, &with, all);
    assert!(failed / n < 0.005, "{failed} of {n}");
    assert!(
        (sums(&with, all).0, sums(&with, pay).0) == (sums(&without, all).0, sums(&without, pay).0)
    );
    let (n, failed) = between(&at_kill, &without, pay);
    assert!((0.35..0.43).contains(&(failed / n)), "{failed} of {n}");
    let (n, failed) = between(&at_kill, &without, others);
    assert!((0.006..0.013).contains(&(failed / n)), "{failed} of {n}");
}

#[test]
fn traffic_latency_and_cpu_are_what_the_fleet_says() {
    let mut world = world("calm", 1, "03:10:00");
    let before: Vec<_> = Side::BOTH
        .iter()
        .map(|side| {
            cluster(&world, *side)
                .apps
                .iter()
                .map(|app| counted(cluster(&world, *side), &app.service.name))
                .collect::<Vec<_>>()
        })
        .collect();
    world.advance(at("03:20:00"));
    for (side, before) in Side::BOTH.iter().zip(before) {
        for (app, before) in cluster(&world, *side).apps.iter().zip(before) {
            let name = &app.service.name;
            let after = counted(cluster(&world, *side), name);
            let (n, failed) = between(&before, &after, |_| true);
            let expected = app.spec().rate * 600.0;
            assert!(
                (n - expected).abs() < 4.0 * expected.sqrt() + 0.025 * expected,
                "{name} {side:?}: {n}, not {expected}"
            );
            let rate: f64 = app
                .service
                .endpoints
                .iter()
                .map(|endpoint| endpoint.share * endpoint.errors)
                .sum();
            assert!(
                (failed - n * rate).abs() <= 5.0 * (n * rate).sqrt() + 2.0,
                "{name} {side:?}: {failed} of {n}"
            );
        }
    }
    for (side, low, high) in [(Side::Canary, 0.40, 0.48), (Side::Production, 0.44, 0.52)] {
        let p95 = ask(
            &world,
            side,
            "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{service=\"checkout\"}[5m])))",
        );
        assert!((0.22..0.30).contains(&p95), "{side:?}: p95 {p95}");
        let cpu = ask(
            &world,
            side,
            "avg(rate(container_cpu_usage_seconds_total{container=\"checkout\"}[5m]))",
        );
        assert!((low..high).contains(&cpu), "{side:?}: cpu {cpu}");
        let memory = ask(
            &world,
            side,
            "avg(container_memory_working_set_bytes{container=\"checkout\"}) / avg(kube_pod_container_resource_limits{resource=\"memory\"})",
        );
        assert!((0.50..0.62).contains(&memory), "{side:?}: memory {memory}");
    }
}

/// A query's one value at the world's time.
fn ask(world: &World, side: Side, query: &str) -> f64 {
    crate::sim::prometheus::value(&cluster(world, side).tsdb, query, world.now())
        .unwrap_or_else(|| panic!("{query}"))
}

fn release(world: &World, revision: u32) -> (Value, Value) {
    let secret = cluster(world, Side::Canary)
        .store
        .get(
            "secrets",
            NAMESPACE,
            &format!("sh.helm.release.v1.checkout.v{revision}"),
        )
        .expect("a release");
    let outer = STANDARD
        .decode(secret["data"]["release"].as_str().expect("text"))
        .expect("base64");
    let inner = STANDARD.decode(outer).expect("base64 again");
    let mut json = String::new();
    flate2::read::GzDecoder::new(inner.as_slice())
        .read_to_string(&mut json)
        .expect("gzip");
    (
        secret["metadata"]["labels"].clone(),
        serde_json::from_str(&json).expect("JSON"),
    )
}

#[test]
fn a_release_that_runs_is_rolled_out_pod_by_pod() {
    let mut world = world("calm", 1, "03:01:21");
    let least = |world: &World| cluster(world, Side::Canary).apps[0].ready();
    let mut fewest = 4;
    for second in 0..120 {
        world.advance(at("03:01:22") + second * 1000);
        fewest = fewest.min(least(&world));
    }
    assert_eq!(fewest, 3);
    let (labels, new) = release(&world, 14);
    assert_eq!(labels["status"], "deployed");
    assert_eq!(new["info"]["status"], "deployed");
    assert_eq!(new["info"]["last_deployed"], "2026-11-21T03:01:22Z");
    assert_eq!(new["chart"]["metadata"]["appVersion"], "2.14.0");
    assert_eq!(release(&world, 13).0["status"], "superseded");
    let deployment = cluster(&world, Side::Canary)
        .store
        .get("deployments", NAMESPACE, "checkout")
        .expect("it");
    let status = &deployment["status"];
    assert_eq!(
        status["observedGeneration"],
        deployment["metadata"]["generation"]
    );
    assert_eq!(
        (&status["updatedReplicas"], &status["readyReplicas"]),
        (&json!(4), &json!(4))
    );
    let progressing = &status["conditions"][1];
    assert_eq!(progressing["reason"], "NewReplicaSetAvailable");
    let done: Timestamp = progressing["lastUpdateTime"]
        .as_str()
        .expect("text")
        .parse()
        .expect("a time");
    let took = millis(done) - at("03:01:22");
    assert!((15_000..60_000).contains(&took), "{took} ms");
    assert_eq!(
        deployment["metadata"]["labels"]["app.kubernetes.io/version"],
        "2.14.0"
    );
    let pods = cluster(&world, Side::Canary)
        .store
        .list("pods", Some(NAMESPACE));
    let checkout = pods
        .iter()
        .filter(|pod| pod["metadata"]["labels"]["app.kubernetes.io/name"] == "checkout");
    assert_eq!(
        checkout
            .filter(|pod| pod["status"]["conditions"][3]["status"] == "True")
            .count(),
        4
    );
    let stable = cluster(&world, Side::Canary).store.get(
        "configmaps",
        NAMESPACE,
        "flightdeck-stable-checkout",
    );
    assert_eq!(stable.expect("a mark")["data"]["revision"], "13");
}

#[test]
fn a_release_that_can_not_start_restarts_again_and_again_while_the_old_pods_serve() {
    let mut world = world("bad-release", 1, "03:02:30");
    let pods: Vec<(bool, u32, String)> = cluster(&world, Side::Canary)
        .store
        .list("pods", Some(NAMESPACE))
        .iter()
        .filter(|pod| pod["metadata"]["labels"]["app.kubernetes.io/name"] == "checkout")
        .map(|pod| {
            let container = &pod["status"]["containerStatuses"][0];
            (
                container["ready"] == true,
                u32::try_from(container["restartCount"].as_u64().expect("a number"))
                    .expect("small"),
                container["state"]["waiting"]["reason"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            )
        })
        .collect();
    assert_eq!(pods.iter().filter(|(ready, ..)| *ready).count(), 3);
    assert!(
        pods.iter().map(|(_, restarts, _)| restarts).sum::<u32>() > 5,
        "{pods:?}"
    );
    assert!(
        pods.iter()
            .any(|(.., waiting)| waiting == "CrashLoopBackOff"),
        "{pods:?}"
    );
    assert_eq!(release(&world, 14).0["status"], "pending-upgrade");
    let down = ask(&world, Side::Canary, "count(up{service=\"checkout\"} == 0)");
    assert!((down - 2.0).abs() < f64::EPSILON, "{down}");
    assert!(
        ask(
            &world,
            Side::Canary,
            "sum(increase(kube_pod_container_status_restarts_total[1m]))"
        ) > 5.0
    );
    let failed = ask(
        &world,
        Side::Canary,
        "sum(rate(http_server_request_duration_seconds_count{service=\"checkout\",http_response_status_code=\"500\"}[1m])) / sum(rate(http_server_request_duration_seconds_count{service=\"checkout\"}[1m]))",
    );
    assert!(failed < 0.01, "{failed}");
    world.advance(at("03:07:00"));
    assert_eq!(release(&world, 14).0["status"], "failed");
    assert_eq!(release(&world, 13).0["status"], "deployed");
}

#[test]
fn while_prometheus_is_down_nothing_is_scraped() {
    let world = world("prometheus-down", 1, "03:19:00");
    for side in Side::BOTH {
        let tsdb = &cluster(&world, side).tsdb;
        let inside = |from: &str, to: &str| {
            tsdb.named(Some("up"))
                .flat_map(|series| &series.samples)
                .filter(|(time, _)| (at(from)..at(to)).contains(time))
                .count()
        };
        assert_eq!(inside("03:13:05", "03:18:05"), 0);
        assert!(inside("03:12:50", "03:13:05") > 0 && inside("03:18:05", "03:18:20") > 0);
    }
    // Each process went on counting.
    assert!(
        ask(
            &world,
            Side::Production,
            "min(resets(http_server_request_duration_seconds_count{service=\"checkout\"}[10m]))"
        )
        .abs()
            < f64::EPSILON
    );
}

#[test]
fn the_world_stands_exactly_where_it_is_told() {
    let world = world("calm", 1, "03:00:03");
    assert_eq!(
        timestamp(world.now()),
        EPOCH.parse::<Timestamp>().expect("a time") + SignedDuration::from_secs(3)
    );
}
