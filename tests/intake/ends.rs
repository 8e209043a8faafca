//! How a call ended, by each provider's words: whether anybody had the caller, and when.

use callboard::call::{AttemptOutcome, Call, CallState, Event};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::samples::{Sample, sources, start};

/// The call after these bodies, each with the path it is posted to.
fn told(config: &str, bodies: &[(&str, Value)]) -> Call {
    let sources = sources(&format!("[it]\n{config}"), &["c2VjcmV0"]);
    let source = sources.get("it").unwrap();
    let send = |(path, body): &(&str, Value)| -> Vec<Event> {
        let mut sample = Sample::new(body.to_string().as_bytes());
        if config.contains("twilio") {
            sample = sample.into_form();
        }
        sample.path = (*path).to_owned();
        sample.signed_for(source).sent_to(source).unwrap().events
    };
    let events: Vec<Event> = bodies.iter().flat_map(send).collect();
    let mut call = Call::begin(&events[0]);
    events.iter().for_each(|event| call.apply(event));
    let mut backwards = Call::begin(&events[events.len() - 1]);
    events.iter().rev().for_each(|event| backwards.apply(event));
    assert_eq!((backwards.state(), backwards.answered_at()), (call.state(), call.answered_at()));
    call
}

fn call(config: &str, bodies: &[Value]) -> Call {
    told(config, &bodies.iter().map(|body| ("", body.clone())).collect::<Vec<_>>())
}

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(start().as_second() + seconds).unwrap()
}

const VAPI: &str = "kind = \"vapi\"";

/// A status of Vapi's, `at` seconds into the call.
fn status(status: &str, reason: Option<&str>, at: i64) -> Value {
    json!({"message": {"type": "status-update", "status": status, "endedReason": reason,
        "timestamp": after(at).as_millisecond(), "call": {"id": "c1"}}})
}

fn report(reason: &str, more: &Value) -> Value {
    let mut report = json!({"message": {"type": "end-of-call-report", "endedReason": reason,
        "timestamp": after(60).as_millisecond(), "call": {"id": "c1"}, "artifact": {}}});
    let message = report["message"].as_object_mut().unwrap();
    message.extend(more.as_object().unwrap().clone());
    report
}

#[test]
fn vapis_reasons_say_whether_anybody_had_the_caller() {
    use CallState::{Ended, Missed};
    // With a start, as many reports have it, and whether a callback is owed by the ending alone.
    for (reason, state, cut_off) in [
        ("customer-ended-call", Ended, false),
        ("assistant-ended-call", Ended, false),
        ("silence-timed-out", Ended, false),
        ("assistant-request-returned-error", Missed, false),
        ("assistant-request-returned-no-assistant", Missed, false),
        ("assistant-request-failed", Missed, false),
        ("assistant-not-found", Missed, false),
        ("assistant-not-valid", Missed, false),
        ("assistant-join-timed-out", Missed, false),
        ("call-start-error-neither-assistant-nor-server-set", Missed, false),
        ("vonage-rejected", Missed, false),
        ("customer-busy", Missed, false),
        ("assistant-request-returned-forwarding-phone-number", Ended, false),
        ("call.ringing.hook-executed-transfer", Ended, false),
        ("call.ringing.hook-executed-say", Missed, false),
        ("worker-shutdown", Ended, true),
        ("unknown-error", Ended, true),
        ("database-error", Ended, true),
        ("phone-call-provider-closed-websocket", Ended, true),
        ("call.forwarding.operator-busy", Ended, true),
        ("call.forwarding.no-answer", Ended, true),
        ("customer-ended-call-during-transfer", Ended, true),
        ("call.in-progress.error-vapifault-openai-llm-failed", Ended, true),
        ("call.in-progress.error-sip-outbound-call-failed-to-connect", Missed, true),
    ] {
        let call = call(VAPI, &[report(reason, &json!({"startedAt": after(0).to_string()}))]);
        assert_eq!((call.state(), call.broke_off()), (state, cut_off), "{reason}");
    }
}

