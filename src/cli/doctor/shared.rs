//! Environments whose flags are one object: what is changed for one changes for the other, whatever the clusters are called.

use std::collections::BTreeMap;

use crate::domain::environment::Place;
use crate::domain::names::{ClusterName, ClusterUid};
use crate::settings::{EnvironmentSettings, Settings};

use super::Report;
use super::cluster::Usable;

pub(super) fn check(
    settings: &Settings,
    clusters: &BTreeMap<ClusterName, Usable>,
    report: &Report,
) -> anyhow::Result<()> {
    let places: Vec<(Place, &EnvironmentSettings)> = settings.places().collect();
    for (at, (place, environment)) in places.iter().enumerate() {
        let later = places.iter().skip(at + 1);
        for (other, theirs) in later.filter(|(other, _)| other.service == place.service) {
            let (Some(ours), Some(flags)) = (&environment.flags, &theirs.flags) else {
                continue;
            };
            if ours.adapter.source != flags.adapter.source
                || !is_same(&environment.cluster, &theirs.cluster, clusters)
            {
                continue;
            }
            let text = format!(
                "{} and {} read the very same {}: a change for one is a change for both, and confirmed as such",
                place.environment, other.environment, ours.adapter.source
            );
            report.note(&format!("flags of {}", place.service), &text)?;
        }
    }
    Ok(())
}

fn is_same(one: &ClusterName, other: &ClusterName, known: &BTreeMap<ClusterName, Usable>) -> bool {
    let uid = |name: &ClusterName| -> Option<&ClusterUid> { Some(&known.get(name)?.uid) };
    one == other || (uid(one).is_some() && uid(one) == uid(other))
}
