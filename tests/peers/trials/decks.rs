//! The deck over real clusters, a real Prometheus and flags that OpenFeature's own evaluator evaluates, told of them by its
//! configuration file alone.
//!
//! A second deck flies over the embedded world's own servers at the same time, and a third opinion is in the scenario's
//! file: all three must agree.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use flightdeck::sim::Options;
use flightdeck::sim::scenario::{Expectation, Rung};
use jiff::{SignedDuration, Timestamp};

use super::Case;
use crate::cluster::PROGRAMS;
use crate::conclusion::Conclusion;
use crate::deck::Deck;
use crate::estate::Estate;
use crate::lab::Lab;
use crate::process::Running;
use crate::wait::until;
use crate::world::World;
use crate::{ofrep, prometheus};

/// When the story is joined: shortly before its first event.
const OPENS: &str = "03:01:02";

/// What happens later is told by loaded history; a live story takes its own time.
const LAST: &str = "03:11:00";

/// How long the two decks may differ: their servers are scraped at different moments, a scrape apart, and a verdict may
/// wait for the next interval.
const LAG: Duration = Duration::from_secs(45);

const FLAG: &str = "new-payment-flow";

const PEERS: &[&[&str]] = &[
    &PROGRAMS,
    &ofrep::PROGRAMS,
    &prometheus::PROGRAMS,
    &["helm3", "helm4"],
];

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "decks::feature_errors_is_seen_and_the_flag_is_killed",
            PEERS,
            |lab| Story::play(lab, "feature-errors", "checkout"),
        ),
        Case::new("decks::calm_earns_its_promotion", PEERS, |lab| {
            Story::play(lab, "calm", "checkout")
        }),
        Case::new("decks::low_traffic_stays_unsure", PEERS, |lab| {
            Story::play(lab, "low-traffic", "ledger")
        }),
        Case::new("decks::a_bad_release_is_to_be_rolled_back", PEERS, |lab| {
            Story::play(lab, "bad-release", "checkout")
        }),
    ]
}

/// What happens to the real environments, as the scenario's file has it for the world.
#[derive(Debug, Clone, PartialEq)]
enum Scripted {
    Deploy { version: String, runs: bool },
    Flag { state: String },
}

/// A scenario in flight.
struct Story<'l> {
    estate: Estate<'l>,
    world: World,
    /// Over the real servers.
    real: Deck,
    /// Over the world's own.
    simulated: Deck,
    service: &'static str,
    upgrade: Option<Running>,
}

impl<'l> Story<'l> {
    fn play(lab: &'l Lab, scenario: &'static str, service: &'static str) -> Result<()> {
        let mut estate = Estate::build(lab, &format!("story-{scenario}"), service)?;
        let opens: Timestamp = format!("2026-11-21T{OPENS}Z").parse()?;
        let options = Options {
            start_at: Some(opens),
            live: true,
            ..Options::new(scenario)
        };
        let folder = lab.folder(&format!("story-{scenario}"));
        let world = World::start(&lab.programs, &folder, options)?;
        estate.scrape(&world)?;
        let real = Deck::start(&estate.config("alice")?, Some(&folder.join("journal")))?;
        let own = folder.join("simulated.toml");
        std::fs::write(
            &own,
            world.running.config(world.kubeconfig("alice").to_str()),
        )?;
        let simulated = Deck::start(&own, None)?;
        let mut story = Self {
            estate,
            world,
            real,
            simulated,
            service,
            upgrade: None,
        };
        story.goes_on(scenario).with_context(|| story.told())
    }

    fn goes_on(&mut self, scenario: &str) -> Result<()> {
        let last = self.world.at(LAST)?;
        let mut agenda: Vec<(Timestamp, Due)> = script(scenario)?
            .into_iter()
            .map(|(time, event)| Ok((self.world.at(&time)?, Due::Event(event))))
            .collect::<Result<_>>()?;
        for expectation in self.world.running.expectations.clone() {
            let at = self.world.at(&expectation.time())?;
            if expectation.service == self.service {
                agenda.push((at, Due::Look(expectation)));
            }
        }
        agenda.retain(|(at, _)| *at <= last);
        agenda.sort_by_key(|(at, _)| *at);
        for (at, due) in agenda {
            let clock = self.world.running.clock();
            self.world.wait(clock.sleep_until(at));
            match due {
                Due::Event(event) => self.happens(event)?,
                Due::Look(expectation) => self.agrees(&expectation)?,
            }
        }
        Ok(())
    }

