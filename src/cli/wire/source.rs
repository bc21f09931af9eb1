//! A source and how it is doing, as `status` prints it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::words;
use crate::domain::environment::Environment;
use crate::domain::fresh::Fresh;
use crate::domain::source::{SourceId, SourceState, TroubleKind};
use crate::view::words::source::{doing, source};
use crate::view::words::time::duration;

/// How a source is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Doing {
    /// The first answer has not come yet.
    Reading,
    /// It answers.
    Live,
    /// It does not.
    Failing,
}

/// A source that a service rests on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Source {
    /// `kubernetes`, `helm`, `flags`, `flagd` or `prometheus`.
    pub(in crate::cli) source: &'static str,
    /// The cluster, as configured; null for a source of one environment.
    pub(in crate::cli) cluster: Option<String>,
    /// The environment; null for a source of a whole cluster.
    #[schemars(schema_with = "words::environment_or_null")]
    pub(in crate::cli) environment: Option<Environment>,
    /// How it is doing.
    pub(in crate::cli) state: Doing,
    /// Seconds since its last answer; null if there was none.
    pub(in crate::cli) age_seconds: Option<u64>,
    /// What is wrong with it; null while it answers.
    pub(in crate::cli) trouble: Option<Trouble>,
    /// All of that as a sentence.
    pub(in crate::cli) text: String,
}

/// What is wrong with a source.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Trouble {
    /// The kind, by what can be done about it.
    #[schemars(schema_with = "words::trouble")]
    pub(in crate::cli) kind: TroubleKind,
    /// What was said, by the server or by the system.
    pub(in crate::cli) message: String,
}

impl Source {
    pub(in crate::cli) fn of(id: &SourceId, state: &SourceState, now: Timestamp) -> Self {
        let (is, last, wrong) = match state {
            SourceState::Reading { .. } => (Doing::Reading, None, None),
            SourceState::Live { at } => (Doing::Live, Some(*at), None),
            SourceState::Failing {
                trouble, last_good, ..
            } => (Doing::Failing, *last_good, Some(trouble)),
        };
        let (cluster, environment) = match id {
            SourceId::Kubernetes(cluster) | SourceId::Helm(cluster) => {
                (Some(cluster.as_str().to_owned()), None)
            }
            SourceId::Flags(place) | SourceId::Flagd(place) | SourceId::Prometheus(place) => {
                (None, Some(place.environment))
            }
        };
        let age = last.map(|at| Fresh::new((), at).age(now).as_secs());
        let message = wrong.map_or_else(String::new, |w| format!(": {}", w.message.shown()));
        let text = match doing(id, state, now) {
            Some(told) => format!("{told}{message}"),
            None => format!(
                "{} answers, {} old",
                source(id),
                duration(age.unwrap_or_default())
            ),
        };
        Self {
            source: id.kind(),
            cluster,
            environment,
            state: is,
            age_seconds: age.and_then(|age| u64::try_from(age).ok()),
            trouble: wrong.map(|wrong| Trouble {
                kind: wrong.kind,
                message: wrong.message.shown(),
            }),
            text,
        }
    }
}
