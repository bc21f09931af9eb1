//! `flightdeck completions` and `flightdeck man`: what a shell and `man` need, generated from the command line itself, so that
//! they can't be out of date.

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::exit::{Exit, Failure};
use super::{Cli, say};

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// Whose.
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct Manual {
    /// The subcommand whose page is wanted; without one, the program's own.
    #[arg(value_name = "SUBCOMMAND", num_args = 0..)]
    of: Vec<String>,
}

/// Prints a shell's completions.
pub(super) fn completions(args: &Completions) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "flightdeck", &mut text);
    say::out(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Ok)
}

/// Prints a page of the manual, in roff.
pub(super) fn manual(args: &Manual) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut page = &command;
    for name in &args.of {
        page = page
            .find_subcommand(name)
            .ok_or_else(|| unknown(name, page))?;
    }
    let mut text = Vec::new();
    Man::new(page.clone())
        .render(&mut text)
        .map_err(anyhow::Error::from)?;
    say::out(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Ok)
}

fn unknown(name: &str, of: &Command) -> Failure {
    let known: Vec<&str> = of.get_subcommands().map(Command::get_name).collect();
    let there = if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("there are {}", known.join(", "))
    };
    Failure::usage(anyhow::anyhow!(
        "{} has no subcommand {:?}; {there}",
        of.get_bin_name().unwrap_or("flightdeck"),
        crate::domain::untrusted::shown(name)
    ))
}
