//! Addresses, endpoints, waits.

use std::str::FromStr as _;
use std::time::Duration;

use super::address::AddressError;
use super::endpoints::{of_slices, port_name};
use super::{Address, Backoff};

#[test]
fn addresses_are_direct_or_a_service() {
    for good in [
        "https://prometheus.example.org/prefix",
        "http://127.0.0.1:9090/",
        "http://localhost:9090/",
        "http://[::1]:9090/",
        "kube://monitoring/svc/prometheus:9090",
        "kube://shop/svc/flagd:ofrep",
        "kube://monitoring/svc/prometheus:9090/prometheus",
    ] {
        assert_eq!(Address::from_str(good).unwrap().to_string(), good);
    }
    let table = [
        ("ftp://x", "an address is http://"),
        ("kube://monitoring/prometheus:9090", "an address is http://"),
        (
            "kube://monitoring/svc/prometheus",
            "needs the Service's port",
        ),
        (
            "kube://monitoring/svc/prometheus:0",
            "needs the Service's port",
        ),
        (
            "kube://monitoring/svc/prometheus:99999",
            "needs the Service's port",
        ),
        ("kube://Mon/svc/prometheus:1", "a namespace can't hold 'M'"),
        (
            "http://prometheus:9090",
            "plain http goes only to this machine",
        ),
        (
            "http://10.0.0.1:9090",
            "plain http goes only to this machine",
        ),
        ("https://u:p@example.org", "give them as a secret"),
        ("https://example.org?x=1", "can't hold '?'"),
        ("example.org?token=hunter2", "can't hold '?'"),
        ("https://", "empty host"),
    ];
    for (bad, says) in table {
        let error: AddressError = Address::from_str(bad).unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains(says) && !told.contains("hunter2"),
            "{bad}: {told}"
        );
    }
}

#[test]
fn ready_endpoints_are_found_by_the_name_of_the_port() {
    let Address::Service(asked) = Address::from_str("kube://shop/svc/flagd:8016").unwrap() else {
        unreachable!("a service")
    };
    let service = serde_json::from_value(serde_json::json!({
        "metadata": {"name": "flagd"},
        "spec": {"ports": [{"name": "grpc", "port": 8013}, {"name": "ofrep", "port": 8016, "targetPort": "o"}]}
    }))
    .unwrap();
    let name = port_name(&service, &asked).unwrap();
    assert_eq!(name, "ofrep");
    let slices = [serde_json::from_value(serde_json::json!({
        "metadata": {"name": "flagd-x"}, "addressType": "IPv4",
        "ports": [{"name": "grpc", "port": 8013}, {"name": "ofrep", "port": 18016}],
        "endpoints": [
            {"addresses": ["10.0.0.3"], "conditions": {"ready": true}, "targetRef": {"kind": "Pod", "name": "flagd-b"}},
            {"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": "flagd-a"}},
            {"addresses": ["10.0.0.2"], "conditions": {"ready": false}, "targetRef": {"kind": "Pod", "name": "flagd-c"}}
        ]
    }))
    .unwrap()];
    let found = of_slices(&slices, &asked, &name);
    let pods: Vec<(&str, u16)> = found.iter().map(|e| (e.pod.as_str(), e.port)).collect();
    assert_eq!(pods, [("flagd-a", 18016), ("flagd-b", 18016)]);

    let Address::Service(other) = Address::from_str("kube://shop/svc/flagd:9").unwrap() else {
        unreachable!("a service")
    };
    let why = port_name(&service, &other).unwrap_err();
    assert!(why.message.raw().contains("has ports 8013, 8016"));
}

#[test]
fn waits_double_from_under_a_second_to_half_a_minute_and_differ_between_decks() {
    let mut one = Backoff::new(1);
    let waits: Vec<Duration> = (0..10).map(|_| one.wait()).collect();
    let mut most = Duration::from_millis(800);
    for wait in &waits {
        assert!(*wait <= most && *wait >= most / 2, "{waits:?}");
        most = (most * 2).min(Duration::from_secs(30));
    }
    let mut same = Backoff::new(1);
    let mut other = Backoff::new(2);
    assert_eq!(waits[0], same.wait());
    assert_ne!(waits[0], other.wait());
    one.reset();
    assert!(one.wait() <= Duration::from_millis(800));
}
