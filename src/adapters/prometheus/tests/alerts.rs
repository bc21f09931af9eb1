//! Which alerts and rules name a service, and what a server without them is.

use crate::adapters::prometheus::Settings;
use crate::adapters::prometheus::alerts::{Active, Groups, alerts, read, rules};
use crate::domain::alert::{Alert, AlertState, Alerts};
use crate::domain::environment::{Environment, Place};
use crate::domain::names::{Namespace, ServiceName};
use crate::domain::untrusted::Untrusted;

fn settings() -> Settings {
    let service = ServiceName::parse("checkout").unwrap();
    let place = Place::new(service, Environment::Canary);
    let address = "http://127.0.0.1:9090".parse().unwrap();
    let namespace = Namespace::parse("shop").unwrap();
    let mut settings = Settings::new(place, address, namespace, "checkout");
    for (label, value) in [("service", "checkout"), ("env", "canary")] {
        settings.matchers.insert(label.to_owned(), value.to_owned());
    }
    settings
}

fn active(labels: &serde_json::Value, state: &str) -> serde_json::Value {
    serde_json::json!({
        "labels": labels, "annotations": {"summary": "s"}, "state": state,
        "activeAt": "2026-11-21T03:10:13.52Z", "value": "5e-02",
    })
}

fn named(all: &[serde_json::Value]) -> Vec<Alert> {
    let body = serde_json::json!({"status": "success", "data": {"alerts": all}});
    let read = read(200, body.to_string().as_bytes()).unwrap();
    alerts(&settings(), &read, None).named().to_vec()
}

#[test]
fn an_alert_names_a_service_where_a_label_does_and_none_says_otherwise() {
    for (labels, by) in [
        (
            serde_json::json!({"service": "checkout"}),
            vec!["service=checkout"],
        ),
        (
            serde_json::json!({"service": "checkout", "env": "canary", "x": "y"}),
            vec!["env=canary", "service=checkout"],
        ),
        (
            serde_json::json!({"service": "checkout", "env": "production"}),
            vec![],
        ),
        (
            serde_json::json!({"service": "checkout", "namespace": "other"}),
            vec![],
        ),
        (serde_json::json!({"service": "search"}), vec![]),
        (serde_json::json!({}), vec![]),
        (
            serde_json::json!({"namespace": "shop", "pod": "checkout-6d4b75cb6d-x7k2p"}),
            vec!["pod=checkout-6d4b75cb6d-x7k2p"],
        ),
        (
            serde_json::json!({"namespace": "shop", "pod": "checkout-worker-6d4b75cb6d-x7k2p"}),
            vec![],
        ),
        (
            serde_json::json!({"pod": "checkout-6d4b75cb6d-x7k2p"}),
            vec![],
        ),
        (
            serde_json::json!({"namespace": "shop", "deployment": "checkout"}),
            vec!["deployment=checkout"],
        ),
    ] {
        let found = named(&[active(&labels, "firing")]);
        let told = found.iter().flat_map(|alert| &alert.by);
        let told: Vec<&str> = told.map(Untrusted::raw).collect();
        assert_eq!(told, by, "{labels}");
    }
}

#[test]
fn what_fires_comes_first_and_what_is_neither_is_not_told() {
    let of = |name: &str| serde_json::json!({"alertname": name, "service": "checkout"});
    let found = named(&[
        active(&of("B"), "pending"),
        active(&of("C"), "inactive"),
        active(&of("A"), "firing"),
    ]);
    let told: Vec<_> = found.iter().map(|a| (a.name.raw(), a.state)).collect();
    assert_eq!(
        told,
        [("A", AlertState::Firing), ("B", AlertState::Pending)]
    );
}

#[test]
fn rules_name_a_service_by_their_labels_or_by_what_they_select() {
    let rule = |query: &str, health: &str| serde_json::json!({"type": "alerting", "name": "R", "query": query, "health": health});
    let body = serde_json::json!({"status": "success", "data": {"groups": [{"rules": [
        rule("rate(x{env=\"canary\",service=\"checkout\"}[5m]) > 1", "ok"),
        rule("rate(x{env=\"canary\",service=\"search\"}[5m]) > 1", "ok"),
        rule("rate(x{service=\"checkout\",env=\"canary\"}[5m]) > 1", "err"),
    ]}]}});
    let found = read(200, body.to_string().as_bytes()).unwrap();
    let found = rules(&settings(), &found);
    let none = read(200, br#"{"data":{"alerts":[]}}"#).unwrap();
    let told = alerts(&settings(), &none, found.as_ref());
    assert_eq!(
        told,
        Alerts::Served {
            named: Vec::new(),
            all: 0,
            rules: Some(2),
            broken: vec!["R".into()],
        }
    );
}

#[test]
fn a_server_without_alerts_is_not_in_trouble_and_one_that_fails_is() {
    for status in [404, 405, 501] {
        let told = read(status, b"404 page not found\n").unwrap();
        let told = alerts(&settings(), &told, None);
        assert!(matches!(told, Alerts::NotServed { .. }), "{told:?}");
        assert_eq!(rules(&settings(), &read(status, b"").unwrap()), None);
    }
    for (status, body) in [(503, &b"overloaded"[..]), (200, b"<html>")] {
        assert!(read::<Active>(status, body).is_err());
        assert!(read::<Groups>(status, body).is_err());
    }
}
