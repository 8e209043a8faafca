//! What operators correct, and the examples that come of it.

use callboard::{
    call::Rating,
    triage::{
        Rules,
        eval::{Example, Report},
    },
    wire::{CallSummary, CorrectionPage},
};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    stage::{ANN, BOB, Stage, VIC},
    until, vapi,
};

const START: i64 = 1_776_178_800;

async fn said(stage: &Stage, call: &str, words: &str) {
    stage.tell([vapi::status(call, "in-progress", START)]).await;
    stage.tell([vapi::said(call, "user", words, START + 3)]).await;
}

async fn row(stage: &Stage, call: &str) -> CallSummary {
    stage.call(call).await.summary
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_trade_and_callback_count_until_they_are_taken_back() {
    let stage = Stage::set_with(|plan| plan.grace_seconds = 60).await;
    said(&stage, "c1", "Call me back please, there's a slow drip from the bathroom fan").await;
    let judged = row(&stage, "c1").await;
    assert!(judged.callback.is_some() && judged.service.is_some());

    let order = json!({"id": "s1", "do": "service", "service": "Roofing"});
    let receipt = stage.receipt(ANN, "c1", order.clone()).await;
    assert!(receipt.done && receipt.undo_until.is_some(), "{receipt:?}");
    assert_eq!(receipt.message.as_str(), "Set the trade to Roofing");
    assert_eq!(stage.receipt(ANN, "c1", order).await.message, receipt.message);
    assert_eq!(row(&stage, "c1").await.service.unwrap().0.as_str(), "Roofing");
    stage.lead_with("c1", |lead| lead["Service_Interest__c"] == "Roofing").await;
    stage.tell([vapi::status("c1", "ended", START + 20)]).await;
    until("the figures have the trade", async || {
        let all = "from=2026-01-01T00:00:00Z&to=2036-01-01T00:00:00Z";
        let url = format!("{}/v1/records?{all}", stage.url());
        let told = stage.http.get(url).bearer_auth(ANN).send().await.unwrap();
        let told: serde_json::Value = told.json().await.unwrap();
        (told["records"][0]["service"] == "Roofing").then_some(())
    })
    .await;
    let same = stage.receipt(BOB, "c1", json!({"do": "service", "service": "Roofing"})).await;
    assert!(!same.done && same.message.as_str().contains("Ann"), "{same:?}");

    let receipt = stage.receipt(ANN, "c1", json!({"id": "n1", "do": "not_callback"})).await;
    assert!(receipt.done, "{receipt:?}");
    assert_eq!(row(&stage, "c1").await.callback, None);
    stage.receipt(ANN, "c1", json!({"do": "undo", "action": "n1"})).await;
    assert!(row(&stage, "c1").await.callback.is_some());

    let (status, _) = stage.order(ANN, "c1", json!({"do": "service", "service": " "})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    said(&stage, "c2", "The furnace is noisy").await;
    let (status, _) = stage.order(ANN, "c2", json!({"do": "not_callback"})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) = stage.order(VIC, "c2", json!({"do": "not_callback"})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_are_examples_to_measure_rules_with() {
    let stage = Stage::set().await;
    said(&stage, "e1", "My basement is flooding, call me back").await;
    said(&stage, "e2", "The furnace is noisy").await;
    stage.receipt(ANN, "e1", json!({"do": "urgency", "urgency": 3})).await;
    stage.receipt(BOB, "e1", json!({"do": "not_callback"})).await;
    stage.receipt(BOB, "e2", json!({"do": "route"})).await;
    let url = format!("{}/v1/corrections", stage.url());
    let page: CorrectionPage = until("the corrections are in the journal", async || {
        let answer = stage.http.get(&url).bearer_auth(ANN).send().await.unwrap();
        let page: CorrectionPage = answer.json().await.unwrap();
        (!page.corrections.is_empty()).then_some(page)
    })
    .await;
    assert_eq!((page.corrections.len(), page.next), (1, None));
    let found = &page.corrections[0];
    assert_eq!(found.text, "Caller: My basement is flooding, call me back");
    assert_eq!((found.labels.urgency, found.labels.rating), (3, Rating::Warm));
    assert!(!found.labels.callback && found.labels.bant.need);
    assert_eq!(found.labels.service.as_deref(), Some("Plumbing"));
    let notes = found.notes.as_str();
    assert!(notes.contains("Ann set the urgency to 3") && notes.contains("Bob"), "{notes}");

    // What is exported is what `callboard triage eval` reads.
    let line = serde_json::to_string(found).unwrap();
    let example: Example = serde_json::from_str(&line).unwrap();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let report = Report::of(&Rules::shipped(), &[example], now, &jiff::tz::TimeZone::UTC);
    assert_eq!((report.judged[0].wanted.urgency, report.judged[0].got.urgency), (3, 5));
    let answer = stage.http.get(&url).bearer_auth(VIC).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}
