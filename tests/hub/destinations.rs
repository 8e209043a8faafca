//! Several destinations: which calls go where, what a form never tells, and that one that is shut
//! holds up nobody else.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use callboard::{
    call::Region,
    intake::{self, Request, Sources},
    plan::{Destination, DestinationKind},
    sandbox::org::{Fault, FaultKind},
    secret::SecretRef,
    wire::{self, WriteState, WriteSummary},
};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    stage::{ADA, ANN, SECRET, Stage},
    until, vapi,
};

const START: i64 = 1_776_162_227;

/// Vapi for the connected org, and HoverBot.
fn sources() -> Sources {
    let of = |kind: &str| intake::Settings {
        kind: kind.to_owned(),
        secrets: vec![SecretRef::given(SECRET)],
        ..intake::Settings::default()
    };
    let settings = ["vapi", "hoverbot"].map(|kind| (kind.to_owned(), of(kind)));
    Sources::build(&BTreeMap::from(settings), &Region::default()).unwrap()
}

/// A hub whose chats go to this destination.
/// The same, without a login to any org.
async fn set_without_login() -> Stage {
    let mut stage = Stage::set_as(|options| {
        options.sources = sources();
        options.salesforce = None;
    })
    .await;
    let url = format!("{}/web-to-lead", stage.org.admin_url);
    let state = stage.http.get(url).send().await.unwrap().text().await.unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    stage.plan.destinations = vec![Destination {
        name: "chats".to_owned(),
        sources: vec!["hoverbot".to_owned()],
        url: format!("{}/servlet/servlet.WebToLead?encoding=UTF-8", stage.org.base_url),
        org_id: state["org_id"].as_str().unwrap().to_owned(),
        ..Destination::default()
    }];
    stage.plan.check().unwrap();
    stage.stop_hub().await;
    stage.start_hub().await;
    stage
}

pub(crate) async fn set(change: impl FnOnce(&mut Destination)) -> Stage {
    let mut stage = Stage::set_as(|options| options.sources = sources()).await;
    let mut destination = Destination {
        name: "chats".to_owned(),
        sources: vec!["hoverbot".to_owned()],
        url: format!("{}/servlet/servlet.WebToLead?encoding=UTF-8", stage.org.base_url),
        ..Destination::default()
    };
    change(&mut destination);
    stage.plan.destinations = vec![destination];
    stage.plan.check().unwrap();
    stage.stop_hub().await;
    stage.start_hub().await;
    stage
}

pub(crate) async fn chat(stage: &Stage, n: u32, email: &str) {
    let lead = json!({
        "email": email, "firstName": "Marcus", "lastName": "Bell", "qualificationScore": 82,
        "intent": "book_estimate", "source": "website-chat",
        "conversationUrl": format!("https://app.hoverbot.ai/conversations/conv_{n}"),
    });
    let body = json!({
        "event": "lead.qualified", "timestamp": "2026-04-14T15:00:00.000Z", "lead": lead,
    })
    .to_string();
    let (sources, headers) = (sources(), HeaderMap::new());
    let request = Request {
        method: &Method::POST,
        path: "/hooks/hoverbot",
        query: "",
        headers: &headers,
        body: body.as_bytes(),
        now: Timestamp::now(),
    };
    let signature: HeaderMap =
        sources.get("hoverbot").unwrap().sign(&request).into_iter().collect();
    let url = format!("{}/hooks/hoverbot", stage.url());
    let post = stage.http.post(url).header("content-type", "application/json").headers(signature);
    assert!(post.body(body).send().await.unwrap().status().is_success());
}

pub(crate) fn leads(stage: &Stage, email: &str) -> usize {
    stage.org.records("Lead").iter().filter(|lead| lead["Email"] == email).count()
}

/// The writes to the destination, in the order of their calls.
pub(crate) async fn sent(stage: &Stage) -> Vec<WriteSummary> {
    let mut writes = stage.writes().await;
    writes.retain(|write| write.sobject.as_str() == "chats");
    writes.sort_by_key(|write| write.created_at);
    writes
}

/// Waits for the nth of them to be like this.
pub(crate) async fn nth(
    stage: &Stage,
    n: usize,
    fits: impl Fn(&WriteSummary) -> bool,
) -> WriteSummary {
    let what = format!("write {n} fits; there are {:#?}", sent(stage).await);
    until(&what, async || sent(stage).await.into_iter().nth(n).filter(&fits)).await
}

pub(crate) fn delivered(write: &WriteSummary) -> bool {
    write.state == WriteState::Delivered
}

