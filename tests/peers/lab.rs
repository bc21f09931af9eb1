//! What the trials share: a folder, the programs, and the two clusters, which start when the first trial asks.
//!
//! A cluster takes several seconds to come up, so the trials share two and keep to namespaces of their own.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use tempfile::TempDir;

use crate::cluster::{Cluster, Room};
use crate::ofrep;
use crate::programs::Programs;

/// See the module.
#[derive(Debug)]
pub(crate) struct Lab {
    /// Where the real programs are.
    pub(crate) programs: Programs,
    canary: OnceLock<Result<Cluster, String>>,
    production: OnceLock<Result<Cluster, String>>,
    folder: TempDir,
}

impl Lab {
    /// An empty lab.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            programs: Programs::discover(),
            canary: OnceLock::new(),
            production: OnceLock::new(),
            folder: TempDir::with_prefix("flightdeck-peers-")?,
        })
    }

    /// The canary's cluster.
    pub(crate) fn canary(&self) -> Result<&Cluster> {
        self.cluster(&self.canary, "eu-canary")
    }

    /// Production's cluster.
    pub(crate) fn production(&self) -> Result<&Cluster> {
        self.cluster(&self.production, "eu-prod")
    }

    /// A folder of a trial's own.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn cluster<'l>(
        &'l self,
        slot: &'l OnceLock<Result<Cluster, String>>,
        name: &'static str,
    ) -> Result<&'l Cluster> {
        slot.get_or_init(|| {
            start(&self.programs, self.folder.path(), name).map_err(|error| format!("{error:#}"))
        })
        .as_ref()
        .map_err(|error| anyhow!("{error}"))
    }
}

fn start(programs: &Programs, folder: &Path, name: &'static str) -> Result<Cluster> {
    let cluster = Cluster::start(name, programs, folder, Room::SMALL)?;
    cluster.apply(ofrep::CRD)?;
    cluster.apply(include_str!("files/rights.yaml"))?;
    cluster.kubectl(
        "admin",
        &[
            "wait",
            "--for=condition=Established",
            "crd/featureflags.core.openfeature.dev",
        ],
    )?;
    Ok(cluster)
}
