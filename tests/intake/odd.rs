//! Members of a type that nobody expected, and bodies with a slip in them: what is lost is that much
//! and no more, since most of it is sent once.

use callboard::{
    call::{Call, CallState, Event},
    intake::{Source, Sources},
};
use serde_json::{Value, json};

use super::samples::{Sample, sources, start};

fn all() -> Sources {
    let config = r#"
        [vapi]
        kind = "vapi"
        answers.tool-calls = { find_slots = "8 to 10" }
        [callrail]
        kind = "callrail"
        [retell]
        kind = "retell"
        [twilio]
        kind = "twilio"
        public_url = "https://calls.example.com"
    "#;
    sources(config, &["s"])
}

fn event(source: &Source, path: &str, body: &[u8]) -> Event {
    let mut sample = Sample::new(body);
    sample.path = path.to_owned();
    let accepted = sample.signed_for(source).sent_to(source);
    accepted.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body))).events[0]
        .clone()
}

fn call(source: &Source, path: &str, body: &Value) -> Call {
    let event = event(source, path, body.to_string().as_bytes());
    let mut call = Call::begin(&event);
    call.apply(&event);
    call
}

/// A report that has everything, before one member of it becomes something else.
fn report() -> Value {
    json!({"message": {"type": "end-of-call-report", "timestamp": 1_776_178_852_000_i64,
        "endedReason": "customer-ended-call", "startedAt": "2026-04-14T15:00:00Z",
        "call": {"id": "c1", "customer": {"number": "+16145550142"}},
        "customer": {"number": "+16145550142"},
        "artifact": {"messages": [
            {"role": "bot", "message": "Hello."},
            {"role": "user", "message": "My basement is flooding."},
        ], "transcript": "AI: Hello.\nUser: My basement is flooding."},
        "analysis": {"summary": "A flood.", "successEvaluation": "true"}}})
}

#[test]
fn a_member_of_another_type_costs_only_itself() {
    let sources = all();
    let vapi = sources.get("vapi").unwrap();
    let odd = [json!("ENC[abc]"), json!(7), json!([1, "x"]), json!({"a": {"b": []}}), json!(null)];
    let members = [
        "/message/artifact",
        "/message/artifact/messages",
        "/message/artifact/transcript",
        "/message/analysis",
        "/message/analysis/successEvaluation",
        "/message/analysis/summary",
        "/message/customer",
        "/message/call/customer",
        "/message/startedAt",
        "/message/endedReason",
        "/message/timestamp",
    ];
    for member in members {
        for odd in &odd {
            let mut body = report();
            *body.pointer_mut(member).unwrap() = odd.clone();
            let call = call(vapi, "", &body);
            assert_eq!(call.state(), CallState::Ended, "{member}: {odd}");
            assert_eq!(call.phone().unwrap().as_str(), "+16145550142", "{member}: {odd}");
            if !member.starts_with("/message/artifact") || member.len() > "/message/artifact".len()
            {
                let lines = call.transcript.lines();
                let heard = lines.iter().any(|line| line.text.as_str().contains("flooding"));
                assert!(heard, "{member}: {odd}: {lines:?}");
            }
        }
    }
}

#[test]
fn an_item_that_can_not_be_read_costs_no_other() {
    let sources = all();
    let vapi = sources.get("vapi").unwrap();
    for odd in [json!(null), json!("text"), json!({"role": "user", "message": {"text": "x"}})] {
        let mut body = report();
        body["message"]["artifact"]["messages"].as_array_mut().unwrap().insert(1, odd.clone());
        let lines = call(vapi, "", &body).transcript.lines().len();
        assert_eq!(lines, 2, "{odd}");
    }
    let tools = json!({"message": {"type": "tool-calls", "call": {"id": "c1"}, "toolCallList":
        [{"id": "1", "function": {"name": "find_slots"}}, "junk", null, {"id": "2", "name": 7}]}});
    let sample = Sample::new(tools.to_string().as_bytes()).signed_for(vapi);
    let reply: Value = serde_json::from_slice(&sample.sent_to(vapi).unwrap().reply.body).unwrap();
    let results = reply["results"].as_array().unwrap();
    assert_eq!(results[0]["result"], "8 to 10");
    assert_eq!((results.len(), &results[1]["toolCallId"]), (2, &json!("2")));
}

