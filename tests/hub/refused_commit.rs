//! A commit that is refused: for what is in it, or because the journal can record nothing. What was
//! acknowledged is there, once, and what was not left nothing behind; neither did what was taken in
//! while the refused commit was under way.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use reqwest::StatusCode;
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::support::{stage::Stage, vapi};

const START: i64 = 1_776_178_800;
const LINES: usize = 20;

async fn execute(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::query(sql).execute(connection).await.unwrap();
}

/// Says the lines of a call, each until it is acknowledged; counts what was taken and refused.
async fn speak(stage: &Stage, call: &str, taken: &AtomicUsize) -> usize {
    let mut refused = 0;
    for line in 0..LINES {
        let text = format!("my basement is flooding, line {line}");
        let said = vapi::said(call, "user", &text, START + i64::try_from(line).unwrap());
        while stage.post(&said).await != StatusCode::OK {
            refused += 1;
        }
        // What comes twice has nothing in it to be recorded.
        while stage.post(&said).await != StatusCode::OK {
            refused += 1;
        }
        taken.fetch_add(1, Ordering::Relaxed);
    }
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_recorded_is_refused_alone_and_holds_nobody_up() {
    // Every commit with an event of this one call fails, whoever else is in it.
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.call = 'vapi:bad' \
                  BEGIN SELECT RAISE(ABORT, 'no'); END";
    let refused = beside_bad_commits(refuse, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(refused, 0, "nobody else was refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_commit_and_what_stood_on_it_leave_nothing() {
    // The same, but what the database says of it is not about what it was given.
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.call = 'vapi:bad' \
                  BEGIN SELECT abs(-9223372036854775808); END";
    let refused = beside_bad_commits(refuse, StatusCode::SERVICE_UNAVAILABLE).await;
    assert!(refused > 0, "others were in the same commits");
}

/// Calls come in beside one whose commits all fail. How many webhooks of the others were refused,
/// each of which was sent again.
async fn beside_bad_commits(refuse: &'static str, answer: StatusCode) -> usize {
    let mut stage = Stage::set().await;
    let options = SqliteConnectOptions::new().filename(stage.folder.path().join("callboard.db"));
    let mut journal = options.connect().await.unwrap();
    execute(&mut journal, refuse).await;
    let calls: Vec<String> = (0..12).map(|number| format!("good{number}")).collect();
    let all = calls.len() * LINES;
    let taken = AtomicUsize::new(0);
    let bad = async {
        let (mut asked, mut seen) = (0, 0);
        while seen < all {
            // Between two refusals somebody gets through.
            let now = taken.load(Ordering::Relaxed);
            if now == seen {
                tokio::task::yield_now().await;
                continue;
            }
            seen = now;
            asked += 1;
            let said = vapi::said("bad", "user", "no one hears me", START + asked);
            assert_eq!(stage.post(&said).await, answer);
        }
        asked
    };
    let good = async {
        let refused = join_all(calls.iter().map(|call| speak(&stage, call, &taken))).await;
        refused.into_iter().sum::<usize>()
    };
    let (asked, refused) = tokio::join!(bad, good);
    assert!(asked > 0, "commits failed");
    execute(&mut journal, "DROP TRIGGER refuse").await;
    stage.settled().await;
    let mut before = Vec::new();
    for call in &calls {
        let detail = stage.call(call).await;
        assert_eq!(detail.lines.len(), LINES, "{call}");
        before.push(detail);
    }
    assert_eq!(stage.calls().await.len(), calls.len(), "the refused call is nowhere");
    // What the hub believes is what is on disk.
    stage.stop_hub().await;
    stage.start_hub().await;
    for (call, before) in calls.iter().zip(before) {
        let after = stage.call(call).await;
        assert_eq!(after.summary, before.summary);
        assert_eq!(after.lines, before.lines);
        assert_eq!(after.assessment, before.assessment);
    }
    refused
}
