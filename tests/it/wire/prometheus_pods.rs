//! The worst pods as the simulated Prometheus has them: which is hot and by what, what no series tells, and trouble.

use anyhow::{Context as _, Result};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::pods::{PodSignal, PodUse, WorstPods};
use flightdeck::domain::source::TroubleKind;

use super::prometheus::{once, settings, since, world};

fn value(pod: &PodUse, signal: PodSignal) -> Result<f64> {
    let value = pod.values.get(&signal).copied();
    value.with_context(|| format!("no {signal:?} of {}", pod.pod))
}

async fn at(scenario: &str, clock: &str, environment: Environment) -> Result<WorstPods> {
    let world = world(scenario, clock).await?;
    let settings = settings(&world, "checkout", environment)?;
    let seen = once(&world, &settings, since(&world, 5)).await?;
    assert!(seen.lacks.is_empty(), "{:?}", seen.lacks);
    seen.pods.context("no pods")
}

#[tokio::test]
async fn the_pods_that_spin_are_told_with_what_they_wait_for() -> Result<()> {
    let canary = at("cpu-hot", "03:13:30", Environment::Canary).await?;
    assert_eq!(canary.pods, Some(u64::try_from(canary.worst.len())?));
    assert!(canary.missing.is_empty() && !canary.is_partial);
    for pod in &canary.worst {
        assert!(pod.pod.raw().starts_with("checkout-"), "{}", pod.pod);
        assert!(value(pod, PodSignal::Cpu)? > 0.9, "{pod:?}");
        assert!(value(pod, PodSignal::Throttled)? > 0.25, "{pod:?}");
        assert!(value(pod, PodSignal::CpuPressure)? > 0.4, "{pod:?}");
        assert!(value(pod, PodSignal::MemoryPressure)? < 0.01, "{pod:?}");
    }
    // The namespace has other services' pods too: each container has a limit of one core and requests a quarter.
    let limits = canary.cpu.limits.context("limits")?;
    assert!(limits > canary.worst.iter().fold(0.0, |sum, _| sum + 1.0));
    let requests = canary.cpu.requests.context("requests")?;
    assert!((requests - limits / 4.0).abs() < 1e-9, "{:?}", canary.cpu);
    assert_eq!(canary.cpu.used, canary.cpu.limited);
    let memory = canary.memory;
    assert!(memory.used < memory.limits, "{memory:?}");

    let production = at("cpu-hot", "03:13:30", Environment::Production).await?;
    assert!(production.pods >= Some(20), "{:?}", production.pods);
    assert_eq!(production.worst.len(), 20);
    for pod in &production.worst {
        assert!(value(pod, PodSignal::Cpu)? < 0.7, "{pod:?}");
        assert!(value(pod, PodSignal::CpuPressure)? < 0.1, "{pod:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_pods_that_lose_memory_wait_for_it_before_they_are_killed() -> Result<()> {
    let canary = at("memory-creep", "03:29:00", Environment::Canary).await?;
    for pod in &canary.worst {
        assert!(value(pod, PodSignal::Memory)? > 0.85, "{pod:?}");
        assert!(value(pod, PodSignal::MemoryPressure)? > 0.05, "{pod:?}");
        assert!(value(pod, PodSignal::CpuPressure)? < 0.1, "{pod:?}");
    }
    assert!(!canary.worst.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_part_is_said_to_be_one_and_a_refusal_leaves_all_else() -> Result<()> {
    let world = world("cpu-hot", "03:13:30").await?;
    let settings = settings(&world, "checkout", Environment::Canary)?;
    world.fail_queries(Some("topk(20"));
    let seen = once(&world, &settings, since(&world, 5)).await?;
    assert_eq!(seen.pods, None);
    assert!(seen.red.is_some() && seen.machines.is_some());
    let lack = seen.lacks.first().context("nothing is said")?;
    assert_eq!(lack.kind, TroubleKind::Malformed);
    assert!(
        lack.message.raw().starts_with("not of each pod: "),
        "{lack:?}"
    );
    world.fail_queries(None);
    let seen = once(&world, &settings, since(&world, 5)).await?;
    assert!(seen.lacks.is_empty(), "{:?}", seen.lacks);
    assert!(seen.pods.is_some());
    Ok(())
}
