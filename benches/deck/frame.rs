//! One picture of 200x60 in the middle of an incident, drawn and compared with the one before.

use std::time::Duration;

use anyhow::{Context as _, Result};
use flightdeck::app::state::State;
use flightdeck::cli::render::{Shown, Studio};
use flightdeck::input::Keymap;
use flightdeck::input::keymap;
use flightdeck::shell::clock::moment;
use flightdeck::sim::scenario;
use flightdeck::theme::{Depth, Theme};
use flightdeck::view::draw;
use flightdeck::view::render::{Pen, delta};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tempfile::TempDir;

use crate::table::{Line, milliseconds};
use crate::terminal::{COLUMNS, ROWS};

const FRAMES: usize = 5_000;

const SCREENS: [(&str, Shown); 4] = [
    ("overview", Shown::Overview),
    ("evidence", Shown::Evidence),
    ("ladder", Shown::Ladder),
    ("changed", Shown::Changed),
];

/// A line for each screen, and one for a picture with nothing on it.
pub(crate) fn frames() -> Result<Vec<Line>> {
    let theme = Theme::builtin("dark").context("the dark theme")?;
    let theme = theme.with_depth(Depth::TrueColor);
    let keymap = Keymap::load(keymap::DEFAULT)?;
    let area = Rect::new(0, 0, COLUMNS, ROWS);
    let mut lines = Vec::new();
    for (name, screen) in SCREENS {
        let mut state = state(screen)?;
        (state.ui.width, state.ui.height) = (COLUMNS, ROWS);
        let (p50, p99) = time(|| draw(&state, &theme, &keymap, area));
        lines.push(line(name, p50, p99));
    }
    let (p50, p99) = time(|| Buffer::empty(area));
    lines.push(line("(nothing)", p50, p99));
    Ok(lines)
}

fn line(name: &str, p50: Duration, p99: Duration) -> Line {
    Line::new(format!("frame 200x60, {name}, p99 ms"), milliseconds(p99))
        .limit(2.0)
        .note(format!("p50 {:.3} ms", milliseconds(p50)))
}

/// The deck's state at the height of the story.
fn state(screen: Shown) -> Result<State> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = TempDir::new()?;
    let at = scenario::moment("03:12:41").context("a moment")?;
    let seen = runtime.block_on(async {
        let mut studio = Studio::new("feature-errors", folder.path());
        studio.see(at, "checkout", screen).await
    });
    seen?.context("no such screen")
}

/// Median and 99th of a hundred.
fn time(frame: impl Fn() -> Buffer) -> (Duration, Duration) {
    let before = frame();
    let mut took: Vec<Duration> = (0..FRAMES)
        .map(|_| {
            let start = moment();
            let picture = frame();
            std::hint::black_box(delta(&before, &picture, &mut Pen::default()));
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    (
        crate::table::percentile(&took, 50),
        crate::table::percentile(&took, 99),
    )
}
