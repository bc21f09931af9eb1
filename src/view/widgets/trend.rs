//! Fifteen minutes in a few cells: the full bar is the metric's limit, a blank is a hole, a letter is a change.

use jiff::{SignedDuration, Timestamp};

use crate::domain::environment::Environment;
use crate::engine::assess::Row;
use crate::view::scene::Scene;

/// The cells of a trend.
pub(crate) const CELLS: usize = 15;

/// The bars by eighths.
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The bar of that many eighths.
pub(crate) fn bar(eighths: usize) -> char {
    BARS.get(eighths.min(8)).copied().unwrap_or('█')
}

/// A share of the full height in eighths, at least one: nothing is no hole.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float to integer cast saturates, and 0 to a few hundred is what is wanted"
)]
pub(crate) fn eighths(value: f64, full: f64, rows: u16) -> usize {
    if full <= 0.0 {
        return 1;
    }
    let most = f64::from(rows) * 8.0;
    ((value / full * most).round().clamp(1.0, most)) as usize
}

/// The points of a trend in that many groups, each by its largest; none where all are holes.
pub(crate) fn grouped(points: &[Option<f64>], cells: usize) -> Vec<Option<f64>> {
    if points.is_empty() || cells == 0 {
        return vec![None; cells];
    }
    let each = points.len().div_ceil(cells);
    let mut groups: Vec<Option<f64>> = points
        .rchunks(each)
        .map(|group| group.iter().flatten().copied().reduce(f64::max))
        .collect();
    groups.resize(cells, None);
    groups.reverse();
    groups
}

/// The trend of a row.
pub(crate) fn trend(row: &Row) -> String {
    grouped(&row.trend, CELLS)
        .into_iter()
        .map(|point| point.map_or(' ', |value| bar(eighths(value, row.full_scale, 1))))
        .collect()
}

/// A change of canary: its letter, when, and what.
pub(crate) struct Change {
    /// D a deployment, F a flag, B the begin of a breach.
    pub(crate) letter: char,
    /// When.
    pub(crate) at: Timestamp,
    /// In a few words.
    pub(crate) what: String,
}

/// The changes of the side that is judged, oldest first; of its releases the newest.
pub(crate) fn changes(scene: &Scene<'_>) -> Vec<Change> {
    let judged = scene.service().map(|service| service.advice.compared);
    let judged = judged.unwrap_or_default().judged();
    let mut changes = changes_of(scene, judged);
    let newest = changes.iter().rposition(|change| change.letter == 'D');
    let mut at = 0..changes.len();
    changes.retain(|change| {
        let at = at.next();
        change.letter != 'D' || at == newest
    });
    changes
}

/// All changes of an environment that are recorded, oldest first.
pub(crate) fn changes_of(scene: &Scene<'_>, of: Environment) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(environment) = scene.environment(of) else {
        return changes;
    };
    let releases = environment.releases.iter();
    for revision in releases.flat_map(|releases| &releases.value.revisions) {
        let deployed = revision.detail.as_ref().and_then(|d| d.last_deployed);
        if let Some(at) = deployed.or(revision.modified) {
            changes.push(Change {
                letter: 'D',
                at,
                what: format!("rev {}", revision.revision),
            });
        }
    }
    if let Some(flags) = &environment.flags {
        let mut seen = Vec::new();
        for (key, flag) in &flags.value.flags {
            if let Some(changed) = &flag.changed
                && !seen.contains(&changed.at)
            {
                seen.push(changed.at);
                changes.push(Change {
                    letter: 'F',
                    at: changed.at,
                    what: format!("flag {key}"),
                });
            }
        }
    }
    changes.sort_by_key(|change| change.at);
    changes
}

/// The column of a moment among columns that end at a time; none where it is outside.
pub(crate) fn column(at: Timestamp, ends: Timestamp, step: i64, columns: usize) -> Option<usize> {
    if at > ends || step <= 0 {
        return None;
    }
    let back = ends.duration_since(at).as_secs() / step;
    let back = usize::try_from(back).ok()?;
    columns.checked_sub(back + 1)
}

/// The head of the trends: how long they are, and a letter for each change.
pub(crate) fn head(scene: &Scene<'_>, ends: Timestamp) -> String {
    let step = SignedDuration::from_mins(1).as_secs();
    let letters: Vec<(usize, char)> = changes(scene)
        .into_iter()
        .filter_map(|change| Some((column(change.at, ends, step, CELLS)?, change.letter)))
        .collect();
    // A word at either end gives way to a letter that would stand in it.
    let free = |from: usize, to: usize| !letters.iter().any(|(at, _)| (from..to).contains(at));
    let first = if free(0, 3) { "15m" } else { "" };
    let last = if free(CELLS - 3, CELLS) { "now" } else { "" };
    let mut cells: Vec<char> = format!("{first:<width$}{last:>3}", width = CELLS - 3)
        .chars()
        .collect();
    for (at, letter) in letters {
        if let Some(cell) = cells.get_mut(at) {
            *cell = letter;
        }
    }
    cells.into_iter().collect()
}
