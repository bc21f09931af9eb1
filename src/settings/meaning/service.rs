//! What a service and each of its environments mean.

use std::collections::BTreeMap;

use crate::adapters::prometheus;
use crate::domain::environment::{Environment, Place};
use crate::domain::metrics::Endpoint;
use crate::domain::names::{FlagKey, Namespace, ReleaseName, ServiceName};
use crate::engine::policy::Policy;
use crate::settings::{EnvironmentSettings, Fault, ServiceSettings, written};

use super::Reader;

impl Reader<'_> {
    pub(super) fn service(
        &mut self,
        name: &ServiceName,
        written: &written::Service,
        general: &Policy,
        clusters: &BTreeMap<String, written::Cluster>,
    ) -> ServiceSettings {
        let base = ["services", name.as_str()];
        let mut policy = general.clone();
        self.policy(&[base[0], base[1], "policy"], &written.policy, &mut policy);
        let business = [base[0], base[1], "business"];
        let business = self.business(&business, &written.business, &mut policy);
        for (key, flag) in &written.flags {
            let path = [base[0], base[1], "flags", key];
            if let Some(key) = self.need(&path, Fault::Name, FlagKey::parse(key)) {
                let endpoints = flag.endpoints.iter().map(|e| self.endpoint(&path, e));
                policy.flags.insert(key, endpoints.collect());
            }
        }
        for needed in [Environment::Canary, Environment::Production] {
            if !written.environments.contains_key(&needed) {
                let hint = format!("write [services.{name}.environments.{needed}]");
                let what = format!("the {needed} environment is missing");
                let path = [base[0], base[1], "environments"];
                self.wrong(&path, Fault::NoEnvironment, what, hint);
            }
        }
        let mut environments = BTreeMap::new();
        for (environment, place) in &written.environments {
            let place_name = Place::new(name.clone(), *environment);
            if let Some(mut meant) = self.environment(&place_name, place, clusters) {
                if let Some(metrics) = &mut meant.prometheus {
                    metrics.adapter.business.clone_from(&business);
                }
                environments.insert(*environment, meant);
            }
        }
        self.apart(name, &mut environments);
        ServiceSettings {
            policy,
            environments,
        }
    }

    fn endpoint(&mut self, path: &[&str], text: &str) -> Endpoint {
        let is_right = text.split_once(' ').is_some_and(|(method, route)| {
            method.chars().all(|c| c.is_ascii_uppercase()) && route.starts_with('/')
        });
        if !is_right {
            let what = format!("{text:?} is no endpoint");
            let path = [path, &["endpoints"]].concat();
            self.wrong(&path, Fault::Endpoint, what, None);
        }
        Endpoint::new(text)
    }

    fn environment(
        &mut self,
        place: &Place,
        written: &written::Place,
        clusters: &BTreeMap<String, written::Cluster>,
    ) -> Option<EnvironmentSettings> {
        let path = |key| {
            [
                "services",
                place.service.as_str(),
                "environments",
                place.environment.as_str(),
                key,
            ]
        };
        let cluster = self.cluster_named(&path("cluster"), &written.cluster, clusters);
        let namespace = self.need(
            &path("namespace"),
            Fault::Name,
            Namespace::parse(&written.namespace),
        );
        let release = self.need(
            &path("release"),
            Fault::Name,
            ReleaseName::parse(&written.release),
        );
        let (cluster, namespace, release) = (cluster?, namespace?, release?);
        let prometheus = written.prometheus.as_ref().and_then(|prometheus| {
            let new = |address| {
                prometheus::Settings::new(
                    place.clone(),
                    address,
                    namespace.clone(),
                    release.as_str(),
                )
            };
            self.prometheus(&path("prometheus"), prometheus, new)
        });
        let flags = written.flags.as_ref();
        let flags = flags.and_then(|flags| self.flags(&path("flags"), place, flags));
        Some(EnvironmentSettings {
            cluster,
            namespace,
            release,
            prometheus,
            flags,
        })
    }
}
