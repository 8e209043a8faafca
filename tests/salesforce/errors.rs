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
    use Class::{Ambiguous, OrgWide, Permanent, Transient};
    use Trouble::{Config, Limit, Maintenance, Reauthorise, Unreachable};
    const NO_ADVICE: &str = "";
    #[rustfmt::skip]
    let table: &[(u16, &str, &str, Class, &str)] = &[
        (401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", OrgWide(Config), "Setup"),
        (401, "UNAUTHORIZED", "Connected app is not attached to Agent", OrgWide(Config), "Setup"),
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", OrgWide(Limit), "allowance is used up"),
        (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", Transient, NO_ADVICE),
        (403, "API_DISABLED_FOR_ORG", "API is not enabled", OrgWide(Config), "API Enabled"),
        (403, "API_CURRENTLY_DISABLED", "API is disabled", OrgWide(Config), "API Enabled"),
        (403, "FUNCTIONALITY_NOT_ENABLED", "no", OrgWide(Config), "Setup"),
        (403, "FORBIDDEN", "no", OrgWide(Config), "Setup"),
        (403, "TXN_SECURITY_NO_ACCESS", "no", OrgWide(Config), "Setup"),
        (403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", Permanent, "permission set"),
        (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "no", Permanent, "permission set"),
        (400, "INSUFFICIENT_ACCESS", "no", Permanent, "permission set"),
        (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", Transient, NO_ADVICE),
        (500, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", Transient, NO_ADVICE),
        (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: execution of BeforeUpdate", Permanent, "automation"),
        (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: UNABLE_TO_LOCK_ROW", Transient, "automation"),
        (400, "QUERY_TIMEOUT", "Your query request was running for too long.", Transient, NO_ADVICE),
        (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Company]", Permanent, "requires"),
        (400, "INVALID_FIELD", "No such column 'X__c' on sobject of type Lead", Permanent, "field-level security"),
        (400, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Name", Permanent, "field-level security"),
        (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone is required for Hot leads", Permanent, "validation rule"),
        (400, "FIELD_INTEGRITY_EXCEPTION", "Phone: bad value", Permanent, "refuses the value"),
        (400, "STRING_TOO_LONG", "Last Name: data value too large", Permanent, "longer than"),
        (400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: x", Permanent, "e-mail"),
        (400, "NUMBER_OUTSIDE_VALID_RANGE", "Urgency: value outside of valid range", Permanent, "digits"),
        (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field: Roofs", Permanent, "picklist"),
        (400, "INVALID_TYPE_ON_FIELD_IN_RECORD", "Urgency: value not of required type: x", Permanent, "another type"),
        (400, "JSON_PARSER_ERROR", "Cannot deserialize instance of double", Permanent, "another type"),
        (400, "MALFORMED_QUERY", "unexpected token: x", Permanent, "query"),
        (400, "MALFORMED_SEARCH", "no viable alternative", Permanent, "query"),
        (400, "INVALID_QUERY_FILTER_OPERATOR", "no", Permanent, "query"),
        (400, "MALFORMED_ID", "Lead ID: id value of incorrect type", Permanent, "names no record"),
        (400, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user", Permanent, "not active"),
        (400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", Permanent, "names no record"),
        (400, "CANNOT_EXECUTE_FLOW_TRIGGER", "We can't save this record", Permanent, "automation"),
        (400, "DUPLICATES_DETECTED", "Use one of these records?", Permanent, "duplicate rule"),
        (400, "DUPLICATE_VALUE", "duplicate value found: X__c duplicates value on record with id: 00Q000000000002", Permanent, "00Q000000000002 has this value"),
        (400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", Permanent, "Contact it became"),
        (400, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", OrgWide(Limit), "storage is full"),
        (400, "LIMIT_EXCEEDED", "limit exceeded", OrgWide(Limit), "allowance"),
        (404, "NOT_FOUND", "The requested resource does not exist", Permanent, "API version"),
        (404, "ENTITY_IS_DELETED", "entity is deleted", Permanent, "deleted"),
        (405, "METHOD_NOT_ALLOWED", "HTTP Method 'PUT' not allowed.", Permanent, "retry"),
        (410, "UNSUPPORTED_API_VERSION", "The requested API version is retired", OrgWide(Config), "Setup"),
        (409, "CONFLICT", "edited meanwhile", Permanent, "retry"),
        (414, "", "", Permanent, "retry"),
        (428, "PRECONDITION_REQUIRED", "no", Permanent, "retry"),
        (431, "", "", Permanent, "retry"),
        (412, "PRECONDITION_FAILED", "changed", Permanent, "retry"),
        (415, "UNSUPPORTED_MEDIA_TYPE", "no", Permanent, "retry"),
        (420, "", "", OrgWide(Unreachable), "login_url"),
        (429, "TOO_MANY", "slow down", Transient, NO_ADVICE),
        (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.", Transient, NO_ADVICE),
        (500, "APEX_ERROR", "System.NullPointerException", Transient, NO_ADVICE),
        (502, "", "", Transient, NO_ADVICE),
        (504, "", "", Transient, NO_ADVICE),
        (503, "", "", OrgWide(Maintenance), "status.salesforce.com"),
        (503, "SERVER_UNAVAILABLE", "We are down", OrgWide(Maintenance), "status.salesforce.com"),
        (503, "ORG_IN_MAINTENANCE", "We are down", OrgWide(Maintenance), "status.salesforce.com"),
        (503, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "read only", OrgWide(Maintenance), "status.salesforce.com"),
        (401, "INVALID_SESSION_ID", "Session expired or invalid", OrgWide(Reauthorise), "new login"),
    ];
    let (org, told) = told_org().await;
    for (status, code, message, class, advice) in table {
        told.to(*status, &if code.is_empty() { String::new() } else { error(code, message) });
        let failure = update(&org).await;
        let what = format!("{status} {code} {message}: {failure:?}");
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
        if status / 100 == 5 && *class == Transient && *code != "UNABLE_TO_LOCK_ROW" {
            let created = org.create("Lead", &fields(), Options::default()).await;
            assert_eq!(created.unwrap_err().class, Ambiguous, "{what}");
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
