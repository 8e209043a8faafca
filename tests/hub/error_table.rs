//! Salesforce's error table, walked row by row through a hub: what becomes of the write, and what
//! the operator reads of it.

use callboard::{
    sandbox::org::{Fault, FaultKind, Options},
    wire::{WriteState, WriteSummary},
};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    error_table::{NO_ADVICE, Row, TABLE},
    stage::{ADA, ANN, Stage},
    until, vapi,
};

const START: i64 = 1_776_178_800;

/// The write of a call that is not at its end.
async fn open(stage: &Stage, call: &str) -> Option<WriteSummary> {
    let writes = stage.call(call).await.writes.into_iter();
    writes.map(|write| write.summary).find(|write| !write.state.is_end())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_has_its_place_on_the_board_and_its_words() {
    let options = Options { daily_limit: 1_000_000, ..Options::default() };
    let stage = Stage::set_in(options, |_| {}).await;
    for (n, Row { row, status, code, message, state, advice, .. }) in TABLE.iter().enumerate() {
        let call = format!("row{n}");
        let line = "I'd like a quote for a new furnace, my name is Pat Ortiz";
        stage.tell([vapi::said(&call, "user", line, START)]).await;
        stage.lead_with(&call, |_| true).await;
        stage.settled().await;
        let told = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
        let (code, message) = (told(code), told(message));
        let answer = FaultKind::Status {
            status: *status,
            retry_after: None,
            code: code.clone(),
            message: message.clone(),
        };
        stage.org.set_fault(Fault::new(answer).on("Lead"));
        let more = "My budget is about nine thousand dollars";
        stage.tell([vapi::said(&call, "user", more, START + 5)]).await;
        let write = until(&format!("{row} shows"), async || {
            open(&stage, &call).await.filter(|write| write.problem.is_some())
        })
        .await;
        assert_eq!(write.state, *state, "{row}: {write:#?}");
        let problem = write.problem.unwrap();
        assert_eq!(problem.code.as_str(), code.unwrap_or(format!("HTTP_{status}")), "{row}");
        if let Some(message) = message {
            assert_eq!(problem.message.as_str(), message, "{row}");
        }
        let read = problem.advice.as_ref().map_or("", |advice| advice.as_str());
        assert!(
            read.contains(advice) && (*advice != NO_ADVICE || read.is_empty()),
            "{row}: {read}"
        );

        // It is over: what was held flows, what failed goes when somebody says so.
        stage.org.clear_faults();
        if write.state == WriteState::Held {
            let (status, said) = stage.act(ADA, "/v1/destination", json!({"do": "resume"})).await;
            assert_eq!(status, StatusCode::OK, "{said}");
        } else {
            let path = format!("/v1/writes/{}/actions", write.id);
            stage.act(ANN, &path, json!({"do": "retry"})).await;
        }
        stage.lead_with(&call, |lead| lead["Budget_Range__c"].as_f64() == Some(9_000.0)).await;
    }
}
