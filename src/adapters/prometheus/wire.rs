//! The JSON of the query API, read whole: the library drops `warnings`, and those tell a partial answer from a full one.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::source::{Trouble, TroubleKind};

use crate::adapters::transport::trouble::{self, trouble};

/// An answer that succeeded.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Answer {
    /// The series, of a vector one sample each.
    pub(super) series: Vec<Series>,
    /// What the server says is missing in them; empty for a whole answer.
    pub(super) warnings: Vec<String>,
}

impl Answer {
    /// What the server says is missing in it; none of a whole answer.
    pub(super) fn partial(&self) -> Option<Trouble> {
        let first = self.warnings.first()?;
        Some(trouble(TroubleKind::Partial, first.clone()))
    }

    /// The answer, if it is whole: what is not in a part of one may be there all the same.
    pub(super) fn whole(self) -> Result<Self, Trouble> {
        match self.partial() {
            Some(why) => Err(why),
            None => Ok(self),
        }
    }
}

/// One series of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Series {
    /// Its labels.
    pub(super) labels: BTreeMap<String, String>,
    /// Its samples: seconds since the epoch and value.
    pub(super) samples: Vec<(f64, f64)>,
    /// Its samples that are native histograms.
    pub(super) histograms: Vec<NativeSample>,
}

/// A native histogram, of which only what is looked at is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NativeSample {
    /// Seconds since the epoch.
    pub(super) at: f64,
    /// The lower and upper bounds of the buckets in which something was observed.
    pub(super) buckets: Vec<(f64, f64)>,
}

impl Series {
    /// A label's value; empty where it is absent, as in `PromQL`.
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// When its samples are of, of whichever kind.
    pub(super) fn times(&self) -> Vec<f64> {
        let numbers = self.samples.iter().map(|(at, _)| *at);
        numbers
            .chain(self.histograms.iter().map(|h| h.at))
            .collect()
    }
}

/// How remarks on the query begin that some versions put among the warnings; nothing is missing because of them.
const REMARK: &str = "PromQL info:";

#[derive(Deserialize)]
struct Envelope {
    status: String,
    #[serde(default)]
    data: Option<Data>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    /// A cluster of `VictoriaMetrics` says it of an answer without some of its storage nodes
    /// (docs.victoriametrics.com/victoriametrics/cluster-victoriametrics, "Cluster availability").
    #[serde(default, rename = "isPartial")]
    is_partial: bool,
}

/// What is told of an answer that is partial and says no more.
const PARTIAL: &str =
    "the server says that its answer is partial: a part of its storage did not answer";

#[derive(Deserialize)]
struct Data {
    result: Vec<Raw>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    value: Option<(f64, String)>,
    #[serde(default)]
    values: Vec<(f64, String)>,
    #[serde(default)]
    histogram: Option<(f64, RawHistogram)>,
    #[serde(default)]
    histograms: Vec<(f64, RawHistogram)>,
}

/// prometheus.io/docs/prometheus/latest/querying/api, "Native histograms".
#[derive(Deserialize)]
struct RawHistogram {
    /// How its bounds are meant, then the lower and the upper one, then how much is between them.
    #[serde(default)]
    buckets: Vec<(u8, String, String, String)>,
}

/// Reads an answer of the query API, success or not.
pub(super) fn answer(status: u16, body: &[u8]) -> Result<Answer, Trouble> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| {
        if (200..300).contains(&status) {
            trouble(
                TroubleKind::Malformed,
                format!("not a query answer: {error}"),
            )
        } else {
            of_status(status, &String::from_utf8_lossy(body))
        }
    })?;
    if envelope.status != "success" {
        return Err(of_status(status, &envelope.error.unwrap_or_default()));
    }
    let data = envelope
        .data
        .ok_or_else(|| trouble(TroubleKind::Malformed, "a query answer without data"))?;
    let series = data
        .result
        .into_iter()
        .map(series)
        .collect::<Result<_, _>>()?;
    let warnings = envelope.warnings.unwrap_or_default().into_iter();
    let warnings = warnings.filter(|warning| !warning.starts_with(REMARK));
    let partial = envelope.is_partial.then(|| PARTIAL.to_owned());
    Ok(Answer {
        series,
        warnings: warnings.chain(partial).collect(),
    })
}

/// What the API's refusals mean: a query that is too heavy is told with 422, one that took too long with 503.
fn of_status(status: u16, message: &str) -> Trouble {
    let message: String = message.trim().chars().take(300).collect();
    match status {
        503 if message.contains("timed out") => trouble(TroubleKind::TimedOut, message),
        other => trouble::of_status(other, message),
    }
}

fn series(raw: Raw) -> Result<Series, Trouble> {
    let samples = raw
        .values
        .into_iter()
        .chain(raw.value)
        .map(|(at, value)| match value.parse::<f64>() {
            Ok(value) => Ok((at, value)),
            Err(_) => Err(trouble(
                TroubleKind::Malformed,
                format!("a sample of {value:?}"),
            )),
        })
        .collect::<Result<_, _>>()?;
    let histograms = raw.histograms.into_iter().chain(raw.histogram);
    Ok(Series {
        labels: raw.metric,
        samples,
        histograms: histograms.map(native).collect(),
    })
}

fn native((at, raw): (f64, RawHistogram)) -> NativeSample {
    let buckets = raw.buckets.into_iter();
    NativeSample {
        at,
        buckets: buckets
            .filter_map(|(_, lower, upper, _)| Some((lower.parse().ok()?, upper.parse().ok()?)))
            .collect(),
    }
}
