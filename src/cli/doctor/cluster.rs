//! Each cluster: whether its kubeconfig leads there, who it is, and who I am in it.

use std::collections::BTreeMap;

use crate::adapters::kubernetes::introduce;
use crate::adapters::transport::watch::version;
use crate::adapters::transport::{Clients, ClusterSettings};
use crate::domain::access::ClusterIdentity;
use crate::domain::names::{ClusterName, ClusterUid};
use crate::domain::source::Trouble;
use crate::domain::untrusted::Untrusted;
use crate::settings::Settings;

use super::Report;

/// A cluster that can be used.
pub(super) struct Usable {
    pub(super) clients: Clients,
    pub(super) uid: ClusterUid,
}

/// The clusters that can be used.
pub(super) async fn check(
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<BTreeMap<ClusterName, Usable>> {
    let mut usable = BTreeMap::new();
    let mut uids: BTreeMap<ClusterUid, ClusterName> = BTreeMap::new();
    for (name, cluster) in &settings.clusters {
        let what = format!("cluster {name}");
        let (clients, identity) = match ask(cluster).await {
            Ok(found) => found,
            Err(trouble) => {
                let text = Trouble {
                    message: Untrusted::new(format!(
                        "context {}: {}",
                        cluster.context,
                        trouble.message.raw()
                    )),
                    ..trouble
                };
                report.trouble(&what, &text)?;
                continue;
            }
        };
        let me = identity.me.as_ref().map_or_else(
            || "somebody it does not name".to_owned(),
            ToString::to_string,
        );
        let text = format!(
            "context {} answers as {}, uid {}; you are {me}",
            identity.context.shown(),
            identity.version.shown(),
            identity.uid
        );
        report.well(&what, &text)?;
        let uid = identity.uid;
        if let Some(other) = uids.insert(uid.clone(), name.clone()) {
            report.note(&what, &format!("it is the same cluster as {other}"))?;
        }
        usable.insert(name.clone(), Usable { clients, uid });
    }
    Ok(usable)
}

async fn ask(cluster: &ClusterSettings) -> Result<(Clients, ClusterIdentity), Trouble> {
    let clients = Clients::open(cluster).await?;
    let version = Untrusted::new(version(&clients).await?.git_version);
    let identity = introduce(&clients, version).await?;
    Ok((clients, identity))
}
