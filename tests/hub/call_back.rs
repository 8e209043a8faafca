//! Ringing callers back through VAPI.

use callboard::{
    call::{AttemptOutcome, CallbackState},
    hub, outbound,
    secret::SecretRef,
    wire::{CallBackState, CallBackSummary, CallSummary},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    stage::{ANN, BOB, Stage, VIC},
    until, vapi,
    vapi_api::{Fault, KEY, VapiApi},
};

const NUMBER: &str = "+12125550199";
const START: i64 = 1_776_178_800;

/// A hub that rings back through `vapi`, at any hour.
async fn stage(vapi: &VapiApi, change: fn(&mut outbound::Settings)) -> Stage {
    let base_url = format!("http://{}", vapi.address);
    Stage::set_as(move |options: &mut hub::Options| {
        options.plan.dispatch.permitted = Default::default();
        let mut settings = outbound::Settings {
            assistant_id: "assistant".to_owned(),
            phone_number_id: "phone".to_owned(),
            api_key: SecretRef::given(KEY),
            base_url: base_url.clone(),
            source: "vapi".to_owned(),
            most_a_minute: 50,
            most_an_hour: 50,
            timeout_seconds: 1,
            server_messages: vec!["status-update".to_owned()],
        };
        change(&mut settings);
        options.call_back = Some(settings);
    })
    .await
}

fn of_number(mut message: Value, number: &str) -> Value {
    message["message"]["call"]["customer"]["number"] = json!(number);
    message
}

fn missed(call: &str, number: &str) -> Value {
    of_number(vapi::status(call, "ended", START), number)
}

async fn row(stage: &Stage, call: &str) -> CallSummary {
    stage.call(call).await.summary
}

/// Waits until the last order on the call stands so.
async fn stands(stage: &Stage, call: &str, state: CallBackState) -> CallBackSummary {
    until(&format!("the call back of {call} is {state:?}"), async || {
        row(stage, call).await.call_back.filter(|it| it.state == state)
    })
    .await
}

async fn refused(stage: &Stage, call: &str, order: Value, because: &str) {
    let (status, body) = stage.order(BOB, call, order).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    assert!(body["message"].as_str().unwrap().contains(because), "{body}");
}

