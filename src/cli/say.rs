//! The only way of a subcommand to the standard streams. A reader that left early (`| head`) is no error.

use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;

use super::exit::Failure;

/// For whom an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// A person.
    Text,
    /// A program.
    Json,
}

/// Writes a document as JSON to stdout.
pub(super) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(document).context("the answer as JSON")?;
    out(&format!("{text}\n"))
}

/// Writes text as it is to stdout.
pub(super) fn out(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Err(_) | Ok(()) => Ok(()),
    }
}

/// Writes a line for a person to stderr.
pub(super) fn note(text: &str) {
    // There is nobody left to tell when this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says what failed and why, outermost first.
pub(super) fn error(failure: &Failure) {
    note(&format!("flightdeck: {:#}", failure.error));
}
