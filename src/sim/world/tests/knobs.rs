//! What each knob of a scenario file does to what the world serves, and what it leaves alone.

use super::signals::lies;
use super::*;

/// A night on which 2.14.0 of checkout runs on canary since 03:01:22, with more written after it.
fn night(more: &str) -> Script {
    let text = format!(
        "title = \"t\"\nstory = \"s\"\nstarts = \"03:00:00\"\nexpect = []\n[[events]]\nkind = \"deploy\"\nat = \"03:01:22\"\n\
         service = \"checkout\"\nside = \"canary\"\nversion = \"2.14.0\"\n{more}"
    );
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// One effect on canary's checkout from 03:05:00 to 03:10:00.
fn effect(what: &str) -> Script {
    night(&format!(
        "[[effects]]\nservice = \"checkout\"\nside = \"canary\"\nfrom = \"03:05:00\"\nuntil = \"03:10:00\"\n{what}"
    ))
}

/// A share of checkout's requests, over the last two minutes.
fn share(part: &str) -> String {
    let rate = |more: &str| {
        format!(
            "sum(rate(http_server_request_duration_seconds_count{{service=\"checkout\"{more}}}[2m]))"
        )
    };
    format!("{} / {}", rate(part), rate(""))
}

#[test]
fn a_gauge_is_moved_on_its_side_and_in_its_time() {
    let pool = "sum(hikaricp_connections_active) / sum(hikaricp_connections_max)";
    let wait = "sum(rate(hikaricp_connections_acquire_seconds_sum[2m])) / sum(rate(hikaricp_connections_acquire_seconds_count[2m]))";
    let throttled = "sum(rate(container_cpu_cfs_throttled_periods_total{container=\"checkout\"}[2m])) / sum(rate(container_cpu_cfs_periods_total{container=\"checkout\"}[2m]))";
    let hits = "sum(rate(cache_gets_total{result=\"hit\"}[2m])) / sum(rate(cache_gets_total[2m]))";
    let drops =
        "sum(rate(container_network_receive_packets_dropped_total{pod=~\"checkout-.*\"}[2m]))";
    let cpu = "avg(rate(container_cpu_usage_seconds_total{container=\"checkout\"}[2m]))";
    let orders = "sum(increase(orders_completed_total[2m])) / sum(increase(http_server_request_duration_seconds_count{service=\"checkout\"}[2m]))";
    for (what, query, usual, moved) in [
        ("pool_used = 0.4", pool, (0.33, 0.47), (0.7, 0.9)),
        ("pool_used = 0.9", pool, (0.33, 0.47), (1.0, 1.0)),
        ("pool_wait_ms = 500", wait, (0.002, 0.004), (0.49, 0.52)),
        (
            "pool_wait_ms = 1000",
            "sum(hikaricp_connections_pending)",
            (0.0, 0.0),
            (40.0, 80.0),
        ),
        ("throttled = 0.3", throttled, (0.003, 0.02), (0.27, 0.35)),
        ("cache_hits = -0.5", hits, (0.93, 0.95), (0.42, 0.46)),
        ("network_drops = 0.02", drops, (0.0, 0.0), (1.0, 3.0)),
        ("cpu = 0.5", cpu, (0.4, 0.5), (0.9, 0.98)),
        ("cpu = 0.5", throttled, (0.003, 0.02), (0.25, 0.5)),
        ("business = 0.5", orders, (0.022, 0.033), (0.010, 0.018)),
        (
            "retries = 4",
            &share(",http_response_status_code=\"500\""),
            (0.0005, 0.0045),
            (0.004, 0.02),
        ),
        (
            "mix = { \"POST /pay\" = 0.5 }",
            &share(",http_route=\"/pay\""),
            (0.09, 0.13),
            (0.47, 0.53),
        ),
        (
            "mix = { \"POST /pay\" = 0.5 }",
            &share(",http_route=\"/cart\""),
            (0.42, 0.48),
            (0.23, 0.28),
        ),
        (
            "errors = { \"GET /cart\" = 0.3 }",
            &share(",http_response_status_code=\"500\""),
            (0.0005, 0.0045),
            (0.11, 0.16),
        ),
    ] {
        let mut world = play(&effect(what), 1, "03:04:59");
        lies(&world, Side::Canary, query, usual.0, usual.1);
        world.advance(at("03:08:30"));
        lies(&world, Side::Canary, query, moved.0, moved.1);
        if query != "sum(hikaricp_connections_pending)" && query != drops {
            lies(&world, Side::Production, query, usual.0, usual.1);
        }
        world.advance(at("03:12:30"));
        lies(&world, Side::Canary, query, usual.0, usual.1);
    }
}

#[test]
fn what_moves_a_gauge_moves_no_request() {
    let all = |world: &World| Side::BOTH.map(|side| counted(cluster(world, side), "checkout"));
    let usual = all(&play(&night(""), 1, "03:12:00"));
    for what in [
        "pool_used = 0.9\npool_wait_ms = 900\nthrottled = 0.5",
        "cache_hits = -0.9\nnetwork_drops = 0.5\nbusiness = 0.1",
        "cpu = 0.5\nmemory = 0.3\nmemory_per_minute = 0.05\nqueue_per_second = 9",
    ] {
        assert_eq!(all(&play(&effect(what), 1, "03:12:00")), usual, "{what}");
    }
}

#[test]
fn what_grows_grows_while_it_lasts() {
    let lag = "sum(kafka_consumergroup_lag{consumergroup=\"checkout\"})";
    let mut world = play(&effect("queue_per_second = 10"), 1, "03:07:30");
    // 150 seconds at ten a second, up to the last scrape, besides what is on its way.
    lies(&world, Side::Canary, lag, 1_350.0, 1_570.0);
    lies(&world, Side::Production, lag, 20.0, 60.0);
    world.advance(at("03:09:59"));
    lies(&world, Side::Canary, lag, 2_800.0, 3_070.0);
    world.advance(at("03:13:00"));
    lies(&world, Side::Canary, lag, 20.0, 60.0);
    let memory = "avg(container_memory_working_set_bytes{container=\"checkout\"}) / 536870912";
    let mut world = play(&effect("memory_per_minute = 0.05"), 1, "03:05:00");
    let before = ask(&world, Side::Canary, memory);
    world.advance(at("03:09:00"));
    // Four minutes at five points, less what a young process has not taken yet.
    lies(&world, Side::Canary, memory, before + 0.17, before + 0.25);
    world.advance(at("03:11:00"));
    lies(&world, Side::Canary, memory, before + 0.03, before + 0.09);
}

#[test]
fn a_leak_begins_anew_with_the_process() {
    let text = "[[effects]]\nservice = \"checkout\"\nside = \"canary\"\nfrom = \"03:05:00\"\nmemory_per_minute = 0.05\n";
    let mut world = play(&night(text), 1, "03:10:00");
    let pod = world.crash(Side::Canary, "checkout").expect("a pod");
    world.advance(at("03:12:00"));
    let of = |which: &str| {
        format!(
            "avg(container_memory_working_set_bytes{{container=\"checkout\",pod{which}\"{pod}\"}}) / 536870912"
        )
    };
    let (new, old) = (
        ask(&world, Side::Canary, &of("=")),
        ask(&world, Side::Canary, &of("!=")),
    );
    assert!(old - new > 0.2, "{new} {old}");
}

#[test]
fn bursts_come_once_a_period_on_both_sides_at_once() {
    let burst = |side: &str| {
        format!(
            "[[effects]]\nservice = \"checkout\"\nside = \"{side}\"\nbursts = {{ every_seconds = 200, lasting_seconds = 30 }}\n\
             errors = {{ \"*\" = 0.5 }}\n"
        )
    };
    let script = night(&(burst("canary") + &burst("production")));
    let bursts = |seed| {
        let mut world = play(&script, seed, "03:03:20");
        let mut seen = [Vec::new(), Vec::new()];
        for tick in 1..=240 {
            world.advance(at("03:03:20") + tick * 5_000);
            for (side, seen) in Side::BOTH.into_iter().zip(&mut seen) {
                let (n, failed) = cluster(&world, side).apps[0].last(1);
                seen.push(failed * 5 > n);
            }
        }
        seen
    };
    let [canary, production] = bursts(1);
    assert_eq!(canary, production);
    for period in canary.chunks(40) {
        let bad = period.iter().filter(|bad| **bad).count();
        assert!((5..=7).contains(&bad), "{bad}: {period:?}");
    }
    assert_ne!(bursts(2), [canary, production]);
}

#[test]
fn the_endpoints_of_another_mix_are_all_that_changes() {
    let world = play(&effect("mix = { \"POST /pay\" = 0.5 }"), 1, "03:09:30");
    let all = "sum(rate(http_server_request_duration_seconds_count{service=\"checkout\"}[2m]))";
    lies(&world, Side::Canary, all, 56.0, 63.0);
    lies(
        &world,
        Side::Canary,
        &share(",http_response_status_code=\"500\""),
        0.0005,
        0.0045,
    );
}

#[test]
fn pods_whose_probes_fail_run_serve_nothing_and_come_back() {
    let event = "[[events]]\nkind = \"health-down\"\nat = \"03:05:02\"\nuntil = \"03:08:00\"\nservice = \"checkout\"\nside = \"canary\"\nversion = \"2.14.0\"\n";
    let mut world = play(&night(event), 1, "03:05:01");
    let ready = |world: &World| {
        let store = &cluster(world, Side::Canary).store;
        let deployment = store.get("deployments", NAMESPACE, "checkout").expect("it");
        let running = store
            .list("pods", Some(NAMESPACE))
            .iter()
            .filter(|pod| pod["metadata"]["labels"]["app.kubernetes.io/name"] == "checkout")
            .filter(|pod| pod["status"]["containerStatuses"][0]["state"]["running"].is_object())
            .count();
        (deployment["status"]["readyReplicas"].clone(), running)
    };
    assert_eq!(ready(&world), (json!(4), 4));
    world.advance(at("03:05:02"));
    assert_eq!(ready(&world), (json!(0), 4));
    world.advance(at("03:07:30"));
    let served =
        "sum(increase(http_server_request_duration_seconds_count{service=\"checkout\"}[1m]))";
    lies(&world, Side::Canary, served, 0.0, 0.0);
    lies(
        &world,
        Side::Canary,
        "sum(up{service=\"checkout\"})",
        4.0,
        4.0,
    );
    lies(
        &world,
        Side::Canary,
        "sum(kube_pod_status_ready{condition=\"false\",pod=~\"checkout-.*\"})",
        4.0,
        4.0,
    );
    // Another version's pods are well.
    world.on(Side::Canary, |cluster| {
        cluster.deploy("checkout", "2.13.4", true, at("03:07:30"));
    });
    world.advance(at("03:07:55"));
    assert_eq!(ready(&world).0, json!(4));
    let mut world = play(&night(event), 1, "03:09:00");
    assert_eq!(ready(&world), (json!(4), 4));
    world.advance(at("03:10:00"));
    lies(&world, Side::Canary, served, 3_200.0, 3_900.0);
}

#[test]
fn while_flagd_is_down_services_go_on_with_what_they_heard() {
    let down = "[[events]]\nkind = \"flagd-down\"\nat = \"03:05:00\"\nuntil = \"03:08:00\"\nsides = [\"canary\"]\n\
                [[events]]\nkind = \"flag\"\nat = \"03:06:00\"\nside = \"canary\"\nflag = \"new-payment-flow\"\nstate = \"ENABLED\"\nby = \"bob\"\n\
                [[effects]]\nservice = \"checkout\"\nside = \"canary\"\nflag = \"new-payment-flow\"\nerrors = { \"*\" = 0.5 }\n";
    let mut world = play(&night(down), 1, "03:07:59");
    let failing = share(",http_response_status_code=\"500\"");
    lies(&world, Side::Canary, &failing, 0.0, 0.01);
    let store = cluster(&world, Side::Canary).store.clone();
    let flags = store
        .get("featureflags", NAMESPACE, OBJECT)
        .expect("the flags");
    let flag = &flags["spec"]["flagSpec"]["flags"]["new-payment-flow"];
    assert_eq!(flag["state"], "ENABLED");
    world.advance(at("03:10:30"));
    lies(&world, Side::Canary, &failing, 0.4, 0.6);
}

#[test]
fn a_server_is_away_on_its_sides_for_its_time() {
    for (kind, server) in [
        ("flagd-down", Server::Flagd),
        ("cluster-unreachable", Server::Kubernetes),
        ("prometheus-down", Server::Prometheus),
    ] {
        let event = format!(
            "[[events]]\nkind = \"{kind}\"\nat = \"03:05:00\"\nuntil = \"03:08:00\"\nsides = [\"canary\"]\n"
        );
        let mut world = play(&night(&event), 1, "03:04:59");
        let open = |world: &World, side| cluster(world, side).is_open(server);
        let mut seen = vec![open(&world, Side::Canary)];
        for time in ["03:05:00", "03:07:59", "03:08:00"] {
            world.advance(at(time));
            seen.push(open(&world, Side::Canary));
            assert!(open(&world, Side::Production));
        }
        assert_eq!(seen, [true, false, false, true], "{kind}");
    }
}
