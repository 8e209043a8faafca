//! A number that is not to be rung is not rung, whatever call it is about.

use callboard::{
    call::{Callback, CallbackState},
    wire::CallSummary,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    support::{
        stage::{ANN, BOB, Stage, VIC},
        until, vapi,
    },
    tools::{callboard, printed},
};

const NUMBER: &str = "+12125550199";
const START: i64 = 1_776_178_800;

fn of_number(mut message: Value) -> Value {
    message["message"]["call"]["customer"]["number"] = json!(NUMBER);
    message
}

fn missed(call: &str, at: i64) -> Value {
    of_number(vapi::status(call, "ended", at))
}

/// A call in which the caller says something, now: by the clock of whoever suppressed the number.
fn spoken(call: &str, words: &str) -> [Value; 2] {
    let now = jiff::Timestamp::now().as_second() + 2;
    [vapi::said(call, "user", words, now), vapi::status(call, "ended", now + 1)].map(of_number)
}

async fn promise(stage: &Stage, call: &str) -> Option<Callback> {
    stage.call(call).await.summary.callback
}

async fn shows(stage: &Stage, call: &str, state: CallbackState) -> Callback {
    let what = format!("the callback of {call} is {state:?}: {:?}", promise(stage, call).await);
    until(&what, async || promise(stage, call).await.filter(|it| it.state == state)).await
}

fn rows(mut rows: Vec<CallSummary>) -> Vec<CallSummary> {
    rows.sort_by(|one, other| one.id.cmp(&other.id));
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_on_one_call_suppresses_the_number_on_all_and_for_those_to_come() {
    let mut stage = Stage::set().await;
    stage.tell([missed("a", START), missed("b", START + 60)]).await;
    shows(&stage, "b", CallbackState::Joined).await;
    assert!(stage.receipt(ANN, "b", json!({"do": "do_not_call"})).await.done);
    for call in ["a", "b"] {
        let promise = shows(&stage, call, CallbackState::Suppressed).await;
        let said = promise.suppressed.unwrap();
        assert_eq!(said.by.unwrap().as_str(), "Ann");
        assert_eq!(said.call.unwrap().as_str(), "vapi:b");
    }
    let again = stage.receipt(BOB, "a", json!({"do": "do_not_call"})).await;
    assert!(!again.done && again.message.as_str().contains("Ann"), "{}", again.message);
    stage.tell([missed("c", START + 120)]).await;
    shows(&stage, "c", CallbackState::Suppressed).await;
    for order in [
        json!({"do": "attempt", "outcome": "connected"}),
        json!({"do": "reschedule", "due": "2099-01-01T00:00:00Z"}),
    ] {
        let (status, body) = stage.order(BOB, "a", order).await;
        assert_eq!(status, StatusCode::CONFLICT, "{body}");
        assert!(body["message"].as_str().unwrap().contains("Ann"), "{body}");
    }

    stage.settled().await;
    let before = rows(stage.calls().await);
    stage.stop_hub().await;
    stage.start_hub().await;
    assert_eq!(rows(stage.calls().await), before, "a restart forgets none of it");

    assert!(stage.receipt(BOB, "c", json!({"do": "allow_calls"})).await.done);
    shows(&stage, "a", CallbackState::Waiting).await;
    shows(&stage, "b", CallbackState::Joined).await;
    let promise = shows(&stage, "c", CallbackState::Joined).await;
    assert_eq!(promise.suppressed, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_the_order_back_takes_its_effect_back() {
    let stage = Stage::set_with(|plan| plan.grace_seconds = 60).await;
    stage.tell([missed("a", START)]).await;
    let first = stage.receipt(ANN, "a", json!({"do": "do_not_call"})).await;
    shows(&stage, "a", CallbackState::Suppressed).await;
    stage.receipt(ANN, "a", json!({"do": "undo", "action": first.id})).await;
    shows(&stage, "a", CallbackState::Waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_says_so_is_not_rung_until_they_ask_themselves() {
    let stage = Stage::set().await;
    stage.tell([missed("a", START)]).await;
    let words = "Stop calling me. Take me off your list.";
    stage.tell([of_number(vapi::said("b", "user", words, START + 60))]).await;
    let promise = shows(&stage, "a", CallbackState::Suppressed).await;
    assert_eq!(promise.suppressed.unwrap().by, None, "the caller said so, no operator");
    // Who asks to be rung agrees to that, and to nothing else.
    stage.tell(spoken("c", "No heat here, please call me back")).await;
    shows(&stage, "c", CallbackState::Waiting).await;
    shows(&stage, "a", CallbackState::Suppressed).await;
    stage.tell([missed("d", START + 300)]).await;
    shows(&stage, "d", CallbackState::Suppressed).await;
    // Lifted by an operator, it stays lifted: what was said before is not heard again.
    assert!(stage.receipt(ANN, "a", json!({"do": "allow_calls"})).await.done);
    stage.tell([of_number(vapi::said("b", "agent", "Understood.", START + 61))]).await;
    stage.call("b").await;
    shows(&stage, "a", CallbackState::Waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_changed_by_hand_and_outlives_the_hub() {
    let mut stage = Stage::set().await;
    stage.tell([missed("a", START)]).await;
    let url = stage.url();
    let run = |words: &[&str]| {
        let words = [&["do-not-call"], words, &["--hub", &url]].concat();
        callboard(&words, &[("CALLBOARD_TOKEN", ANN)])
    };
    let told = printed(&run(&["add", "(212) 555-0199"]));
    assert!(told.contains(NUMBER), "{told}");
    shows(&stage, "a", CallbackState::Suppressed).await;
    let told = printed(&run(&["list"]));
    assert!(told.contains(NUMBER) && told.contains("Ann"), "{told}");
    let told = printed(&run(&["add", NUMBER]));
    assert!(told.contains("already"), "{told}");
    let add = json!({"do": "add", "number": NUMBER});
    assert_eq!(stage.act(VIC, "/v1/do-not-call", add).await.0, StatusCode::FORBIDDEN);
    let wrong = json!({"do": "add", "number": "anonymous"});
    assert_eq!(stage.act(ANN, "/v1/do-not-call", wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);

    stage.stop_hub().await;
    stage.start_hub().await;
    shows(&stage, "a", CallbackState::Suppressed).await;
    stage.tell([missed("b", START + 60)]).await;
    shows(&stage, "b", CallbackState::Suppressed).await;
    let remove = json!({"do": "remove", "number": NUMBER});
    let (status, body) = stage.act(BOB, "/v1/do-not-call", remove).await;
    assert_eq!((status, &body["done"]), (StatusCode::OK, &json!(true)), "{body}");
    shows(&stage, "a", CallbackState::Waiting).await;
    shows(&stage, "b", CallbackState::Joined).await;
}
