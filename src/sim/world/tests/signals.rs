//! What the world serves beside requests, by the names of the real exporters, on nights on which it is usual and not.

use super::*;

/// A query's one value at the world's time, if it has one.
fn maybe(world: &World, side: Side, query: &str) -> Option<f64> {
    crate::sim::prometheus::value(&cluster(world, side).tsdb, query, world.now())
}

pub(super) fn lies(world: &World, side: Side, query: &str, low: f64, high: f64) {
    let value = ask(world, side, query);
    assert!((low..=high).contains(&value), "{side:?} {query}: {value}");
}

#[test]
fn what_is_not_requests_is_usual_on_a_calm_night() {
    let world = world("calm", 1, "03:20:00");
    for side in Side::BOTH {
        let canary = side == Side::Canary;
        for container in ["checkout", "search"] {
            let periods = |what: &str| {
                format!(
                    "sum(increase(container_cpu_cfs_{what}periods_total{{container=\"{container}\"}}[5m]))"
                )
            };
            let share = format!("{} / {}", periods("throttled_"), periods(""));
            lies(&world, side, &share, 0.005, 0.016);
        }
        for (used, all, took) in [
            (
                "sum(avg_over_time(hikaricp_connections_active{service=\"checkout\"}[5m]))",
                "sum(hikaricp_connections_max{pool=\"orders-db\"})",
                "hikaricp_connections_acquire_seconds",
            ),
            (
                "sum(avg_over_time(db_client_connection_count{db_client_connection_state=\"used\"}[5m]))",
                "sum(db_client_connection_max{db_client_connection_pool_name=\"search-db\"})",
                "db_client_connection_wait_time_seconds",
            ),
        ] {
            lies(&world, side, &format!("{used} / {all}"), 0.35, 0.45);
            let wait = format!("sum(rate({took}_sum[5m])) / sum(rate({took}_count[5m]))");
            lies(&world, side, &wait, 0.0027, 0.0033);
        }
        let whole = "count(hikaricp_connections_idle + hikaricp_connections_active == hikaricp_connections)";
        let pods = if canary { 4.0 } else { 24.0 };
        lies(&world, side, whole, pods, pods);
        let least = "min(hikaricp_connections_max - hikaricp_connections_min)";
        lies(&world, side, least, 0.0, 0.0);
        lies(&world, side, "sum(hikaricp_connections_pending)", 0.0, 0.0);
        let hits = "sum(rate(cache_gets_total{result=\"hit\"}[5m])) / sum(rate(cache_gets_total{cache=\"prices\"}[5m]))";
        lies(&world, side, hits, 0.93, 0.95);
        let lag = "sum(kafka_consumergroup_lag{consumergroup=\"checkout\",topic=\"orders\",job=\"kafka-exporter\"})";
        lies(&world, side, lag, 20.0, 60.0);
        lies(&world, side, "count(kafka_consumergroup_lag)", 3.0, 3.0);
        lies(&world, side, "up{job=\"kafka-exporter\"}", 1.0, 1.0);
        let orders = "sum(increase(orders_completed_total[5m])) / 5";
        let (low, high) = if canary {
            (86.0, 107.0)
        } else {
            (1_850.0, 1_990.0)
        };
        lies(&world, side, orders, low, high);
        for what in ["packets_dropped", "errors"] {
            for way in ["receive", "transmit"] {
                let query = format!("sum(container_network_{way}_{what}_total)");
                lies(&world, side, &query, 0.0, 0.0);
            }
        }
        // Nothing is invented for what has none.
        for query in [
            "hikaricp_connections{service=\"ledger\"}",
            "db_client_connection_count{service=\"ledger\"}",
            "cache_gets_total{service=\"search\"}",
            "container_network_receive_bytes_total{container!=\"\"}",
        ] {
            assert_eq!(maybe(&world, side, query), None, "{query}");
        }
    }
    // A request costs as many bytes on one side as on the other.
    let each = |side, way| {
        let pods = "pod=~\"checkout-.*\",interface=\"eth0\"";
        let query = format!(
            "sum(rate(container_network_{way}_bytes_total{{{pods}}}[5m])) / sum(rate(http_server_request_duration_seconds_count{{service=\"checkout\"}}[5m]))"
        );
        ask(&world, side, &query)
    };
    for way in ["receive", "transmit"] {
        let ratio = each(Side::Canary, way) / each(Side::Production, way);
        assert!((0.95..1.05).contains(&ratio), "{way}: {ratio}");
    }
}

#[test]
fn a_pods_series_end_with_it() {
    let world = world("calm", 1, "03:03:00");
    let tsdb = &cluster(&world, Side::Canary).tsdb;
    for name in [
        "hikaricp_connections_active",
        "cache_gets_total",
        "orders_completed_total",
        "container_network_receive_bytes_total",
        "container_cpu_cfs_periods_total",
    ] {
        let old: Vec<bool> = tsdb
            .named(Some(name))
            .filter(|series| series.labels.get("pod").starts_with("checkout"))
            .map(|series| {
                series
                    .samples
                    .last()
                    .is_some_and(|(_, value)| value.is_nan())
            })
            .collect();
        assert!(
            old.contains(&true) && old.contains(&false),
            "{name}: {old:?}"
        );
        let query = format!("count(count by (pod) ({name}{{pod=~\"checkout-.*\"}}))");
        lies(&world, Side::Canary, &query, 4.0, 4.0);
    }
}

#[test]
fn the_alert_waits_and_fires_by_what_fails() {
    let mut world = world("feature-errors", 1, "03:09:55");
    let state = |world: &World, side| {
        let alerting = cluster(world, side).alerting();
        assert_eq!(alerting.len(), 1);
        alerting[0].state()
    };
    let mut seen = vec![state(&world, Side::Canary)];
    let mut fired = 0;
    for tick in 1..=60 {
        world.advance(at("03:09:55") + tick * 5_000);
        let now = state(&world, Side::Canary);
        if seen.last() != Some(&now) {
            seen.push(now);
            fired = tick * 5;
        }
        assert_eq!(state(&world, Side::Production), AlertState::Inactive);
    }
    assert_eq!(
        seen,
        [
            AlertState::Inactive,
            AlertState::Pending,
            AlertState::Firing
        ]
    );
    assert!((75..120).contains(&fired), "{fired}");
    let series = "ALERTS{alertname=\"CheckoutErrors\",severity=\"page\",service=\"checkout\"}";
    lies(
        &world,
        Side::Canary,
        &format!("{series} and ALERTS{{alertstate=\"firing\"}}"),
        1.0,
        1.0,
    );
    lies(&world, Side::Canary, &format!("count({series})"), 1.0, 1.0);
    assert_eq!(maybe(&world, Side::Production, series), None);
    // What the rule says is what its query says.
    let alerting = &cluster(&world, Side::Canary).alerting()[0];
    let queried = ask(&world, Side::Canary, &alerting.query);
    assert!(
        (queried - alerting.value).abs() < 0.01,
        "{queried} {}",
        alerting.value
    );
}
