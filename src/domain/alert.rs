//! The alerts of a metrics server that name a service. They are evidence that is told, never a verdict: whoever wrote the
//! rule chose another limit, another window and no comparison with the other side.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::untrusted::Untrusted;

/// What a metrics server says of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alerts {
    /// It has no such question: an agent, or a store beside which something else keeps the rules.
    NotServed {
        /// What it answered.
        said: Untrusted,
    },
    /// It answers.
    Served {
        /// The alerts that name the service, those that fire first, then the older; at most [`MOST_ALERTS`].
        named: Vec<Alert>,
        /// How many there are that name the service.
        all: u32,
        /// How many alerting rules name it; none where that is not told.
        rules: Option<u32>,
        /// Those of them that could not be evaluated, so that they can't fire.
        broken: Vec<Untrusted>,
    },
}

/// The most alerts that are told of an environment.
pub const MOST_ALERTS: usize = 10;

impl Alerts {
    /// The alerts that name the service.
    pub fn named(&self) -> &[Alert] {
        match self {
            Self::NotServed { .. } => &[],
            Self::Served { named, .. } => named,
        }
    }

    /// Those of them that fire.
    pub fn firing(&self) -> impl Iterator<Item = &Alert> {
        let named = self.named().iter();
        named.filter(|alert| alert.state == AlertState::Firing)
    }
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its rule's name.
    pub name: Untrusted,
    /// Whether it fires.
    pub state: AlertState,
    /// Since when its condition holds, which is before it fires.
    pub since: Timestamp,
    /// How severe its rule says it is.
    pub severity: Option<Untrusted>,
    /// What its rule says of it.
    pub summary: Option<Untrusted>,
    /// The labels by which it names the service, as `label=value`.
    pub by: Vec<Untrusted>,
}

/// Whether an alert fires. The order is that in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Its condition has held for as long as its rule wants.
    Firing,
    /// Its condition holds, not yet for that long.
    Pending,
}

impl AlertState {
    /// As Prometheus writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Pending => "pending",
        }
    }
}
