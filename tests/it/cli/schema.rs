//! That what is printed is as its schema says: the part of JSON Schema that our schemas use, and nothing beyond it.

use serde_json::Value;

/// Checks a value; a keyword that is not known here fails, so that nothing passes unread.
#[track_caller]
pub(super) fn check(schema: &Value, value: &Value) {
    if let Err(problem) = fits(schema, schema, value, "$") {
        panic!("{problem}\n{value:#}");
    }
}

fn fits(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(rules) = schema.as_object() else {
        let allowed = schema == &Value::Bool(true);
        return if allowed {
            Ok(())
        } else {
            Err(format!("{at}: {schema} allows nothing"))
        };
    };
    for (keyword, rule) in rules {
        rule_holds(root, rules, (keyword, rule), value, at)?;
    }
    Ok(())
}

type Rules = serde_json::Map<String, Value>;

fn rule_holds(
    root: &Value,
    rules: &Rules,
    (keyword, rule): (&str, &Value),
    value: &Value,
    at: &str,
) -> Result<(), String> {
    let wrong = || Err(format!("{at}: {value} does not fit {keyword} {rule}"));
    match keyword {
        "$schema" | "$defs" | "title" | "description" | "default" | "format" => Ok(()),
        "$ref" => {
            let path = rule.as_str().unwrap().trim_start_matches('#');
            fits(root, root.pointer(path).unwrap(), value, at)
        }
        "type" => {
            let types = rule.as_array().cloned().unwrap_or(vec![rule.clone()]);
            if types.iter().any(|t| is_of(value, t.as_str().unwrap())) {
                Ok(())
            } else {
                wrong()
            }
        }
        "enum" if rule.as_array().unwrap().contains(value) => Ok(()),
        "const" if rule == value => Ok(()),
        "enum" | "const" => wrong(),
        "minimum" | "maximum" => {
            let (Some(number), Some(limit)) = (value.as_f64(), rule.as_f64()) else {
                return Ok(());
            };
            let holds = if keyword == "minimum" {
                number >= limit
            } else {
                number <= limit
            };
            if holds { Ok(()) } else { wrong() }
        }
        "anyOf" | "oneOf" => {
            let all = rule.as_array().unwrap();
            let fit = all.iter().filter(|one| fits(root, one, value, at).is_ok());
            match (keyword, fit.count()) {
                (_, 1) | ("anyOf", 2..) => Ok(()),
                _ => wrong(),
            }
        }
        "required" => {
            let missing = rule
                .as_array()
                .unwrap()
                .iter()
                .find(|key| value.is_object() && value.get(key.as_str().unwrap()).is_none());
            missing.map_or(Ok(()), |key| Err(format!("{at}: {key} is missing")))
        }
        "properties" => {
            let known = rule.as_object().unwrap();
            for (key, rule) in known {
                if let Some(value) = value.get(key) {
                    fits(root, rule, value, &format!("{at}.{key}"))?;
                }
            }
            // Our documents have nothing that their schema does not name.
            let unknown = value
                .as_object()
                .into_iter()
                .flat_map(|object| object.keys())
                .find(|key| {
                    !known.contains_key(*key) && !rules.contains_key("additionalProperties")
                });
            unknown.map_or(Ok(()), |key| {
                Err(format!("{at}.{key} is not in the schema"))
            })
        }
        "additionalProperties" => {
            let object = value.as_object().filter(|_| rule == &Value::Bool(false));
            let known = rules.get("properties").and_then(Value::as_object);
            let is_known = |key: &&String| known.is_some_and(|known| known.contains_key(*key));
            let unknown = object.and_then(|object| object.keys().find(|key| !is_known(key)));
            unknown.map_or(Ok(()), |key| {
                Err(format!("{at}.{key} is not in the schema"))
            })
        }
        "items" => value.as_array().map_or(Ok(()), |all| {
            let mut all = all.iter().enumerate();
            all.try_for_each(|(i, item)| fits(root, rule, item, &format!("{at}[{i}]")))
        }),
        other => panic!("{at}: keyword {other} is not known to this check"),
    }
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("type {other}"),
    }
}

#[test]
fn the_check_finds_what_does_not_fit() {
    let schema = serde_json::json!({
        "type": "object",
        "properties": { "a": { "type": ["integer", "null"] }, "b": { "enum": ["x"] } },
        "required": ["a"],
    });
    check(&schema, &serde_json::json!({ "a": null, "b": "x" }));
    for wrong in [
        serde_json::json!({ "b": "x" }),
        serde_json::json!({ "a": 1.5 }),
        serde_json::json!({ "a": 1, "b": "y" }),
        serde_json::json!({ "a": 1, "c": 1 }),
    ] {
        assert!(fits(&schema, &schema, &wrong, "$").is_err(), "{wrong}");
    }
}
