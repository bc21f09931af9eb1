//! What an action did, as soon as it is sure: by the program's process, and by JUDGE.md's plain one, which begins once.

use std::io::{Write as _, stdout};

use flightdeck::domain::grid::Grid;
use flightdeck::domain::verdict::Metric;
use flightdeck::engine::judge::judge;
use flightdeck::engine::stats::counts::{Counts, Piece, Slot, Weight};
use flightdeck::engine::stats::margin::{Earned, Margin, Recovery};

use crate::world::{BEGAN, HOUR, Run, SECONDS, Story, Trouble, before, play};
use crate::{DETECTIONS, RATES, ask, quantiles, say};

/// Canary's bad ratio in the breach.
const BREACH: f64 = 0.05;
/// What counts as worse.
const MARGIN: Margin = Margin {
    ratio: 1.5,
    difference: 0.005,
    phi: 1.0,
};
/// The margin of an action that helped.
const HALF: Margin = Margin {
    ratio: 0.0,
    difference: BREACH / 2.0,
    phi: 1.0,
};

pub(crate) fn after_an_action() {
    say!(
        "\nSeconds from an action to helped and recovered, median/90 % (5 % errors until then; from then, or 30 s later, 0.2 %).\n\
         asked, plain: JUDGE.md's median and its own process, which begins once, at the action; ours: half on that, half on one\n\
         that may begin later, so that what still failed while the action took hold need not be outweighed"
    );
    say!(
        "{:>5} {:>6} | {:>9} {:>9} {:>10} | {:>9} {:>11} {:>11} | {:>11}",
        "req/s",
        "lag",
        "helped",
        "plain",
        "ours",
        "recovered",
        "plain",
        "ours",
        "by itself"
    );
    for (rate, asked) in RATES.into_iter().zip([[885, 4600], [45, 180], [15, 30]]) {
        let past = before(Trouble::Clean, rate, 1);
        for lag in [0, 2] {
            let mut delays: [Vec<Option<f64>>; 5] = Default::default();
            let acted = if rate < 1.0 { HOUR } else { 40 };
            let intervals = acted + if rate < 1.0 { 4 * HOUR } else { HOUR };
            for seed in 0..DETECTIONS {
                let story = Story {
                    change: Some((0, BREACH)),
                    ends: acted + lag,
                    ..Story::calm(rate, intervals)
                };
                let run = play(&story, 49_000 + seed);
                let mut input = ask(&run, &past, intervals);
                let at = Grid::default().start(BEGAN.plus(acted as i64));
                input.acted_at = Some(at);
                let since = |t: jiff::Timestamp| (t.as_second() - at.as_second()) as f64;
                let judged = judge(&input);
                let effect = judged.evidence(Metric::Errors).and_then(|e| e.effect);
                delays[0].push(effect.and_then(|e| e.helped).map(since));
                delays[1].push(effect.and_then(|e| e.recovered).map(since));
                delays[2].push(by_itself(&run, acted));
                delays[3].push(plain(&run, HALF, acted));
                delays[4].push(plain(&run, MARGIN, acted));
            }
            let shown = delays.map(quantiles);
            say!(
                "{:>5} {:>6} | {:>9} {:>9} {:>10} | {:>9} {:>11} {:>11} | {:>11}",
                rate,
                format!("{} s", lag * 15),
                asked[0],
                shown[3],
                shown[0],
                asked[1],
                shown[4],
                shown[1],
                shown[2]
            );
        }
    }
}

fn piece(run: &Run, at: usize) -> Piece {
    let (ours, theirs) = run.totals[at];
    Piece {
        slot: Slot::Own(0),
        counts: Counts::new(ours, theirs),
        weight: Weight::Requests,
    }
}

/// The seconds after which a process that begins once, at the action, has earned its margin.
fn plain(run: &Run, margin: Margin, acted: usize) -> Option<f64> {
    let mut process = Earned::once(margin);
    let at = (acted..run.totals.len()).find(|at| {
        process.push(&[piece(run, *at)]);
        process.is_earned()
    })?;
    Some((at + 1 - acted) as f64 * SECONDS)
}

/// The seconds after which a breach that no one acted on is known to be over.
fn by_itself(run: &Run, over: usize) -> Option<f64> {
    let mut process = Recovery::new(MARGIN);
    let at = (0..run.totals.len()).find(|at| {
        process.push(*at as i64, SECONDS, &[piece(run, *at)]);
        process.since().is_some()
    })?;
    Some((at + 1) as f64 * SECONDS - over as f64 * SECONDS)
}
