//! What an admin does: fields, permissions, forms, flows.

use std::time::Duration;

use callboard::sandbox::org::{Fault, FaultKind, Options, Running};
use serde_json::{Value, json};

use super::{http, start};

#[tokio::test]
async fn a_field_shows_once_a_permission_set_shows_it() {
    let (running, client) = start(Options { bare: true, ..Options::default() }).await;
    let lead = json!({ "LastName": "A", "Company": "B", "Urgency_Level__c": 4 });
    assert_eq!(
        client.post("sobjects/Lead", lead.clone()).await.body[0]["errorCode"],
        "INVALID_FIELD"
    );
    let field = json!({ "FullName": "Lead.Urgency_Level__c",
        "Metadata": { "label": "Urgency Level", "type": "Number", "precision": 1, "scale": 0 } });
    let made = client.post("tooling/sobjects/CustomField", field.clone()).await;
    assert_eq!((made.status, &made.body["success"]), (201, &json!(true)));
    assert!(made.body["id"].as_str().unwrap().starts_with("00N"));
    let again = client.post("tooling/sobjects/CustomField", field).await;
    assert_eq!(again.body[0]["errorCode"], "DUPLICATE_DEVELOPER_NAME");
    assert_eq!(
        client.post("sobjects/Lead", lead.clone()).await.body[0]["errorCode"],
        "INVALID_FIELD",
        "no permission yet"
    );

    let user = running
        .records("User")
        .into_iter()
        .find(|u| u["Username"] == running.username.as_str())
        .unwrap();
    let set =
        client.create("PermissionSet", json!({ "Name": "Callboard", "Label": "Callboard" })).await;
    let permission = json!({ "ParentId": set, "SobjectType": "Lead", "Field": "Lead.Urgency_Level__c",
                             "PermissionsRead": true, "PermissionsEdit": false });
    let permission = client.create("FieldPermissions", permission).await;
    client
        .create(
            "PermissionSetAssignment",
            json!({ "PermissionSetId": set, "AssigneeId": user["Id"] }),
        )
        .await;
    let refused = client.post("sobjects/Lead", lead.clone()).await;
    assert_eq!(refused.body[0]["errorCode"], "INVALID_FIELD_FOR_INSERT_UPDATE", "to be read only");
    let path = format!("sobjects/FieldPermissions/{permission}");
    client.patch(&path, json!({ "PermissionsEdit": true })).await;
    assert_eq!(client.post("sobjects/Lead", lead.clone()).await.status, 201);
    assert_eq!(client.try_send("DELETE", &path, None).await.unwrap().status, 204);
    assert_eq!(client.post("sobjects/Lead", lead).await.body[0]["errorCode"], "INVALID_FIELD");
    let known = client.get("tooling/query?q=SELECT+Id,DeveloperName+FROM+CustomField").await.body;
    assert_eq!(known["records"][0]["DeveloperName"], "Urgency_Level");
}

#[tokio::test]
async fn metadata_that_lacks_something_is_refused() {
    let (_running, client) = start(Options { bare: true, ..Options::default() }).await;
    for (name, metadata) in [
        ("Lead.A__c", json!({ "label": "A", "type": "Text" })),
        ("Lead.A__c", json!({ "label": "A", "type": "LongTextArea", "length": 32768 })),
        ("Lead.A__c", json!({ "label": "A", "type": "Checkbox" })),
        ("Lead.A__c", json!({ "label": "A", "type": "Picklist" })),
        ("Lead.A__c", json!({ "type": "Date" })),
        ("Lead.A", json!({ "label": "A", "type": "Date" })),
        ("Task.A__c", json!({ "label": "A", "type": "Date" })),
        ("Lead.A__c", json!({ "label": "A" })),
        ("Lead.A__c", json!({ "label": "A", "type": "Text", "length": 256 })),
        (
            "Lead.A__c",
            json!({ "label": "A", "type": "LongTextArea", "length": 100, "visibleLines": 3 }),
        ),
        (
            "Lead.A__c",
            json!({ "label": "A", "type": "LongTextArea", "length": 32768, "visibleLines": 1 }),
        ),
        ("Lead.A__c", json!({ "label": "A", "type": "Number", "precision": 19, "scale": 0 })),
        ("Lead.A__c", json!({ "label": "A", "type": "Number", "precision": 2, "scale": 3 })),
        ("Lead.A__c", json!({ "label": "A", "type": "Date", "unique": true })),
        ("Lead.A__c", json!({ "label": "x".repeat(41), "type": "Date" })),
        ("Lead.1A__c", json!({ "label": "A", "type": "Date" })),
        ("Lead.A__B__c", json!({ "label": "A", "type": "Date" })),
        ("Lead.A___c", json!({ "label": "A", "type": "Date" })),
    ] {
        let body = json!({ "FullName": name, "Metadata": metadata });
        assert_eq!(
            client.post("tooling/sobjects/CustomField", body.clone()).await.status,
            400,
            "{body}"
        );
    }
    let activity =
        json!({ "FullName": "Activity.A__c", "Metadata": { "label": "A", "type": "Date" } });
    assert_eq!(client.post("tooling/sobjects/CustomField", activity).await.status, 201);
}

