//! All that the deck knows: the world as seen, the operations, and what is on the screen.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::enabled::NotNow;
use super::event::InterruptedOp;
pub use super::overlay::{Complaint, Editing, IncidentView, Overlay, PlanView};
use super::roster::Roster;
pub use super::screen::Screen;
use super::sieve::Sieves;
use crate::domain::access::{Access, ClusterIdentity, Permission};
use crate::domain::difference::Difference;
use crate::domain::environment::{Environment, Place};
use crate::domain::fresh::Fresh;
use crate::domain::names::{ClusterName, ClusterUid, FlagKey, OpId, ServiceName};
use crate::domain::observation::Epoch;
use crate::domain::plan::Plan;
use crate::domain::progress::{Outcome, Progress};
use crate::domain::release::Revision;
use crate::domain::source::{SourceId, SourceState};
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::Metric;
use crate::engine::advisor::advice::{Advice, RungKind};
use crate::engine::assess::{Assessment, Memory};
use crate::engine::evidence::ServiceEvidence;
use crate::engine::timeline::Id;

/// The whole deck.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The world as seen.
    pub world: World,
    /// What was and is being done.
    pub ops: Ops,
    /// What is on the screen.
    pub ui: Ui,
}

/// The world as seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// The present, as of the last tick.
    pub now: Timestamp,
    /// What kind of run this is.
    pub mode: Mode,
    /// Why nothing may be written; none when writing is possible.
    pub read_only: Option<String>,
    /// The services, by name.
    pub services: BTreeMap<ServiceName, ServiceState>,
    /// The clusters as they introduced themselves; whoever did so first is the one, for as long as the deck runs.
    pub clusters: BTreeMap<ClusterName, Fresh<ClusterIdentity>>,
    /// Where another cluster answers now, and which.
    pub others: BTreeMap<ClusterName, ClusterUid>,
    /// Which life of each source speaks.
    pub epochs: BTreeMap<SourceId, Epoch>,
    /// How each source is doing.
    pub sources: BTreeMap<SourceId, SourceState>,
    /// What I may do.
    pub access: BTreeMap<Permission, Access>,
    /// The queries behind the metrics, by environment and signal.
    pub queries: BTreeMap<String, String>,
}

/// What kind of run this is; anything but live stands on the first line, in reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Real clusters.
    Live,
    /// The embedded world.
    Demo,
}

/// A service: what is known and what follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceState {
    /// What is known.
    pub evidence: ServiceEvidence,
    /// What the table shows.
    pub assessment: Assessment,
    /// What is advised.
    pub advice: Advice,
    /// From when on the metrics servers were asked for history; none before a canary was seen.
    pub history_since: Option<Timestamp>,
    /// What the judge said last, without and with what others did: it is asked again when what it looks at has changed.
    pub memory: [Memory; 2],
}

/// What was and is being done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Ops {
    /// How many operations this run has named; with the seed it makes the next name.
    pub count: u64,
    /// The seed of names: from the first event, so that a replay has the same.
    pub seed: u64,
    /// Operations of this run, oldest first.
    pub operations: Vec<Operation>,
    /// Operations that an earlier run left open, and those of this run whose end nobody knows.
    pub interrupted: Vec<Interrupted>,
    /// What of the records of earlier runs can't be trusted, a sentence each.
    pub damaged: Vec<String>,
}

/// An operation of this run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its plan.
    pub plan: Plan,
    /// What it reported, oldest first.
    pub progress: Vec<Progress>,
    /// How it ended; none while it runs.
    pub outcome: Option<Outcome>,
}

/// An operation that was left open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interrupted {
    /// What the journal says.
    pub op: InterruptedOp,
    /// What was found when it was read after; none before.
    pub found: Option<Progress>,
    /// Whether it is being read.
    pub verifying: bool,
}

