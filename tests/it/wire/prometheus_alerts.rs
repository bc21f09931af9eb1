//! The alerts of the simulated Prometheus that name a service, and a server that has none or is in trouble.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use flightdeck::domain::alert::{AlertState, Alerts};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::untrusted::Untrusted;
use flightdeck::sim::knobs::{Fault, Scope};
use tokio::sync::watch;

use super::prometheus::{Watching, once, settings, since, world};

#[tokio::test]
async fn an_alert_that_fires_names_its_service_on_its_side_alone() -> Result<()> {
    let world = world("feature-errors", "03:12:41").await?;
    let of = async |service: &str, environment| -> Result<Alerts> {
        let settings = settings(&world, service, environment)?;
        let seen = once(&world, &settings, since(&world, 5)).await?;
        seen.alerts.context("no alerts")
    };
    let Alerts::Served {
        named, all, rules, ..
    } = of("checkout", Environment::Canary).await?
    else {
        bail!("not served");
    };
    assert_eq!((named.len(), all, rules), (1, 1, Some(1)));
    let alert = named.first().context("an alert")?;
    assert_eq!(alert.name.raw(), "CheckoutErrors");
    assert_eq!(alert.state, AlertState::Firing);
    assert_eq!(alert.severity.as_ref().map(Untrusted::raw), Some("page"));
    assert!(alert.since > world.at("03:09:58").context("a time")?);
    let by: Vec<&str> = alert.by.iter().map(Untrusted::raw).collect();
    assert_eq!(by, ["service=checkout"]);
    assert!(
        of("checkout", Environment::Production)
            .await?
            .named()
            .is_empty()
    );
    let Alerts::Served { named, rules, .. } = of("search", Environment::Canary).await? else {
        bail!("not served");
    };
    assert_eq!((named.len(), rules), (0, Some(0)));
    Ok(())
}

#[tokio::test]
async fn a_server_without_alerts_is_said_to_be_one_and_trouble_leaves_all_else() -> Result<()> {
    let world = world("calm", "03:06:00").await?;
    let settings = settings(&world, "checkout", Environment::Canary)?;
    let knobs = &world.canary_knobs.prometheus;
    let answers = |status| Fault::Answer {
        status,
        retry_after: None,
    };
    let asked = ["/api/v1/alerts", "/api/v1/rules"];
    for path in asked {
        knobs.set(Scope::path(path), answers(404));
    }
    let seen = once(&world, &settings, since(&world, 5)).await?;
    let is_told = matches!(seen.alerts, Some(Alerts::NotServed { .. }));
    assert!(is_told && seen.lacks.is_empty(), "{seen:?}");
    knobs.clear();
    for path in asked {
        knobs.set(Scope::path(path), answers(500));
    }
    let seen = once(&world, &settings, since(&world, 5)).await?;
    assert!(seen.alerts.is_none() && seen.red.is_some() && seen.pods.is_some());
    let lack = seen.lacks.first().context("nothing is said")?;
    let said = lack.message.raw();
    assert!(said.starts_with("not of alerts and rules: "), "{lack:?}");
    Ok(())
}

#[tokio::test]
async fn forty_services_of_one_server_ask_it_once_a_look() -> Result<()> {
    let world = world("feature-errors", "03:12:41").await?;
    let (clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 5);
    let together = Arc::default();
    let mut sources = Vec::new();
    for number in 0..40 {
        let service = if number % 2 == 0 {
            "checkout"
        } else {
            "search"
        };
        let settings = settings(&world, service, Environment::Canary)?;
        let together = Arc::clone(&together);
        let source = Watching::start_with(&settings, standing.clone(), wanted, together)?;
        sources.push((number % 2 == 0, source));
    }
    let knobs = &world.canary_knobs.prometheus;
    let mut rules = BTreeSet::new();
    for (look, time) in (1..).zip(["03:12:41", "03:12:56", "03:13:11"]) {
        let at = world.at(time).context("a time")?;
        world.set_time(at).await;
        clock.send_replace(at);
        for (fires, source) in &mut sources {
            if look > 1 {
                source.wanted.send_replace(wanted);
            }
            let alerts = source.look().await?.alerts.context("no alerts")?;
            assert_eq!(alerts.firing().count(), usize::from(*fires), "{alerts:?}");
            if let Alerts::Served { rules: told, .. } = alerts {
                rules.insert((*fires, told));
            }
        }
        assert_eq!(knobs.count("GET", "/api/v1/alerts"), look, "{time}");
    }
    // Of each its own.
    assert_eq!(
        rules.into_iter().collect::<Vec<_>>(),
        [(false, Some(0)), (true, Some(1))]
    );
    assert_eq!(knobs.count("GET", "/api/v1/rules"), 1);
    // What is wrong is told to each, and asked again once at the next look.
    let broken = Fault::Answer {
        status: 500,
        retry_after: None,
    };
    knobs.set(Scope::path("/api/v1/alerts"), broken);
    let at = world.at("03:13:26").context("a time")?;
    world.set_time(at).await;
    clock.send_replace(at);
    for (_, source) in &mut sources {
        source.wanted.send_replace(wanted);
        source.until(|seen| !seen.lacks.is_empty()).await?;
    }
    assert_eq!(knobs.count("GET", "/api/v1/alerts"), 4);
    Ok(())
}

#[tokio::test]
async fn requests_wait_neither_for_alerts_nor_for_pods() -> Result<()> {
    let world = world("feature-errors", "03:12:41").await?;
    let mut settings = settings(&world, "checkout", Environment::Canary)?;
    // Longer than the test has patience.
    settings.deadline = Duration::from_secs(300);
    let knobs = &world.canary_knobs.prometheus;
    for path in ["/api/v1/alerts", "/api/v1/rules"] {
        knobs.set(Scope::path(path), Fault::Delay(Duration::from_secs(600)));
    }
    let (clock, standing) = watch::channel(world.now());
    let wanted = since(&world, 5);
    let mut source = Watching::start(&settings, standing, wanted)?;
    for time in ["03:12:56", "03:13:11"] {
        let seen = source
            .until(|seen| seen.red.is_some() && seen.machines.is_some() && seen.pods.is_some())
            .await?;
        assert_eq!((seen.alerts, seen.failed), (None, None));
        let at = world.at(time).context("a time")?;
        world.set_time(at).await;
        clock.send_replace(at);
        source.wanted.send_replace(wanted);
    }
    assert_eq!(
        knobs.count("GET", "/api/v1/alerts"),
        1,
        "it is not asked while it is asked"
    );
    Ok(())
}
