//! What makes a message itself, and a call: ids and keys that others choose.

use serde_json::{Value, json};

use super::samples::{Sample, sources};

/// One message to a source whose deliveries and calls are named by the sender.
fn event(body: &Value) -> callboard::call::Event {
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
