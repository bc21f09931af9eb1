//! `flightdeck doctor`: everything that the deck needs, asked one by one, with a sentence each and what to do about it.

mod cluster;
mod kept;
mod place;
mod shared;

use std::path::PathBuf;

use crate::domain::source::{Trouble, TroubleKind};
use crate::settings::{Candidates, load};
use crate::shell::clock::Time;

use super::exit::{Exit, Failure};
use super::status::of_trouble;
use super::{say, session};

/// What is told while it is asked, and how it will end.
#[derive(Debug)]
struct Report {
    exit: Exit,
    well: u32,
    wrong: u32,
}

impl Report {
    fn line(word: &str, what: &str, text: &str) -> anyhow::Result<()> {
        say::out(&format!("{word:<7}{what}: {text}\n"))
    }

    /// As it should be.
    fn well(&mut self, what: &str, text: &str) -> anyhow::Result<()> {
        self.well += 1;
        Self::line("ok", what, text)
    }

    /// Not wrong, and worth knowing.
    #[expect(clippy::unused_self, reason = "a report is told by its methods alone")]
    fn note(&self, what: &str, text: &str) -> anyhow::Result<()> {
        Self::line("note", what, text)
    }

    /// Wrong, and what to do.
    fn wrong(&mut self, exit: Exit, what: &str, text: &str) -> anyhow::Result<()> {
        let is_worse = match (self.exit, exit) {
            (Exit::Ok, _) => true,
            // What is forbidden stays so when the network is back.
            (before, Exit::Forbidden) => before != Exit::Forbidden,
            (_, Exit::Ok | Exit::No | Exit::Usage | Exit::Unreachable | Exit::Unknown) => false,
        };
        if is_worse {
            self.exit = exit;
        }
        self.wrong += 1;
        Self::line("WRONG", what, text)
    }

    /// Trouble with a source, and what to do about it.
    fn trouble(&mut self, what: &str, trouble: &Trouble) -> anyhow::Result<()> {
        let text = format!("{}; {}", trouble.message.shown(), todo(trouble.kind));
        self.wrong(of_trouble(trouble.kind), what, &text)
    }
}

/// What to do about a kind of trouble.
pub(super) const fn todo(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::Unauthorized => "log in again, for it does not take these credentials",
        TroubleKind::Forbidden => "ask for the right; the README has the roles",
        TroubleKind::Unreachable => {
            "look whether it runs and the address is right, VPN and proxy included"
        }
        TroubleKind::TimedOut => "look whether it is overloaded, or a firewall swallows the answer",
        TroubleKind::Throttled => "wait a little; it answers too many requests",
        TroubleKind::NotFound => {
            "look whether name, namespace and matchers in the configuration are right"
        }
        TroubleKind::ServerError => "look into its own log",
        TroubleKind::Malformed => {
            "look whether the address, the context and the file are the right ones"
        }
        TroubleKind::Partial => "it answers in part; look at what its warning names",
    }
}

/// What the cluster enforces, and what it can't.
const ENFORCED: &str = "who may change a flag's object is enforced by the cluster (RBAC). A reason, a second person, or \
    that a change comes through flightdeck is not: to bind that, let only a pipeline's identity write there";

pub(super) async fn run(config: Option<PathBuf>) -> Result<Exit, Failure> {
    let mut report = Report {
        exit: Exit::Ok,
        well: 0,
        wrong: 0,
    };
    let loaded = match load(&Candidates::usual(config)) {
        Ok(loaded) => loaded,
        Err(error) => {
            report.wrong(Exit::Usage, "configuration", &error.to_string())?;
            return Ok(report.exit);
        }
    };
    let settings = &loaded.settings;
    report.well("configuration", &loaded.file.display().to_string())?;
    for tightened in &loaded.tightened {
        report.note("configuration", tightened)?;
    }
    if settings.read_only {
        report.note("configuration", "read_only: nothing will be written")?;
    }
    session::log();
    let time = Time::of(settings.clock);
    kept::check(&mut report)?;
    let clusters = cluster::check(settings, &mut report).await?;
    for (name, environment) in settings.places() {
        let Some(cluster) = clusters.get(&environment.cluster) else {
            let text = format!(
                "not asked, for cluster {} can't be used",
                environment.cluster
            );
            report.note(&name.to_string(), &text)?;
            continue;
        };
        let now = time.pace().now();
        place::check(&name, environment, &cluster.clients, now, &mut report).await?;
    }
    shared::check(settings, &clusters, &report)?;
    report.note(
        "helm",
        "the program is not needed; releases are read from the cluster",
    )?;
    report.note("enforcement", ENFORCED)?;
    let Report { well, wrong, .. } = report;
    say::out(&format!("{well} ok, {wrong} wrong\n"))?;
    Ok(report.exit)
}