#[tokio::test]
async fn of_permissions_there_is_one_of_a_kind_and_a_hidden_field_is_nowhere() {
    let (running, client) = start(Options { bare: true, ..Options::default() }).await;
    let field = json!({ "FullName": "Lead.Secret__c",
        "Metadata": { "label": "Secret", "type": "Text", "length": 20 } });
    assert_eq!(client.post("tooling/sobjects/CustomField", field).await.status, 201);
    let fields = client.get("sobjects/Lead/describe").await.body["fields"].to_string();
    assert!(!fields.contains("Secret__c"), "not in describe");
    let asked = client.get("query?q=SELECT+Secret__c+FROM+Lead").await;
    assert_eq!((asked.status, &asked.body[0]["errorCode"]), (400, &json!("INVALID_FIELD")));
    let user = running.records("User").into_iter().next().unwrap()["Id"].clone();
    let twice = async |object: &str, row: Value, code: &str| {
        let made = client.create(object, row.clone()).await;
        let again = client.post(&format!("sobjects/{object}"), row).await;
        assert_eq!((again.status, &again.body[0]["errorCode"]), (400, &json!(code)), "{object}");
        made
    };
    let set = json!({ "Name": "Callboard", "Label": "Callboard" });
    let set = twice("PermissionSet", set, "DUPLICATE_DEVELOPER_NAME").await;
    let of = |read: bool, edit: bool| {
        json!({ "ParentId": set, "SobjectType": "Lead", "Field": "Lead.Secret__c",
                "PermissionsRead": read, "PermissionsEdit": edit })
    };
    let blind = client.post("sobjects/FieldPermissions", of(false, true)).await;
    assert_eq!(blind.body[0]["errorCode"], "FIELD_INTEGRITY_EXCEPTION", "edit needs read");
    twice("FieldPermissions", of(true, true), "DUPLICATE_VALUE").await;
    let lead = json!({ "LastName": "A", "Company": "B", "Secret__c": "x" });
    let refused = client.post("sobjects/Lead", lead.clone()).await;
    assert_eq!(refused.body[0]["errorCode"], "INVALID_FIELD", "nobody has the permission set");
    let assignment = json!({ "PermissionSetId": set, "AssigneeId": user });
    twice("PermissionSetAssignment", assignment, "DUPLICATE_VALUE").await;
    assert_eq!(client.post("sobjects/Lead", lead).await.status, 201);
    assert_eq!(client.get("query?q=SELECT+Secret__c+FROM+Lead").await.status, 200);
}

#[tokio::test]
async fn conditions_on_rows_and_describes_are_kept() {
    let (running, client) = start(Options::default()).await;
    let id = client.create("Lead", json!({ "LastName": "A", "Company": "B" })).await;
    let path = format!("sobjects/Lead/{id}");
    let ask = async |header: &'static str, value: &str, method: &str, path: &str| {
        let client = super::Client::sign_in(&running).await.with(header, value);
        let body = (method == "PATCH").then(|| json!({ "City": "Bexley" }));
        client.try_send(method, path, body).await.unwrap().status
    };
    let (past, future) = ("Sat, 01 Jan 2022 00:00:00 GMT", "Sat, 01 Jan 2050 00:00:00 GMT");
    assert_eq!(ask("If-Modified-Since", future, "GET", &path).await, 304);
    assert_eq!(ask("If-Modified-Since", past, "GET", &path).await, 200);
    assert_eq!(ask("If-Unmodified-Since", past, "PATCH", &path).await, 412);
    assert_eq!(ask("If-Unmodified-Since", future, "PATCH", &path).await, 204);
    assert_eq!(ask("If-Modified-Since", "yesterday", "GET", &path).await, 400);
    assert_eq!(ask("If-Modified-Since", future, "GET", "sobjects/Lead/describe").await, 304);
}

