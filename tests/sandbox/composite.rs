//! Many things in one request.

use callboard::sandbox::org::{Fault, FaultKind, Options};
use serde_json::{Value, json};

use super::start;

fn upsert_and_task(key: &str, status: &str) -> Value {
    json!([
        { "method": "PATCH", "url": format!("/services/data/v66.0/sobjects/Lead/Callboard_Id__c/{key}"),
          "referenceId": "lead", "body": { "LastName": "D", "Company": "A" } },
        { "method": "POST", "url": "/services/data/v66.0/sobjects/Task", "referenceId": "task",
          "body": { "WhoId": "@{lead.id}", "Subject": "Call", "CallType": status } },
    ])
}

#[tokio::test]
async fn a_composite_is_one_call_and_its_parts_refer_to_each_other() {
    let (running, client) = start(Options::default()).await;
    let body = json!({ "allOrNone": true, "compositeRequest": upsert_and_task("c1", "Inbound") });
    let reply = client.post("composite", body).await;
    let parts = &reply.body["compositeResponse"];
    assert_eq!(reply.status, 200);
    let statuses = [&parts[0]["httpStatusCode"], &parts[1]["httpStatusCode"]];
    assert_eq!(statuses, [&json!(201), &json!(201)]);
    let lead = parts[0]["body"]["id"].as_str().unwrap();
    assert_eq!(
        parts[0]["httpHeaders"]["Location"],
        format!("/services/data/v66.0/sobjects/Lead/{lead}")
    );
    assert_eq!(running.records("Task")[0]["WhoId"], lead);
    assert_eq!(running.api_calls(), 1);
}

