//! What the command palette offers for what is typed.

use super::action::{ACTIONS, Action, ActionInfo};
use super::focus::contexts_below;
use super::state::State;

/// The actions that the palette offers for what is typed: those of the screen below whose name or text holds it.
pub fn suggestions(state: &State, typed: &str) -> Vec<&'static ActionInfo> {
    let contexts = contexts_below(state);
    let typed = typed.trim().to_lowercase();
    ACTIONS
        .iter()
        .filter(|info| {
            info.contexts
                .iter()
                .any(|context| contexts.contains(context))
        })
        .filter(|info| info.action != Action::Palette)
        .filter(|info| info.name.contains(&typed) || info.doc.to_lowercase().contains(&typed))
        .collect()
}
