//! What stands in the place of advice when none can be given: after something helped, and when nothing can be seen.

use crate::app::action::Action;
use crate::app::state::ServiceState;
use crate::engine::advisor::advice::RungState;
use crate::view::canvas::Line;
use crate::view::scene::Scene;
use crate::view::widgets::action::{Block, next};
use crate::view::words::rung::{effect, order_low};
use crate::view::words::time::clock;

/// It helped, and more requests must show whether that is enough.
pub(super) fn better(scene: &Scene<'_>, service: &ServiceState) -> Block {
    let mut rows = Vec::new();
    for rung in &service.advice.rungs {
        if let RungState::Done { at, effect: came } = &rung.state {
            rows.push(("done", format!("{} at {}", order_low(rung), clock(*at))));
            rows.push(("so far", effect(*came)));
        }
    }
    if let Some(next) = next(service) {
        rows.push((
            "else",
            format!("if it turns bad again: {}", order_low(next)),
        ));
    }
    if let Some(key) = scene.key(Action::Undo) {
        rows.push(("undo", format!("{key}, until somebody else changes it")));
    }
    Block {
        title: (
            "WAIT",
            Line::text("it helped; more requests show whether canary is well"),
            String::new(),
        ),
        rows,
        more: Vec::new(),
    }
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
