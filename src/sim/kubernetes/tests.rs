//! The pieces of the simulated API server.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::access::{Access, Ask};
use super::fields::By;
use super::form::{Form, Include};
use super::object::text;
use super::query::Query;
use super::route::{Route, route};
use super::selector::Selector;
use super::store::Store;
use super::{age, apply, fields, kinds, patch, protobuf, review};
use crate::sim::clock::SimClock;

const EPOCH: &str = "2026-11-21T03:00:00Z";

fn epoch() -> Timestamp {
    EPOCH.parse().expect("a timestamp")
}

fn store() -> Store {
    Store::new("canary", 7, SimClock::frozen(epoch()))
}

fn config_map(name: &str, value: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"}, "data": {"key": value},
    })
}

fn deployment(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "checkout", "namespace": "shop"},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "checkout", "image": image}]}}},
    })
}

#[test]
fn the_same_name_and_seed_give_the_same_cluster() {
    let first = store();
    let second = store();
    for store in [&first, &second] {
        store.apply(config_map("a", "1"));
    }
    assert_eq!(
        first.get("configmaps", "shop", "a"),
        second.get("configmaps", "shop", "a")
    );
    assert_eq!(first.uid(), second.uid());
    let other = Store::new("production", 7, SimClock::frozen(epoch()));
    assert_ne!(first.uid(), other.uid());
}

#[test]
fn an_object_made_again_is_another_object() {
    let store = store();
    let uid = |object: &Value| text(object, "/metadata/uid").to_owned();
    let first = store.apply(config_map("a", "1"));
    assert!(store.remove("configmaps", "shop", "a"));
    assert!(!store.remove("configmaps", "shop", "a"));
    let second = store.apply(config_map("a", "1"));
    assert_ne!(uid(&first), uid(&second));
}