#[test]
fn a_tool_is_answered_whatever_its_call_looks_like() {
    let sources = all();
    let vapi = sources.get("vapi").unwrap();
    for message in [
        json!({"toolCallList": [{"id": "1", "name": "find_slots", "parameters": {}}]}),
        json!({"toolCallList": [{"id": "1", "function": {"name": "find_slots"}}],
            "toolWithToolCallList": []}),
        json!({"type": "tool-calls", "toolWithToolCallList":
            [{"name": "find_slots", "toolCall": {"id": "1", "parameters": {}}}]}),
        json!({"toolCallList": [], "toolWithToolCallList": [{"type": "function",
            "function": {"name": "find_slots"}, "toolCall": {"id": "1"}}]}),
        json!({"toolWithToolCallList":
            [{"toolCall": {"id": "1", "function": {"name": "find_slots"}}}]}),
    ] {
        let mut message = message;
        message["call"] = json!({"id": "c1"});
        let body = json!({ "message": message });
        let sample = Sample::new(body.to_string().as_bytes()).signed_for(vapi);
        let accepted = sample.sent_to(vapi).unwrap();
        let reply: Value = serde_json::from_slice(&accepted.reply.body).unwrap();
        let answer = json!({"toolCallId": "1", "name": "find_slots", "result": "8 to 10"});
        assert_eq!(reply, json!({ "results": [answer] }), "{body}");
        assert_eq!(accepted.events.len(), 1, "it is a sign of life");
    }
}

#[test]
fn callrails_oddities_cost_no_report() {
    let sources = all();
    let callrail = sources.get("callrail").unwrap();
    let plain = json!({"resource_id": "CAL1", "answered": false, "direction": "inbound",
        "duration": "20", "customer_phone_number": "+13035550121", "timestamp": start().to_string()});
    for (member, odd, kept) in [
        ("tags", json!([{"id": 1, "name": "AC"}, "heat", 7]), Some("AC, heat")),
        ("tags", json!("AC,heat"), Some("AC,heat")),
        ("tags", json!({"a": 1}), None),
        ("keywords", json!([]), None),
        ("value", json!({"a": 1}), None),
        ("voicemail", json!([true]), None),
    ] {
        let mut body = plain.clone();
        body[member] = odd.clone();
        let call = call(callrail, "/post-call", &body);
        assert_eq!(call.state(), CallState::Missed, "{odd}");
        let told = call.party().metadata.get(member).map(callboard::call::Text::as_str);
        assert_eq!(told, kept, "{odd}");
    }
}

#[test]
fn an_address_written_otherwise_is_callrails_event_still() {
    let sources = all();
    let callrail = sources.get("callrail").unwrap();
    let body = json!({"resource_id": "CAL1", "answered": false, "direction": "inbound",
        "duration": "20", "customer_phone_number": "+13035550121", "timestamp": start().to_string()});
    for path in ["/post-call", "/Post-Call", "/post_call", "/POST_CALL/", "/calls/after"] {
        assert_eq!(call(callrail, path, &body).state(), CallState::Missed, "{path}");
    }
    assert_eq!(call(callrail, "/Pre_Call", &body).state(), CallState::Ringing);
    let mut message = body;
    message["resource_id"] = json!("SMS1");
    let mut sample = Sample::new(message.to_string().as_bytes());
    sample.path = "/text-message-received".to_owned();
    let accepted = sample.signed_for(callrail).sent_to(callrail).unwrap();
    assert_eq!(accepted.ignored, Some("unknown-type"));
}

