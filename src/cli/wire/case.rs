//! From written evidence to the advisor's case, by the same derivations as from live evidence.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::decide::{
    After, Attempt, Canary, Endpoint, Evidence, Flag, Outcome, RedLine, Release, SCHEMA,
};
use super::metric::Judged;
use crate::cli::input::Problem;
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::Changed;
use crate::domain::grid::Grid;
use crate::domain::metrics::{self, Tally};
use crate::domain::names::{ClusterName, FlagKey, NameError, ServiceName};
use crate::domain::progress;
use crate::domain::release::Revision;
use crate::domain::source::{SourceId, SourceState};
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::{Metric, MetricVerdict};
use crate::engine::advisor::advice::Hurt;
use crate::engine::advisor::case::{
    AttemptCase, Case, FlagCase, FlagErrors, Lifetime, MetricCase, ReleaseCase, SchemaCase,
};
use crate::engine::advisor::{compare, parted};
use crate::engine::assess::{self, EndpointRow, Limit, Promoted, is_surely_over, own_limit};
use crate::engine::policy::Policy;

/// A name, or where it is wrong.
pub(super) fn name<T>(at: impl Into<String>, parsed: Result<T, NameError>) -> Result<T, Problem> {
    parsed.map_err(|error| Problem::new(at, error.to_string(), "write it as the cluster has it"))
}

impl Evidence {
    /// The case, if it makes sense.
    pub(in crate::cli) fn meant(&self) -> Result<Case, Problem> {
        Problem::unless_schema(&self.schema, SCHEMA)?;
        if self.metrics.is_empty() {
            let right = "write the verdicts of `flightdeck judge`, at least on errors and slow";
            return Err(Problem::new("metrics", "there is none", right));
        }
        let service = name("service", ServiceName::parse(&self.service))?;
        let cluster = name("canary_cluster", ClusterName::parse(&self.canary_cluster))?;
        let policy = self.policy();
        let endpoints = self.endpoints();
        let metrics = self.metrics.iter().enumerate();
        let metrics = metrics.map(|(at, judged)| {
            self.metric(&format!("metrics[{at}]"), judged, &policy, &endpoints)
        });
        let flags = self.flags.iter().enumerate();
        let flags = flags.map(|(at, flag)| flag.meant(&format!("flags[{at}]"), &endpoints));
        let attempts = self.attempts.iter().enumerate();
        let attempts = attempts.map(|(at, tried)| tried.meant(&format!("attempts[{at}]"), self.at));
        let lines = |lines: &[RedLine]| lines.iter().map(RedLine::meant).collect();
        Ok(Case {
            at: self.at,
            interval_seconds: self.interval_seconds,
            incident: self
                .security_incident
                .as_ref()
                .map(|incident| incident.meant(&service))
                .transpose()?,
            canary: self.lifetime()?,
            through: self.through,
            metrics: metrics.collect::<Result<_, _>>()?,
            red_lines: lines(&self.red_lines),
            production_lines: lines(&self.production_red_lines),
            flags: flags.collect::<Result<_, _>>()?,
            release: self.release.meant(&cluster)?,
            schema: self.schema_range.map(|range| SchemaCase {
                version: range.version,
                stable_min: range.stable_min,
                stable_max: range.stable_max,
            }),
            attempts: attempts.collect::<Result<_, _>>()?,
            taken_back: revision("taken_back", self.taken_back)?,
            after: self.after.as_ref().map(After::meant),
            sources: self.sources(&service, &cluster)?,
            hurt: Hurt {
                canary_share: None,
                canary_failing: None,
                production_failing: None,
                production_well: None,
                canary_pods: None,
            },
            canary_cluster: Some(cluster),
            service,
            policy,
            endpoints,
        })
    }

    fn policy(&self) -> Policy {
        let usual = Policy::default();
        let own = &self.policy;
        Policy {
            flag_share: own.flag_share.unwrap_or(usual.flag_share),
            flag_minimum_errors: own.flag_minimum_errors.unwrap_or(usual.flag_minimum_errors),
            help_seconds: own.help_seconds.unwrap_or(usual.help_seconds),
            ..usual
        }
    }

