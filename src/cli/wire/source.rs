//! A source and how it is doing, as `status` prints it.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::case::name;
use super::words;
use crate::cli::input::Problem;
use crate::domain::environment::{Environment, Place};
use crate::domain::fresh::Fresh;
use crate::domain::names::{ClusterName, ServiceName};
use crate::domain::source::{self, SourceId, SourceState, TroubleKind};
use crate::domain::untrusted::Untrusted;
use crate::view::words::source::{doing, source as named};
use crate::view::words::time::duration;

/// How a source is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Doing {
    /// The first answer has not come yet.
    Reading,
    /// It answers.
    Live,
    /// It does not.
    Failing,
}

/// A kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Kind {
    /// A cluster's API server.
    Kubernetes,
    /// A cluster's Helm records.
    Helm,
    /// The definitions of an environment's flags.
    Flags,
    /// What an environment's flagd evaluates.
    Flagd,
    /// An environment's metrics server.
    Prometheus,
}

/// A source that a service rests on: what `status` prints and what `decide` reads.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Source {
    /// Which kind.
    pub(in crate::cli) kind: Kind,
    /// The cluster, as configured; null for a source of one environment.
    #[serde(default)]
    pub(in crate::cli) cluster: Option<String>,
    /// The environment; null for a source of a whole cluster.
    #[serde(default)]
    #[schemars(schema_with = "words::environment_or_null")]
    pub(in crate::cli) environment: Option<Environment>,
    /// How it is doing.
    pub(in crate::cli) state: Doing,
    /// Seconds since its last answer; null if there was none.
    #[serde(default)]
    pub(in crate::cli) age_seconds: Option<u64>,
    /// What is wrong with it; null while it answers with all that it is asked for.
    #[serde(default)]
    pub(in crate::cli) trouble: Option<Trouble>,
    /// All of that as a sentence; not read by `decide`.
    #[serde(default)]
    pub(in crate::cli) text: String,
}

/// What is wrong with a source.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Trouble {
    /// The kind, by what can be done about it.
    #[schemars(schema_with = "words::trouble")]
    pub(in crate::cli) kind: TroubleKind,
    /// What was said, by the server or by the system.
    #[serde(default)]
    pub(in crate::cli) message: String,
}

impl Source {
    pub(in crate::cli) fn of(id: &SourceId, state: &SourceState, now: Timestamp) -> Self {
        let (is, last, wrong) = match state {
            SourceState::Reading { .. } => (Doing::Reading, None, None),
            SourceState::Live { at, lacks } => (Doing::Live, Some(*at), lacks.first()),
            SourceState::Failing {
                trouble, last_good, ..
            } => (Doing::Failing, *last_good, Some(trouble)),
        };
        let (kind, cluster, environment) = match id {
            SourceId::Kubernetes(cluster) => (Kind::Kubernetes, Some(cluster), None),
            SourceId::Helm(cluster) => (Kind::Helm, Some(cluster), None),
            SourceId::Flags(place) => (Kind::Flags, None, Some(place.environment)),
            SourceId::Flagd(place) => (Kind::Flagd, None, Some(place.environment)),
            SourceId::Prometheus(place) => (Kind::Prometheus, None, Some(place.environment)),
        };
        let age = last.map(|at| Fresh::new((), at).age(now).as_secs());
        let text = match (doing(id, state, now), wrong) {
            (Some(told), Some(wrong)) if is == Doing::Failing => {
                format!("{told}: {}", wrong.message.shown())
            }
            (Some(told), _) => told,
            (None, _) => format!(
                "{} answers, {} old",
                named(id),
                duration(age.unwrap_or_default())
            ),
        };
        Self {
            kind,
            cluster: cluster.map(|name| name.as_str().to_owned()),
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

impl Source {
    /// The source that is meant.
    pub(super) fn id(&self, at: &str, service: &ServiceName) -> Result<SourceId, Problem> {
        let cluster = || match &self.cluster {
            Some(cluster) => name(format!("{at}.cluster"), ClusterName::parse(cluster)),
            None => {
                let what = "it belongs to a cluster, which is not named";
                Err(Problem::new(at, what, "write \"cluster\": \"canary\""))
            }
        };
        let place = || match self.environment {
            Some(environment) => Ok(Place::new(service.clone(), environment)),
            None => {
                let what = "it belongs to an environment, which is not named";
                Err(Problem::new(at, what, "write \"environment\": \"canary\""))
            }
        };
        Ok(match self.kind {
            Kind::Kubernetes => SourceId::Kubernetes(cluster()?),
            Kind::Helm => SourceId::Helm(cluster()?),
            Kind::Flags => SourceId::Flags(place()?),
            Kind::Flagd => SourceId::Flagd(place()?),
            Kind::Prometheus => SourceId::Prometheus(place()?),
        })
    }

    /// How it is doing, at that moment.
    pub(super) fn meant(&self, now: Timestamp) -> SourceState {
        let last = self.age_seconds.map(|age| {
            let age = SignedDuration::from_secs(i64::try_from(age).unwrap_or(i64::MAX));
            now.saturating_sub(age).unwrap_or(Timestamp::MIN)
        });
        match self.state {
            Doing::Reading => SourceState::Reading { since: now },
            Doing::Live => SourceState::live(last.unwrap_or(now)),
            Doing::Failing => SourceState::Failing {
                trouble: self.trouble.as_ref().map_or_else(
                    || source::Trouble {
                        kind: TroubleKind::Unreachable,
                        message: Untrusted::default(),
                    },
                    |trouble| source::Trouble {
                        kind: trouble.kind,
                        message: Untrusted::new(trouble.message.clone()),
                    },
                ),
                since: last.unwrap_or(now),
                last_good: last,
                next_try: now,
            },
        }
    }
}
