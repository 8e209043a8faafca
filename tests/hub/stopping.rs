//! A hub that stops, whatever it has in hand.

use std::time::Duration;

use callboard::sandbox::org::{Fault, FaultKind};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tokio::time::{sleep, timeout};

use crate::support::{stage::Stage, vapi};

const START: i64 = 1_776_178_800;

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_though_its_last_commit_is_refused_for_what_is_in_it() {
    let mut stage = Stage::set().await;
    let path = stage.folder.path().join("callboard.db");
    let mut disk = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    for sql in [
        "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.call = 'vapi:bad' \
         BEGIN SELECT RAISE(ABORT, 'no'); END",
        "BEGIN IMMEDIATE",
    ] {
        // The second only once a write is under way that Salesforce takes its time over.
        if sql.starts_with("BEGIN") {
            stage.org.set_fault(Fault::new(FaultKind::Latency { ms: 1_500, jitter_ms: 0 }));
            stage.tell([vapi::said("good", "user", "my basement is flooding", START)]).await;
            sleep(Duration::from_millis(100)).await;
        }
        sqlx::query(sql).execute(&mut disk).await.unwrap();
    }
    // Whoever posts it does not wait for the answer.
    let said = vapi::said("bad", "user", "no one hears me", START);
    let _ = timeout(Duration::from_millis(200), stage.post(&said)).await;
    let hub = stage.hub.take().unwrap();
    let stopping = tokio::spawn(hub.stop());
    sleep(Duration::from_millis(200)).await;
    sqlx::query("COMMIT").execute(&mut disk).await.unwrap();
    timeout(Duration::from_secs(20), stopping).await.expect("it stops").unwrap();
    stage.start_hub().await;
    stage.settled().await;
    let calls = stage.calls().await;
    assert_eq!(calls.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["vapi:good"]);
}
