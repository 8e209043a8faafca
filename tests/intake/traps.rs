//! What providers do that bends a careless receiver.

use std::fmt::Write;

use callboard::{
    call::{Call, Event, Fact},
    intake::{Accepted, Refused, Source, Sources},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::samples::{Sample, sources, start};

fn vapi() -> Sources {
    sources("[vapi]\nkind = \"vapi\"", &["s"])
}

fn post(source: &Source, body: &Value) -> Result<Accepted, Refused> {
    Sample::new(body.to_string().as_bytes()).signed_for(source).sent_to(source)
}

fn one(source: &Source, body: &Value) -> Event {
    post(source, body).unwrap().events.remove(0)
}

#[test]
fn the_call_may_stand_beside_the_message() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let message =
        json!({"type": "status-update", "status": "ringing", "timestamp": 1776178800400_i64});
    let call = json!({"id": "c1", "customer": {"number": "(614) 555-0142"}});
    let mut inside = message.clone();
    inside["call"] = call.clone();
    let a = one(source, &json!({"message": message, "call": call}));
    let b = one(source, &json!({"message": inside}));
    assert_eq!(a, b);
    assert_eq!(a.call.as_str(), "vapi:c1");
}

#[test]
fn a_final_may_be_named_in_the_type() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let said = |kind: &str, certainty: Value| {
        let body = json!({"message": {"type": kind, "role": "user", "transcript": "a leak",
            "transcriptType": certainty, "timestamp": "2026-04-14T15:00:00Z", "call": {"id": "c1"}}});
        one(source, &body).facts.pop().unwrap()
    };
    assert!(matches!(said("transcript", json!("final")), Fact::Said(_)));
    assert!(matches!(said(r#"transcript[transcriptType="final"]"#, json!(null)), Fact::Said(_)));
    assert!(matches!(said("transcript", json!("partial")), Fact::Saying(_)));
    assert!(matches!(said("transcript", json!(null)), Fact::Saying(_)));
}

#[test]
fn a_report_without_a_transcript_is_a_report() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    for artifact in [json!(null), json!({}), json!({"messages": [], "transcript": ""})] {
        let body = json!({"message": {"type": "end-of-call-report", "endedReason": "customer-ended-call",
            "artifact": artifact, "call": {"id": "c1"}}});
        assert!(matches!(one(source, &body).facts[1], Fact::Report(_)), "{artifact}");
    }
    let flat = json!({"message": {"type": "end-of-call-report", "call": {"id": "c1"},
        "transcript": "AI: Hello\nUser: My heat is out", "recordingUrl": "https://r.example/1",
        "analysis": {"summary": "No heat", "successEvaluation": true}}});
    let Fact::Report(report) = &one(source, &flat).facts[1] else { panic!("no report") };
    assert_eq!(report.lines[1].text.as_str(), "My heat is out");
    assert_eq!(report.recording.as_ref().unwrap().as_str(), "https://r.example/1");
    assert_eq!(report.summary.as_ref().unwrap().as_str(), "No heat");
}

#[test]
fn a_report_of_five_megabytes_is_taken() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let line = |n: usize| {
        let role = ["user", "bot"][n % 2];
        json!({"role": role, "time": 1776178800000_i64 + n as i64 * 1000,
            "message": format!("{n} {}", "and water everywhere ".repeat(40))})
    };
    let messages: Vec<Value> = (0..5_600).map(line).collect();
    let body = json!({"message": {"type": "end-of-call-report", "call": {"id": "c1"},
        "artifact": {"messages": messages}}});
    assert!(body.to_string().len() > 5_000_000);
    let Fact::Report(report) = &one(source, &body).facts[1] else { panic!("no report") };
    assert_eq!(report.lines.len(), 5_600);
    let small = sources_with_limit(1_000);
    let small = small.get("vapi").unwrap();
    assert_eq!(post(small, &body).unwrap_err().status().as_u16(), 413);
}

fn sources_with_limit(bytes: usize) -> Sources {
    sources(&format!("[vapi]\nkind = \"vapi\"\nmax_body = {bytes}"), &["s"])
}

#[test]
fn a_report_sent_again_with_other_bytes_is_the_same_event() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let report = |url: &str| {
        one(
            source,
            &json!({"message": {"type": "end-of-call-report", "timestamp": 1776178852000_i64,
            "call": {"id": "c1"}, "artifact": {"presignedMonoUrl": url}}}),
        )
    };
    assert_eq!(report("https://a.example/?sig=1"), report("https://a.example/?sig=2"));
}

