//! Definitions, who changed them, evaluations, and the edit of a JSON text.

use std::collections::BTreeMap;

use proptest::prelude::*;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::adapters::transport::Reply;
use crate::domain::flag::{Answer, FlagSource, FlagState};
use crate::domain::metrics::Endpoint;
use crate::domain::names::{FlagKey, Namespace, ObjectName};
use crate::domain::source::TroubleKind;
use crate::domain::untrusted::Untrusted;

use super::json_text::replaced;
use super::object::flags;
use super::ofrep;

fn feature_flag() -> FlagSource {
    FlagSource::FeatureFlag {
        namespace: Namespace::parse("shop").unwrap(),
        name: ObjectName::parse("flags").unwrap(),
    }
}

fn config_map() -> FlagSource {
    FlagSource::ConfigMap {
        namespace: Namespace::parse("shop").unwrap(),
        name: ObjectName::parse("flags").unwrap(),
        key: "flags.json".to_owned(),
    }
}

fn key(text: &str) -> FlagKey {
    FlagKey::parse(text).unwrap()
}

fn definitions() -> Value {
    json!({
        "new-payment-flow": {
            "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on",
            "targeting": {"if": [{"==": [{"var": "tier"}, "gold"]}, "on", "off"]},
            "metadata": {"endpoints": "POST  /pay, GET /pay/{id},"}
        },
        "old": {"state": "DISABLED", "variants": {"a": "x"}, "defaultVariant": null, "targeting": {}},
        "no-state": {"variants": {"a": 1}},
        "odd-state": {"state": "disabled", "variants": {"a": 1}},
        "no-variants": {"state": "ENABLED"},
        "": {"state": "ENABLED", "variants": {"a": 1}},
        "text": "ENABLED"
    })
}

#[test]
fn a_feature_flag_is_read_with_who_changed_each_flag_last() {
    let set = flags(
        &feature_flag(),
        &serde_json::from_value(json!({
            "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag",
            "metadata": {
                "name": "flags", "namespace": "shop", "uid": "u-1", "resourceVersion": "812", "generation": 3,
                "annotations": {"argocd.argoproj.io/tracking-id": "shop-flags:core.openfeature.dev/FeatureFlag:shop/flags"},
                "managedFields": [
                    {"manager": "argocd-controller", "operation": "Apply", "apiVersion": "core.openfeature.dev/v1beta1",
                     "time": "2026-11-20T10:00:00Z", "fieldsType": "FieldsV1",
                     "fieldsV1": {"f:spec": {"f:flagSpec": {"f:flags": {
                        "f:new-payment-flow": {"f:variants": {}}, "f:old": {"f:state": {}}}}}}},
                    {"manager": "flightdeck/alice", "operation": "Update", "apiVersion": "core.openfeature.dev/v1beta1",
                     "time": "2026-11-21T03:05:00Z", "fieldsType": "FieldsV1",
                     "fieldsV1": {"f:spec": {"f:flagSpec": {"f:flags": {"f:new-payment-flow": {"f:state": {}}}}}}}
                ]
            },
            "spec": {"flagSpec": {"flags": definitions(), "$evaluators": {}}},
            "status": {}
        }))
        .unwrap(),
    )
    .unwrap();
    assert_eq!(
        (set.uid.as_str(), set.resource_version.as_str()),
        ("u-1", "812")
    );
    assert_eq!(set.owner, Some(Untrusted::from("Argo CD shop-flags")));
    let read: Vec<&str> = set.flags.keys().map(FlagKey::as_str).collect();
    assert_eq!(
        read,
        ["new-payment-flow", "old"],
        "one that can't be read costs only itself"
    );

    let new = &set.flags[&key("new-payment-flow")];
    assert_eq!(new.state, FlagState::Enabled);
    assert_eq!(new.default_variant, Some(Untrusted::from("on")));
    assert!(new.has_targeting);
    let endpoints = ["POST /pay", "GET /pay/{id}"].map(Endpoint::new);
    assert_eq!(new.endpoints.as_deref(), Some(&endpoints[..]));
    let changed = new.changed.as_ref().unwrap();
    assert_eq!(changed.by, Untrusted::from("flightdeck/alice"));
    assert_eq!(changed.at, "2026-11-21T03:05:00Z".parse().unwrap());
    assert_eq!(new.definition, definitions()["new-payment-flow"]);

    let old = &set.flags[&key("old")];
    assert_eq!((old.state, old.has_targeting), (FlagState::Disabled, false));
    assert_eq!(old.default_variant, None);
    assert_eq!(
        old.changed.as_ref().unwrap().by,
        Untrusted::from("argocd-controller")
    );
    assert_eq!(old.endpoints, None);
}

