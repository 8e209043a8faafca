//! A network that is cut, on either side; a Salesforce that does not answer.

use std::time::Duration;

use callboard::{
    sandbox::org::{Fault, FaultKind},
    wire::WriteState,
};
use reqwest::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    stage::{ADA, SECRET, Stage},
    until, vapi,
};

const START: i64 = 1_776_178_800;

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_cut_off_is_none_and_one_whose_answer_is_lost_is_one() {
    let stage = Stage::set().await;
    let said = vapi::said("c", "user", "my basement is flooding", START);
    let body = said.to_string();
    let address = stage.url().replace("http://", "");
    let head = format!(
        "POST /hooks/vapi HTTP/1.1\r\nHost: {address}\r\nX-Vapi-Secret: {SECRET}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let send = async |body: &str| {
        let mut provider = TcpStream::connect(&address).await.unwrap();
        provider.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        provider
    };
    let mut cut = send(&body[..body.len() / 2]).await;
    cut.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = cut.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    assert!(stage.calls().await.is_empty());
    let provider = send(&body).await;
    until("the webhook is recorded", async || (!stage.calls().await.is_empty()).then_some(()))
        .await;
    // A provider that heard nothing says it again.
    drop(provider);
    assert_eq!(stage.post(&said).await, StatusCode::OK);
    assert_eq!(stage.call("c").await.lines.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_salesforce_that_does_not_answer_holds_nobody_up() {
    // The hub has more patience than any test.
    let mut stage = Stage::set_as(|options| {
        if let Some(org) = &mut options.salesforce {
            org.timeout_seconds = 600;
        }
    })
    .await;
    let before = stage.org.records("Lead").len();
    stage.org.set_fault(Fault::new(FaultKind::Latency { ms: 300_000, jitter_ms: 0 }));
    let calls: Vec<String> = (0..20).map(|number| format!("c{number}")).collect();
    for call in &calls {
        stage.tell([vapi::said(call, "user", "my basement is flooding", START)]).await;
    }
    assert_eq!(stage.calls().await.len(), calls.len(), "all of them are on the board");
    assert_eq!(stage.org.records("Lead").len(), before, "and none in Salesforce");
    stage.org.clear_faults();
    stage.stop_hub().await;
    stage.start_hub().await;
    until("all of them have arrived", async || {
        for write in stage.writes().await.iter().filter(|it| it.state == WriteState::Failed) {
            let path = format!("/v1/writes/{}/actions", write.id);
            stage.act(ADA, &path, json!({ "do": "retry" })).await;
        }
        stage.act(ADA, "/v1/destination", json!({ "do": "resume" })).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        calls.iter().all(|call| stage.lead(call).is_some()).then_some(())
    })
    .await;
    assert_eq!(stage.org.records("Lead").len(), before + calls.len());
}
