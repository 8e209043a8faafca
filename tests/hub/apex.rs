//! Calls that go to an Apex class of the org's own: its author decides what it answers and whether it
//! may be called twice, and nobody may take its silence for a yes or call it once too often.

use callboard::{
    plan::{Destination, DestinationKind},
    sandbox::org::{ApexStyle, Fault, FaultKind},
    wire::{WriteState, WriteSummary},
};
use reqwest::StatusCode;
use serde_json::json;

use super::destinations::{another_call_flows, chat, delivered, leads, nth, set};
use crate::support::stage::{ANN, Stage};

/// A class that takes these fields under their own names.
fn class(to: &mut Destination, path: &str, fields: &[&str]) {
    to.kind = DestinationKind::ApexRest;
    to.url.clear();
    to.path = path.to_owned();
    to.fields = fields.iter().map(|field| ((*field).to_owned(), (*field).to_owned())).collect();
}

const PLAIN: &[&str] = &["LastName", "Company", "Email"];
const KEYED: &[&str] = &["LastName", "Company", "Email", "Callboard_Id__c"];

fn failed(write: &WriteSummary) -> bool {
    write.state == WriteState::Failed
}

fn problem(write: &WriteSummary) -> (String, String, String) {
    let problem = write.problem.clone().unwrap();
    let advice = problem.advice.map(|advice| advice.to_string());
    (problem.code.to_string(), problem.message.to_string(), advice.unwrap_or_default())
}

async fn retry(stage: &Stage, write: &WriteSummary) {
    let path = format!("/v1/writes/{}/actions", write.id);
    let (status, said) = stage.act(ANN, &path, json!({"do": "retry"})).await;
    assert_eq!(status, StatusCode::OK, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_shape_its_success_has_it_is_delivered_once() {
    let stage = set(|to| class(to, "leads", PLAIN)).await;
    let styles = [
        (None, true),
        (Some(ApexStyle::Text), true),
        (Some(ApexStyle::Nested), true),
        (Some(ApexStyle::Empty), false),
        (Some(ApexStyle::Html), false),
    ];
    for (n, (style, tells)) in (0..).zip(styles) {
        stage.org.clear_faults();
        if let Some(style) = style {
            stage.org.set_fault(Fault::new(FaultKind::ApexAnswer { style }));
        }
        let email = format!("p{n}@example.com");
        chat(&stage, n, &email).await;
        let write = nth(&stage, n as usize, delivered).await;
        assert_eq!((write.record.is_some(), write.unconfirmed), (tells, false), "{style:?}");
        assert_eq!((leads(&stage, &email), write.attempts), (1, 1), "{style:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_in_its_words_and_can_be_tried_again() {
    let stage = set(|to| {
        class(to, "leads", PLAIN);
        to.duplicate_minutes = 60;
    })
    .await;
    // 200 and a no within.
    stage.org.set_fault(Fault::new(FaultKind::ApexAnswer { style: ApexStyle::SaysNo }));
    chat(&stage, 1, "a@example.com").await;
    let write = nth(&stage, 0, failed).await;
    let (code, message, advice) = problem(&write);
    assert_eq!(code, "APEX_REFUSED");
    assert!(message.contains("postal code") && advice.contains("refused"), "{message}: {advice}");
    // An exception nobody caught: what was saved is gone again, so nobody needs to look.
    stage.org.clear_faults();
    let rule = FaultKind::Refuse {
        code: "FIELD_CUSTOM_VALIDATION_EXCEPTION".into(),
        message: Some("No chats on Sundays".into()),
        field: None,
    };
    stage.org.set_fault(Fault::new(rule).on("Lead"));
    retry(&stage, &write).await;
    let threw = |write: &WriteSummary| failed(write) && problem(write).0 == "APEX_ERROR";
    let write = nth(&stage, 0, threw).await;
    let (_, message, advice) = problem(&write);
    assert!(message.contains("No chats on Sundays"), "{message}");
    assert!(advice.contains("saved nothing"), "{advice}");
    assert_eq!(leads(&stage, "a@example.com"), 0);
    // Its own tries are no earlier visit of the caller.
    stage.org.clear_faults();
    retry(&stage, &write).await;
    nth(&stage, 0, delivered).await;
    assert_eq!(leads(&stage, "a@example.com"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_nobody_may_call_holds_up_its_own_calls_only() {
    let stage = set(|to| class(to, "leads", PLAIN)).await;
    let forbidden = FaultKind::Status {
        status: 403,
        retry_after: None,
        code: Some("FORBIDDEN".into()),
        message: Some("You do not have access to the Apex class named: Leads".into()),
    };
    stage.org.set_fault(Fault::new(forbidden).on("leads"));
    chat(&stage, 1, "a@example.com").await;
    let held = |write: &WriteSummary| write.state == WriteState::Held && write.problem.is_some();
    let write = nth(&stage, 0, held).await;
    assert!(problem(&write).1.contains("Apex class named"), "{write:#?}");
    another_call_flows(&stage, "beside").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_settled_by_looking_by_asking_or_by_a_repetition() {
    let lost = || Fault::new(FaultKind::DropAfterCommit).on("leads").times(1);
    // Nothing there to recognise it by: a person looks.
    let stage = set(|to| class(to, "leads", PLAIN)).await;
    stage.org.set_fault(lost());
    chat(&stage, 1, "a@example.com").await;
    let write = nth(&stage, 0, failed).await;
    let (code, _, advice) = problem(&write);
    assert!(code == "MAYBE_SENT" && advice.contains("Look in Salesforce"), "{code}: {advice}");
    assert_eq!(leads(&stage, "a@example.com"), 1);
    // It keeps our external id: Salesforce is asked.
    let stage = set(|to| class(to, "leads", KEYED)).await;
    stage.org.set_fault(lost());
    chat(&stage, 1, "a@example.com").await;
    let write = nth(&stage, 0, delivered).await;
    assert!(write.record.is_some(), "{write:#?}");
    assert_eq!((leads(&stage, "a@example.com"), write.attempts), (1, 1));
    // It may be called twice, and its author says so.
    let stage = set(|to| {
        class(to, "leads/once", KEYED);
        to.repeatable = true;
    })
    .await;
    stage.org.set_fault(lost());
    chat(&stage, 1, "a@example.com").await;
    let write = nth(&stage, 0, delivered).await;
    assert!(write.record.is_some() && write.attempts == 2, "{write:#?}");
    assert_eq!(leads(&stage, "a@example.com"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_that_could_not_be_asked_for_is_asked_for_later_and_not_sent_again() {
    let stage = set(|to| class(to, "leads", KEYED)).await;
    stage.org.set_fault(Fault::new(FaultKind::DropAfterCommit).on("leads").times(1));
    let down = FaultKind::Status { status: 500, retry_after: None, code: None, message: None };
    stage.org.set_fault(Fault::new(down).on("query").times(1));
    chat(&stage, 1, "a@example.com").await;
    let open = |write: &WriteSummary| {
        write.state == WriteState::Retrying && problem(write).0 == "MAYBE_ARRIVED"
    };
    nth(&stage, 0, open).await;
    let write = nth(&stage, 0, delivered).await;
    assert!(write.record.is_some(), "{write:#?}");
    let log = stage.org.log();
    let calls = log.iter().filter(|served| served.target.ends_with("/apexrest/leads")).count();
    assert_eq!((calls, leads(&stage, "a@example.com")), (1, 1));
}
