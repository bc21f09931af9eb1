//! States built in code: one story whose numbers agree, in every weather. Nothing here comes from the engine, so that
//! a picture changes only when the view does.

use std::collections::BTreeMap;

use flightdeck::app::roster::Roster;
use flightdeck::app::sieve::Sieves;
use flightdeck::app::state::{
    Changes, Mode, Ops, Reading, Releases, Screen, ServiceState, State, Ui, World,
};
use flightdeck::domain::access::ClusterIdentity;
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::flag::{
    Answer, Changed, Evaluation, Evaluations, FlagDefinition, FlagSet, FlagSource, FlagState,
};
use flightdeck::domain::fresh::Fresh;
use flightdeck::domain::gauge::Gauge;
use flightdeck::domain::metrics::{Endpoint, Tally};
use flightdeck::domain::names::{
    ClusterName, ClusterUid, FlagKey, Namespace, ObjectName, ReleaseName, ServiceName, UserName,
};
use flightdeck::domain::release::{
    ReleaseDetail, ReleaseHistory, ReleaseRevision, ReleaseStatus, Revision, Stable, StableMark,
};
use flightdeck::domain::source::{SourceId, SourceState, Trouble, TroubleKind};
use flightdeck::domain::untrusted::Untrusted;
use flightdeck::domain::verdict::{
    Estimate, Metric, MetricVerdict, NoData, Unsure, Verdict, Watch,
};
use flightdeck::domain::workload::WorkloadHealth;
use flightdeck::engine::advisor::advice::{
    Advice, Channel, Headline, Hurt, Promotion, Rung, RungKind, RungState, RungTarget,
};
use flightdeck::engine::advisor::reason::{Closed, Looked, Reason};
use flightdeck::engine::assess::{
    Assessment, Budget, Burn, Compared, EndpointRow, Limit, Memory, Row, Value, Window, WindowKind,
};
use flightdeck::engine::evidence::{EnvironmentEvidence, ServiceEvidence};
use flightdeck::engine::policy::Policy;
use jiff::Timestamp;

/// A moment of the story's night.
pub(crate) fn at(clock: &str) -> Timestamp {
    format!("2026-11-21T{clock}Z").parse().unwrap()
}

pub(crate) fn service_name(name: &str) -> ServiceName {
    ServiceName::parse(name).unwrap()
}

pub(crate) fn flag_key() -> FlagKey {
    FlagKey::parse("new-payment-flow").unwrap()
}

pub(crate) fn place(environment: Environment) -> Place {
    Place::new(service_name("checkout"), environment)
}

pub(crate) fn revision(number: u32) -> Revision {
    Revision::new(number).unwrap()
}

pub(crate) fn estimate(ratio: f64, low: f64, high: f64) -> Estimate {
    Estimate {
        ratio: Some(ratio),
        low,
        high: Some(high),
        certainty: 0.99,
    }
}

/// A trend of 15 minutes: calm, then another value for the last points.
fn trend(calm: f64, last: usize, after: f64) -> Vec<Option<f64>> {
    (0..60)
        .map(|i| {
            let wave = [1.0, 0.7, 1.0, 1.1, 0.8][i % 5];
            if i == 20 {
                None
            } else if i >= 60 - last {
                Some(after * [1.0, 1.1, 0.9][i % 3])
            } else {
                Some(calm * wave)
            }
        })
        .collect()
}

/// One row of the table.
pub(crate) struct RowOf {
    pub(crate) metric: Metric,
    pub(crate) verdict: Verdict,
    pub(crate) canary: Option<Value>,
    pub(crate) production: Option<Value>,
    pub(crate) over: Limit,
    pub(crate) estimate: Option<Estimate>,
    pub(crate) scale: f64,
    pub(crate) spike: usize,
}