#[test]
fn a_config_map_is_read_by_its_key_and_says_what_is_wrong_with_it() {
    let object = |text: &str| {
        serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "flags", "uid": "u", "resourceVersion": "9", "managedFields": [
                {"manager": "kubectl-edit", "operation": "Update", "time": "2026-11-21T01:00:00Z",
                 "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {".": {}, "f:flags.json": {}}}}]},
            "data": {"flags.json": text}
        }))
        .unwrap()
    };
    let text = json!({"$schema": "https://flagd.dev/schema/v0/flags.json", "flags": definitions()});
    let set = flags(&config_map(), &object(&text.to_string())).unwrap();
    assert_eq!(set.flags.len(), 2);
    let by: Vec<&str> = set
        .flags
        .values()
        .map(|f| f.changed.as_ref().unwrap().by.raw())
        .collect();
    assert_eq!(by, ["kubectl-edit", "kubectl-edit"]);

    for (text, says) in [("flags: {}", "is not JSON"), ("{}", "no \"flags\"")] {
        let why = flags(&config_map(), &object(text)).unwrap_err();
        assert_eq!(why.kind, TroubleKind::Malformed);
        assert!(why.message.raw().contains(says), "{}", why.message);
    }
    let mut other = object("{}");
    other.data["data"] = json!({"flags.yaml": ""});
    assert_eq!(
        flags(&config_map(), &other).unwrap_err().kind,
        TroubleKind::NotFound
    );
}

fn served(value: bool) -> Answer {
    Answer::Served {
        value: json!(value),
        variant: Some(Untrusted::from(if value { "on" } else { "off" })),
        reason: Untrusted::from("STATIC"),
    }
}

#[test]
fn a_bulk_evaluation_tells_disabled_flags_in_the_new_way_and_errors_by_flag() {
    let body = json!({"flags": [
        {"key": "a", "value": true, "variant": "on", "reason": "STATIC", "metadata": {}},
        {"key": "b", "reason": "DISABLED", "metadata": {}},
        {"key": "c", "errorCode": "FLAG_NOT_FOUND"},
        {"key": "d", "errorCode": "PARSE_ERROR", "errorDetails": "bad rule"},
        {"key": "e", "errorCode": "FLAG_DISABLED", "errorDetails": "flag 'e' is disabled"}
    ], "metadata": {}});
    let answers = ofrep::bulk(body.to_string().as_bytes()).unwrap();
    let message = Untrusted::from("PARSE_ERROR bad rule");
    let expected = BTreeMap::from([
        (key("a"), served(true)),
        (key("b"), Answer::Disabled),
        (key("c"), Answer::NotFound),
        (key("d"), Answer::Failed { message }),
        (key("e"), Answer::Disabled),
    ]);
    assert_eq!(answers, expected);
    let why = ofrep::bulk(b"<html>").unwrap_err();
    assert_eq!(why.kind, TroubleKind::Malformed);
}

#[test]
fn a_single_evaluation_is_told_by_status_and_body() {
    let reply = |status: u16, body: &str| {
        ofrep::single(&Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        })
    };
    let on = r#"{"key":"a","value":true,"variant":"on","reason":"STATIC"}"#;
    assert_eq!(reply(200, on), served(true));
    assert_eq!(
        reply(200, r#"{"key":"a","reason":"DISABLED","metadata":{}}"#),
        Answer::Disabled
    );
    let absent = r#"{"key":"a","errorCode":"FLAG_NOT_FOUND","errorDetails":"x"}"#;
    assert_eq!(reply(404, absent), Answer::NotFound);
    for (status, body) in [
        (404, "404 page not found"),
        (500, r#"{"errorDetails":"x"}"#),
        (400, r#"{"key":"a","errorCode":"TARGETING_KEY_MISSING"}"#),
        (200, r#"{"key":"a"}"#),
        (503, on),
    ] {
        assert!(
            matches!(reply(status, body), Answer::Failed { .. }),
            "{status} {body}"
        );
    }
}

#[test]
fn one_word_changes_in_a_text_and_every_other_byte_stays() {
    let text = "{\n  \"flags\": {\n    \"a\\\"b\" : { \"state\":\"ENABLED\" , \"variants\": {\"state\": \"x\", \"l\": [1, {}]} },\n    \
                \"c\": {\"v\": -1.5e3, \"state\": \"ENABLED\"}\n  }\n}\n";
    let path = ["flags", "a\"b", "state"];
    let changed = replaced(text, &path, "\"DISABLED\"").unwrap();
    assert_eq!(changed, text.replacen("\"ENABLED\"", "\"DISABLED\"", 1));
    assert_eq!(
        replaced(&changed, &path, "\"ENABLED\"").unwrap(),
        text,
        "undo restores the text"
    );
    let twice = r#"{"flags":{"a":{"state":1},"a":{"state":2}}}"#;
    assert_eq!(
        replaced(twice, &["flags", "a", "state"], "3").unwrap(),
        r#"{"flags":{"a":{"state":1},"a":{"state":3}}}"#,
        "of two the last counts"
    );
    for path in [
        ["flags", "c", "none"],
        ["flags", "d", "state"],
        ["c", "c", "state"],
    ] {
        assert_eq!(replaced(text, &path, "1"), None);
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_edit_of_any_text_means_the_edit_of_its_value(
        other in json_value(), key in ".*", before in json_value(), pretty in any::<bool>()
    ) {
        let mut document = json!({"z": other, "flags": {}});
        document["flags"]["~other"] = other;
        document["flags"][&key] = json!({"state": before, "variants": {}});
        let text = if pretty {
            serde_json::to_string_pretty(&document).unwrap()
        } else {
            document.to_string()
        };
        let edited = replaced(&text, &["flags", &key, "state"], "\"DISABLED\"").unwrap();
        document["flags"][&key]["state"] = json!("DISABLED");
        let read: Value = serde_json::from_str(&edited).unwrap();
        prop_assert_eq!(read, document);
    }
}
