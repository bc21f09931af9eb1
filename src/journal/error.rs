//! What can go wrong with the record, by what a person can do about it. Without a record nothing is written.

use std::io;
use std::path::PathBuf;

/// Why the journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder can't be made or read.
    #[error("can't use the journal's folder {}: {source}", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A record can't be written: disk full, read-only, gone.
    #[error("can't write the journal {}: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Half a record was written and can't be cut off again.
    #[error("the journal {} ends in half a record that can't be cut off: nothing more is recorded", path.display())]
    Spoilt {
        /// Which file.
        path: PathBuf,
    },
    /// A file can't be read.
    #[error("can't read the journal {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The writing task is gone.
    #[error("the journal is closed")]
    Closed,
}

/// Why the record of an earlier session can't be trusted whole.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// It can't be read: nothing of it is known.
    #[error("{0}")]
    Unreadable(JournalError),
    /// A record in it is not as it was written: what stands before it counts, what comes after does not.
    #[error("the journal {} was changed from line {line} on", path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}
