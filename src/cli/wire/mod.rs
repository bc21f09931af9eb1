//! The JSON that the command line reads and writes: types of its own, so that a room can change without breaking a
//! pipeline. `CONTRACTS.md` has the meaning; `--schema` prints what is here.

pub(super) mod advice;
pub(super) mod alert;
mod case;
pub(super) mod decide;
pub(super) mod flag;
mod incident;
pub(super) mod judge;
pub(super) mod metric;
pub(super) mod metrics;
mod missing;
pub(super) mod source;
pub(super) mod status;
pub(super) mod verdict;
pub(super) mod words;
mod written;

use anyhow::Context as _;
use clap::ValueEnum;
use schemars::JsonSchema;

use super::exit::{Exit, Failure};
use super::say;

/// Which of a filter's two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Which {
    /// What it reads.
    In,
    /// What it prints.
    Out,
}

/// Prints the JSON Schema of a document.
pub(super) fn print_schema<T: JsonSchema>() -> Result<Exit, Failure> {
    let schema = schemars::schema_for!(T);
    let text = serde_json::to_string_pretty(&schema).context("the schema")?;
    say::out(&format!("{text}\n"))?;
    Ok(Exit::Ok)
}
