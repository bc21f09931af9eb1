//! What a decision rests on, distilled: the same whether it comes from live evidence or from a file.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::advice::{Hurt, RungKind};
use crate::domain::access::Permission;
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::{Changed, FlagState};
use crate::domain::gauge::Gauge;
use crate::domain::metrics::Endpoint;
use crate::domain::names::{ClusterName, FlagKey, ServiceName};
use crate::domain::progress::Outcome;
use crate::domain::release::{ReleaseStatus, Revision};
use crate::domain::security::Incident;
use crate::domain::source::{SourceId, SourceState};
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::{Estimate, Metric, MetricVerdict, Verdict};
use crate::engine::assess::{
    After, Compared, EndpointRow, Limit, Promoted, RedLine, Silent, Value, sources,
};
use crate::engine::policy::Policy;

/// All that a recommendation for one service rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The moment.
    pub at: Timestamp,
    /// The service.
    pub service: ServiceName,
    /// The numbers of the process.
    pub policy: Policy,
    /// The seconds of an interval of the metrics; three of them make an answer old.
    pub interval_seconds: u32,
    /// The security incident that stands.
    pub incident: Option<Incident>,
    /// Whether there is a canary, and since when.
    pub canary: Lifetime,
    /// The canary's cluster, by whose sources its pods and releases are known.
    pub canary_cluster: Option<ClusterName>,
    /// The end of the newest interval that both sides have.
    pub through: Option<Timestamp>,
    /// What is known of each metric, in the order of the table.
    pub metrics: Vec<MetricCase>,
    /// The red lines that canary crosses and production does not.
    pub red_lines: Vec<RedLine>,
    /// The red lines that production crosses.
    pub production_lines: Vec<RedLine>,
    /// Errors by endpoint, worst first.
    pub endpoints: Vec<EndpointRow>,
    /// The flags of canary, in the order of their keys.
    pub flags: Vec<FlagCase>,
    /// The release on canary.
    pub release: ReleaseCase,
    /// The schema and what the stable version takes of it; none when no migration took part.
    pub schema: Option<SchemaCase>,
    /// What was tried on canary, oldest first.
    pub attempts: Vec<AttemptCase>,
    /// The revision by which production ran canary's version already, and was taken back from it.
    pub taken_back: Option<Revision>,
    /// How canary is since the last of them.
    pub after: Option<After>,
    /// The sources that the evidence comes from.
    pub sources: BTreeMap<SourceId, SourceState>,
    /// Who is hurt.
    pub hurt: Hurt,
}

/// Whether there is a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Not known.
    Unknown,
    /// Both sides run the same version.
    Same,
    /// There is one.
    Began {
        /// When it began to count.
        at: Timestamp,
        /// When its soak is over.
        soak_ends: Timestamp,
    },
    /// Production soaks what canary runs too: all that is said of a canary is said of production, against itself before.
    Promoted(Promoted),
}

/// What is known of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricCase {
    /// The verdict now.
    pub verdict: MetricVerdict,
    /// The verdict while its source still answered, where it is stale now.
    pub was: Option<Verdict>,
    /// Canary's value.
    pub canary: Option<Value>,
    /// Production's value.
    pub production: Option<Value>,
    /// How far canary is over its own limits, by more than chance.
    pub canary_over: Limit,
    /// How far production is over its own limits, by more than chance.
    pub production_over: Limit,
    /// Since when production is over its trigger, where that is known.
    pub production_since: Option<Timestamp>,
}

/// A flag of canary.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagCase {
    /// Its key.
    pub key: FlagKey,
    /// Its state.
    pub state: FlagState,
    /// Instances that evaluate it as on, of those that answered; none where they can't be asked.
    pub evaluated: Option<(u32, u32)>,
    /// The endpoints that it switches; none is unknown.
    pub endpoints: Option<Vec<Endpoint>>,
    /// Its last change.
    pub changed: Option<Changed>,
    /// Who else writes it and would revert a change.
    pub owner: Option<Untrusted>,
    /// Whether production serves it as on; none is unknown.
    pub on_production: Option<bool>,
    /// Where canary's errors are; none without endpoints or without errors.
    pub errors: Option<FlagErrors>,
}

