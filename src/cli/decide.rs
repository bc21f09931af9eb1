//! `flightdeck decide`: what the advisor says of written evidence, without a cluster.

use std::path::PathBuf;

use crate::engine::advisor::decide;
use crate::view::words::headline::{in_short, sign};

use super::exit::{Exit, Failure};
use super::input::{Document, read};
use super::say;
use super::wire::advice::{Promote, Rung};
use super::wire::decide::{Decision, Evidence, SCHEMA};
use super::wire::status::Headline;
use super::wire::words::tag;
use super::wire::{Which, print_schema};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The evidence as JSON, or - for stdin.
    #[arg(long, value_name = "FILE", required_unless_present = "schema")]
    evidence: Option<PathBuf>,
    /// Print the JSON Schema of the answer, or of what is read, instead.
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "out")]
    schema: Option<Which>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match args.schema {
        Some(Which::In) => return print_schema::<Evidence>(),
        Some(Which::Out) => return print_schema::<Decision>(),
        None => {}
    }
    let document: Document<Evidence> = read(args.evidence.as_deref().unwrap_or("-".as_ref()))?;
    let case = document
        .value
        .meant()
        .map_err(|problem| document.wrong(&problem))?;
    let advice = decide(&case);
    let (_, word, _) = sign(&advice.headline);
    say::json(&Decision {
        schema: SCHEMA,
        service: document.value.service,
        at: case.at,
        headline: Headline {
            state: tag(&advice.headline),
            word,
            text: in_short(&advice.headline, advice.compared, case.at),
        },
        advised: advice.first,
        rungs: advice
            .rungs
            .iter()
            .map(|rung| Rung::of(rung, advice.compared, case.at))
            .collect(),
        promote: Promote::of(&advice.promotion, case.at),
    })?;
    Ok(match advice.first {
        Some(_) => Exit::No,
        None => Exit::Ok,
    })
}
