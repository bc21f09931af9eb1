//! `flightdeck status`: what the deck's first screen says, once, for a person or a pipeline.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use crate::app::event::Event;
use crate::app::state::{ServiceState, State};
use crate::domain::alert::AlertState;
use crate::domain::source::TroubleKind;
use crate::engine::advisor::distil;
use crate::engine::assess::Compared;
use crate::shell::flight::Flight;
use crate::shell::headless::{is_read, until};
use crate::view::words::headline::{Standing, ratio_and_interval, standing};
use crate::view::words::number::value;
use crate::view::words::sides::{heads, judged, other};

use super::exit::{Exit, Failure};
use super::say::{self, Output};
use super::session;
use super::wire::advice::{Because, Rung, Stands};
use super::wire::print_schema;
use super::wire::source::{Doing, Source};
use super::wire::status::{Service, Status};
use super::wire::words::tag;

/// A source tells several things one after the other; the last of them may be on its way.
const BREATH: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only this service.
    #[arg(long)]
    service: Option<String>,
    /// For whom it is written.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// How long the sources may take to answer, at most.
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    wait: u64,
    /// Print the JSON Schema of the answer instead.
    #[arg(long)]
    schema: bool,
}

pub(super) async fn run(config: Option<PathBuf>, args: Args) -> Result<Exit, Failure> {
    if args.schema {
        return print_schema::<Status>();
    }
    let mut settings = session::configured(config)?.settings;
    if let Some(service) = &args.service {
        session::only(&mut settings, service)?;
    }
    let mut flight = session::looking(&settings)?;
    let looked = look(&mut flight, Duration::from_secs(args.wait)).await;
    let answer = looked.and_then(|()| flight.state().map(answer));
    flight.stop().await;
    let (status, exit) = answer?;
    match args.output {
        Output::Json => say::json(&status)?,
        Output::Text => say::out(&text(&status))?,
    }
    Ok(exit)
}

/// Flies until everything was read, or for as long as that may take.
pub(super) async fn look(flight: &mut Flight, most: Duration) -> anyhow::Result<()> {
    let all = |state: &State| state.world.services.values().all(is_read).then_some(());
    until(flight, most, all).await?;
    until(flight, BREATH.min(most), |_| None::<()>).await?;
    // Nothing on a state asks for a screen here.
    let _ = flight.fold(Event::Tick { now: flight.now() });
    Ok(())
}

fn answer(state: &State) -> (Status, Exit) {
    let now = state.world.now;
    let services = &state.world.services;
    let status = Status {
        schema: "flightdeck.dev/status/v1",
        at: now,
        services: services.values().map(|s| Service::of(s, now)).collect(),
    };
    let exits = services.values().map(|service| exit(service, state));
    (status, exits.max_by_key(|e| weight(*e)).unwrap_or(Exit::Ok))
}

/// A known "no" counts more than what could not be read.
pub(super) const fn weight(exit: Exit) -> u8 {
    match exit {
        Exit::Ok => 0,
        Exit::Unreachable => 1,
        Exit::Forbidden => 2,
        Exit::No | Exit::Usage | Exit::Unknown => 3,
    }
}

fn exit(service: &ServiceState, state: &State) -> Exit {
    let advice = &service.advice;
    if advice.first.is_some() || standing(&advice.headline) == Standing::Bad {
        return Exit::No;
    }
    let case = distil(&service.evidence, &service.assessment, state.world.now);
    let exits = case.silent().map(|silent| match silent.trouble {
        Some(trouble) => of_trouble(trouble.kind),
        None => Exit::Unreachable,
    });
    exits.max_by_key(|e| weight(*e)).unwrap_or(Exit::Ok)
}

/// What trouble with a needed source means for whoever asked.
pub(super) const fn of_trouble(kind: TroubleKind) -> Exit {
    match kind {
        TroubleKind::Unauthorized | TroubleKind::Forbidden => Exit::Forbidden,
        TroubleKind::Unreachable
        | TroubleKind::TimedOut
        | TroubleKind::Throttled
        | TroubleKind::NotFound
        | TroubleKind::ServerError
        | TroubleKind::Malformed
        | TroubleKind::Partial => Exit::Unreachable,
    }
}

