//! When Salesforce, or the match, can't tell who is meant, the operator says it.

use callboard::{
    sandbox::org::{DuplicateAction, Fault, FaultKind},
    wire::{Sync, WriteState, WriteSummary},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    sandbox::Client,
    support::{
        stage::{ANN, BOB, Stage},
        until, vapi,
    },
};

const START: i64 = 1_776_162_227;
const FLOOD: &str = "My basement is flooding! A pipe burst and water is everywhere!";

fn from(call: &str, number: &str, line: &str) -> Value {
    let mut message = vapi::said(call, "user", line, START + 3);
    message["message"]["call"]["customer"]["number"] = json!(number);
    message
}

async fn waiting(stage: &Stage) -> WriteSummary {
    until("a write waits for an operator", async || {
        stage.writes().await.into_iter().find(|write| write.state == WriteState::Failed)
    })
    .await
}

async fn order(stage: &Stage, write: &str, order: Value) -> (StatusCode, Value) {
    stage.act(ANN, &format!("/v1/writes/{write}/actions"), order).await
}

async fn person(stage: &Stage, first: &str, last: &str, phone: &str) -> String {
    let client = Client::sign_in(&stage.org).await;
    let fields = json!({ "FirstName": first, "LastName": last, "Phone": phone });
    client.create("Contact", fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_with_one_number_wait_for_an_operators_word() {
    let stage = Stage::set().await;
    let kim = person(&stage, "Kim", "Sorensen", "(555) 010-7001").await;
    let lou = person(&stage, "Lou", "Bergman", "(555) 010-7001").await;
    stage.tell([from("two", "+15550107001", FLOOD)]).await;
    let write = waiting(&stage).await;
    let problem = write.problem.clone().unwrap();
    let mut known: Vec<(&str, &str, &str)> = problem
        .candidates
        .iter()
        .map(|it| (it.id.as_str(), it.name.as_ref().unwrap().as_str(), it.sobject.as_str()))
        .collect();
    known.sort_unstable_by_key(|(_, name, _)| *name);
    let expected =
        [(kim.as_str(), "Kim Sorensen", "Contact"), (lou.as_str(), "Lou Bergman", "Contact")];
    assert_eq!((known, problem.code.as_str()), (expected.to_vec(), "SEVERAL_MATCHES"));
    assert_eq!(stage.call("two").await.summary.sync, Sync::Failed);

    let (status, body) = order(&stage, &write.id, json!({"do": "use", "record": "001x"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    let (status, body) =
        order(&stage, &write.id, json!({"do": "use", "record": lou, "id": "a-1"})).await;
    assert_eq!((status, &body["done"]), (StatusCode::OK, &json!(true)), "{body}");
    stage.settled().await;
    let contacts = stage.org.records("Contact");
    let noted = contacts.iter().find(|contact| contact["Id"] == lou.as_str()).unwrap();
    assert!(noted["Call_Notes__c"].as_str().unwrap().contains("flooding"), "{noted:?}");
    assert_eq!(stage.lead("two"), None);

    // The colleague who says the same a moment later learns that it is done.
    let path = format!("/v1/writes/{}/actions", write.id);
    let (_, body) = stage.act(BOB, &path, json!({"do": "use", "record": kim})).await;
    assert_eq!(body["done"], json!(false), "{body}");
    let (_, again) =
        order(&stage, &write.id, json!({"do": "use", "record": lou, "id": "a-1"})).await;
    assert_eq!(again["done"], json!(true), "the same id answers as the first time: {again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn none_of_them_makes_a_new_lead_and_a_name_makes_the_question_moot() {
    let stage = Stage::set().await;
    person(&stage, "Kim", "Sorensen", "(555) 010-7002").await;
    person(&stage, "Lou", "Bergman", "(555) 010-7002").await;
    stage.tell([from("none", "+15550107002", FLOOD)]).await;
    let write = waiting(&stage).await;
    let (_, body) = order(&stage, &write.id, json!({"do": "save_anyway"})).await;
    assert_eq!(body["done"], json!(true), "{body}");
    stage.lead_with("none", |lead| lead["Rating"] == "Hot").await;

    person(&stage, "Ann", "Marsh", "(555) 010-7003").await;
    let may = person(&stage, "May", "Walsh", "(555) 010-7003").await;
    stage.tell([from("name", "+15550107003", FLOOD)]).await;
    waiting(&stage).await;
    let mut named = from("name", "+15550107003", "My name is May Walsh, at 12 Oak Street.");
    named["message"]["timestamp"] = json!((START + 9) * 1000);
    stage.tell([named]).await;
    stage.settled().await;
    until("the right one is found", async || {
        let contacts = stage.org.records("Contact");
        let may = contacts.into_iter().find(|contact| contact["Id"] == may.as_str())?;
        may["Call_Notes__c"].as_str().filter(|notes| notes.contains("flooding")).map(|_| ())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_rule_is_a_choice_that_it_may_forbid() {
    for action in [DuplicateAction::Alert, DuplicateAction::Block] {
        let stage = Stage::set().await;
        // Known by a field the match does not look at.
        let rosa = person(&stage, "Rosa", "Ito", "").await;
        stage.org.set_fault(Fault::new(FaultKind::DuplicateRule {
            fields: vec!["LastName".into()],
            action,
        }));
        let line = format!("{FLOOD} My name is Rosa Ito.");
        stage.tell([from("dup", "+15550107004", &line)]).await;
        let write = waiting(&stage).await;
        let problem = write.problem.clone().unwrap();
        assert_eq!(problem.code.as_str(), "DUPLICATES_DETECTED");
        assert_eq!(problem.candidates[0].id.as_str(), rosa);
        assert_eq!(problem.candidates[0].name.as_ref().unwrap().as_str(), "Rosa Ito");
        let (status, body) = order(&stage, &write.id, json!({"do": "save_anyway"})).await;
        if action == DuplicateAction::Alert {
            assert_eq!(body["done"], json!(true), "{body}");
            stage.lead_with("dup", |lead| lead["LastName"] == "Ito").await;
        } else {
            assert!(!problem.may_save_anyway);
            assert_eq!(status, StatusCode::CONFLICT, "{body}");
            let (_, body) = order(&stage, &write.id, json!({"do": "use", "record": rosa})).await;
            assert_eq!(body["done"], json!(true), "{body}");
            stage.settled().await;
            let contacts = stage.org.records("Contact");
            let noted = contacts.iter().find(|contact| contact["Id"] == rosa.as_str()).unwrap();
            assert!(noted["Call_Notes__c"].as_str().unwrap().contains("flooding"));
            assert_eq!(stage.lead("dup"), None);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_can_be_edited_and_the_original_is_kept() {
    let stage = Stage::set().await;
    stage.org.set_fault(
        Fault::from_json(&json!({
            "kind": "restricted_picklist", "sobject": "Lead", "field": "LeadSource",
            "values": ["Web"],
        }))
        .unwrap(),
    );
    stage.tell([from("edit", "+15550107005", FLOOD)]).await;
    let write = waiting(&stage).await;
    for (fields, expected) in [
        (json!({}), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({"a/b": "x"}), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({"LeadSource": {"x": 1}}), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let edit = json!({"do": "edit", "fields": fields});
        assert_eq!(order(&stage, &write.id, edit).await.0, expected, "{fields}");
    }
    let edit = json!({"do": "edit", "fields": {"LeadSource": "Web", "Rating": "Hot"}});
    let (_, body) = order(&stage, &write.id, edit).await;
    assert_eq!(body["done"], json!(true), "{body}");
    assert!(body["message"].as_str().unwrap().contains("(LeadSource)"), "{body}");
    stage.lead_with("edit", |lead| lead["LeadSource"] == "Web").await;
    // More news of the call leave the edited field alone.
    stage.tell([vapi::said("edit", "user", "My budget is about $9,000.", START + 12)]).await;
    stage.lead_with("edit", |lead| lead["Budget_Range__c"].as_f64() == Some(9_000.0)).await;
    stage.settled().await;
    assert_eq!(stage.lead("edit").unwrap()["LeadSource"], "Web");
    let detail = stage.call("edit").await;
    let edited = detail.writes.iter().find(|known| known.summary.id == write.id).unwrap();
    assert_eq!(edited.original.as_ref().unwrap()["LeadSource"], "Phone Call - Emergency");
    assert_eq!(edited.fields["LeadSource"], "Web");
}
