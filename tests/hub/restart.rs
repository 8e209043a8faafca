//! What the hub knew, it knows again.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, Row, SqliteConnection};

use crate::support::{
    stage::{ANN, Stage},
    vapi,
};

const START: i64 = 1_776_178_800;

#[tokio::test(flavor = "multi_thread")]
async fn the_board_is_rebuilt_from_the_journal() {
    let mut stage = Stage::set().await;
    for call in ["a", "b", "c"] {
        stage.tell([vapi::status(call, "in-progress", START)]).await;
        let line = "My basement is flooding, my name is Jane Roe, please call me back";
        stage.tell([vapi::said(call, "user", line, START + 3)]).await;
    }
    stage.receipt(ANN, "a", json!({"do": "route"})).await;
    stage.settled().await;
    let (before, writes) = (stage.calls().await, stage.writes().await);
    stage.stop_hub().await;
    stage.start_hub().await;
    assert_eq!(stage.calls().await, before);
    assert_eq!(stage.writes().await, writes);
    // And nothing is done again.
    let calls = stage.org.api_calls();
    stage
        .tell([vapi::said(
            "a",
            "user",
            "My basement is flooding, my name is Jane Roe, please call me back",
            START + 3,
        )])
        .await;
    stage.settled().await;
    assert_eq!(stage.org.api_calls(), calls);
    assert_eq!(stage.calls().await, before);
}

/// What a start takes from the journal of a call that was over for long.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_over_is_not_judged_again_unless_by_other_rules() {
    let mut stage = Stage::set().await;
    stage.tell([vapi::said("a", "user", "My basement is flooding", START)]).await;
    stage.tell([vapi::status("a", "ended", START + 3)]).await;
    stage.settled().await;
    stage.stop_hub().await;
    // It was heard of ten minutes ago.
    let url = format!("sqlite://{}", stage.folder.path().join("callboard.db").display());
    let change = async |sql: &'static str| {
        let mut journal = SqliteConnection::connect(&url).await.unwrap();
        let changed = sqlx::query(sql).execute(&mut journal).await.unwrap().rows_affected();
        journal.close().await.unwrap();
        changed
    };
    change("UPDATE events SET received_at = received_at - 600000000").await;
    stage.start_hub().await;
    let before = stage.calls().await;
    let kept = async |journal: &mut SqliteConnection| {
        let count = sqlx::query("SELECT count(*) FROM folds").fetch_one(journal).await.unwrap();
        count.get::<i64, _>(0) == 1
    };
    let mut journal = SqliteConnection::connect(&url).await.unwrap();
    while !kept(&mut journal).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    journal.close().await.unwrap();
    stage.stop_hub().await;
    // By what only the fold says it shows that it was taken.
    let lie = "UPDATE folds SET body = replace(body, '\"wants\":\"', '\"wants\":\"so: ')";
    assert_eq!(change(lie).await, 1);
    stage.start_hub().await;
    let wants = stage.calls().await[0].wants.clone().unwrap();
    assert!(wants.as_str().starts_with("so: "), "{wants}");
    assert_eq!(stage.call("a").await.lines.len(), 1);
    // And what is known of it is still known.
    stage.tell([vapi::status("a", "ended", START + 3)]).await;
    assert_eq!(stage.calls().await[0].version, before[0].version);
    for other in ["UPDATE folds SET made_by = 'x'", "UPDATE folds SET body = '{}'"] {
        stage.stop_hub().await;
        assert_eq!(change(other).await, 1);
        stage.start_hub().await;
        assert_eq!(stage.calls().await, before, "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hub_on_the_same_journal_is_refused() {
    let stage = Stage::set().await;
    let error = callboard::store::Journal::open(stage.folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("in use by another hub"), "{error}");
}