#[test]
fn only_changes_count() {
    let store = store();
    let mut changed = store.changed();
    let first = store.apply(deployment("checkout:1"));
    assert_eq!(text(&first, "/metadata/creationTimestamp"), EPOCH);
    assert_eq!(first["metadata"]["generation"], 1);
    changed.mark_unchanged();
    assert_eq!(store.apply(deployment("checkout:1")), first);
    assert!(!changed.has_changed().unwrap(), "nothing changed");
    let mut ready = first.clone();
    ready["status"] = json!({"readyReplicas": 2});
    let ready = store.apply(ready);
    assert_eq!(
        ready["metadata"]["generation"], 1,
        "a status is no specification"
    );
    assert_ne!(
        ready["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    let second = store.apply(deployment("checkout:2"));
    assert_eq!(second["metadata"]["generation"], 2);
    assert!(changed.has_changed().unwrap());
}

#[test]
fn what_is_not_served_is_not_stored() {
    let store = store();
    assert_eq!(
        store.apply(json!({"apiVersion": "v9", "kind": "Thing", "metadata": {"name": "a"}})),
        Value::Null
    );
    assert_eq!(
        store.apply(json!({"apiVersion": "v1", "kind": "Pod"})),
        Value::Null
    );
    assert_eq!(store.get("things", "shop", "a"), None);
    assert!(store.list("things", None).is_empty());
}

#[test]
fn who_changed_a_field_last_can_be_read() {
    let clock = SimClock::frozen(epoch());
    let store = Store::new("canary", 7, clock.clone());
    let flags = |state: &str| {
        json!({
            "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
            "metadata": {"name": "flags", "namespace": "shop"},
            "spec": {"flagSpec": {"flags": {"pay": {"state": state, "defaultVariant": "on"}}}},
        })
    };
    store.apply_as(flags("ENABLED"), "helm");
    clock.set("2026-11-21T03:05:00Z".parse().unwrap());
    let changed = store.apply_as(flags("DISABLED"), "argocd-controller");
    let state = vec!["f:spec", "f:flagSpec", "f:flags", "f:pay", "f:state"];
    let owners: Vec<_> = fields::read(&changed)
        .into_iter()
        .filter(|entry| entry.set.iter().any(|path| *path == state))
        .map(|entry| (entry.by.manager, entry.time))
        .collect();
    assert_eq!(
        owners,
        [(
            "argocd-controller".to_owned(),
            "2026-11-21T03:05:00Z".to_owned()
        )]
    );
    // The first owner keeps what it alone set.
    assert_eq!(fields::read(&changed).len(), 2);
}

#[test]
fn an_older_version_is_the_state_as_it_was() {
    let store = store();
    let kind = kinds::by_resource("configmaps").unwrap();
    let mut states = Vec::new();
    for step in 0..20 {
        match step % 4 {
            3 => drop(store.remove("configmaps", "shop", "b")),
            1 => drop(store.apply(config_map("b", &step.to_string()))),
            _ => drop(store.apply(config_map("a", &step.to_string()))),
        }
        let state = store.read(|objects| {
            (
                objects.version(),
                objects.list(kind.storage(), Some("shop")),
            )
        });
        states.push(state);
    }
    for (version, state) in states {
        let then = store.read(|objects| objects.list_at(kind.storage(), Some("shop"), version));
        assert_eq!(then.unwrap(), state, "at {version}");
    }
    store.compact();
    assert!(store.read(|objects| objects.list_at(kind.storage(), None, 3).is_err()));
    assert!(store.read(|objects| objects.since(3).is_err()));
    assert!(store.read(|objects| objects.since(objects.version()).is_ok()));
}

#[test]
fn ages_are_rounded_as_kubectl_shows_them() {
    for (seconds, said) in [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (310, "5m10s"),
        (600, "10m"),
        (10_799, "179m"),
        (10_800, "3h"),
        (11_100, "3h5m"),
        (172_799, "47h"),
        (172_800, "2d"),
        (180_000, "2d2h"),
        (691_200, "8d"),
        (31_536_000 * 3 + 86_400, "3y1d"),
        (-60, "<invalid>"),
    ] {
        let now = epoch() + SignedDuration::from_secs(seconds);
        assert_eq!(age::since(EPOCH, now), said, "{seconds} s");
    }
    assert_eq!(age::since("", epoch()), "<unknown>");
}

#[test]
fn the_form_is_the_first_that_the_server_has() {
    let none = Query::default();
    let form = |accept: &str| Form::negotiate(Some(accept), &none).ok();
    let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
    assert_eq!(form(kubectl), Some(Form::Table("v1", Include::Metadata)));
    let metadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    assert_eq!(form(metadata), Some(Form::Metadata("v1")));
    assert_eq!(
        form("application/vnd.kubernetes.protobuf,application/json"),
        Some(Form::Whole)
    );
    assert_eq!(form("*/*"), Some(Form::Whole));
    assert_eq!(form("application/vnd.kubernetes.protobuf"), None);
    assert_eq!(form("application/json;as=Table;v=v7;g=meta.k8s.io"), None);
    assert_eq!(Form::negotiate(None, &none).ok(), Some(Form::Whole));
    let whole = Query::parse("includeObject=Object");
    assert_eq!(
        Form::negotiate(Some(kubectl), &whole).ok(),
        Some(Form::Table("v1", Include::Object))
    );
}

#[test]
fn selectors_select() {
    let pods = kinds::by_resource("pods").unwrap();
    let pod = json!({
        "metadata": {"name": "a", "labels": {"app": "checkout", "tier": "web"}},
        "status": {"phase": "Running"},
    });
    let selects = |query: &str| {
        Selector::of(pods, &Query::parse(query), None).map(|selector| selector.matches(&pod))
    };
    for (query, expected) in [
        ("", true),
        ("labelSelector=app%3Dcheckout%2Ctier%3D%3Dweb", true),
        ("labelSelector=app!=checkout", false),
        ("labelSelector=app+in+(pay,checkout),tier", true),
        ("labelSelector=app notin (pay, checkout)", false),
        ("labelSelector=!zone,zone!=a", true),
        ("labelSelector=zone", false),
        ("fieldSelector=status.phase=Running,metadata.name=a", true),
        ("fieldSelector=status.phase!=Running", false),
    ] {
        assert_eq!(selects(query).ok(), Some(expected), "{query}");
    }
    for query in [
        "labelSelector=app in checkout",
        "labelSelector=%00=a",
        "fieldSelector=spec.image=x",
    ] {
        assert_eq!(selects(query).unwrap_err().code, 400, "{query}");
    }
}

#[test]
fn paths_lead_where_the_real_ones_do() {
    let found = |path: &str| match route(path) {
        Some(Route::Resource(target)) => format!(
            "{} {:?} {:?} {}",
            target.kind.resource, target.namespace, target.name, target.subresource
        ),
        Some(Route::Review(plural)) => plural,
        Some(Route::Document) => "document".to_owned(),
        None => "nothing".to_owned(),
    };
    for (path, expected) in [
        ("/api/v1/pods", "pods None None "),
        (
            "/api/v1/namespaces/shop/pods/a",
            "pods Some(\"shop\") Some(\"a\") ",
        ),
        ("/api/v1/namespaces/shop", "namespaces None Some(\"shop\") "),
        (
            "/api/v1/namespaces/shop/status",
            "namespaces None Some(\"shop\") status",
        ),
        (
            "/apis/apps/v1/namespaces/shop/deployments/a/status",
            "deployments.apps Some(\"shop\") Some(\"a\") status",
        ),
        (
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            "selfsubjectaccessreviews",
        ),
        ("/apis/apps/v1", "document"),
        ("/version", "document"),
        (
            "/apis/flightdeck.dev/v1alpha1/namespaces/shop/requests",
            "nothing",
        ),
        ("/api/v1/namespaces/shop/nodes", "nothing"),
        ("/api/v1/namespaces/shop/configmaps/a/status", "nothing"),
        ("/api/v1/pods/a", "nothing"),
    ] {
        assert_eq!(found(path), expected, "{path}");
    }
}

#[test]
fn strategic_merge_knows_named_lists() {
    let mut object = json!({
        "metadata": {"finalizers": ["a"]},
        "spec": {"containers": [
            {"name": "pay", "image": "pay:1", "env": [{"name": "A", "value": "1"}], "args": ["x", "y"]},
            {"name": "side", "image": "side:1"},
        ]},
    });
    let change = json!({
        "metadata": {"finalizers": ["b"]},
        "spec": {
            "$setElementOrder/containers": [{"name": "new"}, {"name": "pay"}],
            "containers": [
                {"name": "pay", "image": "pay:2", "args": ["z"], "env": [{"name": "B", "value": "2"}]},
                {"name": "side", "$patch": "delete"},
                {"name": "new", "image": "new:1"},
            ],
        },
    });
    patch::strategic(&mut object, &change).unwrap();
    assert_eq!(
        object,
        json!({
            "metadata": {"finalizers": ["a", "b"]},
            "spec": {"containers": [
                {"name": "new", "image": "new:1"},
                {"name": "pay", "image": "pay:2", "args": ["z"], "env": [
                    {"name": "A", "value": "1"}, {"name": "B", "value": "2"},
                ]},
            ]},
        })
    );
}

#[test]
fn apply_takes_away_what_its_manager_no_longer_wants() {
    let kind = kinds::by_resource("deployments").unwrap();
    let ours = By {
        apply: true,
        ..By::update("helm")
    };
    let with_side = json!({"spec": {"replicas": 2, "template": {"spec": {"containers": [
        {"name": "pay", "image": "pay:1"}, {"name": "side", "image": "side:1"},
    ]}}}});
    let without = json!({"spec": {"template": {"spec": {"containers": [{"name": "pay", "image": "pay:2"}]}}}});
    let stored = |object: &Value, entries: &[fields::Entry]| {
        let mut object = object.clone();
        object["metadata"] = json!({"managedFields": fields::write(entries)});
        object
    };
    let (made, entries) = apply::apply(kind, None, &with_side, &ours, false, epoch()).unwrap();
    let made = stored(&made, &entries);
    let (mut new, entries) =
        apply::apply(kind, Some(&made), &without, &ours, false, epoch()).unwrap();
    let containers = &new["spec"]["template"]["spec"]["containers"];
    assert_eq!(*containers, json!([{"name": "pay", "image": "pay:2"}]));
    assert_eq!(new["spec"].get("replicas"), None);
    // Somebody else's field is a conflict, and taken only by force.
    new["spec"]["template"]["spec"]["containers"][0]["image"] = json!("pay:3");
    let before = stored(&apply_to(&made, &without), &entries);
    let edited = fields::after_update(
        Some(&before),
        &new,
        false,
        &By::update("kubectl-edit"),
        "apps/v1",
        epoch(),
    );
    let edited = stored(&new, &edited);
    let refused = apply::apply(kind, Some(&edited), &without, &ours, false, epoch()).unwrap_err();
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (
            409,
            "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.template.spec.containers[name=\"pay\"].image"
        )
    );
    let (forced, _) = apply::apply(kind, Some(&edited), &without, &ours, true, epoch()).unwrap();
    assert_eq!(
        forced["spec"]["template"]["spec"]["containers"][0]["image"],
        "pay:2"
    );
}

fn apply_to(object: &Value, wanted: &Value) -> Value {
    let mut out = object.clone();
    json_patch::merge(&mut out, wanted);
    out
}

#[test]
fn protobuf_bodies_of_go_clients_are_read() {
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(bytes.len()).expect("a short field");
        [&[number << 3 | 2, length], bytes].concat()
    }
    let attributes = [
        field(1, b"shop"),
        field(2, b"patch"),
        field(5, b"featureflags"),
    ]
    .concat();
    let message = field(2, &field(1, &attributes));
    let kind = [
        field(1, b"authorization.k8s.io/v1"),
        field(2, b"SelfSubjectAccessReview"),
    ]
    .concat();
    let body = [b"k8s\0".to_vec(), field(1, &kind), field(2, &message)].concat();
    let review = protobuf::to_json(&body).unwrap();
    assert_eq!(
        review,
        json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"namespace": "shop", "verb": "patch", "resource": "featureflags"}},
        })
    );
}

