//! The screens that can be asked for, and the way a person would go there.

use clap::ValueEnum;
use jiff::Timestamp;

use crate::app::action::Action;
use crate::app::event::{Event, Press};

/// A screen, or what lies over one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shown {
    /// The overview of the service.
    Overview,
    /// The evidence of its errors.
    Evidence,
    /// The queries behind that evidence.
    Query,
    /// The chart of its errors over the whole screen.
    Chart,
    /// The ladder.
    Ladder,
    /// The flags on canary.
    Flags,
    /// The releases on canary.
    Releases,
    /// The worst pods on canary.
    Pods,
    /// What changed.
    Changed,
    /// All services.
    Services,
    /// The plan of what is advised.
    Plan,
    /// The plan with the very change that it would send.
    Patch,
    /// A security incident, being raised or ended.
    Incident,
    /// All keys of the overview.
    Help,
    /// The command palette.
    Palette,
}

impl Shown {
    /// The keys that lead there from the overview.
    pub(super) const fn way(self) -> &'static [Action] {
        match self {
            Self::Overview => &[],
            Self::Evidence => &[Action::Open],
            Self::Query => &[Action::Open, Action::QueryText],
            Self::Chart => &[Action::Zoom],
            Self::Ladder => &[Action::Ladder],
            Self::Flags => &[Action::Flags],
            Self::Releases => &[Action::Releases],
            Self::Pods => &[Action::Pods],
            Self::Changed => &[Action::Changed],
            Self::Services => &[Action::Services],
            Self::Plan => &[Action::PlanAdvised],
            Self::Patch => &[Action::PlanAdvised, Action::ShowPatch],
            Self::Incident => &[Action::SecurityIncident],
            Self::Help => &[Action::Help],
            Self::Palette => &[Action::Palette],
        }
    }
}

/// The event of a key that is pressed once.
pub(super) const fn pressed(action: Action, at: Timestamp) -> Event {
    Event::Act {
        action,
        at,
        press: Press {
            held: false,
            together: false,
            again_after_ms: None,
            plan_shown_ms: 0,
        },
    }
}
