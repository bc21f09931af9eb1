//! The life of a source: run, fail, say so, wait, run again, until it is cancelled. One loop for all, so that every
//! source shows its failure and the time of its next attempt in the same way.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::domain::observation::{Epoch, Fact, Observation};
use crate::domain::source::{SourceId, Trouble};

use super::{Backoff, Pace};

/// A life that lasted so long was not part of a row of failures.
const STEADY: Duration = Duration::from_secs(10);

/// What a source's task is given by its owner.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Who speaks.
    pub source: SourceId,
    /// Where to.
    pub out: mpsc::Sender<Observation>,
    /// By which time.
    pub pace: Pace,
    /// Until when.
    pub cancel: CancellationToken,
    /// The epoch of its first life; higher than any that was used for this source before.
    pub epoch: Epoch,
    /// What its jitter comes from.
    pub seed: u64,
}

/// One life of a source: what it says carries this life's epoch.
#[derive(Debug, Clone)]
pub struct Voice {
    source: SourceId,
    epoch: Epoch,
    out: mpsc::Sender<Observation>,
    pace: Pace,
}

impl Voice {
    /// Says something now. Waits while the channel is full; if nobody listens any more, the feed's loop ends.
    pub async fn tell(&self, fact: Fact) {
        let observation = Observation {
            source: self.source.clone(),
            epoch: self.epoch,
            at: self.pace.now(),
            fact,
        };
        // A closed channel is seen by the loop of lives, which ends.
        let _ = self.out.send(observation).await;
    }

    /// The deck's time.
    pub const fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The present, by the deck's time.
    pub fn now(&self) -> Timestamp {
        self.pace.now()
    }
}

/// A source that keeps something from one life to the next.
pub trait Life: Send {
    /// Lives until there is trouble; nothing else ends a life.
    fn live(&mut self, voice: &Voice) -> impl Future<Output = Result<Infallible, Trouble>> + Send;
}

impl Feed {
    /// Lives again and again until cancelled: a life ends only with trouble, which is told together with the time of the
    /// next attempt. A life that lasted starts the waits from the shortest again.
    pub async fn live(self, mut source: impl Life) {
        let mut backoff = Backoff::new(self.seed);
        let mut epoch = self.epoch;
        loop {
            let voice = Voice {
                source: self.source.clone(),
                epoch,
                out: self.out.clone(),
                pace: self.pace.clone(),
            };
            let began = Instant::now();
            let Err(trouble) = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return,
                () = self.out.closed() => return,
                end = source.live(&voice) => end,
            };
            if began.elapsed() >= STEADY {
                backoff.reset();
            }
            let wait = backoff.wait();
            tracing::debug!(source = self.source.kind(), kind = ?trouble.kind, message = %trouble.message, "source failed");
            let next_try = self.pace.after(wait);
            let again = async {
                voice.tell(Fact::Failed { trouble, next_try }).await;
                tokio::time::sleep(wait).await;
            };
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return,
                () = self.out.closed() => return,
                () = again => {}
            }
            epoch = Epoch(epoch.0.saturating_add(1));
        }
    }
}
