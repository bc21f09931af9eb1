//! What narrows a table and orders it: one mechanism for every table that can have more rows than a screen. What a row is
//! called stays with its table; here is what a person wrote, and what that leaves.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::field::Field;
use super::state::{Screen, State};

/// A table that can be narrowed and ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Table {
    /// The flags of an environment.
    Flags,
    /// The revisions of an environment's release.
    Releases,
    /// What changed.
    Changed,
    /// All services.
    Services,
}

/// What a table's rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// The worst first, then by name.
    Worst,
    /// By name.
    Name,
    /// The one whose canary has most requests first, then by name.
    Requests,
    /// What was changed last first, then by name.
    Touched,
    /// What is enabled first, then by name.
    State,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// The nearest to the onset first; without one the newest.
    Nearest,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 4] = [Self::Flags, Self::Releases, Self::Changed, Self::Services];

    /// The orders that it can have, the usual one first.
    pub const fn orders(self) -> &'static [Order] {
        match self {
            Self::Flags => &[Order::Name, Order::Touched, Order::State],
            Self::Releases => &[Order::Newest, Order::Oldest],
            Self::Changed => &[Order::Newest, Order::Oldest, Order::Nearest],
            Self::Services => &[Order::Worst, Order::Name, Order::Requests],
        }
    }
}

/// What narrows one table, and its order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sieve {
    /// What a shown row holds: every word of it, in whatever case; after a `!` none of them. Empty shows all.
    pub filter: Field,
    /// Whether the filter has the keys.
    pub writing: bool,
    /// The order that was chosen; none is the usual one.
    pub order: Option<Order>,
    /// The rows as they stood when an order was chosen that changes with what is seen: they stay so until it is asked for
    /// again, so that none moves under the finger.
    pub taken: Vec<String>,
}

impl Sieve {
    /// Whether it leaves out rows, or is about to.
    pub fn is_narrow(&self) -> bool {
        self.writing || !self.filter.text.trim().is_empty()
    }

    /// Whether a row is shown that has these texts.
    pub(crate) fn holds(&self, texts: &[&str]) -> bool {
        let wanted = self.filter.text.trim().to_lowercase();
        let (wanted, inverse) = match wanted.strip_prefix('!') {
            Some(rest) => (rest.trim(), true),
            None => (&*wanted, false),
        };
        if wanted.is_empty() {
            return true;
        }
        let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
        let has = |word: &str| texts.iter().any(|text| text.contains(word));
        if inverse {
            !wanted.split_whitespace().any(has)
        } else {
            wanted.split_whitespace().all(has)
        }
    }

    /// Rows in the order that was taken; those that were not there then stand behind them.
    pub(crate) fn standing<T>(&self, mut rows: Vec<T>, name: impl Fn(&T) -> &str) -> Vec<T> {
        let place = |row: &T| self.taken.iter().position(|taken| taken == name(row));
        rows.sort_by_key(|row| place(row).unwrap_or(usize::MAX));
        rows
    }
}

/// Those of all tables.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sieves {
    flags: Sieve,
    releases: Sieve,
    changed: Sieve,
    services: Sieve,
}

impl Sieves {
    /// That of a table.
    pub const fn of(&self, table: Table) -> &Sieve {
        match table {
            Table::Flags => &self.flags,
            Table::Releases => &self.releases,
            Table::Changed => &self.changed,
            Table::Services => &self.services,
        }
    }

    /// That of a table, to be changed.
    pub const fn of_mut(&mut self, table: Table) -> &mut Sieve {
        match table {
            Table::Flags => &mut self.flags,
            Table::Releases => &mut self.releases,
            Table::Changed => &mut self.changed,
            Table::Services => &mut self.services,
        }
    }

    /// The order of a table.
    pub fn order(&self, table: Table) -> Order {
        let usual = table.orders().first().copied();
        self.of(table).order.or(usual).unwrap_or(Order::Name)
    }

    /// The order of a table after its present one.
    pub(crate) fn next(&self, table: Table) -> Order {
        let (all, now) = (table.orders(), self.order(table));
        let at = all
            .iter()
            .position(|order| *order == now)
            .map_or(0, |at| at + 1);
        all.get(at).or_else(|| all.first()).copied().unwrap_or(now)
    }
}

/// The table on the screen; none where there is none, or something else is in its place.
pub(crate) fn table(state: &State) -> Option<Table> {
    match state.ui.screen {
        Screen::Flags => Some(Table::Flags),
        Screen::Releases => state
            .ui
            .releases
            .compared
            .is_none()
            .then_some(Table::Releases),
        Screen::Changed => Some(Table::Changed),
        Screen::Services => Some(Table::Services),
        Screen::Overview
        | Screen::Ladder
        | Screen::Pods
        | Screen::Evidence { .. }
        | Screen::Chart { .. } => None,
    }
}

/// The table whose filter has the keys, if nothing lies over it.
pub(crate) fn written(state: &State) -> Option<Table> {
    let table = table(state).filter(|_| state.ui.overlays.is_empty())?;
    state.ui.sieves.of(table).writing.then_some(table)
}
