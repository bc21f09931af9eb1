//! What has the keys: the contexts in which a chord is looked up, and the text field that is being written.

use super::chord::Context;
use super::field::Field;
use super::sieve::written;
use super::state::{Editing, Overlay, State};

/// The contexts of the next key, nearest first.
pub fn contexts(state: &State) -> Vec<Context> {
    under(state, state.ui.overlays.last())
}

/// The contexts of what lies below the command palette.
pub(crate) fn contexts_below(state: &State) -> Vec<Context> {
    let below = state
        .ui
        .overlays
        .iter()
        .rev()
        .find(|overlay| !matches!(overlay, Overlay::Palette { .. }));
    under(state, below)
}

fn under(state: &State, overlay: Option<&Overlay>) -> Vec<Context> {
    match overlay {
        Some(Overlay::Palette { .. }) => vec![Context::Palette],
        Some(Overlay::Plan(view)) => match view.editing {
            Editing::Reason | Editing::Name => vec![Context::Text],
            Editing::Nothing => vec![Context::Plan, Context::Global],
        },
        Some(Overlay::Incident(_)) => vec![Context::Text],
        Some(Overlay::Help { .. } | Overlay::Refused { .. }) => {
            vec![Context::Help, Context::Global]
        }
        None if written(state).is_some() => vec![Context::Palette],
        None => vec![state.ui.screen.context(), Context::Global],
    }
}

/// The text field that takes the keys that are not bound, if one does.
pub fn field_in_use(state: &State) -> Option<&Field> {
    if let Some(table) = written(state) {
        return Some(&state.ui.sieves.of(table).filter);
    }
    match state.ui.overlays.last()? {
        Overlay::Palette { field, .. } => Some(field),
        Overlay::Plan(view) => match view.editing {
            Editing::Reason => Some(&view.reason),
            Editing::Name => Some(&view.typed),
            Editing::Nothing => None,
        },
        Overlay::Incident(view) => Some(&view.reason),
        Overlay::Help { .. } | Overlay::Refused { .. } => None,
    }
}
