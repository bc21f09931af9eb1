//! The alerts of an environment's metrics server, as `status` prints them: evidence beside the verdicts, not one of them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::words;
use crate::domain::alert::{self, AlertState};
use crate::domain::environment::Environment;
use crate::domain::untrusted::Untrusted;
use crate::engine::evidence::ServiceEvidence;

/// What is known of the alerts of one environment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Alerts {
    /// Where.
    #[schemars(schema_with = "words::environment")]
    pub(in crate::cli) environment: Environment,
    /// Whether its metrics server tells.
    pub(in crate::cli) state: Told,
    /// When it was asked last; null when it never answered.
    pub(in crate::cli) seen_at: Option<Timestamp>,
    /// How many alerting rules name the service; null where that is not told.
    pub(in crate::cli) rules: Option<u32>,
    /// The names of those that could not be evaluated, so that they can't fire.
    pub(in crate::cli) broken_rules: Vec<String>,
    /// The active alerts that name the service, those that fire first.
    pub(in crate::cli) active: Vec<Active>,
}

/// Whether a metrics server tells of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Told {
    /// It does.
    Served,
    /// It has no such question.
    NotServed,
    /// It has not answered.
    Unknown,
}

/// One alert.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Active {
    /// Its rule's name.
    pub(in crate::cli) name: String,
    /// Whether it fires.
    #[schemars(schema_with = "words::alert_state")]
    pub(in crate::cli) state: AlertState,
    /// Since when its condition holds.
    pub(in crate::cli) since: Timestamp,
    /// How severe its rule says it is.
    pub(in crate::cli) severity: Option<String>,
    /// What its rule says of it.
    pub(in crate::cli) summary: Option<String>,
    /// The labels by which it names the service.
    pub(in crate::cli) by: Vec<String>,
}

impl Alerts {
    /// Those of each environment of a service.
    pub(in crate::cli) fn of(evidence: &ServiceEvidence) -> Vec<Self> {
        let environments = evidence.environments.iter();
        environments
            .map(|(environment, seen)| {
                let mut told = Self {
                    environment: *environment,
                    state: Told::Unknown,
                    seen_at: seen.alerts.as_ref().map(|alerts| alerts.at),
                    rules: None,
                    broken_rules: Vec::new(),
                    active: Vec::new(),
                };
                match seen.alerts.as_ref().map(|alerts| &alerts.value) {
                    None => {}
                    Some(alert::Alerts::NotServed { .. }) => told.state = Told::NotServed,
                    Some(alert::Alerts::Served {
                        named,
                        rules,
                        broken,
                        ..
                    }) => {
                        told.state = Told::Served;
                        told.rules = *rules;
                        told.broken_rules = broken.iter().map(Untrusted::shown).collect();
                        told.active = named.iter().map(Active::of).collect();
                    }
                }
                told
            })
            .collect()
    }
}

impl Active {
    fn of(alert: &alert::Alert) -> Self {
        let shown = |text: &Option<Untrusted>| text.as_ref().map(Untrusted::shown);
        Self {
            name: alert.name.shown(),
            state: alert.state,
            since: alert.since,
            severity: shown(&alert.severity),
            summary: shown(&alert.summary),
            by: alert.by.iter().map(Untrusted::shown).collect(),
        }
    }
}
