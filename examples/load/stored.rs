//! What a full journal costs: events a second as it grows, and how long a start takes.

use std::{fs, path::Path, time::Duration};

use callboard::{
    call::{
        Call, CallId, Event, Fact, Line, Party, Phone, Progress, Region, Role, SourceName, Stage,
    },
    store::{CallRow, Commit, Journal},
};
use jiff::{SignedDuration, Timestamp};
use sqlx::{ConnectOptions, Connection, Row, sqlite::SqliteConnectOptions};

use crate::{CONNECTIONS, Outcome, Scale, calls, server::Server, storm::Storm, table::Table};

/// Fills a journal with calls that are over, `apart` from each other, the last a moment ago.
async fn fill(
    journal: &Journal,
    calls: std::ops::Range<usize>,
    events: usize,
    apart: SignedDuration,
) -> Outcome {
    let now = Timestamp::now();
    let total = i32::try_from(calls.end)?;
    let mut commit = Commit::default();
    for number in calls.clone() {
        let age = apart * (total - i32::try_from(number)?);
        let ended = now - age;
        let told = story(number, events, ended);
        let mut call = Call::begin(&told[0]);
        told.iter().for_each(|event| call.apply(event));
        call.version = told.len() as u64;
        // An hour after its end a call leaves the board.
        let on_board = age < SignedDuration::from_hours(1);
        commit.calls.push(CallRow::of(&call, on_board, 0));
        commit.events.extend(told);
        if commit.events.len() >= 4_000 || number + 1 == calls.end {
            journal.commit(&std::mem::take(&mut commit)).await?;
        }
    }
    Ok(())
}

fn story(number: usize, events: usize, ended: Timestamp) -> Vec<Event> {
    let id = CallId::new(&SourceName::new("vapi"), &format!("stored-{number}"));
    let phone =
        Phone::parse(&format!("+1614{:07}", 2_000_000 + number % 7_990_000), &Region::default());
    (0..events)
        .map(|n| {
            let at = ended - SignedDuration::from_secs(i64::try_from(events - n).unwrap_or(0));
            let said = |role, text: &str| Fact::Said(Line { at, role, text: text.into() });
            let reached = |stage| Fact::Progress(Progress { stage, ending: None });
            let what = match n {
                0 => reached(Stage::Talking),
                n if n + 1 == events => reached(Stage::Ended),
                n if n % 2 == 1 => said(
                    Role::Agent,
                    "Would you rather have it repaired, or hear about a replacement?",
                ),
                _ => said(
                    Role::Caller,
                    "It came with the house, so older than that, but it heats, I guess.",
                ),
            };
            let party = Party { phone: phone.clone(), ..Party::default() };
            Event {
                call: id.clone(),
                key: format!("load:{n}:{}", at.as_millisecond()),
                sent_at: at,
                received_at: at,
                facts: vec![Fact::Party(Box::new(party)), what],
            }
        })
        .collect()
}

/// The same storm over journals of a thousand to a million calls.
pub async fn growth(scale: &Scale, folder: &Path, table: &mut Table) -> Outcome {
    table.section("Cost of an event as the journal grows (4 events a stored call)");
    let folder = folder.join("growth");
    fs::create_dir_all(&folder)?;
    let mut stored = 0;
    for calls in [1_000, 10_000, 100_000, 1_000_000].map(|calls| scale.of(calls)) {
        let journal = Journal::open(&folder).await?;
        // Spread over years: none of them is on the board.
        fill(&journal, stored..calls, 4, SignedDuration::from_hours(2)).await?;
        journal.close().await;
        drop(journal);
        stored = calls;
        let hub = Server::hub(&folder, None)?;
        let first = 20_000_000 + calls;
        Storm::flat_out(first..first + CONNECTIONS, 10).post(&hub).await?;
        let before = hub.processor()?;
        let mut told = crate::storm::Told::default();
        for round in 1..=scale.of(20).max(2) {
            let first = first + round * CONNECTIONS;
            told.add(Storm::flat_out(first..first + CONNECTIONS, 20).post(&hub).await?);
        }
        told.tell(&format!("{calls} calls stored"), hub.processor()? - before, table);
        hub.stop()?;
    }
    fs::remove_dir_all(folder)?;
    Ok(())
}

/// Waits until what calls that are over came to is kept.
async fn all_kept(folder: &Path) -> Outcome {
    let file = SqliteConnectOptions::new().filename(folder.join("callboard.db")).read_only(true);
    let mut journal = file.connect().await?;
    let mut known = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let count = sqlx::query("SELECT count(*) FROM folds").fetch_one(&mut journal).await?;
        let count: i64 = count.get(0);
        if count == known {
            return Ok(journal.close().await?);
        }
        known = count;
    }
}

/// From the start of the program to its first answer, with a million events in the journal: first
/// nothing is known of the calls but their events, as after an upgrade.
pub async fn recovery(scale: &Scale, folder: &Path, table: &mut Table) -> Outcome {
    table.section("Start with a million stored events");
    let calls = scale.of(1_000_000) / calls::EVENTS;
    let busy = SignedDuration::from_secs(3_000) / i32::try_from(calls)?;
    let day = SignedDuration::from_hours(24) / i32::try_from(calls)?;
    for (what, apart) in [("of one day", day), ("all of the last hour", busy)] {
        let folder = folder.join("recovery");
        fs::create_dir_all(&folder)?;
        let journal = Journal::open(&folder).await?;
        fill(&journal, 0..calls, calls::EVENTS, apart).await?;
        journal.close().await;
        drop(journal);
        for start in ["first", "next"] {
            let bytes = fs::metadata(folder.join("callboard.db"))?.len();
            let hub = Server::hub(&folder, None)?;
            let figure = |name: &str| format!("{what}, {start} start: {name}");
            table.figure(&figure("ready after"), hub.started_in.as_secs_f64(), "s");
            table.figure(&figure("processor time"), hub.processor()?, "s");
            table.figure(&figure("memory then"), hub.memory()? / 1e6, "MB");
            table.figure(&figure("journal"), bytes as f64 / 1e6, "MB");
            all_kept(&folder).await?;
            hub.stop()?;
        }
        fs::remove_dir_all(folder)?;
    }
    // An empty journal, for comparison.
    let empty = folder.join("empty");
    let hub = Server::hub(&empty, None)?;
    table.figure("empty journal: ready after", hub.started_in.as_secs_f64(), "s");
    table.figure("empty journal: memory then", hub.memory()? / 1e6, "MB");
    hub.stop()
}