fn endpoint(name: &str, bad: u64, total: u64, e: Estimate) -> EndpointRow {
    EndpointRow {
        endpoint: Endpoint::new(name),
        canary: Tally { bad, total },
        production: Tally {
            bad: 40,
            total: 20_000,
        },
        estimate: Some(e),
        share: f64::from(u32::try_from(bad).unwrap()) / 490.0,
    }
}

fn endpoints() -> Vec<EndpointRow> {
    vec![
        endpoint("POST /pay", 412, 1057, estimate(195.0, 108.0, 388.0)),
        endpoint("GET /cart", 41, 4310, estimate(4.8, 2.3, 8.9)),
        endpoint("POST /refund", 22, 2201, estimate(5.0, 1.8, 12.0)),
        endpoint("GET /order", 15, 2044, estimate(3.7, 1.1, 9.5)),
    ]
}

/// How fast the story's errors use up the budget.
const BUDGET: Budget = Budget {
    canary: Some(Burn {
        short: 9.8,
        long: Some(10.2),
    }),
    production: Some(Burn {
        short: 0.4,
        long: Some(0.4),
    }),
};

impl RowOf {
    fn build(self, now: Timestamp) -> Row {
        let calm = self.production.map_or(0.0, number);
        let high = self.canary.map_or(0.0, number);
        let ends = Timestamp::from_second(now.as_second() / 15 * 15).unwrap();
        let errors = self.metric == Metric::Errors;
        let counts = |bad, total| {
            if errors {
                Tally { bad, total }
            } else {
                Tally::default()
            }
        };
        let from = match self.verdict {
            Verdict::Breach { since } => since,
            Verdict::Pass
            | Verdict::Unsure(_)
            | Verdict::Watch(_)
            | Verdict::Recovered { .. }
            | Verdict::NoData(_) => at("03:02:30"),
        };
        Row {
            verdict: MetricVerdict {
                metric: self.metric,
                verdict: self.verdict,
                from: Some(from),
                canary: counts(490, 9612),
                production: counts(381, 190_710),
                estimate: self.estimate,
            },
            was: None,
            certain_at: None,
            canary: self.canary,
            production: self.production,
            for_each_request: None,
            for_each_pod: None,
            canary_over: self.over,
            production_over: Limit::Within,
            trend: if self.canary.is_some() {
                trend(calm, self.spike, high)
            } else {
                vec![None; 60]
            },
            baseline_trend: trend(calm, 0, calm),
            trend_ends: Some(ends),
            trend_step_seconds: 15,
            full_scale: self.scale,
        }
    }
}

fn number(value: Value) -> f64 {
    match value {
        Value::Share(x) | Value::Seconds(x) | Value::PerSecond(x) | Value::BytesPerSecond(x) => x,
        Value::Count(n) => u32::try_from(n).unwrap().into(),
        Value::Of { some, all } => f64::from(some) / f64::from(all),
    }
}

fn row(metric: Metric, verdict: Verdict, canary: Value, production: Value, scale: f64) -> RowOf {
    RowOf {
        metric,
        verdict,
        canary: Some(canary),
        production: Some(production),
        over: Limit::Within,
        estimate: None,
        scale,
        spike: 0,
    }
}

/// The rows of a calm canary, all with one verdict.
pub(crate) fn calm_rows(verdict: &Verdict) -> Vec<RowOf> {
    let v = || verdict.clone();
    vec![
        RowOf {
            estimate: Some(estimate(1.0, 0.1, 3.5)),
            ..row(
                Metric::Errors,
                v(),
                Value::Share(0.002),
                Value::Share(0.002),
                0.01,
            )
        },
        RowOf {
            estimate: Some(estimate(1.0, 0.8, 1.3)),
            ..row(
                Metric::Slow,
                v(),
                Value::Seconds(0.3),
                Value::Seconds(0.29),
                2.0,
            )
        },
        row(
            Metric::Gauge(Gauge::Cpu),
            Verdict::Pass,
            Value::Share(0.44),
            Value::Share(0.48),
            0.8,
        ),
        row(
            Metric::Gauge(Gauge::Memory),
            Verdict::Pass,
            Value::Share(0.61),
            Value::Share(0.6),
            0.85,
        ),
        row(
            Metric::Gauge(Gauge::Restarts),
            Verdict::Pass,
            Value::Count(0),
            Value::Count(0),
            5.0,
        ),
        row(
            Metric::Readiness,
            Verdict::Pass,
            Value::Of { some: 4, all: 4 },
            Value::Of { some: 24, all: 24 },
            1.0,
        ),
        row(
            Metric::Requests,
            Verdict::Pass,
            Value::PerSecond(59.0),
            Value::PerSecond(1170.0),
            1200.0,
        ),
    ]
}

