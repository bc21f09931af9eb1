use std::path::Path;

use crate::domain::gauge::BusinessName;
use crate::engine::policy::Better;

use super::*;

const GOOD: &str = r#"
version = 1
home = "production"
[clusters.production]
context = "eu-prod"
[clusters.canary]
context = "eu-canary"
kubeconfig = "kube/config"
[policy]
canary_soak_seconds = 600
[services.checkout.environments.canary]
cluster = "canary"
namespace = "shop"
release = "checkout"
prometheus = { address = "kube://monitoring/svc/prometheus:9090", pack = "otel-http", matchers = { service = "checkout" } }
flags = { source = "featureflag/shop/flags", ofrep = ["http://127.0.0.1:8016", "http://127.0.0.1:8017"] }
[services.checkout.environments.production]
cluster = "production"
namespace = "shop"
release = "checkout"
prometheus = { address = "https://prometheus.example", auth = { bearer = { env = "TOKEN" } } }
flags = { source = "configmap/shop/flags/flagd.json", ofrep = "kube://shop/svc/flagd:8016" }
[services.checkout.flags.new-payment-flow]
endpoints = ["POST /pay"]
[services.checkout.business.orders]
query = 'sum(rate(orders_completed_total{$matchers}[1m]))'
better = "higher"
[services.checkout.policy]
errors = { trigger = 0.02 }
network_errors = { trigger = 5.0 }
own_dependencies = true
"#;

