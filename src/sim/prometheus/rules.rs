//! Alerts and rules as Prometheus' API tells them (its `docs/querying/api.md`, "Rules" and "Alerts", and
//! `web/api/v1/api.go`).

use serde_json::{Map, Value, json};

use super::form::{Form, invalid};
use super::promql::Failure;
use super::scrape::INTERVAL;
use crate::sim::world::{AlertState, Alerting, Cluster, timestamp};

/// What is active.
pub(crate) fn alerts(cluster: &Cluster) -> Value {
    let active: Vec<Value> = cluster.alerting().iter().filter_map(alert).collect();
    json!({"alerts": active})
}

/// All rules, or those of one type.
pub(crate) fn rules(cluster: &Cluster, form: &Form) -> Result<Value, Failure> {
    let wanted = match form.get("type").unwrap_or_default() {
        "" | "alert" => true,
        "record" => false,
        other => return Err(invalid("type", &format!("not supported value \"{other}\""))),
    };
    let with_alerts = form.get("exclude_alerts") != Some("true");
    let all = cluster.alerting();
    if !wanted || all.is_empty() {
        return Ok(json!({"groups": []}));
    }
    let seconds = INTERVAL / 1000;
    Ok(json!({"groups": [{
        "name": "shop",
        "file": "/etc/prometheus/rules/shop.yaml",
        "interval": seconds,
        "limit": 0,
        "evaluationTime": 0.0004,
        "lastEvaluation": evaluated(all.first()),
        "rules": all.iter().map(|rule| self::rule(rule, with_alerts)).collect::<Vec<Value>>(),
    }]}))
}

fn rule(alerting: &Alerting, with_alerts: bool) -> Value {
    let alerts: Vec<Value> = alert(alerting)
        .filter(|_| with_alerts)
        .into_iter()
        .collect();
    json!({
        "type": "alerting",
        "name": alerting.rule.name,
        "query": alerting.query,
        "duration": alerting.rule.for_seconds,
        "keepFiringFor": 0,
        "labels": labels(alerting.rule_labels()),
        "annotations": {"summary": alerting.rule.summary},
        "state": alerting.state().name(),
        "alerts": alerts,
        "health": if alerting.evaluated.is_some() { "ok" } else { "unknown" },
        "evaluationTime": 0.0004,
        "lastEvaluation": evaluated(Some(alerting)),
    })
}

fn alert(alerting: &Alerting) -> Option<Value> {
    let state = alerting.state();
    let since = alerting
        .active_at
        .filter(|_| state != AlertState::Inactive)?;
    Some(json!({
        "labels": labels(alerting.labels()),
        "annotations": {"summary": alerting.rule.summary},
        "state": state.name(),
        "activeAt": timestamp(since).to_string(),
        "value": exponent(alerting.value),
    }))
}

/// Go's zero time where nothing was evaluated yet.
fn evaluated(alerting: Option<&Alerting>) -> String {
    alerting
        .and_then(|alerting| alerting.evaluated)
        .map_or_else(
            || "0001-01-01T00:00:00Z".to_owned(),
            |at| timestamp(at).to_string(),
        )
}

fn labels(labels: Vec<(&'static str, String)>) -> Value {
    let pairs = labels.into_iter();
    Value::Object(
        pairs
            .map(|(k, v)| (k.to_owned(), json!(v)))
            .collect::<Map<_, _>>(),
    )
}

/// A number as Go's `strconv.FormatFloat(value, 'e', -1, 64)` writes it: at least two digits of exponent, with its sign.
pub(super) fn exponent(value: f64) -> String {
    let text = format!("{value:e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = match power.strip_prefix('-') {
        Some(power) => ('-', power),
        None => ('+', power),
    };
    format!("{digits}e{sign}{power:0>2}")
}