#[test]
fn what_was_never_connected_was_no_conversation() {
    for reason in [
        "call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable",
        "call.in-progress.error-sip-telephony-provider-failed-to-connect-call",
        "call.in-progress.error-vapifault-worker-died",
    ] {
        let call = call(VAPI, &[status("ended", Some(reason), 3), report(reason, &json!({}))]);
        assert_eq!(call.state(), CallState::Missed, "{reason}");
        assert_eq!(call.answered_how(), Some(AttemptOutcome::NoAnswer), "{reason}");
    }
    // Somebody took it, and the agent failed: whom it was placed for nobody has spoken with.
    let reason = "call.in-progress.error-vapifault-openai-llm-failed";
    let bodies = [status("in-progress", None, 1), status("ended", Some(reason), 4)];
    let failed = call(VAPI, &bodies);
    assert_eq!(failed.state(), CallState::Ended);
    assert_eq!(failed.answered_how(), Some(AttemptOutcome::NoAnswer));
    let bodies = [status("in-progress", None, 1), status("ended", Some("customer-ended-call"), 9)];
    assert_eq!(call(VAPI, &bodies).answered_how(), Some(AttemptOutcome::Connected));
}

#[test]
fn an_announcement_is_no_answer() {
    let sorry = json!({"artifact": {"messages": [
        {"role": "bot", "message": "Sorry, we can't take your call right now."}]}});
    let call_of = |reason| call(VAPI, &[status("ringing", None, 0), report(reason, &sorry)]);
    assert_eq!(call_of("assistant-request-returned-error").state(), CallState::Missed);
    assert_eq!(call_of("some-reason-of-tomorrow").state(), CallState::Missed);
    let mut spoken = sorry.clone();
    let hello = json!({"role": "user", "message": "Hello?"});
    spoken["artifact"]["messages"].as_array_mut().unwrap().push(hello);
    let call = call(VAPI, &[report("some-reason-of-tomorrow", &spoken)]);
    assert_eq!(call.state(), CallState::Ended, "they spoke with somebody");
}

