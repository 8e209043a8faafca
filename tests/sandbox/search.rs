//! Searches and duplicate rules.

use std::time::Duration;

use callboard::sandbox::org::{DuplicateAction, Fault, FaultKind, Options};
use serde_json::json;

use super::{Client, start};

#[tokio::test]
async fn a_number_is_found_however_it_is_written() {
    let (_running, client) = start(Options::default()).await;
    for (number, name) in [
        ("6145550142", "Maria Alvarez"),
        ("+16145550118", "Jane Whitfield"),
        ("(614) 555-0126", "Linh Nguyen"),
        ("6145550147", "Chidi Okonkwo"),
        ("614-555-0160", "Anil Patel"),
    ] {
        let body = json!({ "q": number, "in": "PHONE", "fields": ["Id", "Name"], "sobjects": [
            { "name": "Lead", "where": "IsConverted=false", "limit": 5 }, { "name": "Contact" } ] });
        let found = client.post("parameterizedSearch", body).await;
        let names: Vec<_> =
            found.body["searchRecords"].as_array().unwrap().iter().map(|r| &r["Name"]).collect();
        assert_eq!(names, [&json!(name)], "{number}: {}", found.body);
    }
    let sosl = "FIND {6145550151} IN PHONE FIELDS RETURNING Lead(Id WHERE IsConverted=false),Contact(Id,Name ORDER BY Name)";
    let q: String = form_urlencoded::byte_serialize(sosl.as_bytes()).collect();
    let found = client.get(&format!("search?q={q}")).await.body;
    let records = found["searchRecords"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(
        (&records[0]["Name"], &records[0]["attributes"]["type"]),
        (&json!("Greta Schmidt"), &json!("Contact"))
    );
    let bad = client.get("search?q=FIND%20maria").await;
    assert_eq!((bad.status, &bad.body[0]["errorCode"]), (400, &json!("MALFORMED_SEARCH")));
}

#[tokio::test]
async fn the_index_lags_behind_but_soql_does_not() {
    let options = Options { search_delay: Duration::from_secs(60), ..Options::default() };
    let (running, client) = start(options).await;
    client
        .create("Lead", json!({ "LastName": "Vance", "Company": "V", "Phone": "9375550101" }))
        .await;
    let body = json!({ "q": "9375550101", "in": "PHONE", "sobjects": [{ "name": "Lead" }] });
    assert_eq!(
        client.post("parameterizedSearch", body.clone()).await.body,
        json!({ "searchRecords": [] })
    );
    let soql = client.query("SELECT Id FROM Lead WHERE Phone = '9375550101'").await;
    assert_eq!(soql.body["totalSize"], 1);
    running.advance(Duration::from_secs(61));
    let found = client.post("parameterizedSearch", body).await;
    assert_eq!(found.body["searchRecords"].as_array().unwrap().len(), 1);
}

fn rule(action: DuplicateAction) -> Fault {
    Fault::new(FaultKind::DuplicateRule { fields: vec!["Phone".into(), "Email".into()], action })
        .on("Lead")
}

#[tokio::test]
async fn a_duplicate_is_shown_and_may_be_saved_where_the_rule_allows() {
    let (running, client) = start(Options::default()).await;
    running.set_fault(rule(DuplicateAction::Alert));
    let maria = json!({ "LastName": "Alvarez", "Company": "Alvarez", "Phone": "+1 614 555 0142" });
    let reply = client.post("sobjects/Lead", maria.clone()).await;
    let error = &reply.body[0];
    assert_eq!((reply.status, &error["errorCode"]), (400, &json!("DUPLICATES_DETECTED")));
    assert_eq!(error["message"], "Use one of these records?");
    let result = &error["duplicateResut"];
    assert_eq!(result["allowSave"], true);
    let matched = &result["matchResults"][0];
    assert_eq!((&matched["entityType"], &matched["size"]), (&json!("Contact"), &json!(1)));
    let record = &matched["matchRecords"][0]["record"];
    assert!(record["Id"].as_str().unwrap().starts_with("003"));
    assert_eq!(record.get("Email"), None, "details only when asked for");

    let header = "allowSave=true; includeRecordDetails=true";
    let insistent = Client::sign_in(&running).await.with("Sforce-Duplicate-Rule-Header", header);
    assert_eq!(insistent.post("sobjects/Lead", maria.clone()).await.status, 201);
    running.clear_faults();
    running.set_fault(rule(DuplicateAction::Block));
    let blocked = insistent.post("sobjects/Lead", maria).await;
    assert_eq!(blocked.body[0]["duplicateResut"]["allowSave"], false);
}

#[tokio::test]
async fn an_upsert_may_meet_a_duplicate_too() {
    let (running, client) = start(Options::default()).await;
    running.set_fault(rule(DuplicateAction::Alert));
    let fields = json!({ "LastName": "B", "Company": "B", "Email": "KBRANDT@example.com" });
    let reply = client.patch("sobjects/Lead/Callboard_Id__c/dup", fields).await;
    assert_eq!(reply.body[0]["errorCode"], "DUPLICATES_DETECTED");
    let unrelated = json!({ "LastName": "B", "Company": "B" });
    assert_eq!(client.patch("sobjects/Lead/Callboard_Id__c/dup", unrelated).await.status, 201);
}