    fn happens(&mut self, event: Scripted) -> Result<()> {
        let (canary, namespace) = (self.estate.canary(), self.estate.namespace.as_str());
        match event {
            Scripted::Deploy { version, runs } => {
                self.upgrade = Some(canary.upgrade(namespace, self.service, &version, runs)?);
                Ok(())
            }
            Scripted::Flag { state } => canary.set_flag("alice", namespace, FLAG, &state),
        }
    }

    /// Both decks conclude what the scenario's file says, and the same in every word.
    fn agrees(&self, expected: &Expectation) -> Result<()> {
        let what = format!("{}: {}", expected.time(), expected.because);
        until(&what, LAG, || {
            let real = self
                .real
                .concludes(self.service)?
                .context("the deck still reads")?;
            let simulated = self
                .simulated
                .concludes(self.service)?
                .context("the other still reads")?;
            let differences = real.differences(&simulated);
            ensure!(differences.is_empty(), "real / simulated: {differences:#?}");
            ensure!(
                is_as(&real, expected),
                "not as the scenario says: {real:#?}"
            );
            Ok(Some(()))
        })
        .map(drop)
    }

    /// What both decks said when, for whoever reads a failure.
    fn told(&self) -> String {
        let of = |name: &str, deck: &Deck| match deck.look() {
            Ok(seen) => {
                let lines: Vec<String> = seen
                    .said
                    .iter()
                    .map(|(at, said)| {
                        let at = at.duration_since(self.world.running.scenario_epoch)
                            + SignedDuration::from_hours(3);
                        format!(
                            "  {:02}:{:02}:{:02} {said}",
                            at.as_hours(),
                            at.as_mins() % 60,
                            at.as_secs() % 60
                        )
                    })
                    .collect();
                format!("{name}:\n{}", lines.join("\n"))
            }
            Err(error) => format!("{name}: {error}"),
        };
        format!(
            "{}\n{}",
            of("real", &self.real),
            of("simulated", &self.simulated)
        )
    }
}

enum Due {
    Event(Scripted),
    Look(Expectation),
}

/// Whether a conclusion is what the scenario's file says.
fn is_as(found: &Conclusion, expected: &Expectation) -> bool {
    let rung = expected.rung.map(|rung| match rung {
        Rung::Flag => "Flag",
        Rung::Rollback => "Rollback",
        Rung::Traffic => "Traffic",
        Rung::Database => "Database",
        Rung::Restore => "Restore",
        Rung::People => "People",
    });
    let first = found
        .first
        .as_deref()
        .and_then(|first| first.split(' ').next());
    found.headline == expected.headline && first == rung && found.promotion.0 == expected.promote
}

/// The events of a scenario's file.
fn script(scenario: &str) -> Result<Vec<(String, Scripted)>> {
    let text = match scenario {
        "calm" => include_str!("../../../src/sim/scenarios/calm.toml"),
        "feature-errors" => include_str!("../../../src/sim/scenarios/feature-errors.toml"),
        "bad-release" => include_str!("../../../src/sim/scenarios/bad-release.toml"),
        "low-traffic" => include_str!("../../../src/sim/scenarios/low-traffic.toml"),
        other => bail!("the script of {other} is not known here"),
    };
    let script: toml::Table = toml::from_str(text)?;
    let events = script.get("events").and_then(toml::Value::as_array);
    let of = |event: &toml::Value| -> Result<(String, Scripted)> {
        let text = |key: &str| {
            event
                .get(key)
                .and_then(toml::Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let happens = match text("kind").as_str() {
            "deploy" => Scripted::Deploy {
                version: text("version"),
                runs: event
                    .get("runs")
                    .and_then(toml::Value::as_bool)
                    .unwrap_or(true),
            },
            "flag" => Scripted::Flag {
                state: text("state"),
            },
            other => bail!("{other} is not played here"),
        };
        Ok((text("at"), happens))
    };
    events.into_iter().flatten().map(of).collect()
}
