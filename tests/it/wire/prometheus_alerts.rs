//! The alerts of the simulated Prometheus that name a service, and a server that has none or is in trouble.

use anyhow::{Context as _, Result, bail};
use flightdeck::domain::alert::{AlertState, Alerts};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::untrusted::Untrusted;
use flightdeck::sim::knobs::{Fault, Scope};

use super::prometheus::{once, settings, since, world};

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
