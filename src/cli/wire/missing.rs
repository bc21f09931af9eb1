//! A right that the cluster denies, in JSON: named as Kubernetes names it, so that a person can ask for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::case::name;
use crate::cli::input::Problem;
use crate::domain::access::Permission;
use crate::domain::names::{ClusterName, Namespace};

/// A right that the cluster denies.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Missing {
    /// Such as `get`.
    pub(in crate::cli) verb: String,
    /// The resource, in the plural.
    pub(in crate::cli) resource: String,
    /// In which namespace.
    pub(in crate::cli) namespace: String,
}

impl Missing {
    pub(super) fn of(missing: &Permission) -> Self {
        Self {
            verb: missing.verb.clone(),
            resource: missing.resource.clone(),
            namespace: missing.namespace.as_str().to_owned(),
        }
    }

    /// The right that is meant.
    pub(super) fn meant(&self, cluster: &ClusterName) -> Result<Permission, Problem> {
        let at = "release.stable_denied.namespace";
        Ok(Permission {
            cluster: cluster.clone(),
            verb: self.verb.clone(),
            group: String::new(),
            resource: self.resource.clone(),
            namespace: name(at, Namespace::parse(&self.namespace))?,
            name: None,
        })
    }
}
