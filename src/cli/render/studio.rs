//! A world that stands still at one moment after another, and the deck's state at each. A state is folded from what was
//! heard, not from how it came: no network, machine or order of opening shows in it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use crate::adapters::transport::ensure_crypto;
use crate::app::action::Action;
use crate::app::event::Event;
use crate::app::field::Field;
use crate::app::state::{Mode, State};
use crate::app::{start, update};
use crate::domain::environment::Environment;
use crate::domain::security::Affected;
use crate::settings::Settings;
use crate::shell::clock::Time;
use crate::shell::evidence;
use crate::shell::flight::{Flight, How, Keeps};
use crate::sim::scenario::Side;
use crate::sim::{Options, Running, Sim, scenario};

use super::super::demo::Kubeconfig;
use super::look::Look;
use super::screen::{Shown, pressed};

/// What names and jitter come from.
const SEED: u64 = 1;

/// A scenario's world, looked at. Its time only goes forward.
#[derive(Debug)]
pub struct Studio {
    scenario: String,
    directory: PathBuf,
    /// None before the first look, which says when the world begins to stand.
    standing: Option<Standing>,
}

/// A world with the way into it.
#[derive(Debug)]
struct Standing {
    world: Arc<Running>,
    settings: Settings,
    /// It is read whenever a deck opens.
    _kubeconfig: Kubeconfig,
}

/// The services that every scenario has, in the deck's order.
pub(super) fn services() -> anyhow::Result<Vec<String>> {
    let fleet = scenario::fleet()?;
    let mut names: Vec<String> = fleet.services.into_iter().map(|s| s.name).collect();
    names.sort();
    Ok(names)
}

impl Studio {
    /// A scenario by name; a file that leads into its world is kept in that directory meanwhile.
    pub fn new(scenario: &str, directory: &Path) -> Self {
        Self {
            scenario: scenario.to_owned(),
            directory: directory.to_owned(),
            standing: None,
        }
    }

    /// The deck at a moment that is not before the last one: a service on a screen. None where that screen is a plan and
    /// nothing is advised.
    pub async fn see(
        &mut self,
        at: Timestamp,
        service: &str,
        screen: Shown,
    ) -> anyhow::Result<Option<State>> {
        let mut heard = Vec::new();
        for moment in self.moments(at)? {
            let keys = if moment == at {
                way(moment, service, screen)?
            } else {
                Vec::new()
            };
            heard.push((moment, self.look(moment, &keys).await?));
        }
        let standing = self.standing.as_ref().context("no world was looked at")?;
        let begun = heard.first().map_or(at, |(moment, _)| *moment);
        let services = evidence::at_start(&standing.settings, begun);
        let state = start(services, Mode::Demo, begun, SEED).context("no service is configured")?;
        let dry_run = heard.last().and_then(|(_, look)| look.dry_run());
        let events = heard.iter().flat_map(|(moment, look)| look.events(*moment));
        let keys = way(at, service, screen)?;
        // What follows from an event was asked of the world when it was looked at.
        let fold = |state, event| update(state, event).0;
        let said = self.said(at)?;
        let state = events.chain(said).chain(keys).fold(state, fold);
        let Some(answer) = dry_run else {
            let asks = screen.way().contains(&Action::PlanAdvised);
            return Ok((!asks || !state.ui.overlays.is_empty()).then_some(state));
        };
        let Some(op) = state.plan().map(|view| view.plan.op.clone()) else {
            return Ok(None);
        };
        Ok(Some(fold(state, Event::DryRun { op, answer })))
    }

    /// When a deck must have looked to know at that moment what one knows that was open all night: where a source is gone
    /// by then, it saw it go.
    fn moments(&self, at: Timestamp) -> anyhow::Result<Vec<Timestamp>> {
        let midnight = scenario::moment("03:00:00").context("the scenarios' first moment")?;
        let after = |seconds| midnight.checked_add(SignedDuration::from_secs(seconds));
        let mut moments = Vec::new();
        for (from, until) in scenario::outages(&self.scenario)? {
            if after(from)? <= at && at < after(until)? {
                moments.push(after(from - 1)?);
            }
        }
        moments.push(at);
        Ok(moments)
    }

