//! From what exporters tell to the gauges beyond the machines'.

use std::collections::{BTreeMap, BTreeSet};

use crate::adapters::prometheus::business::of_environment;
use crate::adapters::prometheus::discover::heard;
use crate::adapters::prometheus::found::{Found, question};
use crate::adapters::prometheus::pack::containers;
use crate::adapters::prometheus::plan::span_of;
use crate::adapters::prometheus::promql::union;
use crate::adapters::prometheus::settings::Settings;
use crate::adapters::prometheus::signals::{Candidate, candidates};
use crate::adapters::prometheus::wire::{Answer, Series};
use crate::adapters::prometheus::{Signal, same_requests, untold, untold_apart};
use crate::domain::gauge::Gauge;
use crate::domain::grid::Grid;

use super::discover::settings;

/// An answer in which these of the candidates' metrics have a series.
fn with(all: &[Candidate], has: impl Fn(&Candidate, &str) -> bool) -> Found {
    let mut series = Vec::new();
    for (row, candidate) in all.iter().enumerate() {
        for (term, (metric, _)) in candidate.terms.iter().enumerate() {
            if has(candidate, metric) {
                let name = format!("{row}.{term}");
                let labels = [("signal", "series"), ("name", name.as_str())];
                series.push(Series {
                    labels: labels.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
                    samples: vec![(0.0, 3.0)],
                    ..Series::default()
                });
            }
        }
    }
    Found::of(&Answer {
        series,
        warnings: Vec::new(),
    })
}

fn chosen(settings: &Settings, metrics: &[&str]) -> BTreeMap<Gauge, String> {
    let all = candidates(settings);
    let found = with(&all, |_, metric| metrics.contains(&metric));
    let span = span_of(Grid::default(), 15);
    heard(all, &found)
        .iter()
        .map(|c| (c.gauge, c.reading(span).expression))
        .collect()
}

#[test]
fn every_row_makes_a_query_that_parses() {
    let settings = settings(crate::adapters::prometheus::PackName::OtelHttp);
    promql_parser::parser::parse(&question(&settings)).unwrap();
    let all = candidates(&settings);
    let of: BTreeSet<Gauge> = all.iter().map(|c| c.gauge).collect();
    // CPU, memory and restarts have queries of their own.
    assert_eq!(of.len(), Gauge::NAMED.len() - Gauge::MACHINES.len());
    let span = span_of(Grid::default(), 15);
    let readings = all.iter().map(|c| c.reading(span));
    let parts: Vec<_> = readings
        .map(|r| (r.gauge.to_string(), r.expression))
        .collect();
    promql_parser::parser::parse(&union(&parts)).unwrap();
}

#[test]
fn a_gauge_is_asked_for_by_the_first_exporter_that_tells_all_of_it() {
    let settings = settings(crate::adapters::prometheus::PackName::OtelHttp);
    let found = chosen(
        &settings,
        &[
            "hikaricp_connections_active",
            "hikaricp_active_connections",
            "hikaricp_max_connections",
            "redis_keyspace_hits_total",
            "container_network_receive_bytes_total",
            "kafka_consumergroup_lag",
        ],
    );
    let gauges: Vec<_> = found.keys().copied().collect();
    // Half of a pair, or of the network, tells nothing.
    assert_eq!(gauges, [Gauge::PoolUsed, Gauge::QueueLag]);
    assert_eq!(
        found[&Gauge::PoolUsed],
        "(max(last_over_time(hikaricp_active_connections{service=\"checkout\"}[16s]) / last_over_time(hikaricp_max_connections{service=\"checkout\"}[16s])))"
    );
    assert_eq!(
        found[&Gauge::QueueLag],
        "(sum(last_over_time(kafka_consumergroup_lag{consumergroup=\"checkout\"}[16s]) >= 0))"
    );
}

