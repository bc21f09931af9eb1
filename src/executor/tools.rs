//! What an operation works with: the clusters' clients and the addresses of flagd.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::adapters::flagd::{self, OfrepSettings};
use crate::adapters::transport::Clients;
use crate::domain::access::Access;
use crate::domain::clock::Clock;
use crate::domain::environment::Place;
use crate::domain::names::ClusterName;
use crate::domain::plan::Plan;
use crate::domain::untrusted::Untrusted;

/// What operations work with; shared by all of them, changed by none.
#[derive(Clone)]
pub struct Tools {
    /// The clients of each cluster.
    pub clusters: Arc<BTreeMap<ClusterName, Clients>>,
    /// Who evaluates the flags of each environment; absent where nobody can be asked.
    pub ofrep: Arc<BTreeMap<Place, OfrepSettings>>,
    /// The cluster of each environment.
    pub clusters_of: Arc<BTreeMap<Place, ClusterName>>,
    /// The field manager of our writes: `flightdeck/USER`.
    pub manager: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Tools {
    /// The reading client of an environment's cluster.
    pub(super) fn reader_of(&self, place: &Place) -> Option<&kube::Client> {
        let cluster = self.clusters_of.get(place)?;
        self.clusters.get(cluster).map(|clients| &clients.read)
    }
}

/// Asks the API server, its policies included, whether it would take the plan's changes now. Nothing is changed.
pub async fn dry_run(plan: &Plan, tools: &Tools) -> Result<(), Untrusted> {
    if let Some((permission, _)) = plan
        .permissions
        .iter()
        .find(|(_, access)| *access == Access::Denied)
    {
        return Err(Untrusted::new(format!("not allowed: {permission}")));
    }
    let Some(write) = plan.set_flag() else {
        return Ok(());
    };
    let clients = tools
        .clusters
        .get(&write.cluster)
        .ok_or_else(|| Untrusted::new(format!("cluster {} can't be reached", write.cluster)))?;
    let answer = flagd::dry_run(clients, write, &tools.manager).await;
    answer.map_err(|error| Untrusted::new(error.to_string()))
}
