use serde_json::{Map, Value, json};

use super::*;

fn definitions() -> Definitions {
    Definitions::read(&json!({
        "flags": {
            "plain": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"},
            "off": {"state": "DISABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on",
                "metadata": {"owner": "payments"}},
            "cleared": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
                "targeting": null},
            "mail": {"state": "ENABLED", "variants": {"a": 1, "b": 2}, "defaultVariant": "a",
                "targeting": {"if": [{"ends_with": [{"var": "email"}, "@x.org"]}, "b"]}},
            "half": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
                "targeting": {"fractional": [["on", 50], ["off", 50]]}},
            "wrong": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "none"},
        },
        "metadata": {"flagSetId": "shop"},
    }))
    .expect("definitions")
}

fn context(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect()
}

#[test]
fn flags_evaluate_as_in_flagd() {
    let definitions = definitions();
    let nobody = context(&[]);
    let answer =
        |key: &str, context: &Map<String, Value>| resolved(key, definitions.evaluate(key, context));
    let (status, body) = answer("plain", &nobody);
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        body,
        json!({"key": "plain", "value": true, "variant": "on", "reason": "STATIC",
        "metadata": {"flagSetId": "shop"}})
    );
    let (status, body) = answer("off", &nobody);
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        body,
        json!({"key": "off", "reason": "DISABLED",
        "metadata": {"flagSetId": "shop", "owner": "payments"}})
    );
    assert_eq!(answer("cleared", &nobody).1["value"], json!(false));
    assert_eq!(answer("mail", &nobody).1["reason"], json!("DEFAULT"));
    let (_, body) = answer("mail", &context(&[("email", "me@x.org")]));
    assert_eq!(
        (&body["value"], &body["reason"]),
        (&json!(2), &json!("TARGETING_MATCH"))
    );
    assert_eq!(answer("wrong", &nobody).0, StatusCode::BAD_REQUEST);
    let (status, body) = answer("nothing", &nobody);
    assert_eq!(
        (status, &body["errorCode"]),
        (StatusCode::NOT_FOUND, &json!("FLAG_NOT_FOUND"))
    );
}

#[test]
fn a_flag_for_half_of_the_users_is_on_for_about_half_of_the_requests() {
    let definitions = definitions();
    let share = definitions.share("half", &context(&[]));
    assert!((0.3..=0.7).contains(&share), "{share}");
    assert!((definitions.share("plain", &context(&[])) - 1.0).abs() < f64::EPSILON);
    assert!(definitions.share("off", &context(&[])).abs() < f64::EPSILON);
}

#[test]
fn what_is_no_flag_definition_is_refused() {
    for spec in [
        json!(null),
        json!({}),
        json!({"flags": {"a": {"state": "ENABLED"}}}),
    ] {
        assert!(Definitions::read(&spec).is_err(), "{spec}");
    }
}