#[test]
fn a_configuration_says_other_names_and_no_value_ends_a_selector() {
    let mut settings = settings(crate::adapters::prometheus::PackName::OtelHttp);
    let group = |value: &str| Some([("consumergroup".to_owned(), value.to_owned())].into());
    let signal = Signal {
        metrics: Vec::new(),
        matchers: group("orders\"} or vector(1) or x{y=\""),
    };
    settings.signals.insert(Gauge::QueueLag, signal);
    let signal = Signal {
        metrics: vec!["lookups_found".to_owned(), "lookups_missed".to_owned()],
        matchers: None,
    };
    settings.signals.insert(Gauge::CacheHits, signal);
    let found = chosen(
        &settings,
        &[
            "kafka_consumergroup_lag",
            "cache_gets_total",
            "lookups_found",
            "lookups_missed",
        ],
    );
    assert!(
        found[&Gauge::QueueLag]
            .contains(r#"{consumergroup="orders\"} or vector(1) or x{y=\""}[16s]"#),
        "{found:?}"
    );
    assert!(
        found[&Gauge::CacheHits].contains("lookups_missed{service=\"checkout\"}"),
        "{found:?}"
    );
    promql_parser::parser::parse(&question(&settings)).unwrap();
    for expression in found.values() {
        promql_parser::parser::parse(expression).unwrap();
    }
}

#[test]
fn pods_and_queues_are_told_by_the_labels_of_their_environment_or_not_at_all() {
    let mut settings = settings(crate::adapters::prometheus::PackName::OtelHttp);
    let cluster = ("cluster".to_owned(), "canary".to_owned());
    settings.pod_matchers.extend([cluster]);
    let text = question(&settings);
    for (metric, labels) in [
        (
            "container_cpu_usage_seconds_total",
            "namespace=\"shop\",pod=~",
        ),
        (
            "kube_pod_container_status_restarts_total",
            "namespace=\"shop\",pod=~",
        ),
        (
            "container_network_receive_bytes_total",
            "namespace=\"shop\",pod=~",
        ),
        (
            "container_cpu_cfs_periods_total",
            "namespace=\"shop\",pod=~",
        ),
        ("kafka_consumergroup_lag", "consumergroup=\"checkout\""),
        ("rabbitmq_queue_messages_ready", "queue=\"checkout\""),
    ] {
        let (_, from) = text.split_once(&format!("{metric}{{{labels}")).unwrap();
        let whole = from.lines().next().unwrap();
        assert!(whole.contains(",cluster=\"canary\""), "{whole}");
    }
    let mut other = settings.clone();
    assert!(same_requests(&settings, &other));
    let all = untold_apart(&settings, &other);
    assert!(
        Gauge::NAMED.iter().all(|gauge| all.contains(gauge)),
        "{all:?}"
    );
    other
        .matchers
        .insert("cluster".to_owned(), "other".to_owned());
    assert!(same_requests(&settings, &other), "one has the other's");
    settings
        .matchers
        .insert("cluster".to_owned(), "canary".to_owned());
    other
        .pod_matchers
        .insert("cluster".to_owned(), "other".to_owned());
    assert!(!same_requests(&settings, &other) && untold_apart(&settings, &other).is_empty());
    // What is not told is not asked for, and said.
    assert_eq!(untold(&settings), None);
    settings.untold = [Gauge::Cpu, Gauge::Memory, Gauge::Restarts, Gauge::QueueLag].into();
    let text = question(&settings);
    promql_parser::parser::parse(&text).unwrap();
    for metric in [
        containers::CPU,
        containers::RESTARTS,
        "kafka_consumergroup_lag",
    ] {
        assert!(!text.contains(metric), "{metric}");
    }
    assert!(text.contains("container_network_receive_bytes_total"));
    let said = untold(&settings).unwrap().message;
    assert!(
        said.raw().starts_with("not of cpu, memory, restarts, queue_lag: canary and production read the same series; write pod_matchers = {"),
        "{said:?}"
    );
}

#[test]
fn counts_of_slow_scrapes_are_taken_over_whole_scrapes() {
    for (scrape, interval, fresh) in [(15, 15, 16), (30, 30, 31), (40, 45, 41), (60, 60, 61)] {
        let span = span_of(Grid::default(), scrape);
        assert_eq!((span.interval, span.fresh), (interval, fresh));
    }
}

#[test]
fn a_business_query_is_asked_for_its_environment_and_as_one_value() {
    let matchers = settings(crate::adapters::prometheus::PackName::OtelHttp).series();
    let query = of_environment("rate(orders_total{$matchers}[1m]) # by all", &matchers);
    assert_eq!(
        query,
        "sum(rate(orders_total{service=\"checkout\"}[1m]) # by all\n)"
    );
    promql_parser::parser::parse(&query).unwrap();
}
