//! A security incident, as `decide` reads it and `evidence` writes it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::case::name;
use super::words;
use crate::cli::input::Problem;
use crate::domain::names::{ServiceName, UserName};
use crate::domain::security::{self, Affected};
use crate::domain::untrusted::Untrusted;

/// A security incident.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Incident {
    /// When it was raised.
    pub(in crate::cli) at: Timestamp,
    /// By whom; null where that is not known.
    #[serde(default)]
    pub(in crate::cli) by: Option<String>,
    /// Whose traffic is to be blocked; both sides' unless it is said.
    #[serde(default = "both")]
    #[schemars(schema_with = "words::affected")]
    pub(in crate::cli) affected: Affected,
    /// Why.
    #[serde(default)]
    pub(in crate::cli) reason: String,
}

const fn both() -> Affected {
    Affected::Both
}

impl Incident {
    pub(super) fn of(
        security::Incident {
            affected, raised, ..
        }: &security::Incident,
    ) -> Self {
        Self {
            at: raised.at,
            by: raised.by.as_ref().map(|by| by.as_str().to_owned()),
            affected: *affected,
            reason: raised.reason.raw().to_owned(),
        }
    }

    pub(super) fn meant(&self, service: &ServiceName) -> Result<security::Incident, Problem> {
        let by = self.by.as_deref().map(UserName::parse).transpose();
        Ok(security::Incident {
            service: service.clone(),
            affected: self.affected,
            places: Vec::new(),
            raised: security::Statement {
                at: self.at,
                by: name("security_incident.by", by)?,
                reason: Untrusted::new(self.reason.clone()),
            },
            ended: None,
        })
    }
}