#[test]
fn what_is_wrong_in_type_is_refused_without_repeating_it() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    for (body, told) in [
        (json!({"message": "hunter2"}), "wrong type"),
        (json!({"message": 7, "hunter2": 1}), "wrong type"),
        (json!({"hunter2": 1}), "missing field `message`"),
        (json!([1, "hunter2"]), "wrong type"),
        (json!({"message": {"type": "status-update", "call": {"id": "c"}}}), "no status"),
        (
            json!({"message": {"type": "status-update", "status": ["hunter2"], "call": {"id": "c"}}}),
            "no status",
        ),
    ] {
        let error = post(source, &body).unwrap_err();
        assert_eq!(error.status().as_u16(), 400, "{body}");
        let sentence = error.to_string();
        assert!(sentence.contains(told) && !sentence.contains("hunter2"), "{sentence}");
    }
    for body in ["", "{", "null", "{\"message\":{\"type\":\"hang\"}} trailing", "\u{feff}{}"] {
        let sample = Sample::new(body.as_bytes()).signed_for(source);
        assert_eq!(sample.sent_to(source).unwrap_err().status().as_u16(), 400, "{body:?}");
    }
    let mut deep = String::from(r#"{"message":{"type":"hang","x":"#);
    let _ = write!(deep, "{}{}}}}}", "[".repeat(200_000), "]".repeat(200_000));
    let sample = Sample::new(deep.as_bytes()).signed_for(source);
    assert_eq!(sample.sent_to(source).unwrap_err(), Refused::TooDeep);
}

#[test]
fn what_is_unknown_is_acknowledged_and_counted() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    for (message, label) in [
        (json!({"type": "brand-new"}), "unknown-type"),
        (json!({"type": "hang", "call": {"id": "c1"}}), "hang"),
        (json!({"type": "chat.created"}), "chat.created"),
        (
            json!({"type": "status-update", "status": "musing", "call": {"id": "c1"}}),
            "unknown-status",
        ),
        (json!({"type": "status-update", "status": "ringing"}), "no-call"),
    ] {
        let accepted = post(source, &json!({"message": message})).unwrap();
        assert_eq!((accepted.ignored, accepted.events.len()), (Some(label), 0));
    }
}

#[test]
fn what_a_caller_says_cannot_steer_a_terminal() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let event = one(
        source,
        &json!({"message": {"type": "transcript", "role": "user",
        "transcriptType": "final", "transcript": "\u{1b}]0;owned\u{7}\u{202e}hi\u{200b}",
        "call": {"id": "c\u{1b}[2J", "customer": {"name": "\u{1b}[31mEve", "number": "+1 614 555 0142"}}}}),
    );
    let all = serde_json::to_string(&event).unwrap();
    for bad in ["\\u001b", "\\u0007", "\u{202e}", "\u{200b}"] {
        assert!(!all.contains(bad), "{bad:?} in {all}");
    }
}

#[test]
fn only_a_person_id_reaches_salesforce() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let id = |metadata: Value| {
        let body = json!({"message": {"type": "status-update", "status": "ringing",
            "call": {"id": "c1", "assistantOverrides": {"metadata": metadata}}}});
        let event = one(source, &body);
        let mut call = Call::begin(&event);
        call.apply(&event);
        call.party().salesforce_id.clone()
    };
    assert!(id(json!({"leadId": "00Q5e00000ABCdEFGH"})).is_some());
    for bad in ["../Account/001xx", "00Q5e00000?_Http", "0015e00000ABCdEFGH", "00Q"] {
        assert_eq!(id(json!({ "leadId": bad })), None, "{bad}");
    }
    assert_eq!(id(json!("no object")), None);
}

