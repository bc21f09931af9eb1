//! What somebody wants, the plan for it, and what came of it. A plan leaves no choices to its execution.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::{Access, Permission};
use super::environment::Place;
use super::flag::FlagState;
use super::names::{FlagKey, OpId, UserName};
use super::untrusted::Untrusted;
use super::write::{SetFlag, Write};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A flag of an environment in another state.
    SetFlag {
        /// Where.
        place: Place,
        /// Which.
        key: FlagKey,
        /// The state wanted.
        to: FlagState,
        /// The operation that this takes back, if it is an undo.
        undoes: Option<OpId>,
    },
}

impl Intent {
    /// Where it acts.
    pub const fn place(&self) -> &Place {
        match self {
            Self::SetFlag { place, .. } => place,
        }
    }
}

/// Everything that will be done, shown before it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The operation.
    pub op: OpId,
    /// What is wanted.
    pub intent: Intent,
    /// Who it is for, as the API server says; none where it would not say.
    pub by: Option<UserName>,
    /// When the plan was made.
    pub made_at: Timestamp,
    /// After which it must be made anew.
    pub expires_at: Timestamp,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What must be allowed, and what the cluster answered.
    pub permissions: Vec<(Permission, Access)>,
    /// What it touches.
    pub blast: BlastRadius,
    /// How it must be confirmed.
    pub confirmation: Confirmation,
    /// Why: written by a person, or drawn from the evidence.
    pub reason: Untrusted,
    /// Who else writes the object and would revert it.
    pub owner: Option<Untrusted>,
    /// How long it usually takes until it is done.
    pub usual_seconds: u32,
    /// How long it is given to help before the next rung.
    pub help_seconds: u32,
    /// The definition as it is now, for undo and for the record.
    pub before: serde_json::Value,
}

impl Plan {
    /// The change of a flag that it makes, if it makes one.
    pub fn set_flag(&self) -> Option<&SetFlag> {
        self.steps.iter().find_map(|step| match step {
            Step::Write(Write::SetFlag(write)) => Some(write),
            Step::VerifyFlag(_) => None,
        })
    }

    /// What must be evaluated when it is done, if that is to be seen.
    pub fn verification(&self) -> Option<&VerifyFlag> {
        self.steps.iter().find_map(|step| match step {
            Step::VerifyFlag(wanted) => Some(wanted),
            Step::Write(_) => None,
        })
    }
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A change.
    Write(Write),
    /// Until every instance evaluates the flag as wanted.
    VerifyFlag(VerifyFlag),
}

/// What every instance of flagd must come to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyFlag {
    /// Where.
    pub place: Place,
    /// Which.
    pub key: FlagKey,
    /// The state wanted.
    pub expect: FlagState,
    /// How many instances answered when the plan was made.
    pub instances: u32,
    /// Those of them that knew the flag then. A flagd before 0.16 answers alike for a flag that is disabled and for one
    /// that it never heard of; from these alone that means disabled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knew: Vec<Untrusted>,
    /// How long to wait for them, in seconds.
    pub deadline_seconds: u32,
}

/// What a plan touches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlastRadius {
    /// Where.
    pub place: Place,
    /// The other environments that read the very same object: it changes for them as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Place>,
    /// Instances that evaluate the flag in all of these; none where they can't be counted.
    pub instances: Option<u32>,
    /// The share of the service's traffic that these have, 0 to 1; none where it is not known.
    pub traffic_share: Option<f64>,
}

/// How a plan must be confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// The key `Y`: undo exists and production is untouched.
    Key,
    /// The service's name, typed, then Enter.
    TypeName {
        /// What must be typed.
        name: String,
    },
}
