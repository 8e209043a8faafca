//! What is held of calls.

use std::collections::BTreeMap;

use callboard::{
    call::{
        Call, CallId, Event, Fact, Line, Party, Region, Report, Role, SourceName, Text, Urgency,
    },
    hub::{Door, Most},
    intake::{self, Sources},
    secret::SecretRef,
};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::counted;
use crate::support::{
    stage::{ANN, SECRET, Stage},
    vapi,
};

const START: i64 = 1_776_178_800;

/// A hub with two providers that holds so much.
async fn stage(most: Most) -> Stage {
    Stage::set_as(move |options| {
        let of = |kind: &str| intake::Settings {
            kind: kind.to_owned(),
            secrets: vec![SecretRef::given(SECRET)],
            ..intake::Settings::default()
        };
        let sources = BTreeMap::from([("vapi".to_owned(), of("vapi")), ("two".into(), of("vapi"))]);
        options.sources = Sources::build(&sources, &Region::default()).unwrap();
        options.door = Door { held: most, ..Door::default() };
    })
    .await
}

async fn post(stage: &Stage, source: &str, message: &Value) -> (StatusCode, Option<String>) {
    let post = stage.http.post(format!("{}/hooks/{source}", stage.url()));
    let answer = post.header("x-vapi-secret", SECRET).body(message.to_string()).send();
    let answer = answer.await.unwrap();
    let wait = answer.headers().get("retry-after").map(|it| it.to_str().unwrap().to_owned());
    (answer.status(), wait)
}

fn rings(call: &str) -> Value {
    vapi::status(call, "ringing", START)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_board_takes_no_more_calls_of_a_source_and_then_of_nobody() {
    let most = Most { calls: 6, calls_of_source: 4, ..Most::default() };
    let stage = stage(most).await;
    let (taken, later) = (StatusCode::OK, StatusCode::TOO_MANY_REQUESTS);
    for call in ["a", "b", "c", "d"] {
        assert_eq!(post(&stage, "vapi", &rings(call)).await.0, taken);
    }
    let counter = "callboard_hook_requests_total{source=\"vapi\",outcome=\"source-full\"}";
    let before = counted(&stage, counter).await;
    assert_eq!(post(&stage, "vapi", &rings("e")).await, (later, Some("60".to_owned())));
    assert!(counted(&stage, counter).await > before);
    // What is there goes on, and so do others.
    let said = vapi::said("a", "user", "my basement is flooding", START + 1);
    assert_eq!(post(&stage, "vapi", &said).await.0, taken);
    for call in ["a", "b"] {
        assert_eq!(post(&stage, "two", &rings(call)).await.0, taken);
    }
    assert_eq!(post(&stage, "two", &rings("c")).await, (later, Some("60".to_owned())));
    assert_eq!(stage.calls().await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_so_many_events_and_no_other_suffers_by_it() {
    let stage = stage(Most { events: 5, ..Most::default() }).await;
    let said = |n: i64| vapi::said("a", "user", &format!("line {n}"), START + n);
    for n in 0..5 {
        assert_eq!(post(&stage, "vapi", &said(n)).await.0, StatusCode::OK);
    }
    assert_eq!(post(&stage, "vapi", &said(5)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&stage, "vapi", &said(2)).await.0, StatusCode::OK, "it was heard before");
    assert_eq!(post(&stage, "vapi", &rings("b")).await.0, StatusCode::OK);
    assert!(stage.receipt(ANN, "a", json!({"do": "urgency", "urgency": 4})).await.done);
    assert_eq!(stage.call("a").await.lines.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_actions_are_taken_on_a_call() {
    let stage = stage(Most { actions: 3, ..Most::default() }).await;
    assert_eq!(post(&stage, "vapi", &rings("a")).await.0, StatusCode::OK);
    let order = |n: u8| json!({"do": "urgency", "urgency": n, "id": format!("act-{n}")});
    for n in [2, 3, 4] {
        assert!(stage.receipt(ANN, "a", order(n)).await.done);
    }
    let (status, said) = stage.order(ANN, "a", order(5)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{said}");
    assert!(said["message"].as_str().unwrap().contains("as many actions"), "{said}");
    assert!(stage.receipt(ANN, "a", order(4)).await.done, "it was done before");
    assert_eq!(stage.call("a").await.summary.urgency, Urgency::new(4).unwrap());
}

fn line(n: i64) -> Line {
    let at = Timestamp::from_second(START + n).unwrap();
    Line { at, role: Role::Caller, text: Text::new(&format!("line {n}")) }
}

#[test]
fn a_transcript_keeps_two_thousand_lines_heard_and_as_many_of_a_report() {
    let event = |key: i64, fact: Fact| Event {
        call: CallId::new(&SourceName::new("vapi"), "1"),
        key: key.to_string(),
        sent_at: line(key).at,
        received_at: line(key).at,
        facts: vec![fact],
    };
    let mut call = Call::begin(&event(0, Fact::Said(line(0))));
    for n in 0..2_100 {
        call.apply(&event(n, Fact::Said(line(n))));
    }
    assert_eq!(call.transcript.lines().len(), 2_000);
    let report = Report { lines: (5_000..7_100).map(line).collect(), ..Report::default() };
    call.apply(&event(9_000, Fact::Report(Box::new(report))));
    assert_eq!(call.transcript.lines().len(), 4_000);
}

#[test]
fn metadata_of_a_call_is_bounded_whatever_came_first() {
    let event = |n: i64| {
        let names = (0..60).map(|member| (n * 37 + member * 7) % 500);
        let metadata = names.map(|name| (format!("{name:03}"), Text::new(&n.to_string())));
        Event {
            call: CallId::new(&SourceName::new("vapi"), "1"),
            key: n.to_string(),
            sent_at: line(n % 5).at,
            received_at: line(9).at,
            facts: vec![Fact::Party(Box::new(Party {
                metadata: metadata.collect(),
                ..Party::default()
            }))],
        }
    };
    let mut events: Vec<Event> = (0..40).map(event).collect();
    let fold = |events: &[Event]| {
        let mut call = Call::begin(&event(0));
        events.iter().for_each(|event| call.apply(event));
        call
    };
    let tidy = fold(&events);
    assert_eq!(tidy.party().metadata.len(), 200);
    for seed in 0..20 {
        fastrand::Rng::with_seed(seed).shuffle(&mut events);
        assert_eq!(fold(&events), tidy);
    }
}

/// A caller, or who pretends to be one, who goes on and on.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_beyond_two_hours_of_talk_is_kept_and_not_judged() {
    let stage = stage(Most::default()).await;
    let filler = "well you know ".repeat(1_400);
    for (call, lines) in [("short", 1), ("long", 7)] {
        for n in 0..lines {
            let said = vapi::said(call, "user", &format!("{n} {filler}"), START + n);
            assert_eq!(post(&stage, "vapi", &said).await.0, StatusCode::OK);
        }
        let urgent = vapi::said(call, "user", "my basement is flooding", START + 100);
        assert_eq!(post(&stage, "vapi", &urgent).await.0, StatusCode::OK);
    }
    assert!(stage.call("short").await.summary.urgency >= Urgency::HOT);
    let long = stage.call("long").await;
    assert!(long.summary.urgency < Urgency::HOT, "{:?}", long.summary.urgency);
    assert_eq!(long.lines.last().unwrap().text.as_str(), "my basement is flooding");
}
