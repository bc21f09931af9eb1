//! The chain: each record holds the hash of the one before, so that an edit, a removal or an insertion shows.

use std::fmt::Write as _;
use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::Entry;

/// A SHA-256, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(String);

impl Hash {
    /// What the first record of a file names as the one before.
    pub fn none() -> Self {
        Self("0".repeat(64))
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            // Writing to a string can't fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }
}

/// One line of a journal file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in the file, from 0.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The hash of the record before.
    pub previous: Hash,
    /// What it records.
    pub entry: Entry,
    /// The hash of all of the above.
    pub hash: Hash,
}

impl Record {
    /// The next record of a chain.
    pub(super) fn next(seq: u64, at: Timestamp, previous: Hash, entry: Entry) -> io::Result<Self> {
        let hash = Self::hash_of(seq, at, &previous, &entry)?;
        Ok(Self {
            seq,
            at,
            previous,
            entry,
            hash,
        })
    }

    fn hash_of(seq: u64, at: Timestamp, previous: &Hash, entry: &Entry) -> io::Result<Hash> {
        // Struct fields serialise in their order and maps are sorted: the same record gives the same bytes.
        let body = serde_json::to_vec(&(seq, at, previous, entry)).map_err(io::Error::other)?;
        Ok(Hash::of(&body))
    }

    /// Whether a line is this record as it was written, to the byte.
    fn is_whole(&self, line: &str) -> bool {
        Self::hash_of(self.seq, self.at, &self.previous, &self.entry)
            .is_ok_and(|hash| hash == self.hash)
            && serde_json::to_string(self)
                .is_ok_and(|written| line.strip_suffix('\n') == Some(&written))
    }
}

/// What a check of a journal file found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// The records that are as they were written.
    pub records: Vec<Record>,
    /// The hash of the last of them.
    pub head: Hash,
    /// The line (from 1) from which on the file was changed; none when it was not.
    pub broken_at: Option<usize>,
    /// Whether the last line is half a line: a crash while writing, not tampering.
    pub torn: bool,
}

/// Checks a journal file's text.
pub fn verify(text: &str) -> Verification {
    let mut found = Verification {
        records: Vec::new(),
        head: Hash::none(),
        broken_at: None,
        torn: false,
    };
    let mut lines = text.split_inclusive('\n').enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        let is_half = !line.ends_with('\n') && lines.peek().is_none();
        if is_half {
            found.torn = true;
            break;
        }
        let record = serde_json::from_str::<Record>(line).ok().filter(|record| {
            record.is_whole(line)
                && record.previous == found.head
                && usize::try_from(record.seq) == Ok(at)
        });
        let Some(record) = record else {
            found.broken_at = Some(at + 1);
            break;
        };
        found.head = record.hash.clone();
        found.records.push(record);
    }
    found
}
