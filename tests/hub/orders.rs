//! What operators do, over HTTP, and what the org then holds.

use callboard::wire::WriteState;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    stage::{ANN, BOB, Stage, VIC},
    until, vapi,
};

const START: i64 = 1_776_178_800;

async fn flooded(stage: &Stage, call: &str) {
    stage.tell([vapi::status(call, "in-progress", START)]).await;
    let line = "My basement is flooding! A pipe burst and water is everywhere!";
    stage.tell([vapi::said(call, "user", line, START + 3)]).await;
    stage.lead_with(call, |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn routing_sets_the_owner_once_and_tells_the_second_who_was_first() {
    let stage = Stage::set().await;
    flooded(&stage, "r1").await;
    let first = stage.receipt(ANN, "r1", json!({"id": "a1", "do": "route"})).await;
    assert!(first.done, "{first:?}");
    let again = stage.receipt(ANN, "r1", json!({"id": "a1", "do": "route"})).await;
    assert_eq!((again.done, again.message), (true, first.message));
    let second = stage.receipt(BOB, "r1", json!({"id": "b1", "do": "route"})).await;
    assert!(!second.done && second.message.as_str().contains("Ann"), "{second:?}");

    let sam = &stage.plan.roster[0].owner_id;
    stage.lead_with("r1", |lead| lead["OwnerId"] == **sam).await;
    stage.settled().await;
    let routes =
        stage.writes().await.into_iter().filter(|write| write.title.as_str().contains("Route"));
    assert_eq!(routes.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_meant_is_refused_and_so_is_what_nothing_would_come_of() {
    let mut stage = Stage::set().await;
    flooded(&stage, "o2").await;
    let before = stage.org.records("Opportunity").len();
    for wrong in ["-1", "1000000000.01", "99999999999999999999999999"] {
        for what in ["opportunity", "convert"] {
            let order = json!({ "do": what, "amount": wrong });
            let (status, said) = stage.order(ANN, "o2", order).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{what} {wrong}: {said}");
        }
    }
    stage.settled().await;
    assert_eq!(stage.org.records("Opportunity").len(), before);
    stage.stop_hub().await;
    stage.start_hub_as(|options| options.salesforce = None).await;
    for what in ["opportunity", "convert"] {
        let (status, said) = stage.order(ANN, "o2", json!({ "do": what })).await;
        assert_eq!(status, StatusCode::CONFLICT, "{said}");
        assert!(said["message"].as_str().unwrap().contains("[salesforce]"), "{said}");
    }
    let (status, _) = stage.order(ANN, "o2", json!({ "do": "route" })).await;
    assert_eq!(status, StatusCode::OK, "somebody can be told all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opportunity_is_created_as_it_was_shown() {
    let stage = Stage::set().await;
    stage.tell([vapi::status("o1", "in-progress", START)]).await;
    let line =
        "I've been quoted $8,000-12,000 by others to replace my furnace. When can you come out?";
    stage.tell([vapi::said("o1", "user", line, START + 3)]).await;
    stage.lead_with("o1", |_| true).await;
    let url = format!("{}/v1/calls/vapi:o1/opportunity", stage.url());
    let draft: serde_json::Value =
        stage.http.get(url).bearer_auth(VIC).send().await.unwrap().json().await.unwrap();
    assert_eq!((&draft["amount"], &draft["stage"]), (&json!("10000"), &json!("Proposal")));
    let receipt = stage.receipt(ANN, "o1", json!({"do": "opportunity"})).await;
    assert!(receipt.done);
    let made = until("the Opportunity is in the org", async || {
        stage.org.records("Opportunity").into_iter().find(|it| it["Name"] == draft["name"])
    })
    .await;
    assert_eq!(made["Amount"], 10_000.0);
    assert_eq!(made["StageName"], "Proposal");
    assert_eq!(made["CloseDate"], draft["close_date"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_can_be_taken_back_within_the_grace_and_not_after() {
    let stage = Stage::set_with(|plan| plan.grace_seconds = 600).await;
    flooded(&stage, "u1").await;
    let owner = stage.lead("u1").unwrap()["OwnerId"].clone();
    stage.receipt(ANN, "u1", json!({"id": "a1", "do": "route"})).await;
    assert_eq!(stage.call("u1").await.summary.owner.unwrap().as_str(), "Sam K.");
    let receipt = stage.receipt(BOB, "u1", json!({"id": "b1", "do": "undo", "action": "a1"})).await;
    assert!(receipt.done && receipt.undo_until.is_none());
    assert_eq!(stage.call("u1").await.summary.owner, None);
    stage.settled().await;
    assert_eq!(stage.lead("u1").unwrap()["OwnerId"], owner);
    let again = stage.receipt(BOB, "u1", json!({"id": "b1", "do": "undo", "action": "a1"})).await;
    assert_eq!(again, receipt, "the same id is answered as the first time");
    let again = stage.order(ANN, "u1", json!({"id": "a2", "do": "undo", "action": "a1"})).await;
    assert_eq!(again.0, StatusCode::CONFLICT);
    let other = stage.order(ANN, "u1", json!({"id": "a1", "do": "opportunity"})).await;
    assert_eq!(other.0, StatusCode::CONFLICT, "an id stands for one order: {}", other.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_have_meant_is_refused() {
    let stage = Stage::set().await;
    flooded(&stage, "n1").await;
    for order in [
        json!({"do": "opportunity", "amount": "-5"}),
        json!({"do": "opportunity", "name": ""}),
        json!({"do": "opportunity", "name": "x".repeat(121)}),
        json!({"do": "route", "to": "Nobody"}),
        json!({"id": "with space", "do": "route"}),
    ] {
        let (status, body) = stage.order(ANN, "n1", order).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    stage.settled().await;
    assert!(stage.call("n1").await.actions.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_who_rings_five_times_at_once_is_one_lead() {
    let stage = Stage::set().await;
    let calls: Vec<String> = (0..5).map(|number| format!("again{number}")).collect();
    let number = json!("+12125550199");
    let rings = calls.iter().map(|call| {
        let line = "My basement is flooding! A pipe burst and water is everywhere!";
        let mut message = vapi::said(call, "user", line, START + 3);
        message["message"]["call"]["customer"]["number"] = number.clone();
        message
    });
    futures_util::future::join_all(rings.map(|ring| async {
        let ring = ring;
        stage.post(&ring).await
    }))
    .await;
    stage.settled().await;
    let leads = stage.org.records("Lead").into_iter();
    let leads: Vec<_> = leads.filter(|lead| lead["Phone"] == number).collect();
    assert_eq!(leads.len(), 1, "{leads:?}");
    for call in &calls {
        let sync = stage.call(call).await.summary.sync;
        assert_eq!(sync, callboard::wire::Sync::Done, "{call}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_id_in_the_providers_metadata_loses_nobody() {
    let stage = Stage::set().await;
    let line = "My basement is flooding! A pipe burst and water is everywhere!";
    let mut message = vapi::said("stale", "user", line, START + 3);
    let metadata = json!({ "metadata": { "leadId": "00Q000000000000AAA" } });
    message["message"]["call"]["assistantOverrides"] = metadata;
    stage.tell([message]).await;
    let lead = stage.lead_with("stale", |_| true).await;
    assert_eq!(lead["Rating"], "Hot");
    stage.settled().await;
    assert_eq!(stage.call("stale").await.summary.sync, callboard::wire::Sync::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_says_why_and_is_tried_again_on_demand() {
    use callboard::sandbox::org::Fault;
    let stage = Stage::set().await;
    let rule = json!({
        "kind": "validation_rule",
        "sobject": "Lead",
        "field": "Phone",
        "message": "Phone must be verified",
    });
    stage.org.set_fault(Fault::from_json(&rule).unwrap());
    stage.tell([vapi::status("f1", "in-progress", START)]).await;
    let line = "My basement is flooding! A pipe burst and water is everywhere!";
    stage.tell([vapi::said("f1", "user", line, START + 3)]).await;
    let failed = until("the write has failed", async || {
        stage.writes().await.into_iter().find(|write| write.state == WriteState::Failed)
    })
    .await;
    let problem = failed.problem.unwrap();
    assert_eq!(problem.code.as_str(), "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    assert!(problem.message.as_str().contains("Phone must be verified"));

    stage.org.clear_faults();
    let path = format!("/v1/writes/{}/actions", failed.id);
    assert_eq!(stage.act(VIC, &path, json!({"do": "retry"})).await.0, StatusCode::FORBIDDEN);
    let (status, body) = stage.act(ANN, &path, json!({"do": "retry"})).await;
    assert_eq!((status, &body["done"]), (StatusCode::OK, &json!(true)), "{body}");
    stage.lead_with("f1", |lead| lead["Rating"] == "Hot").await;
    stage.settled().await;
    let detail = stage.call("f1").await;
    assert!(detail.actions.iter().any(|action| action.operator.as_str() == "Ann"));
    let tries = detail.writes.iter().find(|write| write.summary.id == failed.id).unwrap();
    assert_eq!(tries.attempts.len(), 2, "{tries:?}");
    let (_, body) = stage.act(BOB, &path, json!({"do": "retry"})).await;
    assert_eq!(body["done"], json!(false), "{body}");
}
