//! The one table of what a person can do: keymap, help, palette and the README's keys come from it.

use serde::{Deserialize, Serialize};

use super::chord::Context;

/// How much an action can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Danger {
    /// Looks only.
    None,
    /// Opens a plan; nothing is written before that is confirmed.
    Plans,
    /// Confirms a plan: the only key that leads to a write.
    Confirms,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its name in keymap files and in the palette.
    pub name: &'static str,
    /// One line for a person.
    pub doc: &'static str,
    /// Where it means something.
    pub contexts: &'static [Context],
    /// How much it can do.
    pub danger: Danger,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $text:literal, [$($context:ident),+], $danger:ident;)+) => {
        /// Something a person can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Action {
            $(#[doc = $text] $variant,)+
        }

        /// The table, in the order of the help.
        pub const ACTIONS: &[ActionInfo] = &[
            $(ActionInfo {
                action: Action::$variant,
                name: $name,
                doc: $text,
                contexts: &[$(Context::$context),+],
                danger: Danger::$danger,
            },)+
        ];
    };
}

actions! {
    Overview, "overview", "The overview of this service", [Global], None;
    Ladder, "ladder", "The ladder: every level, why and why not", [Global], None;
    Flags, "flags", "The flags of this service", [Global], None;
    Releases, "releases", "The releases of this service", [Global], None;
    Pods, "pods", "The worst pods: use, waiting and errors of each", [Global], None;
    Changed, "changed", "What changed, over all services", [Global], None;
    Services, "services", "All services, the worst first", [Global], None;
    PreviousService, "previous-service", "The service before", [Global], None;
    NextService, "next-service", "The service after", [Global], None;
    Worst, "worst", "Go to the worst service", [Global], None;
    SecurityIncident, "security-incident", "Raise a security incident of this service, or end it", [Global], Plans;
    Up, "up", "One line up", [Global, Palette], None;
    Down, "down", "One line down", [Global, Palette], None;
    PageUp, "page-up", "A screen up", [Global, Palette], None;
    PageDown, "page-down", "A screen down", [Global, Palette], None;
    Top, "top", "The first line", [Global], None;
    Bottom, "bottom", "The last line", [Global], None;
    Open, "open", "Open what stands behind the selected line", [Overview, Ladder, Pods, Changed, Services, Chart], None;
    Back, "back", "Back; leaves a plan as it is", [Global, Palette, Text], None;
    PlanAdvised, "plan-advised", "Show the plan of what is advised", [Overview, Ladder, Releases, Pods, Changed, Services, Evidence, Chart], Plans;
    ToggleFlag, "toggle-flag", "Show the plan that switches the selected flag", [Flags], Plans;
    SwitchEnvironment, "switch-environment", "The same screen of the next environment", [Flags, Releases, Pods], None;
    Difference, "difference", "What the selected revision and the one before it differ in", [Releases], None;
    Wider, "wider", "Look further back: 6h, 24h, and 60m again", [Changed], None;
    OnlyService, "only-service", "Changes of this service alone, and of all again", [Changed], None;
    Filter, "filter", "Only the lines that hold a text; after a ! those that do not", [Flags, Releases, Changed, Services], None;
    Order, "order", "Another order of the lines", [Flags, Releases, Changed, Services], None;
    Undo, "undo", "Show the plan that takes the last change back", [Overview, Ladder, Flags, Releases, Pods, Changed, Evidence, Chart, Plan], Plans;
    VerifyInterrupted, "verify-interrupted", "Read how far an interrupted operation got", [Overview], None;
    ConfirmKey, "confirm", "Carry the plan out, where a key is enough", [Plan], Confirms;
    EditReason, "edit-reason", "Write another reason for the plan", [Plan], None;
    ShowPatch, "show-patch", "Show the very change that the plan will send", [Plan], None;
    Submit, "submit", "Take what was typed: run the command, confirm by name, keep the reason", [Palette, Text], Confirms;
    QueryText, "query", "Show the query behind the evidence", [Evidence], None;
    Zoom, "zoom", "The chart over the whole screen, and back", [Overview, Evidence, Chart], None;
    Copy, "copy", "Send the next query to the terminal's clipboard", [Evidence], None;
    Affected, "affected", "Another side of the security incident", [Text], None;
    Refresh, "refresh", "Ask every source again now", [Global], None;
    Freeze, "freeze", "Stop the screen; the deck goes on collecting", [Global], None;
    Palette, "palette", "Run any action by its name", [Global], None;
    Help, "help", "All keys of this screen", [Global], None;
    Redraw, "redraw", "Draw the whole screen anew", [Global], None;
    Suspend, "suspend", "Suspend the deck; `fg` brings it back", [Global, Palette, Text], None;
    Interrupt, "interrupt", "Leave: twice within two seconds", [Global, Palette, Text], None;
    Quit, "quit", "Leave the deck, after an operation that runs", [Global], None;
}

impl Action {
    /// The action's row.
    #[expect(
        clippy::indexing_slicing,
        reason = "one macro makes the variants and their rows, in one order"
    )]
    pub const fn info(self) -> &'static ActionInfo {
        &ACTIONS[self as usize]
    }

    /// The action of that name.
    pub fn named(name: &str) -> Option<Self> {
        ACTIONS
            .iter()
            .find(|info| info.name == name)
            .map(|info| info.action)
    }
}
