//! How keys came: alone, held down, or many at once as text does that is pasted without its brackets. Only arrival times
//! tell, and those are measured here, so that the core can decide on facts.

use std::time::{Duration, Instant};

use crate::app::chord::Chord;
use crate::app::event::Press;
use crate::domain::names::OpId;

/// Two presses of one key that are nearer than this are a key held down.
const HELD: Duration = Duration::from_millis(80);

/// Two keys that are nearer than this came together: fingers are slower, pastes and stalled links are not.
pub(super) const TOGETHER: Duration = Duration::from_millis(15);

/// So many keys together, not all the same, are a paste.
const PASTE: usize = 6;

/// A paste is over when nothing came for so long.
const PASTE_ENDS: Duration = Duration::from_millis(200);

/// What a key is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// A key.
    Key(Press),
    /// A character of a paste.
    Pasted,
}

/// The keys so far, and since when the plan on the screen can be read.
#[derive(Debug, Default)]
pub(super) struct Typing {
    last: Option<(Chord, Instant)>,
    /// Keys that came together.
    together: usize,
    /// Whether they are not all the same.
    differ: bool,
    pasting: bool,
    plan: Option<(OpId, Instant)>,
}

impl Typing {
    /// A picture with this plan is on the screen.
    pub(super) fn shown(&mut self, plan: Option<&OpId>, now: Instant) {
        if self.plan.as_ref().map(|(op, _)| op) != plan {
            self.plan = plan.map(|op| (op.clone(), now));
        }
    }

    /// The keys that were there at one look. They came at that time or later: where they waited for us, it is the earliest
    /// time that they can have come at.
    pub(super) fn keys(&mut self, chords: &[Chord], came: Instant) -> Vec<Taken> {
        let differ = chords.windows(2).any(|two| two.first() != two.last());
        self.pasting |= differ && chords.len() >= PASTE;
        let is_alone = chords.len() == 1;
        chords
            .iter()
            .map(|&chord| self.key(chord, came, is_alone))
            .collect()
    }

    fn key(&mut self, chord: Chord, came: Instant, is_alone: bool) -> Taken {
        let before = self
            .last
            .replace((chord, came))
            .map(|(last, at)| (last, came.saturating_duration_since(at)));
        let is_near = |gap| before.is_some_and(|(_, after)| after < gap);
        let is_same = before.is_some_and(|(last, _)| last == chord);
        if is_near(TOGETHER) {
            self.together += 1;
            self.differ |= !is_same;
        } else if self.pasting && (is_near(PASTE_ENDS) || !is_alone) {
            self.together += 1;
        } else {
            (self.together, self.differ, self.pasting) = (1, false, false);
        }
        self.pasting |= self.differ && self.together >= PASTE;
        if self.pasting {
            return Taken::Pasted;
        }
        let shown = self
            .plan
            .as_ref()
            .map(|(_, since)| came.saturating_duration_since(*since));
        let again = before.filter(|_| is_same).map(|(_, after)| after);
        Taken::Key(Press {
            held: is_same && is_near(HELD),
            together: self.together > 1 || !is_alone,
            again_after_ms: again.map(milliseconds),
            plan_shown_ms: shown.map_or(0, milliseconds),
        })
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