/// The rows of the story's breach.
pub(crate) fn breach_rows(ratio: f64, canary: f64) -> Vec<RowOf> {
    let mut rows = calm_rows(&Verdict::Pass);
    let errors = &mut rows[0];
    errors.verdict = Verdict::Breach {
        since: at("03:09:58"),
    };
    errors.canary = Some(Value::Share(canary));
    errors.over = Limit::OverCritical;
    errors.estimate = Some(estimate(ratio, ratio * 0.76, ratio * 1.36));
    errors.spike = 11;
    let cpu = &mut rows[2];
    cpu.verdict = Verdict::Watch(Watch::OverLimit);
    cpu.canary = Some(Value::Share(0.83));
    cpu.over = Limit::OverTrigger;
    cpu.spike = 10;
    let memory = &mut rows[3];
    memory.verdict = Verdict::NoData(NoData::NoCanarySeries);
    memory.canary = None;
    rows[1].estimate = Some(estimate(1.1, 1.0, 1.2));
    rows
}

pub(crate) fn release(
    number: u32,
    version: &str,
    deployed: &str,
    status: ReleaseStatus,
) -> ReleaseRevision {
    ReleaseRevision {
        revision: revision(number),
        status,
        modified: None,
        detail: Some(ReleaseDetail {
            chart: "checkout".into(),
            chart_version: version.into(),
            app_version: Some(version.into()),
            description: "Upgrade complete".into(),
            last_deployed: Some(deployed.parse().unwrap()),
            rollback_to: None,
        }),
    }
}

fn flag(state: FlagState, changed: &str, by: &str, endpoint: &str) -> FlagDefinition {
    FlagDefinition {
        state,
        variants: vec!["on".into(), "off".into()],
        default_variant: Some("on".into()),
        has_targeting: false,
        endpoints: Some(vec![Endpoint::new(endpoint)]),
        changed: Some(Changed {
            at: changed.parse().unwrap(),
            by: by.into(),
        }),
        definition: serde_json::json!({"state": state.as_str()}),
    }
}

fn answers(on: bool, pods: usize) -> Vec<Evaluation> {
    (0..pods)
        .map(|i| Evaluation {
            instance: format!("checkout-7d9f-x{i}k").into(),
            answer: if on {
                Answer::Served {
                    value: true.into(),
                    variant: Some("on".into()),
                    reason: "STATIC".into(),
                }
            } else {
                Answer::Disabled
            },
        })
        .collect()
}

fn flag_set(state: FlagState, changed: &str) -> FlagSet {
    let old = "2026-11-15T09:00:00Z";
    FlagSet {
        source: FlagSource::FeatureFlag {
            namespace: Namespace::parse("shop").unwrap(),
            name: ObjectName::parse("flags").unwrap(),
        },
        uid: "5e1f".to_owned(),
        resource_version: "88120".to_owned(),
        owner: None,
        flags: BTreeMap::from([
            (flag_key(), flag(state, changed, "alice", "POST /pay")),
            (
                FlagKey::parse("dark-basket").unwrap(),
                flag(FlagState::Enabled, old, "carol", "GET /basket"),
            ),
            (
                FlagKey::parse("sepa").unwrap(),
                FlagDefinition {
                    endpoints: None,
                    changed: None,
                    has_targeting: true,
                    default_variant: None,
                    ..flag(FlagState::Disabled, old, "carol", "-")
                },
            ),
        ]),
    }
}

