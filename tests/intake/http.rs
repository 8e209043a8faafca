//! The traps of delivery, over HTTP, against a hub with its journal.

use std::{collections::BTreeMap, time::Duration};

use axum::http::{HeaderMap, Method};
use callboard::{
    call::Region,
    hub::{self, Operator, Operators, Running},
    intake::{Request, Settings, Sources},
    plan,
    recording::{self, Recorder},
    replay::{Speed, replay},
    secret::SecretRef,
    triage::Rules,
    wire::OperatorRole,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::samples::{bytes, folder};

const TOKEN: &str = "an operator's token";

/// A hub with every source, and a client that signs for them.
struct Site {
    hub: Running,
    client: reqwest::Client,
    _folder: tempfile::TempDir,
}

fn sources() -> Sources {
    let source = |kind: &str| Settings {
        kind: kind.to_owned(),
        secrets: vec![SecretRef::given("a secret")],
        public_url: (kind == "twilio").then(|| "https://calls.example.com".to_owned()),
        // The examples are of April.
        tolerance: Some(jiff::SignedDuration::from_hours(200_000)),
        ..Settings::default()
    };
    let settings: BTreeMap<String, Settings> =
        ["vapi", "retell", "callrail", "twilio"].map(|kind| (kind.to_owned(), source(kind))).into();
    Sources::build(&settings, &Region::default()).unwrap()
}

impl Site {
    async fn open(recorder: Option<Recorder>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let mut operators = Operators::default();
        operators.add(TOKEN, Operator { name: "me".into(), role: OperatorRole::Admin });
        let hub = hub::start(hub::Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: folder.path().to_owned(),
            retain: None,
            store: None,
            sources: sources(),
            recorder,
            operators,
            door: hub::Door::default(),
            plan: plan::Settings::default(),
            call_back: None,
            salesforce: None,
            notice: callboard::notice::Settings::default(),
            rules: Rules::shipped(),
            business: "Bluebird".into(),
            zone: TimeZone::UTC,
            demo: false,
        })
        .await
        .unwrap();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        Self { hub, client, _folder: folder }
    }

    /// Posts to `/hooks/{to}` with a genuine signature; the status.
    async fn post(&self, to: &str, body: &[u8]) -> u16 {
        let (name, path) = to.split_at(to.find('/').unwrap_or(to.len()));
        let sources = sources();
        let headers = HeaderMap::new();
        let request = Request {
            method: &Method::POST,
            path,
            query: "",
            headers: &headers,
            body,
            now: Timestamp::now(),
        };
        let mut post = self.client.post(format!("{}/hooks/{to}", self.hub.url()));
        for (name, value) in sources.get(name).unwrap().sign(&request) {
            post = post.header(name, value);
        }
        let form = "application/x-www-form-urlencoded";
        let kind = if name == "twilio" { form } else { "application/json" };
        let answer = post.header("content-type", kind).body(body.to_vec()).send().await.unwrap();
        answer.status().as_u16()
    }

    async fn accept(&self, to: &str, body: &[u8]) {
        assert_eq!(self.post(to, body).await, 200, "{to}");
    }

    async fn vapi(&self, message: Value) {
        self.accept("vapi", json!({ "message": message }).to_string().as_bytes()).await;
    }

    async fn get(&self, way: &str) -> Value {
        let url = format!("{}{way}", self.hub.url());
        let answer = self.client.get(url).bearer_auth(TOKEN).send().await.unwrap();
        answer.json().await.unwrap()
    }

    async fn call(&self, id: &str) -> Value {
        self.get(&format!("/v1/calls/{id}")).await
    }

    async fn state(&self, id: &str) -> String {
        let call = self.call(id).await;
        call["summary"]["state"].as_str().unwrap_or_else(|| panic!("{call}")).to_owned()
    }
}

const CALL: &str = "vapi:c1";

fn status(status: &str, at: i64) -> Value {
    json!({"type": "status-update", "status": status, "timestamp": 1_776_178_800_000_i64 + at,
        "endedReason": (status == "ended").then_some("customer-ended-call"),
        "call": {"id": "c1", "type": "inboundPhoneCall", "customer": {"number": "+16145550142"}}})
}

