//! What must hold for anything Salesforce, or whatever stands in its place, may answer. Shared by
//! the fuzz target and by the test that runs its seeds.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{any, post},
};
use callboard::{
    salesforce::{
        Class, Conversion, Failure, Fields, Gate, InMemory, Options, Org, RecordId, Settings,
        Upsert,
    },
    secret::SecretRef,
};
use serde_json::json;
use tokio::runtime::Runtime;

/// What is answered: status, headers, body.
type Answer = Arc<Mutex<(StatusCode, HeaderMap, Bytes)>>;

/// An org on a real socket that answers as it is told.
pub struct Told {
    runtime: Runtime,
    base: String,
    org: Org,
    answer: Answer,
    /// What `/services/oauth2/token` answers; a good token when none.
    token: Arc<Mutex<Option<(StatusCode, Bytes)>>>,
}

impl Told {
    /// Starts it.
    pub fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let answer = Answer::default();
        let token = Arc::default();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/services/oauth2/token", post(give_token))
            .with_state((base.clone(), Arc::clone(&token)))
            .fallback(any(told).with_state(Arc::clone(&answer)));
        runtime.spawn(async move { axum::serve(listener, router).await });
        let org = org(&base);
        Self { runtime, base, org, answer, token }
    }

    /// What is asked and the status in the first line, headers, an empty line, the body.
    pub fn ask(&self, input: &[u8]) {
        let Some(end) = input.windows(2).position(|pair| pair == b"\n\n") else { return };
        let (head, body) = (&input[..end], &input[end + 2..]);
        let Ok(head) = std::str::from_utf8(head) else { return };
        let mut lines = head.lines();
        let Some((asked, status)) = lines.next().and_then(|line| line.split_once(' ')) else {
            return;
        };
        let Some(status) = status.parse().ok().filter(|code| (200..600).contains(code)) else {
            return;
        };
        let status = StatusCode::from_u16(status).expect("a status");
        let body = Bytes::copy_from_slice(body);
        if asked == "token" {
            *self.token.lock().expect("no panic") = Some((status, body));
            // A token is asked for once and kept, so each answer meets somebody new.
            let outcome = self.runtime.block_on(org(&self.base).org_id());
            *self.token.lock().expect("no panic") = None;
            return check(status, outcome.map(|_| ()));
        }
        let headers = lines.filter_map(header).collect();
        *self.answer.lock().expect("no panic") = (status, headers, body);
        if let Some(outcome) = self.runtime.block_on(ask(&self.org, asked)) {
            check(status, outcome);
        }
    }
}

/// Headers that say how an answer is read, not how it is carried: those are hyper's.
fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let known = ["retry-after", "sforce-limit-info", "content-type", "date", "location"];
    let name = known.into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    Some((HeaderName::from_static(name), value.trim().parse().ok()?))
}

fn org(base: &str) -> Org {
    let settings = Settings {
        login_url: base.to_owned(),
        client_id: "key".to_owned(),
        client_secret: Some(SecretRef::given("secret")),
        timeout_seconds: 5,
        ..Settings::default()
    };
    Org::new(settings, Arc::new(InMemory::default())).expect("the settings above are right")
}

async fn told(State(answer): State<Answer>) -> Response {
    let (status, headers, body) = answer.lock().expect("no panic").clone();
    (status, headers, body).into_response()
}

type Token = Arc<Mutex<Option<(StatusCode, Bytes)>>>;

async fn give_token(State((base, token)): State<(String, Token)>) -> Response {
    if let Some(told) = token.lock().expect("no panic").clone() {
        return told.into_response();
    }
    Json(json!({
        "access_token": "00D000000000001!AQ",
        "instance_url": base,
        "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
        "token_type": "Bearer",
    }))
    .into_response()
}

/// Asks one of all questions the client knows; none for a word that names none.
async fn ask(org: &Org, asked: &str) -> Option<Result<(), Failure>> {
    let lead = RecordId::of("Lead", "00Q000000000001AAA")?;
    let mut fields = Fields::new();
    fields.insert("LastName".to_owned(), "Roe".into());
    let options = Options::default();
    let question = "SELECT Id FROM Lead";
    Some(match asked {
        "create" => org.create("Lead", &fields, options).await.map(drop),
        "update" => org.update("Lead", &lead, &fields, options).await,
        "upsert" => org.upsert("Lead", "Key__c", "a", &fields, options).await.map(drop),
        "get" => org.get("Lead", &lead, &["Id"]).await.map(drop),
        "query" => match org.query(question).await {
            Ok(page) => org.next_page(&page).await.map(drop),
            Err(failure) => Err(failure),
        },
        "describe" => org.describe("Lead").await.map(drop),
        "limits" => org.limits().await.map(drop),
        "queries" => org.queries(&[question, question]).await.map(drop),
        "if_none" => {
            let gate = Gate { soql: question, path: "records[0].Id", field: "Company" };
            let record =
                Upsert { sobject: "Lead", key: "Key__c", value: "a", fields: &fields, options };
            org.upsert_if_none(&[question], gate, record).await.map(drop)
        }
        "convert" => {
            let conversion = Conversion {
                lead,
                status: "Qualified".to_owned(),
                opportunity: "Roof".to_owned(),
                owner: None,
            };
            org.convert_lead(&conversion).await.map(drop)
        }
        "flow" => org.run_flow("A_Flow", fields).await.map(drop),
        "inputs" => org.flow_inputs("A_Flow").await.map(drop),
        "apex" => org.call_apex("calls", fields).await.map(drop),
        "field" => org.create_field("Lead.X__c", json!({})).await,
        _ => return None,
    })
}

/// It is understood, or there is a sentence; and no success where Salesforce says there is none.
fn check(status: StatusCode, outcome: Result<(), Failure>) {
    let Err(failure) = outcome else {
        return assert!(status.is_success(), "{status} taken for success");
    };
    assert!(!failure.to_string().is_empty() && failure.message.len() < 4_096);
    if let Some(advice) = failure.advice() {
        assert!(!advice.is_empty());
    }
    assert!(!(status.is_success() && failure.class == Class::Transient && failure.status >= 400));
}
