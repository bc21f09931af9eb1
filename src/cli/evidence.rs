//! `flightdeck evidence`: what the advice rests on, as the JSON that `decide` or `judge` reads.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;

use crate::app::state::{ServiceState, State};
use crate::domain::names::ServiceName;
use crate::engine::advisor::distil;
use crate::engine::assess::recorded;

use super::exit::{Exit, Failure};
use super::wire::decide::Evidence;
use super::wire::judge::Request;
use super::{say, session, status};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The service.
    service: String,
    /// Which subcommand shall read it.
    #[arg(long, value_enum, value_name = "SUBCOMMAND", default_value_t = Reader::Decide)]
    r#for: Reader,
    /// How long the sources may take to answer, at most.
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    wait: u64,
}

/// Who reads what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    /// `flightdeck decide`: verdicts, flags, release, attempts and sources.
    Decide,
    /// `flightdeck judge`: both sides' series.
    Judge,
}

pub(super) async fn run(config: Option<PathBuf>, args: Args) -> Result<Exit, Failure> {
    let mut settings = session::configured(config)?.settings;
    let service = session::only(&mut settings, &args.service)?;
    let mut flight = session::looking(&settings)?;
    let looked = status::look(&mut flight, Duration::from_secs(args.wait)).await;
    let written = looked.and_then(|()| written(flight.state()?, &service, args.r#for));
    flight.stop().await;
    if let Some(text) = written? {
        say::out(&text)?;
        return Ok(Exit::Ok);
    }
    say::note(&format!(
        "flightdeck: {service} has no canary with requests on both sides, so that there is nothing to judge"
    ));
    Ok(Exit::No)
}

/// What is known of a service, as JSON; none where there is nothing to judge.
pub fn written(
    state: &State,
    service: &ServiceName,
    reader: Reader,
) -> anyhow::Result<Option<String>> {
    let known = state.world.services.get(service);
    let ServiceState {
        evidence,
        assessment,
        ..
    } = known.with_context(|| format!("there is no service {service}"))?;
    match reader {
        Reader::Decide => {
            let case = distil(evidence, assessment, state.world.now);
            json(&Evidence::of(&case)).map(Some)
        }
        Reader::Judge => recorded(evidence, assessment)
            .map(|recorded| json(&Request::of(service, &recorded)))
            .transpose(),
    }
}

fn json(document: &impl Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(document).context("the evidence as JSON")?;
    Ok(format!("{text}\n"))
}