fn environment(of: Environment, now: Timestamp, flag_on: bool) -> EnvironmentEvidence {
    let canary = of == Environment::Canary;
    let (name, context) = if canary {
        ("canary", "eu-canary")
    } else {
        ("production", "eu-prod")
    };
    let seen = Timestamp::from_second(now.as_second() - 3).unwrap();
    let pods = if canary { 4 } else { 24 };
    let state = if flag_on {
        FlagState::Enabled
    } else {
        FlagState::Disabled
    };
    let old = "2026-11-15T09:00:00Z";
    let mut revisions = vec![release(13, "2.13.4", old, ReleaseStatus::Deployed)];
    if canary {
        revisions[0].status = ReleaseStatus::Superseded;
        revisions.push(release(
            14,
            "2.14.0",
            "2026-11-21T03:01:22Z",
            ReleaseStatus::Deployed,
        ));
    }
    let changed = if flag_on { "2026-11-21T03:08:12Z" } else { old };
    EnvironmentEvidence {
        cluster: ClusterName::parse(name).unwrap(),
        context: context.to_owned(),
        namespace: Namespace::parse("shop").unwrap(),
        release: ReleaseName::parse("checkout").unwrap(),
        workload: Some(Fresh::new(
            WorkloadHealth {
                wanted: pods,
                ready: pods,
                updated: pods,
                version: Some(if canary { "2.14.0" } else { "2.13.4" }.into()),
                ..WorkloadHealth::default()
            },
            seen,
        )),
        releases: Some(Fresh::new(
            ReleaseHistory {
                revisions,
                stable: Stable::Known(Some(StableMark {
                    revision: revision(13),
                    app_version: Some("2.13.4".into()),
                    marked_at: Some(old.parse().unwrap()),
                    marked_by: Some("alice".into()),
                })),
            },
            seen,
        )),
        flags: Some(Fresh::new(flag_set(state, changed), seen)),
        evaluations: Some(Fresh::new(
            Evaluations {
                flags: BTreeMap::from([
                    (flag_key(), answers(flag_on, usize::try_from(pods).unwrap())),
                    (FlagKey::parse("dark-basket").unwrap(), answers(true, 4)),
                ]),
            },
            seen,
        )),
        red: None,
        usage: None,
        pods: None,
        alerts: None,
        before: None,
    }
}

pub(crate) fn prometheus() -> SourceId {
    SourceId::Prometheus(place(Environment::Canary))
}

pub(crate) fn refuses() -> Trouble {
    Trouble {
        kind: TroubleKind::Unreachable,
        message: "connection refused".into(),
    }
}

/// The rungs of the story, none of which is needed.
pub(crate) fn rungs(nothing_wrong: bool) -> Vec<Rung> {
    RungKind::ALL
        .into_iter()
        .map(|kind| Rung {
            kind,
            target: match kind {
                RungKind::Flag => RungTarget::Flag {
                    key: flag_key(),
                    environment: Environment::Canary,
                },
                RungKind::Rollback => RungTarget::Release {
                    environment: Environment::Canary,
                    to: Some(revision(13)),
                    version: Some("2.13.4".into()),
                },
                RungKind::Traffic | RungKind::Database | RungKind::Restore => {
                    RungTarget::Environment(Environment::Canary)
                }
                RungKind::People => RungTarget::OnCall,
            },
            state: match kind {
                _ if nothing_wrong => RungState::NotNeeded(Closed::NothingWrong),
                RungKind::Flag => RungState::Recommended,
                RungKind::Rollback => RungState::Next,
                RungKind::Traffic => RungState::Blocked(Closed::NoRoute),
                RungKind::Database => RungState::NotNeeded(Closed::NoMigration),
                RungKind::Restore => RungState::Blocked(Closed::NoRestore),
                RungKind::People => RungState::Open,
            },
            reasons: Vec::new(),
            against: Vec::new(),
            seconds: match kind {
                RungKind::Flag | RungKind::Traffic => (10, 10),
                RungKind::Rollback => (60, 60),
                RungKind::Database => (120, 600),
                RungKind::Restore => (120, 300),
                RungKind::People => (0, 0),
            },
            notify: match kind {
                RungKind::Flag => vec![Channel::Slack],
                RungKind::Rollback => vec![Channel::Slack, Channel::Teams],
                RungKind::Traffic | RungKind::Database | RungKind::Restore | RungKind::People => {
                    vec![Channel::PagerDuty]
                }
            },
            by_hand: (kind != RungKind::Flag).then_some(Closed::ByHand),
        })
        .collect()
}