    /// The keys of whoever raised and ended the security incidents of the scenario by then, each from the first service and
    /// back to it.
    fn said(&self, at: Timestamp) -> anyhow::Result<Vec<Event>> {
        let midnight = scenario::moment("03:00:00").context("the scenarios' first moment")?;
        let mut events = Vec::new();
        for incident in scenario::incidents(&self.scenario)? {
            let sides = |of: &Affected| {
                let both = [Side::Canary, Side::Production];
                let named = both.map(|side| incident.sides.contains(&side));
                let meant = [Environment::Canary, Environment::Production];
                named == meant.map(|environment| of.environments().contains(&environment))
            };
            let steps = Affected::ALL.iter().position(sides).unwrap_or_default();
            let (raised, ended) = incident.seconds();
            for (seconds, steps, words) in [
                (raised, steps, &incident.reason),
                (ended, 0, &incident.found),
            ] {
                let then = midnight.checked_add(SignedDuration::from_secs(seconds))?;
                if then > at {
                    continue;
                }
                let there = way(then, &incident.service, Shown::Incident)?;
                let back = there.len().saturating_sub(1);
                let press = |action| pressed(action, then);
                events.extend(there);
                events.extend(std::iter::repeat_n(press(Action::Affected), steps));
                events.push(Event::Edited(Field::of(words)));
                events.push(press(Action::Submit));
                events.extend(std::iter::repeat_n(press(Action::PreviousService), back));
            }
        }
        Ok(events)
    }

    /// Opens a deck at a moment and closes it when it has seen everything.
    async fn look(&mut self, at: Timestamp, keys: &[Event]) -> anyhow::Result<Look> {
        let standing = match &self.standing {
            Some(standing) => {
                anyhow::ensure!(at >= standing.world.now(), "the world's time goes forward");
                standing.world.set_time(at).await;
                standing
            }
            None => self.standing.insert(self.stand(at).await?),
        };
        let how = How {
            time: Time::of_world(&standing.world),
            mode: Mode::Demo,
            seed: SEED,
            logbook: Keeps::Nothing,
        };
        let mut flight = Flight::start(&standing.settings, how)?;
        let look = Look::take(&mut flight, keys, instances(&standing.world)).await;
        flight.stop().await;
        look
    }

    async fn stand(&self, at: Timestamp) -> anyhow::Result<Standing> {
        ensure_crypto();
        let world = Sim::start(Options::frozen(&self.scenario, at)).await?;
        let kubeconfig = Kubeconfig::write(&self.directory, &world)?;
        let settings = kubeconfig.settings(&world)?;
        Ok(Standing {
            world: Arc::new(world),
            settings,
            _kubeconfig: kubeconfig,
        })
    }
}

/// The instances of flagd by the names that the deck makes of their addresses.
fn instances(world: &Running) -> BTreeMap<String, String> {
    let sides = [&world.canary.flagd, &world.production.flagd];
    let named = |(at, address): (usize, &SocketAddr)| {
        let number = at + 1;
        (address.to_string(), format!("flagd-{number}"))
    };
    sides
        .into_iter()
        .flat_map(|side| side.iter().enumerate().map(named))
        .collect()
}

/// From the first screen to a service's: the keys that a person would press.
fn way(at: Timestamp, service: &str, screen: Shown) -> anyhow::Result<Vec<Event>> {
    // The deck opens on the first.
    let services = services()?;
    let steps = services
        .iter()
        .position(|name| name == service)
        .with_context(|| {
            format!(
                "there is no service {service:?}; there are: {}",
                services.join(", ")
            )
        })?;
    let there = std::iter::repeat_n(Action::NextService, steps);
    let keys = there.chain(screen.way().iter().copied());
    Ok(keys.map(|action| pressed(action, at)).collect())
}
