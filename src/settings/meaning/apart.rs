//! Whether the two sides of a service are told apart where one metrics server has both.

use std::collections::BTreeMap;

use crate::adapters::prometheus::{same_requests, untold_apart};
use crate::adapters::transport::Address;
use crate::domain::environment::Environment;
use crate::domain::names::ServiceName;
use crate::settings::{EnvironmentSettings, Fault};

use super::Reader;

impl Reader<'_> {
    /// Refuses the same requests on both sides, and keeps gauges that are the same on both from being asked for.
    pub(super) fn apart(
        &mut self,
        service: &ServiceName,
        environments: &mut BTreeMap<Environment, EnvironmentSettings>,
    ) {
        let side = |environment| environments.get(&environment);
        let (Some(canary), Some(production)) =
            (side(Environment::Canary), side(Environment::Production))
        else {
            return;
        };
        let (Some(ours), Some(theirs)) = (&canary.prometheus, &production.prometheus) else {
            return;
        };
        if !one_server(canary, production) {
            return;
        }
        if same_requests(&ours.adapter, &theirs.adapter) {
            let path = [
                "services",
                service.as_str(),
                "environments",
                Environment::Canary.as_str(),
                "prometheus",
                "matchers",
            ];
            let what = format!(
                "these select the same requests as production's do on {}, so that canary would be compared with itself",
                ours.adapter.address
            );
            self.wrong(&path, Fault::SameSeries, what, None);
        }
        let untold = untold_apart(&ours.adapter, &theirs.adapter);
        for environment in [Environment::Canary, Environment::Production] {
            let side = environments.get_mut(&environment);
            if let Some(metrics) = side.and_then(|side| side.prometheus.as_mut()) {
                metrics.adapter.untold.clone_from(&untold);
            }
        }
    }
}

/// Whether one server answers both, of the same tenant and to the same asker: who asks may be what parts tenants, whom
/// the asker trusts is not.
pub fn one_server(a: &EnvironmentSettings, b: &EnvironmentSettings) -> bool {
    let (Some(ours), Some(theirs)) = (&a.prometheus, &b.prometheus) else {
        return false;
    };
    let cluster = |side: &EnvironmentSettings, address: &Address| match address {
        Address::Direct(_) => None,
        Address::Service(_) => Some(side.cluster.clone()),
    };
    let whole = |side: &EnvironmentSettings, metrics: &crate::settings::PrometheusSettings| {
        let adapter = &metrics.adapter;
        (
            adapter.address.clone(),
            cluster(side, &adapter.address),
            adapter.tenant.clone(),
            metrics.login.auth.clone(),
            metrics.login.tls.client.clone(),
        )
    };
    whole(a, ours) == whole(b, theirs)
}