/// Canary's errors, parted by a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagErrors {
    /// On the flag's endpoints.
    pub on: u64,
    /// All of them.
    pub of: u64,
    /// The flag's endpoints that fail.
    pub failing: Vec<Endpoint>,
    /// How the others compare with production's.
    pub rest: Option<Estimate>,
}

/// The release on canary.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReleaseCase {
    /// The newest revision's status.
    pub status: Option<ReleaseStatus>,
    /// The revision in use.
    pub current: Option<Revision>,
    /// The revision marked stable.
    pub stable: Option<Revision>,
    /// The right that is missing to read what is marked stable; none where it can be read.
    pub stable_denied: Option<Permission>,
    /// Its version.
    pub stable_version: Option<Untrusted>,
    /// Since when it is marked.
    pub stable_since: Option<Timestamp>,
    /// Whether Helm still keeps the stable revision.
    pub stable_kept: bool,
    /// Whether canary runs the stable revision.
    pub runs_stable: bool,
    /// Who else writes the Deployments and would revert a change.
    pub owner: Option<Untrusted>,
}

/// A schema and what the stable version takes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaCase {
    /// The schema's version.
    pub version: u32,
    /// The least version that the stable release takes.
    pub stable_min: u32,
    /// The most.
    pub stable_max: u32,
}

/// Something that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptCase {
    /// The rung.
    pub rung: RungKind,
    /// The flag, where it was one.
    pub key: Option<FlagKey>,
    /// When.
    pub at: Timestamp,
    /// How it ended; none while it runs.
    pub outcome: Option<Outcome>,
    /// Since when canary is no longer worse, where that was earned after it.
    pub recovered_at: Option<Timestamp>,
    /// Since when the bad ratio is surely under half of what it was.
    pub helped_at: Option<Timestamp>,
    /// When it was taken back; none while it stands.
    pub undone: Option<Timestamp>,
}

/// A canary that is worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Worse {
    pub(crate) metric: Metric,
    pub(crate) since: Timestamp,
    pub(crate) estimate: Option<Estimate>,
}

impl Case {
    /// The side that is judged, and what it is held against.
    pub(crate) const fn compared(&self) -> Compared {
        match self.canary {
            Lifetime::Promoted(Promoted { before, .. }) => Compared::Production { before },
            Lifetime::Unknown | Lifetime::Same | Lifetime::Began { .. } => Compared::Canary,
        }
    }

    /// What is known of a metric.
    pub(crate) fn metric(&self, metric: Metric) -> Option<&MetricCase> {
        self.metrics.iter().find(|m| m.verdict.metric == metric)
    }

    /// The first metric in breach, as it is or (blind) as it was.
    pub(crate) fn worse(&self) -> Option<Worse> {
        self.metrics.iter().find_map(|m| match m.last() {
            Verdict::Breach { since } if m.is_ours() => Some(Worse {
                metric: m.verdict.metric,
                since: *since,
                estimate: m.verdict.estimate,
            }),
            Verdict::Breach { .. }
            | Verdict::Pass
            | Verdict::Unsure(_)
            | Verdict::Watch(_)
            | Verdict::Recovered { .. }
            | Verdict::NoData(_) => None,
        })
    }

    /// The onset of the breach that there is, else of the one that is over.
    pub(crate) fn onset(&self) -> Option<Timestamp> {
        self.onset_of().map(|(_, since)| since)
    }

    /// The same, with the metric that it is of.
    pub(crate) fn onset_of(&self) -> Option<(Metric, Timestamp)> {
        let over = || {
            self.metrics.iter().find_map(|m| match m.last() {
                Verdict::Recovered { since, .. } => Some((m.verdict.metric, *since)),
                Verdict::Breach { .. }
                | Verdict::Pass
                | Verdict::Unsure(_)
                | Verdict::Watch(_)
                | Verdict::NoData(_) => None,
            })
        };
        self.worse().map(|w| (w.metric, w.since)).or_else(over)
    }

