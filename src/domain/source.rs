//! The sources that the deck listens to. Each has its own deadline, backoff and age; none slows another.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::environment::Place;
use super::names::ClusterName;
use super::untrusted::Untrusted;

/// One stream of observations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceId {
    /// A cluster's API server: identity, Deployments and pods.
    Kubernetes(ClusterName),
    /// A cluster's Helm records and stable marks.
    Helm(ClusterName),
    /// The definitions of an environment's flags.
    Flags(Place),
    /// What an environment's flagd evaluates.
    Flagd(Place),
    /// An environment's metrics server.
    Prometheus(Place),
}

impl SourceId {
    /// The cluster that it speaks of as a whole; none for what speaks of one place.
    pub const fn cluster(&self) -> Option<&ClusterName> {
        match self {
            Self::Kubernetes(cluster) | Self::Helm(cluster) => Some(cluster),
            Self::Flags(_) | Self::Flagd(_) | Self::Prometheus(_) => None,
        }
    }

    /// The word a person reads: the kind of system.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Kubernetes(_) => "kubernetes",
            Self::Helm(_) => "helm",
            Self::Flags(_) => "flags",
            Self::Flagd(_) => "flagd",
            Self::Prometheus(_) => "prometheus",
        }
    }
}

/// How a source is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// The first answer has not come yet.
    Reading {
        /// Since when we ask.
        since: Timestamp,
    },
    /// It answers.
    Live {
        /// When it last did.
        at: Timestamp,
        /// What it does not tell of what it is asked for; the rest stands.
        lacks: Vec<Trouble>,
    },
    /// It does not.
    Failing {
        /// How.
        trouble: Trouble,
        /// Since when.
        since: Timestamp,
        /// When it last answered; none if never.
        last_good: Option<Timestamp>,
        /// When it is asked again.
        next_try: Timestamp,
    },
}

impl SourceState {
    /// It answered at that time, with all that it was asked for.
    pub const fn live(at: Timestamp) -> Self {
        Self::Live {
            at,
            lacks: Vec::new(),
        }
    }
}

/// What is wrong with a source, by what the operator can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The kind.
    pub kind: TroubleKind,
    /// What was said, by the server or by the system.
    pub message: Untrusted,
}

/// Kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// Log in again (401).
    Unauthorized,
    /// Ask for the right (403).
    Forbidden,
    /// Nobody listens, no route, no such name.
    Unreachable,
    /// No answer within the deadline.
    TimedOut,
    /// Too many requests (429).
    Throttled,
    /// What was asked for is not there (404).
    NotFound,
    /// The server failed (5xx).
    ServerError,
    /// It answered something that is not what it should be.
    Malformed,
    /// It answered in part (a warning of a federated metrics server).
    Partial,
}
