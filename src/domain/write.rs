//! All that we can ask of the world. Each carries the precondition under which it is right.

use serde::{Deserialize, Serialize};

use super::flag::{FlagSource, FlagState};
use super::names::{ClusterName, ClusterUid, FlagKey};

/// A change of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// Sets the state of one flag in its source.
    SetFlag(SetFlag),
}

/// Sets the state of one flag, if everything is still as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetFlag {
    /// In which cluster, as configured.
    pub cluster: ClusterName,
    /// Which must still be this one.
    pub cluster_uid: ClusterUid,
    /// The object.
    pub source: FlagSource,
    /// Which must still have this uid.
    pub uid: String,
    /// And this resource version.
    pub resource_version: String,
    /// The flag.
    pub key: FlagKey,
    /// Its state now.
    pub from: FlagState,
    /// Its state then.
    pub to: FlagState,
}
