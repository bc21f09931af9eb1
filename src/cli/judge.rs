//! `flightdeck judge`: the judge over recorded series, without a cluster.

use std::path::PathBuf;

use crate::engine::assess::Compared;
use crate::engine::judge::{SeriesVerdict, from_series};
use crate::view::words::headline::ratio_and_interval;

use super::exit::{Exit, Failure};
use super::input::{Document, read};
use super::say::{self, Output};
use super::wire::judge::{Report, Request, SCHEMA};
use super::wire::metric::Judged;
use super::wire::verdict::Verdict;
use super::wire::words::tag;
use super::wire::{Which, print_schema};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The series as JSON, or - for stdin; a gauge business/NAME says which way is "better": "higher" or "lower".
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    file: Option<PathBuf>,
    /// Print the JSON Schema of the answer, or of what is read, instead.
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "out")]
    schema: Option<Which>,
    /// For whom it is written.
    #[arg(long, value_enum, default_value_t = Output::Json)]
    output: Output,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match args.schema {
        Some(Which::In) => return print_schema::<Request>(),
        Some(Which::Out) => return print_schema::<Report>(),
        None => {}
    }
    let document: Document<Request> = read(args.file.as_deref().unwrap_or("-".as_ref()))?;
    let request = &document.value;
    let meant = request
        .meant()
        .map_err(|problem| document.wrong(&problem))?;
    let at = request.ends_at();
    let judged = |verdict: &SeriesVerdict| Judged {
        ratio: verdict.ratio,
        low: verdict.low,
        high: verdict.high,
        bad: verdict.bad,
        total: verdict.total,
        ..Judged::concluded(
            verdict.metric.clone(),
            &verdict.verdict,
            Compared::Canary,
            at,
        )
    };
    let report = Report {
        schema: SCHEMA,
        service: request.service.clone(),
        at,
        metrics: from_series(&meant).iter().map(judged).collect(),
    };
    match args.output {
        Output::Json => say::json(&report)?,
        Output::Text => say::out(&text(&report))?,
    }
    let breach = report.metrics.iter().any(|m| m.verdict == Verdict::Breach);
    Ok(if breach { Exit::No } else { Exit::Ok })
}

fn text(report: &Report) -> String {
    let line = |metric: &Judged| {
        let interval = metric
            .estimate()
            .as_ref()
            .map_or_else(String::new, ratio_and_interval);
        let name = crate::domain::untrusted::shown(&metric.metric);
        let verdict = tag(&metric.verdict).replace('_', " ");
        let line = format!("{name:<10} {verdict:<9} {interval:<22} {}", metric.reason);
        format!("{}\n", line.trim_end())
    };
    report.metrics.iter().map(line).collect()
}
