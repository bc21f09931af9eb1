//! What a deck concludes at a time of a scenario over the embedded world's own servers.
//!
//! The world stands at that time and its Prometheus gets all the time it wants, so that the answer does not depend on how
//! busy this machine is.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use flightdeck::app::state::ServiceState;
use flightdeck::domain::environment::Environment;
use flightdeck::domain::names::ServiceName;
use flightdeck::domain::source::SourceState;
use flightdeck::domain::workload::Rollout;
use flightdeck::shell::clock::Time;
use flightdeck::sim::Options;
use jiff::Timestamp;

use crate::conclusion::Conclusion;
use crate::deck::{Deck, settings};
use crate::lab::Lab;
use crate::wait::until;
use crate::world::World;

/// How long it may take: the world is made anew, and its hours are looked through.
const LIMIT: Duration = Duration::from_secs(180);

/// Asks a deck that is opened at that time.
pub(super) fn at(
    lab: &Lab,
    scenario: &str,
    service: &str,
    time_of_day: &str,
) -> Result<Conclusion> {
    let at: Timestamp = format!("2026-11-21T{time_of_day}Z").parse()?;
    let name = format!("simulated-{scenario}-{}", time_of_day.replace(':', ""));
    let folder = lab.folder(&name);
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
            prometheus.adapter.deadline = LIMIT;
        }
    }
    // The clock stands, and polls go on.
    let time = Time {
        speed: 5.0,
        ..Time::of_world(&world.running)
    };
    let deck = Deck::start(settings, time, None);
    let what = format!("the simulator's {scenario} at {time_of_day}");
    until(&what, LIMIT, || {
        let seen = deck.look()?;
        let name = ServiceName::parse(service)?;
        let state = seen.state.world.services.get(&name);
        let state = state.context("no such service")?;
        let is_whole = is_whole(state, at);
        ensure!(
            is_whole,
            "not everything was seen: {:?}",
            state.evidence.sources
        );
        Ok(Conclusion::of(&seen.state, service))
    })
    .map(|(found, _)| found)
}

/// Whether everything that judgement rests on was seen as of then.
fn is_whole(service: &ServiceState, at: Timestamp) -> bool {
    let seen = |environment: &Environment| {
        let Some(found) = service.evidence.environments.get(environment) else {
            return false;
        };
        let is_fresh = |at_: Option<Timestamp>| at_ == Some(at);
        is_fresh(found.red.as_ref().map(|red| red.at))
            && is_fresh(found.usage.as_ref().map(|usage| usage.at))
            && found.workload.is_some()
            && found.releases.is_some()
            && found.flags.is_some()
            && found.evaluations.is_some()
    };
    let mut sources = service.evidence.sources.values();
    let production = service.evidence.environments.get(&Environment::Production);
    let canary = service.evidence.environments.get(&Environment::Canary);
    let workload = canary.and_then(|found| found.workload.as_ref());
    // Nothing is compared with the day before a canary that never began.
    let is_out =
        workload.is_some_and(|w| matches!(w.value.rollout, Some(Rollout::Complete { .. })));
    let before = production.is_some_and(|found| found.before.is_some());
    seen(&Environment::Canary)
        && seen(&Environment::Production)
        && sources.all(|source| matches!(source, SourceState::Live { .. }))
        && (before || !is_out)
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
