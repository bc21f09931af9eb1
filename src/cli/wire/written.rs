//! What `decide` and `judge` read, written from what a deck knows: so that a review can conclude again, later, without the
//! cluster, and see what another number of the process would have changed.

use super::decide::{
    self, After, Attempt, Canary, Changed, Endpoint, Evidence, Flag, OnOf, RedLine, Release,
};
use super::incident::Incident;
use super::judge::{self, Before, Better, Kind, Request, Series, Side, Tally};
use super::metric::{Judged, Metric, Value};
use super::missing::Missing;
use super::source::Source;
use crate::domain::gauge::Gauge;
use crate::domain::metrics;
use crate::domain::names::ServiceName;
use crate::engine::advisor::case::{
    AttemptCase, Case, FlagCase, Lifetime, MetricCase, ReleaseCase, SchemaCase,
};
use crate::engine::judge as engine;
use crate::engine::{assess, policy};

impl Evidence {
    /// What a decision rests on.
    pub(in crate::cli) fn of(case: &Case) -> Self {
        let lines = |lines: &[assess::RedLine]| lines.iter().map(RedLine::of).collect();
        let cluster = case.canary_cluster.as_ref();
        Self {
            schema: decide::SCHEMA.to_owned(),
            service: case.service.as_str().to_owned(),
            at: case.at,
            interval_seconds: case.interval_seconds,
            security_incident: case.incident.as_ref().map(Incident::of),
            canary: Canary::of(case.canary),
            canary_cluster: cluster.map_or_else(decide::cluster, |c| c.as_str().to_owned()),
            through: case.through,
            policy: decide::Policy {
                flag_share: Some(case.policy.flag_share),
                flag_minimum_errors: Some(case.policy.flag_minimum_errors),
                help_seconds: Some(case.policy.help_seconds),
            },
            metrics: case.metrics.iter().map(|m| m.judged(case)).collect(),
            red_lines: lines(&case.red_lines),
            production_red_lines: lines(&case.production_lines),
            endpoints: case.endpoints.iter().map(Endpoint::of).collect(),
            flags: case.flags.iter().map(Flag::of).collect(),
            release: Release::of(&case.release),
            schema_range: case.schema.map(decide::SchemaRange::of),
            attempts: case.attempts.iter().map(Attempt::of).collect(),
            taken_back: case.taken_back.map(|revision| revision.0.get()),
            after: case.after.as_ref().map(After::of),
            sources: case
                .sources
                .iter()
                .map(|(id, state)| Source::of(id, state, case.at))
                .collect(),
        }
    }
}

impl MetricCase {
    fn judged(&self, case: &Case) -> Judged {
        let verdict = &self.verdict;
        let estimate = verdict.estimate.as_ref();
        Judged {
            was: self.was.as_ref().map(super::metric::Was::of),
            ratio: estimate.and_then(|e| e.ratio),
            low: estimate.map(|e| e.low),
            high: estimate.and_then(|e| e.high),
            certainty: estimate.map(|e| e.certainty),
            bad: verdict.canary.bad,
            total: verdict.canary.total,
            canary: self.canary.map(Value::from),
            production: self.production.map(Value::from),
            canary_over: Some(self.canary_over.into()),
            production_over: Some(self.production_over.into()),
            ..Judged::concluded(
                Metric(verdict.metric).into(),
                &verdict.verdict,
                case.compared(),
                case.at,
            )
        }
    }
}

impl Canary {
    const fn of(lifetime: Lifetime) -> Self {
        match lifetime {
            Lifetime::Unknown => Self::Unknown,
            Lifetime::Same => Self::Same,
            Lifetime::Began { at, soak_ends } => Self::Began {
                began_at: at,
                soak_ends_at: soak_ends,
            },
            Lifetime::Promoted(promoted) => Self::Promoted {
                began_at: promoted.counts_from,
                soak_ends_at: promoted.soak_ends,
                released_at: promoted.before,
                before_is_seen: promoted.is_seen,
            },
        }
    }
}

impl RedLine {
    fn of(line: &assess::RedLine) -> Self {
        match line {
            assess::RedLine::WontStart {
                ready,
                wanted,
                reason,
            } => Self::WontStart {
                ready: *ready,
                wanted: *wanted,
                reason: reason.raw().to_owned(),
            },
            assess::RedLine::Down => Self::Down,
            assess::RedLine::Restarts { per_minute } => Self::Restarts {
                per_minute: *per_minute,
            },
            assess::RedLine::Over {
                metric,
                value,
                limit,
            } => Self::Over {
                metric: Metric(*metric),
                value: (*value).into(),
                limit: *limit,
            },
        }
    }
}

impl Endpoint {
    fn of(row: &assess::EndpointRow) -> Self {
        Self {
            name: row.endpoint.0.raw().to_owned(),
            canary: row.canary.into(),
            production: row.production.into(),
        }
    }
}

