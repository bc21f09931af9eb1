//! The deck over real clusters, a real Prometheus and flags that OpenFeature's own evaluator evaluates, told of them by its
//! configuration file alone.
//!
//! A second deck looks at the same story through the embedded world's own servers, and a third opinion is in the
//! scenario's file: all three must agree.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use flightdeck::sim::Options;
use flightdeck::sim::scenario::{Expectation, Rung};
use jiff::{SignedDuration, Timestamp};

mod killed;
mod opinion;

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

/// How late the deck may be: the real Prometheus scrapes at moments of its own, and a verdict may wait for the next
/// interval.
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
            |lab| {
                let story = Story::play(lab, "feature-errors", "checkout")?;
                killed::by(&story)?;
                killed::on_record(story)
            },
        ),
        Case::new("probe::opinions", PEERS, |lab| {
            let text = std::fs::read_to_string("/tmp/x/opinions")?;
            for line in text.lines() {
                let [scenario, service, time] = line.split(' ').collect::<Vec<_>>()[..] else {
                    continue;
                };
                eprintln!(
                    "OPINION {line} {:?}",
                    opinion::at(lab, scenario, service, time)
                );
            }
            Ok(())
        }),
        Case::new("decks::calm_earns_its_promotion", PEERS, |lab| {
            Story::play(lab, "calm", "checkout").map(drop)
        }),
        Case::new("decks::low_traffic_stays_unsure", PEERS, |lab| {
            Story::play(lab, "low-traffic", "ledger").map(drop)
        }),
        Case::new("decks::a_bad_release_is_to_be_rolled_back", PEERS, |lab| {
            Story::play(lab, "bad-release", "checkout").map(drop)
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
    night: Night<'l>,
    deck: Deck,
    /// Helm may still wait for what it did.
    _upgrades: Vec<Running>,
}

/// Where it plays.
struct Night<'l> {
    lab: &'l Lab,
    scenario: &'static str,
    service: &'static str,
    folder: PathBuf,
    estate: Estate<'l>,
    world: World,
}

impl<'l> Story<'l> {
    fn play(lab: &'l Lab, scenario: &'static str, service: &'static str) -> Result<Self> {
        let name = format!("story-{scenario}");
        let folder = lab.folder(&name);
        let estate = Estate::build(lab, &name, service)?;
        let opens: Timestamp = format!("2026-11-21T{OPENS}Z").parse()?;
        let options = Options {
            start_at: Some(opens),
            live: true,
            ..Options::new(scenario)
        };
        let night = Night {
            lab,
            scenario,
            service,
            world: World::start(&lab.programs, &folder, options)?,
            folder,
            estate,
        };
        let (deck, upgrades) = thread::scope(|scope| {
            let people = scope.spawn(|| night.people());
            let (answers, opinions) = mpsc::channel();
            // Asked meanwhile: the simulator's answer does not depend on when it is asked.
            let asked = &night;
            scope.spawn(move || asked.simulated(&answers));
            let deck = night.deck()?;
            let agreed = night.looks(&deck, &opinions);
            agreed.with_context(|| night.told(&deck))?;
            let upgrades = people.join();
            anyhow::Ok((deck, upgrades.map_err(|_| anyhow!("a thread broke"))??))
        })?;
        Ok(Self {
            night,
            deck,
            _upgrades: upgrades,
        })
    }
}

impl Night<'_> {
    /// The moments at which the deck is looked at, in order.
    fn expectations(&self) -> Vec<Expectation> {
        let all = self.world.running.expectations.iter();
        let ours = all.filter(|look| look.service == self.service && look.time().as_str() <= LAST);
        let mut ours: Vec<Expectation> = ours.cloned().collect();
        ours.sort_by_key(Expectation::seconds);
        ours
    }

    fn sleep_until(&self, time: &str) -> Result<()> {
        let at = self.world.at(time)?;
        let clock = self.world.running.clock();
        self.world.wait(clock.sleep_until(at));
        Ok(())
    }

    /// What people do on the real clusters, at the times at which the scenario has it.
    fn people(&self) -> Result<Vec<Running>> {
        let (canary, namespace) = (self.estate.canary(), self.estate.namespace.as_str());
        let mut upgrades = Vec::new();
        for (time, event) in script(self.scenario)? {
            self.sleep_until(&time)?;
            match event {
                Scripted::Deploy { version, runs } => {
                    upgrades.push(canary.upgrade(namespace, self.service, &version, runs)?);
                }
                Scripted::Flag { state } => canary.set_flag("alice", namespace, FLAG, &state)?,
            }
        }
        Ok(upgrades)
    }

    /// The simulator's opinion at each moment.
    fn simulated(&self, answers: &mpsc::Sender<Result<Conclusion>>) {
        for expected in self.expectations() {
            let time = expected.time();
            let found = opinion::at(self.lab, self.scenario, self.service, &time);
            let checked = found.and_then(|found| {
                let because = &expected.because;
                ensure!(
                    is_as(&found, &expected),
                    "simulated, {time}: {because}: {found:#?}"
                );
                Ok(found)
            });
            if answers.send(checked).is_err() {
                break;
            }
        }
    }

    /// Starts the deck once there is something to scrape and ask.
    fn deck(&self) -> Result<Deck> {
        self.estate.scrape(&self.world)?;
        let config = self.estate.config("alice")?;
        Deck::configured(&config, Some(&self.folder.join("journal")))
    }

    fn looks(&self, deck: &Deck, opinions: &mpsc::Receiver<Result<Conclusion>>) -> Result<()> {
        for expected in self.expectations() {
            self.sleep_until(&expected.time())?;
            self.agrees(deck, &expected, &opinions.recv()??)?;
        }
        Ok(())
    }

    /// The deck concludes what the scenario's file says, and what a deck over the simulator says, in every word.
    fn agrees(&self, deck: &Deck, expected: &Expectation, simulated: &Conclusion) -> Result<()> {
        let what = format!("{}: {}", expected.time(), expected.because);
        until(&what, LAG, || {
            let found = deck.concludes(self.service)?;
            let found = found.context("the deck still reads")?;
            let differences = found.differences(simulated);
            ensure!(differences.is_empty(), "real, simulated: {differences:#?}");
            Ok(is_as(&found, expected).then_some(()))
        })
        .map(drop)
    }

    /// What the deck said when, for whoever reads a failure.
    fn told(&self, deck: &Deck) -> String {
        let Ok(seen) = deck.look() else {
            return "the deck has ended".to_owned();
        };
        let line = |(at, said): &(Timestamp, String)| {
            let at = at.duration_since(self.world.running.scenario_epoch)
                + SignedDuration::from_hours(3);
            let (hours, minutes, seconds) = (at.as_hours(), at.as_mins() % 60, at.as_secs() % 60);
            format!("  {hours:02}:{minutes:02}:{seconds:02} {said}")
        };
        let lines: Vec<String> = seen.said.iter().map(line).collect();
        format!("the deck said:\n{}", lines.join("\n"))
    }
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
        "calm" => include_str!("../../../../src/sim/scenarios/calm.toml"),
        "feature-errors" => include_str!("../../../../src/sim/scenarios/feature-errors.toml"),
        "bad-release" => include_str!("../../../../src/sim/scenarios/bad-release.toml"),
        "low-traffic" => include_str!("../../../../src/sim/scenarios/low-traffic.toml"),
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
