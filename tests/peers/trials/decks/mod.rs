//! The deck over real clusters, a real Prometheus and flags that a real evaluator evaluates, told of them by its
//! configuration file alone.
//!
//! A second deck looks at the same story through the embedded world's own servers, and both must conclude the same.

mod killed;
mod opinion;
mod script;

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use flightdeck::sim::Options;
use jiff::{SignedDuration, Timestamp};

use self::script::{BAD_RELEASE, CALM, FEATURE_ERRORS, FLAG, LOW_TRAFFIC, Look, Script, Scripted};
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
const OPENS: &str = "03:01:15";

/// How late the deck may be: the real Prometheus scrapes at moments of its own, and a verdict may wait for the next
/// interval.
const LAG: Duration = Duration::from_secs(45);

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
                let story = Story::play(lab, &FEATURE_ERRORS)?;
                killed::by(&story)?;
                killed::on_record(story)
            },
        ),
        Case::new("decks::calm_earns_its_promotion", PEERS, |lab| {
            Story::play(lab, &CALM).map(drop)
        }),
        Case::new("decks::low_traffic_stays_unsure", PEERS, |lab| {
            Story::play(lab, &LOW_TRAFFIC).map(drop)
        }),
        Case::new("decks::a_bad_release_is_a_breach", PEERS, |lab| {
            Story::play(lab, &BAD_RELEASE).map(drop)
        }),
    ]
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
    script: &'static Script,
    folder: PathBuf,
    estate: Estate<'l>,
    world: World,
}

impl<'l> Story<'l> {
    fn play(lab: &'l Lab, script: &'static Script) -> Result<Self> {
        let name = format!("story-{}", script.scenario);
        let folder = lab.folder(&name);
        let estate = Estate::build(lab, &name, script.service)?;
        let opens: Timestamp = format!("2026-11-21T{OPENS}Z").parse()?;
        let options = Options {
            start_at: Some(opens),
            live: true,
            ..Options::new(script.scenario)
        };
        let night = Night {
            lab,
            script,
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
        for (time, event) in self.script.events()? {
            self.sleep_until(&time)?;
            match event {
                Scripted::Deploy { version, runs } => {
                    let service = self.script.service;
                    upgrades.push(canary.upgrade(namespace, service, &version, runs)?);
                }
                Scripted::Flag { state } => canary.set_flag("alice", namespace, FLAG, &state)?,
            }
        }
        Ok(upgrades)
    }

    /// The simulator's opinion at each moment.
    fn simulated(&self, answers: &mpsc::Sender<Result<Conclusion>>) {
        let Script {
            scenario, service, ..
        } = self.script;
        for look in self.script.looks {
            let found = opinion::at(self.lab, scenario, service, look.time);
            if answers.send(found).is_err() {
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
        for look in self.script.looks {
            self.sleep_until(look.time)?;
            self.agrees(deck, look, &opinions.recv()??)?;
        }
        Ok(())
    }

    /// The deck concludes what a deck over the simulator concludes, in every word.
    fn agrees(&self, deck: &Deck, look: &Look, simulated: &Conclusion) -> Result<()> {
        ensure!(look.is(simulated), "simulated, {look:?}: {simulated:#?}");
        let what = format!("{} at {}", self.script.scenario, look.time);
        until(&what, LAG, || {
            let found = deck.concludes(self.script.service)?;
            let found = found.context("the deck still reads")?;
            let differences = if self.script.is_out {
                found.differences(simulated)
            } else {
                found.differences_in_advice(simulated)
            };
            ensure!(
                differences.is_empty(),
                "real, simulated: {differences:#?} {found:#?}"
            );
            Ok(Some(()))
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