/// Whoever types an address may end it so, and the signature is of the address as it was typed.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_may_end_in_a_slash() {
    let site = Site::open(None).await;
    site.accept("vapi/", json!({ "message": status("ringing", 0) }).to_string().as_bytes()).await;
    assert_eq!(site.state(CALL).await, "ringing");
    let form = b"CallSid=CA1&CallStatus=ringing&Direction=inbound&From=%2B13035550111";
    site.accept("twilio/", form).await;
    assert_eq!(site.state("twilio:CA1").await, "ringing");
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_before_its_start() {
    let site = Site::open(None).await;
    site.vapi(status("ended", 31_000)).await;
    site.vapi(status("in-progress", 3_000)).await;
    site.vapi(status("ringing", 400)).await;
    assert_eq!(site.state(CALL).await, "ended");
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analysis_before_the_end() {
    let site = Site::open(None).await;
    for file in ["call_analyzed", "call_ended", "call_started"] {
        site.accept("retell", &bytes(&format!("retell/{file}.json"))).await;
    }
    let call = site.call("retell:call_8f2b6c1d0a9e4f7788aa55cc1122").await;
    assert_eq!(call["summary"]["state"], "ended", "{call}");
    let told = call.to_string();
    assert!(told.contains("same-day visit by Luis agreed"), "{told}");
    assert!(told.contains("leaking all over the garage"), "{told}");
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answered_and_nothing_told_of_a_start() {
    let site = Site::open(None).await;
    site.accept("retell", &bytes("retell/call_ended.no-answer.json")).await;
    assert_eq!(site.state("retell:call_8f2b6c1d0a9e4f7788aa55cc1199").await, "missed");
    // An inbound call that ended unanswered waits to be rung back at once.
    let mut missed = status("ended", 20_000);
    missed["endedReason"] = json!("customer-did-not-answer");
    site.vapi(missed).await;
    let call = site.call(CALL).await;
    assert_eq!(call["summary"]["state"], "missed", "{call}");
    assert_eq!(call["summary"]["callback"]["state"], "waiting", "{call}");
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_voice_agent_s_own_failure_cut_off_is_rung_back() {
    let site = Site::open(None).await;
    for (n, (reason, owed)) in [
        ("customer-ended-call", false),
        ("pipeline-error-openai-llm-failed", true),
        ("call.in-progress.error-vapifault-worker-died", true),
        ("assistant-error", true),
    ]
    .into_iter()
    .enumerate()
    {
        for stage in ["in-progress", "ended"] {
            let mut told = status(stage, 20_000);
            told["call"]["id"] = json!(format!("b{n}"));
            told["call"]["customer"]["number"] = json!(format!("+1614555020{n}"));
            if stage == "ended" {
                told["endedReason"] = json!(reason);
            }
            site.vapi(told).await;
        }
        let call = site.call(&format!("vapi:b{n}")).await;
        assert_eq!(call["summary"]["state"], "ended", "{call}");
        let waits = call["summary"]["callback"]["state"] == "waiting";
        assert_eq!(waits, owed, "{reason}: {call}");
    }
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_that_looks_like_a_missed_call() {
    let site = Site::open(None).await;
    let call = "callrail:CALb0000000000000000000000000000142";
    site.accept("callrail/pre-call", &bytes("callrail/pre-call.json")).await;
    assert_eq!(site.state(call).await, "ringing");
    site.accept("callrail/call-routing-complete", &bytes("callrail/call-routing-complete.json"))
        .await;
    assert_eq!(site.state(call).await, "ringing");
    site.accept("callrail/post-call", &bytes("callrail/post-call.json")).await;
    assert_eq!(site.state(call).await, "ended");
    site.accept("callrail/post-call", &bytes("callrail/post-call.missed.json")).await;
    assert_eq!(site.state("callrail:CALb0000000000000000000000000000144").await, "missed");
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_of_one_moment() {
    let site = Site::open(None).await;
    for stage in ["in-progress", "ringing", "ended", "queued", "in-progress"] {
        site.vapi(status(stage, 5_000)).await;
    }
    assert_eq!(site.state(CALL).await, "ended");
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_again_with_other_bytes() {
    let site = Site::open(None).await;
    let report = String::from_utf8(bytes("vapi/end-of-call-report.json")).unwrap();
    let id = "vapi:019d8c1e-44aa-7bb2-9f60-2f3d9a6e5c01";
    site.accept("vapi", report.as_bytes()).await;
    let once = site.call(id).await;
    let again = report.replace("aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    assert_ne!(again, report);
    site.accept("vapi", again.as_bytes()).await;
    assert_eq!(site.call(id).await, once, "nothing was added, not even a version");
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_genuine_leaves_nothing_behind() {
    let site = Site::open(None).await;
    let url = format!("{}/hooks/vapi", site.hub.url());
    let body = json!({ "message": status("ringing", 0) }).to_string();
    let post = |secret: &'static str| {
        site.client.post(&url).header("x-vapi-secret", secret).body(body.clone()).send()
    };
    for secret in ["", "wrong"] {
        assert_eq!(post(secret).await.unwrap().status().as_u16(), 401);
    }
    for (body, status) in [("", 400), ("[", 400), ("{\"message\":7}", 400)] {
        assert_eq!(site.post("vapi", body.as_bytes()).await, status, "{body}");
    }
    assert_eq!(site.get("/v1/calls").await, json!({"calls": []}));
    site.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_replays_to_the_same_board() {
    let folder_of_recording = tempfile::tempdir().unwrap();
    let file = folder_of_recording.path().join("calls.ndjson");
    let first = Site::open(Some(Recorder::open(&file).unwrap())).await;
    let mut scenarios = Vec::new();
    for name in ["vapi-happy-path", "callrail-precall-is-not-missed", "retell-no-answer"] {
        scenarios
            .extend(recording::read(&folder().join(format!("scenarios/{name}.jsonl"))).unwrap());
    }
    let posted = scenarios.len();
    let all_accepted = |site: &Site, recorded: Vec<recording::Recorded>| {
        let (url, client) = (site.hub.url(), site.client.clone());
        async move {
            let summary = replay(&sources(), &recorded, &url, Speed::Max, &client, |_| ()).await;
            assert_eq!((summary.accepted, summary.failures()), (recorded.len(), 0), "{summary:?}");
        }
    };
    all_accepted(&first, scenarios).await;
    let states = board(&first).await;
    assert_eq!(states.len(), 3);
    first.hub.stop().await;
    let recorded = recording::read(&file).unwrap();
    assert_eq!(recorded.len(), posted);
    let second = Site::open(None).await;
    all_accepted(&second, recorded).await;
    assert_eq!(board(&second).await, states);
    second.hub.stop().await;
}

/// Every call with its state and transcript.
async fn board(site: &Site) -> BTreeMap<String, (Value, Value)> {
    let calls = site.get("/v1/calls").await;
    let mut board = BTreeMap::new();
    for call in calls["calls"].as_array().unwrap() {
        let id = call["id"].as_str().unwrap().to_owned();
        let detail = site.call(&id).await;
        board.insert(id, (call["state"].clone(), detail["lines"].clone()));
    }
    board
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_nobody_finished_are_judged_at_the_end() {
    let site = Site::open(None).await;
    site.vapi(status("in-progress", 0)).await;
    site.vapi(json!({"type": "transcript", "transcriptType": "partial", "role": "user",
        "transcript": "I smell gas in the basement", "timestamp": 1_776_178_802_000_i64,
        "call": {"id": "c1"}}))
        .await;
    assert_eq!(site.call(CALL).await["summary"]["urgency"], 1, "it may become anything");
    site.vapi(status("ended", 5_000)).await;
    let call = site.call(CALL).await;
    assert_eq!(call["summary"]["urgency"], 5, "{call}");
    site.hub.stop().await;
}

/// What comes late takes the place of what was not finished: neither the number of lines changes, nor
/// the last of them.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_come_late_are_judged() {
    let site = Site::open(None).await;
    let words = |kind: &str, role: &str, words: &str, at: i64| {
        json!({"type": "transcript", "transcriptType": kind, "role": role, "transcript": words,
            "timestamp": 1_776_178_800_000_i64 + at, "call": {"id": "c1"}})
    };
    site.vapi(words("partial", "user", "There is water", 10_000)).await;
    site.vapi(words("final", "assistant", "Goodbye", 12_000)).await;
    site.vapi(status("ended", 13_000)).await;
    assert_ne!(site.call(CALL).await["summary"]["urgency"], 5);
    let whole = "There is water coming through the ceiling, a pipe burst";
    site.vapi(words("final", "user", whole, 11_000)).await;
    let call = site.call(CALL).await;
    assert_eq!(call["summary"]["urgency"], 5, "{call}");
    site.hub.stop().await;
}

/// The number of lines stays, and so does the last of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_understood_better_is_judged_anew() {
    let site = Site::open(None).await;
    let update = |words: &str| {
        let spoken = [("user", words), ("agent", "I see."), ("user", "Please hurry")];
        let spoken = spoken.map(|(role, content)| json!({"role": role, "content": content}));
        json!({"event": "transcript_updated", "call": {"call_id": "r1",
            "start_timestamp": 1_776_178_800_000_i64, "transcript_object": spoken}})
    };
    site.accept("retell", update("My boss meant is flirting").to_string().as_bytes()).await;
    assert_ne!(site.call("retell:r1").await["summary"]["urgency"], 5);
    site.accept("retell", update("My basement is flooding").to_string().as_bytes()).await;
    let call = site.call("retell:r1").await;
    assert_eq!(call["summary"]["urgency"], 5, "{call}");
    site.hub.stop().await;
}
