//! A small story of a canary, told in evidence: what the tests of this room start from and bend.

mod bend;

pub(crate) use bend::{
    canary, crash, disabled, feeds, flag_is_off, flag_is_on, production, promote, refuses,
};

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::evidence::{EnvironmentEvidence, ServiceEvidence};
use super::policy::Policy;
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::{
    Answer, Changed, Evaluation, Evaluations, FlagDefinition, FlagSet, FlagSource, FlagState,
};
use crate::domain::fresh::Fresh;
use crate::domain::gauge::{Gauge, UseWindow};
use crate::domain::grid::Grid;
use crate::domain::metrics::{
    BeforeCanary, Endpoint, EndpointCounts, LatencyCounts, RedWindow, Tally,
};
use crate::domain::names::{ClusterName, FlagKey, Namespace, ObjectName, ReleaseName, ServiceName};
use crate::domain::release::{
    ReleaseDetail, ReleaseHistory, ReleaseRevision, ReleaseStatus, Revision, Stable, StableMark,
};
use crate::domain::source::{SourceId, SourceState};
use crate::domain::workload::{Rollout, WorkloadHealth};

pub(crate) const PAY: &str = "POST /pay";
pub(crate) const CART: &str = "GET /cart";
pub(crate) const ORDER: &str = "GET /order";
pub(crate) const FLAG: &str = "new-payment-flow";

/// A moment of the story's night: `at("03:06:00")`.
pub(crate) fn at(clock: &str) -> Timestamp {
    format!("2026-11-21T{clock}Z").parse().unwrap()
}

pub(crate) fn key(text: &str) -> FlagKey {
    FlagKey::parse(text).unwrap()
}

pub(crate) fn place(environment: Environment) -> Place {
    Place::new(ServiceName::parse("checkout").unwrap(), environment)
}

/// How often requests of an endpoint fail on one side at a time.
pub(crate) type Failing = fn(Environment, &str, Timestamp) -> f64;

/// A story: 50 requests a second on canary, twenty times that on production. The canary was rolled out at 03:00:00, counts
/// from 03:01:00 and soaks until 03:06:00.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) now: Timestamp,
    pub(crate) canary_rps: f64,
    pub(crate) failing: Failing,
    pub(crate) slow: fn(Environment) -> bool,
    pub(crate) cpu: fn(Environment) -> f64,
}

pub(crate) fn calm(now: &str) -> Story {
    Story {
        now: at(now),
        canary_rps: 50.0,
        failing: |_, _, _| 0.002,
        slow: |_| false,
        cpu: |_| 0.44,
    }
}

/// From 03:03:00 on the flag's endpoint fails on canary.
pub(crate) fn feature_errors(now: &str) -> Story {
    Story {
        failing: |e, endpoint, t| {
            if e == Environment::Canary && endpoint == PAY && t >= at("03:03:00") {
                0.39
            } else {
                0.002
            }
        },
        ..calm(now)
    }
}

/// From 03:03:00 on every endpoint fails on canary.
pub(crate) fn spread_errors(now: &str) -> Story {
    Story {
        failing: |e, _, t| {
            if e == Environment::Canary && t >= at("03:03:00") {
                0.05
            } else {
                0.002
            }
        },
        ..calm(now)
    }
}

/// From 03:03:00 on both sides fail.
pub(crate) fn both_bad(now: &str) -> Story {
    Story {
        failing: |_, _, t| if t >= at("03:03:00") { 0.082 } else { 0.002 },
        ..calm(now)
    }
}

