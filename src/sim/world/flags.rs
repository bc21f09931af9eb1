//! Which flag definitions held when, on one cluster, and for how much of a tick an effect was on.
//!
//! Definitions are read from the cluster's own `FeatureFlag` object, so that whoever patches it changes the world.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::sim::flagd::Definitions;
use crate::sim::prometheus::Millis;
use crate::sim::scenario::Side;

/// The namespace of everything that the simulated company runs.
pub(crate) const NAMESPACE: &str = "shop";
/// The name of the `FeatureFlag` object.
pub(crate) const OBJECT: &str = "flags";

/// The context with which the services evaluate their flags.
pub(crate) fn static_context(side: Side) -> Map<String, Value> {
    let mut context = Map::new();
    context.insert("environment".to_owned(), json!(side.name()));
    context
}

/// The history of one cluster's definitions.
#[derive(Debug, Default)]
pub(crate) struct FlagLog {
    versions: Vec<(Millis, Arc<Definitions>)>,
    seen: Option<Value>,
}

impl FlagLog {
    /// Takes note of the object as it is at `at`; whether the definitions changed.
    pub(crate) fn observe(&mut self, at: Millis, object: Option<&Value>) -> bool {
        let spec = object.and_then(|object| object.pointer("/spec/flagSpec"));
        if spec == self.seen.as_ref() {
            return false;
        }
        self.seen = spec.cloned();
        let definitions = match spec.map(Definitions::read) {
            Some(Ok(definitions)) => definitions,
            // As flagd does: a definition that can't be read leaves the last good one in force.
            Some(Err(_)) => return false,
            None => Definitions::default(),
        };
        self.versions.push((at, Arc::new(definitions)));
        true
    }

    /// The definitions in force at `at`.
    pub(crate) fn at(&self, at: Millis) -> Arc<Definitions> {
        let upto = self.versions.partition_point(|(since, _)| *since <= at);
        upto.checked_sub(1)
            .and_then(|last| self.versions.get(last))
            .map(|(_, definitions)| Arc::clone(definitions))
            .unwrap_or_default()
    }

    /// For how much of `from..to` (0 to 1) requests see `flag` as true, not counting the first `delay` of each time
    /// that it is on.
    pub(crate) fn weight(&self, flag: &Flag<'_>, delay: Millis, from: Millis, to: Millis) -> f64 {
        let mut weight = 0.0;
        let mut on_since = None;
        for (at, (since, definitions)) in self.versions.iter().enumerate() {
            let until = self
                .versions
                .get(at + 1)
                .map_or(Millis::MAX, |(next, _)| *next);
            if *since >= to {
                break;
            }
            let share = definitions.share(flag.key, &static_context(flag.side));
            if share <= 0.0 {
                on_since = None;
                continue;
            }
            let began = *on_since.get_or_insert(*since);
            let start = (*since).max(from).max(began + delay);
            weight += share * fraction(start, until.min(to), from, to);
        }
        weight
    }
}

/// A flag on one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag<'a> {
    pub(crate) key: &'a str,
    pub(crate) side: Side,
}

/// How much of `from..to` lies in `start..end`.
#[expect(
    clippy::cast_precision_loss,
    reason = "spans of time are far below 2^52 ms"
)]
pub(crate) fn fraction(start: Millis, end: Millis, from: Millis, to: Millis) -> f64 {
    let covered = (end.min(to) - start.max(from)).max(0);
    covered as f64 / (to - from).max(1) as f64
}
