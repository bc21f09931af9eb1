//! A series' identity: its labels, sorted by name, shared by everything that mentions the series.
//!
//! Evaluation copies labels often and compares them always, so a copy is one reference count.

use std::sync::Arc;

/// The label that holds the metric's name.
pub(crate) const NAME: &str = "__name__";

/// One label.
pub(crate) type Pair = (Arc<str>, Arc<str>);

/// Labels in the order of their names; none has an empty value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Labels(Arc<[Pair]>);

impl Default for Labels {
    fn default() -> Self {
        Self(Arc::from(Vec::new()))
    }
}

impl Labels {
    /// Sorts and drops empty values; of two labels with one name the last counts.
    pub(crate) fn new(pairs: impl IntoIterator<Item = Pair>) -> Self {
        let mut all: Vec<Pair> = Vec::new();
        for (name, value) in pairs {
            all.retain(|(known, _)| *known != name);
            if !value.is_empty() {
                all.push((name, value));
            }
        }
        all.sort();
        Self(Arc::from(all))
    }

    /// From borrowed text.
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        Self::new(
            pairs
                .iter()
                .map(|(name, value)| (Arc::from(*name), Arc::from(*value))),
        )
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| &**known == name)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.0.iter()
    }

    /// Only those labels whose name passes.
    pub(crate) fn keep(&self, pass: impl Fn(&str) -> bool) -> Self {
        if self.0.iter().all(|(name, _)| pass(name)) {
            return self.clone();
        }
        Self(
            self.0
                .iter()
                .filter(|(name, _)| pass(name))
                .cloned()
                .collect(),
        )
    }

    /// Without the metric's name, as a result that is no longer that metric.
    pub(crate) fn unnamed(&self) -> Self {
        self.keep(|name| name != NAME)
    }

    /// With one label set, or taken away if the value is empty.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        Self::new(
            self.0
                .iter()
                .cloned()
                .chain([(Arc::from(name), Arc::from(value))]),
        )
    }
}
