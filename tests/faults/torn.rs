//! A write-ahead log whose end was torn off or spoilt: what a power cut may leave behind.

use std::{fs, path::Path};

use callboard::{
    call::{CallId, Event, Fact, Line, Role, SourceName},
    store::{CallRow, Commit, Journal},
};
use jiff::Timestamp;

const COMMITS: usize = 30;

fn call() -> CallId {
    CallId::new(&SourceName::new("vapi"), "c")
}

fn commit(number: usize) -> Commit {
    let now = Timestamp::UNIX_EPOCH;
    let text = format!("line {number} {}", "and water ".repeat(fastrand::usize(..300)));
    let line = Line { at: now, role: Role::Caller, text: text.as_str().into() };
    let event = Event {
        call: call(),
        key: number.to_string(),
        sent_at: now,
        received_at: now,
        facts: vec![Fact::Said(line)],
    };
    let row = CallRow {
        id: call(),
        version: number as u64 + 1,
        began_at: now,
        heard_at: now,
        on_board: true,
        revision: 0,
    };
    Commit { events: vec![event], calls: vec![row], ..Commit::default() }
}

/// How many commits a journal still has; they are the first ones, whole and in order.
async fn left(folder: &Path) -> usize {
    let journal = Journal::open(folder).await.unwrap();
    let stored = journal.load(&[call()]).await.unwrap().pop();
    let count = stored.map_or(0, |stored| {
        let keys: Vec<&str> = stored.events.iter().map(|event| event.key.as_str()).collect();
        let first: Vec<String> = (0..keys.len()).map(|number| number.to_string()).collect();
        assert_eq!(keys, first);
        assert_eq!(stored.row.version, keys.len() as u64, "no half of a commit");
        keys.len()
    });
    journal.commit(&commit(count)).await.unwrap();
    journal.close().await;
    count
}

#[tokio::test]
async fn what_was_whole_before_the_tear_is_there_and_nothing_by_halves() {
    let folder = tempfile::tempdir().unwrap();
    // The schema is in the file itself before anything is torn.
    Journal::open(folder.path()).await.unwrap().close().await;
    let journal = Journal::open(folder.path()).await.unwrap();
    let log = folder.path().join("callboard.db-wal");
    // How long the log was when each commit had returned.
    let mut ends = Vec::new();
    for number in 0..COMMITS {
        journal.commit(&commit(number)).await.unwrap();
        ends.push(fs::metadata(&log).unwrap().len());
    }
    let (file, log) =
        (fs::read(folder.path().join("callboard.db")).unwrap(), fs::read(&log).unwrap());
    for round in 0..40 {
        let at = fastrand::usize(..log.len());
        let mut torn = log.clone();
        if round % 2 == 0 {
            torn.truncate(at);
        } else {
            torn.iter_mut().skip(at).take(64).for_each(|byte| *byte ^= 0x5a);
        }
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join("callboard.db"), &file).unwrap();
        fs::write(copy.path().join("callboard.db-wal"), &torn).unwrap();
        let whole = ends.iter().filter(|end| **end <= at as u64).count();
        assert_eq!(left(copy.path()).await, whole, "torn at {at} of {}", log.len());
    }
    journal.close().await;
}
