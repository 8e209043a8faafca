//! What the hub knew, it knows again.

use serde_json::json;

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

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hub_on_the_same_journal_is_refused() {
    let stage = Stage::set().await;
    let error = callboard::store::Journal::open(stage.folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("in use by another hub"), "{error}");
}