#[test]
fn a_squads_hand_over_is_no_transfer() {
    let update = |more: Value| {
        let mut update = json!({"message": {"type": "transfer-update", "call": {"id": "c1"},
            "timestamp": after(5).as_millisecond()}});
        update["message"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        update
    };
    let assistants = update(json!({"toAssistant": {"name": "b"}, "fromAssistant": {"name": "a"}}));
    assert_eq!(call(VAPI, &[assistants]).state(), CallState::Talking);
    let person = update(json!({"destination": {"type": "number"}, "toAssistant": null}));
    assert_eq!(call(VAPI, &[person]).state(), CallState::Transfer);
}

/// A form of Twilio's for the caller's own leg.
fn own(status: &str, more: &Value) -> Value {
    let mut form = json!({"CallSid": "CA1", "From": "+13035550111", "To": "+13035550100",
        "Direction": "inbound", "CallStatus": status, "Timestamp": "Tue, 14 Apr 2026 15:01:00 +0000"});
    form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    form
}

fn leg(status: &str, number: u8) -> Value {
    json!({"CallSid": "CA1b", "ParentCallSid": "CA1", "Direction": "outbound-dial",
        "CallStatus": status, "CallbackSource": "call-progress-events",
        "SequenceNumber": number.to_string()})
}

const TWILIO: &str = "kind = \"twilio\"\npublic_url = \"https://calls.example.com\"";

#[test]
fn whoever_heard_our_apology_had_nobody() {
    let ends = || {
        own(
            "completed",
            &json!({"CallbackSource": "call-progress-events",
        "SequenceNumber": "0", "CallDuration": "6"}),
        )
    };
    let rings = own("ringing", &json!({}));
    let apologised = call(TWILIO, &[rings.clone(), ends()]);
    assert_eq!(apologised.state(), CallState::Missed);
    assert_eq!((apologised.answered_at(), apologised.duration()), (None, None));
    let answered = leg("in-progress", 2);
    let told = [rings.clone(), leg("ringing", 1), answered, leg("completed", 3), ends()];
    assert_eq!(call(TWILIO, &told).state(), CallState::Ended, "another server dialled");
    // Where another server answers, only this tells that nobody took the legs it dialled.
    let told = [leg("initiated", 0), leg("ringing", 1), leg("no-answer", 2), ends()];
    assert_eq!(call(TWILIO, &told).state(), CallState::Missed);
    let voice = format!("{TWILIO}\nanswers.voice = \"<Response><Say>Hi</Say></Response>\"");
    assert_eq!(call(&voice, &[rings, ends()]).state(), CallState::Ended, "that is our answer");
}

#[test]
fn how_long_a_call_lasted_says_when_it_was_answered() {
    let ends = |more| own("completed", &more);
    let long = call(TWILIO, &[ends(json!({"CallDuration": "50", "Duration": "1"}))]);
    assert_eq!(long.answered_at(), Some(after(10)));
    assert_eq!(long.duration().unwrap().as_secs(), 50);
    let untold = call(TWILIO, &[ends(json!({}))]);
    assert_eq!(untold.state(), CallState::Ended);
}

#[test]
fn what_became_of_the_dialled_leg_is_no_new_call() {
    let config = format!("[it]\n{TWILIO}\nanswers.voice = \"<Response><Dial>1</Dial></Response>\"");
    let sources = sources(&config, &["t"]);
    let source = sources.get("it").unwrap();
    let reply = |form: Value| {
        let sample = Sample::new(form.to_string().as_bytes()).into_form().signed_for(source);
        String::from_utf8(sample.sent_to(source).unwrap().reply.body.to_vec()).unwrap()
    };
    assert!(reply(own("ringing", &json!({}))).contains("<Dial>"));
    for outcome in ["no-answer", "busy", "failed", "canceled"] {
        for status in ["ringing", "in-progress"] {
            let form = own(status, &json!({"DialCallStatus": outcome, "DialCallSid": "CA1b"}));
            assert_eq!(reply(form), "<Response/>", "{status} {outcome}");
        }
    }
}

#[test]
fn what_a_caller_leaves_after_the_tone_is_heard() {
    let voice = format!("{TWILIO}\nanswers.voice = \"<Response><Record/></Response>\"");
    let left = json!({"RecordingSid": "RE1", "RecordingUrl": "https://api.twilio.example/RE1"});
    let mut heard = left.clone();
    let words = json!({"TranscriptionSid": "TR1", "TranscriptionStatus": "completed",
        "TranscriptionText": "My basement is flooding"});
    heard.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
    let rings = own("ringing", &json!({}));
    let told = [
        rings.clone(),
        own("completed", &json!({"CallDuration": "30"})),
        own("in-progress", &left),
        own("completed", &heard),
    ];
    let call = call(&voice, &told);
    assert_eq!((call.state(), call.left_voicemail()), (CallState::Missed, true));
    assert_eq!(call.recording().unwrap().as_str(), "https://api.twilio.example/RE1");
    assert_eq!(call.transcript.lines()[0].text.as_str(), "My basement is flooding");
    // Of a recorded conversation it is told with its status.
    let mut status = left.clone();
    status["RecordingStatus"] = json!("completed");
    let recorded = call_of_two(&voice, &rings, &own("in-progress", &status));
    assert_eq!((recorded.left_voicemail(), recorded.recording().is_some()), (false, true));
    status["RecordingStatus"] = json!("absent");
    assert!(call_of_two(&voice, &rings, &own("in-progress", &status)).recording().is_none());
    // A `Dial` that records tells of the recording with what became of it.
    let mut dial = left;
    dial["DialCallStatus"] = json!("completed");
    let dialled = call_of_two(&voice, &rings, &own("completed", &dial));
    assert_eq!((dialled.state(), dialled.left_voicemail()), (CallState::Ended, false));
    assert!(dialled.recording().is_some());
}

fn call_of_two(config: &str, one: &Value, other: &Value) -> Call {
    call(config, &[one.clone(), other.clone()])
}

#[test]
fn callrail_tells_of_the_answer_only_when_it_is_routed() {
    let payload = |seconds: i64, answered: bool, more: Value| {
        let mut payload = json!({"resource_id": "CAL1", "answered": answered,
            "customer_phone_number": "+13035550111", "start_time": after(0).to_string(),
            "timestamp": after(seconds).to_string()});
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        payload
    };
    let rings = ("/pre-call", payload(0, false, json!({"call_type": "missed"})));
    let routed = ("/call-routing-complete", payload(25, true, json!({})));
    let over = ("/post-call", payload(90, true, json!({"duration": 88})));
    let kind = "kind = \"callrail\"";
    let call = told(kind, &[rings.clone(), routed, over.clone()]);
    assert_eq!((call.state(), call.answered_at()), (CallState::Ended, Some(after(25))));
    let untold = told(kind, &[rings, over.clone()]);
    assert_eq!((untold.state(), untold.answered_at()), (CallState::Ended, None));
    assert_eq!(told(kind, &[over]).began_at, after(0), "the report tells of the first ring");
}

#[test]
fn a_call_that_failed_at_retell_is_owed_another() {
    let ended = |more: Value| {
        let mut call = json!({"call_id": "r1", "direction": "inbound",
            "start_timestamp": after(0).as_millisecond(), "end_timestamp": after(3).as_millisecond()});
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"event": "call_ended", "call": call})
    };
    let kind = "kind = \"retell\"";
    for reason in [json!("concurrency_limit_reached"), json!("no_valid_payment"), json!(null)] {
        let more = json!({"call_status": "error", "disconnection_reason": reason});
        assert!(call(kind, &[ended(more)]).broke_off(), "{reason}");
    }
    let fine = json!({"call_status": "ended", "disconnection_reason": "user_hangup"});
    assert!(!call(kind, &[ended(fine.clone())]).broke_off());
    let mut analyzed = ended(fine.clone());
    analyzed["event"] = json!("call_analyzed");
    analyzed["call"]["call_analysis"] = json!({"in_voicemail": true});
    let machine = call(kind, &[ended(fine), analyzed]);
    assert_eq!(machine.answered_how(), Some(AttemptOutcome::Voicemail));
}

