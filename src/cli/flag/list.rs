//! `flightdeck flag list`.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::app::state::ServiceState;
use crate::cli::exit::{Exit, Failure};
use crate::cli::say::{self, Output};
use crate::cli::session;
use crate::cli::status::of_trouble;
use crate::cli::wire::flag::{Flag, Flags, OfEnvironment};
use crate::cli::wire::print_schema;
use crate::cli::wire::source::Source;
use crate::domain::environment::{Environment, Place};
use crate::domain::source::{SourceId, SourceState};
use crate::settings::Settings;
use crate::shell::headless::{is_ready_for_flags, until};
use crate::view::words::time::clock;

use super::{Answer, Where, place, without_metrics};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The service.
    #[arg(long, required_unless_present = "schema")]
    service: Option<String>,
    /// Only this environment.
    #[arg(long, value_enum)]
    environment: Option<Where>,
    #[command(flatten)]
    answer: Answer,
}

pub(super) async fn run(config: Option<PathBuf>, args: Args) -> Result<Exit, Failure> {
    if args.answer.schema {
        return print_schema::<Flags>();
    }
    let mut settings = session::configured(config)?.settings;
    let service = session::only(&mut settings, &args.service.unwrap_or_default())?;
    let places: Vec<Place> = match args.environment {
        Some(environment) => vec![place(&settings, &service, environment.into())?],
        None => with_flags(&settings),
    };
    without_metrics(&mut settings);
    let mut flight = session::looking(&settings)?;
    let looked = until(&mut flight, args.answer.wait(), |state| {
        let ready = |place: &Place| is_ready_for_flags(state, place);
        places.iter().all(ready).then_some(())
    })
    .await;
    let now = flight.now();
    let found = looked.and_then(|_| Ok(flight.state()?.world.services.get(&service).cloned()));
    flight.stop().await;
    let Some(found) = found? else {
        return Ok(Exit::Unreachable);
    };
    let known = |environment| of_environment(&found, environment, now);
    let (environments, exits): (Vec<_>, Vec<_>) = places
        .iter()
        .filter_map(|place| known(place.environment))
        .unzip();
    let flags = Flags {
        schema: "flightdeck.dev/flags/v1",
        service: service.as_str().to_owned(),
        environments,
    };
    match args.answer.output {
        Output::Json => say::json(&flags)?,
        Output::Text => say::out(&text(&flags))?,
    }
    Ok(exits
        .into_iter()
        .find(|exit| *exit != Exit::Ok)
        .unwrap_or(Exit::Ok))
}

fn with_flags(settings: &Settings) -> Vec<Place> {
    let all = settings.places().filter(|(_, found)| found.flags.is_some());
    all.map(|(place, _)| place).collect()
}

fn of_environment(
    service: &ServiceState,
    environment: Environment,
    now: Timestamp,
) -> Option<(OfEnvironment, Exit)> {
    let evidence = &service.evidence;
    let known = evidence.environments.get(&environment)?;
    let source = SourceId::Flags(Place::new(evidence.service.clone(), environment));
    let state = evidence.sources.get(&source);
    let trouble = state
        .filter(|_| known.flags.is_none())
        .map(|state| Source::of(&source, state, now).text);
    let exit = match state {
        _ if known.flags.is_some() => Exit::Ok,
        Some(SourceState::Failing { trouble, .. }) => of_trouble(trouble.kind),
        Some(SourceState::Reading { .. } | SourceState::Live { .. }) | None => Exit::Unreachable,
    };
    let endpoints = &evidence.policy.flags;
    Some((
        OfEnvironment::of(environment, known, endpoints, trouble),
        exit,
    ))
}

fn text(flags: &Flags) -> String {
    let mut out = String::new();
    for environment in &flags.environments {
        let told = environment
            .trouble
            .as_deref()
            .or(environment.source.as_deref());
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{} on {}: {}",
            flags.service,
            environment.environment,
            told.unwrap_or("not known")
        );
        if let Some(owner) = &environment.owner {
            let _ = writeln!(out, "  {owner} writes this object and may revert a change");
        }
        let width = environment.flags.iter().map(|flag| flag.key.len()).max();
        for flag in &environment.flags {
            let _ = writeln!(out, "  {}", line(flag, width.unwrap_or_default()));
        }
    }
    out
}

fn line(flag: &Flag, width: usize) -> String {
    let seen = match (flag.on, flag.of) {
        (Some(on), Some(of)) => format!("on for {on} of {of}"),
        (None, _) | (_, None) => "nobody was asked".to_owned(),
    };
    let endpoints = match &flag.endpoints {
        Some(endpoints) => endpoints.join(", "),
        None => "endpoints not known".to_owned(),
    };
    let changed = match (flag.changed_at, &flag.changed_by) {
        (Some(at), Some(by)) => format!("source changed {} by {by}", clock(at)),
        (None, _) | (_, None) => String::new(),
    };
    let key = &flag.key;
    let state = flag.state.as_str();
    let line = format!("{key:<width$}  {state:<8}  {seen:<16}  {endpoints}  {changed}");
    line.trim_end().to_owned()
}
