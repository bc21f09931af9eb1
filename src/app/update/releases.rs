//! Two revisions side by side: asked for, read, scrolled, put away.

use super::select::Move;
use crate::app::effect::{Effect, Effects};
use crate::app::releases::{difference_lines, pair};
use crate::app::state::{Compared, State};
use crate::domain::difference::Difference;
use crate::domain::environment::Place;
use crate::domain::release::Revision;
use crate::domain::untrusted::Untrusted;

/// Shows what the selected revision differs in; shown already, puts it away.
pub(super) fn compare(state: &mut State) -> Effects {
    if state.ui.releases.compared.take().is_some() {
        return Effects::none();
    }
    let Some((place, from, to)) = pair(state) else {
        return Effects::none();
    };
    state.ui.releases.compared = Some(Compared {
        place: place.clone(),
        from,
        to,
        answer: None,
        scroll: 0,
    });
    Effects::from(vec![Effect::Compare { place, from, to }])
}

/// The comparison that is shown was read; one that nobody waits for any more is dropped.
pub(super) fn compared(
    state: &mut State,
    asked: &(Place, Revision, Revision),
    answer: Result<Difference, Untrusted>,
) -> Effects {
    if let Some(compared) = &mut state.ui.releases.compared
        && (&compared.place, compared.from, compared.to) == (&asked.0, asked.1, asked.2)
    {
        compared.answer = Some(answer);
    }
    Effects::none()
}

/// The rows around a comparison: above it, and below it the one that says how many lines are left, and the keys.
const AROUND: u16 = 8 + 2;

/// Moves through a comparison on a screen of that many rows.
pub(super) fn scroll(compared: &mut Compared, by: Move, height: u16) {
    let lines = match &compared.answer {
        Some(Ok(difference)) => difference_lines(difference),
        Some(Err(_)) | None => 0,
    };
    let rows = usize::from(height.saturating_sub(AROUND));
    compared.scroll = by.scrolled(compared.scroll, lines, rows);
}
