//! One file a session, locked while it is open; only unlocked files count as interrupted.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};

use super::chain::{Hash, Record, verify};
use super::entry::Entry;
use super::error::JournalError;

/// The ending of journal files; the newest by name is the newest by time.
const ENDING: &str = "jsonl";

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    seq: u64,
    head: Hash,
    /// How long the file is with whole records alone.
    good: u64,
    /// What follows the whole records could not be cut off: another record there could not be read.
    spoilt: bool,
}

impl Journal {
    /// Begins a session's file in a folder, which is made if it is not there (for its owner alone).
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, JournalError> {
        let in_folder = |source| JournalError::Folder {
            folder: folder.to_owned(),
            source,
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(in_folder)?;
        // One that can't be read is told where sessions are read; a new one must not fail for it.
        let before = Self::files(folder)?;
        let mut readable = before.iter().rev().filter_map(|path| read(path).ok());
        let previous = readable.next().map(|text| verify(&text).head);
        let name = format!(
            "{}-{}.{ENDING}",
            now.strftime("%Y%m%dT%H%M%S%3fZ"),
            std::process::id()
        );
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        let file = options
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let file = file.map_err(|source| JournalError::Write {
            path: path.clone(),
            source,
        })?;
        let mut journal = Self {
            path,
            file,
            seq: 0,
            head: Hash::none(),
            good: 0,
            spoilt: false,
        };
        flock(&journal.file, FlockOperation::NonBlockingLockExclusive)
            .map_err(|e| journal.failed(e.into()))?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        journal.append(now, Entry::Opened { previous, version })?;
        // The name must be as durable as the records.
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(in_folder)?;
        Ok(journal)
    }

    /// Writes an entry and waits until it is on disk. After an error nothing more may be written to the world; the file
    /// ends with the record before, so that a later one (what became of an operation that runs) can be read.
    pub fn append(&mut self, at: Timestamp, entry: Entry) -> Result<(), JournalError> {
        if self.spoilt {
            return Err(JournalError::Spoilt {
                path: self.path.clone(),
            });
        }
        let record =
            Record::next(self.seq, at, self.head.clone(), entry).map_err(|e| self.failed(e))?;
        let mut line = serde_json::to_vec(&record).map_err(|e| self.failed(io::Error::other(e)))?;
        line.push(b'\n');
        let written = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            self.take_back();
            return Err(self.failed(error));
        }
        self.seq += 1;
        self.head = record.hash;
        // A record is never longer than memory.
        self.good += u64::try_from(line.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Cuts off what a failed write left behind the last whole record; where even that fails, nothing more is written.
    fn take_back(&mut self) {
        let cut = self
            .file
            .set_len(self.good)
            .and_then(|()| self.file.sync_data());
        self.spoilt = cut.is_err();
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files of a folder, oldest first.
    pub fn files(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
        let failed = |source| JournalError::Folder {
            folder: folder.to_owned(),
            source,
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Removes the records of sessions that are over. For those alone whose world ended with them: nobody can be asked any
    /// more what became of it.
    pub fn forget(folder: &Path) -> Result<(), JournalError> {
        if !folder.exists() {
            return Ok(());
        }
        for path in Self::files(folder)? {
            if !is_held(&path) {
                fs::remove_file(&path).map_err(|source| JournalError::Write { path, source })?;
            }
        }
        Ok(())
    }

    fn failed(&self, source: io::Error) -> JournalError {
        JournalError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

/// The text of a file. A byte that is no text is no reason to give up the records before it: its own is broken.
pub fn read(path: &Path) -> Result<String, JournalError> {
    let bytes = fs::read(path).map_err(|source| JournalError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a session still holds a file.
pub(super) fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}

#[cfg(test)]
mod tests;
