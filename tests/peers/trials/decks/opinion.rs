//! What a deck concludes at a time of a scenario over the embedded world's own servers.
//!
//! The world stands at that time and its Prometheus gets all the time it wants, so that the answer does not depend on how
//! busy this machine is.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use flightdeck::shell::clock::Time;
use flightdeck::sim::Options;
use flightdeck::sim::scenario::Expectation;
use jiff::Timestamp;

use super::is_as;
use crate::conclusion::Conclusion;
use crate::deck::{Deck, settings};
use crate::lab::Lab;
use crate::wait::{PATIENCE, until};
use crate::world::World;

/// How many looks in a row a conclusion must not change, for every source to have spoken.
const STEADY: u32 = 40;

/// Asks a deck that is opened at the expectation's time; what it says must be what the scenario's file says.
pub(super) fn of(
    lab: &Lab,
    scenario: &str,
    service: &str,
    expected: &Expectation,
) -> Result<Conclusion> {
    let time = expected.time();
    let at: Timestamp = format!("2026-11-21T{time}Z").parse()?;
    let folder = lab.folder(&format!("simulated-{scenario}-{}", time.replace(':', "")));
    let world = World::start(&lab.programs, &folder, Options::frozen(scenario, at))?;
    let config = folder.join("config.toml");
    fs::write(&config, config_of(&world, service)?)?;
    let mut settings = settings(&config)?;
    for place in settings
        .services
        .values_mut()
        .flat_map(|s| s.environments.values_mut())
    {
        if let Some(prometheus) = &mut place.prometheus {
            prometheus.adapter.deadline = PATIENCE;
        }
    }
    let deck = Deck::start(settings, Time::of_world(&world.running), None);
    let mut last: Option<Conclusion> = None;
    let mut steady = 0;
    let what = format!("the simulator's {scenario} at {time}");
    let (found, _) = until(&what, PATIENCE, || {
        let now = deck.concludes(service)?.context("the deck still reads")?;
        steady = if last.as_ref() == Some(&now) {
            steady + 1
        } else {
            0
        };
        last = Some(now.clone());
        ensure!(is_as(&now, expected), "{}: {now:#?}", expected.because);
        Ok((steady >= STEADY).then_some(now))
    })?;
    Ok(found)
}

/// The world's own configuration, of one service.
fn config_of(world: &World, service: &str) -> Result<String> {
    let all = world.running.config(world.kubeconfig("alice").to_str());
    let mut config: toml::Table = toml::from_str(&all)?;
    let services = config
        .get_mut("services")
        .and_then(toml::Value::as_table_mut);
    services
        .context("no services")?
        .retain(|name, _| name == service);
    Ok(toml::to_string(&config)?)
}
