//! The alerts and rules of the server (prometheus/prometheus docs/querying/api.md, "Alerts" and "Rules"), and which of them
//! name the service.
//!
//! An alert has the labels of the series that its rule came to, and those that the rule adds; nothing says which of them
//! is the service's. So it counts that no label that the service is selected by says something else, and that one says it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::adapters::transport::trouble::trouble;
use crate::domain::alert::{Alert, AlertState, Alerts, MOST_ALERTS};
use crate::domain::source::{Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;

use super::Settings;
use super::selector::Matchers;
use super::settings::Pods;

/// What a server that does not serve this answers: no such path, no such method, nothing behind it, or that it will not.
const NOT_SERVED: [u16; 4] = [400, 404, 405, 501];

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

/// All active alerts.
#[derive(Debug, Deserialize)]
pub(super) struct Active {
    alerts: Vec<WireAlert>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAlert {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    state: String,
    active_at: Option<Timestamp>,
}

/// All alerting rules.
#[derive(Debug, Deserialize)]
pub(super) struct Groups {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    #[serde(default)]
    rules: Vec<WireRule>,
}

#[derive(Debug, Deserialize)]
struct WireRule {
    #[serde(default)]
    name: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    health: String,
}

/// What a server answers that is not in trouble.
#[derive(Debug)]
pub(super) enum Answered<T> {
    /// It tells.
    Told(T),
    /// It has no such question, and said this.
    NotServed(Untrusted),
}

impl<T> Answered<T> {
    pub(super) const fn is_not_served(&self) -> bool {
        matches!(self, Self::NotServed(_))
    }
}

/// Of the rules, those that name the service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rules {
    count: u32,
    broken: Vec<Untrusted>,
}

/// The alerts that name the service.
pub(super) fn alerts(
    settings: &Settings,
    answered: &Answered<Active>,
    rules: Option<&Rules>,
) -> Alerts {
    let active = match answered {
        Answered::Told(active) => active,
        Answered::NotServed(said) => return Alerts::NotServed { said: said.clone() },
    };
    let of_service = |wire: &WireAlert| {
        let by = named_by(settings, &wire.labels);
        let state = match wire.state.as_str() {
            "firing" => AlertState::Firing,
            "pending" => AlertState::Pending,
            _ => return None,
        };
        let of = |from: &BTreeMap<String, String>, key: &str| {
            from.get(key).map(|text| Untrusted::from(text.as_str()))
        };
        let texts = ["summary", "description", "message"];
        (!by.is_empty()).then_some(Alert {
            name: of(&wire.labels, "alertname").unwrap_or_default(),
            state,
            since: wire.active_at?,
            severity: of(&wire.labels, "severity"),
            summary: texts.iter().find_map(|key| of(&wire.annotations, key)),
            by,
        })
    };
    let mut named: Vec<Alert> = active.alerts.iter().filter_map(of_service).collect();
    named.sort_by(|a, b| {
        (a.state, a.since, &a.name, &a.by).cmp(&(b.state, b.since, &b.name, &b.by))
    });
    let all = u32::try_from(named.len()).unwrap_or(u32::MAX);
    named.truncate(MOST_ALERTS);
    Alerts::Served {
        named,
        all,
        rules: rules.map(|rules| rules.count),
        broken: rules.map(|rules| rules.broken.clone()).unwrap_or_default(),
    }
}

/// The rules that name the service; none where the server does not serve them.
pub(super) fn rules(settings: &Settings, answered: &Answered<Groups>) -> Option<Rules> {
    let Answered::Told(groups) = answered else {
        return None;
    };
    let named = groups.groups.iter().flat_map(|group| &group.rules);
    let named = named.filter(|rule| {
        !named_by(settings, &rule.labels).is_empty() || asks_for(settings, &rule.query)
    });
    let mut rules = Rules::default();
    for rule in named {
        rules.count += 1;
        if rule.health == "err" {
            rules.broken.push(Untrusted::from(rule.name.as_str()));
        }
    }
    rules.broken.truncate(MOST_ALERTS);
    Some(rules)
}

/// What an answer of that status says.
pub(super) fn read<T: for<'de> Deserialize<'de>>(
    status: u16,
    body: &[u8],
) -> Result<Answered<T>, Trouble> {
    if NOT_SERVED.contains(&status) {
        let said = String::from_utf8_lossy(body);
        let said: String = said.trim().chars().take(120).collect();
        let said = format!("{status} {said}");
        return Ok(Answered::NotServed(Untrusted::new(said.trim_end())));
    }
    if !(200..300).contains(&status) {
        let said: String = String::from_utf8_lossy(body)
            .trim()
            .chars()
            .take(300)
            .collect();
        return Err(crate::adapters::transport::trouble::of_status(status, said));
    }
    let whole: Envelope<T> = serde_json::from_slice(body)
        .map_err(|error| trouble(TroubleKind::Malformed, format!("not of alerts: {error}")))?;
    Ok(Answered::Told(whole.data))
}

/// The labels by which alerts or rules name the service; none where they name another, or nothing.
fn named_by(settings: &Settings, labels: &BTreeMap<String, String>) -> Vec<Untrusted> {
    let namespace = settings.namespace.as_str();
    let pinned = settings.matchers.iter().chain(&settings.pod_matchers);
    let pinned = pinned.map(|(label, value)| (label.as_str(), value.as_str()));
    let is_other = pinned
        .chain([("namespace", namespace)])
        .any(|(label, value)| labels.get(label).is_some_and(|told| told != value));
    if is_other {
        return Vec::new();
    }
    let told = settings.matchers.iter();
    let mut by: Vec<Untrusted> = told
        .filter(|(label, value)| labels.get(*label) == Some(value))
        .map(|(label, value)| Untrusted::new(format!("{label}={value}")))
        .collect();
    // What Kubernetes' own rules know: objects of the namespace by their names.
    let in_namespace = labels.contains_key("namespace");
    let Pods::Of(workload) = &settings.pods else {
        return by;
    };
    for (label, value) in labels.iter().filter(|_| in_namespace) {
        let is_ours = match label.as_str() {
            "deployment" | "statefulset" => value == workload,
            "pod" => is_pod_of(workload, value),
            _ => false,
        };
        if is_ours {
            by.push(Untrusted::new(format!("{label}={value}")));
        }
    }
    by
}

/// Whether a Deployment or `StatefulSet` of that name makes pods of such names: the rule of [`Settings::pod_series`].
fn is_pod_of(workload: &str, pod: &str) -> bool {
    let Some(tail) = pod
        .strip_prefix(workload)
        .and_then(|rest| rest.strip_prefix('-'))
    else {
        return false;
    };
    let plain = |text: &str| {
        let mut bytes = text.bytes();
        !text.is_empty() && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    match tail.split_once('-') {
        Some((hash, suffix)) => plain(hash) && plain(suffix) && suffix.len() == 5,
        None => !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Whether a rule's query selects by each of the service's labels, as the deck would write it.
fn asks_for(settings: &Settings, query: &str) -> bool {
    let of = |(label, value): (&String, &String)| {
        let one = Matchers::default().and(label, "=", value);
        query.contains(one.inside())
    };
    !settings.matchers.is_empty() && settings.matchers.iter().all(of)
}
