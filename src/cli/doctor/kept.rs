//! Where records are kept: whether they can be written, and whether what is there is as it was written.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use crate::cli::exit::Exit;
use crate::journal::{
    Damage, Entry, Journal, JournalError, Verification, read, unfinished, verify,
};
use crate::shell::logging::state_directory;
use crate::view::words::security::said;

use super::Report;

const WHAT: &str = "journal";

pub(super) fn check(report: &mut Report) -> anyhow::Result<()> {
    let folder = match state_directory() {
        Ok(state) => state.join("journal"),
        Err(error) => return report.wrong(Exit::Unreachable, WHAT, &format!("{error:#}")),
    };
    if let Err(error) = try_to_write(&folder) {
        let text = format!(
            "{}: {error}; nothing can be changed without a record: make it writable, or set FLIGHTDECK_STATE",
            folder.display()
        );
        return report.wrong(Exit::Unreachable, WHAT, &text);
    }
    let Chain {
        sessions,
        torn,
        wrong,
    } = match chain(&folder) {
        Ok(chain) => chain,
        Err(error) => return report.wrong(Exit::Unreachable, WHAT, &error.to_string()),
    };
    if wrong.is_empty() {
        let torn = match torn {
            0 => String::new(),
            some => format!(", {some} cut off by a crash"),
        };
        let text = format!(
            "{}: writable; {sessions} sessions, chain intact{torn}",
            folder.display()
        );
        report.well(WHAT, &text)?;
    }
    for (exit, why) in wrong {
        let text = format!("{why}; keep the folder as it is and find out who wrote there");
        report.wrong(exit, WHAT, &text)?;
    }
    let left = unfinished(&folder).unwrap_or_default();
    for stands in left.incidents {
        let text = format!(
            "a security incident of {} stands, raised by {}",
            stands.service,
            said(&stands.raised)
        );
        report.note(WHAT, &text)?;
    }
    for left in left.open {
        let text = format!(
            "an earlier run left {} open; the deck offers to verify it",
            left.plan.op
        );
        report.note(WHAT, &text)?;
    }
    Ok(())
}

/// Writes a file and takes it away again.
fn try_to_write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    fs::write(&probe, b"")?;
    fs::remove_file(&probe)
}

#[derive(Default)]
struct Chain {
    sessions: usize,
    torn: usize,
    /// What is wrong, and how much that is.
    wrong: Vec<(Exit, String)>,
}

/// Each file is a chain, and begins at a record of a file before it.
fn chain(folder: &Path) -> Result<Chain, JournalError> {
    let mut found = Chain::default();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut is_whole = true;
    for path in Journal::files(folder)? {
        found.sessions += 1;
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) => {
                let damage = Damage::Unreadable(error);
                found.wrong.push((Exit::Unreachable, damage.to_string()));
                // Nobody can say any more whether what comes next follows it.
                is_whole = false;
                continue;
            }
        };
        let Verification {
            records,
            broken_at,
            torn,
            ..
        } = verify(&text);
        found.torn += usize::from(torn);
        for record in &records {
            if let Entry::Opened {
                previous: Some(previous),
                ..
            } = &record.entry
                && is_whole
                && !seen.contains(previous.as_str())
            {
                let why = format!(
                    "the journal {}: the session before it is missing or cut",
                    path.display()
                );
                found.wrong.push((Exit::No, why));
            }
            seen.insert(record.hash.as_str().to_owned());
        }
        if let Some(line) = broken_at {
            let damage = Damage::Changed { path, line };
            found.wrong.push((Exit::No, damage.to_string()));
        }
    }
    Ok(found)
}
