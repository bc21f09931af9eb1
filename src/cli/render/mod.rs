//! `flightdeck render`: one screen at one moment of a scenario, as text or as a picture, the same bytes every time. Docs,
//! reviews and tests look at what a person would see, without a terminal and without waiting.

mod look;
mod picture;
mod screen;
mod studio;

use anyhow::anyhow;
use jiff::Timestamp;

use crate::shell::logging;
use crate::sim::scenario;
use crate::theme::Symbols;

use super::exit::{Exit, Failure};
use super::say;
use super::world::STORY;

pub use picture::{Format, Paper, picture};
pub use screen::Shown;
pub use studio::Studio;

/// The world is simulated from two hours before its 03:00:00; what is looked at should have some past.
const EARLIEST: &str = "02:30:00";
/// Later than this a world takes long to make, and nothing happens in it any more.
const LATEST: &str = "06:00:00";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What happens in the world (`flightdeck demo --list`).
    #[arg(long, default_value = STORY)]
    scenario: String,
    /// When: a time of the scenario's night.
    #[arg(long, value_name = "HH:MM:SS", value_parser = at)]
    at: Timestamp,
    /// Which screen.
    #[arg(long, value_enum, default_value_t = Shown::Overview)]
    screen: Shown,
    /// Of which service.
    #[arg(long, default_value = "checkout")]
    service: String,
    /// Columns and rows.
    #[arg(long, value_name = "WxH", default_value = "80x24", value_parser = size)]
    size: (u16, u16),
    /// Plain rows, rows with colours (SGR), or a picture.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// In which colours.
    #[arg(long, value_enum, default_value_t = Paper::Dark)]
    theme: Paper,
    /// Signs in ASCII only.
    #[arg(long)]
    ascii: bool,
}

fn at(written: &str) -> Result<Timestamp, String> {
    let limits = scenario::moment(EARLIEST).zip(scenario::moment(LATEST));
    scenario::moment(written)
        .filter(|at| limits.is_some_and(|(from, to)| (from..=to).contains(at)))
        .ok_or_else(|| format!("a time like 03:12:41, from {EARLIEST} to {LATEST}, would be right"))
}

fn size(written: &str) -> Result<(u16, u16), String> {
    let sides = written.split_once('x').and_then(|(width, height)| {
        let sides: (u16, u16) = (width.parse().ok()?, height.parse().ok()?);
        let fits = |side| (1..=500).contains(&side);
        (fits(sides.0) && fits(sides.1)).then_some(sides)
    });
    sides.ok_or_else(|| "columns and rows like 80x24, 500 each at most, would be right".to_owned())
}

pub(super) async fn run(args: Args) -> Result<Exit, Failure> {
    scenario::expectations(&args.scenario).map_err(Failure::usage)?;
    let directory = logging::state_directory()?.join("render");
    logging::start(&directory)?;
    let services = studio::services()?;
    if !services.contains(&args.service) {
        return Err(Failure::usage(anyhow!(
            "there is no service {:?}; there are: {}",
            args.service,
            services.join(", ")
        )));
    }
    let mut studio = Studio::new(&args.scenario, &directory);
    let state = studio.see(args.at, &args.service, args.screen).await?;
    let Some(state) = state else {
        let time = args.at.strftime("%H:%M:%S");
        say::note(&format!(
            "flightdeck: nothing is advised for {} at {time}, so there is no plan to show",
            args.service
        ));
        return Ok(Exit::No);
    };
    let symbols = if args.ascii {
        Symbols::Ascii
    } else {
        Symbols::Utf8
    };
    say::out(&picture(
        &state,
        args.size,
        args.format,
        args.theme,
        symbols,
    )?)?;
    Ok(Exit::Ok)
}
