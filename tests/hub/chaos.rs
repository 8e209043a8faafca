//! Everything goes wrong at once, again and again, and the hub is restarted in the middle of it: the
//! org ends with exactly the intended records, each once and up to date, whichever way they went: to its
//! records, by a flow, by a class; and no form is posted twice.
//!
//! A short run is part of every test run; `CALLBOARD_CHAOS_CALLS=800` makes it a long one, of more
//! than 3,000 writes.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use callboard::{
    hub::Operator,
    plan::{Destination, DestinationKind},
    salesforce::Flow,
    sandbox::org::{self, Fault, FaultKind},
    wire::{OperatorRole, WriteState},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::support::{stage::Stage, vapi};

const ROOT: &str = "root-token";
const START: i64 = 1_776_178_800;
const LINES: [&str; 4] = [
    "I'd like a quote for a new furnace, my name is Pat Ortiz",
    "My budget is about nine thousand dollars",
    "I own the house and need it by Friday",
    "Oh no, now a pipe burst and the basement is flooding!",
];

/// What goes wrong, each with its chance.
fn faults() -> Vec<Value> {
    vec![
        json!({ "kind": "drop_after_commit", "probability": 0.08 }),
        json!({ "kind": "status", "status": 500, "code": "UNKNOWN_EXCEPTION", "probability": 0.04 }),
        json!({ "kind": "status", "status": 502, "probability": 0.03 }),
        json!({ "kind": "status", "status": 429, "retry_after": 1, "probability": 0.03 }),
        json!({ "kind": "lock", "probability": 0.06 }),
        json!({ "kind": "concurrent_limit", "probability": 0.03 }),
        json!({ "kind": "daily_limit", "probability": 0.01 }),
        json!({ "kind": "outage", "style": "drop", "probability": 0.03 }),
        json!({ "kind": "outage", "style": "html", "probability": 0.01 }),
        json!({ "kind": "refuse", "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "probability": 0.03 }),
        json!({
            "kind": "token_error", "error": "invalid_grant",
            "description": "token request is already being processed", "probability": 0.1,
        }),
    ]
}

/// A hub with a rotating refresh token, and an administrator.
async fn set() -> Stage {
    let options = org::Options {
        rotate_refresh_tokens: true,
        daily_limit: 1_000_000,
        ..org::Options::default()
    };
    Stage::set_whole(
        options,
        |_| {},
        Box::new(|options| {
            if let Some(org) = &mut options.salesforce {
                org.flow = Flow::RefreshToken;
            }
            options
                .operators
                .add(ROOT, Operator { name: "Root".into(), role: OperatorRole::Admin });
        }),
    )
    .await
}

/// Posts until it is taken; the hub may be away.
async fn post(stage: &RwLock<Stage>, message: &Value) {
    loop {
        {
            let stage = stage.read().await;
            if stage.hub.is_some() && stage.post(message).await == StatusCode::OK {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// To the connected org: a customer of its, a new caller.
    Customer,
    Lead,
    /// A flow that keeps our external id, a class that may be called twice, a form.
    Flow,
    Apex,
    Form,
}

fn way(n: usize) -> Way {
    [Way::Customer, Way::Flow, Way::Lead, Way::Customer, Way::Apex, Way::Lead, Way::Form][n % 7]
}

/// The number of ours that was called.
fn line(way: Way) -> Option<&'static str> {
    match way {
        Way::Customer | Way::Lead => None,
        Way::Flow => Some("+16145550101"),
        Way::Apex => Some("+16145550102"),
        Way::Form => Some("+16145550103"),
    }
}

fn destinations(base_url: &str) -> Vec<Destination> {
    let of = |names: &[(&str, &str)]| {
        names.iter().map(|(name, field)| ((*name).to_owned(), (*field).to_owned())).collect()
    };
    let called = |way| line(way).into_iter().map(str::to_owned).collect();
    vec![
        Destination {
            name: "flow".to_owned(),
            kind: DestinationKind::Flow,
            called: called(Way::Flow),
            path: "Create_Lead".to_owned(),
            fields: of(&[
                ("lastName", "LastName"),
                ("company", "Company"),
                ("callboardId", "Callboard_Id__c"),
            ]),
            ..Destination::default()
        },
        Destination {
            name: "apex".to_owned(),
            kind: DestinationKind::ApexRest,
            called: called(Way::Apex),
            path: "leads/once".to_owned(),
            fields: of(&[
                ("LastName", "LastName"),
                ("Company", "Company"),
                ("Callboard_Id__c", "Callboard_Id__c"),
            ]),
            repeatable: true,
            ..Destination::default()
        },
        Destination {
            name: "form".to_owned(),
            called: called(Way::Form),
            url: format!("{base_url}/servlet/servlet.WebToLead?encoding=UTF-8"),
            most_a_day: Some(10_000),
            ..Destination::default()
        },
    ]
}

/// One caller.
async fn call(stage: &RwLock<Stage>, n: usize) {
    let name = format!("chaos{n}");
    let number = number(n);
    let from = |mut message: Value| {
        message["message"]["call"]["customer"]["number"] = json!(number);
        if let Some(line) = line(way(n)) {
            message["message"]["phoneNumber"] = json!({ "number": line });
        }
        message
    };
    post(stage, &from(vapi::status(&name, "in-progress", START))).await;
    for (at, line) in (3..).step_by(9).zip(LINES) {
        let said = from(vapi::said(&name, "user", line, START + at));
        post(stage, &said).await;
        if fastrand::bool() {
            // Providers repeat themselves.
            post(stage, &said).await;
        }
    }
    post(stage, &from(vapi::dropped(&name, START + 40))).await;
}

fn number(n: usize) -> String {
    match way(n) {
        Way::Customer => CUSTOMER.to_owned(),
        _ => format!("+1212555{n:04}"),
    }
}

/// The number of a Contact of the stand-in org.
const CUSTOMER: &str = "+16145550142";

/// An operator who has everything tried again, and an administrator who opens the gate.
async fn operate(stage: &Stage) -> bool {
    let writes = stage.writes().await;
    for write in writes.iter().filter(|write| write.state == WriteState::Failed) {
        let path = format!("/v1/writes/{}/actions", write.id);
        stage.act(ROOT, &path, json!({"do": "retry"})).await;
    }
    for name in ["salesforce", "flow", "apex", "form"] {
        let resume = json!({ "do": "resume", "destination": name });
        stage.act(ROOT, "/v1/destination", resume).await;
    }
    writes.iter().all(|write| write.state.is_end())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_there_once_whatever_went_wrong() {
    let calls = std::env::var("CALLBOARD_CHAOS_CALLS").ok().and_then(|n| n.parse().ok());
    let calls: usize = calls.unwrap_or(24);
    let mut stage = set().await;
    stage.plan.destinations = destinations(&stage.org.base_url);
    stage.plan.check().unwrap();
    stage.stop_hub().await;
    stage.start_hub().await;
    let before = ["Lead", "Opportunity", "Task"].map(|kind| stage.org.records(kind).len());
    for fault in faults() {
        stage.org.set_fault(Fault::from_json(&fault).unwrap());
    }
    let stage = RwLock::new(stage);
    let over = AtomicBool::new(false);
    let callers = async {
        let mut running = futures_util::stream::FuturesUnordered::new();
        for n in 0..calls {
            running.push(call(&stage, n));
        }
        use futures_util::StreamExt;
        while running.next().await.is_some() {}
        over.store(true, Ordering::Relaxed);
    };
    let trouble = async {
        let mut restarts = 0;
        while !over.load(Ordering::Relaxed) || restarts < 2 {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(100..400))).await;
            stage.read().await.org.set_fault(Fault::new(FaultKind::ExpireTokens));
            let mut stage = stage.write().await;
            stage.stop_hub().await;
            stage.start_hub().await;
            restarts += 1;
            operate(&stage).await;
        }
        restarts
    };
    let ((), restarts) = tokio::join!(callers, trouble);
    // The storm goes on for a while, then it is over.
    let stage = stage.into_inner();
    for _ in 0..5 {
        operate(&stage).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    stage.org.clear_faults();
    let end = Instant::now() + Duration::from_secs(60 + calls as u64);
    while !operate(&stage).await {
        assert!(Instant::now() < end, "the lanes come to an end: {:#?}", stage.writes().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (mut writes, mut attempts) = (0, 0);
    for n in 0..calls {
        let (of_call, tried) = verify(&stage, n).await;
        writes += of_call;
        attempts += tried;
    }
    assert!(writes >= calls * 2, "{writes} writes of {calls} calls");
    println!("{writes} writes of {calls} calls, {attempts} attempts, {restarts} restarts");
    let of = |wanted| (0..calls).filter(|n| way(*n) == wanted).count();
    let customers = of(Way::Customer);
    let forms =
        (0..calls).filter(|n| way(*n) == Way::Form).map(|n| leads_of(&stage, n)).sum::<usize>();
    let after = ["Lead", "Opportunity", "Task"].map(|kind| stage.org.records(kind).len());
    let leads = of(Way::Lead) + of(Way::Flow) + of(Way::Apex) + forms;
    assert_eq!(after[0] - before[0], leads, "a Lead for each new caller, and no more");
    assert_eq!(after[1] - before[1], customers, "an Opportunity for each customer's call");
    assert_eq!(after[2] - before[2], customers, "and its Task");
    println!("{forms} of {} forms made a Lead", of(Way::Form));
}

/// The Leads with the number of a call.
fn leads_of(stage: &Stage, n: usize) -> usize {
    let number = number(n);
    stage.org.records("Lead").iter().filter(|lead| lead["Phone"] == *number).count()
}

/// Looks whether the org holds what the call says. How many writes it took, and how many attempts.
async fn verify(stage: &Stage, n: usize) -> (usize, usize) {
    let name = format!("chaos{n}");
    let detail = stage.call(&name).await;
    assert!(detail.writes.iter().all(|write| write.summary.state.is_end()), "{name}");
    let attempts = detail.writes.iter().map(|write| write.attempts.len()).sum();
    let took = (detail.writes.len(), attempts);
    let id = format!("vapi:{name}");
    if line(way(n)).is_some() {
        let write = &detail.writes[0].summary;
        assert_eq!(detail.writes.len(), 1, "{name} is sent once: {:#?}", detail.writes);
        assert_eq!(write.state, WriteState::Delivered, "{name}");
        if way(n) == Way::Form {
            // Nobody tells; what is certain is that it is not there twice.
            assert!(write.unconfirmed && leads_of(stage, n) <= 1, "{name}: {write:#?}");
        } else {
            let lead = stage.lead(&name).unwrap_or_else(|| panic!("{name} has no Lead"));
            assert_eq!(write.record.as_ref().unwrap().as_str(), lead["Id"], "{name}");
        }
        return took;
    }
    if way(n) == Way::Customer {
        assert_eq!(stage.lead(&name), None, "{name} is a customer");
        let one = |kind: &str, field: &str, key: &str| {
            let records = stage.org.records(kind).into_iter();
            records.filter(|record| record[field] == *key).count()
        };
        assert_eq!(one("Opportunity", "Callboard_Id__c", &format!("{id}/opportunity")), 1);
        assert_eq!(one("Task", "CallObject", &format!("{id}/task")), 1);
        return took;
    }
    let lead = stage.lead(&name).unwrap_or_else(|| panic!("{name} has no Lead"));
    let transcript = lead["Call_Transcript__c"].as_str().unwrap();
    assert_eq!(transcript.lines().count(), LINES.len(), "{name}: {transcript}");
    assert_eq!((&lead["Rating"], &lead["LastName"]), (&json!("Hot"), &json!("Ortiz")), "{name}");
    assert_eq!(lead["AI_Qualification_Score__c"].as_f64(), Some(100.0), "{name}");
    assert_eq!(lead["Budget_Range__c"].as_f64(), Some(9_000.0), "{name}");
    took
}
