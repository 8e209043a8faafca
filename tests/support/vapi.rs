//! Vapi's messages, as small as they may be.

use serde_json::{Value, json};

/// A status of the call.
pub fn status(call: &str, status: &str, at: i64) -> Value {
    message(call, at, &json!({ "type": "status-update", "status": status }))
}

/// A final line.
pub fn said(call: &str, role: &str, text: &str, at: i64) -> Value {
    let content = json!({
        "type": "transcript", "role": role, "transcriptType": "final", "transcript": text,
    });
    message(call, at, &content)
}

/// The end-of-call report, without a transcript: the line dropped.
pub fn dropped(call: &str, at: i64) -> Value {
    let content = json!({
        "type": "end-of-call-report",
        "endedReason": "customer-ended-call",
        "artifact": {},
        "analysis": {},
    });
    message(call, at, &content)
}

/// `at` is in seconds.
fn message(call: &str, at: i64, content: &Value) -> Value {
    let digits: u32 = call.bytes().fold(7, |sum, b| (sum * 31 + u32::from(b)) % 10_000);
    let mut message = content.clone();
    message["timestamp"] = json!(at * 1000);
    message["call"] = json!({
        "id": call,
        "type": "inboundPhoneCall",
        "customer": { "number": format!("+1212555{digits:04}") },
    });
    json!({ "message": message })
}
