//! Where the releases of environments are in one cluster, and which of them one watch can follow together.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::environment::Place;
use crate::domain::names::{Namespace, ReleaseName};

/// Where one environment is in its cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSettings {
    /// The environment.
    pub place: Place,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its Helm release: Deployments and pods carry it as `app.kubernetes.io/instance`.
    pub release: ReleaseName,
}

/// The releases of each namespace as a label selector lists them: one watch a namespace follows all of its services.
pub(crate) fn releases(places: &[PlaceSettings]) -> BTreeMap<Namespace, String> {
    let mut all: BTreeMap<Namespace, BTreeSet<&str>> = BTreeMap::new();
    for place in places {
        let of = all.entry(place.namespace.clone()).or_default();
        of.insert(place.release.as_str());
    }
    let listed = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(",");
    all.into_iter()
        .map(|(namespace, names)| (namespace, format!("({})", listed(names))))
        .collect()
}
