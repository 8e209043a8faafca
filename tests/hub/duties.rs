//! Claims, promises to ring back and what came of them, over HTTP.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    support::{
        stage::{ANN, BOB, Stage, VIC},
        until, vapi,
    },
    tools::{callboard, printed},
};

const START: i64 = 1_776_178_800;

/// A call from one number that nobody took.
fn missed(call: &str, at: i64) -> Value {
    of_one(vapi::status(call, "ended", at))
}

fn of_one(mut message: Value) -> Value {
    message["message"]["call"]["customer"]["number"] = json!("+12125550199");
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn one_claims_and_the_second_is_told_who() {
    let stage = Stage::set().await;
    stage.tell([vapi::status("a", "in-progress", START)]).await;
    let mine = stage.receipt(ANN, "a", json!({"do": "claim"})).await;
    assert!(mine.done);
    let theirs = stage.receipt(BOB, "a", json!({"do": "claim"})).await;
    assert!(!theirs.done && theirs.message.as_str().contains("Ann"), "{}", theirs.message);
    assert_eq!(stage.calls().await[0].claim.as_ref().unwrap().operator.as_str(), "Ann");
    let over = stage.receipt(BOB, "a", json!({"do": "claim", "take_over": true})).await;
    assert!(over.done);
    assert_eq!(stage.calls().await[0].claim.as_ref().unwrap().operator.as_str(), "Bob");
    // Who let it go is not who has it.
    assert!(!stage.receipt(ANN, "a", json!({"do": "release"})).await.done);
    assert!(stage.receipt(BOB, "a", json!({"do": "release"})).await.done);
    assert!(stage.calls().await[0].claim.is_none());
    assert_eq!(stage.order(VIC, "a", json!({"do": "claim"})).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_missed_calls_of_one_caller_are_one_promise_and_its_tries_are_kept() {
    let mut stage = Stage::set().await;
    stage.tell([missed("a", START), missed("b", START + 60), missed("c", START + 120)]).await;
    let states = async |stage: &Stage| {
        let mut rows = stage.calls().await;
        rows.sort_by(|one, other| one.id.cmp(&other.id));
        let state = |row: &callboard::wire::CallSummary| {
            serde_json::to_value(row.callback.as_ref().unwrap()).unwrap()["state"].clone()
        };
        rows.iter().map(state).collect::<Vec<_>>()
    };
    until("the promises are one", async || {
        (states(&stage).await == ["waiting", "joined", "joined"]).then_some(())
    })
    .await;
    let first = || async { stage.call("a").await.summary.callback.unwrap() };
    assert_eq!(first().await.calls.len(), 2);

    let tried = json!({"do": "attempt", "outcome": "no_answer"});
    assert!(stage.receipt(ANN, "a", tried).await.done);
    let before = first().await;
    assert_eq!(before.attempts.len(), 1);
    let (status, body) =
        stage.order(ANN, "b", json!({"do": "attempt", "outcome": "connected"})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    let early = json!({"do": "reschedule", "due": "2020-01-01T00:00:00Z"});
    assert_eq!(stage.order(ANN, "a", early).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stage.receipt(ANN, "a", json!({"do": "attempt", "outcome": "connected"})).await.done);
    assert_eq!(states(&stage).await[0], "done");

    stage.settled().await;
    let before = stage.calls().await;
    stage.stop_hub().await;
    stage.start_hub().await;
    assert_eq!(stage.calls().await, before, "a restart forgets none of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_asks_for_in_a_later_call_holds_for_the_promise_they_have() {
    let mut stage = Stage::set().await;
    stage.tell([missed("a", START)]).await;
    let again = [
        of_one(vapi::status("b", "in-progress", START + 60)),
        of_one(vapi::said("b", "user", "It's me again. Please call me back.", START + 61)),
    ];
    stage.tell(again).await;
    until("the promises are one", async || {
        let promise = stage.call("a").await.summary.callback?;
        (promise.calls.len() == 1).then_some(())
    })
    .await;
    // All of it is said after the two became one.
    let number = "Call me at 720 555 0199 instead, this phone is dying.";
    stage.tell([of_one(vapi::said("b", "user", number, START + 65))]).await;
    let known = async |stage: &Stage, number: &str| {
        until("the promise knows", async || {
            let promise = stage.call("a").await.summary.callback?;
            (promise.number?.as_str() == number).then_some(promise.due)
        })
        .await
    };
    let before = known(&stage, "+17205550199").await;
    let time = "And make that call back tomorrow at four in the afternoon, please.";
    stage.tell([of_one(vapi::said("b", "user", time, START + 70))]).await;
    let named = until("the promise has the time", async || {
        let due = stage.call("a").await.summary.callback?.due;
        (due != before).then_some(due)
    })
    .await;
    stage.settled().await;
    stage.stop_hub().await;
    stage.start_hub().await;
    assert_eq!(known(&stage, "+17205550199").await, named, "a restart forgets none of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_is_told_to_whoever_asks() {
    let stage = Stage::set().await;
    let url = stage.url();
    let told = printed(&callboard(&["roster", "--hub", &url], &[("CALLBOARD_TOKEN", VIC)]));
    assert!(told.contains("on call now   Sam K."), "{told}");
}