/// The rungs while the flag is to be disabled.
pub(crate) fn rungs_for_flag() -> Vec<Rung> {
    let mut all = rungs(false);
    all[0].reasons = vec![
        Reason::ErrorsOnFlag {
            key: flag_key(),
            on: 412,
            of: 490,
            endpoints: vec![Endpoint::new("POST /pay")],
        },
        Reason::FlagChangedBefore {
            key: flag_key(),
            at: at("03:08:12"),
            by: "alice".into(),
            onset: at("03:09:58"),
        },
    ];
    all[0].against = vec![
        Reason::RestAlsoWorse {
            errors: 78,
            estimate: estimate(4.6, 3.1, 6.4),
        },
        Reason::LookedAt(vec![Looked::Machines, Looked::Pods, Looked::Owner]),
    ];
    all
}

/// A service in a weather.
pub(crate) struct Weather {
    pub(crate) now: Timestamp,
    pub(crate) headline: Headline,
    pub(crate) rows: Vec<RowOf>,
    pub(crate) rungs: Vec<Rung>,
    pub(crate) first: Option<RungKind>,
    pub(crate) waits: Vec<Closed>,
    pub(crate) failing: (f64, f64),
    pub(crate) production_well: Option<bool>,
    pub(crate) window: WindowKind,
    pub(crate) flag_on: bool,
}

impl Weather {
    /// A calm one, to be changed.
    pub(crate) fn calm(now: &str, headline: Headline) -> Self {
        Self {
            now: at(now),
            headline,
            rows: calm_rows(&Verdict::Unsure(Unsure::Soaking)),
            rungs: rungs(true),
            first: None,
            waits: vec![
                Closed::Soak {
                    until: at("03:13:41"),
                },
                Closed::NotPassed {
                    metric: Metric::Errors,
                },
                Closed::NotPassed {
                    metric: Metric::Slow,
                },
            ],
            failing: (0.1, 2.3),
            production_well: Some(true),
            window: WindowKind::SinceCanary,
            flag_on: true,
        }
    }

    /// The story's breach.
    pub(crate) fn breach(now: &str, headline: Headline) -> Self {
        Self {
            rows: breach_rows(25.2, 0.051),
            rungs: rungs_for_flag(),
            first: Some(RungKind::Flag),
            waits: vec![Closed::Worse {
                metric: Metric::Errors,
            }],
            failing: (3.0, 2.3),
            window: WindowKind::SinceOnset,
            ..Self::calm(now, headline)
        }
    }

