//! What the presets make of bodies that are not as tidy as the examples, and how generic sources read
//! what calls itself a form.

use callboard::{
    call::{Call, CallState, Role},
    intake::{Accepted, Source},
};
use serde_json::{Value, json};

use super::samples::{Sample, headers, sources};

fn accepted(source: &Source, body: &Value) -> Accepted {
    let sample = Sample::new(body.to_string().as_bytes()).signed_for(source);
    sample.sent_to(source).unwrap()
}

fn call(kind: &str, bodies: &[Value]) -> Call {
    let sources = sources(&format!("[it]\nkind = \"{kind}\""), &["c2VjcmV0"]);
    let source = sources.get("it").unwrap();
    let events: Vec<_> = bodies.iter().flat_map(|body| accepted(source, body).events).collect();
    let mut call = Call::begin(&events[0]);
    events.iter().for_each(|event| call.apply(event));
    call
}

/// Whoever calls by SIP writes their own display name.
#[test]
fn the_number_of_a_sip_call_is_its_addresss() {
    let number = |from: &str| {
        let body = json!({"id": "e", "type": "realtime.call.incoming", "data": {"call_id": "s1",
            "sip_headers": [{"name": "From", "value": from}]}});
        let call = call("openai-sip", &[body]);
        call.phone().map(|phone| phone.as_str().to_owned())
    };
    let real = Some("+13035550177".to_owned());
    for from in [
        "\"sip:+13035550999@a\" <sip:+13035550177@x>;tag=1",
        "\"<sip:+13035550999@a> \\\" <sip:+13035550998@a>\" <sip:+13035550177@x>",
        "sip13035550999 <sips:13035550177@x>",
        "<tel:+1-303-555-0177>",
        "SIP:13035550177:pw@x",
        "<sip:%2B13035550177@x>",
        "sip:+13035550177@x;tag=<sip:+13035550999@a>",
    ] {
        assert_eq!(number(from), real, "{from}");
    }
    assert_eq!(number("\"sip:+13035550999@a\" <sip:anonymous@anonymous.invalid>"), None);
}

#[test]
fn bland_may_post_while_the_call_goes_on() {
    let body = |more: Value| {
        let mut body = json!({"call_id": "b1", "inbound": true, "from": "+13035550283"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let started = body(json!({"completed": false, "status": "started"}));
    let event = body(json!({"category": "tool", "message": "looked up a slot"}));
    let state = |bodies: &[Value]| call("bland", bodies).state();
    assert_eq!(state(std::slice::from_ref(&started)), CallState::New);
    assert_eq!(state(std::slice::from_ref(&event)), CallState::New);
    let over = body(json!({"completed": true, "answered_by": "human"}));
    assert_eq!(state(&[started.clone(), event, over]), CallState::Ended);
    let unanswered = body(json!({"completed": false, "status": "no-answer"}));
    assert_eq!(state(&[started, unanswered]), CallState::Missed);
}

#[test]
fn a_sold_lead_is_kept_without_an_id() {
    let lead = json!({"first_name": "Zed", "phone": "3035550131", "service": "flooded basement"});
    let by_phone = call("leaddistro", std::slice::from_ref(&lead));
    assert_eq!(by_phone.id.as_str(), "it:3035550131");
    assert_eq!(by_phone.phone().unwrap().as_str(), "+13035550131");
    let mut lead = lead;
    lead["email"] = json!("z@example.com");
    assert_eq!(call("leaddistro", &[lead.clone()]).id.as_str(), "it:z@example.com");
    lead["lead_id"] = json!("L1");
    assert_eq!(call("leaddistro", &[lead]).id.as_str(), "it:L1");
}

#[test]
fn whom_elevenlabs_could_not_reach_is_known() {
    let call = call(
        "elevenlabs",
        &[json!({"type": "call_initiation_failure",
        "data": {"conversation_id": "c1", "failure_reason": "no-answer", "metadata": {
            "type": "twilio", "body": {"To": "+13035550177", "From": "+13035550100"}}}})],
    );
    assert_eq!(call.state(), CallState::Missed);
    assert_eq!(call.phone().unwrap().as_str(), "+13035550177");
    assert_eq!(call.party().line.as_ref().unwrap().as_str(), "+13035550100");
}

#[test]
fn a_transcript_without_speakers_is_the_callers() {
    let words = "My basement is flooding, a pipe burst, please call me back";
    for transcript in [
        words.to_owned(),
        format!("Caller: {words}"),
        format!("[00:03] Caller: {words}"),
        format!("**Caller:** {words}"),
        format!("Caller (Jane): {words}"),
        format!("user\n{words}"),
    ] {
        let body = json!({"event": "call.completed", "call": {"id": "t1",
            "from_number": "+13035550280", "transcript": transcript}});
        let call = call("nextphone", &[body]);
        let [line] = call.transcript.lines() else { panic!("{transcript}") };
        assert_eq!((line.role, line.text.as_str()), (Role::Caller, words), "{transcript}");
    }
    let report = json!({"message": {"type": "end-of-call-report", "call": {"id": "v1"},
        "artifact": {"transcript": words}}});
    assert_eq!(call("vapi", &[report]).transcript.lines().len(), 1);
}

/// A source of bodies as they come from a form, a script or a mail gateway.
fn form(kind: &str, body: &[u8]) -> Accepted {
    let config = r#"
        [it]
        kind = "generic"
        auth = { scheme = "hmac", payload = "{body}" }
        [it.mapping]
        events = { "*" = "lead" }
        fields = { id = "/id", name = "/name", from = "/from" }
    "#;
    let sources = sources(config, &["s"]);
    let source = sources.get("it").unwrap();
    let mut sample = Sample::new(body);
    sample.headers = headers(&format!("content-type: {kind}"));
    sample.signed_for(source).sent_to(source).unwrap()
}

#[test]
fn a_form_is_read_whatever_it_calls_itself() {
    let parts = b"--x-1\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n7\r\n\
        --x-1\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nAnn\r\nLee\r\n\
        --x-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n\
        --x-1--\r\n";
    let json = br#"{"id":7,"name":"Ann Lee"}"#;
    let plain = b"id=7&name=Ann+Lee";
    let urlencoded = "application/x-www-form-urlencoded";
    for (kind, body) in [
        (urlencoded, plain.as_slice()),
        ("Application/X-WWW-Form-urlencoded; charset=UTF-8", plain),
        (urlencoded, json),
        ("text/plain", json),
        ("multipart/form-data; boundary=x-1", parts),
        ("Multipart/Form-Data; charset=utf-8; Boundary=\"x-1\"", parts),
    ] {
        let accepted = form(kind, body);
        let mut call = Call::begin(&accepted.events[0]);
        call.apply(&accepted.events[0]);
        assert_eq!(call.id.as_str(), "it:7", "{kind}");
        let name = call.name().unwrap().as_str().replace("  ", " ").replace('\n', " ");
        assert_eq!(name, "Ann Lee", "{kind}");
    }
}
