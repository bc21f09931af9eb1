//! An alerting rule of a cluster's Prometheus: what holds since when.
//!
//! It is evaluated on the model's own counts, so that no evaluation of `PromQL` is paid for in each interval of the past.

use crate::sim::prometheus::{Labels, Millis, Slots, Tsdb};
use crate::sim::scenario::{Alert, Pack, Service};

use super::app::App;
use super::flags::NAMESPACE;
use super::traffic::TICK;

/// Whether a rule's alert is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlertState {
    Inactive,
    Pending,
    Firing,
}

impl AlertState {
    /// As Prometheus writes it (`rules/alerting.go`).
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

/// A rule with what it came to.
#[derive(Debug)]
pub(crate) struct Alerting {
    pub(crate) rule: Alert,
    pub(crate) service: String,
    pub(crate) query: String,
    /// Since when it holds.
    pub(crate) active_at: Option<Millis>,
    /// The share of failed requests at the last evaluation.
    pub(crate) value: f64,
    pub(crate) evaluated: Option<Millis>,
    slots: Slots,
}

impl Alerting {
    /// A service's rule, if its team has one.
    pub(crate) fn of(service: &Service) -> Option<Self> {
        let rule = service.alert.clone()?;
        Some(Self {
            query: query(service, &rule),
            rule,
            service: service.name.clone(),
            active_at: None,
            value: 0.0,
            evaluated: None,
            slots: Slots::default(),
        })
    }

    /// One evaluation, with its `ALERTS` series.
    pub(crate) fn evaluate(&mut self, apps: &[App], tsdb: &mut Tsdb, at: Millis) {
        let Some(app) = apps.iter().find(|app| app.service.name == self.service) else {
            return;
        };
        let ticks = Millis::from(self.rule.window_seconds) * 1000 / TICK;
        let (requests, failed) = app.last(usize::try_from(ticks).unwrap_or(0));
        #[expect(clippy::cast_precision_loss, reason = "requests of some minutes")]
        let share = failed as f64 / requests.max(1) as f64;
        self.value = share;
        self.evaluated = Some(at);
        self.active_at = (share > self.rule.above).then(|| self.active_at.unwrap_or(at));
        let states = [AlertState::Pending, AlertState::Firing];
        let present = self.state();
        let values = states.map(|state| (state == present).then_some(1.0));
        let labels = self.labels();
        self.slots.record(tsdb, at, 0, &values, || {
            let series = |state: AlertState| {
                let own = [("__name__", "ALERTS"), ("alertstate", state.name())];
                let rest = labels.iter().map(|(name, value)| (*name, value.as_str()));
                let all: Vec<(&str, &str)> = own.into_iter().chain(rest).collect();
                Labels::of(&all)
            };
            states.map(series).to_vec()
        });
    }

    /// What it is at the last evaluation.
    pub(crate) fn state(&self) -> AlertState {
        let holds = Millis::from(self.rule.for_seconds) * 1000;
        match (self.active_at, self.evaluated) {
            (Some(since), Some(at)) if at - since >= holds => AlertState::Firing,
            (Some(_), _) => AlertState::Pending,
            (None, _) => AlertState::Inactive,
        }
    }

    /// The labels of its alert.
    pub(crate) fn labels(&self) -> Vec<(&'static str, String)> {
        let mut out = self.rule_labels();
        out.push(("alertname", self.rule.name.clone()));
        out
    }

    /// The labels that the rule gives.
    pub(crate) fn rule_labels(&self) -> Vec<(&'static str, String)> {
        vec![
            ("namespace", NAMESPACE.to_owned()),
            ("service", self.service.clone()),
            ("severity", self.rule.severity.clone()),
        ]
    }
}

/// The rule as its file has it.
fn query(service: &Service, rule: &Alert) -> String {
    let (metric, label) = match service.pack {
        Pack::OtelHttp => (
            "http_server_request_duration_seconds_count",
            "http_response_status_code",
        ),
        Pack::Plain => ("http_requests_total", "code"),
    };
    let label = service.status_label.as_deref().unwrap_or(label);
    let (name, window) = (&service.name, rule.window_seconds);
    let rate = |more: &str| format!("sum(rate({metric}{{service=\"{name}\"{more}}}[{window}s]))");
    let failed = rate(&format!(",{label}=~\"5..\""));
    format!("{failed} / {} > {}", rate(""), rule.above)
}
