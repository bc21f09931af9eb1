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

/// Moves through a comparison.
pub(super) fn scroll(compared: &mut Compared, by: Move) {
    let lines = match &compared.answer {
        Some(Ok(difference)) => difference_lines(difference),
        Some(Err(_)) | None => 0,
    };
    let last = u16::try_from(lines.saturating_sub(1)).unwrap_or(u16::MAX);
    compared.scroll = match by {
        Move::Up => compared.scroll.saturating_sub(1),
        Move::Down => compared.scroll.saturating_add(1).min(last),
        Move::Top => 0,
        Move::Bottom => last,
    };
}
