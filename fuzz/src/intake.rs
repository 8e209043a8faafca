//! What must hold for any bytes that reach the intake. Shared by the fuzz targets and by the test
//! that runs their seeds.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use callboard::{
    call::{Call, Event, Region},
    intake::{AuthSettings, HmacSettings, Request, Settings, Sources},
    secret::SecretRef,
};
use jiff::Timestamp;

/// Every kind of source under its own name, and each scheme once more.
pub fn sources() -> Sources {
    let source = |kind: &str, auth: Option<AuthSettings>| Settings {
        kind: kind.to_owned(),
        secrets: vec![SecretRef::given("a secret"), SecretRef::given("b2xk")],
        public_url: Some("https://calls.example.com".to_owned()),
        auth,
        ..Settings::default()
    };
    let kinds = [
        "vapi",
        "twilio",
        "callrail",
        "retell",
        "bland",
        "elevenlabs",
        "hoverbot",
        "leaddistro",
        "nextphone",
        "openai-sip",
    ];
    let mut settings: BTreeMap<String, Settings> =
        kinds.map(|kind| (kind.to_owned(), source(kind, None))).into();
    let bearer =
        AuthSettings::Bearer { header: "authorization".to_owned(), prefix: "Bearer ".to_owned() };
    let token = AuthSettings::Oauth2 {
        client_id: "us".to_owned(),
        lifetime: jiff::SignedDuration::from_hours(1),
    };
    let hmac = AuthSettings::Hmac(HmacSettings::default());
    for (name, auth) in [("bearer", bearer), ("token", token), ("hmac", hmac)] {
        settings.insert(name.to_owned(), source("vapi", Some(auth)));
    }
    Sources::build(&settings, &Region::default()).expect("the settings above are right")
}

/// 2026-04-14T15:00:00Z.
fn now() -> Timestamp {
    Timestamp::from_second(1_776_178_800).expect("a time in range")
}

/// `source/path` in the first line, then the body: must become bounded, clean, repeatable events.
pub fn translate(sources: &Sources, input: &[u8]) {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (head, body) = (&input[..end], &input[end + 1..]);
    let Ok(head) = std::str::from_utf8(head) else { return };
    let (name, path) = head.split_at(head.find('/').unwrap_or(head.len()));
    let Some(source) = sources.get(name) else { return };
    let kind = match body.first() {
        Some(b'{' | b'[') => "application/json",
        _ => "application/x-www-form-urlencoded",
    };
    let headers = HeaderMap::from_iter([(
        HeaderName::from_static("content-type"),
        HeaderValue::from_static(kind),
    )]);
    let request =
        Request { method: &Method::POST, path, query: "", headers: &headers, body, now: now() };
    let accepted = match source.preview(&request) {
        Ok(accepted) => accepted,
        Err(refused) => {
            assert!(refused.status().is_client_error());
            return;
        }
    };
    assert_eq!(source.preview(&request).as_ref(), Ok(&accepted), "the same twice");
    assert_eq!(accepted.events.is_empty(), accepted.ignored.is_some());
    for event in &accepted.events {
        check(event);
    }
}

fn check(event: &Event) {
    assert!(event.key.len() <= 160 && event.call.as_str().len() <= 255);
    let text = serde_json::to_string(event).expect("an event is JSON");
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}');
    let key = serde_json::to_string(&event.key).expect("a key is JSON");
    assert!(!text.replace(&key, "").contains(steers), "nothing can steer a terminal");
    let again: Event = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(&again, event);
    let mut once = Call::begin(event);
    once.apply(event);
    let mut twice = once.clone();
    twice.apply(event);
    assert_eq!(once, twice, "a repetition changes nothing");
    let _ = (once.state(), once.duration(), once.callback(), once.transcript.partials().len());
}

/// A source, header lines, an empty line, a body: nobody who does not know the secret gets in.
pub fn verify(sources: &Sources, input: &[u8]) {
    let Some(end) = input.windows(2).position(|pair| pair == b"\n\n") else { return };
    let (head, body) = (&input[..end], &input[end + 2..]);
    let mut lines = head.split(|byte| *byte == b'\n');
    let name = lines.next().and_then(|name| std::str::from_utf8(name).ok());
    let Some(source) = name.and_then(|name| sources.get(name)) else { return };
    let header = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        Some((name, HeaderValue::from_bytes(&line[colon + 1..]).ok()?))
    };
    let headers: HeaderMap = lines.filter_map(header).collect();
    let request =
        Request { method: &Method::POST, path: "", query: "", headers: &headers, body, now: now() };
    // The plain secrets are in the seeds and may be found; a keyed hash may not be guessed.
    let told = ["vapi", "bearer"].contains(&source.name().as_str());
    let secret = headers.values().any(|value| {
        let value = value.as_bytes();
        value.ends_with(b"a secret") || value.ends_with(b"b2xk")
    });
    if source.receive(&request).is_ok() {
        assert!(told && secret, "{} let a stranger in", source.name());
    }
    let signed = source.sign(&request);
    if signed.is_empty() {
        // A form with more members than are read can't be signed either.
        return;
    }
    let mut genuine = headers.clone();
    for (name, value) in signed {
        genuine.insert(name, value);
    }
    let again = Request { headers: &genuine, ..request };
    if let Err(refused) = source.receive(&again) {
        assert_ne!(refused.label(), "unauthorized", "what we sign is genuine");
    }
}
