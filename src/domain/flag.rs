//! Feature flags: what their source says, and what each instance really evaluates.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::metrics::Endpoint;
use super::names::{FlagKey, Namespace, ObjectName};
use super::untrusted::Untrusted;

/// Whether a flag is evaluated at all. Disabled means that the application uses its own default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FlagState {
    /// Rules and default variant are in force.
    Enabled,
    /// Nothing is served; the code's default holds.
    Disabled,
}

impl FlagState {
    /// The word in flagd's definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Enabled => Self::Disabled,
            Self::Disabled => Self::Enabled,
        }
    }
}

/// The object that holds the flags of an environment, written `featureflag/NAMESPACE/NAME` or
/// `configmap/NAMESPACE/NAME[/KEY]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagSource {
    /// A `FeatureFlag` of `core.openfeature.dev/v1beta1`.
    FeatureFlag {
        /// Its namespace.
        namespace: Namespace,
        /// Its name.
        name: ObjectName,
    },
    /// A `ConfigMap` with flagd's JSON under one key. Mounted files reach flagd only with the kubelet's next sync.
    ConfigMap {
        /// Its namespace.
        namespace: Namespace,
        /// Its name.
        name: ObjectName,
        /// The key in `data`.
        key: String,
    },
}

impl FlagSource {
    /// The namespace of the object.
    pub const fn namespace(&self) -> &Namespace {
        match self {
            Self::FeatureFlag { namespace, .. } | Self::ConfigMap { namespace, .. } => namespace,
        }
    }

    /// The name of the object.
    pub const fn name(&self) -> &ObjectName {
        match self {
            Self::FeatureFlag { name, .. } | Self::ConfigMap { name, .. } => name,
        }
    }
}

impl std::fmt::Display for FlagSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FeatureFlag { namespace, name } => write!(f, "FeatureFlag {namespace}/{name}"),
            Self::ConfigMap {
                namespace,
                name,
                key,
            } => write!(f, "ConfigMap {namespace}/{name} key {key}"),
        }
    }
}

/// The flags of one source, as it was at one resource version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagSet {
    /// Where they are kept.
    pub source: FlagSource,
    /// The object's uid.
    pub uid: String,
    /// The object's resource version.
    pub resource_version: String,
    /// Who else writes the object, if it carries a GitOps tool's mark: a change of ours would be reverted.
    pub owner: Option<Untrusted>,
    /// The flags by key.
    pub flags: BTreeMap<FlagKey, FlagDefinition>,
}

/// One flag as its source defines it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagDefinition {
    /// Evaluated at all or not.
    pub state: FlagState,
    /// The names of its variants.
    pub variants: Vec<Untrusted>,
    /// The variant where no rule applies.
    pub default_variant: Option<Untrusted>,
    /// Whether it has targeting rules.
    pub has_targeting: bool,
    /// The endpoints that it switches (`metadata.endpoints`), if the definition says.
    pub endpoints: Option<Vec<Endpoint>>,
    /// Who changed the source last and when, as the API server recorded it.
    pub changed: Option<Changed>,
    /// The definition as it stands, for the journal and for undo.
    pub definition: serde_json::Value,
}

/// A change that the API server recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// When.
    pub at: Timestamp,
    /// The field manager.
    pub by: Untrusted,
}

/// What the instances of an environment evaluate, by flag.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evaluations {
    /// For each flag the answer of each instance, in the order of the instances' names.
    pub flags: BTreeMap<FlagKey, Vec<Evaluation>>,
}

/// What one instance answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The instance: a pod's name, or the address.
    pub instance: Untrusted,
    /// Its answer.
    pub answer: Answer,
}

/// An answer of OFREP (protocol 0.3, `service/openapi.yaml` of open-feature/protocol).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A value is served.
    Served {
        /// The value.
        value: serde_json::Value,
        /// Its variant.
        variant: Option<Untrusted>,
        /// Such as `STATIC`, `DEFAULT`, `TARGETING_MATCH`.
        reason: Untrusted,
    },
    /// The flag is disabled: 200 with reason `DISABLED` (flagd 0.16 and later), or the error `FLAG_DISABLED`.
    Disabled,
    /// 404 `FLAG_NOT_FOUND`: absent, or disabled in a flagd before 0.16; the two can't be told apart.
    NotFound,
    /// It answered with an error, or not at all.
    Failed {
        /// What it said.
        message: Untrusted,
    },
}

impl Answer {
    /// Whether it shows that the instance has the flag.
    pub const fn knows(&self) -> bool {
        match self {
            Self::Served { .. } | Self::Disabled => true,
            Self::NotFound | Self::Failed { .. } => false,
        }
    }

    /// Whether the feature is on: the value `true`, or a variant other than the usual words for off.
    pub fn is_on(&self) -> Option<bool> {
        match self {
            Self::Served { value, variant, .. } => Some(value.as_bool().unwrap_or_else(|| {
                !variant
                    .as_ref()
                    .is_some_and(|v| matches!(v.raw(), "off" | "false" | "disabled" | "none"))
            })),
            Self::Disabled | Self::NotFound => Some(false),
            Self::Failed { .. } => None,
        }
    }
}