    /// The metric in which production is over its own limits, so that this is not (only) the canary's trouble. While
    /// production soaks: in which it is over them now and was before, or is not worse than before by as much as matters, or
    /// with nothing to hold it against.
    pub(crate) fn production_bad(&self) -> Option<&MetricCase> {
        if let Lifetime::Promoted(_) = self.canary {
            return [Metric::Errors, Metric::Slow]
                .into_iter()
                .filter_map(|m| self.metric(m))
                .filter(|m| m.canary_over >= Limit::OverTrigger)
                .find(|m| {
                    m.production_over >= Limit::OverTrigger
                        || m.last().is_no_data()
                        || self.worse().is_none()
                });
        }
        if self.production_lines.iter().any(is_of_pods) {
            return self.metric(Metric::Readiness);
        }
        [Metric::Errors, Metric::Slow]
            .into_iter()
            .filter_map(|m| self.metric(m))
            .find(|m| m.production_over >= Limit::OverTrigger)
    }

    /// The metric in which both sides are bad, and alike.
    pub(crate) fn bad_alike(&self) -> Option<&MetricCase> {
        self.production_bad().filter(|m| {
            let clearly_worse =
                m.last().is_breach() && m.verdict.estimate.is_none_or(|e| e.low >= CLEARLY_WORSE);
            m.canary_over.min(m.production_over) >= Limit::OverTrigger && !clearly_worse
        })
    }

    /// The source whose silence leaves us without metrics, if one does.
    pub(crate) fn blind(&self) -> Option<Silent> {
        let silent: Vec<Silent> = self.silent().collect();
        let metrics = silent
            .iter()
            .find(|s| matches!(s.source, SourceId::Prometheus(_)) && s.trouble.is_some());
        let unknown = self.canary == Lifetime::Unknown;
        let cluster = silent.iter().find(|s| unknown && s.trouble.is_some());
        metrics.or(cluster).cloned()
    }

    /// All sources that do not speak now, and that what is judged rests on.
    pub(crate) fn silent(&self) -> impl Iterator<Item = Silent> {
        self.sources
            .iter()
            .filter(|(id, _)| self.rests_on(id))
            .filter_map(|(id, state)| sources::silent(id, state, self.interval_seconds, self.at))
    }

    /// Whether what is judged rests on a source: while production soaks, only its own count.
    fn rests_on(&self, source: &SourceId) -> bool {
        match (self.compared(), source) {
            (Compared::Canary, _) => true,
            (
                Compared::Production { .. },
                SourceId::Flags(place) | SourceId::Flagd(place) | SourceId::Prometheus(place),
            ) => place.environment == Environment::Production,
            (Compared::Production { .. }, SourceId::Kubernetes(name) | SourceId::Helm(name)) => {
                self.canary_cluster.as_ref() == Some(name)
            }
        }
    }

    /// A source of canary that is silent now.
    pub(crate) fn silent_source(&self, which: Of) -> Option<Silent> {
        let place = || Place::new(self.service.clone(), self.compared().judged());
        let id = match which {
            Of::Flags => SourceId::Flags(place()),
            Of::Flagd => SourceId::Flagd(place()),
            Of::Helm => SourceId::Helm(self.canary_cluster.clone()?),
        };
        self.silent().find(|s| s.source == id)
    }

    /// Whether anything is wrong that a rung could help with.
    pub(crate) fn is_trouble(&self) -> bool {
        self.incident.is_some() || self.is_bad()
    }

    /// Whether anything that is measured is wrong.
    pub(crate) fn is_bad(&self) -> bool {
        !self.red_lines.is_empty() || self.worse().is_some() || self.production_bad().is_some()
    }
}

/// From which lower bound on a canary is worse than a production that is bad itself.
const CLEARLY_WORSE: f64 = 1.5;

/// A source of canary that a rung needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    Flags,
    Flagd,
    Helm,
}

impl MetricCase {
    /// The verdict, or what it was while its source still answered.
    pub(crate) fn last(&self) -> &Verdict {
        self.was.as_ref().unwrap_or(&self.verdict.verdict)
    }

    /// Whether a breach of this metric calls for action: machines that are merely busier than production's do not.
    fn is_ours(&self) -> bool {
        match self.verdict.metric {
            Metric::Errors | Metric::Slow | Metric::Gauge(Gauge::Business(_)) => true,
            Metric::Gauge(_) | Metric::Readiness | Metric::Requests => {
                self.canary_over >= Limit::OverTrigger
            }
        }
    }
}

/// Whether a red line is about pods, which needs no metrics.
pub(crate) fn is_of_pods(line: &RedLine) -> bool {
    match line {
        RedLine::WontStart { .. } | RedLine::Down | RedLine::Restarts { .. } => true,
        RedLine::Over { .. } => false,
    }
}