fn problems(text: &str) -> Vec<String> {
    match read(Path::new("c.toml"), text) {
        Err(SettingsError::Wrong(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("expected problems, got {other:?}"),
    }
}

#[test]
fn the_documented_format_means_what_it_says() {
    let settings = read(Path::new("/etc/f/c.toml"), GOOD).unwrap();
    let name = ServiceName::parse("checkout").unwrap();
    let service = &settings.services[&name];
    assert_eq!(service.policy.canary_soak_seconds, 600);
    assert!((service.policy.errors.trigger - 0.02).abs() < 1e-12);
    assert!((service.policy.errors.critical - 0.05).abs() < 1e-12);
    assert!(service.policy.own_dependencies);
    assert_eq!(service.policy.flags.len(), 1);
    let orders = BusinessName::parse("orders").unwrap();
    assert_eq!(service.policy.business[&orders], Better::Higher);
    for environment in service.environments.values() {
        let metrics = environment.prometheus.as_ref().unwrap();
        assert!(metrics.adapter.business[&orders].contains("$matchers"));
    }
    let canary = settings
        .place(&Place::new(name.clone(), Environment::Canary))
        .unwrap();
    let ofrep = canary
        .flags
        .as_ref()
        .unwrap()
        .adapter
        .ofrep
        .as_ref()
        .unwrap();
    assert_eq!(ofrep.addresses.len(), 2);
    let cluster = &settings.clusters[&canary.cluster];
    assert_eq!(
        cluster.kubeconfig.as_deref(),
        Some(Path::new("/etc/f/kube/config"))
    );
    let production = settings
        .place(&Place::new(name, Environment::Production))
        .unwrap();
    assert!(matches!(
        production.prometheus.as_ref().unwrap().login.auth,
        AuthSource::Bearer(_)
    ));
}

#[test]
fn each_mistake_is_told_with_its_line_its_key_and_what_would_be_right() {
    let table = [
        (
            "namespace = \"shop\"",
            "namspace = \"shop\"",
            "c.toml:13: services.checkout.environments.canary.namspace: there is no `namspace` here; did you mean `namespace`?",
        ),
        (
            "cluster = \"canary\"",
            "cluster = \"canery\"",
            "c.toml:12: services.checkout.environments.canary.cluster: there is no cluster \"canery\"; did you mean \"canary\"?",
        ),
        (
            "version = 1",
            "version = 2",
            "c.toml:2: version: format 2 is not known; this flightdeck reads version = 1",
        ),
        (
            "\"POST /pay\"",
            "\"/pay\"",
            "c.toml:24: services.checkout.flags.new-payment-flow.endpoints: \"/pay\" is no endpoint",
        ),
        (
            "https://prometheus.example",
            "http://prometheus.example",
            "c.toml:21: services.checkout.environments.production.prometheus.address: plain http goes only to this machine",
        ),
        ("otel-http", "otel-htp", "did you mean \"otel-http\"?"),
        (
            "{ env = \"TOKEN\" }",
            "{ env = \"TOKEN\", file = \"x\" }",
            "where the secret is, is not clear",
        ),
        (
            "featureflag/shop",
            "featureflags/shop",
            "is no source of flags; write featureflag/NAMESPACE/NAME",
        ),
        (
            "trigger = 0.02",
            "trigger = 0.2",
            "limits rise from target to critical",
        ),
        (
            "environments.production]",
            "environments.prod]",
            "c.toml:17: services.checkout.environments.prod: there is no `prod` here",
        ),
    ];
    for (right, wrong, says) in table {
        let told = problems(&GOOD.replacen(right, wrong, 1)).join("\n");
        assert!(told.contains(says), "{wrong}: {told}");
    }
    assert!(problems("version = 1\n[[").join("").starts_with("c.toml:2"));
}

#[test]
fn mistakes_about_metrics_are_told_as_well() {
    let table = [
        (
            "business.orders]",
            "business.Orders]",
            "c.toml:25: services.checkout.business.Orders: a business metric's name can't hold 'O'",
        ),
        (
            "query = 'sum(rate(orders_completed_total{$matchers}[1m]))'",
            "query = ' '",
            "c.toml:26: services.checkout.business.orders.query: it has no query; write query = 'sum(rate(",
        ),
        (
            "query = 'sum(rate(orders_completed_total{$matchers}[1m]))'",
            "",
            "c.toml:25: services.checkout.business.orders.query: it has no query",
        ),
        (
            "better = \"higher\"",
            "better = \"hihger\"",
            "c.toml:27: services.checkout.business.orders.better: nothing gets better by \"hihger\"; did you mean \"higher\"?",
        ),
        (
            "network_errors = { trigger = 5.0 }",
            "business_drop = { trigger = 0.9 }",
            "services.checkout.policy.business_drop: shares rise from trigger to critical",
        ),
        (
            "{ env = \"TOKEN\" }",
            "{ env = \"TOKEN\" }, certificate = \"c.pem\"",
            "prometheus.auth: a certificate and its key belong together; write { certificate = ",
        ),
        (
            "ofrep = \"kube://shop/svc/flagd:8016\"",
            "ofrep = \"kube://shop/svc/flagd:8016\", auth = { certificate = \"c.pem\", key = { file = \"k\" } }",
            "c.toml:22: services.checkout.environments.production.flags.auth.certificate: kube://shop/svc/flagd:8016 is",
        ),
        (
            "bearer = { env = \"TOKEN\" }",
            "key = { env = \"TOKEN\" }",
            "prometheus.auth: who asks is not clear",
        ),
        (
            "pack = \"otel-http\"",
            "tenant = \"a b\"",
            "c.toml:15: services.checkout.environments.canary.prometheus.tenant: no tenant is called so; letters, digits",
        ),
        (
            "pack = \"otel-http\"",
            "signals.queue_lagg.metrics = [\"lag\"]",
            "c.toml:15: services.checkout.environments.canary.prometheus.signals.queue_lagg: there is no signal \"queue_lagg\"; did you mean \"queue_lag\"?",
        ),
        (
            "pack = \"otel-http\"",
            "signals.pool_used.metrics = [\"active\"]",
            "prometheus.signals.pool_used: pool_used is made of two gauges: connections in use, and the most there may be",
        ),
        (
            "pack = \"otel-http\"",
            "signals.network.metrics = [\"a b\"]",
            "prometheus.signals.network: \"a b\" is no metric's name",
        ),
        (
            "pack = \"otel-http\"",
            "signals.cpu.metrics = [\"cpu\"]",
            "prometheus.signals.cpu: cpu is always read by cAdvisor's and kube-state-metrics' names",
        ),
        (
            "pack = \"otel-http\"",
            "signals.throttled = {}",
            "prometheus.signals.throttled: neither metrics nor matchers are named",
        ),
    ];
    for (right, wrong, says) in table {
        let told = problems(&GOOD.replacen(right, wrong, 1)).join("\n");
        assert!(told.contains(says), "{wrong}: {told}");
    }
    assert!(problems("version = 1\n[[").join("").starts_with("c.toml:2"));
}

/// Both sides on one server, told apart by these.
fn one_server(canary: &str, production: &str) -> String {
    let one = "address = \"https://prometheus.example\"";
    GOOD.replace(
        "address = \"kube://monitoring/svc/prometheus:9090\", pack = \"otel-http\", matchers = { service = \"checkout\" }",
        &format!("{one}, {canary}"),
    )
    .replace(
        &format!("{one}, auth = {{ bearer = {{ env = \"TOKEN\" }} }}"),
        &format!("{one}, {production}"),
    )
}

#[test]
fn one_server_for_both_sides_needs_labels_that_tell_them_apart() {
    const SAME: &str = "matchers = { service = \"checkout\" }";
    const CANARY: &str = "matchers = { service = \"checkout\", cluster = \"canary\" }";
    const PRODUCTION: &str = "matchers = { service = \"checkout\", cluster = \"production\" }";
    assert_eq!(
        problems(&one_server(SAME, SAME)),
        [
            "c.toml:15: services.checkout.environments.canary.prometheus.matchers: these select the same requests as \
             production's do on https://prometheus.example/, so that canary would be compared with itself; \
             add on each side a label that tells its series from the other's, such as cluster or namespace"
        ]
    );
    // Two tenants, two who ask, and one Service's name in two clusters are two servers.
    let kube = GOOD.replace(
        "address = \"https://prometheus.example\", auth = { bearer = { env = \"TOKEN\" } }",
        "address = \"kube://monitoring/svc/prometheus:9090\", matchers = { service = \"checkout\" }",
    );
    let tenants = one_server(
        &format!("{SAME}, tenant = \"a\""),
        &format!("{SAME}, tenant = \"b\""),
    );
    let asked = one_server(
        SAME,
        &format!("{SAME}, auth = {{ bearer = {{ env = \"TOKEN\" }} }}"),
    );
    let untold = |text: &str| {
        let settings = read(Path::new("c.toml"), text).unwrap();
        let sides = settings.places().map(|(_, side)| {
            let metrics = side.prometheus.as_ref().unwrap();
            let untold = metrics.adapter.untold.iter().map(ToString::to_string);
            untold.collect::<Vec<_>>().join(" ")
        });
        sides.collect::<Vec<_>>()
    };
    for apart in [&kube, &tenants, &asked, GOOD] {
        assert_eq!(untold(apart), ["", ""], "{apart}");
    }
    // What the service's matchers don't select needs labels of its own.
    let machines = "cpu memory restarts throttled queue_lag network network_errors";
    assert_eq!(untold(&one_server(CANARY, PRODUCTION)), [machines; 2]);
    let pods = |side: &str, all: &str| format!("{all}, pod_matchers = {{ cluster = \"{side}\" }}");
    let apart = one_server(&pods("canary", CANARY), &pods("production", PRODUCTION));
    assert_eq!(untold(&apart), ["", ""]);
    let lag = "signals.queue_lag.matchers = { consumergroup = \"checkout\" }";
    let one_queue = one_server(
        &format!("{}, {lag}", pods("canary", CANARY)),
        &format!("{}, {lag}", pods("production", PRODUCTION)),
    );
    assert_eq!(untold(&one_queue), ["queue_lag"; 2]);
    let business = apart.replace("{$matchers}", "");
    assert_eq!(untold(&business), ["business/orders"; 2]);
    let wrong = apart.replace("pod_matchers = { cluster", "pod_matchers = { \"a-b\"");
    let told = problems(&wrong).join("\n");
    assert!(
        told.contains("prometheus.pod_matchers: \"a-b\" is no label's name"),
        "{told}"
    );
}

#[test]
fn the_systems_file_only_tightens_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.toml");
    let system = folder.path().join("system.toml");
    std::fs::write(&own, GOOD).unwrap();
    let strict = GOOD
        .replace("version = 1", "version = 1\nread_only = true")
        .replace(
            "canary_soak_seconds = 600",
            "canary_soak_seconds = 900\nproduction_soak_seconds = 1200",
        );
    std::fs::write(&system, strict).unwrap();
    let candidates = |own: &Path, system: &Path| Candidates {
        named: Some(own.to_owned()),
        user: None,
        system: Some(system.to_owned()),
    };
    let loaded = load(&candidates(&own, &system)).unwrap();
    assert!(loaded.settings.read_only);
    assert_eq!(loaded.tightened.len(), 3);
    let name = ServiceName::parse("checkout").unwrap();
    assert_eq!(
        loaded.settings.services[&name].policy.canary_soak_seconds,
        900
    );
    assert_eq!(
        loaded.settings.services[&name]
            .policy
            .production_soak_seconds,
        1200
    );
    let stricter = load(&candidates(&system, &own)).unwrap();
    assert!(stricter.settings.read_only && stricter.tightened.is_empty());
    let missing = load(&candidates(&folder.path().join("none.toml"), &system)).unwrap_err();
    assert!(missing.to_string().contains("none.toml"));
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "abc\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = of_file(&file).unwrap_err();
    assert!(refused.to_string().contains("chmod 600"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(of_file(&file).unwrap().expose(), "abc");
}

#[test]
fn what_is_shown_means_the_same_when_it_is_read() {
    let file = Path::new("/etc/f/c.toml");
    let more = GOOD.replace(
        "version = 1",
        "version = 1\nread_only = true\ntheme = \"light\"\nkeymap = \"keys.toml\"",
    );
    let more = more.replace(
        "kube://monitoring/svc/prometheus:9090",
        "https://canary.example/",
    );
    let more = more.replace(
        "pack = \"otel-http\",",
        "pack = \"http-requests-total\", pods = \"checkout-.*\", pod_matchers = { cluster = \"canary\" }, scrape_seconds = 30, signals = { queue_lag = { metrics = [\"lag\"], matchers = { consumergroup = \"orders\" } }, cache_hits = { matchers = { app = \"redis\" } } }, auth = { user = \"u\", password = { file = \"p\" }, certificate = \"c.pem\", key = { exec = [\"pass\", \"k\"] }, ca = \"ca.pem\" }, tenant = \"shop|till\",",
    );
    for text in [GOOD, &more] {
        let settings = read(file, text).unwrap();
        let shown = shown(&settings).unwrap();
        assert_eq!(read(file, &shown).unwrap(), settings, "{shown}");
        assert!(shown.contains("flag_minimum_errors = 30"), "{shown}");
    }
}
