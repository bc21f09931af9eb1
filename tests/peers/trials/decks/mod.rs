//! The deck over real clusters, a real Prometheus and flags that OpenFeature's own evaluator evaluates, told of them by its
//! configuration file alone.
//!
//! A second deck looks at the same story through the embedded world's own servers, and a third opinion is in the
//! scenario's file: all three must agree.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
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
    lab: &'l Lab,
    scenario: &'static str,
    estate: Estate<'l>,
    world: World,
    deck: Deck,
    service: &'static str,
    upgrade: Option<Running>,
}

impl<'l> Story<'l> {
    fn play(lab: &'l Lab, scenario: &'static str, service: &'static str) -> Result<Self> {
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
        let config = estate.config("alice")?;
        let deck = Deck::configured(&config, Some(&folder.join("journal")))?;
        let mut story = Self {
            lab,
            estate,
            world,
            deck,
            scenario,
            service,
            upgrade: None,
        };
        story.goes_on().with_context(|| story.told())?;
        Ok(story)
    }

    fn goes_on(&mut self) -> Result<()> {
        let last = self.world.at(LAST)?;
        let mut agenda: Vec<(Timestamp, Due)> = Vec::new();
        for (time, event) in script(self.scenario)? {
            agenda.push((self.world.at(&time)?, Due::Event(event)));
        }
        for expectation in self.world.running.expectations.clone() {
            let at = self.world.at(&expectation.time())?;
            if expectation.service == self.service {
                agenda.push((at, Due::Look(expectation)));
            }
        }
        agenda.retain(|(at, _)| *at <= last);
        agenda.sort_by_key(|(at, _)| *at);
        let expected: Vec<Expectation> = agenda.iter().filter_map(|(_, due)| due.look()).collect();
        let (lab, scenario, service) = (self.lab, self.scenario, self.service);
        thread::scope(|scope| {
            let (answers, opinions) = mpsc::channel();
            // Asked meanwhile: the simulator's answer does not depend on when it is asked.
            scope.spawn(move || {
                let of = |expected| opinion::of(lab, scenario, service, expected);
                expected
                    .iter()
                    .map(of)
                    .try_for_each(|found| answers.send(found))
            });
            for (at, due) in agenda {
                let clock = self.world.running.clock();
                self.world.wait(clock.sleep_until(at));
                match due {
                    Due::Event(event) => self.happens(event)?,
                    Due::Look(expected) => self.agrees(&expected, &opinions.recv()??)?,
                }
            }
            Ok(())
        })
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

    /// The deck concludes what the scenario's file says, and what a deck over the simulator says, in every word.
    fn agrees(&self, expected: &Expectation, simulated: &Conclusion) -> Result<()> {
        let what = format!("{}: {}", expected.time(), expected.because);
        until(&what, LAG, || {
            let found = self
                .deck
                .concludes(self.service)?
                .context("the deck still reads")?;
            let differences = found.differences(simulated);
            if !differences.is_empty() {
                eprintln!("{} {what} DIFFERS {differences:?}", self.scenario);
            }
            ensure!(differences.is_empty(), "real / simulated: {differences:#?}");
            Ok(is_as(&found, expected).then_some(()))
        })
        .map(drop)
    }

    /// What the deck said when, for whoever reads a failure.
    fn told(&self) -> String {
        let Ok(seen) = self.deck.look() else {
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

enum Due {
    Event(Scripted),
    Look(Expectation),
}

impl Due {
    fn look(&self) -> Option<Expectation> {
        match self {
            Self::Look(expectation) => Some(expectation.clone()),
            Self::Event(_) => None,
        }
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