/// What is on the screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ui {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// The service shown.
    pub service: ServiceName,
    /// The screen.
    pub screen: Screen,
    /// What lies over it, the topmost last.
    pub overlays: Vec<Overlay>,
    /// The selected metric of the overview.
    pub metric: Metric,
    /// The selected flag of the flags screen.
    pub flag: Option<FlagKey>,
    /// The selected pod; none is the first.
    #[serde(default)]
    pub pod: Option<Untrusted>,
    /// The environment of the screens that show one: flags, releases, pods.
    pub environment: Environment,
    /// What is shown of the releases.
    pub releases: Releases,
    /// The selected level of the ladder.
    pub rung: RungKind,
    /// How far the evidence was read.
    pub evidence: Reading,
    /// What is shown of what changed.
    pub changes: Changes,
    /// What is shown of the list of services.
    pub roster: Roster,
    /// What narrows and orders each table.
    pub sieves: Sieves,
    /// The screens that what is shown was opened from, the first first: the way back.
    pub trail: Vec<(ServiceName, Screen)>,
    /// The world as it was when the screen was frozen.
    pub frozen: Option<Box<World>>,
    /// News for the end of the last line.
    pub news: Option<News>,
    /// Whether the deck is leaving and waits for a running operation.
    pub leaving: bool,
}

/// What is shown of the releases.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Releases {
    /// The selected revision; none is the newest.
    pub selected: Option<Revision>,
    /// The comparison in the list's place; none while the list is shown.
    pub compared: Option<Compared>,
}

/// Two revisions side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Where.
    pub place: Place,
    /// The earlier one.
    pub from: Revision,
    /// The later one.
    pub to: Revision,
    /// In what they differ, or why that can't be read; none while it is read.
    pub answer: Option<Result<Difference, Untrusted>>,
    /// The first line shown.
    pub scroll: u16,
}

/// How far the evidence of a metric was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reading {
    /// The first line shown of the queries.
    pub query: u16,
    /// The first endpoint shown.
    pub endpoint: u16,
    /// How many queries were offered to the clipboard, one after the other.
    pub copied: usize,
}

/// What is shown of what changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Changes {
    /// How far back.
    pub within: Within,
    /// Whether only those of the shown service.
    pub only: bool,
    /// The selected one.
    pub selected: Option<Id>,
}

/// How far back it is looked for changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Within {
    /// The last hour.
    #[default]
    Hour,
    /// The last six.
    SixHours,
    /// The last day.
    Day,
}

impl Within {
    /// The next wider one; after the widest the first again.
    #[must_use]
    pub const fn wider(self) -> Self {
        match self {
            Self::Hour => Self::SixHours,
            Self::SixHours => Self::Day,
            Self::Day => Self::Hour,
        }
    }

    /// How long it is.
    pub const fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Hour => 1,
            Self::SixHours => 6,
            Self::Day => 24,
        })
    }
}

/// News for the end of the last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// Another service is worse than the one shown.
    Service(ServiceName),
    /// A key that means nothing here.
    Unbound(String),
    /// Text was pasted and dropped.
    PasteDropped {
        /// How long it was.
        characters: usize,
    },
    /// An action that is closed now.
    Closed(NotNow),
    /// Once more within two seconds leaves.
    AgainToLeave,
    /// Leaving waits for a running operation.
    WaitsToLeave,
    /// Refreshed.
    Asked,
    /// A query was sent to the terminal, for its clipboard. What became of it nobody tells.
    Sent {
        /// Which of them, from 1.
        query: usize,
        /// How many there are.
        of: usize,
        /// The bytes of its text.
        bytes: usize,
    },
    /// A query is longer than terminals take, so it was not sent.
    TooLong {
        /// The bytes of its text.
        bytes: usize,
    },
}

impl State {
    /// The world that is drawn: frozen, or live.
    pub fn shown(&self) -> &World {
        self.ui.frozen.as_deref().unwrap_or(&self.world)
    }

    /// The service that is shown.
    pub fn service(&self) -> Option<&ServiceState> {
        self.shown().services.get(&self.ui.service)
    }

    /// The place of the shown service in an environment.
    pub fn place(&self, environment: Environment) -> Place {
        Place::new(self.ui.service.clone(), environment)
    }

    /// The plan on the screen, if one is.
    pub fn plan(&self) -> Option<&PlanView> {
        self.ui
            .overlays
            .iter()
            .rev()
            .find_map(|overlay| match overlay {
                Overlay::Plan(view) => Some(view.as_ref()),
                Overlay::Help { .. }
                | Overlay::Palette { .. }
                | Overlay::Incident(_)
                | Overlay::Refused { .. } => None,
            })
    }

    /// An operation of this run.
    pub fn operation(&self, op: &OpId) -> Option<&Operation> {
        self.ops.operations.iter().find(|o| o.plan.op == *op)
    }
}