fn text(status: &Status) -> String {
    let services: Vec<String> = status.services.iter().map(of_service).collect();
    services.join("\n")
}

fn of_service(service: &Service) -> String {
    let mut out = format!(
        "{}: {}  {}\n",
        service.name, service.headline.word, service.headline.text
    );
    entry(&mut out, "hurt", &service.hurt);
    advised(&mut out, service);
    metrics(&mut out, service);
    if service.promote.open {
        entry(&mut out, "promote", "open: nothing stands against it");
    } else {
        because(&mut out, "promote", &service.promote.waits);
    }
    let firing = service.alerts.iter().flat_map(|of| {
        let active = of.active.iter().map(move |alert| (of.environment, alert));
        active.filter(|(_, alert)| alert.state == AlertState::Firing)
    });
    for (at, (on, alert)) in firing.enumerate() {
        let by = alert.by.join(", ");
        let line = format!(
            "{} fires on {on}, holds since {} (by {by})",
            alert.name, alert.since
        );
        entry(&mut out, if at == 0 { "alerts" } else { "" }, &line);
    }
    let quiet: Vec<&Source> = service
        .sources
        .iter()
        .filter(|s| s.state != Doing::Live || s.trouble.is_some())
        .collect();
    if quiet.is_empty() {
        let oldest = service.sources.iter().filter_map(|s| s.age_seconds).max();
        let line = format!(
            "all {} answer, the oldest answer {}s ago",
            service.sources.len(),
            oldest.unwrap_or_default()
        );
        entry(&mut out, "sources", &line);
    }
    for (at, source) in quiet.into_iter().enumerate() {
        entry(&mut out, if at == 0 { "sources" } else { "" }, &source.text);
    }
    out
}

/// A labelled line.
fn entry(out: &mut String, label: &str, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "  {label:<10}{line}");
}

/// The rung to take now with its reasons, and the next one.
fn advised(out: &mut String, service: &Service) {
    let with = |state| {
        service
            .rungs
            .iter()
            .find(|rung: &&Rung| rung.state == state)
    };
    let Some(rung) = with(Stands::Recommended) else {
        entry(out, "advised", "nothing");
        return;
    };
    entry(
        out,
        "advised",
        &format!("level {}: {}", rung.level, rung.order),
    );
    because(out, "why", &rung.speaks_for);
    because(out, "against", &rung.against);
    if let Some(next) = with(Stands::Next) {
        entry(
            out,
            "else",
            &format!("level {}: {}", next.level, next.order),
        );
    }
}

fn because(out: &mut String, label: &str, reasons: &[Because]) {
    for (at, reason) in reasons.iter().enumerate() {
        entry(out, if at == 0 { label } else { "" }, &reason.text);
    }
}

/// The table: a row for each metric.
fn metrics(out: &mut String, service: &Service) {
    let metrics = &service.metrics;
    let compared = match &service.production_soak {
        None => Compared::Canary,
        Some(soak) => Compared::Production {
            before: soak.released_at,
        },
    };
    let [_, _, both] = heads(compared);
    let head = ["", judged(compared), &other(compared), &both, ""].map(str::to_owned);
    let mut rows = vec![(String::new(), head)];
    for metric in metrics {
        let side = |side: Option<super::wire::metric::Value>| {
            side.map_or_else(|| "?".to_owned(), |v| value(v.into()))
        };
        let cells = [
            tag(&metric.verdict).replace('_', " "),
            side(metric.canary),
            side(metric.production),
            metric
                .estimate()
                .as_ref()
                .map_or_else(String::new, ratio_and_interval),
            metric.reason.clone(),
        ];
        rows.push((metric.metric.clone(), cells));
    }
    let widths: [usize; 4] = std::array::from_fn(|column| {
        let of = |(_, cells): &(String, [String; 5])| cells.get(column).map_or(0, String::len);
        rows.iter().map(of).max().unwrap_or_default()
    });
    for (label, cells) in rows {
        let padded = cells.iter().zip(widths.iter().chain([&0]));
        let line: Vec<String> = padded
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let line = format!("  {label:<10}{}", line.join("  "));
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