impl Story {
    pub(crate) fn evidence(&self) -> ServiceEvidence {
        let environments: BTreeMap<Environment, EnvironmentEvidence> =
            [Environment::Canary, Environment::Production]
                .map(|e| (e, self.environment(e)))
                .into();
        let live = SourceState::live(self.now);
        let sources = environments
            .iter()
            .flat_map(|(e, evidence)| {
                [
                    SourceId::Kubernetes(evidence.cluster.clone()),
                    SourceId::Helm(evidence.cluster.clone()),
                    SourceId::Flags(place(*e)),
                    SourceId::Flagd(place(*e)),
                    SourceId::Prometheus(place(*e)),
                ]
            })
            .map(|id| (id, live.clone()))
            .collect();
        ServiceEvidence {
            service: ServiceName::parse("checkout").unwrap(),
            policy: Policy::default(),
            environments,
            sources,
            attempts: Vec::new(),
            incidents: Vec::new(),
        }
    }

    fn environment(&self, e: Environment) -> EnvironmentEvidence {
        EnvironmentEvidence {
            cluster: ClusterName::parse(e.as_str()).unwrap(),
            context: format!("eu-{e}"),
            namespace: Namespace::parse("shop").unwrap(),
            release: ReleaseName::parse("checkout").unwrap(),
            workload: Some(Fresh::new(workload(e), self.now)),
            releases: Some(Fresh::new(releases(e), self.now)),
            flags: Some(Fresh::new(flags(e), self.now)),
            evaluations: Some(Fresh::new(evaluations(e == Environment::Canary), self.now)),
            red: Some(Fresh::new(self.red(e), self.now)),
            usage: Some(Fresh::new(self.usage(e), self.now)),
            pods: None,
            alerts: None,
            before: Some(before()),
        }
    }

    fn red(&self, e: Environment) -> RedWindow {
        let grid = Grid::default();
        let first = grid.index_at(at("02:00:00"));
        let intervals = grid.index_at(self.now).since(first);
        let rps = self.canary_rps * if e == Environment::Canary { 1.0 } else { 20.0 };
        let mut endpoints = BTreeMap::new();
        let mut all = vec![0; usize::try_from(intervals).unwrap()];
        for (name, share) in [(PAY, 0.1), (CART, 0.6), (ORDER, 0.3)] {
            let mut counts = EndpointCounts::default();
            // What is less than one request is carried over, so that the ratios are exact without chance.
            let (mut requests, mut errors) = (0.0, 0.0);
            for (n, sum) in (0..intervals).zip(&mut all) {
                requests += rps * share * 15.0;
                let total = take(&mut requests);
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let bad = total as f64 * (self.failing)(e, name, grid.start(first.plus(n)));
                errors += bad;
                counts.total.push(total);
                counts.errors.push(take(&mut errors).min(total));
                counts.slow.push(if (self.slow)(e) { total } else { 0 });
                *sum += total;
            }
            endpoints.insert(Endpoint::new(name), counts);
        }
        let buckets = |total: u64| {
            if (self.slow)(e) {
                vec![0, 0, 0, total, total]
            } else {
                vec![total / 2, total * 19 / 20, total, total, total]
            }
        };
        RedWindow {
            grid,
            first,
            holes: vec![false; all.len()],
            endpoints,
            untold: vec![0; all.len()],
            latency: LatencyCounts {
                bounds: vec![0.1, 0.3, 0.5, 5.0],
                counts: all.into_iter().map(buckets).collect(),
                slow_bound: 0.5,
            },
        }
    }

