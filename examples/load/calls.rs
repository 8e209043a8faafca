//! What the provider posts: the webhooks of a call, as Vapi writes them.

/// Events of one call.
pub const EVENTS: usize = 40;

/// The secret of the one source.
pub const SECRET: &str = "a secret";

/// The rest of what Vapi repeats in every message.
const LUGGAGE: &str = r#""phoneNumber":{"id":"0b6d2f7a-9a41-4d0e-9a0c-6f5e1d2c3b4a","orgId":"5c3f2f0e-7f1b-4a53-9f5e-0c1f6f2f7a01","number":"+16145550110","provider":"vapi","name":"Bluebird Heating & Air - main line","createdAt":"2025-11-03T14:00:00.000Z","updatedAt":"2026-02-01T09:12:00.000Z","status":"active","assistantId":"a1d7c9be-2f64-4b0f-8a57-3f3f6a1c2b10"},"assistant":{"id":"a1d7c9be-2f64-4b0f-8a57-3f3f6a1c2b10","orgId":"5c3f2f0e-7f1b-4a53-9f5e-0c1f6f2f7a01","name":"Bluebird receptionist","firstMessage":"Bluebird Heating and Air, this is Ava. How can I help?","model":{"provider":"openai","model":"gpt-4o"},"voice":{"provider":"11labs","voiceId":"example-voice"},"createdAt":"2025-11-03T14:05:00.000Z","updatedAt":"2026-03-20T18:00:00.000Z"}"#;

/// What is said, by turns: the agent first. Small talk, as most of a call is, and a need.
const SAID: [&str; 14] = [
    "Bluebird Heating and Air, this is Ava. How can I help?",
    "Hi, my AC quit last night and it's blowing warm air.",
    "I'm sorry to hear that. Is anybody in the house who can't take the heat?",
    "No, just me and the dog, but it's getting pretty bad in here.",
    "Understood. Do you own the home, or are you renting?",
    "I own it, we've been here about twelve years now.",
    "And do you know how old the unit is?",
    "It came with the house, so older than that, I guess.",
    "Would you rather have it repaired, or hear about a replacement?",
    "Honestly if it's dead we'd look at a new one, we have about eight thousand dollars for it.",
    "Good to know. When would be a good time for somebody to come by?",
    "Tomorrow morning would be great, before it gets too hot.",
    "Let me write that down. Is this the best number to reach you?",
    "Yes, this one's fine, and thanks for taking the time.",
];

/// When the calls begin, in milliseconds: half an hour ago, so that nobody takes them for old.
pub fn beginning() -> i64 {
    jiff::Timestamp::now().as_millisecond() - 1_800_000
}

/// The request of a call's event: it is answered, then talked, and with the last event over.
pub fn request(call: usize, event: usize, last: usize, beginning: i64) -> Vec<u8> {
    let at = beginning + 1_000 * i64::try_from(event).unwrap_or(0);
    let what = match event {
        0 => r#""type":"status-update","status":"in-progress""#.to_owned(),
        n if n + 1 == last && last == EVENTS => {
            r#""type":"status-update","status":"ended","endedReason":"customer-ended-call""#
                .to_owned()
        }
        n => {
            let role = if n % 2 == 1 { "assistant" } else { "user" };
            let said = SAID[(n - 1) % SAID.len()];
            format!(
                r#""type":"transcript","role":"{role}","transcriptType":"final","transcript":"{said}""#
            )
        }
    };
    message(&format!("load-{call}"), &number(call), "", at, &what)
}

/// Everybody has their own number.
fn number(call: usize) -> String {
    format!("+1{:03}{:07}", 201 + call / 10_000_000 % 700, 2_000_000 + call % 7_990_000)
}

/// A status of a call whose caller has this name.
pub fn named(call: &str, name: &str, at: i64) -> Vec<u8> {
    let customer = format!(r#","name":"{name}""#);
    message(call, "+12125550199", &customer, at, r#""type":"status-update","status":"in-progress""#)
}

/// A line of a caller.
pub fn said(call: &str, text: &str, at: i64) -> Vec<u8> {
    let what = format!(
        r#""type":"transcript","role":"user","transcriptType":"final","transcript":"{text}""#
    );
    message(call, "+12125550199", "", at, &what)
}

fn message(call: &str, number: &str, customer: &str, at: i64, what: &str) -> Vec<u8> {
    let body = format!(
        r#"{{"message":{{"timestamp":{at},{what},"call":{{"id":"{call}","orgId":"5c3f2f0e-7f1b-4a53-9f5e-0c1f6f2f7a01","createdAt":"2026-04-14T15:00:00.000Z","updatedAt":"2026-04-14T15:00:00.000Z","type":"inboundPhoneCall","phoneCallProvider":"vapi","phoneCallTransport":"pstn","customer":{{"number":"{number}"{customer}}}}},{LUGGAGE}}}}}"#
    );
    let length = body.len();
    format!(
        "POST /hooks/vapi HTTP/1.1\r\nhost: load\r\ncontent-type: application/json\r\n\
         x-vapi-secret: {SECRET}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
