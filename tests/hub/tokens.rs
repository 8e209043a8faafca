//! Tokens that are made and revoked while the hub runs, and the log of who did what.

use callboard::{
    hub,
    wire::{FromHub, LogPage, OperatorRole, TokenSummary},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::stream::{attach_as, next};
use crate::support::{
    process::program,
    stage::{ANN, Stage},
    vapi,
};

/// The administrator's token.
const ADA: &str = "ada-token";
/// The token that is made.
const SAM: &str = "sam-token";

async fn stage() -> Stage {
    Stage::set_as(|options| {
        let ada = hub::Operator { name: "Ada".into(), role: OperatorRole::Admin };
        options.operators.add(ADA, ada);
    })
    .await
}

async fn post(stage: &Stage, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = stage.http.post(format!("{}{path}", stage.url())).bearer_auth(ADA);
    let answer = request.body(body.to_string()).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn status(stage: &Stage, token: &str) -> StatusCode {
    let request = stage.http.get(format!("{}/v1/status", stage.url())).bearer_auth(token);
    request.send().await.unwrap().status()
}

async fn log(stage: &Stage, query: &str) -> LogPage {
    let request = stage.http.get(format!("{}/v1/log{query}", stage.url())).bearer_auth(ANN);
    request.send().await.unwrap().json().await.unwrap()
}

fn sam(role: &str) -> Value {
    json!({"name": "Sam", "role": role, "sha256": hex::encode(Sha256::digest(SAM))})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_until_it_is_revoked_and_then_nowhere() {
    let mut stage = stage().await;
    assert_eq!(status(&stage, SAM).await, StatusCode::UNAUTHORIZED);
    let (made, token) = post(&stage, "/v1/admin/tokens", &sam("viewer")).await;
    assert_eq!(made, StatusCode::OK, "{token}");
    assert_eq!(post(&stage, "/v1/admin/tokens", &sam("viewer")).await.1, token, "a repetition");
    assert_eq!(post(&stage, "/v1/admin/tokens", &sam("admin")).await.0, StatusCode::CONFLICT);
    assert_eq!(status(&stage, SAM).await, StatusCode::OK);
    stage.stop_hub().await;
    stage.start_hub().await;
    assert_eq!(status(&stage, SAM).await, StatusCode::OK, "it outlives a restart");
    let mut socket = attach_as(&stage, SAM).await;
    assert!(matches!(next(&mut socket).await, FromHub::Hello(_)));

    let (revoked, _) = post(&stage, "/v1/admin/tokens/Sam/revoke", &json!(null)).await;
    assert_eq!(revoked, StatusCode::OK);
    assert_eq!(status(&stage, SAM).await, StatusCode::UNAUTHORIZED);
    // The console that was attached by it is sent away, and told not to come back.
    loop {
        match next(&mut socket).await {
            FromHub::Goodbye { retry, .. } => break assert!(!retry),
            FromHub::Snapshot { .. } | FromHub::Beat { .. } => {}
            other => panic!("unexpected {other:?}"),
        }
    }
    // A revoked token stays so, also under another name.
    let again = json!({"name": "Pam", "role": "viewer", "sha256": sam("viewer")["sha256"]});
    assert_eq!(post(&stage, "/v1/admin/tokens", &again).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let list = stage.http.get(format!("{}/v1/admin/tokens", stage.url())).bearer_auth(ADA);
    let list = list.send().await.unwrap().text().await.unwrap();
    assert!(!list.contains(SAM) && !list.contains(sam("viewer")["sha256"].as_str().unwrap()));
    let tokens: Vec<TokenSummary> = serde_json::from_str(&list).unwrap();
    assert!(tokens.len() == 1 && tokens[0].revoked_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_is_refused() {
    let stage = stage().await;
    for body in [
        json!({"name": "", "role": "viewer", "sha256": sam("viewer")["sha256"]}),
        json!({"name": "x".repeat(65), "role": "viewer", "sha256": sam("viewer")["sha256"]}),
        json!({"name": "Sam", "role": "viewer", "sha256": "00"}),
        json!({"name": "Sam", "role": "viewer", "sha256": sam("viewer")["sha256"],
            "expires_at": "2020-01-01T00:00:00Z"}),
    ] {
        let (status, answer) = post(&stage, "/v1/admin/tokens", &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    }
    let ann = json!({"name": "Ann", "role": "admin", "sha256": sam("viewer")["sha256"]});
    assert_eq!(post(&stage, "/v1/admin/tokens", &ann).await.0, StatusCode::CONFLICT);
    assert_eq!(post(&stage, "/v1/admin/tokens/Ann/revoke", &json!(null)).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_done_is_in_the_log_and_nothing_that_was_said() {
    let stage = stage().await;
    let line = "My basement is flooding, my name is Jane Roe";
    stage.tell([vapi::said("l1", "user", line, 1_776_178_800)]).await;
    let order = json!({"id": "a1", "do": "route"});
    assert!(stage.receipt(ANN, "l1", order.clone()).await.done);
    assert!(stage.receipt(ANN, "l1", order).await.done, "a repetition is not done twice");
    let name = json!({"do": "opportunity", "name": "Jane Roe, 1 Main St"});
    assert!(stage.receipt(ANN, "l1", name).await.done);
    post(&stage, "/v1/destination", &json!({"do": "pause"})).await;
    post(&stage, "/v1/admin/tokens", &sam("viewer")).await;

    let page = log(&stage, "").await;
    let told: Vec<(&str, &str)> =
        page.entries.iter().map(|it| (it.operator.as_str(), it.action.as_str())).collect();
    let expected = [
        ("Ada", "token.add"),
        ("Ada", "destination.pause"),
        ("Ann", "opportunity"),
        ("Ann", "route"),
    ];
    assert_eq!(told, expected);
    assert_eq!(page.before, None);
    assert!(!serde_json::to_string(&page).unwrap().contains("Jane"));

    let newest = log(&stage, "?limit=3").await;
    let oldest = log(&stage, &format!("?limit=3&before={}", newest.before.unwrap())).await;
    assert_eq!([newest.entries, oldest.entries].concat(), page.entries);
    assert_eq!(log(&stage, "?call=vapi:l1").await.entries.len(), 2);
}

#[test]
fn a_token_that_could_be_guessed_or_is_somebody_elses_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("callboard.toml");
    let operator = |name: &str| {
        format!("[[operators]]\nname = \"{name}\"\nrole = \"viewer\"\ntoken = \"env:{name}\"\n")
    };
    std::fs::write(&config, operator("VIC") + &operator("ADA")).unwrap();
    let refused = |vic: &str, ada: &str| {
        let mut hub = std::process::Command::new(program());
        hub.arg("--config").arg(&config).args(["hub", "--listen", "127.0.0.1:0", "--data-dir"]);
        hub.arg(folder.path().join("data")).env("VIC", vic).env("ADA", ada);
        let ended = hub.output().unwrap();
        assert!(!ended.status.success());
        String::from_utf8(ended.stderr).unwrap()
    };
    let long = "a token of 32 characters, as it is";
    assert!(refused(long, "short").contains("ADA has only 5 characters"));
    let said = refused(long, long);
    assert!(said.contains("ADA and VIC have the same token") && !said.contains(long), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_misspells_is_refused() {
    let stage = stage().await;
    let mut never_ends = sam("viewer");
    never_ends["expires"] = json!("2026-12-01T00:00:00Z");
    let (status, said) = post(&stage, "/v1/admin/tokens", &never_ends).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
    assert!(said["message"].as_str().unwrap().contains("expires_at"), "{said}");
    let (status, said) =
        post(&stage, "/v1/admin/forget", &json!({"number": "+12125550142", "realy": true})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
}
