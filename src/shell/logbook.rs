//! The journal of a session, opened and given to its one writing thread; and what earlier sessions left open.

use std::path::Path;

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::app::event::InterruptedOp;
use crate::domain::security::Incident;
use crate::journal::{Journal, JournalError, Left, Writer, unfinished, write_all};

/// An open journal.
#[derive(Debug)]
pub struct Logbook {
    /// By which operations record.
    pub writer: Writer,
    /// Operations without an outcome, of sessions that are over.
    pub interrupted: Vec<InterruptedOp>,
    /// Security incidents that stand by what other sessions recorded.
    pub incidents: Vec<Incident>,
    /// What of their records can't be trusted, each in a sentence.
    pub damage: Vec<String>,
    thread: JoinSet<()>,
}

impl Logbook {
    /// Reads what was left open, then begins this session's file.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, JournalError> {
        let left = if folder.exists() {
            unfinished(folder)?
        } else {
            Left::default()
        };
        let journal = Journal::open(folder, now)?;
        let (writer, requests) = Writer::new();
        let mut thread = JoinSet::new();
        thread.spawn_blocking(move || write_all(journal, requests));
        let interrupted = left.open.into_iter().map(|left| InterruptedOp {
            plan: left.plan,
            progress: left.progress,
        });
        Ok(Self {
            writer,
            interrupted: interrupted.collect(),
            incidents: left.incidents,
            damage: left.damage.iter().map(ToString::to_string).collect(),
            thread,
        })
    }

    /// Waits until everything is on disk; every other writer must be gone.
    pub async fn close(self) {
        let Self {
            writer, mut thread, ..
        } = self;
        drop(writer);
        while thread.join_next().await.is_some() {}
    }
}