    fn service(self, name: &str) -> ServiceState {
        let now = self.now;
        let seen = Timestamp::from_second(now.as_second() - 2).unwrap();
        let live = || SourceState::live(seen);
        let mut sources = BTreeMap::new();
        for e in [Environment::Canary, Environment::Production] {
            let cluster = ClusterName::parse(e.as_str()).unwrap();
            sources.insert(SourceId::Kubernetes(cluster.clone()), live());
            sources.insert(SourceId::Helm(cluster), live());
            for id in [SourceId::Flags, SourceId::Flagd, SourceId::Prometheus] {
                sources.insert(id(place(e)), live());
            }
        }
        let from = match self.window {
            WindowKind::SinceOnset => at("03:09:58"),
            WindowKind::SinceCanary => at("03:02:30"),
            WindowKind::Recent => at("03:00:00"),
        };
        ServiceState {
            history_since: None,
            memory: <[Memory; 2]>::default(),
            evidence: ServiceEvidence {
                service: service_name(name),
                policy: Policy::default(),
                environments: [Environment::Canary, Environment::Production]
                    .into_iter()
                    .map(|e| {
                        let on = self.flag_on && e == Environment::Canary;
                        (e, environment(e, now, on))
                    })
                    .collect(),
                sources,
                attempts: Vec::new(),
                incidents: Vec::new(),
            },
            assessment: Assessment {
                at: now,
                through: Some(at("03:09:15")),
                canary_began: Some(at("03:02:30")),
                soak_ends: Some(at("03:13:41")),
                promoted: None,
                released: None,
                rows: self.rows.into_iter().map(|row| row.build(now)).collect(),
                endpoints: endpoints(),
                red_lines: Vec::new(),
                production_lines: Vec::new(),
                budget: BUDGET,
                window: Window {
                    kind: self.window,
                    from: Some(from),
                },
                after: None,
            },
            advice: Advice {
                compared: Compared::Canary,
                headline: self.headline,
                hurt: Hurt {
                    canary_share: Some(0.048),
                    canary_failing: Some(self.failing.0),
                    production_failing: Some(self.failing.1),
                    production_well: self.production_well,
                    canary_pods: Some((4, 4)),
                },
                rungs: self.rungs,
                first: self.first,
                promotion: Promotion {
                    open: self.waits.is_empty(),
                    waits: self.waits,
                },
            },
        }
    }

    /// The whole deck in that weather: beside checkout a search on watch and an idle ledger.
    pub(crate) fn state(self) -> State {
        let now = self.now;
        let beside = |name: &str, headline: Headline| {
            (
                service_name(name),
                Weather::calm("03:12:41", headline).service(name),
            )
        };
        let services = BTreeMap::from([
            (service_name("checkout"), self.service("checkout")),
            beside(
                "search",
                Headline::Watch {
                    metric: Metric::Slow,
                    estimate: Some(estimate(1.6, 0.9, 2.8)),
                },
            ),
            beside("ledger", Headline::Idle),
        ]);
        let clusters = ["canary", "production"]
            .into_iter()
            .map(|name| {
                let identity = ClusterIdentity {
                    uid: ClusterUid::parse(&format!("11aa-{name}")).unwrap(),
                    version: "v1.36.3".into(),
                    context: Untrusted::from(name),
                    me: Some(UserName::parse("bob").unwrap()),
                };
                (ClusterName::parse(name).unwrap(), Fresh::new(identity, now))
            })
            .collect();
        State {
            world: World {
                now,
                mode: Mode::Live,
                read_only: None,
                others: BTreeMap::new(),
                services,
                clusters,
                epochs: BTreeMap::new(),
                sources: BTreeMap::new(),
                access: BTreeMap::new(),
                queries: BTreeMap::from([(
                    "checkout on canary: requests".to_owned(),
                    "sum by (http_route) (increase(http_server_request_duration_seconds_count{service=\"checkout\",status=~\"5..\"}[15s]))".to_owned(),
                )]),
            },
            ops: Ops::default(),
            ui: Ui {
                width: 80,
                height: 24,
                service: service_name("checkout"),
                screen: Screen::Overview,
                overlays: Vec::new(),
                metric: Metric::Errors,
                flag: Some(flag_key()),
                pod: None,
                environment: Environment::Canary,
                releases: Releases::default(),
                rung: RungKind::Flag,
                evidence: Reading::default(),
                changes: Changes::default(),
                roster: Roster::default(),
                sieves: Sieves::default(),
                trail: Vec::new(),
                frozen: None,
                news: None,
                leaving: false,
            },
        }
    }
}
