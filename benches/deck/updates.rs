//! A cluster that is not quiet: pods that change, so many a second.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use flightdeck::adapters::transport::{Clients, ClusterSettings};
use flightdeck::domain::names::ClusterName;
use flightdeck::shell::clock::moment;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, Patch, PatchParams};
use kube::runtime::watcher;
use kube::{Api, Client};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::cluster::Cluster;

/// How many pods change in a second.
pub(crate) const A_SECOND: u64 = 20;

/// Changes pods until dropped.
pub(crate) struct Updates {
    ends: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    since: Instant,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Updates {
    pub(crate) fn start(cluster: &Cluster, namespace: &str) -> Result<Self> {
        let (ends, done) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (config, context) = (cluster.kubeconfig("admin"), cluster.name);
        let namespace = namespace.to_owned();
        let (ending, counting) = (Arc::clone(&ends), Arc::clone(&done));
        let runtime = runtime()?;
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                let client = client(config, context).await?;
                let pods: Api<Pod> = Api::namespaced(client, &namespace);
                change(&pods, &ending, &counting).await
            })
        });
        Ok(Self {
            ends,
            done,
            since: moment(),
            thread: Some(thread),
        })
    }

    /// How many pods a second did change so far.
    pub(crate) fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let done = self.done.load(Ordering::Relaxed) as f64;
        done / self.since.elapsed().as_secs_f64()
    }
}

impl Drop for Updates {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // What it could not change is seen in the rate.
            let _ = thread.join();
        }
    }
}

async fn change(pods: &Api<Pod>, ends: &AtomicBool, done: &AtomicU64) -> Result<()> {
    let all = pods.list_metadata(&ListParams::default()).await?;
    let names: Vec<String> = all
        .items
        .into_iter()
        .filter_map(|p| p.metadata.name)
        .collect();
    let mut tick = tokio::time::interval(Duration::from_millis(1000 / A_SECOND));
    // A stride that meets every Deployment soon.
    let mut next = names.iter().cycle().step_by(37);
    while !ends.load(Ordering::Relaxed) {
        tick.tick().await;
        let name = next.next().context("no pods")?;
        let count = done.fetch_add(1, Ordering::Relaxed);
        let patch = json!({ "metadata": { "annotations": { "bench/turn": count.to_string() } } });
        pods.patch_metadata(name, &PatchParams::default(), &Patch::Merge(&patch))
            .await?;
    }
    Ok(())
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?)
}

async fn client(kubeconfig: PathBuf, context: &str) -> Result<Client> {
    let settings = ClusterSettings {
        name: ClusterName::parse("bench")?,
        kubeconfig: Some(kubeconfig),
        context: context.to_owned(),
    };
    let opened = Clients::open(&settings).await;
    Ok(opened.map_err(|why| anyhow!("{}", why.message))?.read)
}

/// How long a bare watch takes until every pod has come: nobody can show them all sooner. Also how many came.
pub(crate) fn drain(cluster: &Cluster) -> Result<(Duration, usize)> {
    let (config, context) = (cluster.kubeconfig("admin"), cluster.name);
    runtime()?.block_on(async {
        let start = moment();
        let pods: Api<Pod> = Api::all(client(config, context).await?);
        let mut events = watcher(pods, watcher::Config::default().streaming_lists()).boxed();
        let mut count = 0;
        while let Some(event) = events.next().await {
            match event? {
                watcher::Event::InitApply(_) => count += 1,
                watcher::Event::InitDone => return Ok((start.elapsed(), count)),
                watcher::Event::Init | watcher::Event::Apply(_) | watcher::Event::Delete(_) => {}
            }
        }
        Err(anyhow!("the watch ended"))
    })
}
