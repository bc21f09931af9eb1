//! The chart of one metric over the whole screen: both sides one above the other, in one scale.

use crate::app::action::Action;
use crate::domain::verdict::Metric;
use crate::view::canvas::{Canvas, Line};
use crate::view::scene::Scene;
use crate::view::screens::Hints;
use crate::view::widgets::zoomed;
use crate::view::words::compare::metric;

/// The keys that help here.
pub(crate) const HINTS: Hints = &[
    (Action::Zoom, "back"),
    (Action::Open, "evidence"),
    (Action::PlanAdvised, "plan"),
    (Action::Changed, "what changed"),
    (Action::NextService, "next service"),
    (Action::Undo, "undo"),
    (Action::Help, "keys"),
];

/// Draws the screen in the columns before `end`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, scene: &Scene<'_>, end: u16, of: Metric) {
    let Some(service) = scene.service() else {
        return;
    };
    let mut rows = service.assessment.rows.iter();
    match rows.find(|row| row.verdict.metric == of) {
        Some(row) => zoomed::draw(canvas, scene, service, row, end),
        None => {
            let text = format!("no data of {} yet", metric(&of));
            canvas.put(1, 4, end, &Line::text(text));
        }
    }
}
