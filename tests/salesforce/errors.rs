//! Every answer of Salesforce's error table: its class, and what the operator reads.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
    routing::{any, post},
};
use callboard::salesforce::{Class, Failure, Fields, Options, Org, RecordId, Trouble};
use serde_json::{Value, json};

use super::{org_of, settings};
use crate::support::error_table::{NO_ADVICE, Row, TABLE};

/// What the told org answers: status, body, headers; and how often it was asked.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Answer>>);

/// Status, body, headers, times asked.
type Answer = (u16, String, Vec<(&'static str, String)>, u32);

/// An org that gives any token and answers everything else as told.
async fn told_org() -> (Org, Told) {
    let told = Told::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let token = json!({
        "access_token": "00D000000000001!AQ",
        "instance_url": base,
        "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
        "token_type": "Bearer",
    });
    let router = Router::new()
        .route("/services/oauth2/token", post(move || std::future::ready(Json(token))))
        .fallback(any(answer))
        .with_state(told.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (org_of(settings(&base)), told)
}

async fn answer(State(told): State<Told>) -> Response {
    let mut told = told.0.lock().unwrap();
    told.3 += 1;
    let mut response = told.1.clone().into_response();
    *response.status_mut() = StatusCode::from_u16(told.0).unwrap();
    for (name, value) in &told.2 {
        response.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    response
}

impl Told {
    fn to(&self, status: u16, body: &str) {
        *self.0.lock().unwrap() = (status, body.to_owned(), Vec::new(), 0);
    }

    fn asked(&self) -> u32 {
        self.0.lock().unwrap().3
    }
}

fn error(code: &str, message: &str) -> String {
    json!([{ "errorCode": code, "message": message, "fields": [] }]).to_string()
}

fn lead() -> RecordId {
    RecordId::of("Lead", "00Q000000000001AAA").unwrap()
}

fn fields() -> Fields {
    let mut fields = Fields::new();
    fields.insert("LastName".to_owned(), "Roe".into());
    fields
}

async fn update(org: &Org) -> Failure {
    org.update("Lead", &lead(), &fields(), Options::default()).await.unwrap_err()
}

#[tokio::test]
async fn each_error_has_its_class_and_its_sentence() {
    let (org, told) = told_org().await;
    for Row { row, status, code, message, class, advice, .. } in TABLE {
        told.to(*status, &if code.is_empty() { String::new() } else { error(code, message) });
        let failure = update(&org).await;
        let what = format!("{row}: {failure:?}");
        assert_eq!((failure.class, failure.status), (*class, *status), "{what}");
        if code.is_empty() {
            assert_eq!(failure.code, format!("HTTP_{status}"));
        } else {
            assert_eq!((failure.code.as_str(), failure.message.as_str()), (*code, *message));
        }
        match failure.advice() {
            Some(sentence) => {
                assert!(!advice.is_empty() && sentence.contains(advice), "{what}: {sentence}");
                assert!(sentence.ends_with('.'), "{sentence}");
            }
            None => assert_eq!(*advice, NO_ADVICE, "{what}"),
        }
        // What may have been carried out and must not be done twice is told apart.
        if status / 100 == 5 && *class == Class::Transient && *code != "UNABLE_TO_LOCK_ROW" {
            let created = org.create("Lead", &fields(), Options::default()).await;
            assert_eq!(created.unwrap_err().class, Class::Ambiguous, "{what}");
        }
    }
}

#[tokio::test]
async fn a_401_that_no_token_cures_is_not_asked_twice() {
    let (org, told) = told_org().await;
    for (message, times) in [
        ("This session is not valid for use with the REST API", 1),
        ("Connected app is not attached to Agent", 1),
        ("Session expired or invalid", 2),
    ] {
        told.to(401, &error("INVALID_SESSION_ID", message));
        update(&org).await;
        assert_eq!(told.asked(), times, "{message}");
    }
}

#[tokio::test]
async fn ugly_bodies_are_understood() {
    let (org, told) = told_org().await;
    let html = "<!DOCTYPE html><html><body>Down for maintenance</body></html>";
    for (status, body, code, message) in [
        (503, html, "HTTP_503", "Salesforce answered with a web page (HTTP 503)"),
        (500, "", "HTTP_500", "Salesforce answered HTTP 500 and nothing else"),
        (400, "nonsense", "HTTP_400", "Salesforce answered HTTP 400 and nothing readable"),
        (400, "[]", "HTTP_400", "Salesforce answered HTTP 400 and nothing readable"),
        (400, "[[1]]", "HTTP_400", "Salesforce answered HTTP 400 and nothing readable"),
        (400, r#"{"errorCode":"INVALID_FIELD","message":"bare"}"#, "INVALID_FIELD", "bare"),
        (302, "", "HTTP_302", "Salesforce answered HTTP 302 and nothing else"),
    ] {
        told.to(status, body);
        let failure = update(&org).await;
        assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, message));
    }
}

#[tokio::test]
async fn the_fields_and_records_an_error_names_are_kept() {
    let (org, told) = told_org().await;
    told.to(
        400,
        r#"[{"message":"Required fields are missing: [Company]","errorCode":"REQUIRED_FIELD_MISSING","fields":["Company"]}]"#,
    );
    let failure = update(&org).await;
    assert_eq!(failure.fields, ["Company"]);
    assert!(failure.advice().unwrap().contains("requires Company"));

    for key in ["duplicateResut", "duplicateResult"] {
        let record = json!({
            "attributes": { "type": "Lead", "url": "/services/data/v66.0/sobjects/Lead/x" },
            "Id": "00Q000000000002AAA",
        });
        let body: Value = json!([{
            key: { "allowSave": true, "matchResults": [{ "matchRecords": [{ "record": record }] }] },
            "errorCode": "DUPLICATES_DETECTED",
            "message": "Use one of these records?",
        }]);
        told.to(400, &body.to_string());
        let failure = update(&org).await;
        assert_eq!(failure.duplicates[0].id.as_str(), "00Q000000000002AAA", "{key}");
        assert_eq!(failure.duplicates[0].sobject, "Lead");
        assert!(failure.may_save_anyway);
        assert!(failure.advice().unwrap().contains("Lead 00Q000000000002AAA"));
    }

    told.to(300, r#"["/services/data/v66.0/sobjects/Lead/00Q000000000001AAA","/services/data/v66.0/sobjects/Lead/00Q000000000002AAA"]"#);
    let failure = update(&org).await;
    assert_eq!((failure.class, failure.duplicates.len()), (Class::Permanent, 2));
    assert!(failure.advice().unwrap().contains("external id"));
}

#[tokio::test]
async fn retry_after_and_the_allowance_are_read() {
    let (org, told) = told_org().await;
    *told.0.lock().unwrap() = (
        503,
        String::new(),
        vec![
            ("retry-after", "17".to_owned()),
            ("sforce-limit-info", "api-usage=18/5000".to_owned()),
        ],
        0,
    );
    assert_eq!(update(&org).await.retry_after, Some(Duration::from_secs(17)));
    let usage = org.usage().unwrap();
    assert_eq!((usage.used, usage.limit), (18, 5000));
    assert_eq!((org.calls(), org.meter().status()), (1, 503));
}

#[tokio::test]
async fn success_without_a_body_is_success() {
    let (org, told) = told_org().await;
    told.to(204, "");
    org.update("Lead", &lead(), &fields(), Options::default()).await.unwrap();
    let upserted = org.upsert("Lead", "X__c", "a/b", &fields(), Options::default()).await.unwrap();
    assert_eq!(upserted.id, None);
}

#[tokio::test]
async fn silence_is_ambiguous_only_where_repeating_could_harm() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let token = json!({
        "access_token": "t", "instance_url": base,
        "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
    });
    let router = Router::new()
        .route("/services/oauth2/token", post(move || std::future::ready(Json(token))))
        .fallback(any(std::future::pending::<()>));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let org = org_of(callboard::salesforce::Settings { timeout_seconds: 1, ..settings(&base) });
    let fields = fields();
    let (created, upserted) = tokio::join!(
        org.create("Lead", &fields, Options::default()),
        org.upsert("Lead", "X__c", "1", &fields, Options::default()),
    );
    let (created, upserted) = (created.unwrap_err(), upserted.unwrap_err());
    assert_eq!((created.class, created.code.as_str()), (Class::Ambiguous, "TIMEOUT"));
    assert_eq!((upserted.class, upserted.code.as_str()), (Class::Transient, "TIMEOUT"));

    // Nobody there at all: nothing was sent.
    server.abort();
    let _ = server.await;
    let fresh = org_of(settings(&base));
    let failure = fresh.create("Lead", &fields, Options::default()).await.unwrap_err();
    assert_eq!(failure.class, Class::OrgWide(Trouble::Unreachable), "{failure:?}");
}

#[tokio::test]
async fn names_and_values_cannot_leave_their_place() {
    let (org, told) = told_org().await;
    told.to(204, "");
    let none = Fields::new();
    for (sobject, field, value) in
        [("../Account", "X__c", "1"), ("Lead", "X__c/..", "1"), ("Lead", "X__c", "..")]
    {
        let failure = org.upsert(sobject, field, value, &none, Options::default()).await;
        assert_eq!(failure.unwrap_err().class, Class::Permanent);
    }
    assert_eq!(told.asked(), 0);
}

#[tokio::test]
async fn an_answer_without_end_is_read_no_further_than_it_makes_sense() {
    let (org, told) = told_org().await;
    told.to(200, &" ".repeat(16 * 1024 * 1024 - 64));
    let long = org.update("Lead", &lead(), &fields(), Options::default()).await;
    assert!(long.err().is_none_or(|failure| failure.code != "ANSWER_TOO_LONG"));
    told.to(200, &" ".repeat(16 * 1024 * 1024 + 64));
    let failure = update(&org).await;
    assert_eq!((failure.class, failure.code.as_str()), (Class::Permanent, "ANSWER_TOO_LONG"));
}
