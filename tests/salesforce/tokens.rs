//! Access tokens: one request for all, rotation kept before use, the right org, the right words.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, http::StatusCode, routing::post};
use callboard::{
    salesforce::{BoxError, Class, Fields, Flow, Options, Org, Settings, TokenStore, Trouble},
    sandbox::org::{self, Fault, FaultKind, Options as OrgOptions, Running},
    secret::SecretRef,
};
use futures_util::future::{BoxFuture, join_all};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{org_of, refreshing, settings_for, stand_in};

fn token_requests(running: &Running) -> usize {
    running.log().iter().filter(|served| served.target.contains("/oauth2/token")).count()
}

fn rotating() -> OrgOptions {
    OrgOptions { rotate_refresh_tokens: true, ..OrgOptions::default() }
}

async fn write(org: &Org, n: usize) -> Result<(), callboard::salesforce::Failure> {
    let mut fields = Fields::new();
    fields.insert("LastName".to_owned(), format!("Caller {n}").into());
    fields.insert("Company".to_owned(), "x".into());
    let id = format!("storm:{n}");
    org.upsert("Lead", "Callboard_Id__c", &id, &fields, Options::default()).await.map(|_| ())
}

#[tokio::test]
async fn two_hundred_writes_on_an_expired_rotating_token_make_one_refresh() {
    let running = org::start(rotating()).await.unwrap();
    let org = org_of(refreshing(&running));
    write(&org, 0).await.unwrap();
    assert_eq!(token_requests(&running), 1);
    running.set_fault(Fault::new(FaultKind::ExpireTokens));
    let writes = join_all((1..=200).map(|n| write(&org, n))).await;
    assert!(writes.iter().all(Result::is_ok), "{:?}", writes.iter().find(|write| write.is_err()));
    assert_eq!(token_requests(&running), 2);
    let leads = running.records("Lead");
    let ours = leads.iter().filter(|lead| lead["Company"] == "x").count();
    assert_eq!(ours, 201);
}

/// Counts, and remembers what it was told to keep.
#[derive(Default)]
struct Kept {
    token: Mutex<Option<String>>,
    fails: AtomicU32,
}

impl TokenStore for Kept {
    fn load<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<SecretString>, BoxError>> {
        let token = self.token.lock().unwrap().clone();
        Box::pin(async move { Ok(token.map(SecretString::from)) })
    }

    fn keep<'a>(
        &'a self,
        _: &'a str,
        token: &'a SecretString,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            if self.fails.load(Ordering::Relaxed) > 0 {
                return Err("the disk is full".into());
            }
            *self.token.lock().unwrap() = Some(token.expose_secret().to_owned());
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_rotated_token_survives_a_restart() {
    let running = org::start(rotating()).await.unwrap();
    let store = Arc::new(Kept::default());
    for n in 0..3 {
        // Each time a new process with the same config: the first token is long revoked.
        let org = Org::new(refreshing(&running), store.clone()).unwrap();
        write(&org, n).await.unwrap();
    }
    assert_ne!(store.token.lock().unwrap().as_deref(), Some(running.refresh_token.as_str()));
}

#[tokio::test]
async fn an_access_token_is_not_used_before_its_refresh_token_is_kept() {
    let running = org::start(rotating()).await.unwrap();
    let store = Arc::new(Kept::default());
    store.fails.store(1, Ordering::Relaxed);
    let org = Org::new(refreshing(&running), store.clone()).unwrap();
    let failure = write(&org, 0).await.unwrap_err();
    assert_eq!(failure.class, Class::OrgWide(Trouble::Config));
    assert!(failure.message.contains("the disk is full"), "{failure}");
    assert_eq!(running.api_calls(), 0);
}

/// A login host that refuses, after a while, with these words; how often it was asked.
async fn refusing(error: &str, description: &str) -> (Org, Arc<AtomicU32>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU32::new(0));
    let body = json!({ "error": error, "error_description": description });
    let counter = asked.clone();
    let token = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        let body = body.clone();
        async move {
            // Slow enough that everybody else waits by then.
            tokio::time::sleep(Duration::from_millis(50)).await;
            (StatusCode::BAD_REQUEST, Json(body))
        }
    };
    let router = Router::new().route("/services/oauth2/token", post(token));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (org_of(super::settings(&base)), asked)
}