impl Flag {
    fn of(case: &FlagCase) -> Self {
        let names = |all: &Vec<metrics::Endpoint>| {
            all.iter().map(|e| e.0.raw().to_owned()).collect::<Vec<_>>()
        };
        Self {
            key: case.key.as_str().to_owned(),
            state: case.state,
            endpoints: case.endpoints.as_ref().map(names),
            errors: case.errors.as_ref().map(|errors| OnOf {
                on: errors.on,
                of: errors.of,
            }),
            evaluated: case.evaluated.map(|(on, of)| OnOf {
                on: on.into(),
                of: of.into(),
            }),
            changed: case.changed.as_ref().map(|changed| Changed {
                at: changed.at,
                by: changed.by.raw().to_owned(),
            }),
            owner: case.owner.as_ref().map(|owner| owner.raw().to_owned()),
            on_production: case.on_production,
        }
    }
}

impl Release {
    fn of(case: &ReleaseCase) -> Self {
        Self {
            status: case.status,
            current: case.current.map(|revision| revision.0.get()),
            stable: case.stable.map(|revision| revision.0.get()),
            stable_denied: case.stable_denied.as_ref().map(Missing::of),
            stable_version: case.stable_version.as_ref().map(|v| v.raw().to_owned()),
            stable_since: case.stable_since,
            stable_kept: Some(case.stable_kept),
            runs_stable: Some(case.runs_stable),
            owner: case.owner.as_ref().map(|owner| owner.raw().to_owned()),
        }
    }
}

impl decide::SchemaRange {
    const fn of(case: SchemaCase) -> Self {
        Self {
            version: case.version,
            stable_min: case.stable_min,
            stable_max: case.stable_max,
        }
    }
}

impl Attempt {
    fn of(case: &AttemptCase) -> Self {
        Self {
            rung: case.rung,
            flag: case.key.as_ref().map(|key| key.as_str().to_owned()),
            at: case.at,
            outcome: case.outcome.as_ref().map(decide::Outcome::from),
            recovered_at: case.recovered_at,
            helped_at: case.helped_at,
            undone: case.undone.is_some(),
        }
    }
}

impl After {
    fn of(after: &assess::After) -> Self {
        Self {
            acted_at: after.acted_at,
            canary: after.canary.into(),
            production: after.production.into(),
        }
    }
}

impl Request {
    /// What a judge looks at.
    pub(in crate::cli) fn of(service: &ServiceName, recorded: &engine::SeriesRequest) -> Self {
        let series = recorded.series.iter();
        Self {
            schema: judge::SCHEMA.to_owned(),
            service: service.as_str().to_owned(),
            alpha: recorded.alpha,
            began_at: recorded.began_at,
            starts_at: recorded.starts_at,
            interval_seconds: recorded.interval_seconds,
            soak_seconds: recorded.soak_seconds,
            own_dependencies: recorded.own_dependencies,
            business_drop: recorded.business_drop,
            before: recorded.before.as_ref().map(Before::of),
            series: series.map(|series| Series::of(series, recorded)).collect(),
        }
    }
}

impl Before {
    fn of(before: &metrics::BeforeCanary) -> Self {
        let side = |pods: &[Vec<Option<metrics::Tally>>]| -> Vec<Vec<Option<Tally>>> {
            let pod = |blocks: &Vec<Option<metrics::Tally>>| {
                blocks.iter().map(|b| b.map(Tally::from)).collect()
            };
            pods.iter().map(pod).collect()
        };
        Self {
            errors: side(&before.errors),
            slow: side(&before.slow),
        }
    }
}

impl Series {
    fn of(series: &engine::Series, recorded: &engine::SeriesRequest) -> Self {
        let name = Gauge::business(&series.metric).and_then(Result::ok);
        let better = name.and_then(|name| recorded.business.get(&name));
        let (kind, canary, production) = match &series.kind {
            engine::Kind::Ratio { canary, production } => (
                Kind::Ratio,
                Side::counted(canary),
                Side::counted(production),
            ),
            engine::Kind::Gauge { canary, production } => (
                Kind::Gauge,
                Side::measured(canary),
                Side::measured(production),
            ),
        };
        Self {
            metric: series.metric.clone(),
            better: better.map(|better| match better {
                policy::Better::Higher => Better::Higher,
                policy::Better::Lower => Better::Lower,
            }),
            kind,
            endpoint: series.endpoint.clone(),
            canary,
            production,
        }
    }
}

impl Side {
    fn counted(samples: &engine::Samples) -> Self {
        Self {
            bad: Some(samples.bad.clone()),
            total: Some(samples.total.clone()),
            values: None,
        }
    }

    fn measured(values: &[Option<f64>]) -> Self {
        Self {
            bad: None,
            total: None,
            values: Some(values.to_vec()),
        }
    }
}

impl From<metrics::Tally> for Tally {
    fn from(metrics::Tally { bad, total }: metrics::Tally) -> Self {
        Self { bad, total }
    }
}
