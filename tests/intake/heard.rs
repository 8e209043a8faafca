//! That what was said is kept, once and in order, however a provider tells it.

use callboard::call::{Call, Event, Fact, Line, Progress, Role, Stage, Text};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::samples::{Sample, sources, start};

/// The call after these bodies of a source, which are posted a second apart.
fn call(config: &str, bodies: &[Value]) -> Call {
    let sources = sources(&format!("[it]\n{config}"), &["c2VjcmV0"]);
    let source = sources.get("it").unwrap();
    let send = |(n, body): (usize, &Value)| {
        let mut sample = Sample::new(body.to_string().as_bytes());
        sample.now += SignedDuration::from_secs(i64::try_from(n).unwrap());
        sample.signed_for(source).sent_to(source).unwrap().events
    };
    let events: Vec<Event> = bodies.iter().enumerate().flat_map(send).collect();
    let mut call = Call::begin(&events[0]);
    events.iter().for_each(|event| call.apply(event));
    call
}

/// Who said what, in short.
fn said(call: &Call) -> Vec<String> {
    let who = |line: &Line| if line.role == Role::Caller { "caller" } else { "agent" };
    let lines = call.transcript.lines().iter();
    lines.map(|line| format!("{}: {}", who(line), line.text)).collect()
}

fn vapi(kind: &str, more: &Value, seconds: i64) -> Value {
    let mut body = json!({"message": {"type": kind, "call": {"id": "c1"},
        "timestamp": start().as_millisecond() + seconds * 1_000}});
    body["message"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn words(kind: &str, words: &str, seconds: i64) -> Value {
    let more = json!({"transcriptType": kind, "role": "user", "transcript": words});
    vapi("transcript", &more, seconds)
}

const VAPI: &str = "kind = \"vapi\"";

#[test]
fn words_that_nobody_finished_are_said_once_the_call_is_over() {
    let gas = words("partial", "I smell gas in the basement", 2);
    let over = vapi("status-update", &json!({"status": "ended"}), 3);
    let going_on = call(VAPI, &[words("final", "Hello", 1), gas.clone()]);
    assert_eq!(said(&going_on), ["caller: Hello"], "they may become anything");
    let ended = call(VAPI, &[words("final", "Hello", 1), gas.clone(), over.clone()]);
    assert_eq!(said(&ended), ["caller: Hello", "caller: I smell gas in the basement"]);
    assert!(ended.transcript.partials().is_empty());
    let finished = [gas.clone(), words("final", "I smell glass in the basement", 3), over.clone()];
    assert_eq!(said(&call(VAPI, &finished)), ["caller: I smell glass in the basement"]);
    // The provider's last word counts, whatever it has.
    let report = json!({"startedAt": start().to_string(),
        "artifact": {"messages": [{"role": "user", "message": "Wrong number"}]}});
    let reported = [gas, over, vapi("end-of-call-report", &report, 4)];
    assert_eq!(said(&call(VAPI, &reported)), ["caller: Wrong number"]);
}

/// What Retell tells of a call so far: each utterance with when it began.
fn retell(event: &str, start_known: bool, spoken: &[(&str, &str, f64)]) -> Value {
    let spoken: Vec<Value> = spoken
        .iter()
        .map(|(role, content, at)| {
            let words = if start_known { json!([{"start": at}]) } else { json!([]) };
            json!({"role": role, "content": content, "words": words})
        })
        .collect();
    let begun = start_known.then(|| start().as_millisecond());
    json!({"event": event, "call": {"call_id": "r1", "start_timestamp": begun,
        "transcript_object": spoken}})
}

#[test]
fn what_retell_understands_better_takes_the_place_of_what_it_understood() {
    for start_known in [true, false] {
        let update = |spoken: &[_]| retell("transcript_updated", start_known, spoken);
        let hello = ("agent", "Hello, how can I help you today?", 0.5);
        let short = ("agent", "Hello, how can I", 0.52);
        let boss = ("user", "My boss meant", 2.0);
        let flood = ("user", "My basement is flooding", 2.02);
        let oh = ("agent", "Oh no.", 4.0);
        let told = [
            update(&[hello]),
            update(&[short, boss]),
            update(&[short, flood]),
            update(&[short, flood, oh]),
        ];
        let now = call("kind = \"retell\"", &told[..3]);
        assert_eq!(said(&now), ["agent: Hello, how can I"]);
        let growing: Vec<&str> =
            now.transcript.partials().iter().map(|line| line.text.as_str()).collect();
        assert_eq!(growing, ["My basement is flooding"], "the newest, not the greatest");
        let now = call("kind = \"retell\"", &told);
        assert_eq!(said(&now), ["agent: Hello, how can I", "caller: My basement is flooding"]);
        // It ends without a transcript: the last words were complete.
        let ended = json!({"event": "call_ended", "call": {"call_id": "r1"}});
        let ended = call("kind = \"retell\"", &[&told[..], &[ended]].concat());
        assert_eq!(said(&ended).len(), 3, "{:?}", said(&ended));
        let last = retell("call_ended", start_known, &[short, flood, oh]);
        let ended = call("kind = \"retell\"", &[&told[..], &[last]].concat());
        assert_eq!(said(&ended).len(), 3, "{:?}", said(&ended));
    }
}

#[test]
fn what_a_shorter_report_lacks_was_said_all_the_same() {
    let gas = ("user", "I smell gas", 1.0);
    let update =
        retell("transcript_updated", true, &[gas, ("agent", "Please leave the house", 3.0)]);
    let report = retell("call_analyzed", true, &[("agent", "Please leave", 3.0)]);
    for told in [[update.clone(), report.clone()], [report, update]] {
        let call = call("kind = \"retell\"", &told);
        assert_eq!(
            said(&call),
            ["caller: I smell gas", "agent: Please leave"],
            "whatever is first"
        );
    }
}

#[test]
fn of_what_is_told_as_a_whole_the_beginning_is_kept() {
    let long = "gas ".repeat(100_000);
    let body = json!({"resource_id": "CAL1", "answered": true, "duration": 60,
        "timestamp": start().to_string(), "transcription": long});
    let call = call("kind = \"callrail\"", &[body]);
    let kept = call.transcript.lines()[0].text.as_str();
    assert!(long.starts_with(kept) && kept.len() > 50_000, "{}", kept.len());
}

#[test]
fn a_moment_that_cannot_be_is_none() {
    let spoken = [("user", "I smell gas", 1e11), ("agent", "Where?", 3.0)];
    let call = call("kind = \"retell\"", &[retell("call_ended", true, &spoken)]);
    let last = call.transcript.lines().last().unwrap().at;
    assert!(last < start() + SignedDuration::from_secs(10), "{last}");
}

#[test]
fn lines_of_one_second_stay_in_their_order() {
    let eleven = |lines: Value| {
        json!({"type": "post_call_transcription", "data": {"conversation_id": "e1",
            "metadata": {"start_time_unix_secs": start().as_second()}, "transcript": lines}})
    };
    let asked = call(
        "kind = \"elevenlabs\"",
        &[eleven(json!([
            {"role": "agent", "message": "Do you smell gas?", "time_in_call_secs": 6},
            {"role": "user", "message": "Yes I do", "time_in_call_secs": 6},
            {"role": "user", "message": "A lot", "time_in_call_secs": 6},
            {"role": "agent", "message": "Leave the house.", "time_in_call_secs": 7},
        ]))],
    );
    let order = [
        "agent: Do you smell gas?",
        "caller: Yes I do",
        "caller: A lot",
        "agent: Leave the house.",
    ];
    assert_eq!(said(&asked), order);
    let at = start().to_string();
    let bland = json!({"call_id": "b1", "completed": true, "transcripts": [
        {"user": "robot", "text": "Do you smell gas?", "created_at": at},
        {"user": "user", "text": "Yes I do", "created_at": at},
        {"user": "agent-action", "text": "Looked up", "created_at": at},
        {"user": "assistant", "text": "Leave the house.", "created_at": at}]});
    let order = ["agent: Do you smell gas?", "caller: Yes I do", "agent: Leave the house."];
    assert_eq!(said(&call("kind = \"bland\"", &[bland])), order);
    let time = start().as_millisecond();
    let messages = json!({"artifact": {"messages": [
        {"role": "bot", "message": "Do you smell gas?", "time": time},
        {"role": "user", "message": "Yes I do", "time": time}]}});
    let vapi = call(VAPI, &[vapi("end-of-call-report", &messages, 60)]);
    assert_eq!(said(&vapi), order[..2]);
}

#[test]
fn a_report_in_openais_form_is_read() {
    let formatted = json!({"artifact": {"messagesOpenAIFormatted": [
        {"role": "system", "content": "You are the receptionist."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "My basement is flooding"}]}});
    let mut both = formatted.clone();
    let messages = both["artifact"]["messagesOpenAIFormatted"].take();
    both["artifact"]["messages"] = messages;
    both["artifact"]["messages"][2]["message"] = json!("My basement floods");
    let call_of_both = call(VAPI, &[vapi("end-of-call-report", &both, 60)]);
    assert_eq!(said(&call_of_both)[1], "caller: My basement floods", "one of them, and not none");
    let call = call(VAPI, &[vapi("end-of-call-report", &formatted, 60)]);
    assert_eq!(said(&call), ["agent: Hello.", "caller: My basement is flooding"]);
}

#[test]
fn a_dialogue_in_one_line_is_one() {
    let told = |words: &str| {
        let body = json!({"resource_id": "CAL1", "answered": true, "duration": 60,
            "timestamp": start().to_string(), "transcription": words});
        said(&call("kind = \"callrail\"", &[body]))
    };
    let whole = "Agent: Ray's plumbing. Caller: My basement is flooding and I smell gas, call me \
                 back. Agent: On our way!";
    let expected = [
        "agent: Ray's plumbing.",
        "caller: My basement is flooding and I smell gas, call me back.",
        "agent: On our way!",
    ];
    assert_eq!(told(whole), expected);
    let quoted = "Caller: I told your agent: the basement is flooding. She said Customer: wait.";
    assert_eq!(told(quoted), [format!("caller: {}", &quoted[8..])]);
    let voicemail = "My basement is flooding. Agent: 007 here, ha ha.";
    assert_eq!(told(voicemail), [format!("caller: {voicemail}")], "it does not begin as one");
}

fn moments() -> impl Strategy<Value = Vec<(i64, Fact)>> {
    let text = prop::sample::select(vec!["gas", "I smell gas", "I smell", "yes", "help me now"]);
    let role = prop::sample::select(vec![Role::Caller, Role::Agent]);
    let line = (0..9_i64, role, text).prop_map(|(second, role, text)| {
        let at = start() + SignedDuration::from_secs(second);
        Line { at, role, text: Text::new(text) }
    });
    let so_far = (prop::collection::vec(line.clone(), 0..4), any::<bool>())
        .prop_map(|(lines, open)| Fact::SoFar { lines, open });
    let ended = Just(Fact::Progress(Progress { stage: Stage::Ended, ending: None }));
    let fact =
        prop_oneof![line.clone().prop_map(Fact::Said), line.prop_map(Fact::Saying), so_far, ended,];
    prop::collection::vec((0..9_i64, fact), 1..8)
}

proptest! {
    /// Whatever order and how often: the same lines, and of those that were heard none is missing.
    #[test]
    fn any_order_and_any_repetition_says_the_same(told in moments(), seed in any::<u64>()) {
        let id = callboard::call::CallId::parse("it:c").unwrap();
        let event = |(n, (second, fact)): (usize, &(i64, Fact))| {
            let sent_at: Timestamp = start() + SignedDuration::from_secs(*second);
            let (call, key, facts) = (id.clone(), n.to_string(), vec![fact.clone()]);
            Event { call, key, sent_at, received_at: sent_at, facts }
        };
        let mut events: Vec<Event> = told.iter().enumerate().map(event).collect();
        let fold = |events: &[Event]| {
            let mut call = Call::begin(&events[0]);
            events.iter().for_each(|event| call.apply(event));
            let partials: Vec<Line> = call.transcript.partials().into_iter().cloned().collect();
            (call.transcript.lines().to_vec(), partials)
        };
        let told = fold(&events);
        let whole: Vec<&str> = told.0.iter().map(|line| line.text.as_str()).collect();
        for fact in events.iter().flat_map(|event| &event.facts) {
            if let Fact::Said(line) = fact {
                let spoken = whole.join(" ").to_lowercase();
                for word in line.text.as_str().to_lowercase().split(' ') {
                    prop_assert!(spoken.contains(word), "{word} is not in {spoken}");
                }
            }
        }
        let mut random = fastrand::Rng::with_seed(seed);
        events.extend(events.clone());
        random.shuffle(&mut events);
        prop_assert_eq!(fold(&events), told);
    }
}
