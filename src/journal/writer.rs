//! The one task that writes the journal: operations send it entries and wait until they are on disk.

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::entry::Entry;
use super::error::JournalError;
use super::file::Journal;

/// How many entries may wait.
const WAITING: usize = 16;

struct Request {
    at: Timestamp,
    entry: Entry,
    done: oneshot::Sender<Result<(), JournalError>>,
}

/// Sends entries to the journal's task.
#[derive(Debug, Clone)]
pub struct Writer {
    requests: mpsc::Sender<Request>,
}

/// The requests that wait for [`write_all`].
#[derive(Debug)]
pub struct Requests(mpsc::Receiver<Request>);

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// A writer, and what its task reads.
    pub fn new() -> (Self, Requests) {
        let (requests, waiting) = mpsc::channel(WAITING);
        (Self { requests }, Requests(waiting))
    }

    /// Records an entry; returns when it is on disk.
    pub async fn record(&self, at: Timestamp, entry: Entry) -> Result<(), JournalError> {
        let (done, answer) = oneshot::channel();
        let request = Request { at, entry, done };
        self.requests
            .send(request)
            .await
            .map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }
}

/// Writes what is sent until every writer is gone. It blocks on the disk: run it where blocking is allowed.
pub fn write_all(mut journal: Journal, mut requests: Requests) {
    while let Some(Request { at, entry, done }) = requests.0.blocking_recv() {
        // Nobody waits any more when the operation was dropped; the record stands all the same.
        let _ = done.send(journal.append(at, entry));
    }
}
