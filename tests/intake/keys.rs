//! What makes a message itself, and a call: ids and keys that others choose.

use callboard::{
    call::{Call, CallState, Event},
    intake::Source,
};
use serde_json::{Value, json};

use super::samples::{Sample, sources};

/// One message to a source whose deliveries and calls are named by the sender.
fn event(body: &Value) -> Event {
    let config = r#"
        [it]
        kind = "generic"
        auth = { scheme = "secret" }
        [it.mapping]
        events = { "*" = "update" }
        fields = { id = "/id", key = "/key" }
    "#;
    let sources = sources(config, &["s"]);
    let source = sources.get("it").unwrap();
    let sample = Sample::new(body.to_string().as_bytes()).signed_for(source);
    sample.sent_to(source).unwrap().events.remove(0)
}

#[test]
fn no_key_from_outside_is_one_of_the_hubs_own() {
    let long = "k".repeat(400);
    let keys = [
        "hub:route:1",
        "notice:hub:route:1/office:1:ended",
        "promise:x",
        "placed:x",
        "rang:x:y",
        "hook::",
        "",
        "k\0",
        long.as_str(),
        &long[1..],
    ];
    let keys = keys.map(|key| event(&json!({"id": "1", "key": key})).key);
    for (n, key) in keys.iter().enumerate() {
        assert!(key.starts_with("hook:"), "{key}");
        assert!(key.len() <= 160 && !key.contains('\0'), "{key}");
        assert!(!keys[..n].contains(key), "{key} twice");
    }
}

#[test]
fn a_conversation_is_known_by_its_address_whatever_follows_it() {
    let sources = sources("[it]\nkind = \"hoverbot\"", &["s"]);
    let source = sources.get("it").unwrap();
    let id = |address: &str| {
        let lead = json!({"event": "lead.qualified", "lead": {"conversationUrl": address}});
        let sample = Sample::new(lead.to_string().as_bytes()).signed_for(source);
        sample.sent_to(source).unwrap().events.remove(0).call.to_string()
    };
    for end in ["", "/", "?tab=transcript", "/?a=b/c", "#last", "?x=1#y/z"] {
        let address = format!("https://app.hoverbot.ai/conversations/conv_A{end}");
        assert_eq!(id(&address), "it:conv_A", "{end}");
    }
}

fn sent(source: &Source, path: &str, body: &Value, second: i64) -> Event {
    let mut sample = Sample::new(body.to_string().as_bytes());
    sample.path = path.to_owned();
    sample.now = jiff::Timestamp::from_second(1_776_178_800 + second).unwrap();
    sample.signed_for(source).sent_to(source).unwrap().events.remove(0)
}

/// The call after these, of which a hub takes each key once.
fn call(events: &[Event]) -> Call {
    let mut call = Call::begin(&events[0]);
    for (n, event) in events.iter().enumerate() {
        if !events[..n].iter().any(|known| known.key == event.key) {
            call.apply(event);
        }
    }
    call
}

/// Vapi's members are all optional, its time too.
#[test]
fn a_message_without_a_time_is_what_it_says() {
    let sources = sources("[it]\nkind = \"vapi\"", &["s"]);
    let source = sources.get("it").unwrap();
    let report = |artifact: Value| {
        json!({"message": {"type": "end-of-call-report", "endedReason": "customer-ended-call",
            "call": {"id": "c1"}, "artifact": artifact}})
    };
    let poor = report(json!({"presignedMonoUrl": "https://a.example/1"}));
    let rich = report(json!({"transcript": "AI: Hello\nUser: My basement is flooding"}));
    let events = [(&poor, 0), (&rich, 1), (&rich, 60)].map(|(body, at)| sent(source, "", body, at));
    assert_eq!(call(&events).transcript.lines().len(), 2, "the richer one is news");
    assert_eq!(events[1].key, events[2].key, "sent again it is the same");
    let again = report(json!({"presignedMonoUrl": "https://a.example/2"}));
    assert_eq!(events[0].key, sent(source, "", &again, 9).key, "what is not read does not count");
    let ended = |reason: Option<&str>| {
        json!({"message": {"type": "status-update", "status": "ended", "endedReason": reason,
            "call": {"id": "c1"}}})
    };
    let ends = [None, Some("pipeline-error-openai-llm-failed")];
    let call = call(&ends.map(|reason| sent(source, "", &ended(reason), 0)));
    assert!(call.broke_off() && call.end_reason().is_some());
}

#[test]
fn callrails_report_without_a_time_is_what_it_says() {
    let sources = sources("[it]\nkind = \"callrail\"", &["s"]);
    let source = sources.get("it").unwrap();
    let body = |answered: bool| {
        json!({"resource_id": "CAL4", "answered": answered, "duration": "86",
            "customer_phone_number": "+13035550121"})
    };
    let told = [(false, 0), (true, 5), (true, 65)];
    let events = told.map(|(answered, at)| sent(source, "/call-modified", &body(answered), at));
    assert_eq!(call(&events).state(), CallState::Ended);
    assert_eq!(events[1].key, events[2].key);
}

#[test]
fn two_ids_are_two_calls_however_long_or_odd() {
    let id = |id: &str| {
        let config = r#"
            [it]
            kind = "generic"
            auth = { scheme = "secret" }
            mapping = { events = { "*" = "update" }, fields = { id = "/id" } }
            [vapi]
            kind = "vapi"
        "#;
        let sources = sources(config, &["s"]);
        let generic = format!("{{\"id\":{id}}}");
        let message = "{\"message\":{\"type\":\"status-update\",\"status\":\"ringing\",\"call\":";
        let vapi = format!("{message}{generic}}}}}");
        [("it", generic), ("vapi", vapi)].map(|(name, body)| {
            let source = sources.get(name).unwrap();
            let sample = Sample::new(body.as_bytes()).signed_for(source);
            sample.sent_to(source).unwrap().events.remove(0).call.to_string()
        })
    };
    let ids = [
        "123456789012345678901234",
        "123456789012345678901299",
        "18446744073709551615",
        "18446744073709551616",
        "\"a/1\"",
        "\"hex.612f31\"",
        "\"sha256.00\"",
    ]
    .map(id);
    for (n, id) in ids.iter().enumerate() {
        assert!(!ids[..n].contains(id), "{id:?} twice");
    }
    assert_eq!(ids[0], ["it:123456789012345678901234", "vapi:123456789012345678901234"]);
}
