//! A gauge that is no machine's, from its row to a query: whose series, whether they are there, and what is made of them.

use std::collections::BTreeMap;

use crate::domain::exporter::Exporter;
use crate::domain::gauge::Gauge;

use super::Settings;
use super::promql::counted;
use super::selector::{Matchers, Span};
use super::settings::{Signal, is_metric_name};
use super::vocabulary::{Pairing, ROWS, Row, Shape, SignalError, Wants, Whose, made_of, named};

/// A row, for one environment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// What it tells.
    pub(super) gauge: Gauge,
    /// Who tells it.
    pub(super) exporter: Exporter,
    /// The metrics' names and selectors.
    pub(super) terms: Vec<(String, String)>,
    /// Whose scrapes they come with.
    pub(super) cadence: Cadence,
    shape: Shape,
}

/// With whose scrapes samples come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cadence {
    /// The service's.
    Service,
    /// The kubelet's.
    Kubelet,
    /// Its own.
    Own,
}

/// A gauge that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    /// Which.
    pub(super) gauge: Gauge,
    /// Who tells it.
    pub(super) exporter: Exporter,
    /// One value, without labels.
    pub(super) expression: String,
}

impl Signal {
    /// Whether a signal can be told so.
    pub fn check(&self, gauge: Gauge) -> Result<(), SignalError> {
        let (_, wants) = named(gauge).ok_or(SignalError::Fixed(gauge))?;
        if self.metrics.is_empty() {
            return match &self.matchers {
                Some(_) => Ok(()),
                None => Err(SignalError::Empty),
            };
        }
        if wants == Wants::Two && self.metrics.len() != 2 {
            let wants = made_of(gauge);
            return Err(SignalError::Number { gauge, wants });
        }
        match self.metrics.iter().find(|name| !is_metric_name(name)) {
            Some(wrong) => Err(SignalError::Metric(wrong.clone())),
            None => Ok(()),
        }
    }
}

/// Every row that an environment may have, those of a gauge in the order in which they are looked for. What can't be told
/// from the other side's is not among them.
pub(super) fn candidates(settings: &Settings) -> Vec<Candidate> {
    let mut out = Vec::new();
    let told = |gauge: &Gauge| !settings.untold.contains(gauge);
    for gauge in Gauge::NAMED.into_iter().filter(told) {
        let said = settings.signals.get(&gauge);
        match said.and_then(|signal| own(settings, gauge, signal)) {
            Some(own) => out.push(own),
            None => {
                let rows = ROWS.iter().filter(|row| row.gauge == gauge);
                let matchers = said.and_then(|signal| signal.matchers.as_ref());
                out.extend(rows.map(|row| usual(settings, row, matchers)));
            }
        }
    }
    out
}

/// The one whose metrics the configuration names.
fn own(settings: &Settings, gauge: Gauge, signal: &Signal) -> Option<Candidate> {
    if signal.metrics.is_empty() {
        return None;
    }
    let (shape, _) = named(gauge)?;
    let matchers = match &signal.matchers {
        Some(written) => Matchers::default().and_all(written),
        None => settings.series(),
    };
    let terms = signal.metrics.iter();
    Some(Candidate {
        gauge,
        exporter: Exporter::Configured,
        terms: terms.map(|m| (m.clone(), matchers.of(m))).collect(),
        cadence: Cadence::Own,
        shape,
    })
}

fn usual(settings: &Settings, row: &Row, matchers: Option<&BTreeMap<String, String>>) -> Candidate {
    let whose = match (matchers, row.whose) {
        (Some(written), _) => Matchers::default().and_all(written),
        (None, Whose::Service) => settings.series(),
        (None, Whose::Pods) => settings.pod_series(),
        (None, Whose::Containers) => settings.container_series(),
        (None, Whose::Named(label)) => settings.named_series(label),
    };
    let terms = row.terms.iter().map(|term| {
        let with = term.with.iter();
        let matchers = with.fold(whose.clone(), |all, (label, value)| {
            all.and(label, "=", value)
        });
        (term.metric.to_owned(), matchers.of(term.metric))
    });
    Candidate {
        gauge: row.gauge,
        exporter: row.exporter,
        terms: terms.collect(),
        cadence: match (matchers, row.whose) {
            (None, Whose::Service) => Cadence::Service,
            (None, Whose::Pods | Whose::Containers) => Cadence::Kubelet,
            (None, Whose::Named(_)) | (Some(_), _) => Cadence::Own,
        },
        shape: row.shape,
    }
}

impl Candidate {
    /// Its query. Counts are whole, as those of requests are; what nothing was counted of is no number, and so a hole.
    pub(super) fn reading(&self, span: Span) -> Reading {
        let selectors: Vec<&str> = self.terms.iter().map(|(_, s)| s.as_str()).collect();
        let sum = |selector: &str| format!("sum({})", counted(selector, span, None));
        let sums = || selectors.iter().map(|s| sum(s)).collect::<Vec<_>>();
        let now = || selectors.iter().map(|s| span.now(s)).collect::<Vec<_>>();
        let expression = match self.shape {
            Shape::Mean { per_unit } => {
                let mean = sums().join(" / ");
                if per_unit > 1.0 {
                    format!("{mean} / {per_unit}")
                } else {
                    mean
                }
            }
            Shape::Part => {
                let first = selectors.first().map(|s| sum(s)).unwrap_or_default();
                format!("{first} / ({})", sums().join(" + "))
            }
            Shape::Fullest(pairing) => match now().as_slice() {
                [used, most] => format!("max({})", paired(used, most, pairing)),
                other => format!("max({})", other.join(" / ")),
            },
            // Below zero is "not known" (kafka_exporter's -1 for a partition without an offset).
            Shape::Total => {
                let totals = now().into_iter().map(|now| format!("sum({now} >= 0)"));
                totals.collect::<Vec<_>>().join(" + ")
            }
            Shape::Most => format!("max({})", now().concat()),
            Shape::PerSecond => format!("({}) / {}", sums().join(" + "), span.interval),
        };
        Reading {
            gauge: self.gauge,
            exporter: self.exporter,
            expression: format!("({expression})"),
        }
    }
}

fn paired(used: &str, most: &str, pairing: Pairing) -> String {
    match pairing {
        Pairing::Same => format!("{used} / {most}"),
        Pairing::But(label) => format!("{used} / ignoring ({label}) {most}"),
        Pairing::Many { on, called } => {
            let by = on.join(", ");
            let last = on.last().copied().unwrap_or_default();
            format!(
                "{used} / on ({by}) group_left () max by ({by}) (label_replace({most}, \"{last}\", \"$1\", \"{called}\", \"(.+)\"))"
            )
        }
    }
}
