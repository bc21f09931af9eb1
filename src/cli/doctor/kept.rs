//! Where records are kept: whether they can be written, and whether what is there is as it was written.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::exit::Exit;
use crate::journal::{Entry, Verification, unfinished, verify};
use crate::shell::logging::state_directory;

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
    match chain(&folder) {
        Ok(Chain::Intact { sessions, torn }) => {
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
        Ok(Chain::Broken { file, why }) => {
            let text = format!(
                "{}: {why}; keep the folder as it is and find out who wrote there",
                file.display()
            );
            report.wrong(Exit::No, WHAT, &text)?;
        }
        Err(error) => {
            let text = format!("{}: {error}", folder.display());
            report.wrong(Exit::Unreachable, WHAT, &text)?;
        }
    }
    for left in unfinished(&folder).unwrap_or_default() {
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

enum Chain {
    Intact { sessions: usize, torn: usize },
    Broken { file: PathBuf, why: String },
}

/// Each file is a chain, and begins at a record of a file before it.
fn chain(folder: &Path) -> io::Result<Chain> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut torn_files = 0;
    for file in &files {
        let Verification {
            records,
            broken_at,
            torn,
            ..
        } = verify(&fs::read_to_string(file)?);
        let broken = |why: String| Chain::Broken {
            file: file.clone(),
            why,
        };
        if let Some(line) = broken_at {
            return Ok(broken(format!("changed from line {line} on")));
        }
        torn_files += usize::from(torn);
        for record in &records {
            if let Entry::Opened {
                previous: Some(previous),
                ..
            } = &record.entry
                && !seen.contains(previous.as_str())
            {
                return Ok(broken("the session before it is missing or cut".to_owned()));
            }
            seen.insert(record.hash.as_str().to_owned());
        }
    }
    Ok(Chain::Intact {
        sessions: files.len(),
        torn: torn_files,
    })
}