#[test]
fn retells_oddities_cost_no_call() {
    let sources = all();
    let retell = sources.get("retell").unwrap();
    let body = json!({"event": "call_ended", "transcript_with_tool_calls": "none", "call": {
        "call_id": "r1", "metadata": "x", "telephony_identifier": 7, "call_analysis": [],
        "disconnection_reason": "user_hangup", "transcript_object": [
            {"role": "user", "content": "My basement is flooding", "words": [{"start": "1.5"}]},
            {"role": "user", "content": ["x"], "words": "x"}, null]}});
    let call = call(retell, "", &body);
    assert_eq!((call.state(), call.transcript.lines().len()), (CallState::Ended, 1));
    for event in [json!(null), json!({}), json!("chat_started")] {
        let body = json!({"event": event, "call": {"call_id": "r1"}}).to_string();
        let sample = Sample::new(body.as_bytes()).signed_for(retell);
        assert_eq!(sample.sent_to(retell).unwrap().ignored, Some("unknown-type"));
    }
}

#[test]
fn a_slip_in_the_bytes_costs_that_byte() {
    let sources = all();
    let vapi = sources.get("vapi").unwrap();
    let body = json!({"message": {"type": "transcript", "transcriptType": "final", "role": "user",
        "transcript": "I smell gas CUT", "call": {"id": "c1"}}});
    let body = body.to_string().into_bytes();
    let with = |cut: &[u8]| {
        let at = body.windows(3).position(|window| window == b"CUT").unwrap();
        [&body[..at], cut, &body[at + 3..]].concat()
    };
    for (bytes, heard) in [
        ([b"\xef\xbb\xbf".as_slice(), &with(b"now")].concat(), "I smell gas now"),
        ([b" \r\n".as_slice(), &with(br"\ud83d")].concat(), "I smell gas \u{fffd}"),
        (with(b"caf\xc3"), "I smell gas caf\u{fffd}"),
        (with(b"caf\xe9!"), "I smell gas caf\u{fffd}!"),
    ] {
        let event = event(vapi, "", &bytes);
        let mut call = Call::begin(&event);
        call.apply(&event);
        assert_eq!(call.transcript.lines()[0].text.as_str(), heard);
    }
    let twilio = sources.get("twilio").unwrap();
    let form = json!({"CallSid": "CA1", "TranscriptionEvent": "transcription-content",
        "Final": "true", "Track": "inbound_track", "SequenceId": "9",
        "TranscriptionData": r#" {"transcript":"I smell gas \ud83d"}"#});
    let sample = Sample::new(form.to_string().as_bytes()).into_form().signed_for(twilio);
    let told = format!("{:?}", sample.sent_to(twilio).unwrap().events);
    assert!(told.contains("I smell gas \u{fffd}"), "{told}");
}

#[test]
fn a_call_without_an_id_hides_no_other_and_metadata_adds_up() {
    let sources = all();
    let vapi = sources.get("vapi").unwrap();
    let body = json!({"call": {"id": "c1"}, "message": {"type": "status-update",
        "status": "ringing", "call": {}}});
    assert_eq!(call(vapi, "", &body).id.as_str(), "vapi:c1");
    let body = json!({"message": {"type": "status-update", "status": "ringing",
        "assistant": {"metadata": {"shop": "east"}},
        "call": {"id": "c1", "assistantOverrides": {"metadata": {"campaign": "spring"}},
            "metadata": {"leadId": "00Q5e00000ABCdEFGH", "campaign": "winter"}}}});
    let call = call(vapi, "", &body);
    let party = call.party();
    assert_eq!(party.salesforce_id.as_ref().unwrap().as_str(), "00Q5e00000ABCdEFGH");
    let carried = |name: &str| party.metadata[name].as_str().to_owned();
    assert_eq!((carried("campaign"), carried("shop")), ("spring".into(), "east".into()));
}