/// A webhook of the call that VAPI placed, with the metadata it was given.
fn of_placed(vapi: &VapiApi, nth: usize, status: &str, reason: Option<&str>) -> Value {
    let id = format!("out{}", nth + 1);
    let mut message = of_number(vapi::status(&id, status, START + 600), NUMBER);
    message["message"]["call"]["type"] = json!("outboundPhoneCall");
    let overrides = vapi.placed()[nth]["assistantOverrides"].clone();
    message["message"]["call"]["assistantOverrides"] = overrides;
    message["message"]["endedReason"] = json!(reason);
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_that_is_placed_joins_the_promise_and_keeps_it() {
    let vapi = VapiApi::start().await;
    let mut stage = stage(&vapi, |_| {}).await;
    stage.tell([missed("a", NUMBER)]).await;
    let order = json!({"do": "call_back", "id": "ring-1"});
    assert!(stage.receipt(ANN, "a", order.clone()).await.done);
    // The answer was lost, the order comes again: it is the same.
    assert!(stage.receipt(ANN, "a", order).await.done);
    let placed = stands(&stage, "a", CallBackState::Placed).await;
    assert_eq!((placed.by.as_str(), placed.call.unwrap().as_str()), ("Ann", "vapi:out1"));
    assert_eq!(vapi.asked(), 1);
    let body = &vapi.placed()[0];
    assert_eq!(body["customer"]["number"], NUMBER);
    assert_eq!(
        (&body["assistantId"], &body["phoneNumberId"]),
        (&json!("assistant"), &json!("phone"))
    );
    assert_eq!(body["assistantOverrides"]["metadata"]["callboard_call"], "vapi:a");
    let undo = json!({"do": "undo", "action": "ring-1"});
    refused(&stage, "a", undo, "too late").await;

    // Nobody answers; the next one reaches a machine, the third the caller.
    stage.tell([of_placed(&vapi, 0, "ringing", None)]).await;
    refused(&stage, "a", json!({"do": "call_back"}), "being rung already").await;
    let mut tries = Vec::new();
    for (nth, reason, outcome) in [
        (0, "customer-did-not-answer", AttemptOutcome::NoAnswer),
        (1, "voicemail", AttemptOutcome::Voicemail),
        (2, "customer-ended-call", AttemptOutcome::Connected),
    ] {
        if nth > 0 {
            assert!(stage.receipt(ANN, "a", json!({"do": "call_back"})).await.done);
            until("it is placed", async || (vapi.placed().len() == nth + 1).then_some(())).await;
            if outcome == AttemptOutcome::Connected {
                stage.tell([of_placed(&vapi, nth, "in-progress", None)]).await;
            }
        }
        assert_eq!(row(&stage, "a").await.callback.unwrap().state, CallbackState::Waiting);
        stage.tell([of_placed(&vapi, nth, "ended", Some(reason))]).await;
        tries.push(outcome);
        until("the try is recorded", async || {
            let promise = row(&stage, "a").await.callback?;
            let known: Vec<_> = promise.attempts.iter().map(|it| it.outcome).collect();
            (known == tries && promise.attempts.iter().all(|it| it.operator.as_str() == "Ann"))
                .then_some(())
        })
        .await;
    }
    let over = stands(&stage, "a", CallBackState::Over).await;
    assert_eq!(over.outcome, Some(AttemptOutcome::Connected));
    let before = row(&stage, "a").await;
    assert_eq!(before.callback.as_ref().unwrap().state, CallbackState::Done);
    // Who was rung by the agent was rung, for the figures too.
    let url =
        format!("{}/v1/records?from=2026-01-01T00:00:00Z&to=2036-01-01T00:00:00Z", stage.url());
    let told = stage.http.get(url).bearer_auth(ANN).send().await.unwrap();
    let told: Value = told.json().await.unwrap();
    let record = told["records"].as_array().unwrap().iter().find(|it| it["id"] == "vapi:a");
    let record = record.unwrap();
    assert!(record["rung_back_at"].is_string() && record["kept_at"].is_string(), "{record}");
    assert!(record["rung_back_at"].as_str() < record["kept_at"].as_str(), "{record}");
    // A call of ours that nobody took is no promise of its own.
    assert!(row(&stage, "out1").await.callback.is_none());
    stage.settled().await;
    let before = row(&stage, "a").await;
    stage.stop_hub().await;
    stage.start_hub().await;
    assert_eq!(row(&stage, "a").await, before, "a restart forgets none of it, and rings nobody");
    assert_eq!(vapi.asked(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_vapi_refuses_was_not_placed_and_what_it_fails_at_is_not_known() {
    let vapi = VapiApi::start().await;
    let stage = stage(&vapi, |_| {}).await;
    let mut asked = 0;
    for (call, fault, state, because) in [
        ("a", Fault::Status(401), CallBackState::Refused, "key"),
        ("b", Fault::Status(400), CallBackState::Refused, "customer.number is not wanted"),
        ("c", Fault::Status(429), CallBackState::Refused, "no more calls"),
        ("d", Fault::Status(500), CallBackState::Unclear, "500"),
        ("e", Fault::TimeoutAfterAccept, CallBackState::Unclear, "in time"),
    ] {
        let number = format!("+1212555010{}", call.as_bytes()[0] - b'a');
        stage.tell([missed(call, &number)]).await;
        vapi.fail(fault);
        assert!(stage.receipt(ANN, call, json!({"do": "call_back"})).await.done);
        let told = stands(&stage, call, state).await;
        let reason = told.reason.unwrap();
        assert!(reason.as_str().contains(because), "{fault:?}: {reason}");
        asked += 1;
        assert_eq!(vapi.asked(), asked, "{fault:?} is not tried again by itself");
        assert_eq!(row(&stage, call).await.callback.unwrap().state, CallbackState::Waiting);
    }
    // What was refused may be tried again; what nobody knows only by somebody who says so.
    vapi.fail(None);
    refused(&stage, "e", json!({"do": "call_back"}), "not known").await;
    assert!(stage.receipt(BOB, "a", json!({"do": "call_back"})).await.done);
    stands(&stage, "a", CallBackState::Placed).await;
    // The call whose answer was lost was placed after all: its own events say so.
    let mut message = of_placed(&vapi, 0, "ended", Some("customer-busy"));
    message["message"]["call"]["id"] = json!("lost");
    stage.tell([message]).await;
    let over = stands(&stage, "e", CallBackState::Over).await;
    assert_eq!(over.call.unwrap().as_str(), "vapi:lost");
    assert_eq!(over.outcome, Some(AttemptOutcome::NoAnswer));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_rung_who_is_not_to_be() {
    let vapi = VapiApi::start().await;
    let stage = stage(&vapi, |settings| settings.most_a_minute = 2).await;
    for (call, last) in [("a", 0), ("b", 1), ("c", 2), ("d", 3)] {
        stage.tell([missed(call, &format!("+1212555019{last}"))]).await;
    }
    let order = || json!({"do": "call_back"});
    assert_eq!(stage.order(VIC, "a", order()).await.0, StatusCode::FORBIDDEN);
    stage.receipt(ANN, "a", json!({"do": "do_not_call"})).await;
    refused(&stage, "a", order(), "Ann already had").await;
    // Suppression is not a matter of hours: nothing overrides it.
    refused(&stage, "a", json!({"do": "call_back", "anyway": true}), "Ann already had").await;
    stage.tell([of_number(vapi::status("e", "in-progress", START), "+12125550194")]).await;
    refused(&stage, "e", order(), "on the line").await;
    assert_eq!(vapi.asked(), 0);
    assert!(stage.receipt(ANN, "b", order()).await.done);
    assert!(stage.receipt(ANN, "c", order()).await.done);
    refused(&stage, "d", json!({"do": "call_back", "anyway": true}), "most_a_minute").await;
    until("both are placed", async || (vapi.placed().len() == 2).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_the_hours_only_who_says_anyway_is_heard() {
    let vapi = VapiApi::start().await;
    let mut stage = stage(&vapi, |_| {}).await;
    stage.tell([missed("a", NUMBER)]).await;
    // Where the caller is it is never the hour.
    let base_url = format!("http://{}", vapi.address);
    stage.stop_hub().await;
    stage
        .start_hub_as(move |options| {
            let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
            let other = day.checked_add(jiff::Span::new().hours(12)).unwrap();
            let hours = format!("daily {0:02}:00-{0:02}:30", other.hour());
            options.plan.dispatch.permitted = hours.parse().unwrap();
            options.call_back.as_mut().unwrap().base_url = base_url.clone();
        })
        .await;
    refused(&stage, "a", json!({"do": "call_back"}), "outside the hours").await;
    assert!(stage.receipt(ANN, "a", json!({"do": "call_back", "anyway": true})).await.done);
    stands(&stage, "a", CallBackState::Placed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_place_to_call_from_the_order_says_what_is_missing() {
    let stage = Stage::set().await;
    stage.tell([missed("a", NUMBER)]).await;
    refused(&stage, "a", json!({"do": "call_back"}), "[call_back]").await;
}