#[tokio::test]
async fn a_revoked_login_is_asked_for_once_and_says_what_to_do() {
    let (org, asked) = refusing("invalid_grant", "expired access/refresh token").await;
    let writes = join_all((0..50).map(|n| write(&org, n))).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for failure in writes.into_iter().map(Result::unwrap_err) {
        assert_eq!(failure.class, Class::OrgWide(Trouble::Reauthorise));
        assert!(failure.advice().unwrap().contains("log in again"));
    }
    // Asked anew later, it tries anew.
    write(&org, 0).await.unwrap_err();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn token_errors_name_the_setting_to_change() {
    use Trouble::{Config, Reauthorise};
    let org_wide = Class::OrgWide;
    #[rustfmt::skip]
    let table = [
        ("invalid_grant", "expired access/refresh token", org_wide(Reauthorise), Some("refresh_token")),
        ("invalid_grant", "token request is already being processed", Class::Transient, None),
        ("invalid_grant", "authentication failure - Invalid Password", org_wide(Reauthorise), Some("log in again")),
        ("invalid_grant", "user hasn't approved this consumer", org_wide(Config), Some("pre-authorized")),
        ("invalid_grant", "user is not admin approved to access this app", org_wide(Config), Some("pre-authorized")),
        ("invalid_grant", "invalid assertion", org_wide(Config), Some("certificate")),
        ("invalid_grant", "audience is invalid", org_wide(Config), Some("login_url")),
        ("invalid_grant", "Audience validation failed", org_wide(Config), Some("login_url")),
        ("invalid_grant", "request not supported on this domain", org_wide(Config), Some("My Domain")),
        ("invalid_grant", "no client credentials user enabled", org_wide(Config), Some("Run As")),
        ("invalid_client_id", "client identifier invalid", org_wide(Config), Some("client_id")),
        ("invalid_client", "invalid client credentials", org_wide(Config), Some("client_secret")),
        ("unsupported_grant_type", "grant type not supported", org_wide(Config), Some("Enable the flow")),
        ("inactive_user", "user is inactive", org_wide(Config), Some("not active")),
        ("inactive_org", "org is inactive", org_wide(Config), Some("not active")),
        ("rate_limit_exceeded", "too many logins", Class::Transient, None),
    ];
    let tries = table.map(|(error, description, class, advice)| async move {
        let (org, _) = refusing(error, description).await;
        let failure = write(&org, 0).await.unwrap_err();
        assert_eq!(failure.class, class, "{error} {description}");
        match (failure.advice(), advice) {
            (Some(sentence), Some(part)) => assert!(sentence.contains(part), "{sentence}"),
            (sentence, part) => assert_eq!(sentence.as_deref(), part, "{error} {description}"),
        }
    });
    join_all(tries).await;
}

#[tokio::test]
async fn credentials_of_another_org_are_refused() {
    let running = org::start(OrgOptions::default()).await.unwrap();
    let elsewhere = "00D000000000099AAA".to_owned();
    let org = org_of(Settings { org_id: Some(elsewhere), ..settings_for(&running) });
    let failure = write(&org, 0).await.unwrap_err();
    assert_eq!(failure.code, "WRONG_ORG");
    assert!(failure.advice().unwrap().contains("org_id"));
    assert_eq!(running.api_calls(), 0);
    let id = org_of(settings_for(&running)).org_id().await.unwrap();
    let org = org_of(Settings { org_id: Some(id.to_string()), ..settings_for(&running) });
    write(&org, 0).await.unwrap();
}

#[tokio::test]
async fn the_jwt_flow_sends_a_signed_assertion_and_no_secret() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let form = Arc::new(Mutex::new(String::new()));
    let (seen, instance) = (form.clone(), base.clone());
    let token = move |body: String| {
        *seen.lock().unwrap() = body;
        // As some orgs answer this flow: without issued_at, scope and signature.
        std::future::ready(Json(json!({
            "access_token": "t",
            "instance_url": instance,
            "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
        })))
    };
    let router = Router::new().route("/services/oauth2/token", post(token));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let org = org_of(Settings {
        flow: Flow::Jwt,
        client_secret: None,
        username: Some("integration@example.com".to_owned()),
        private_key: Some(SecretRef::given(include_str!(
            "../fixtures/salesforce/jwt-test-key.pem"
        ))),
        ..super::settings(&base)
    });
    assert_eq!(org.org_id().await.unwrap().as_str(), "00D000000000001AAA");
    let form = form.lock().unwrap().clone();
    assert!(form.contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"));
    assert!(form.contains("&assertion=eyJ") && !form.contains("secret"), "{form}");
}

#[tokio::test]
async fn an_expired_session_is_renewed_without_anybody_noticing() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    write(&org, 0).await.unwrap();
    running.advance(Duration::from_secs(3 * 3600));
    write(&org, 1).await.unwrap();
    assert_eq!(token_requests(&running), 2);
}

#[test]
fn settings_that_cannot_work_are_refused_with_the_setting() {
    let good = super::settings("https://acme.my.salesforce.com");
    good.check().unwrap();
    let wrong = [
        (Settings { login_url: "acme".into(), ..good.clone() }, "login_url"),
        (Settings { login_url: "http://acme.my.salesforce.com".into(), ..good.clone() }, "https"),
        (
            Settings { login_url: "https://acme.lightning.force.com".into(), ..good.clone() },
            "My Domain",
        ),
        (
            Settings { login_url: "https://login.salesforce.com".into(), ..good.clone() },
            "My Domain",
        ),
        (Settings { client_id: String::new(), ..good.clone() }, "client_id"),
        (Settings { client_secret: None, ..good.clone() }, "client_secret"),
        (Settings { api_version: "66".into(), ..good.clone() }, "api_version"),
        (Settings { client_name: "a\nb".into(), ..good.clone() }, "client_name"),
        (Settings { flow: Flow::Jwt, ..good.clone() }, "private_key"),
    ];
    for (settings, part) in wrong {
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let secret = SecretRef::given("hunter2");
    let shown = format!("{:?}", Settings { client_secret: Some(secret), ..good });
    assert!(!shown.contains("hunter2"));
}
