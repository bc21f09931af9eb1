//! Everything that the core asks of the shell: data, so that it can be compared, logged and replayed.

use jiff::Timestamp;

use crate::domain::access::Permission;
use crate::domain::environment::Place;
use crate::domain::names::OpId;
use crate::domain::plan::Plan;
use crate::domain::release::Revision;
use crate::domain::security::Incident;
use crate::domain::source::SourceId;
use crate::engine::approval::Approved;

/// Something to be done outside.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Ask a source again now.
    Refresh(SourceId),
    /// Ask the cluster what I may do.
    AskAccess(Vec<Permission>),
    /// Have metrics of an environment from this time on: what is missing is read from history, what is older forgotten.
    MetricsSince {
        /// Where.
        place: Place,
        /// From when.
        since: Timestamp,
    },
    /// Read how requests were in the 24 hours before the canary.
    BeforeCanary {
        /// Production's place.
        place: Place,
        /// When the canary began.
        until: Timestamp,
    },
    /// Read two revisions of a release and compare them.
    Compare {
        /// Where.
        place: Place,
        /// The earlier one.
        from: Revision,
        /// The later one.
        to: Revision,
    },
    /// Try the plan's change without making it.
    DryRun(Box<Plan>),
    /// Carry out a plan.
    Run(Box<Approved<Plan>>),
    /// Read how far an interrupted operation got.
    Verify(Box<Plan>),
    /// Record what was found of an interrupted operation, so that it is not offered again.
    CloseInterrupted(OpId),
    /// Record a security incident as it is now.
    RecordIncident(Box<Incident>),
    /// Offer a text to the clipboard of the terminal that a person looks at.
    Copy(String),
    /// Ring the bell.
    Bell,
    /// Draw the whole screen anew.
    Redraw,
    /// Give the terminal back until `fg`.
    Suspend,
    /// Leave.
    Quit,
}

/// What one event led to.
#[derive(Debug, Default, PartialEq)]
#[must_use = "effects do nothing until the shell runs them"]
pub struct Effects(pub Vec<Effect>);

impl Effects {
    /// Nothing to be done.
    pub const fn none() -> Self {
        Self(Vec::new())
    }
}

impl From<Vec<Effect>> for Effects {
    fn from(effects: Vec<Effect>) -> Self {
        Self(effects)
    }
}
