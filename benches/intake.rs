//! From a request's bytes to events, and how many a hub acknowledges.

use std::{collections::BTreeMap, fs, hint::black_box, path::Path, time::Duration};

use axum::{Router, body::Bytes, http::HeaderMap, http::Method, routing::post};
use callboard::{
    call::Region,
    hub::{self, Operators},
    intake::{Request, Settings, Sources},
    plan,
    secret::SecretRef,
    triage::Rules,
};
use criterion::{Criterion, Throughput};
use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::Instant,
};

const SECRET: &str = "a secret";

fn sources() -> Sources {
    let source = |kind: &str| Settings {
        kind: kind.to_owned(),
        secrets: vec![SecretRef::given(SECRET)],
        public_url: Some("https://calls.example.com".to_owned()),
        tolerance: Some(jiff::SignedDuration::from_hours(200_000)),
        ..Settings::default()
    };
    let kinds = ["vapi", "twilio", "callrail", "retell", "elevenlabs", "hoverbot", "bland"];
    let mut settings: BTreeMap<String, Settings> =
        kinds.map(|kind| (kind.to_owned(), source(kind))).into();
    let hmac = "scheme = 'hmac'\nheader = 'x-vapi-signature'\npayload = '{body}'";
    let auth = toml::from_str(hmac).ok();
    settings.insert("vapi-hmac".to_owned(), Settings { auth, ..source("vapi") });
    Sources::build(&settings, &Region::default()).expect("the settings above are right")
}

fn example(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads");
    fs::read(folder.join(file)).expect("the example is there")
}

/// Signed headers for a body.
fn headers(sources: &Sources, source: &str, body: &[u8]) -> HeaderMap {
    let none = HeaderMap::new();
    let request = request(&none, body);
    sources
        .get(source)
        .map(|source| source.sign(&request).into_iter().collect())
        .unwrap_or_default()
}

fn request<'a>(headers: &'a HeaderMap, body: &'a [u8]) -> Request<'a> {
    let now = Timestamp::from_second(1_776_178_800).unwrap_or_default();
    Request { method: &Method::POST, path: "", query: "", headers, body, now }
}

/// Verify and translate, per payload.
pub fn receive(c: &mut Criterion) {
    let sources = sources();
    let mut group = c.benchmark_group("intake/verify and translate");
    for (source, file) in [
        ("vapi", "vapi/status-update.ringing.json"),
        ("vapi-hmac", "vapi/transcript.final.json"),
        ("vapi-hmac", "vapi/end-of-call-report.json"),
        ("retell", "retell/call_ended.json"),
        ("callrail", "callrail/post-call.json"),
        ("elevenlabs", "elevenlabs/post_call_transcription.json"),
        ("hoverbot", "hoverbot/lead.qualified.json"),
        ("bland", "bland/post-call.json"),
    ] {
        let body = example(file);
        let headers = headers(&sources, source, &body);
        let receiver = sources.get(source).expect("configured above");
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(file, |b| {
            b.iter(|| receiver.receive(black_box(&request(&headers, &body))).expect("genuine"));
        });
    }
    group.finish();
}

/// So many connections post at a time.
const CONNECTIONS: usize = 200;
/// … so many requests each.
const EACH: usize = 25;

/// Acknowledgements a second with 200 connections: a hub, which commits before it answers, beside a
/// handler that reads the body and answers, in one run. Client and server share the cores.
pub fn acknowledge(c: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (hub, folder) = runtime.block_on(start_hub());
    let bare = runtime.block_on(start_bare());
    let hub_at = hub.address().to_string();
    let mut group = c.benchmark_group("intake/acknowledge, 200 connections");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements((CONNECTIONS * EACH) as u64));
    let mut round = 0;
    for (name, address) in [("bare axum handler", &bare), ("hub, durable", &hub_at)] {
        group.bench_function(name, |b| {
            b.to_async(&runtime).iter_custom(|times| {
                let first = round;
                round += usize::try_from(times).unwrap_or(1);
                async move {
                    let mut spent = Duration::ZERO;
                    for time in 0..times {
                        spent += storm(address, first + usize::try_from(time).unwrap_or(0)).await;
                    }
                    spent
                }
            });
        });
    }
    group.finish();
    runtime.block_on(hub.stop());
    drop(folder);
}

async fn start_bare() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let app = Router::new().route(
        "/hooks/{source}",
        post(|body: Bytes| async move {
            black_box(body.len());
            "{}"
        }),
    );
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

async fn start_hub() -> (hub::Running, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = hub::start(hub::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: folder.path().to_owned(),
        store: None,
        sources: sources(),
        recorder: None,
        operators: Operators::default(),
        door: hub::Door::default(),
        plan: plan::Settings::default(),
        call_back: None,
        salesforce: None,
        notice: callboard::notice::Settings::default(),
        rules: Rules::shipped(),
        business: "Bench".into(),
        zone: TimeZone::UTC,
        retain: None,
        demo: false,
    });
    (hub.await.expect("a hub"), folder)
}

/// Every connection posts its requests, one after the other; how long all of it takes.
async fn storm(address: &str, round: usize) -> Duration {
    let text =
        String::from_utf8(example("vapi/transcript.final.json")).expect("an example is text");
    let mut clients = JoinSet::new();
    let mut ready = Vec::new();
    for connection in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.expect("a connection");
        // A call per connection and round, a line per request.
        let id = format!("bench-{round}-{connection}");
        let requests: Vec<Vec<u8>> = (0..EACH).map(|n| webhook(&text, &id, n)).collect();
        ready.push((stream, requests));
    }
    let begun = Instant::now();
    for (mut stream, requests) in ready {
        clients.spawn(async move {
            for request in requests {
                stream.write_all(&request).await.expect("written");
                answer(&mut stream).await;
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.expect("a client that went well");
    }
    begun.elapsed()
}

fn webhook(text: &str, id: &str, n: usize) -> Vec<u8> {
    let at = (1_776_178_811_600 + n * 1_000).to_string();
    let body =
        text.replace("019d8c1e-44aa-7bb2-9f60-2f3d9a6e5c01", id).replacen("1776178811600", &at, 1);
    let length = body.len();
    format!(
        "POST /hooks/vapi HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
         x-vapi-secret: {SECRET}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Reads one response and expects a 200.
async fn answer(stream: &mut TcpStream) {
    let mut read = Vec::with_capacity(512);
    loop {
        assert!(stream.read_buf(&mut read).await.expect("an answer") > 0, "the hub hung up");
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 200"), "{text}");
        let length = head.to_ascii_lowercase();
        let length = length.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        if body.len() >= length.and_then(|text| text.trim().parse().ok()).unwrap_or(0) {
            return;
        }
    }
}
