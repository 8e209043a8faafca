//! Whether somebody answered a call that Twilio hands on for us, and whose number it is.

use callboard::{
    call::{Call, CallState, Event},
    intake::{Source, Sources},
};
use serde_json::{Value, json};

use super::samples::{Sample, sources};

/// A hub whose TwiML listens and dials, as docs/sources.md shows it.
fn dialling() -> Sources {
    let config = r#"
        [it]
        kind = "twilio"
        public_url = "https://calls.example.com"
        answers.voice = "<Response><Start><Transcription/></Start><Dial>+16145550177</Dial></Response>"
    "#;
    sources(config, &["t"])
}

fn post(source: &Source, members: &Value) -> Vec<Event> {
    let sample = Sample::new(members.to_string().as_bytes()).into_form().signed_for(source);
    sample.sent_to(source).unwrap().events
}

/// The call after these events of it, in this order and in the other.
fn call(source: &Source, told: &[Value]) -> Call {
    let mut events: Vec<Event> = told.iter().flat_map(|members| post(source, members)).collect();
    let fold = |events: &[Event]| {
        let mut call = Call::begin(&events[0]);
        events.iter().for_each(|event| call.apply(event));
        call
    };
    let forwards = fold(&events);
    events.reverse();
    assert_eq!(fold(&events).state(), forwards.state(), "in any order");
    forwards
}

fn state(source: &Source, told: &[Value]) -> CallState {
    call(source, told).state()
}

/// The caller's own leg, ringing: the voice webhook.
fn rings() -> Value {
    json!({"CallSid": "CA1", "From": "+13035550111", "To": "+13035550100",
        "Direction": "inbound", "CallStatus": "ringing"})
}

fn over(status: &str) -> Value {
    json!({"CallSid": "CA1", "From": "+13035550111", "To": "+13035550100", "Direction": "inbound",
        "CallStatus": status, "CallbackSource": "call-progress-events", "SequenceNumber": "0"})
}

/// What becomes of the leg that is dialled for the caller.
fn leg(status: &str, number: u8, answered_by: Option<&str>) -> Value {
    let mut leg = json!({"CallSid": "CA1b", "ParentCallSid": "CA1", "Direction": "outbound-dial",
        "CallStatus": status, "CallbackSource": "call-progress-events",
        "SequenceNumber": number.to_string()});
    if let Some(answered_by) = answered_by {
        leg["AnsweredBy"] = json!(answered_by);
    }
    leg
}

fn listens() -> Value {
    json!({"CallSid": "CA1", "TranscriptionSid": "GT1", "SequenceId": "1",
        "TranscriptionEvent": "transcription-started"})
}

fn hears(track: &str, words: &str) -> Value {
    json!({"CallSid": "CA1", "TranscriptionSid": "GT1", "SequenceId": "2", "Track": track,
        "TranscriptionEvent": "transcription-content", "Final": "true",
        "TranscriptionData": json!({"transcript": words}).to_string()})
}

#[test]
fn words_heard_while_it_rings_are_no_answer() {
    let sources = dialling();
    let source = sources.get("it").unwrap();
    for words in [vec![], vec![hears("inbound_track", "hello? anybody there? my basement floods")]]
    {
        let mut told = vec![rings(), listens()];
        told.extend(words);
        told.extend([leg("initiated", 0, None), leg("ringing", 1, None)]);
        assert_eq!(state(source, &told), CallState::Ringing);
        told.extend([hears("outbound_track", "ring ring"), leg("no-answer", 2, None)]);
        assert_eq!(state(source, &told), CallState::Ringing);
        told.push(over("completed"));
        let call = call(source, &told);
        assert_eq!(call.state(), CallState::Missed);
        assert_eq!(call.answered_at(), None);
        assert!(!call.transcript.lines().is_empty(), "what was said is kept");
    }
}

#[test]
fn the_leg_that_picks_up_answers_the_call() {
    let sources = dialling();
    let source = sources.get("it").unwrap();
    for who in [None, Some("human"), Some("unknown")] {
        let mut told = vec![rings(), listens(), leg("ringing", 1, None)];
        told.push(leg("in-progress", 2, who));
        assert_eq!(state(source, &told), CallState::Talking, "{who:?}");
        told.extend([leg("completed", 3, who), over("completed")]);
        assert_eq!(state(source, &told), CallState::Ended, "{who:?}");
    }
    let mut dial = over("in-progress");
    dial["DialCallStatus"] = json!("completed");
    assert_eq!(state(source, &[rings(), dial, over("completed")]), CallState::Ended);
}

#[test]
fn a_machine_that_picks_up_answers_nothing() {
    let sources = dialling();
    let source = sources.get("it").unwrap();
    for machine in ["machine_start", "machine_end_beep", "fax"] {
        let mut told = vec![rings(), leg("in-progress", 2, Some(machine))];
        assert_eq!(state(source, &told), CallState::Ringing);
        told.extend([leg("completed", 3, Some(machine)), over("completed")]);
        assert_eq!(state(source, &told), CallState::Missed, "{machine}");
    }
}

#[test]
fn words_without_a_number_of_their_own_are_all_heard() {
    let sources = dialling();
    let source = sources.get("it").unwrap();
    let words = ["hello there", "my basement is flooding"].map(|words| {
        let mut words = hears("inbound_track", words);
        words.as_object_mut().unwrap().remove("SequenceId");
        post(source, &words).remove(0).key
    });
    assert_ne!(words[0], words[1]);
}

#[test]
fn whoever_calls_vapi_by_sip_has_the_number_of_their_address() {
    let sources = sources("[it]\nkind = \"vapi\"", &["s"]);
    let source = sources.get("it").unwrap();
    let body = json!({"message": {"type": "status-update", "status": "ringing",
        "call": {"id": "c1", "customer": {"sipUri": "sip:+13035550177@x.example"}}}});
    let sample = Sample::new(body.to_string().as_bytes()).signed_for(source);
    let event = sample.sent_to(source).unwrap().events.remove(0);
    let mut call = Call::begin(&event);
    call.apply(&event);
    assert_eq!(call.phone().unwrap().as_str(), "+13035550177");
}

#[test]
fn a_withheld_number_is_nobodys_whoever_tells_of_it() {
    let config =
        "[vapi]\nkind = \"vapi\"\n[retell]\nkind = \"retell\"\n[elevenlabs]\nkind = \"elevenlabs\"";
    let sources = sources(config, &["s"]);
    for withheld in ["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"] {
        for (name, body) in [
            (
                "vapi",
                json!({"message": {"type": "status-update", "status": "ringing",
                    "call": {"id": "c1", "customer": {"number": withheld}}}}),
            ),
            (
                "retell",
                json!({"event": "call_started", "call": {"call_id": "c1", "direction": "inbound",
                    "from_number": withheld, "to_number": "+13035550100"}}),
            ),
            (
                "elevenlabs",
                json!({"type": "post_call_transcription", "data": {"conversation_id": "c1",
                    "metadata": {"phone_call": {"external_number": withheld}}}}),
            ),
        ] {
            let source = sources.get(name).unwrap();
            let sample = Sample::new(body.to_string().as_bytes()).signed_for(source);
            let event = sample.sent_to(source).unwrap().events.remove(0);
            let mut call = Call::begin(&event);
            call.apply(&event);
            assert_eq!(call.phone(), None, "{name}");
        }
    }
}