#[tokio::test]
async fn all_or_none_leaves_nothing_and_says_who_is_innocent() {
    let (running, client) = start(Options::default()).await;
    let before = running.records("Lead").len();
    let body = json!({ "allOrNone": true, "compositeRequest": upsert_and_task("c2", "Sideways") });
    let reply = client.post("composite", body).await;
    assert_eq!(reply.status, 200, "even when its parts fail");
    let parts = &reply.body["compositeResponse"];
    assert_eq!(parts[0]["httpStatusCode"], 400);
    assert_eq!(
        parts[0]["body"],
        json!([{ "errorCode": "PROCESSING_HALTED",
                 "message": "The transaction was rolled back since another operation in the same transaction failed." }])
    );
    assert_eq!(parts[1]["body"][0]["errorCode"], "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
    assert_eq!(running.records("Lead").len(), before);

    let body = json!({ "compositeRequest": upsert_and_task("c2", "Sideways") });
    let reply = client.post("composite", body).await;
    assert_eq!(reply.body["compositeResponse"][0]["httpStatusCode"], 201);
    assert_eq!(running.records("Lead").len(), before + 1, "without allOrNone the first stays");
}

#[tokio::test]
async fn a_reference_to_nothing_halts() {
    let (running, client) = start(Options::default()).await;
    running.set_fault(Fault::new(FaultKind::Lock).on("Lead"));
    let body = json!({ "compositeRequest": upsert_and_task("c3", "Inbound") });
    let parts = client.post("composite", body).await.body["compositeResponse"].clone();
    assert_eq!(parts[0]["body"][0]["errorCode"], "UNABLE_TO_LOCK_ROW");
    assert_eq!(
        parts[1]["body"],
        json!([{ "errorCode": "PROCESSING_HALTED",
                 "message": "Invalid reference specified. No value for lead.id found in lead" }])
    );
}

#[tokio::test]
async fn a_malformed_envelope_is_refused_whole() {
    let (_running, client) = start(Options::default()).await;
    let body =
        json!({ "compositeRequest": [{ "method": "GET", "url": "/services/data/v66.0/limits" }] });
    let reply = client.post("composite", body).await;
    let expected = json!([{ "message": "'referenceId' is a required field.", "errorCode": "JSON_PARSER_ERROR" }]);
    assert_eq!((reply.status, reply.body), (400, expected));
    let many: Vec<Value> = (0..26)
        .map(|n| json!({ "method": "GET", "url": "/services/data/v66.0/limits", "referenceId": format!("r{n}") }))
        .collect();
    assert_eq!(client.post("composite", json!({ "compositeRequest": many })).await.status, 400);
}

#[tokio::test]
async fn headers_of_the_envelope_are_not_the_parts_own() {
    let (running, client) = start(Options::default()).await;
    let client = client.with("Sforce-Auto-Assign", "FALSE");
    let mut parts = upsert_and_task("c4", "Inbound");
    client.post("composite", json!({ "compositeRequest": parts })).await;
    parts[0]["httpHeaders"] = json!({ "Sforce-Auto-Assign": "FALSE" });
    parts[0]["url"] = json!("/services/data/v66.0/sobjects/Lead/Callboard_Id__c/c5");
    client.post("composite", json!({ "compositeRequest": parts })).await;
    let owner = |key: &str| {
        let leads = running.records("Lead");
        let lead = leads.iter().find(|lead| lead["Callboard_Id__c"] == key).unwrap();
        lead["OwnerId"].as_str().unwrap()[..3].to_owned()
    };
    assert_eq!((owner("c4").as_str(), owner("c5").as_str()), ("00G", "005"));
}

#[tokio::test]
async fn collections_answer_per_record() {
    let (running, client) = start(Options::default()).await;
    let lead =
        |name: Value| json!({ "attributes": { "type": "Lead" }, "LastName": name, "Company": "C" });
    let records = json!([lead(json!("One")), lead(Value::Null)]);
    let reply = client.post("composite/sobjects", json!({ "records": records })).await;
    assert_eq!(reply.status, 200);
    let id = reply.body[0]["id"].as_str().unwrap();
    assert_eq!(
        reply.body[1],
        json!({ "success": false, "errors": [{ "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [LastName]", "fields": ["LastName"] }] })
    );
    let change = json!({ "attributes": { "type": "Lead" }, "id": id, "Rating": "Hot" });
    let wrong = json!({ "attributes": { "type": "Lead" }, "id": id, "Rating": "Hot", "No__c": 1 });
    let body = json!({ "allOrNone": true, "records": [change, wrong] });
    let reply = client.patch("composite/sobjects", body).await;
    assert_eq!(reply.body[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    let held = running.records("Lead").into_iter().find(|lead| lead["Id"] == id).unwrap();
    assert_eq!(held["Rating"], Value::Null);

    let upserts: Vec<Value> = ["a", "b", "a"]
        .map(|key| json!({ "attributes": { "type": "Lead" }, "Callboard_Id__c": key, "LastName": key, "Company": "C" }))
        .into();
    let reply = client
        .patch("composite/sobjects/Lead/Callboard_Id__c", json!({ "records": upserts }))
        .await;
    let created: Vec<&Value> = (0..3).map(|place| &reply.body[place]["created"]).collect();
    assert_eq!(created, [&json!(true), &json!(true), &json!(false)]);

    let path = format!("composite/sobjects?ids={id},00Q000000000000AAA&allOrNone=false");
    let gone = client.try_send("DELETE", &path, None).await.unwrap().body;
    assert_eq!((&gone[0]["success"], &gone[1]["success"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn a_tree_is_planted_whole_or_not_at_all() {
    let (running, client) = start(Options::default()).await;
    let tree = |last: Value| {
        json!({ "records": [{
            "attributes": { "type": "Account", "referenceId": "a" }, "Name": "Ortiz Household",
            "Contacts": { "records": [
                { "attributes": { "type": "Contact", "referenceId": "c" }, "LastName": last },
            ] },
        }] })
    };
    let refused = client.post("composite/tree/Account", tree(Value::Null)).await;
    assert_eq!((refused.status, &refused.body["hasErrors"]), (400, &json!(true)));
    assert_eq!(refused.body["results"][0]["referenceId"], "c");
    let made = client.post("composite/tree/Account", tree(json!("Ortiz"))).await;
    assert_eq!((made.status, &made.body["hasErrors"]), (201, &json!(false)));
    let contacts = running.records("Contact");
    let ortiz: Vec<_> = contacts.iter().filter(|contact| contact["LastName"] == "Ortiz").collect();
    assert_eq!(ortiz.len(), 1);
    assert_eq!(ortiz[0]["AccountId"], made.body["results"][0]["id"]);
}

#[tokio::test]
async fn each_part_of_a_batch_counts() {
    let (running, client) = start(Options::default()).await;
    let body = json!({ "haltOnError": true, "batchRequests": [
        { "method": "GET", "url": "v66.0/limits" },
        { "method": "GET", "url": "v66.0/sobjects/Nothing" },
        { "method": "GET", "url": "v66.0/limits" },
    ] });
    let reply = client.post("composite/batch", body).await.body;
    let statuses: Vec<&Value> =
        (0..3).map(|place| &reply["results"][place]["statusCode"]).collect();
    assert_eq!(statuses, [&json!(200), &json!(404), &json!(412)]);
    assert_eq!(running.api_calls(), 2);
}
