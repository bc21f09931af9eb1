//! Why there is no plan: as data; the view turns it into words.

use serde::{Deserialize, Serialize};

use crate::domain::access::Permission;
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::FlagState;
use crate::domain::names::{ClusterName, ClusterUid, FlagKey};

/// Why an intent can't become a plan now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Nothing may be written.
    ReadOnly {
        /// Why.
        why: String,
    },
    /// The service has no such environment.
    NoEnvironment(Environment),
    /// The flags of that environment were never seen.
    FlagsUnknown(Place),
    /// The flags were seen too long ago.
    FlagsStale {
        /// Where.
        place: Place,
        /// How many seconds ago.
        seconds: u64,
    },
    /// There is no flag of that key.
    NoSuchFlag {
        /// Where.
        place: Place,
        /// Which.
        key: FlagKey,
        /// The nearest key that there is.
        nearest: Option<FlagKey>,
    },
    /// The flag is in that state already.
    Already {
        /// Which.
        key: FlagKey,
        /// The state.
        state: FlagState,
    },
    /// The cluster has not introduced itself: it can't be pinned.
    ClusterUnknown,
    /// Another cluster answers than at the start.
    OtherCluster {
        /// What the configuration calls it.
        cluster: ClusterName,
        /// Who answers.
        found: ClusterUid,
    },
    /// The cluster denies what the plan needs.
    Denied(Vec<Permission>),
    /// Somebody else changed the flag since: undo would undo their work.
    ChangedSince {
        /// Which.
        key: FlagKey,
    },
    /// The flag is still seen as it was before our own change, so that nobody knows yet whether that stands.
    OwnChangeUnseen {
        /// Which.
        key: FlagKey,
    },
    /// Nothing was done that could be undone.
    NothingToUndo,
    /// Nothing is advised.
    NothingAdvised,
    /// What is advised is not something this version can carry out.
    ByHand,
    /// Another operation of ours runs there.
    Busy(Place),
}

impl Refusal {
    /// Whether it ends by itself once a source tells what it has not told yet.
    pub const fn is_for_want_of_news(&self) -> bool {
        match self {
            Self::FlagsUnknown(_)
            | Self::FlagsStale { .. }
            | Self::ClusterUnknown => true,
            Self::ReadOnly { .. }
            | Self::NoEnvironment(_)
            | Self::NoSuchFlag { .. }
            | Self::Already { .. }
            | Self::OtherCluster { .. }
            | Self::Denied(_)
            | Self::ChangedSince { .. }
            // Undo is of the last change; what that is when the news comes may be another one.
            | Self::OwnChangeUnseen { .. }
            | Self::NothingToUndo
            | Self::NothingAdvised
            | Self::ByHand
            | Self::Busy(_) => false,
        }
    }
}
