//! One source's task: what it is started with, and its start. The adapters live their own lives inside it; it is started
//! anew only when somebody asks, or when it broke.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::adapters::transport::{Clients, Feed, Pace};
use crate::adapters::{flagd, helm, kubernetes, prometheus};
use crate::domain::names::ClusterName;
use crate::domain::observation::{Epoch, Fact, Observation};
use crate::domain::source::{SourceId, Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;

/// Lives that one start may use before the next start's epochs begin.
const LIVES: u64 = 1 << 20;

/// What every source is given.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) out: mpsc::Sender<Observation>,
    pub(super) pace: Pace,
    pub(super) cancel: CancellationToken,
}

impl Common {
    /// Says that a source failed outside its own life.
    pub(super) async fn failed(
        &self,
        source: SourceId,
        epoch: Epoch,
        trouble: Trouble,
        again: std::time::Duration,
    ) {
        let observation = Observation {
            source,
            epoch,
            at: self.pace.now(),
            fact: Fact::Failed {
                trouble,
                next_try: self.pace.after(again),
            },
        };
        // Nobody listens any more: the deck ends.
        let _ = self.out.send(observation).await;
    }
}

/// What a source's task does.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Kubernetes(kubernetes::Settings),
    Helm(helm::Settings),
    Flags(flagd::Settings, Arc<Notify>),
    Prometheus(
        Box<prometheus::Settings>,
        watch::Receiver<prometheus::Wanted>,
        Arc<prometheus::Together>,
    ),
}

/// A source and its handles.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) id: SourceId,
    pub(super) cluster: ClusterName,
    pub(super) work: Work,
    /// Somebody wants it to ask again from the start.
    pub(super) again: Arc<Notify>,
    pub(super) seed: u64,
}

impl Source {
    /// Runs until cancelled; starts over when asked, and when the task breaks.
    pub(super) async fn run(self, mut clients: watch::Receiver<Option<Clients>>, common: Common) {
        let mut start: u64 = 0;
        loop {
            start += 1;
            let opened = tokio::select! {
                biased;
                () = common.cancel.cancelled() => return,
                found = clients.wait_for(Option::is_some) => found.ok().and_then(|found| found.clone()),
            };
            let Some(opened) = opened else { return };
            let cancel = common.cancel.child_token();
            let mut task = JoinSet::new();
            task.spawn(self.clone().once(
                opened,
                common.clone(),
                cancel.clone(),
                Epoch(start * LIVES),
            ));
            let ended = tokio::select! {
                biased;
                () = common.cancel.cancelled() => return,
                ended = task.join_next() => ended,
                () = self.again.notified() => {
                    cancel.cancel();
                    continue;
                }
            };
            if let Some(Err(broken)) = ended {
                let wait = std::time::Duration::from_secs(5);
                let message = format!(
                    "flightdeck's own task for {} broke; the log says how",
                    self.id.kind()
                );
                tracing::error!(source = self.id.kind(), %broken, "a source's task broke");
                let trouble = Trouble {
                    kind: TroubleKind::Malformed,
                    message: Untrusted::new(message),
                };
                common
                    .failed(
                        self.id.clone(),
                        Epoch(start * LIVES + LIVES / 2),
                        trouble,
                        wait,
                    )
                    .await;
                tokio::time::sleep(wait).await;
            }
        }
    }

    async fn once(self, clients: Clients, common: Common, cancel: CancellationToken, epoch: Epoch) {
        let feed = |source: SourceId| Feed {
            source,
            out: common.out.clone(),
            pace: common.pace.clone(),
            cancel: cancel.clone(),
            epoch,
            seed: self.seed,
        };
        match self.work {
            Work::Kubernetes(settings) => kubernetes::run(settings, clients, feed(self.id)).await,
            Work::Helm(settings) => helm::run(settings, clients, feed(self.id)).await,
            Work::Flags(settings, now) => {
                let feeds = flagd::Feeds {
                    definitions: feed(SourceId::Flags(settings.place.clone())),
                    evaluations: feed(SourceId::Flagd(settings.place.clone())),
                };
                flagd::run(settings, clients, feeds, now).await;
            }
            Work::Prometheus(settings, wanted, together) => {
                let feed = feed(self.id);
                prometheus::run(*settings, clients, feed, wanted, together).await;
            }
        }
    }
}
