//! The trials, one file a subject.
//!
//! Each names the programs that it needs, so that what is missing is told by name.

mod adapters;
mod bring_up;
mod decks;
mod flags;
mod forward;
mod guarded;
mod many;
mod metrics;
mod native;
mod packs;
mod releases;
mod simulated;

use anyhow::Result;

pub(crate) use forward::publish;

use crate::lab::Lab;

/// One trial.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// `subject::what_holds`.
    pub(crate) name: &'static str,
    needs: &'static [&'static [&'static str]],
    /// What it does.
    pub(crate) run: fn(&Lab) -> Result<()>,
}

impl Case {
    const fn new(
        name: &'static str,
        needs: &'static [&'static [&'static str]],
        run: fn(&Lab) -> Result<()>,
    ) -> Self {
        Self { name, needs, run }
    }

    /// The programs it needs, each once.
    pub(crate) fn needs(&self) -> Vec<&'static str> {
        self.needs.concat()
    }
}

/// Every trial there is.
pub(crate) fn all() -> Vec<Case> {
    [
        // Stories take as long as they take: they begin first.
        decks::cases(),
        adapters::cases(),
        bring_up::cases(),
        flags::cases(),
        forward::cases(),
        guarded::cases(),
        many::cases(),
        metrics::cases(),
        native::cases(),
        packs::cases(),
        releases::cases(),
        simulated::cases(),
    ]
    .concat()
}
