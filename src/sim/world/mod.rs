//! The simulated world: services on two clusters, stepped on a virtual clock from two hours before the scenario begins.
//!
//! It only moves when it is told the time, in fixed ticks, so that its numbers depend on the seed, the scenario and what
//! was written at which virtual time, and never on who looks or how often.

mod active;
mod alerts;
mod app;
mod cluster;
mod export;
mod flags;
mod latency;
mod mishaps;
mod pod;
mod publish;
mod scraping;
mod shared;
mod targets;
#[cfg(test)]
mod tests;
mod traffic;
mod vitals;

use std::collections::VecDeque;

use jiff::Timestamp;

use super::clock::SimClock;
use super::prometheus::Millis;
use super::scenario::{Effect, Event, Fleet, Script, Server, Side};

pub(crate) use alerts::{AlertState, Alerting};
pub(crate) use cluster::Cluster;
pub(crate) use export::METRICS_PORT;
pub(crate) use flags::{NAMESPACE, OBJECT, static_context};
pub(crate) use shared::Shared;
pub(crate) use targets::{Target, targets};

use traffic::TICK;

/// How much of the past exists when the scenario begins.
const HISTORY: Millis = 2 * 3600 * 1000;

/// A moment as the clock has it.
pub(crate) fn timestamp(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A moment in the model's unit.
pub(crate) fn millis(at: Timestamp) -> Millis {
    at.as_millisecond()
}

/// What is still to happen, at what time.
#[derive(Debug)]
enum Due {
    Event(Event),
    Back(Server, Side),
    Healthy { service: String, side: Side },
}

/// The whole world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) epoch: Millis,
    now: Millis,
    clock: SimClock,
    effects: Vec<Effect>,
    agenda: VecDeque<(Millis, Due)>,
}

impl World {
    /// A world that stands two hours before `epoch`, which is the scenario's 03:00:00; a frozen clock is set so.
    pub(crate) fn new(
        script: &Script,
        fleet: &Fleet,
        seed: u64,
        epoch: Timestamp,
        clock: SimClock,
    ) -> Self {
        let epoch = millis(epoch);
        let begin = epoch - HISTORY;
        if clock.is_frozen() {
            clock.set(timestamp(begin));
        }
        let clusters = Side::BOTH
            .into_iter()
            .map(|side| Cluster::new(side, fleet, seed, epoch, begin, &clock))
            .collect();
        let mut agenda: Vec<(Millis, Due)> = Vec::new();
        for event in &script.events {
            agenda.push((epoch + event.at().0, Due::Event(event.clone())));
            if let Some((server, until, sides)) = event.outage() {
                let back = sides.iter().map(|side| Due::Back(server, *side));
                agenda.extend(back.map(|due| (epoch + until.0, due)));
            }
            if let Event::HealthDown {
                until: Some(until),
                service,
                side,
                ..
            } = event
            {
                let (service, side) = (service.clone(), *side);
                agenda.push((epoch + until.0, Due::Healthy { service, side }));
            }
        }
        agenda.extend(recent_releases(fleet, begin, epoch));
        agenda.sort_by_key(|(at, _)| *at);
        Self {
            clusters,
            epoch,
            now: begin,
            clock,
            effects: script.effects.clone(),
            agenda: agenda.into(),
        }
    }

    /// The cluster of one side.
    pub(crate) fn cluster(&self, side: Side) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.side == side)
    }

    /// Up to when the world has been simulated.
    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    /// When something will happen next that others can see without asking for metrics.
    pub(crate) fn next_change(&self) -> Option<Millis> {
        let agenda = self.agenda.front().map(|(at, _)| *at);
        self.clusters
            .iter()
            .filter_map(Cluster::next_change)
            .chain(agenda)
            .min()
    }

    /// Lets the world go on until `to`; does nothing if it is there already.
    pub(crate) fn advance(&mut self, to: Millis) {
        while self.now < to {
            let tick = self.now - (self.now - self.epoch).rem_euclid(TICK) + TICK;
            let scrape = self
                .clusters
                .iter()
                .map(Cluster::next_scrape)
                .min()
                .unwrap_or(tick);
            let change = self.next_change().unwrap_or(tick);
            let next = tick.min(scrape).min(change);
            if next > to {
                break;
            }
            self.now = next;
            if change == next && self.clock.is_frozen() && self.clock.now() < timestamp(next) {
                // Objects carry the time at which they are written.
                self.clock.set(timestamp(next));
            }
            self.happen(next);
            for cluster in &mut self.clusters {
                cluster.change(next);
                if tick == next {
                    cluster.tick(&self.effects, next - TICK, self.epoch);
                }
                cluster.scrape(next);
            }
        }
        self.now = self.now.max(to);
    }

    /// Takes note of what others wrote since the last look.
    pub(crate) fn observe(&mut self) {
        let now = self.now;
        for cluster in &mut self.clusters {
            cluster.observe_flags(now);
        }
    }

    fn happen(&mut self, now: Millis) {
        while self.agenda.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, due)) = self.agenda.pop_front() else {
                break;
            };
            match due {
                Due::Event(Event::Deploy {
                    service,
                    side,
                    version,
                    runs,
                    ..
                }) => {
                    self.on(side, |cluster| {
                        cluster.deploy(&service, &version, runs, now);
                    });
                }
                Due::Event(Event::Flag {
                    side,
                    flag,
                    state,
                    by,
                    ..
                }) => {
                    self.on(side, |cluster| cluster.set_flag(&flag, &state, &by, now));
                }
                Due::Event(Event::HealthDown {
                    service,
                    side,
                    version,
                    ..
                }) => {
                    self.on(side, |cluster| cluster.probe(&service, Some(&version), now));
                }
                Due::Healthy { service, side } => {
                    self.on(side, |cluster| cluster.probe(&service, None, now));
                }
                Due::Event(
                    event @ (Event::PrometheusDown { .. }
                    | Event::FlagdDown { .. }
                    | Event::ClusterUnreachable { .. }),
                ) => {
                    if let Some((server, _, sides)) = event.outage() {
                        for side in sides {
                            self.open(*side, server, false);
                        }
                    }
                }
                Due::Back(server, side) => {
                    self.open(side, server, true);
                    self.on(side, |cluster| cluster.observe_flags(now));
                }
            }
        }
    }

    fn on<T>(&mut self, side: Side, act: impl FnOnce(&mut Cluster) -> T) -> Option<T> {
        let mut clusters = self.clusters.iter_mut();
        clusters.find(|cluster| cluster.side == side).map(act)
    }
}

/// Releases of the fleet that fall into the simulated past.
fn recent_releases(fleet: &Fleet, begin: Millis, epoch: Millis) -> Vec<(Millis, Due)> {
    let mut out = Vec::new();
    for service in &fleet.services {
        for side in Side::BOTH {
            for release in &service.on(side).releases {
                let at = app::release_time(release, epoch);
                if at >= begin {
                    out.push((
                        at,
                        Due::Event(Event::Deploy {
                            at: super::scenario::Offset(at - epoch),
                            service: service.name.clone(),
                            side,
                            version: release.version.clone(),
                            runs: true,
                        }),
                    ));
                }
            }
        }
    }
    out
}