#[test]
fn messages_that_wait_for_an_answer_get_the_configured_one() {
    let config = r#"
        [vapi]
        kind = "vapi"
        [vapi.answers]
        assistant-request = { assistantId = "a1" }
        transfer-destination-request = { destination = { type = "number", number = "+16145550177" } }
        tool-calls = { find_slots = "8 to 10", "*" = "no" }
    "#;
    let configured = sources(config, &["s"]);
    let plain = vapi();
    let reply = |sources: &Sources, message: Value| -> Value {
        let accepted = post(sources.get("vapi").unwrap(), &json!({ "message": message })).unwrap();
        serde_json::from_slice(&accepted.reply.body).unwrap()
    };
    let ask = |kind: &str| json!({"type": kind, "call": {"id": "c1"}});
    assert_eq!(reply(&configured, ask("assistant-request")), json!({"assistantId": "a1"}));
    assert!(reply(&plain, ask("assistant-request"))["error"].is_string());
    assert!(reply(&configured, ask("transfer-destination-request"))["destination"].is_object());
    assert_eq!(reply(&plain, ask("knowledge-base-request")), json!({"documents": []}));
    let mut tools = ask("tool-calls");
    tools["toolCallList"] = json!([
        {"id": "1", "function": {"name": "find_slots", "arguments": "{}"}},
        {"id": "2", "name": "other", "parameters": {}},
    ]);
    assert_eq!(
        reply(&configured, tools.clone()),
        json!({"results": [
            {"toolCallId": "1", "name": "find_slots", "result": "8 to 10"},
            {"toolCallId": "2", "name": "other", "result": "no"},
        ]})
    );
    assert!(reply(&plain, tools)["results"][1]["error"].is_string());
}

#[test]
fn a_clock_far_ahead_does_not_get_the_last_word() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let event = one(
        source,
        &json!({"message": {"type": "status-update", "status": "ringing",
        "timestamp": 32503680000000_i64, "call": {"id": "c1"}}}),
    );
    assert_eq!(event.sent_at, event.received_at);
}

/// A provider tells late, and says so: the call began when it says. What claims to be a month old
/// moves no call into last month's figures, whoever says it and however.
#[test]
fn a_clock_far_behind_does_not_move_the_beginning() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let now = start().as_millisecond();
    let hours = |hours: i64| Some(now - hours * 3_600_000);
    let status = |at: Option<i64>, n: u32| {
        let call = json!({"id": "c1"});
        let status = json!({"type": "status-update", "status": "ringing", "timestamp": at,
            "n": n, "call": call});
        one(source, &json!({"message": status}))
    };
    let report = |began: Option<i64>| {
        let began = Timestamp::from_millisecond(began.unwrap()).unwrap().to_string();
        let report = json!({"type": "end-of-call-report", "timestamp": now,
            "startedAt": began, "endedReason": "x", "call": {"id": "c1"}});
        one(source, &json!({"message": report}))
    };
    let began = |events: &[Event]| {
        let mut call = Call::begin(&events[0]);
        events.iter().for_each(|event| call.apply(event));
        call.began_at.as_millisecond()
    };
    let known = status(Some(now), 0);
    for (said, believed) in [(1, 1), (30, 30), (72, 72), (73, 0), (30 * 24, 0)] {
        let believed = now - believed * 3_600_000;
        for late in [status(hours(said), 1), report(hours(said))] {
            assert_eq!(began(&[known.clone(), late.clone()]), believed, "{said} h: {late:?}");
            assert_eq!(began(&[late, known.clone()]), believed, "{said} h, the other way");
        }
    }
}

#[test]
fn a_name_without_end_does_not_fill_the_board() {
    let sources = vapi();
    let source = sources.get("vapi").unwrap();
    let name = "Priya ".repeat(2_000);
    let call = json!({"id": "c1", "customer": {"number": "+16145550142", "name": name.trim()}});
    let message = json!({"type": "status-update", "status": "ringing", "call": call});
    let event = one(source, &json!({"message": message}));
    let mut call = Call::begin(&event);
    call.apply(&event);
    let name = call.name().unwrap().as_str();
    assert!(name.starts_with("Priya Priya") && name.len() <= 255, "{}", name.len());
}

/// A number that is no time of ours sorts before or behind everything else for ever: it is none.
#[test]
fn a_number_with_a_unit_is_a_time_only_where_a_call_can_be() {
    let config = r#"
        [it]
        kind = "generic"
        auth = { scheme = "secret", header = "x-key" }
        [it.mapping]
        events = { "*" = "talking" }
        fields = { id = "/id", sent_at = { path = "/at", unit = "seconds" } }
    "#;
    let sources = sources(config, &["s"]);
    let source = sources.get("it").unwrap();
    let sent_at = |at: f64| one(source, &json!({"id": "1", "at": at})).sent_at;
    assert_eq!(sent_at(1_776_178_800.0).to_string(), "2026-04-14T15:00:00Z");
    let received = one(source, &json!({"id": "1"})).received_at;
    for absurd in [0.0, -1.0, 253_402_200_000.0, -377_705_000_000.0, 1e300] {
        assert_eq!(sent_at(absurd), received, "{absurd}");
    }
}
