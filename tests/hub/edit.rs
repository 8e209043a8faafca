//! A failed write is changed by hand: what goes out is what the operator said, what planning asked
//! for is kept, and later updates leave the operator's fields alone.

use callboard::{
    sandbox::org::Fault,
    wire::{WriteDetail, WriteState, WriteSummary},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    stage::{ANN, BOB, Stage, VIC},
    until, vapi,
};

const START: i64 = 1_776_178_800;
const FLOOD: &str = "My basement is flooding! A pipe burst and water is everywhere!";

/// A call whose Lead the org refuses because of its Company.
async fn refused(stage: &Stage, call: &str) -> WriteSummary {
    let rule = json!({
        "kind": "validation_rule", "sobject": "Lead", "field": "Company",
        "when": {"contains": "Household"}, "message": "No households",
    });
    stage.org.set_fault(Fault::from_json(&rule).unwrap());
    stage.tell([vapi::status(call, "in-progress", START)]).await;
    stage.tell([vapi::said(call, "user", FLOOD, START + 3)]).await;
    until("the write has failed", async || {
        stage.writes().await.into_iter().find(|write| write.state == WriteState::Failed)
    })
    .await
}

async fn detail(stage: &Stage, call: &str, write: &str) -> WriteDetail {
    let writes = stage.call(call).await.writes;
    writes.into_iter().find(|known| known.summary.id == write).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_out_is_what_the_operator_said_and_the_original_is_kept() {
    let stage = Stage::set().await;
    let failed = refused(&stage, "e1").await;
    let before = detail(&stage, "e1", &failed.id).await;
    assert_eq!((&before.original, &before.fields["Company"]), (&None, &json!("Unknown Household")));

    let path = format!("/v1/writes/{}/actions", failed.id);
    let order = json!({
        "id": "edit1", "do": "edit",
        "fields": {"Company": "Private", "Title": null}, "leave_out": ["Call_Notes__c"],
    });
    assert_eq!(stage.act(VIC, &path, order.clone()).await.0, StatusCode::FORBIDDEN);
    let (status, first) = stage.act(ANN, &path, order.clone()).await;
    assert_eq!((status, &first["done"]), (StatusCode::OK, &json!(true)), "{first}");
    let lead = stage.lead_with("e1", |lead| lead["Company"] == "Private").await;
    assert_eq!(lead["Call_Notes__c"], Value::Null);
    let (_, again) = stage.act(ANN, &path, order).await;
    assert_eq!(again, first, "the same id is answered as the first time");

    stage.settled().await;
    let after = detail(&stage, "e1", &failed.id).await;
    assert_eq!(after.original.unwrap(), before.fields);
    assert!(!after.fields.contains_key("Call_Notes__c"));
    let told = stage.call("e1").await.actions;
    assert!(told.iter().any(|action| action.what.as_str().contains("edited")), "{told:?}");

    // The call goes on: its news reach the Lead, and the operator's words stay.
    stage.tell([vapi::said("e1", "user", "My name is Maria Alvarez", START + 9)]).await;
    let lead = stage.lead_with("e1", |lead| lead["LastName"] == "Alvarez").await;
    assert_eq!((&lead["Company"], &lead["Call_Notes__c"]), (&json!("Private"), &Value::Null));
    stage.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ties_a_record_to_its_call_cannot_be_edited_nor_what_is_done() {
    let stage = Stage::set().await;
    let failed = refused(&stage, "e2").await;
    let path = format!("/v1/writes/{}/actions", failed.id);
    for (changes, says) in [
        (json!({"fields": {"Callboard_Id__c": "x"}}), "ties the record to its call"),
        (json!({"leave_out": ["callboard_id__c"]}), "ties the record to its call"),
        (json!({"fields": {"Id": "00Q000000000001AAA"}}), "can't be written"),
        (json!({"fields": {"Owner.Name": "x"}}), "not the API name"),
        (json!({"fields": {"Company": {"a": 1}}}), "text, a number"),
        (json!({"fields": {"Company": "Unknown Household"}}), "nothing would change"),
        (json!({}), "nothing would change"),
    ] {
        let mut order = changes.clone();
        order["do"] = json!("edit");
        let (status, body) = stage.act(ANN, &path, order).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{changes}");
        assert!(body["message"].as_str().unwrap().contains(says), "{changes}: {body}");
    }
    assert_eq!(detail(&stage, "e2", &failed.id).await.original, None);

    stage.org.clear_faults();
    stage.act(ANN, &path, json!({"do": "retry"})).await;
    stage.settled().await;
    let late = json!({"do": "edit", "fields": {"Company": "Late"}});
    let (status, body) = stage.act(BOB, &path, late).await;
    assert_eq!((status, &body["done"]), (StatusCode::OK, &json!(false)), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_survives_a_restart() {
    let mut stage = Stage::set().await;
    let failed = refused(&stage, "e3").await;
    let path = format!("/v1/writes/{}/actions", failed.id);
    let order = json!({"do": "edit", "fields": {"Company": "Another Household"}});
    stage.act(ANN, &path, order).await;
    until("it has failed again", async || {
        let write = detail(&stage, "e3", &failed.id).await;
        (write.summary.state == WriteState::Failed && write.attempts.len() == 2).then_some(())
    })
    .await;
    stage.stop_hub().await;
    stage.start_hub().await;
    let write = detail(&stage, "e3", &failed.id).await;
    assert_eq!(write.original.unwrap()["Company"], "Unknown Household");
    assert_eq!(write.fields["Company"], "Another Household");
}
