//! The worst pods: hot ones, ones that do not start, many, and what is shown where a part of it is not told.

use std::collections::BTreeMap;

use flightdeck::app::state::{Screen, State};
use flightdeck::domain::alert::{Alert, AlertState, Alerts};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::fresh::Fresh;
use flightdeck::domain::pods::{PodSignal, PodUse, Total, WorstPods};
use flightdeck::domain::source::SourceState;
use flightdeck::domain::verdict::Metric;
use flightdeck::domain::workload::{PodSeen, PodsSeen};
use flightdeck::engine::evidence::EnvironmentEvidence;
use jiff::Timestamp;

use super::fixture::{at, prometheus, refuses, service_name};
use super::gallery::Gallery;
use super::weather::{breach, calm};

/// CPU, memory, throttled, then what is waited for: CPU, memory, disk.
type Values = [f64; 6];

const WELL: Values = [0.44, 0.61, 0.01, 0.02, 0.0, 0.002];
const HOT: Values = [0.97, 0.43, 0.31, 0.42, 0.0, 0.002];

fn told(pod: &str, values: Values) -> PodUse {
    PodUse {
        pod: pod.into(),
        values: PodSignal::ALL.into_iter().zip(values).collect(),
    }
}

fn seen(pod: &str, since: &str) -> PodSeen {
    PodSeen {
        pod: pod.into(),
        ready: true,
        since: Some(at(since)),
        restarts: 0,
        recent: 0,
        reason: None,
    }
}

fn name(number: usize) -> String {
    let tails = ["x7k2p", "b4d9q", "z2m5t", "k8w3r"];
    format!("checkout-6d4b75cb6d-{}", tails[number % 4])
}

fn worst(when: Timestamp, pods: u64, worst: Vec<PodUse>) -> WorstPods {
    WorstPods {
        at: when,
        pods: Some(pods),
        worst,
        cpu: Total {
            used: Some(5.24),
            limited: Some(5.24),
            limits: Some(12.0),
            requests: Some(3.0),
        },
        memory: Total {
            used: Some(3.7e9),
            limited: Some(3.4e9),
            limits: Some(6.4e9),
            requests: Some(3.2e9),
        },
        missing: BTreeMap::new(),
        is_partial: false,
    }
}

fn side(state: &mut State, of: Environment) -> &mut EnvironmentEvidence {
    let service = state.world.services.get_mut(&service_name("checkout"));
    let environments = &mut service.unwrap().evidence.environments;
    environments.get_mut(&of).unwrap()
}

/// The screen over a story, with four pods on canary and 24 on production.
fn of(mut state: State, canary: [Values; 4]) -> State {
    state.ui.screen = Screen::Pods;
    let now = state.world.now;
    let when = Timestamp::from_second(now.as_second() / 15 * 15).unwrap();
    let pods = canary.into_iter().enumerate();
    let pods: Vec<PodUse> = pods.map(|(n, values)| told(&name(n), values)).collect();
    let listed = (0..4).map(|n| seen(&name(n), "03:01:22")).collect();
    let on_canary = side(&mut state, Environment::Canary);
    on_canary.pods = Some(Fresh::new(worst(when, 4, pods), now));
    let workload = &mut on_canary.workload.as_mut().unwrap().value;
    workload.pods = Some(PodsSeen {
        all: 4,
        listed,
        ..PodsSeen::default()
    });
    let pods = (0..20).map(|n| {
        let values = WELL.map(|value| value * (1.0 + 0.004 * f64::from(n)));
        told(&format!("checkout-5f6c9d7b84-{n:02}abc"), values)
    });
    let listed = (0..20).map(|n| PodSeen {
        since: Some("2026-11-15T09:00:31Z".parse().unwrap()),
        ..seen(&format!("checkout-5f6c9d7b84-{n:02}abc"), "03:01:22")
    });
    let listed = listed.collect();
    let on_production = side(&mut state, Environment::Production);
    on_production.pods = Some(Fresh::new(worst(when, 24, pods.collect()), now));
    let workload = &mut on_production.workload.as_mut().unwrap().value;
    workload.pods = Some(PodsSeen {
        all: 24,
        listed,
        ..PodsSeen::default()
    });
    state
}

fn metrics(state: &mut State) -> &mut WorstPods {
    let pods = side(state, Environment::Canary).pods.as_mut();
    &mut pods.unwrap().value
}

fn one_hot_pod(gallery: &mut Gallery) {
    let state = of(breach(), [WELL, HOT, WELL, WELL]);
    gallery.in_every_look("pods-hot", &state);
    let mut selected = state.clone();
    selected.ui.pod = Some(name(2).as_str().into());
    gallery.hang("pods-selected", &selected);
    let mut frozen = state;
    frozen.ui.frozen = Some(Box::new(frozen.world.clone()));
    frozen.world.now = at("03:13:30");
    gallery.hang("pods-frozen", &frozen);
}

fn pods_that_do_not_start(gallery: &mut Gallery) {
    let mut state = of(breach(), [WELL, WELL, WELL, WELL]);
    let canary = side(&mut state, Environment::Canary);
    let seen = canary.workload.as_mut().unwrap().value.pods.as_mut();
    let listed = &mut seen.unwrap().listed;
    listed[3] = PodSeen {
        ready: false,
        since: Some(at("03:10:40")),
        restarts: 4,
        recent: 3,
        reason: Some("CrashLoopBackOff (OOMKilled)".into()),
        ..listed[3].clone()
    };
    listed[1] = PodSeen {
        restarts: 1,
        recent: 1,
        since: Some(at("03:11:05")),
        reason: Some("OOMKilled".into()),
        ..listed[1].clone()
    };
    let pods = metrics(&mut state);
    pods.worst.remove(3);
    pods.worst[1].values.insert(PodSignal::Memory, 0.93);
    pods.worst[1].values.insert(PodSignal::MemoryPressure, 0.16);
    gallery.hang("pods-crash", &state);
}

