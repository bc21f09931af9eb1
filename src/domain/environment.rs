//! Where a service runs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::names::ServiceName;

/// One of the places on the way to production; each is a cluster, a namespace and a Helm release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Acceptance, before canary.
    Uat,
    /// The cluster with a small share of production's traffic.
    Canary,
    /// The cluster with the rest of it: the baseline.
    Production,
}

impl Environment {
    /// All of them, in the order of the process.
    pub const ALL: [Self; 3] = [Self::Uat, Self::Canary, Self::Production];

    /// The word that configuration, commands and screens use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uat => "uat",
            Self::Canary => "canary",
            Self::Production => "production",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A service in one of its environments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: Environment,
}

impl Place {
    /// Puts the two together.
    pub const fn new(service: ServiceName, environment: Environment) -> Self {
        Self {
            service,
            environment,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            service,
            environment,
        } = self;
        write!(f, "{service} on {environment}")
    }
}