    fn lifetime(&self) -> Result<Lifetime, Problem> {
        Ok(match self.canary {
            Canary::Unknown => Lifetime::Unknown,
            Canary::Same => Lifetime::Same,
            Canary::Began {
                began_at,
                soak_ends_at,
            } if began_at <= soak_ends_at => Lifetime::Began {
                at: began_at,
                soak_ends: soak_ends_at,
            },
            Canary::Promoted {
                began_at,
                soak_ends_at,
                released_at,
                before_is_seen,
            } if released_at <= began_at && began_at <= soak_ends_at => {
                Lifetime::Promoted(Promoted {
                    counts_from: began_at,
                    soak_ends: soak_ends_at,
                    before: released_at,
                    is_seen: before_is_seen,
                })
            }
            Canary::Promoted { .. } => {
                let what = "a release comes first, then its soak begins and ends";
                let right = "\"released_at\", \"began_at\" and \"soak_ends_at\" follow each other";
                return Err(Problem::new("canary", what, right));
            }
            Canary::Began { .. } => {
                let what = "the soak ends before the canary begins";
                let right = "\"soak_ends_at\" is after \"began_at\"";
                return Err(Problem::new("canary", what, right));
            }
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
    fn endpoints(&self) -> Vec<EndpointRow> {
        let all: u64 = self.endpoints.iter().map(|e| e.canary.bad).sum();
        let row = |of: &Endpoint| {
            let (canary, production) = (of.canary.into(), of.production.into());
            EndpointRow {
                endpoint: metrics::Endpoint::new(of.name.clone()),
                canary,
                production,
                estimate: compare(canary, production),
                share: of.canary.bad as f64 / all.max(1) as f64,
            }
        };
        self.endpoints.iter().map(row).collect()
    }

    fn metric(
        &self,
        at: &str,
        judged: &Judged,
        policy: &Policy,
        endpoints: &[EndpointRow],
    ) -> Result<MetricCase, Problem> {
        let metric = judged.metric(at)?;
        let verdict = judged.meant(at)?;
        let counts = Tally {
            bad: judged.bad,
            total: judged.total,
        };
        let sum = |f: fn(&EndpointRow) -> Tally| {
            let all = endpoints.iter().map(f);
            (!endpoints.is_empty()).then(|| all.fold(Tally::default(), Tally::plus))
        };
        let grid = Grid::for_scrape_interval(self.interval_seconds);
        // A value may be over its limit by chance; what is decided by it may not.
        let sure = |over: Limit, tally: Option<Tally>| match tally {
            Some(tally)
                if metric == Metric::Errors && !is_surely_over(tally, policy.errors.trigger) =>
            {
                over.min(Limit::OverTarget)
            }
            Some(_) | None => over,
        };
        // What is said was settled by whoever said it.
        let over = |said: Option<super::metric::Over>,
                    value: Option<super::metric::Value>,
                    tally: Option<Tally>| {
            let by_value =
                || value.map_or(Limit::Within, |v| own_limit(policy, metric, grid, v.into()));
            said.map_or_else(|| sure(by_value(), tally), Limit::from)
        };
        let own = (counts.total > 0).then_some(counts);
        Ok(MetricCase {
            canary_over: over(
                judged.canary_over,
                judged.canary,
                sum(|row| row.canary).or(own),
            ),
            production_over: over(
                judged.production_over,
                judged.production,
                sum(|row| row.production),
            ),
            verdict: MetricVerdict {
                metric,
                verdict,
                from: judged.since,
                canary: counts,
                production: Tally::default(),
                estimate: judged.estimate(),
            },
            was: judged.was(at)?,
            canary: judged.canary.map(assess::Value::from),
            production: judged.production.map(assess::Value::from),
            production_since: None,
        })
    }

    /// The sources that are named, and those that are needed and are not.
    fn sources(
        &self,
        service: &ServiceName,
        cluster: &ClusterName,
    ) -> Result<BTreeMap<SourceId, SourceState>, Problem> {
        let place = |environment| Place::new(service.clone(), environment);
        let mut known = BTreeMap::from(
            [
                SourceId::Kubernetes(cluster.clone()),
                SourceId::Helm(cluster.clone()),
                SourceId::Prometheus(place(Environment::Canary)),
                SourceId::Prometheus(place(Environment::Production)),
            ]
            .map(|id| (id, SourceState::Reading { since: self.at })),
        );
        for (at, source) in self.sources.iter().enumerate() {
            let id = source.id(&format!("sources[{at}]"), service)?;
            known.insert(id, source.meant(self.at));
        }
        Ok(known)
    }
}

impl RedLine {
    fn meant(&self) -> assess::RedLine {
        match self {
            Self::WontStart {
                ready,
                wanted,
                reason,
            } => assess::RedLine::WontStart {
                ready: *ready,
                wanted: *wanted,
                reason: Untrusted::new(reason.clone()),
            },
            Self::Down => assess::RedLine::Down,
            Self::Restarts { per_minute } => assess::RedLine::Restarts {
                per_minute: *per_minute,
            },
            Self::Over {
                metric,
                value,
                limit,
            } => assess::RedLine::Over {
                metric: metric.0,
                value: (*value).into(),
                limit: *limit,
            },
        }
    }
}

impl Flag {
    fn meant(&self, at: &str, rows: &[EndpointRow]) -> Result<FlagCase, Problem> {
        let endpoints: Option<Vec<metrics::Endpoint>> = self.endpoints.as_ref().map(|all| {
            let all = all.iter().cloned();
            all.map(metrics::Endpoint::new).collect()
        });
        let counted = endpoints.as_ref().and_then(|of| parted(rows, of));
        let errors = match self.errors {
            Some(errors) if errors.on > errors.of => {
                let what = format!("{} of {} can't be", errors.on, errors.of);
                let right = "\"of\" counts all of canary's errors";
                return Err(Problem::new(format!("{at}.errors"), what, right));
            }
            Some(errors) => Some(FlagErrors {
                on: errors.on,
                of: errors.of,
                failing: endpoints.clone().unwrap_or_default(),
                rest: counted.and_then(|counted| counted.rest),
            }),
            None => counted,
        };
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(FlagCase {
            key: name(format!("{at}.key"), FlagKey::parse(&self.key))?,
            state: self.state,
            evaluated: self.evaluated.map(|e| (small(e.on), small(e.of))),
            endpoints,
            changed: self.changed.as_ref().map(|changed| Changed {
                at: changed.at,
                by: Untrusted::new(changed.by.clone()),
            }),
            owner: self.owner.clone().map(Untrusted::new),
            on_production: self.on_production,
            errors,
        })
    }
}

/// A revision, where one is named.
fn revision(at: &str, number: Option<u32>) -> Result<Option<Revision>, Problem> {
    let wrong = || Problem::new(at, "there is no revision 0", "Helm counts from 1");
    let known = |number| Revision::new(number).ok_or_else(wrong);
    number.map(known).transpose()
}

impl Release {
    fn meant(&self, cluster: &ClusterName) -> Result<ReleaseCase, Problem> {
        let (current, stable) = (
            revision("release.current", self.current)?,
            revision("release.stable", self.stable)?,
        );
        Ok(ReleaseCase {
            status: self.status,
            current,
            stable,
            stable_denied: self
                .stable_denied
                .as_ref()
                .map(|missing| missing.meant(cluster))
                .transpose()?,
            stable_version: self.stable_version.clone().map(Untrusted::new),
            stable_since: self.stable_since,
            stable_kept: self.stable_kept.unwrap_or(stable.is_some()),
            runs_stable: self
                .runs_stable
                .unwrap_or(stable.is_some() && current == stable),
            owner: self.owner.clone().map(Untrusted::new),
        })
    }
}

impl Attempt {
    fn meant(&self, at: &str, now: Timestamp) -> Result<AttemptCase, Problem> {
        let key = self.flag.as_deref().map(FlagKey::parse).transpose();
        Ok(AttemptCase {
            rung: self.rung,
            key: name(format!("{at}.flag"), key)?,
            at: self.at,
            outcome: self.outcome.map(Outcome::meant),
            recovered_at: self.recovered_at,
            helped_at: self.helped_at,
            undone: self.undone.then_some(now),
        })
    }
}

impl Outcome {
    fn meant(self) -> progress::Outcome {
        let why = Untrusted::default();
        match self {
            Self::Verified => progress::Outcome::Verified { instances: 0 },
            Self::Unverified => progress::Outcome::Unverified {
                as_wanted: 0,
                of: 0,
                why,
            },
            Self::Refused => progress::Outcome::Refused { why },
            Self::Forbidden => progress::Outcome::Forbidden { why },
            Self::Changed => progress::Outcome::Changed { found: why },
            Self::Unknown => progress::Outcome::Unknown { why },
        }
    }
}

impl After {
    fn meant(&self) -> assess::After {
        let (canary, production) = (self.canary.into(), self.production.into());
        assess::After {
            acted_at: self.acted_at,
            canary,
            production,
            estimate: compare(canary, production),
            helped_at: None,
            recovered_at: None,
        }
    }
}