async fn web_lead(running: &Running, fields: &[(&str, &str)]) -> u16 {
    let url = format!("{}/servlet/servlet.WebToLead?encoding=UTF-8", running.base_url);
    http().post(url).form(fields).send().await.unwrap().status().as_u16()
}

async fn state(running: &Running) -> Value {
    http()
        .get(format!("{}/web-to-lead", running.admin_url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_web_lead_always_looks_accepted() {
    let (running, client) = start(Options::default()).await;
    let org = state(&running).await["org_id"].as_str().unwrap().to_owned();
    let q = "tooling/query?q=SELECT+Id+FROM+CustomField+WHERE+DeveloperName='Service_Interest'+AND+TableEnumOrId='Lead'";
    let field = client.get(q).await.body["records"][0]["Id"].as_str().unwrap().to_owned();
    let before = running.records("Lead").len();
    let fields = [
        ("oid", org.as_str()),
        ("last_name", "Form"),
        ("company", "F"),
        ("lead_source", "Web"),
        (&field[..15], "HVAC"),
    ];
    assert_eq!(web_lead(&running, &fields).await, 200);
    let lead = running.records("Lead").into_iter().find(|lead| lead["LastName"] == "Form").unwrap();
    assert_eq!(lead["Service_Interest__c"], "HVAC");
    assert_eq!(web_lead(&running, &[("oid", &org), ("company", "F")]).await, 200);
    assert!(
        state(&running).await["mail"][0]
            .as_str()
            .unwrap()
            .contains("Required fields are missing: [LastName]")
    );
    assert_eq!(
        web_lead(&running, &[("oid", "00D000000000000"), ("last_name", "X"), ("company", "F")])
            .await,
        200
    );
    running.set_fault(Fault::new(FaultKind::CaptchaRequired));
    assert_eq!(web_lead(&running, &fields).await, 200);
    assert_eq!(running.records("Lead").len(), before + 1);
    assert_eq!(running.api_calls(), 1, "a form is no API call");
}

#[tokio::test]
async fn web_leads_above_the_cap_wait_for_tomorrow() {
    let (running, client) = start(Options::default()).await;
    let org = state(&running).await["org_id"].as_str().unwrap().to_owned();
    for _ in 0..502 {
        web_lead(&running, &[("oid", &org), ("last_name", "Cap"), ("company", "C")]).await;
    }
    assert_eq!(state(&running).await["waiting"], 2);
    running.advance(Duration::from_secs(86_401));
    let client = {
        drop(client);
        super::Client::sign_in(&running).await
    };
    assert_eq!(client.get("limits").await.status, 200);
    assert_eq!(state(&running).await["waiting"], 0);
}

#[tokio::test]
async fn flows_and_apex_save_what_they_are_given() {
    let (running, client) = start(Options::default()).await;
    let path = "actions/custom/flow/Create_Lead";
    assert_eq!(client.get(path).await.body["inputs"][1]["name"], "lastName");
    let ran =
        client.post(path, json!({ "inputs": [{ "lastName": "Flow", "company": "F" }] })).await;
    assert_eq!((ran.status, &ran.body[0]["isSuccess"]), (200, &json!(true)));
    assert_eq!(ran.body[0]["outputValues"]["Flow__InterviewStatus"], "Finished");
    let failed = client.post(path, json!({ "inputs": [{ "company": "F" }] })).await;
    assert_eq!((failed.status, &failed.body[0]["isSuccess"]), (400, &json!(false)));
    assert_eq!(failed.body[0]["errors"][0]["statusCode"], "CANNOT_EXECUTE_FLOW_TRIGGER");
    let made = client
        .post("/services/apexrest/leads", json!({ "LastName": "Apex", "Company": "A" }))
        .await;
    assert_eq!(made.status, 200);
    assert!(running.records("Lead").iter().any(|lead| lead["Id"] == made.body["id"]));
    let broken = client.post("/services/apexrest/leads", json!({ "Company": "A" })).await;
    assert_eq!((broken.status, &broken.body[0]["errorCode"]), (500, &json!("APEX_ERROR")));
}
