//! Records by REST.

use callboard::sandbox::org::{self, Options};
use serde_json::{Value, json};

use super::start;

fn ada() -> Value {
    json!({ "LastName": "Lovelace", "Company": "Engines", "Status": "New" })
}

#[tokio::test]
async fn a_lead_is_created_read_changed_and_deleted() {
    let (_running, client) = start(Options::default()).await;
    let created = client.post("sobjects/Lead", ada()).await;
    let id = created.body["id"].as_str().unwrap().to_owned();
    assert_eq!(created.status, 201);
    assert_eq!(created.body, json!({ "id": id, "success": true, "errors": [] }));
    assert!(id.starts_with("00Q") && id.len() == 18);
    let path = format!("sobjects/Lead/{id}");
    assert_eq!(created.headers["location"], format!("/services/data/v66.0/{path}"));
    assert_eq!(created.headers["sforce-limit-info"], "api-usage=1/15000");

    let changed = client.patch(&path, json!({ "Urgency_Level__c": 5, "Rating": "Hot" })).await;
    assert_eq!((changed.status, changed.body), (204, Value::Null));
    let read = client.get(&format!("{path}?fields=Name,Urgency_Level__c,Rating")).await;
    let url = format!("/services/data/v66.0/{path}");
    assert_eq!(
        read.body,
        json!({ "attributes": { "type": "Lead", "url": url }, "Id": id, "Name": "Lovelace",
                "Urgency_Level__c": 5.0, "Rating": "Hot" })
    );
    assert_eq!(client.try_send("DELETE", &path, None).await.unwrap().status, 204);
    let gone = client.patch(&path, json!({ "Rating": "Hot" })).await;
    assert_eq!(gone.status, 404);
    assert_eq!(gone.body[0]["errorCode"], "ENTITY_IS_DELETED");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_salesforces_words() {
    let (running, client) = start(Options::default()).await;
    let before = running.records("Lead").len();
    let contact = running.records("Contact")[0]["Id"].as_str().unwrap().to_owned();
    let gone = running
        .records("User")
        .into_iter()
        .find(|user| user["IsActive"] == false)
        .map(|user| user["Id"].as_str().unwrap().to_owned())
        .unwrap();
    for (change, expected) in [
        (
            json!({ "Company": null }),
            json!([{ "message": "Required fields are missing: [Company]",
                     "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["Company"] }]),
        ),
        (
            json!({ "Nonsense__c": 1 }),
            json!([{ "message": "No such column 'Nonsense__c' on sobject of type Lead",
                     "errorCode": "INVALID_FIELD" }]),
        ),
        (
            json!({ "Service_Interest__c": "Gardening" }),
            json!([{ "message": "Service Interest: bad value for restricted picklist field: Gardening",
                     "errorCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                     "fields": ["Service_Interest__c"] }]),
        ),
        (
            json!({ "City": "x".repeat(41) }),
            json!([{ "message": format!("City: data value too large: {} (max length=40)", "x".repeat(41)),
                     "errorCode": "STRING_TOO_LONG", "fields": ["City"] }]),
        ),
        (
            json!({ "Email": "nobody" }),
            json!([{ "message": "Email: invalid email address: nobody",
                     "errorCode": "INVALID_EMAIL_ADDRESS", "fields": ["Email"] }]),
        ),
        (
            json!({ "Urgency_Level__c": 50 }),
            json!([{ "message": "Urgency Level: value outside of valid range on numeric field: 50",
                     "errorCode": "NUMBER_OUTSIDE_VALID_RANGE", "fields": ["Urgency_Level__c"] }]),
        ),
        (
            json!({ "OwnerId": contact }),
            json!([{ "message": format!("Owner ID: id value of incorrect type: {contact}"),
                     "errorCode": "MALFORMED_ID", "fields": ["OwnerId"] }]),
        ),
        (
            json!({ "OwnerId": gone }),
            json!([{ "message": format!("operation performed with inactive user [{gone}] as owner of lead"),
                     "errorCode": "INACTIVE_OWNER_OR_USER", "fields": [] }]),
        ),
        (
            json!({ "Name": "Ada" }),
            json!([{ "message": "Unable to create/update fields: Name. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
                     "errorCode": "INVALID_FIELD_FOR_INSERT_UPDATE", "fields": ["Name"] }]),
        ),
    ] {
        let mut fields = ada();
        fields.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let reply = client.post("sobjects/Lead", fields).await;
        assert_eq!((reply.status, reply.body), (400, expected));
    }
    assert_eq!(running.records("Lead").len(), before);
}

#[tokio::test]
async fn paths_that_lead_nowhere_say_so() {
    let (_running, client) = start(Options::default()).await;
    for (method, path, status, code) in [
        ("GET", "sobjects/Leed/00Q000000000001", 404, "NOT_FOUND"),
        ("GET", "sobjects/Lead/nonsense", 404, "NOT_FOUND"),
        ("GET", "sobjects/Lead/..%2FAccount%2F001xx", 404, "NOT_FOUND"),
        ("GET", "/services/data/v99.0/limits", 404, "NOT_FOUND"),
        ("GET", "/services/data/v30.0/limits", 410, "UNSUPPORTED_API_VERSION"),
        ("PUT", "sobjects/Lead", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "sobjects/Lead/NoField__c/1", 404, "NOT_FOUND"),
    ] {
        let reply = client.try_send(method, path, None).await.unwrap();
        assert_eq!((reply.status, &reply.body[0]["errorCode"]), (status, &json!(code)), "{path}");
    }
}

#[tokio::test]
async fn an_upsert_creates_once_and_then_changes() {
    let (running, client) = start(Options::default()).await;
    let path = "sobjects/Lead/Callboard_Id__c/vapi%2F1%20a";
    let first = client.patch(path, ada()).await;
    let id = first.body["id"].clone();
    assert_eq!(first.status, 201);
    assert_eq!(first.body, json!({ "id": id, "success": true, "errors": [], "created": true }));
    let second = client.patch(path, json!({ "Rating": "Hot" })).await;
    assert_eq!(second.status, 200);
    assert_eq!(second.body, json!({ "id": id, "success": true, "errors": [], "created": false }));
    let held: Vec<_> = running
        .records("Lead")
        .into_iter()
        .filter(|lead| lead["Callboard_Id__c"] == "vapi/1 a")
        .collect();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["Rating"], "Hot");

    let missing = client.patch("sobjects/Lead/Callboard_Id__c/none?updateOnly=true", ada()).await;
    assert_eq!(missing.status, 404);
    let old = "/services/data/v45.0/sobjects/Lead/Callboard_Id__c/vapi%2F1%20a";
    assert_eq!(client.patch(old, json!({})).await.status, 204);
    let named = client.patch(path, json!({ "Callboard_Id__c": "x" })).await;
    assert_eq!(named.body[0]["errorCode"], "INVALID_FIELD");
}

#[tokio::test]
async fn an_email_that_two_hold_answers_300() {
    let (_running, client) = start(Options::default()).await;
    let mut ids = Vec::new();
    for name in ["Ada", "Byron"] {
        let fields = json!({ "LastName": name, "Company": "E", "Email": "two@example.com" });
        ids.push(client.create("Lead", fields).await);
    }
    let reply =
        client.patch("sobjects/Lead/Email/two@example.com", json!({ "Rating": "Hot" })).await;
    let urls: Vec<String> =
        ids.iter().map(|id| format!("/services/data/v66.0/sobjects/Lead/{id}")).collect();
    assert_eq!((reply.status, reply.body), (300, json!(urls)));
}

#[tokio::test]
async fn a_unique_value_is_taken_once() {
    let (_running, client) = start(Options::default()).await;
    let fields = json!({ "LastName": "A", "Company": "B", "Callboard_Id__c": "one" });
    let first = client.create("Lead", fields.clone()).await;
    let second = client.post("sobjects/Lead", fields).await;
    let message = format!(
        "duplicate value found: Callboard_Id__c duplicates value on record with id: {first}"
    );
    assert_eq!(
        second.body,
        json!([{ "message": message, "errorCode": "DUPLICATE_VALUE", "fields": [] }])
    );
}

#[tokio::test]
async fn assignment_rules_run_unless_told_not_to() {
    let (running, client) = start(Options::default()).await;
    let owner = |id: &str| {
        let lead = running.records("Lead").into_iter().find(|lead| lead["Id"] == id).unwrap();
        lead["OwnerId"].as_str().unwrap().to_owned()
    };
    let sam = running.records("User").into_iter().find(|user| user["FirstName"] == "Sam").unwrap();
    let id = client.create("Lead", ada()).await;
    assert!(owner(&id).starts_with("00G"), "the rule's queue owns a new lead");
    let quiet = super::Client::sign_in(&running).await.with("Sforce-Auto-Assign", "FALSE");
    let path = format!("sobjects/Lead/{id}");
    quiet.patch(&path, json!({ "OwnerId": sam["Id"] })).await;
    assert_eq!(owner(&id), sam["Id"]);
    client.patch(&path, json!({ "Rating": "Hot" })).await;
    assert!(owner(&id).starts_with("00G"), "and takes it back on the next careless update");
}

#[tokio::test]
async fn a_converted_lead_is_read_only() {
    let (running, client) = start(Options::default()).await;
    let lead =
        running.records("Lead").into_iter().find(|lead| lead["IsConverted"] == true).unwrap();
    let path = format!("sobjects/Lead/{}", lead["Id"].as_str().unwrap());
    let reply = client.patch(&path, json!({ "Rating": "Hot" })).await;
    assert_eq!(
        reply.body,
        json!([{ "message": "cannot reference converted lead",
                 "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD", "fields": [] }])
    );
}

#[tokio::test]
async fn describe_tells_what_may_be_written() {
    let (_running, client) = start(Options::default()).await;
    let described = client.get("sobjects/Lead/describe").await.body;
    assert_eq!(described["keyPrefix"], "00Q");
    let fields = described["fields"].as_array().unwrap();
    let required: Vec<&str> = fields
        .iter()
        .filter(|f| {
            f["nillable"] == false
                && f["createable"] == true
                && f["defaultedOnCreate"] == false
                && f["type"] != "boolean"
        })
        .map(|f| f["name"].as_str().unwrap())
        .collect();
    assert_eq!(required, ["Company", "LastName"]);
    let ours = fields.iter().find(|f| f["name"] == "Callboard_Id__c").unwrap();
    assert_eq!((&ours["externalId"], &ours["unique"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn an_opportunity_takes_its_probability_and_contact_role() {
    let (running, client) = start(Options::default()).await;
    let contact = running.records("Contact")[0].clone();
    let id = client
        .create(
            "Opportunity",
            json!({ "Name": "HVAC Replacement - 123 Main St", "StageName": "Proposal",
                    "CloseDate": "2026-12-21", "Amount": 10000,
                    "AccountId": contact["AccountId"], "ContactId": contact["Id"] }),
        )
        .await;
    let held = running.records("Opportunity").into_iter().find(|o| o["Id"] == id).unwrap();
    assert_eq!((&held["Probability"], &held["Amount"]), (&json!(50.0), &json!(10000.0)));
    let roles = running.records("OpportunityContactRole");
    assert_eq!(roles.len(), 1);
    assert_eq!((&roles[0]["ContactId"], &roles[0]["IsPrimary"]), (&contact["Id"], &json!(true)));
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    let error = org::start(options).await.err().unwrap().to_string();
    assert!(error.contains("loopback"), "{error}");
}
