//! The delivery orders of the scenarios, and every other order: the call ends the same.

use callboard::{
    call::{Call, CallState, Direction, Event},
    intake::Sources,
};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::Value;

use super::samples::{Sample, bytes, sources, start};

const CONFIG: &str = r#"
    [vapi]
    kind = "vapi"
    [callrail]
    kind = "callrail"
    [retell]
    kind = "retell"
    [twilio]
    kind = "twilio"
    public_url = "https://calls.example.com"
"#;

/// The events of a scenario, each delivered at its time.
fn scenario(name: &str) -> Vec<Event> {
    let sources = sources(CONFIG, &["a secret"]);
    let text = String::from_utf8(bytes(&format!("scenarios/{name}.jsonl"))).unwrap();
    let steps = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let steps = steps.filter(|step| step.get("step").is_some());
    steps.flat_map(|step| delivered(&sources, &step)).collect()
}

fn delivered(sources: &Sources, step: &Value) -> Vec<Event> {
    let file = step["body_file"].as_str().unwrap();
    let mut sample = Sample::new(&bytes(file));
    let after = SignedDuration::from_millis(step["deliver_at_ms"].as_i64().unwrap());
    sample.now = start() + after;
    let provider = step["provider"].as_str().unwrap();
    if provider == "callrail" {
        let event = file.split(['/', '.']).nth(1).unwrap();
        sample.path = format!("/{event}");
    }
    let source = sources.get(provider).unwrap();
    sample.signed_for(source).sent_to(source).unwrap().events
}

fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Call {
    let mut events = events.into_iter().peekable();
    let mut call = Call::begin(events.peek().unwrap());
    events.for_each(|event| call.apply(event));
    call
}

#[test]
fn a_vapi_call_from_ring_to_report() {
    let call = fold(&scenario("vapi-happy-path"));
    assert_eq!(call.state(), CallState::Ended);
    assert_eq!(call.duration(), Some(SignedDuration::from_secs(28)));
    assert_eq!(call.transcript.lines().len(), 6, "the report repeats what was heard live");
    assert_eq!(call.judgement().unwrap().data["booked"].as_str(), "true");
    assert_eq!(call.name().unwrap().as_str(), "Dana Whitfield");
    assert_eq!(call.callback(), None);
}

#[test]
fn a_ringing_call_at_callrail_is_never_missed() {
    let events = scenario("callrail-precall-is-not-missed");
    let states: Vec<CallState> = (1..=events.len()).map(|n| fold(&events[..n]).state()).collect();
    use CallState::{Ended, Ringing};
    assert_eq!(states, [Ringing, Ringing, Ended, Ended]);
    let call = fold(&events);
    assert_eq!(call.party().metadata["tags"].as_str(), "AC repair, Booked");
    assert_eq!(call.party().campaign.as_ref().unwrap().as_str(), "Google Ads - AC repair");
    assert_eq!(call.transcript.lines().len(), 2);
}

#[test]
fn a_call_that_nobody_answered_opens_with_its_end() {
    let call = fold(&scenario("retell-no-answer"));
    assert_eq!(call.state(), CallState::Missed);
    assert_eq!(call.end_reason().unwrap().as_str(), "dial_no_answer");
    assert_eq!(call.party().direction, Some(Direction::Outbound));
    assert_eq!(call.callback(), None, "whom we called waits for nothing");
}

/// Everything else the examples tell of one call, in the order of the manifest.
fn all_of(provider: &str, files: &[&str]) -> Vec<Event> {
    let sources = sources(CONFIG, &["a secret"]);
    let source = sources.get(provider).unwrap();
    let send = |file: &&str| {
        let mut sample = Sample::new(&bytes(&format!("{provider}/{file}")));
        if file.ends_with(".decoded.json") {
            sample = sample.into_form();
        }
        sample.signed_for(source).sent_to(source).unwrap().events
    };
    files.iter().flat_map(send).collect()
}

fn every_call() -> Vec<Vec<Event>> {
    let vapi = [
        "assistant-request.json",
        "status-update.ringing.json",
        "status-update.in-progress.json",
        "assistant.started.json",
        "speech-update.user-started.json",
        "transcript.partial.json",
        "transcript.final.json",
        "conversation-update.json",
        "tool-calls.json",
        "transcript.assistant-final.json",
        "status-update.forwarding.json",
        "transfer-update.json",
        "status-update.ended.json",
        "end-of-call-report.json",
    ];
    let retell =
        ["call_started.json", "transcript_updated.json", "call_ended.json", "call_analyzed.json"];
    let outbound = ["initiated", "ringing", "answered", "completed"]
        .map(|status| format!("status.{status}.decoded.json"));
    let inbound = [
        "voice.inbound",
        "transcription.started",
        "transcription.content-partial",
        "transcription.content-final",
        "recording.completed",
    ]
    .map(|event| format!("{event}.decoded.json"));
    vec![
        scenario("vapi-happy-path"),
        scenario("callrail-precall-is-not-missed"),
        scenario("retell-no-answer"),
        all_of("vapi", &vapi),
        all_of("retell", &retell),
        all_of("twilio", &outbound.each_ref().map(String::as_str)),
        all_of("twilio", &inbound.each_ref().map(String::as_str)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_and_any_repetition_end_in_the_same_call(seed in any::<u64>()) {
        for tidy in every_call() {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut tidy = tidy;
            // One of them comes from a clock that is wrong.
            let wrong = SignedDuration::from_hours(random.i64(1..2_000));
            let place = random.usize(..tidy.len());
            tidy[place].sent_at = tidy[place].sent_at.checked_sub(wrong).unwrap();
            let mut messy: Vec<Event> = tidy.clone();
            messy.extend(random.choose_multiple(&tidy, tidy.len() / 2).into_iter().cloned());
            random.shuffle(&mut messy);
            prop_assert_eq!(fold(&messy), fold(&tidy));
        }
    }
}
