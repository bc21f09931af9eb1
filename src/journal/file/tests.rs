//! A disk that does not take a record: what stands in the file then, and what is recorded after.

use std::io::Write as _;

use super::*;
use crate::domain::names::OpId;
use crate::domain::progress::{Happening, Progress};
use crate::journal::verify;

fn entry() -> Entry {
    Entry::Progress {
        progress: Progress {
            op: OpId::parse("op-1").unwrap(),
            at: Timestamp::UNIX_EPOCH,
            what: Happening::IntentRecorded,
        },
    }
}

fn opened(folder: &Path) -> Journal {
    Journal::open(folder, Timestamp::UNIX_EPOCH).unwrap()
}

#[test]
fn half_a_record_is_cut_off_and_the_next_one_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = opened(folder.path());
    // What a full disk leaves of a record.
    journal.file.write_all(b"{\"seq\":1,\"at\":").unwrap();
    journal.take_back();
    journal.append(Timestamp::UNIX_EPOCH, entry()).unwrap();
    let found = verify(&fs::read_to_string(journal.path()).unwrap());
    assert_eq!(
        (found.records.len(), found.broken_at, found.torn),
        (2, None, false)
    );
}

#[test]
fn what_can_not_be_cut_off_is_followed_by_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = opened(folder.path());
    let whole = fs::read(journal.path()).unwrap();
    // It takes no byte, and its length can't be set.
    let closed = File::open(journal.path()).unwrap();
    let good = std::mem::replace(&mut journal.file, closed);
    let first = journal.append(Timestamp::UNIX_EPOCH, entry());
    assert!(
        matches!(first, Err(JournalError::Write { .. })),
        "{first:?}"
    );
    journal.file = good;
    let second = journal.append(Timestamp::UNIX_EPOCH, entry());
    assert!(
        matches!(second, Err(JournalError::Spoilt { .. })),
        "{second:?}"
    );
    assert_eq!(fs::read(journal.path()).unwrap(), whole);
}
