//! Whether production stood still: that nothing changed there is worth a line only where somebody looked.

use super::{Entry, What};
use crate::domain::environment::{Environment, Place};
use crate::domain::source::{SourceId, SourceState};
use crate::engine::evidence::ServiceEvidence;

/// Whether production stood still in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Still {
    /// No release; and no flag change, where its flags are watched.
    Yes {
        /// Whether its flags are watched.
        flags: bool,
    },
    /// Something changed, and stands in the list.
    No,
    /// A source that would tell does not answer.
    Unknown(SourceId),
}

/// Whether the production of a service stood still, by the entries of the window.
pub(super) fn production(evidence: &ServiceEvidence, entries: &[Entry]) -> Option<Still> {
    let production = evidence.environments.get(&Environment::Production)?;
    let is_change = |entry: &&Entry| {
        entry.shown
            && entry.id.place.environment == Environment::Production
            && match entry.what {
                What::Release { .. } | What::Flags { .. } | What::Ended { .. } => true,
                What::Stable { .. }
                | What::RolloutRuns
                | What::RolloutComplete { .. }
                | What::RolloutStuck { .. }
                | What::Restarts { .. }
                | What::Canary { .. }
                | What::SoakEnd
                | What::Began { .. }
                | What::Certain { .. }
                | What::Over { .. }
                | What::Confirmed { .. }
                | What::Helped
                | What::Recovered => false,
            }
    };
    if entries.iter().any(|entry| is_change(&entry)) {
        return Some(Still::No);
    }
    let place = Place::new(evidence.service.clone(), Environment::Production);
    let flags = SourceId::Flags(place);
    let helm = SourceId::Helm(production.cluster.clone());
    let answers = |id: &SourceId| {
        let state = evidence.sources.get(id);
        state.is_some_and(|state| matches!(state, SourceState::Live { .. }))
    };
    let watched = evidence.sources.contains_key(&flags);
    Some(if production.releases.is_none() || !answers(&helm) {
        Still::Unknown(helm)
    } else if watched && (production.flags.is_none() || !answers(&flags)) {
        Still::Unknown(flags)
    } else {
        Still::Yes { flags: watched }
    })
}
