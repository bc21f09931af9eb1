//! What the list of keys holds, line by line: what is moved through and what is drawn are these very lines.

use super::action::{ACTIONS, ActionInfo};
use super::chord::Context;

/// The rows around the list: above it, and below it the one that says how many lines are left, and the keys.
const AROUND: u16 = 5 + 2;

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HelpLine {
    /// Where the actions below mean something.
    Title(&'static str),
    /// An action there.
    Action(Context, &'static ActionInfo),
}

/// All keys that mean something on a screen.
pub(crate) fn lines(screen: Context) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for (context, title) in [
        (screen, "on this screen"),
        (Context::Global, "everywhere"),
        (Context::Plan, "on a plan"),
    ] {
        let here = ACTIONS.iter().filter(|i| i.contexts.contains(&context));
        let mut here = here.peekable();
        if here.peek().is_some() {
            lines.push(HelpLine::Title(title));
            lines.extend(here.map(|info| HelpLine::Action(context, info)));
        }
    }
    lines
}

/// How many lines a screen of that many rows shows.
pub(crate) fn rows(height: u16) -> usize {
    usize::from(height.saturating_sub(AROUND))
}
