//! Who I am and what I may do, as the cluster says.

use serde::{Deserialize, Serialize};

use super::names::{ClusterName, ClusterUid, Namespace, UserName};
use super::untrusted::Untrusted;

/// A cluster as it introduced itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterIdentity {
    /// The uid of its namespace kube-system: what makes it this cluster.
    pub uid: ClusterUid,
    /// The API server's version, such as `v1.36.3`.
    pub version: Untrusted,
    /// The kube context in use.
    pub context: Untrusted,
    /// Who the API server says I am (SelfSubjectReview); none where it would not say.
    pub me: Option<UserName>,
}

/// One thing that may be allowed: asked with a SelfSubjectAccessReview.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Permission {
    /// In which cluster.
    pub cluster: ClusterName,
    /// Such as `patch`, or a custom verb such as `disableflag`.
    pub verb: String,
    /// The API group, empty for core.
    pub group: String,
    /// The resource, in the plural.
    pub resource: String,
    /// In which namespace.
    pub namespace: Namespace,
    /// On which object; none for any.
    pub name: Option<String>,
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            verb,
            group,
            resource,
            namespace,
            ..
        } = self;
        let dot = if group.is_empty() { "" } else { "." };
        write!(f, "{verb} {resource}{dot}{group} in {namespace}")
    }
}

/// What the cluster answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Yes.
    Allowed,
    /// No.
    Denied,
    /// The group of a custom verb is not installed there: the real verb alone counts.
    NotInstalled,
    /// The question failed: not a no.
    Unknown {
        /// What went wrong.
        why: Untrusted,
    },
}
