//! What two environments of a service that ask one server read by the same selectors: the same numbers, which compare as
//! well whatever the canary does. Such gauges are better not told than told as both's.

use std::collections::{BTreeMap, BTreeSet};

use crate::adapters::transport::trouble::trouble;
use crate::domain::gauge::Gauge;
use crate::domain::source::{Trouble, TroubleKind};

use super::Settings;
use super::business::of_environment;
use super::signals::{Candidate, candidates};

/// Whether one reads what the other does, all of it or more, if one server answers both: a selector with fewer labels of
/// the same has the other's series among its own.
pub fn same_requests(a: &Settings, b: &Settings) -> bool {
    a.pack == b.pack && within(&a.matchers, &b.matchers)
}

/// Whether every label of one is another's, with its value.
fn within(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> bool {
    let all = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
        a.iter().all(|(label, value)| b.get(label) == Some(value))
    };
    all(a, b) || all(b, a)
}

/// The gauges of which both read the same series, if one server answers both.
pub fn untold_apart(a: &Settings, b: &Settings) -> BTreeSet<Gauge> {
    let mut same = BTreeSet::new();
    if a.pod_series() == b.pod_series() {
        same.extend(Gauge::MACHINES);
    }
    let (ours, theirs) = (candidates(a), candidates(b));
    for gauge in Gauge::NAMED {
        let of = |all: &[Candidate]| -> BTreeSet<String> {
            let all = all.iter().filter(|row| row.gauge == gauge);
            let terms = all.flat_map(|row| row.terms.iter().map(|(_, selector)| selector.clone()));
            terms.collect()
        };
        if !of(&ours).is_disjoint(&of(&theirs)) {
            same.insert(gauge);
        }
    }
    for (name, query) in &a.business {
        let ours = of_environment(query, &a.series());
        let theirs = b.business.get(name);
        if theirs.is_some_and(|query| of_environment(query, &b.series()) == ours) {
            same.insert(Gauge::Business(*name));
        }
    }
    same
}

/// What is said of the gauges that are not told for that; none where each is told apart.
pub fn untold(settings: &Settings) -> Option<Trouble> {
    let names: Vec<String> = settings.untold.iter().map(Gauge::to_string).collect();
    (!names.is_empty()).then(|| {
        let message = format!(
            "not of {}: canary and production read the same series; {REMEDY}",
            names.join(", ")
        );
        trouble(TroubleKind::NotFound, message)
    })
}

/// What to write.
pub(super) const REMEDY: &str = "write pod_matchers = { LABEL = \"..\" } in the prometheus of each, with the label that \
     tells its pods and queues from the other's (signals and business metrics have matchers of their own)";
