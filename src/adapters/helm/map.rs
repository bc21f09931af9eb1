//! From labels and `ConfigMap` data to revisions and marks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kube::core::ObjectMeta;

use crate::domain::release::{ReleaseStatus, Revision, StableMark};
use crate::domain::untrusted::Untrusted;

/// What the labels of a release record tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The record's own name.
    pub(super) secret: String,
    /// Changes with each change of the record.
    pub(super) resource_version: String,
    pub(super) release: String,
    pub(super) revision: Revision,
    pub(super) status: ReleaseStatus,
    pub(super) modified: Option<Timestamp>,
}

/// Reads the labels of a release record; none if they are not Helm's.
pub(super) fn record(meta: &ObjectMeta) -> Option<Record> {
    let labels = meta.labels.as_ref()?;
    let seconds = |key: &str| labels.get(key)?.parse().ok();
    let modified = seconds("modifiedAt").or_else(|| seconds("createdAt"));
    Some(Record {
        secret: meta.name.clone()?,
        resource_version: meta.resource_version.clone().unwrap_or_default(),
        release: labels.get("name")?.clone(),
        revision: Revision::new(labels.get("version")?.parse().ok()?)?,
        status: status(labels.get("status").map_or("", String::as_str)),
        modified: modified.and_then(|s| Timestamp::from_second(s).ok()),
    })
}

/// Helm's word for a status.
pub(super) fn status(word: &str) -> ReleaseStatus {
    match word {
        "deployed" => ReleaseStatus::Deployed,
        "uninstalled" => ReleaseStatus::Uninstalled,
        "superseded" => ReleaseStatus::Superseded,
        "failed" => ReleaseStatus::Failed,
        "uninstalling" => ReleaseStatus::Uninstalling,
        "pending-install" => ReleaseStatus::PendingInstall,
        "pending-upgrade" => ReleaseStatus::PendingUpgrade,
        "pending-rollback" => ReleaseStatus::PendingRollback,
        _ => ReleaseStatus::Unknown,
    }
}

/// Reads a stable mark; none without a revision, for then it marks nothing. Pipelines write this by hand, so
/// `helm_revision`, `helmRevision` and `helm-revision` are one key.
pub(super) fn stable(data: &BTreeMap<String, String>) -> Option<StableMark> {
    let get = |wanted: &str| {
        let mut all = data.iter();
        let found = all.find(|(key, _)| {
            let letters = key.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|c| c.to_ascii_lowercase()).eq(wanted.chars())
        });
        found
            .map(|(_, value)| value.trim())
            .filter(|v| !v.is_empty())
    };
    let revision = get("helmrevision").or_else(|| get("revision"))?;
    Some(StableMark {
        revision: Revision::new(revision.parse().ok()?)?,
        app_version: get("appversion").map(Untrusted::from),
        marked_at: get("markedat").and_then(|at| at.parse().ok()),
        marked_by: get("markedby").map(Untrusted::from),
    })
}
