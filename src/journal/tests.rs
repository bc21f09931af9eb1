//! The chain under tampering, the lock, and what counts as unfinished.

use std::fs;

use jiff::Timestamp;

use super::*;
use crate::domain::names::OpId;
use crate::domain::progress::{Happening, Outcome, Progress};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_230_000 + second).unwrap()
}

fn progress(op: &str, what: Happening) -> Entry {
    Entry::Progress {
        progress: Progress {
            op: OpId::parse(op).unwrap(),
            at: at(1),
            what,
        },
    }
}

fn journal(folder: &std::path::Path, second: i64, entries: Vec<Entry>) -> Journal {
    let mut journal = Journal::open(folder, at(second)).unwrap();
    for entry in entries {
        journal.append(at(second), entry).unwrap();
    }
    journal
}

#[test]
fn every_changed_bit_shows() {
    let folder = tempfile::tempdir().unwrap();
    let entries = vec![
        progress("op-1", Happening::IntentRecorded),
        progress("op-1", Happening::Ended(Outcome::Verified { instances: 4 })),
    ];
    let path = journal(folder.path(), 0, entries).path().to_owned();
    let bytes = fs::read(&path).unwrap();
    let whole = verify(std::str::from_utf8(&bytes).unwrap());
    assert_eq!(
        (whole.records.len(), whole.broken_at, whole.torn),
        (3, None, false)
    );
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(text) = std::str::from_utf8(&changed) {
            let found = verify(text);
            let same = found.head == whole.head && found.broken_at.is_none() && !found.torn;
            assert!(!same, "bit {bit} was changed and nobody noticed");
        }
    }
}

#[test]
fn a_removed_or_swapped_record_shows_and_half_a_line_is_torn() {
    let folder = tempfile::tempdir().unwrap();
    let entries = (0..3)
        .map(|n| progress(&format!("op-{n}"), Happening::IntentRecorded))
        .collect();
    let path = journal(folder.path(), 0, entries).path().to_owned();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(
        verify(&[lines[0], lines[2], lines[3]].concat()).broken_at,
        Some(2)
    );
    assert_eq!(
        verify(&[lines[0], lines[2], lines[1], lines[3]].concat()).broken_at,
        Some(2)
    );
    let torn = verify(text.get(..text.len() - 9).unwrap());
    assert_eq!(
        (torn.records.len(), torn.broken_at, torn.torn),
        (3, None, true)
    );
}

#[test]
fn a_session_goes_on_from_the_head_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let first = journal(
        folder.path(),
        0,
        vec![progress("op-1", Happening::IntentRecorded)],
    );
    let head = verify(&fs::read_to_string(first.path()).unwrap()).head;
    drop(first);
    let second = journal(folder.path(), 60, Vec::new());
    let records = verify(&fs::read_to_string(second.path()).unwrap()).records;
    let Entry::Opened { previous, .. } = &records[0].entry else {
        panic!("the first record opens the session");
    };
    assert_eq!(*previous, Some(head));
}