#[test]
fn a_review_of_a_group_that_is_not_installed_is_answered() {
    let access = Access::new().user("bob", &["dev"]).allow([
        "group:dev",
        "disableflag",
        "flightdeck.dev",
        "environments",
        "shop",
        "checkout",
    ]);
    let ask = |verb: &str, name: &str| {
        let review = json!({"spec": {"resourceAttributes": {
            "verb": verb, "group": "flightdeck.dev", "resource": "environments", "namespace": "shop", "name": name,
        }}});
        review::answer(&access, "bob", "selfsubjectaccessreviews", review).unwrap()["status"]["allowed"].clone()
    };
    assert_eq!(ask("disableflag", "checkout"), true);
    assert_eq!(ask("disableflag", "search"), false);
    assert_eq!(ask("disableflag", ""), false);
    assert_eq!(ask("rollback", "checkout"), false);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c$/\u{1b}]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let keys = prop_oneof![
            Just("metadata".to_owned()),
            Just("containers".to_owned()),
            Just("env".to_owned()),
            Just("name".to_owned()),
            Just("$patch".to_owned()),
            Just("$setElementOrder/env".to_owned()),
            "[a-c]{1,2}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_breaks_the_server(left in json_value(), right in json_value(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let kind = kinds::by_resource("deployments").unwrap();
        let mut object = left.clone();
        drop(patch::strategic(&mut object, &right));
        drop(patch::merge(&mut object, &right));
        drop(patch::json(&mut object, &right));
        let by = By { apply: true, ..By::update("a") };
        if let Ok((made, entries)) = apply::apply(kind, None, &left, &by, false, epoch()) {
            let mut made = made;
            if made.is_object() {
                super::object::set(&mut made, &["metadata", "managedFields"], fields::write(&entries));
            }
            drop(apply::apply(kind, Some(&made), &right, &by, true, epoch()));
        }
        drop(protobuf::to_json(&[b"k8s\0".to_vec(), bytes].concat()));
    }

    #[test]
    fn ownership_survives_the_wire(object in json_value()) {
        let by = By::update("a");
        let entries = fields::after_update(None, &object, false, &by, "v1", epoch());
        let carried = json!({"metadata": {"managedFields": fields::write(&entries)}});
        let back = fields::read(&carried);
        prop_assert_eq!(back.len(), entries.len());
    }

    #[test]
    fn a_review_says_what_the_handlers_do(verb in "get|list|patch", resource in "pods|secrets", namespace in "shop|ops|", name in "a|b|") {
        let access = Access::new()
            .user("bob", &[])
            .allow(["bob", "get,list", "", "pods", "shop", "*"])
            .allow(["bob", "patch", "", "secrets", "*", "a"]);
        let ask = Ask { verb: &verb, group: "", resource: &resource, subresource: "", namespace: &namespace, name: &name };
        let review = json!({"spec": {"resourceAttributes": {
            "verb": verb, "resource": resource, "namespace": namespace, "name": name,
        }}});
        let said = review::answer(&access, "bob", "selfsubjectaccessreviews", review).unwrap();
        prop_assert_eq!(&said["status"]["allowed"], access.allows("bob", &ask));
    }
}
