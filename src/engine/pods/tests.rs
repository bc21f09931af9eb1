//! Which pods are listed, in which order, and what is known of each.

use std::collections::BTreeMap;

use super::{listed, over};
use crate::domain::environment::Environment;
use crate::domain::fresh::Fresh;
use crate::domain::pods::{PodSignal, PodUse, Total, WorstPods};
use crate::domain::untrusted::Untrusted;
use crate::domain::workload::{PodSeen, PodsSeen};
use crate::engine::assess::Limit;
use crate::engine::built::{at, calm};
use crate::engine::evidence::EnvironmentEvidence;
use crate::engine::policy::Policy;

fn seen(pod: &str, ready: bool, recent: u32) -> PodSeen {
    PodSeen {
        pod: pod.into(),
        ready,
        since: Some(at("03:01:00")),
        restarts: recent,
        recent,
        reason: (!ready).then(|| "CrashLoopBackOff".into()),
    }
}

fn told(pod: &str, values: &[(PodSignal, f64)]) -> PodUse {
    PodUse {
        pod: pod.into(),
        values: values.iter().copied().collect(),
    }
}

fn canary(worst: Vec<PodUse>, pods: Option<PodsSeen>) -> EnvironmentEvidence {
    let now = at("03:12:00");
    let mut evidence = calm("03:12:00").evidence();
    let mut canary = evidence.environments.remove(&Environment::Canary).unwrap();
    canary.workload.as_mut().unwrap().value.pods = pods;
    let worst = WorstPods {
        at: now,
        pods: None,
        worst,
        cpu: Total::default(),
        memory: Total::default(),
        missing: BTreeMap::new(),
        is_partial: false,
    };
    canary.pods = Some(Fresh::new(worst, now));
    canary
}

fn names(environment: &EnvironmentEvidence) -> Vec<String> {
    let pods = listed(environment, &Policy::default());
    pods.iter().map(|pod| pod.name.raw().to_owned()).collect()
}

#[test]
fn what_does_not_run_comes_before_what_is_hot_and_that_before_what_is_well() {
    let worst = vec![
        told("b-hot", &[(PodSignal::Cpu, 0.95)]),
        told("c-warm", &[(PodSignal::Cpu, 0.85)]),
        told("d-waits", &[(PodSignal::CpuPressure, 0.6)]),
        told("e-well", &[(PodSignal::Cpu, 0.44)]),
        told("f-well", &[(PodSignal::Cpu, 0.43)]),
    ];
    let pods = PodsSeen {
        all: 4,
        listed: vec![seen("z-crashes", false, 3), seen("y-restarted", true, 1)],
        ..PodsSeen::default()
    };
    let environment = canary(worst, Some(pods));
    assert_eq!(
        names(&environment),
        [
            "z-crashes",
            "y-restarted",
            "d-waits",
            "b-hot",
            "c-warm",
            "e-well",
            "f-well"
        ]
    );
}

#[test]
fn a_small_change_moves_no_row() {
    let both = |a: f64, b: f64| {
        let worst = vec![
            told("a", &[(PodSignal::Memory, a)]),
            told("b", &[(PodSignal::Memory, b)]),
        ];
        names(&canary(worst, None))
    };
    assert_eq!(both(0.601, 0.602), ["a", "b"]);
    assert_eq!(both(0.602, 0.601), ["a", "b"]);
    assert_eq!(both(0.3, 0.6), ["b", "a"]);
}

#[test]
fn what_nobody_tells_of_a_pod_is_not_known() {
    let worst = || vec![told("hot", &[(PodSignal::Cpu, 0.95)])];
    let of = |pods| listed(&canary(worst(), pods), &Policy::default()).remove(0);
    // The pods may not be watched.
    let pod = of(None);
    assert_eq!((pod.ready, pod.restarts, pod.since), (None, None, None));
    // All pods are listed, and it is not among them.
    let all = |all, listed| {
        Some(PodsSeen {
            all,
            listed,
            ..PodsSeen::default()
        })
    };
    assert_eq!(of(all(1, vec![seen("other", true, 0)])).ready, None);
    // The worst that are listed are well, so the others are.
    let pod = of(all(30, vec![seen("other", true, 0)]));
    assert_eq!((pod.ready, pod.restarts), (Some(true), Some(0)));
    assert_eq!(pod.since, None);
    // The worst that are listed are not well: of the others that is not known.
    assert_eq!(
        of(all(30, vec![seen("zother", false, 0)])).ready,
        Some(false)
    );
    let pods = listed(
        &canary(worst(), all(30, vec![seen("zother", false, 0)])),
        &Policy::default(),
    );
    assert_eq!(pods[1].ready, None);
    assert_eq!(pods[1].pressure(), None);
}

#[test]
fn a_pod_that_leaves_is_not_said_to_be_ready() {
    let of = |leave, leaving: &[&str]| {
        let pods = PodsSeen {
            all: 30,
            listed: vec![seen("other", true, 0)],
            leave,
            leaving: leaving.iter().map(|name| Untrusted::from(*name)).collect(),
        };
        let worst = vec![told("hot", &[(PodSignal::Cpu, 0.95)])];
        let pod = listed(&canary(worst, Some(pods)), &Policy::default()).remove(0);
        (pod.ready, pod.leaving)
    };
    assert_eq!(of(0, &[]), (Some(true), false));
    assert_eq!(of(1, &["hot"]), (None, true));
    assert_eq!(of(1, &["cold"]), (Some(true), false));
    // One that is not named.
    assert_eq!(of(2, &["cold"]), (None, false));
}

#[test]
fn no_more_than_the_worst_are_listed() {
    let pods = (0..20).map(|n| seen(&format!("crashed-{n:02}"), false, 1));
    let worst = (0..20).map(|n| told(&format!("hot-{n:02}"), &[(PodSignal::Cpu, 0.95)]));
    let pods = PodsSeen {
        all: 10_000,
        listed: pods.collect(),
        ..PodsSeen::default()
    };
    let names = names(&canary(worst.collect(), Some(pods)));
    assert_eq!(names.len(), 20);
    assert!(names.iter().all(|name| name.starts_with("crashed")));
}

#[test]
fn limits_are_those_of_the_process_where_it_has_some() {
    let policy = Policy::default();
    let of = |signal, value| over(&policy, signal, value);
    assert_eq!(of(PodSignal::Cpu, 0.95), Limit::OverCritical);
    assert_eq!(of(PodSignal::Cpu, 0.85), Limit::OverTrigger);
    assert_eq!(of(PodSignal::Memory, 0.8), Limit::Within);
    assert_eq!(of(PodSignal::Throttled, 0.9), Limit::OverTrigger);
    assert_eq!(of(PodSignal::IoPressure, 0.05), Limit::Within);
    assert_eq!(of(PodSignal::MemoryPressure, 0.5), Limit::OverCritical);
}
