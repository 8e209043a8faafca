//! What can be made to go wrong.

use callboard::sandbox::org::{Condition, Fault, FaultKind, Options, OutageStyle};
use serde_json::json;

use super::{http, start};

fn lead() -> serde_json::Value {
    json!({ "LastName": "A", "Company": "B" })
}

#[tokio::test]
async fn a_drop_after_commit_has_done_the_work() {
    let (running, client) = start(Options::default()).await;
    running.set_fault(Fault::new(FaultKind::DropAfterCommit).times(1));
    let path = "sobjects/Lead/Callboard_Id__c/dropped";
    assert!(client.get("limits").await.status == 200, "reading commits nothing");
    assert!(client.try_send("PATCH", path, Some(lead())).await.is_err());
    let again = client.patch(path, lead()).await;
    assert_eq!((again.status, &again.body["created"]), (200, &json!(false)));
}

#[tokio::test]
async fn an_outage_shows_in_three_ways() {
    let (running, client) = start(Options::default()).await;
    let set = |style| running.set_fault(Fault::new(FaultKind::Outage { style }).times(1));
    set(OutageStyle::Unavailable);
    let reply = client.get("limits").await;
    let expected = json!([{ "message": "Server unavailable", "errorCode": "SERVER_UNAVAILABLE" }]);
    assert_eq!((reply.status, reply.body), (503, expected));
    set(OutageStyle::Html);
    let reply = client.get("limits").await;
    assert_eq!((reply.status, reply.headers["content-type"].starts_with("text/html")), (503, true));
    set(OutageStyle::Drop);
    let before = running.records("Lead").len();
    assert!(client.try_send("POST", "sobjects/Lead", Some(lead())).await.is_err());
    assert_eq!(running.records("Lead").len(), before);
    assert_eq!(client.get("limits").await.status, 200);
}

#[tokio::test]
async fn locks_and_rules_strike_the_object_they_name() {
    let (running, client) = start(Options::default()).await;
    running.set_fault(Fault::new(FaultKind::Lock).on("Lead").times(1));
    assert_eq!(client.post("sobjects/Contact", json!({ "LastName": "C" })).await.status, 201);
    let locked = client.post("sobjects/Lead", lead()).await;
    assert_eq!((locked.status, &locked.body[0]["errorCode"]), (400, &json!("UNABLE_TO_LOCK_ROW")));
    assert_eq!(client.post("sobjects/Lead", lead()).await.status, 201);

    running.set_fault(Fault::new(FaultKind::ValidationRule {
        field: "Budget_Range__c".into(),
        when: Some(Condition::Above(50_000.0)),
        message: "Budgets above 50,000 need a manager.".into(),
    }));
    let mut fields = lead();
    fields["Budget_Range__c"] = json!(60000);
    let refused = client.post("sobjects/Lead", fields).await;
    assert_eq!(
        refused.body,
        json!([{ "message": "Budgets above 50,000 need a manager.",
                 "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Budget_Range__c"] }])
    );
    assert_eq!(client.post("sobjects/Lead", lead()).await.status, 201);
}

#[tokio::test]
async fn limits_are_403_and_say_which() {
    let (running, client) = start(Options { daily_limit: 2, ..Options::default() }).await;
    assert_eq!(
        client.get("limits").await.body["DailyApiRequests"],
        json!({ "Max": 2, "Remaining": 1 })
    );
    client.get("limits").await;
    let reply = client.get("limits").await;
    let expected = json!([{ "message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED" }]);
    assert_eq!((reply.status, reply.body), (403, expected));
    assert_eq!(reply.headers["sforce-limit-info"], "api-usage=2/2");
    assert_eq!(running.api_calls(), 2);
    running.set_fault(Fault::new(FaultKind::ConcurrentLimit).times(1));
    let reply = client.get("limits").await;
    assert!(reply.body[0]["message"].as_str().unwrap().contains("Concurrent"));
}

#[tokio::test]
async fn the_admin_door_sets_shows_and_clears() {
    let (running, client) = start(Options::default()).await;
    let url = format!("{}/faults", running.admin_url);
    let fault = json!({ "kind": "status", "status": 429, "retry_after": 7, "count": 1 });
    assert_eq!(http().post(&url).json(&fault).send().await.unwrap().status(), 201);
    let reply = client.get("limits").await;
    assert_eq!((reply.status, reply.headers["retry-after"].as_str()), (429, "7"));
    let wrong = http().post(&url).json(&json!({ "kind": "lokc" })).send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    running.set_fault(Fault::new(FaultKind::ExpireTokens));
    assert_eq!(client.get("limits").await.status, 401);
    assert_eq!(http().delete(&url).send().await.unwrap().status(), 204);
    let log = running.log();
    let statuses: Vec<Option<u16>> = log.iter().map(|served| served.status).collect();
    assert_eq!(statuses, [Some(200), Some(429), Some(401)]);
}