/// A call to the connected org, which must flow.
pub(crate) async fn another_call_flows(stage: &Stage, name: &str) {
    let line = "I'd like a quote for a new furnace, please.";
    stage.tell([vapi::said(name, "user", line, START)]).await;
    stage.lead_with(name, |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_unconfirmed_never_doubled_and_never_over_the_days_number() {
    let mut stage = set(|to| (to.most_a_day, to.duplicate_minutes) = (Some(2), 60)).await;
    chat(&stage, 1, "a@example.com").await;
    let write = nth(&stage, 0, delivered).await;
    assert!(write.unconfirmed && write.record.is_none(), "{write:#?}");
    assert_eq!(leads(&stage, "a@example.com"), 1);
    // Who was there a moment ago is there already.
    chat(&stage, 2, "a@example.com").await;
    nth(&stage, 1, |write| write.state == WriteState::Superseded).await;
    chat(&stage, 3, "b@example.com").await;
    nth(&stage, 2, delivered).await;
    chat(&stage, 4, "c@example.com").await;
    let capped = |write: &WriteSummary| {
        let code = write.problem.as_ref().map(|problem| problem.code.as_str());
        write.state == WriteState::Held && code == Some("WEB_TO_LEAD_CAP")
    };
    nth(&stage, 3, capped).await;
    another_call_flows(&stage, "beside").await;
    // The count outlives the hub.
    stage.stop_hub().await;
    stage.start_hub().await;
    nth(&stage, 3, capped).await;
    let status = stage.status().await;
    assert_eq!(status.salesforce, wire::Destination::Open);
    assert!(matches!(status.destinations[0].link, wire::Destination::Broken { .. }), "{status:?}");
    let made = ["a", "b", "c"].map(|who| leads(&stage, &format!("{who}@example.com")));
    assert_eq!(made, [1, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_whose_answer_is_lost_ran_once() {
    let names = [("lastName", "LastName"), ("company", "Company"), ("email", "Email")];
    let key = [("callboardId", "Callboard_Id__c")];
    let stage = set(|to| {
        to.kind = DestinationKind::Flow;
        to.path = "Create_Lead".to_owned();
        let own = |(name, field): (&str, &str)| (name.to_owned(), field.to_owned());
        to.fields = names.into_iter().chain(key).map(own).collect();
    })
    .await;
    another_call_flows(&stage, "warm").await;
    stage.settled().await;
    stage.org.set_fault(Fault::new(FaultKind::DropAfterCommit).times(1));
    chat(&stage, 1, "a@example.com").await;
    let write = nth(&stage, 0, delivered).await;
    assert!(!write.unconfirmed && write.record.is_some(), "{write:#?}");
    assert_eq!(leads(&stage, "a@example.com"), 1);
    // What it refuses is told in its own words.
    let rule = FaultKind::Refuse {
        code: "FIELD_CUSTOM_VALIDATION_EXCEPTION".into(),
        message: Some("No chats on Sundays".into()),
        field: None,
    };
    stage.org.set_fault(Fault::new(rule).on("Lead"));
    chat(&stage, 2, "b@example.com").await;
    let write = nth(&stage, 1, |write| write.state == WriteState::Failed).await;
    let problem = write.problem.unwrap();
    assert_eq!(problem.code.as_str(), "CANNOT_EXECUTE_FLOW_TRIGGER");
    assert!(problem.message.as_str().contains("No chats on Sundays"), "{problem:?}");
    // Only new Leads can be sent there.
    let path = format!("/v1/calls/{}/actions", write.call);
    let (status, said) = stage.act(ANN, &path, json!({"do": "opportunity"})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_destination_is_paused_and_the_others_flow() {
    let mut stage = set(|_| ()).await;
    let pause = async |stage: &Stage, order: &str, name: &str| {
        let order = json!({"do": order, "destination": name});
        stage.act(ADA, "/v1/destination", order).await.0
    };
    assert_eq!(pause(&stage, "pause", "nowhere").await, StatusCode::NOT_FOUND);
    assert_eq!(pause(&stage, "pause", "chats").await, StatusCode::OK);
    chat(&stage, 1, "a@example.com").await;
    another_call_flows(&stage, "beside").await;
    stage.stop_hub().await;
    stage.start_hub().await;
    nth(&stage, 0, |write| write.state == WriteState::Held).await;
    assert_eq!(stage.status().await.destinations[0].link, wire::Destination::Paused);
    assert_eq!(leads(&stage, "a@example.com"), 0);
    // The other way round.
    assert_eq!(pause(&stage, "resume", "chats").await, StatusCode::OK);
    nth(&stage, 0, delivered).await;
    assert_eq!(pause(&stage, "pause", "salesforce").await, StatusCode::OK);
    let line = "I'd like a quote for a new furnace, please.";
    stage.tell([vapi::said("waits", "user", line, START)]).await;
    chat(&stage, 2, "b@example.com").await;
    nth(&stage, 1, delivered).await;
    assert_eq!(stage.lead("waits"), None);
    assert_eq!(pause(&stage, "resume", "salesforce").await, StatusCode::OK);
    stage.lead_with("waits", |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_need_no_login_and_are_counted_across_a_restart() {
    let mut stage = set_without_login().await;
    let before = stage.org.log().len();
    for (n, email) in (1..).zip(["a@example.com", "b@example.com"]) {
        chat(&stage, n, email).await;
        let write = nth(&stage, n as usize - 1, delivered).await;
        assert!(write.unconfirmed && write.record.is_none(), "{write:#?}");
        assert_eq!(leads(&stage, email), 1);
    }
    let log = stage.org.log();
    let posted = log[before..].iter().all(|served| served.target.starts_with("/servlet/"));
    assert!(posted && log.len() == before + 2, "nothing but forms: {log:#?}");
    // A call that no destination takes is recorded, and nothing is to be written.
    let line = "I'd like a quote for a new furnace, please.";
    stage.tell([vapi::said("elsewhere", "user", line, START)]).await;
    assert_eq!(stage.call("elsewhere").await.writes, []);
    for _ in 0..2 {
        let status = stage.status().await;
        assert_eq!(status.salesforce, wire::Destination::None);
        let to = &status.destinations[0];
        assert_eq!(to.link, wire::Destination::Open);
        assert_eq!(to.forms, Some(wire::FormsPosted { posted: 2, most: 500 }));
        stage.stop_hub().await;
        stage.start_hub().await;
    }
}
