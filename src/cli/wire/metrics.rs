//! What `metrics check` prints.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::adapters::prometheus::Fed;
use crate::domain::environment::Place;
use crate::domain::untrusted::Untrusted;
use crate::settings::EnvironmentSettings;

/// What feeds each signal.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Metrics {
    /// `flightdeck.dev/metrics/v1`.
    pub(in crate::cli) schema: &'static str,
    /// The moment.
    pub(in crate::cli) at: Timestamp,
    /// Each environment of each service.
    pub(in crate::cli) environments: Vec<Environment>,
}

/// One environment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Environment {
    /// The service.
    pub(in crate::cli) service: String,
    /// The environment.
    #[serde(rename = "environment")]
    pub(in crate::cli) name: String,
    /// The metrics server; null where none is configured.
    pub(in crate::cli) address: Option<String>,
    /// Why nothing could be asked; null where it could.
    pub(in crate::cli) trouble: Option<String>,
    /// The signals.
    pub(in crate::cli) signals: Vec<Signal>,
}

/// One signal.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Signal {
    /// Its name.
    #[serde(rename = "signal")]
    pub(in crate::cli) name: String,
    /// Whether judging needs it, or the configuration names it.
    pub(in crate::cli) needed: bool,
    /// Whether it is told.
    pub(in crate::cli) state: State,
    /// Which exporter tells it, where several are known.
    pub(in crate::cli) exporter: Option<String>,
    /// What feeds it.
    pub(in crate::cli) series: Vec<Series>,
    /// What is to be known of these: how exact they are.
    pub(in crate::cli) remark: Option<String>,
    /// What there is nothing of.
    pub(in crate::cli) missing: Vec<String>,
    /// What to do about that.
    pub(in crate::cli) remedy: Option<String>,
}

/// Whether a signal is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum State {
    /// By all that it is made of.
    Found,
    /// Not, or not by all.
    Missing,
}

/// Series that feed a signal.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Series {
    /// What selects them.
    pub(in crate::cli) selector: String,
    /// How many there are.
    pub(in crate::cli) count: u64,
}

impl Environment {
    /// One whose server was asked.
    pub(in crate::cli) fn told(
        place: &Place,
        settings: &EnvironmentSettings,
        signals: Vec<Signal>,
    ) -> Self {
        let metrics = settings.prometheus.as_ref();
        Self {
            address: metrics.map(|found| found.adapter.address.to_string()),
            signals,
            ..Self::without(place)
        }
    }

    /// One whose server can't be asked.
    pub(in crate::cli) fn failed(
        place: &Place,
        settings: &EnvironmentSettings,
        trouble: String,
    ) -> Self {
        Self {
            trouble: Some(trouble),
            ..Self::told(place, settings, Vec::new())
        }
    }

    /// One without a server.
    pub(in crate::cli) fn without(place: &Place) -> Self {
        Self {
            service: place.service.to_string(),
            name: place.environment.to_string(),
            address: None,
            trouble: None,
            signals: Vec::new(),
        }
    }
}

impl From<Fed> for Signal {
    fn from(fed: Fed) -> Self {
        // What a server says of a query may be among the words.
        let shown = |text: String| Untrusted::new(text).shown().clone();
        let state = if fed.missing.is_empty() {
            State::Found
        } else {
            State::Missing
        };
        let series = fed.series.into_iter().map(|by| Series {
            selector: shown(by.selector),
            count: by.count,
        });
        Self {
            name: fed.signal,
            needed: fed.is_needed,
            state,
            exporter: fed.exporter.map(str::to_owned),
            series: series.collect(),
            remark: fed.remark.map(shown),
            missing: fed.missing.into_iter().map(shown).collect(),
            remedy: fed.remedy.map(shown),
        }
    }
}