#[test]
fn blands_and_elevenlabs_failures_are_seen() {
    let bland = |more: Value| {
        let mut body = json!({"call_id": "b1", "inbound": true, "from": "+13035550283",
            "started_at": after(0).to_string(), "completed": false, "answered_by": null});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call("kind = \"bland\"", &[body])
    };
    for status in ["no-answer", "busy", "failed", "canceled"] {
        assert_eq!(bland(json!({"status": status})).state(), CallState::Missed, "{status}");
    }
    assert_eq!(bland(json!({"status": "completed"})).state(), CallState::Ended);
    assert_eq!(bland(json!({"queue_status": "call_error"})).state(), CallState::Missed);
    assert_eq!(bland(json!({"queue_status": "complete_error"})).state(), CallState::Ended);
    assert_eq!(bland(json!({"queue_status": "started"})).state(), CallState::New);
    let failed = bland(json!({"status": "completed", "error_message": "no credit"}));
    assert!(failed.broke_off());
    assert!(!bland(json!({"status": "completed", "error_message": " "})).broke_off());
    let eleven = |status: &str| {
        let body = json!({"type": "post_call_transcription", "data": {"conversation_id": "e1",
            "status": status, "transcript": [],
            "metadata": {"start_time_unix_secs": after(0).as_second()}}});
        call("kind = \"elevenlabs\"", &[body]).broke_off()
    };
    assert!(eleven("failed") && !eleven("done"));
}
