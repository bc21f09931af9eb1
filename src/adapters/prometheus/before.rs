//! The day before a canary: how often requests failed or were slow, by pod, while all was as usual.
//!
//! Asked once a canary and in parts, beside everything else: it is the heaviest question of all.

use jiff::Timestamp;

use crate::domain::grid::Grid;
use crate::domain::metrics::BeforeCanary;
use crate::domain::source::Trouble;

use super::map::{self, Range};
use super::plan::Plan;
use super::promql;
use super::server::Server;

/// The blocks before a canary, in seconds and in number: a day.
const BLOCK_SECONDS: u32 = 120;
const BLOCKS: i64 = 720;

/// How many blocks one query asks for.
const BLOCKS_AT_ONCE: i64 = 180;

/// The most pods whose blocks are asked for; more add nothing to how requests cluster.
const MOST_PODS: usize = 64;

/// Asks for the tallies of the day before a canary began.
pub(super) async fn before_canary(
    server: &Server,
    plan: &Plan,
    began: Timestamp,
) -> Result<BeforeCanary, Trouble> {
    let grid = Grid::for_scrape_interval(BLOCK_SECONDS);
    let end = grid.index_at(began);
    let pods = format!(
        "count by ({}) ({})",
        plan.pod,
        plan.matchers.of(plan.counter)
    );
    let pods = server.at(&pods, began).await?;
    let pods: Vec<String> = pods
        .series
        .iter()
        .map(|series| series.label(plan.pod).to_owned())
        .collect();
    let chosen = (pods.len() > MOST_PODS).then(|| spread(pods, MOST_PODS));
    let query = promql::by_pod(plan, BLOCK_SECONDS, chosen.as_deref());
    let mut answers = Vec::new();
    let mut first = end.plus(-BLOCKS);
    while first < end {
        let range = Range {
            grid,
            first,
            end: first.plus(BLOCKS_AT_ONCE).min(end),
        };
        let answer = server.over(&query, grid, range.first, range.end).await?;
        answers.push((range, answer));
        first = range.end;
    }
    Ok(map::before_canary(plan, &answers))
}

/// Some of many, evenly spread over their names.
fn spread(mut names: Vec<String>, most: usize) -> Vec<String> {
    names.sort();
    let step = names.len().div_ceil(most).max(1);
    names.into_iter().step_by(step).collect()
}
