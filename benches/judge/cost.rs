//! What looking costs, beside the others and beside the advisor.

use std::io::{Write as _, stdout};

use flightdeck::domain::metrics::{Endpoint, Tally};
use flightdeck::engine::judge::{Judge, judge};

use crate::decisions;
use crate::world::{BEGAN, HOUR, Run, Story, Trouble, before, play, window};
use crate::{Rival, ask, rivals, say, timed};

/// An hour with 20 endpoints, judged at once and interval by interval.
pub(crate) fn cost() {
    let names: Vec<Endpoint> = (0..20)
        .map(|k| Endpoint::new(format!("GET /{k:02}")))
        .collect();
    let rows = |total: u64, lengths: usize| {
        names
            .iter()
            .enumerate()
            .map(|(k, name)| {
                let tallies = (0..lengths)
                    .map(|at| Tally {
                        bad: u64::from((at + k) % 7 == 0) * (total / 75 + 1),
                        total,
                    })
                    .collect();
                (name.clone(), tallies)
            })
            .collect()
    };
    let run = |length: usize| Run {
        canary: window(BEGAN, rows(38, length), true),
        production: window(BEGAN, rows(750, length), true),
        totals: Vec::new(),
    };
    let past = before(Trouble::Clean, 50.0, 1);
    let hour = run(HOUR);
    let input = ask(&hour, &past, HOUR);
    let at_once = timed(20, || {
        std::hint::black_box(judge(&input));
    });
    let mut kept = Judge::new(&input);
    let grown: Vec<Run> = (1..=HOUR).map(run).collect();
    let each = timed(1, || {
        for (at, run) in grown.iter().enumerate() {
            std::hint::black_box(kept.judge(&ask(run, &past, at + 1)));
        }
    });
    let totals = play(&Story::calm(50.0, HOUR), 3).totals;
    let rival = |judge: Rival| {
        timed(20, || {
            std::hint::black_box(judge(&totals, 0));
        }) / HOUR as f64
    };
    say!(
        "\nCost (one core): an hour of 20 endpoints, errors and slow, at once {:.2} ms, {:.0} ns an interval; kept, {:.0} ns a new interval with its report; state {} bytes whatever the time",
        at_once / 1e6,
        at_once / HOUR as f64,
        each / HOUR as f64,
        kept.state_bytes()
    );
    say!(
        "others, one series, ns an interval and what they keep: threshold {:.0}, 4 intervals; Mann-Whitney {:.0}, all minutes; two proportions {:.0}, 4 sums",
        rival(rivals::threshold),
        rival(rivals::mann_whitney),
        rival(rivals::proportions_each)
    );
    let decided = decisions::measured();
    say!(
        "the advisor, in a breach: {:.0} decisions/s from a case, {:.0} from evidence and assessment; {} bytes, the same each time",
        decided.from_case,
        decided.from_evidence,
        decided.bytes
    );
}
