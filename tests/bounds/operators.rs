//! What operators may have at once.

use callboard::{
    store::{Commit, Journal, TokenRow},
    wire::{OperatorRole, TokenSummary},
};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::counted;
use crate::support::{
    stage::{ADA, ANN, BOB, Stage},
    until,
};

async fn status(stage: &Stage, token: &str) -> StatusCode {
    let get = stage.http.get(format!("{}/v1/status", stage.url())).bearer_auth(token);
    get.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_asks_for_too_much_at_once_keeps_nobody_out() {
    let stage = Stage::set().await;
    let mut begun = Vec::new();
    for _ in 0..128 {
        let mut stream = TcpStream::connect(stage.hub.as_ref().unwrap().address()).await.unwrap();
        let head = format!(
            "POST /v1/calls/vapi:a/actions HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {ANN}\r\n\
             content-length: 10\r\n\r\n{{"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        begun.push(stream);
    }
    until("Ann has all her share", async || {
        (status(&stage, ANN).await == StatusCode::TOO_MANY_REQUESTS).then_some(())
    })
    .await;
    until("they are counted", async || {
        // Other hubs of this process may be measured at the same moment.
        (counted(&stage, "callboard_requests_under_way").await >= 128.0).then_some(())
    })
    .await;
    assert!(counted(&stage, "callboard_refusals_total{error=\"too_many\"}").await >= 1.0);
    assert_eq!(status(&stage, BOB).await, StatusCode::OK);
    drop(begun);
    until("Ann is heard again", async || {
        (status(&stage, ANN).await == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_more_than_64_kib_is_refused() {
    let stage = Stage::set().await;
    let body = |bytes: usize| json!({"do": "route", "to": "x".repeat(bytes)});
    let before = counted(&stage, "callboard_refusals_total{error=\"too_large\"}").await;
    assert_ne!(stage.order(ANN, "a", body(60_000)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(stage.order(ANN, "a", body(70_000)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(counted(&stage, "callboard_refusals_total{error=\"too_large\"}").await > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_tokens_are_good_at_once() {
    let mut stage = Stage::set().await;
    stage.stop_hub().await;
    let journal = Journal::open(stage.folder.path()).await.unwrap();
    let row = |n: u32| TokenRow {
        hash: Sha256::digest(n.to_string()).into(),
        summary: TokenSummary {
            name: format!("token {n}").as_str().into(),
            role: OperatorRole::Viewer,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: "Ada".into(),
            expires_at: None,
            revoked_at: None,
        },
    };
    let tokens = (0..999).map(row).collect();
    journal.commit(&Commit { tokens, ..Commit::default() }).await.unwrap();
    journal.close().await;
    stage.start_hub().await;
    let add = |name: &str| {
        let sha256 = hex::encode(Sha256::digest(name));
        json!({"name": name, "role": "viewer", "sha256": sha256})
    };
    assert_eq!(stage.act(ADA, "/v1/admin/tokens", add("last")).await.0, StatusCode::OK);
    let (status, said) = stage.act(ADA, "/v1/admin/tokens", add("one more")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    assert!(said["message"].as_str().unwrap().contains("1000 good tokens"), "{said}");
}
