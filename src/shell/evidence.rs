//! From settings to the evidence before anything was heard: what there is to know, with every source still being read.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::environment::Place;
use crate::domain::names::ServiceName;
use crate::domain::source::{SourceId, SourceState};
use crate::engine::evidence::{EnvironmentEvidence, ServiceEvidence};
use crate::settings::{EnvironmentSettings, ServiceSettings, Settings};

/// The sources of one environment.
pub fn sources(place: &Place, settings: &EnvironmentSettings) -> Vec<SourceId> {
    let mut found = vec![
        SourceId::Kubernetes(settings.cluster.clone()),
        SourceId::Helm(settings.cluster.clone()),
    ];
    if let Some(flags) = &settings.flags {
        found.push(SourceId::Flags(place.clone()));
        if flags.adapter.ofrep.is_some() {
            found.push(SourceId::Flagd(place.clone()));
        }
    }
    if settings.prometheus.is_some() {
        found.push(SourceId::Prometheus(place.clone()));
    }
    found
}

/// The evidence of every service at the start.
pub fn at_start(settings: &Settings, now: Timestamp) -> Vec<ServiceEvidence> {
    let of = |(name, service)| of_service(settings, name, service, now);
    settings.services.iter().map(of).collect()
}

fn of_service(
    all: &Settings,
    name: &ServiceName,
    service: &ServiceSettings,
    now: Timestamp,
) -> ServiceEvidence {
    let mut environments = BTreeMap::new();
    let mut states = BTreeMap::new();
    for (&environment, settings) in &service.environments {
        let place = Place::new(name.clone(), environment);
        for source in sources(&place, settings) {
            states.insert(source, SourceState::Reading { since: now });
        }
        let cluster = all.clusters.get(&settings.cluster);
        let evidence = EnvironmentEvidence {
            cluster: settings.cluster.clone(),
            context: cluster.map(|c| c.context.clone()).unwrap_or_default(),
            namespace: settings.namespace.clone(),
            release: settings.release.clone(),
            workload: None,
            releases: None,
            flags: None,
            evaluations: None,
            red: None,
            usage: None,
            pods: None,
            alerts: None,
            before: None,
        };
        environments.insert(environment, evidence);
    }
    ServiceEvidence {
        service: name.clone(),
        policy: service.policy.clone(),
        environments,
        sources: states,
        attempts: Vec::new(),
        incidents: Vec::new(),
    }
}
