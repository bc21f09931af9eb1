//! What a promotion waits for, and what speaks for it: the lines below its name.

use crate::app::state::ServiceState;
use crate::engine::advisor::reason::Closed;
use crate::view::scene::Scene;
use crate::view::words::closed::closed;
use crate::view::words::compare::{certainty, interval, metric};

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