fn many_pods(gallery: &mut Gallery) {
    let mut state = of(calm(), [WELL, WELL, WELL, WELL]);
    state.ui.environment = Environment::Production;
    gallery.hang("pods-production", &state);
    let last = "checkout-5f6c9d7b84-02abc";
    state.ui.pod = Some(last.into());
    gallery.hang("pods-far-down", &state);
    let mut calm = of(calm(), [WELL, WELL, WELL, WELL]);
    let pods = metrics(&mut calm);
    pods.worst[0].pod = "a\u{1b}[2J\u{202e}pod".into();
    gallery.hang("pods-untrusted", &calm);
}

fn what_is_not_told(gallery: &mut Gallery) {
    let hot = || of(breach(), [WELL, HOT, WELL, WELL]);
    let mut state = hot();
    let pods = metrics(&mut state);
    for (signal, metric) in [
        (
            PodSignal::CpuPressure,
            "container_pressure_cpu_waiting_seconds_total",
        ),
        (
            PodSignal::MemoryPressure,
            "container_pressure_memory_waiting_seconds_total",
        ),
        (
            PodSignal::IoPressure,
            "container_pressure_io_waiting_seconds_total",
        ),
    ] {
        pods.missing.insert(signal, vec![metric.to_owned()]);
        for pod in &mut pods.worst {
            pod.values.remove(&signal);
        }
    }
    (pods.cpu.limits, pods.cpu.limited) = (None, None);
    pods.memory = Total::default();
    gallery.hang("pods-no-pressure", &state);

    let mut state = hot();
    metrics(&mut state).worst.clear();
    let seen = side(&mut state, Environment::Canary).workload.as_mut();
    seen.unwrap().value.pods = None;
    gallery.hang("pods-none", &state);

    let mut state = hot();
    side(&mut state, Environment::Canary).pods = None;
    gallery.hang("pods-no-metrics", &state);

    let mut state = hot();
    let canary = side(&mut state, Environment::Canary);
    (canary.pods, canary.workload) = (None, None);
    gallery.hang("pods-unseen", &state);

    let mut state = hot();
    state.ui.environment = Environment::Production;
    let service = state.world.services.get_mut(&service_name("checkout"));
    let environments = &mut service.unwrap().evidence.environments;
    environments.remove(&Environment::Production);
    gallery.hang("pods-nowhere", &state);
}

fn what_is_old_or_a_part(gallery: &mut Gallery) {
    let mut state = of(breach(), [WELL, HOT, WELL, WELL]);
    metrics(&mut state).is_partial = true;
    gallery.hang("pods-partial", &state);
    metrics(&mut state).is_partial = false;
    metrics(&mut state).at = at("03:08:05");
    gallery.hang("pods-old", &state);
    let refuses = SourceState::Failing {
        trouble: refuses(),
        since: at("03:08:20"),
        last_good: Some(at("03:08:05")),
        next_try: at("03:13:00"),
    };
    state.world.sources.insert(prometheus(), refuses);
    gallery.hang("pods-blind", &state);
}

/// An alert that fires and one that does not yet, over the screens that tell of them.
fn alerts_that_name_the_service(gallery: &mut Gallery) {
    let alert = |name: &str, state, since: &str| Alert {
        name: name.into(),
        state,
        since: at(since),
        severity: Some("page".into()),
        summary: Some("More than 1 % of checkout's requests fail".into()),
        by: vec!["service=checkout".into()],
    };
    let mut state = breach();
    let seen = Alerts::Served {
        named: vec![
            alert("CheckoutErrors", AlertState::Firing, "03:11:13"),
            alert("CheckoutSlow", AlertState::Pending, "03:12:28"),
        ],
        all: 2,
        rules: Some(2),
        broken: Vec::new(),
    };
    let now = state.world.now;
    side(&mut state, Environment::Canary).alerts = Some(Fresh::new(seen, now));
    gallery.hang("alerts-overview", &state);
    let metric = Metric::Errors;
    let mut evidence = state.clone();
    evidence.ui.screen = Screen::Evidence {
        metric,
        query: false,
    };
    gallery.hang("alerts-evidence", &evidence);
    // The server is silent: what it said stands, as of then.
    let refuses = SourceState::Failing {
        trouble: refuses(),
        since: at("03:12:20"),
        last_good: Some(at("03:12:11")),
        next_try: at("03:13:00"),
    };
    let mut silent = state.clone();
    silent.world.sources.insert(prometheus(), refuses);
    let told = side(&mut silent, Environment::Canary).alerts.as_mut();
    told.unwrap().at = at("03:12:11");
    gallery.hang("alerts-silent", &silent);
    state.ui.screen = Screen::Changed;
    gallery.hang("alerts-changed", &state);
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    one_hot_pod(gallery);
    pods_that_do_not_start(gallery);
    many_pods(gallery);
    what_is_not_told(gallery);
    what_is_old_or_a_part(gallery);
    alerts_that_name_the_service(gallery);
}
