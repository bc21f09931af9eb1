//! A security incident: no metric tells one, so a person raises it, and a person ends it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::names::{Namespace, ServiceName, UserName};
use super::untrusted::Untrusted;

/// A security incident of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Of which service.
    pub service: ServiceName,
    /// Whose traffic is to be blocked.
    pub affected: Affected,
    /// Where that service runs: another one may have its name.
    pub places: Vec<Whereabouts>,
    /// Who raised it, when and why.
    pub raised: Statement,
    /// Who ended it, when and why; none while it stands.
    pub ended: Option<Statement>,
}

/// Where an environment of a service is, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// The environment.
    pub environment: Environment,
    /// The kube context of its cluster.
    pub context: String,
    /// Its namespace.
    pub namespace: Namespace,
}

/// What a person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When.
    pub at: Timestamp,
    /// Who, as the cluster knows them; none where it did not say.
    pub by: Option<UserName>,
    /// Why, in their words.
    pub reason: Untrusted,
}

/// The sides that an incident concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Affected {
    /// Canary and production: what is assumed until somebody knows better.
    Both,
    /// Canary alone.
    Canary,
    /// Production alone.
    Production,
}

impl Affected {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Both, Self::Canary, Self::Production];

    /// The next one; after the last the first again.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Both => Self::Canary,
            Self::Canary => Self::Production,
            Self::Production => Self::Both,
        }
    }

    /// The sides of either.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Both }
    }

    /// The environments, the riskier one last.
    pub const fn environments(self) -> &'static [Environment] {
        match self {
            Self::Both => &[Environment::Canary, Environment::Production],
            Self::Canary => &[Environment::Canary],
            Self::Production => &[Environment::Production],
        }
    }
}
