//! What stands in the place of advice when none can be given: after something helped, and when nothing can be seen.

use crate::app::action::Action;
use crate::app::enabled::enabled;
use crate::app::state::ServiceState;
use crate::engine::advisor::advice::RungState;
use crate::view::canvas::Line;
use crate::view::scene::Scene;
use crate::view::widgets::action::{Block, next};
use crate::view::words::number::{counted, share};
use crate::view::words::rung::{effect, order_low};
use crate::view::words::sides::{judged, other};
use crate::view::words::time::clock;

/// It helped, and more requests must show whether that is enough.
pub(super) fn better(scene: &Scene<'_>, service: &ServiceState) -> Block {
    let mut rows = Vec::new();
    for rung in &service.advice.rungs {
        if let RungState::Done { at, .. } = &rung.state {
            rows.push(("done", format!("{} at {}", order_low(rung), clock(*at))));
        }
    }
    rows.extend(so_far(service));
    if let Some(next) = next(service) {
        rows.push((
            "else",
            format!("if it turns bad again: {}", order_low(next)),
        ));
    }
    let undo = enabled(scene.state, Action::Undo).ok();
    if let Some(key) = undo.and_then(|()| scene.key(Action::Undo)) {
        rows.push(("undo", format!("{key}, until somebody else changes it")));
    }
    Block {
        title: (
            "WAIT",
            Line::text(format!(
                "it helped; more requests show whether {} is well",
                judged(service.advice.compared)
            )),
            String::new(),
        ),
        rows,
        more: Vec::new(),
    }
}

/// The requests since the action, where errors are counted.
pub(crate) fn so_far(service: &ServiceState) -> Option<(&'static str, String)> {
    let after = service.assessment.after.as_ref()?;
    let compared = service.advice.compared;
    let production = after.production.ratio().map_or_else(String::new, |ratio| {
        format!("; {} fails {}", other(compared), share(ratio))
    });
    let (bad, total) = (after.canary.bad, after.canary.total);
    let failed = format!(
        "{bad} of {} failed on {}{production}",
        counted(total, "request"),
        judged(compared)
    );
    (total > 0).then_some(("since", failed))
}

/// What can still be done when the metrics are gone, and what was done before.
pub(super) fn blind(service: &ServiceState, seen: Option<String>, id: &str) -> Block {
    let mut title = format!("no advice without {id}");
    if let Some(seen) = seen {
        title = format!("{title}; last seen: {seen}");
    }
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    let open: Vec<String> = service
        .advice
        .rungs
        .iter()
        .filter(|rung| matches!(rung.state, RungState::Open | RungState::Next))
        .map(order_low)
        .collect();
    if !open.is_empty() {
        rows.push(("open", open.join("; ")));
    }
    for rung in &service.advice.rungs {
        if let RungState::Done { at, effect: came } = &rung.state {
            rows.push((
                "done",
                format!("{} at {}: {}", order_low(rung), clock(*at), effect(*came)),
            ));
        }
    }
    rows.push(("closed", format!("promotion, until {id} answers again")));
    Block {
        title: ("BLIND", Line::text(title), String::new()),
        rows,
        more: Vec::new(),
    }
}
