//! What the releases screen lists, and what is compared there.

use super::sieve::{Order, Table};
use super::state::State;
use crate::domain::difference::{Change, Difference, How, Told};
use crate::domain::environment::Place;
use crate::domain::release::{ReleaseHistory, ReleaseRevision, Revision};
use crate::domain::untrusted::Untrusted;

/// The history of the shown environment's release; none while it was not seen.
pub fn history(state: &State) -> Option<&ReleaseHistory> {
    let environments = &state.service()?.evidence.environments;
    let seen = environments.get(&state.ui.environment)?.releases.as_ref()?;
    Some(&seen.value)
}

/// The revisions that are listed, in their order.
pub(crate) fn listed(state: &State) -> Vec<Revision> {
    let history = history(state);
    let sieve = state.ui.sieves.of(Table::Releases);
    let stable = history.and_then(|h| h.stable.mark());
    let shown = |revision: &&ReleaseRevision| {
        let number = revision.revision.to_string();
        let marked = stable.filter(|mark| mark.revision == revision.revision);
        let marked = marked.map_or("", |_| "stable");
        let mut texts = vec![&*number, revision.status.as_str(), marked];
        if let Some(detail) = &revision.detail {
            texts.extend([detail.chart_version.raw(), detail.description.raw()]);
            texts.extend(detail.app_version.as_ref().map(Untrusted::raw));
        }
        sieve.holds(&texts)
    };
    let revisions = history.into_iter().flat_map(|h| &h.revisions);
    let mut listed: Vec<Revision> = revisions.filter(shown).map(|r| r.revision).collect();
    if state.ui.sieves.order(Table::Releases) != Order::Oldest {
        listed.reverse();
    }
    listed
}

/// The selected revision; the first that is listed where none is.
pub fn selected(state: &State) -> Option<Revision> {
    let listed = listed(state);
    let chosen = state.ui.releases.selected;
    chosen
        .filter(|revision| listed.contains(revision))
        .or_else(|| listed.first().copied())
}

/// What the selected revision is compared with: going there from what is in use, or, of what is in use, what it changed.
pub(crate) fn pair(state: &State) -> Option<(Place, Revision, Revision)> {
    let place = Place::new(state.ui.service.clone(), state.ui.environment);
    let to = selected(state)?;
    let current = history(state)?.current()?.revision;
    if to != current {
        return Some((place, current, to));
    }
    let revisions = history(state)?.revisions.iter().rev();
    let before = revisions.map(|r| r.revision).find(|r| *r < current)?;
    Some((place, before, current))
}

/// Values that are longer together than this stand below their path, a line each.
const BESIDE: usize = 40;

/// Whether a change's values stand below its path, and not beside it.
pub fn stands_below(change: &Change) -> bool {
    let length = |told: &Option<Told>| match told {
        Some(Told::Value(text)) => text.raw().chars().count(),
        Some(Told::Hidden) | None => 0,
    };
    length(&change.before) + length(&change.after) > BESIDE
}

/// The lines that a difference has on a screen of any width.
pub(crate) fn difference_lines(difference: &Difference) -> usize {
    let of_change = |change: &Change| {
        let values = [&change.before, &change.after].into_iter().flatten();
        if stands_below(change) {
            1 + values.count()
        } else {
            1
        }
    };
    let of_object = |how: &How| match how {
        How::Added | How::Removed => 1,
        How::Changed(changes) => 1 + changes.iter().map(of_change).sum::<usize>(),
    };
    let values = difference.values.iter().map(of_change).sum::<usize>();
    let objects = difference.objects.iter().map(|o| of_object(&o.how));
    2 + values + objects.sum::<usize>()
}
