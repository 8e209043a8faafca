//! What happens to a caller's calls while they are being erased.

use std::{sync::Arc, time::Duration};

use callboard::wire::{Forgotten, WriteState};
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::sleep;

use crate::support::{
    stage::{ADA, Stage},
    until, vapi,
};

const START: i64 = 1_776_178_800;
const WORDS: &str = "My basement is flooding, this is Wilhelmina Quackenbush";

/// Long enough for whatever was asked to be as far as it gets.
const MEANWHILE: Duration = Duration::from_millis(400);

/// Holds the journal's file: until it is let go, no commit ends.
async fn hold(stage: &Stage) -> SqliteConnection {
    let path = stage.folder.path().join("callboard.db");
    let mut disk = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut disk).await.unwrap();
    disk
}

async fn let_go(mut disk: SqliteConnection) {
    sqlx::query("COMMIT").execute(&mut disk).await.unwrap();
}

/// A call that is over.
async fn over(stage: &Stage, id: &str) {
    let messages = [vapi::said(id, "user", WORDS, START + 3), vapi::status(id, "ended", START + 9)];
    stage.tell(messages.map(theirs)).await;
}

fn theirs(mut message: Value) -> Value {
    message["message"]["call"]["customer"]["number"] = json!("+14155550134");
    message
}

/// Erases the caller beside what follows.
fn forget(stage: &Arc<Stage>) -> tokio::task::JoinHandle<(StatusCode, Value)> {
    let stage = Arc::clone(stage);
    tokio::spawn(async move {
        let order = json!({"number": "+14155550134", "really": true});
        stage.act(ADA, "/v1/admin/forget", order).await
    })
}

/// Says one more thing of a call that is being erased, and looks at it.
async fn late_words(busy_before: bool) {
    let stage = Arc::new(Stage::set_as(|options| options.salesforce = None).await);
    over(&stage, "f1").await;
    let disk = hold(&stage).await;
    let other = busy_before.then(|| {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move {
            stage.tell([vapi::said("other", "user", "no heat", START)]).await;
        })
    });
    sleep(MEANWHILE).await;
    let forgetting = forget(&stage);
    sleep(MEANWHILE).await;
    let late = {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move {
            let url = format!("{}/v1/calls/vapi:f1", stage.url());
            let look = stage.http.get(url).bearer_auth(ADA).send();
            let said = theirs(vapi::said("f1", "user", "is anybody coming?", START + 12));
            let (_, status) = tokio::join!(look, stage.post(&said));
            status
        })
    };
    sleep(MEANWHILE).await;
    let_go(disk).await;
    let (status, told) = forgetting.await.unwrap();
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(late.await.unwrap(), StatusCode::OK);
    if let Some(other) = other {
        other.await.unwrap();
    }
    let lines = async |stage: &Stage| {
        let lines = stage.call("f1").await.lines.into_iter();
        lines.map(|line| line.text.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(lines(&stage).await, ["is anybody coming?"], "what came since, and no more");
    let mut stage = Arc::into_inner(stage).unwrap();
    stage.stop_hub().await;
    stage.start_hub().await;
    assert_eq!(lines(&stage).await, ["is anybody coming?"], "on disk too");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_a_call_is_erased_is_kept_and_brings_nothing_back() {
    late_words(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_right_behind_an_erasure_is_not_erased_with_it() {
    late_words(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_to_salesforce_since_it_was_looked_keeps_the_call() {
    let stage = Arc::new(Stage::set().await);
    over(&stage, "f1").await;
    stage.settled().await;
    // What the end of a call tells is one more change of its Lead; it is marked as under way, and
    // that is not on disk yet.
    let disk = hold(&stage).await;
    let told = {
        let stage = Arc::clone(&stage);
        let said =
            theirs(vapi::said("f1", "user", "my budget is nine thousand dollars", START + 5));
        tokio::spawn(async move { stage.tell([said]).await })
    };
    sleep(MEANWHILE).await;
    let forgetting = forget(&stage);
    sleep(MEANWHILE).await;
    let_go(disk).await;
    told.await.unwrap();
    let (status, told) = forgetting.await.unwrap();
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    assert_eq!(stage.call("f1").await.lines.len(), 2);
    stage.settled().await;
    let writes = stage.call("f1").await.writes;
    assert!(writes.iter().all(|it| it.summary.state == WriteState::Delivered), "{writes:?}");
    assert_eq!(forget(&stage).await.unwrap().0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_goes_to_its_end_though_nobody_waits_for_it() {
    let stage = Arc::new(Stage::set().await);
    let calls: Vec<String> = (0..110).map(|number| format!("f{number}")).collect();
    join_all(calls.iter().map(|id| over(&stage, id))).await;
    stage.settled().await;
    let disk = hold(&stage).await;
    let forgetting = forget(&stage);
    sleep(MEANWHILE).await;
    // Whoever asked hangs up.
    forgetting.abort();
    sleep(MEANWHILE).await;
    let_go(disk).await;
    until("all of it is gone", async || stage.calls().await.is_empty().then_some(())).await;
    let order = json!({"number": "+14155550134"});
    let (_, told) = stage.act(ADA, "/v1/admin/forget", order).await;
    let told: Forgotten = serde_json::from_value(told).unwrap();
    assert!(told.calls.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_is_erased_at_a_time() {
    let stage = Arc::new(Stage::set_as(|options| options.salesforce = None).await);
    over(&stage, "f1").await;
    let disk = hold(&stage).await;
    let first = forget(&stage);
    sleep(MEANWHILE).await;
    let (status, told) = forget(&stage).await.unwrap();
    assert_eq!((status, &told["error"]), (StatusCode::CONFLICT, &json!("busy")), "{told}");
    let_go(disk).await;
    assert_eq!(first.await.unwrap().0, StatusCode::OK);
    assert_eq!(forget(&stage).await.unwrap().0, StatusCode::OK, "the next may go");
}
