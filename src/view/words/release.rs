//! A revision of a release in words: what its status means for a person, and since when it is marked stable.

use jiff::Timestamp;

use super::time::{between, when};
use crate::domain::release::{ReleaseHistory, ReleaseRevision, ReleaseStatus, Stable};

/// What a revision's status means (`pkg/release/common/status.go` of helm/helm).
pub(crate) fn at_length(revision: &ReleaseRevision, history: &ReleaseHistory) -> String {
    let in_use = history.current().map(|r| r.revision) == Some(revision.revision);
    match revision.status {
        ReleaseStatus::Deployed => "it is in use".to_owned(),
        ReleaseStatus::Superseded => {
            "another followed it; that alone does not say that it was good".to_owned()
        }
        ReleaseStatus::Failed => "it did not succeed; its objects may be there in part".to_owned(),
        ReleaseStatus::PendingInstall => unfinished("an install"),
        ReleaseStatus::PendingUpgrade => unfinished("an upgrade"),
        ReleaseStatus::PendingRollback => unfinished("a rollback"),
        ReleaseStatus::Uninstalling => "it is being removed".to_owned(),
        ReleaseStatus::Uninstalled => "it was removed and its record kept".to_owned(),
        ReleaseStatus::Unknown if in_use => {
            "it is in use, with a status that is not known".to_owned()
        }
        ReleaseStatus::Unknown => "its status is not known".to_owned(),
    }
}

fn unfinished(what: &str) -> String {
    format!("{what} that has not ended: it still runs, or was cut off")
}

/// Whether the revision is marked stable, by whom and since when.
pub(crate) fn since(
    revision: &ReleaseRevision,
    history: &ReleaseHistory,
    now: Timestamp,
) -> String {
    let mark = match &history.stable {
        Stable::Known(Some(mark)) => mark,
        Stable::Known(None) => {
            return "no revision is marked stable here: a rollback has no target".to_owned();
        }
        Stable::Denied(missing) => return format!("not known: it takes {missing}"),
    };
    if mark.revision != revision.revision {
        return format!("no; rev {} is", mark.revision);
    }
    let at = mark.marked_at.map_or_else(String::new, |at| {
        format!(" since {}, for {}", when(at, now), between(at, now))
    });
    let by = mark
        .marked_by
        .as_ref()
        .map_or_else(String::new, |by| format!(", marked by {}", by.shown()));
    format!("yes{at}{by}")
}
