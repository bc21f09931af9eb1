//! What a promotion waits for, and what speaks for it: the lines below its name.

use crate::app::state::ServiceState;
use crate::engine::advisor::reason::Closed;
use crate::engine::assess::Promoted;
use crate::view::canvas::Line;
use crate::view::scene::Scene;
use crate::view::widgets::action::Block;
use crate::view::words::closed::closed;
use crate::view::words::compare::{certainty, interval, metric};
use crate::view::words::time::{between, clock};

/// What a promotion waits for; the metrics that have still to be shown to be no worse are one thing.
pub(super) fn waits(all: &[Closed], scene: &Scene<'_>) -> Vec<String> {
    let mut waits = Vec::new();
    let mut unshown = Vec::new();
    for why in all {
        if let Closed::NotPassed { metric: of } = why {
            unshown.push(metric(of));
        } else {
            let (what, how) = closed(why, scene.now());
            waits.push(format!("{what:<10} {how}"));
        }
    }
    if !unshown.is_empty() {
        let unshown = unshown.join(", ");
        waits.push(format!("{:<10} not shown yet for {unshown}", "no worse"));
    }
    waits
}

/// What speaks for a promotion: how much worse canary may at most still be.
pub(super) fn earned(service: &ServiceState) -> Vec<(&'static str, String)> {
    let compared = service.assessment.rows.iter().filter_map(|row| {
        let estimate = row.verdict.estimate.as_ref()?;
        let text = format!(
            "{} {} production's, {} sure at any look",
            metric(&row.verdict.metric),
            interval(estimate),
            certainty(estimate)
        );
        Some(text)
    });
    let labels = std::iter::once("earned").chain(std::iter::repeat(""));
    let mut rows: Vec<_> = labels.zip(compared).collect();
    rows.push(("against", "nothing that is watched here".to_owned()));
    rows
}

/// What is waited for while production soaks, and what it is held against.
pub(super) fn production_soak(scene: &Scene<'_>, promoted: &Promoted) -> Block {
    let Promoted {
        soak_ends: ends,
        before,
        is_seen,
        ..
    } = *promoted;
    let mut rows = vec![(
        "waits",
        format!(
            "{} more, to {}, while nothing turns bad",
            between(scene.now(), ends),
            clock(ends)
        ),
    )];
    if is_seen {
        rows.push((
            "against",
            format!("as long a time of its own before {}", clock(before)),
        ));
        rows.push((
            "weak",
            "a day's rhythm is not taken out, so its limits are watched too".to_owned(),
        ));
    } else {
        rows.push((
            "against",
            format!(
                "its limits alone: too little was seen before {}",
                clock(before)
            ),
        ));
    }
    rows.push(("then", "mark the version stable, by hand".to_owned()));
    Block {
        title: ("WAIT", Line::text("Production soaks"), String::new()),
        rows,
        more: Vec::new(),
    }
}
