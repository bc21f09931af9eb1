//! Whether production stood still: that nothing changed there is worth a line only where somebody looked.

use jiff::Timestamp;

use super::collect::deployed;
use super::{Entry, Of, What};
use crate::domain::environment::{Environment, Place};
use crate::domain::grid::UNIT_SECONDS;
use crate::domain::source::SourceId;
use crate::engine::assess::sources;
use crate::engine::evidence::ServiceEvidence;

/// Whether production stood still in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Still {
    /// No release and no rollout; and no flag change, where that is told.
    Yes {
        /// Whether that is said of its flags too: they are watched, and each has a record of its last change.
        flags: bool,
    },
    /// Something changed, and stands in the list.
    No,
    /// A source that would tell does not, or not any more.
    Unknown(SourceId),
    /// Helm answers, and the newest release's record does not say when it was deployed.
    NoTime,
}

/// Whether the production of a service stood still, by the entries of the window and by what its flags' record tells
/// itself: of an object that canary reads too the entry stands under canary.
pub(super) fn production(
    evidence: &ServiceEvidence,
    entries: &[Entry],
    from: Timestamp,
    now: Timestamp,
) -> Option<Still> {
    let production = evidence.environments.get(&Environment::Production)?;
    let set = production.flags.as_ref().map(|flags| &flags.value);
    let changes = || {
        let flags = set.into_iter().flat_map(|set| set.flags.values());
        flags.map(|flag| flag.changed.as_ref().map(|changed| changed.at))
    };
    let flag_changed = changes().flatten().any(|at| at >= from);
    if flag_changed || entries.iter().any(|entry| is_change(entry, entries)) {
        return Some(Still::No);
    }
    let place = Place::new(evidence.service.clone(), Environment::Production);
    let flags = SourceId::Flags(place);
    let helm = SourceId::Helm(production.cluster.clone());
    let answers = |id: &SourceId| {
        let state = evidence.sources.get(id);
        state.is_some_and(|state| sources::silent(id, state, UNIT_SECONDS, now).is_none())
    };
    let watched = evidence.sources.contains_key(&flags);
    let newest = production
        .releases
        .as_ref()
        .map(|r| r.value.revisions.last());
    let releases_told = newest.is_some_and(|newest| newest.is_none_or(|r| deployed(r).is_some()));
    Some(if newest.is_none() || !answers(&helm) {
        Still::Unknown(helm)
    } else if !releases_told {
        Still::NoTime
    } else if watched && (set.is_none() || !answers(&flags)) {
        Still::Unknown(flags)
    } else {
        // A flag whose last change has no record may have been changed at any time.
        Still::Yes {
            flags: watched && changes().all(|at| at.is_some()),
        }
    })
}

/// Whether an entry says that something changed on production: what was asked for and surely not done did not.
fn is_change(entry: &Entry, entries: &[Entry]) -> bool {
    if !entry.shown || entry.id.place.environment != Environment::Production {
        return false;
    }
    match &entry.what {
        What::Release { .. }
        | What::Flags { .. }
        | What::RolloutRuns
        | What::RolloutComplete { .. }
        | What::RolloutStuck { .. } => true,
        What::Ended { outcome, .. } => outcome.is_written() != Some(false),
        What::Confirmed { .. } => !entries.iter().any(|end| match (&entry.id.of, &end.what) {
            (Of::Confirmed(op), What::Ended { outcome, .. }) => {
                end.id.of == Of::Ended(op.clone()) && outcome.is_written() == Some(false)
            }
            (_, _) => false,
        }),
        What::Stable { .. }
        | What::Raised(..)
        | What::EndedIncident(_)
        | What::Restarts { .. }
        | What::Alert { .. }
        | What::Canary { .. }
        | What::SoakEnd
        | What::Began { .. }
        | What::Certain { .. }
        | What::Over { .. }
        | What::Helped
        | What::Recovered => false,
    }
}
