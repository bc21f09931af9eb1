//! The chain under tampering, the lock, and what counts as unfinished.

use std::fs;

use jiff::Timestamp;

use super::*;
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::FlagState;
use crate::domain::names::{FlagKey, OpId, ServiceName};
use crate::domain::plan::{BlastRadius, Confirmation, Intent, Plan};
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::security::{Affected, Incident, Statement};

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

fn plan(op: &str) -> Plan {
    let place = Place::new(ServiceName::parse("checkout").unwrap(), Environment::Canary);
    Plan {
        op: OpId::parse(op).unwrap(),
        intent: Intent::SetFlag {
            place: place.clone(),
            key: FlagKey::parse("new-payment-flow").unwrap(),
            to: FlagState::Disabled,
            undoes: None,
        },
        by: None,
        made_at: at(0),
        expires_at: at(60),
        steps: Vec::new(),
        permissions: Vec::new(),
        blast: BlastRadius {
            place,
            also: Vec::new(),
            instances: None,
            traffic_share: None,
        },
        confirmation: Confirmation::Key,
        reason: "payments fail".into(),
        owner: None,
        usual_seconds: 10,
        help_seconds: 60,
        before: serde_json::Value::Null,
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

#[test]
fn one_bad_file_hides_no_other_and_stops_no_session() {
    let folder = tempfile::tempdir().unwrap();
    let open = |second: i64, op: &str| {
        let plan = plan(op);
        let intent = Entry::Intent {
            audit_id: op.to_owned(),
            plan: Box::new(plan),
        };
        let entries = vec![intent, progress(op, Happening::IntentRecorded)];
        journal(folder.path(), second, entries).path().to_owned()
    };
    let (_, second, third) = (open(0, "op-1"), open(60, "op-2"), open(120, "op-3"));
    // A byte that is no text in the middle; half a line at the end; a name that is no file.
    let mut bytes = fs::read(&second).unwrap();
    let line = bytes.iter().position(|b| *b == b'\n').unwrap();
    bytes[line + 40] = 0xff;
    fs::write(&second, bytes).unwrap();
    let mut whole = fs::read(&third).unwrap();
    whole.truncate(whole.len() - 9);
    fs::write(&third, whole).unwrap();
    fs::create_dir(folder.path().join("20991231T000000000Z-1.jsonl")).unwrap();

    let found = unfinished(folder.path()).unwrap();
    let open: Vec<&str> = found.open.iter().map(|u| u.plan.op.as_str()).collect();
    assert_eq!(open, ["op-1", "op-3"]);
    assert!(
        matches!(
            found.damage.as_slice(),
            [Damage::Changed { line: 2, .. }, Damage::Unreadable(_)]
        ),
        "{:?}",
        found.damage
    );
    journal(folder.path(), 180, Vec::new());
}

#[test]
fn an_operation_is_open_until_its_end_is_certain() {
    let unknown = || Happening::Ended(Outcome::Unknown { why: "?".into() });
    let changed = || Happening::Ended(Outcome::Changed { found: "x".into() });
    let closed = || Entry::Closed {
        op: OpId::parse("op-1").unwrap(),
        found: Progress {
            op: OpId::parse("op-1").unwrap(),
            at: at(1),
            what: changed(),
        },
    };
    for (entries, open) in [
        (vec![], 1),
        (vec![progress("op-1", unknown())], 1),
        (vec![progress("op-1", changed())], 0),
        (vec![progress("op-1", unknown()), closed()], 0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let intent = Entry::Intent {
            plan: Box::new(plan("op-1")),
            audit_id: "op-1".to_owned(),
        };
        let all = [vec![intent], entries].concat();
        journal(folder.path(), 0, all.clone());
        assert_eq!(
            unfinished(folder.path()).unwrap().open.len(),
            open,
            "{all:?}"
        );
    }
}

#[test]
fn a_security_incident_stands_until_it_is_ended_in_whichever_session() {
    let folder = tempfile::tempdir().unwrap();
    let said = |second| Statement {
        at: at(second),
        by: None,
        reason: "tokens in the log".into(),
    };
    let incident = |service: &str, raised, ended: Option<i64>| Entry::Incident {
        incident: Incident {
            service: ServiceName::parse(service).unwrap(),
            affected: Affected::Both,
            places: Vec::new(),
            raised: said(raised),
            ended: ended.map(said),
        },
    };
    let standing = || {
        let left = unfinished(folder.path()).unwrap();
        assert!(left.damage.is_empty(), "{:?}", left.damage);
        let names = left.incidents.into_iter().map(|i| i.service.to_string());
        names.collect::<Vec<_>>()
    };
    drop(journal(
        folder.path(),
        0,
        vec![incident("checkout", 0, None)],
    ));
    assert_eq!(standing(), ["checkout"]);
    // Also of a session that runs, whose operations are its own.
    let entries = vec![
        Entry::Intent {
            plan: Box::new(plan("op-9")),
            audit_id: "op-9".to_owned(),
        },
        incident("search", 10, None),
    ];
    let runs = journal(folder.path(), 10, entries);
    assert_eq!(standing(), ["checkout", "search"]);
    assert!(unfinished(folder.path()).unwrap().open.is_empty());
    drop(journal(
        folder.path(),
        20,
        vec![incident("checkout", 0, Some(20))],
    ));
    assert_eq!(standing(), ["search"]);
    // By a clock that was put back.
    for (second, ended) in [(90, None), (80, Some(80))] {
        let entries = vec![incident("ledger", 90, ended)];
        drop(journal(folder.path(), second, entries));
    }
    assert_eq!(standing(), ["search"]);
    // Raised again after it was ended.
    drop(journal(
        folder.path(),
        30,
        vec![incident("checkout", 30, None)],
    ));
    assert_eq!(standing(), ["checkout", "search"]);
    drop(runs);
}