    fn usage(&self, e: Environment) -> UseWindow {
        let grid = Grid::default();
        let first = grid.index_at(at("02:00:00"));
        let intervals = usize::try_from(grid.index_at(self.now).since(first)).unwrap();
        // A little up and down, alike on both sides, so that ranks have something to order.
        let wave = |base: f64| {
            (0..intervals)
                .map(|n| Some(base + f64::from(u32::try_from(n % 7).unwrap()) * 0.001))
                .collect()
        };
        UseWindow {
            grid,
            first,
            gauges: [
                (Gauge::Cpu, wave((self.cpu)(e))),
                (Gauge::Memory, wave(0.6)),
                (Gauge::Restarts, vec![Some(0.0); intervals]),
            ]
            .into(),
            pods: vec![Some(4.0); intervals],
            exporters: BTreeMap::new(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small positive numbers of a test"
)]
fn take(carried: &mut f64) -> u64 {
    let whole = (*carried + 1e-9).floor();
    *carried -= whole;
    whole as u64
}

/// A day in which production's pods failed alike: no dispersion beyond chance.
fn before() -> BeforeCanary {
    let pod = vec![
        Some(Tally {
            bad: 4,
            total: 2000
        });
        60
    ];
    BeforeCanary {
        errors: vec![pod.clone(); 4],
        slow: vec![pod; 4],
    }
}

fn version(e: Environment) -> &'static str {
    if e == Environment::Canary {
        "2.14.0"
    } else {
        "2.13.4"
    }
}

fn workload(e: Environment) -> WorkloadHealth {
    let wanted = if e == Environment::Canary { 4 } else { 24 };
    WorkloadHealth {
        wanted,
        ready: wanted,
        updated: wanted,
        rollout: Some(Rollout::Complete {
            at: if e == Environment::Canary {
                at("03:00:00")
            } else {
                at("01:00:00")
            },
        }),
        version: Some(version(e).into()),
        ..WorkloadHealth::default()
    }
}

fn revision(number: u32, version: &str, status: ReleaseStatus) -> ReleaseRevision {
    ReleaseRevision {
        revision: Revision::new(number).unwrap(),
        status,
        modified: Some(at("02:59:50")),
        detail: Some(ReleaseDetail {
            chart: "checkout".into(),
            chart_version: version.into(),
            app_version: Some(version.into()),
            description: "Upgrade complete".into(),
            last_deployed: Some(at("02:59:50")),
            rollback_to: None,
        }),
    }
}

fn releases(e: Environment) -> ReleaseHistory {
    let mut revisions = vec![revision(13, "2.13.4", ReleaseStatus::Deployed)];
    if e == Environment::Canary {
        revisions[0].status = ReleaseStatus::Superseded;
        revisions.push(revision(14, "2.14.0", ReleaseStatus::Deployed));
    }
    ReleaseHistory {
        revisions,
        stable: Stable::Known(Some(StableMark {
            revision: Revision::new(13).unwrap(),
            app_version: Some("2.13.4".into()),
            marked_at: Some("2026-11-15T03:00:00Z".parse().unwrap()),
            marked_by: Some("alice".into()),
        })),
    }
}

pub(crate) fn definition(state: FlagState, endpoints: Option<&[&str]>) -> FlagDefinition {
    FlagDefinition {
        state,
        variants: vec!["on".into(), "off".into()],
        default_variant: Some("on".into()),
        has_targeting: false,
        endpoints: endpoints.map(|e| e.iter().copied().map(Endpoint::new).collect()),
        changed: Some(Changed {
            at: at("03:01:30"),
            by: "alice".into(),
        }),
        definition: serde_json::json!({"state": state.as_str(), "defaultVariant": "on"}),
    }
}

fn flags(e: Environment) -> FlagSet {
    let state = if e == Environment::Canary {
        FlagState::Enabled
    } else {
        FlagState::Disabled
    };
    FlagSet {
        source: FlagSource::FeatureFlag {
            namespace: Namespace::parse("shop").unwrap(),
            name: ObjectName::parse("flags").unwrap(),
        },
        uid: format!("uid-{e}"),
        resource_version: "88120".to_owned(),
        owner: None,
        flags: [(key(FLAG), definition(state, Some(&[PAY])))].into(),
    }
}

pub(crate) fn evaluations(on: bool) -> Evaluations {
    let answer = if on {
        Answer::Served {
            value: true.into(),
            variant: Some("on".into()),
            reason: "STATIC".into(),
        }
    } else {
        Answer::Disabled
    };
    let of = |n: u32| Evaluation {
        instance: format!("checkout-{n}").into(),
        answer: answer.clone(),
    };
    Evaluations {
        flags: [(key(FLAG), (0..4).map(of).collect())].into(),
    }
}
