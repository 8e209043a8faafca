//! What waits for company never holds up what is urgent.

use callboard::{sandbox::org, wire::WriteState};
use serde_json::json;

use crate::support::{
    stage::{ANN, Stage},
    until, vapi,
};

const START: i64 = 1_776_162_227;

/// A hub whose updates would wait an hour for others to share their API call with, and a call
/// whose update does.
async fn waiting(call: &str) -> Stage {
    let stage = Stage::set_with(|plan| plan.batch_seconds = 3_600).await;
    let need = "I'd like a quote for a new furnace, please.";
    stage.tell([vapi::said(call, "user", need, START + 3)]).await;
    stage.lead_with(call, |lead| lead["Rating"] == "Warm").await;
    let more = "My budget is about $9,000.";
    stage.tell([vapi::said(call, "user", more, START + 12)]).await;
    until("the update waits for company", async || {
        let writes = stage.writes().await;
        writes.into_iter().find(|write| write.state == WriteState::InFlight)
    })
    .await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_becomes_hot_is_hot_in_salesforce_at_once() {
    let stage = waiting("hot").await;
    let flood = "Oh no, a pipe just burst, my basement is flooding!";
    stage.tell([vapi::said("hot", "user", flood, START + 20)]).await;
    let lead = stage.lead_with("hot", |lead| lead["Rating"] == "Hot").await;
    assert_eq!(lead["Budget_Range__c"].as_f64(), Some(9_000.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_word_goes_at_once() {
    let stage = waiting("routed").await;
    let before = stage.lead("routed").unwrap()["OwnerId"].clone();
    stage.receipt(ANN, "routed", json!({"do": "route", "to": "Sam K."})).await;
    stage.lead_with("routed", |lead| lead["OwnerId"] != before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_callers_first_record_is_one_api_call_for_look_up_and_lead() {
    let stage = Stage::set().await;
    let flood = "My basement is flooding! A pipe burst and water is everywhere!";
    stage.tell([vapi::said("one", "user", flood, START + 3)]).await;
    stage.lead_with("one", |lead| lead["Rating"] == "Hot").await;
    stage.settled().await;
    assert_eq!(stage.org.api_calls(), 1);
    let detail = stage.call("one").await;
    let titles: Vec<&str> =
        detail.writes.iter().map(|write| write.summary.title.as_str()).collect();
    assert_eq!(titles, ["Look up caller", "New Lead"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_the_orgs_api_calls_are_for_what_is_hot() {
    let options = org::Options { daily_limit: 30, ..org::Options::default() };
    let stage = Stage::set_in(options, |plan| plan.reserve_percent = 60).await;
    let client = crate::sandbox::Client::sign_in(&stage.org).await;
    for _ in 0..12 {
        client.query("SELECT Id FROM Lead LIMIT 1").await;
    }
    let quote = "I'd like a quote for a new furnace, please.";
    stage.tell([vapi::said("first", "user", quote, START + 3)]).await;
    stage.lead_with("first", |_| true).await;
    stage.settled().await;
    assert!(stage.status().await.only_reserve);
    stage.tell([vapi::said("waits", "user", quote, START + 3)]).await;
    let flood = "My basement is flooding! A pipe burst and water is everywhere!";
    stage.tell([vapi::said("hot", "user", flood, START + 3)]).await;
    stage.lead_with("hot", |lead| lead["Rating"] == "Hot").await;
    assert_eq!(stage.lead("waits"), None);
    let writes = stage.writes().await;
    let waits = writes.iter().find(|write| write.call.as_str() == "vapi:waits").unwrap();
    assert_eq!(waits.state, WriteState::Pending);
}
