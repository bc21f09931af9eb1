//! Since when: for each hypothesis the last moment at which nothing spoke for it, and the counts until then.

use super::counts::Counts;

/// Follows the onset: `W_k <- max(W_k, 0) + ln e_k`.
#[derive(Debug, Clone, PartialEq)]
pub struct Onset<const N: usize> {
    tracks: [Track; N],
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Track {
    evidence: f64,
    mark: Mark,
}

/// A moment and what had been counted before it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mark {
    /// The first interval after the moment, by its number on the grid.
    pub index: i64,
    /// Sums of all intervals before it.
    pub before: Counts,
}

impl<const N: usize> Onset<N> {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        let mark = Mark {
            index: 0,
            before: Counts {
                x: 0.0,
                n: 0.0,
                y: 0.0,
                m: 0.0,
            },
        };
        Self {
            tracks: [Track {
                evidence: 0.0,
                mark,
            }; N],
        }
    }

    /// One interval: the evidence in nats, and the mark at its beginning.
    pub fn push(&mut self, evidence: &[f64; N], mark: Mark) {
        for (track, gain) in self.tracks.iter_mut().zip(evidence) {
            if track.evidence <= 0.0 {
                *track = Track {
                    evidence: *gain,
                    mark,
                };
            } else {
                track.evidence += gain;
            }
        }
    }

    /// The beginning of the hypothesis for which most speaks.
    pub fn mark(&self) -> Mark {
        self.tracks
            .iter()
            .copied()
            .reduce(|best, next| {
                if next.evidence > best.evidence {
                    next
                } else {
                    best
                }
            })
            .map_or_else(Mark::default, |track| track.mark)
    }
}

impl<const N: usize> Default for Onset<N> {
    fn default() -> Self {
        Self::new()
    }
}
