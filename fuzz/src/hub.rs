//! What must hold for anything an operator's program may say to a hub. Shared by the fuzz target and
//! by the test that runs its seeds.

use std::{collections::BTreeMap, path::Path, time::Duration};

use callboard::{
    call::Region,
    hub::{self, Operator, Operators},
    intake::{self, Sources},
    notice, plan,
    secret::SecretRef,
    triage::Rules,
    wire::OperatorRole,
};
use jiff::tz::TimeZone;
use reqwest::{Method, Url};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
    time::timeout,
};

/// The administrator's token, and the webhooks' secret.
const KEY: &str = "a key of forty characters, as they are";

/// What a hub says first on every stream.
const HELLO: &[u8] = b"\"type\":\"hello\"";

/// A hub on a real socket, with a journal of its own and one call on its board: `vapi:c1`.
pub struct Stage {
    runtime: Runtime,
    hub: hub::Running,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Starts it.
    pub fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let hub = runtime.block_on(hub::start(options(folder.path()))).expect("a hub");
        let stage = Self { runtime, hub, http: reqwest::Client::new(), _folder: folder };
        let said = serde_json::json!({ "message": {
            "type": "transcript", "transcriptType": "final", "role": "user",
            "transcript": "my basement is flooding, call me back",
            "timestamp": 1_776_178_800_000_i64,
            "call": { "id": "c1", "customer": { "number": "+15550142000" } },
        }});
        let (status, answer) = stage.post("/hooks/vapi", said.to_string().into_bytes());
        assert_eq!(status, 200, "{answer}");
        stage
    }

    /// Method and path in the first line, then the body; `STREAM` in the first line, then what a
    /// console sends, byte for byte. No hub falls over, and what is refused is refused with a
    /// sentence.
    pub fn ask(&self, input: &[u8]) {
        let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
        let (head, body) = (&input[..end], &input[end + 1..]);
        match std::str::from_utf8(head).unwrap_or_default().split_once(' ') {
            Some(("GET", path)) => self.hear(Method::GET, path, Vec::new()),
            Some(("POST", path)) => self.hear(Method::POST, path, body.to_vec()),
            _ if head == b"STREAM" => self.runtime.block_on(self.stream(body)),
            _ => {}
        }
    }

    fn hear(&self, method: Method, path: &str, body: Vec<u8>) {
        // A stream is asked for otherwise.
        if !path.starts_with('/') || path.contains("stream") {
            return;
        }
        let Some((status, answer)) = self.exchange(method, path, body) else { return };
        assert!(status < 500 || status == 503, "{path}: {status} {answer}");
        // A person's browser is answered with a page.
        if path.starts_with("/v1") && !path.starts_with("/v1/ack/") && status >= 400 {
            let said: Value = serde_json::from_str(&answer).unwrap_or_default();
            let sentence = said["message"].as_str().unwrap_or_default();
            assert!(sentence.len() > 3, "{path}: {status} {answer:?}");
        }
    }

    fn post(&self, path: &str, body: Vec<u8>) -> (u16, String) {
        self.exchange(Method::POST, path, body).expect("an address")
    }

    /// The status and the answer; none where the path makes no address of this hub.
    fn exchange(&self, method: Method, path: &str, body: Vec<u8>) -> Option<(u16, String)> {
        let base = self.hub.url();
        let url = Url::parse(&format!("{base}{path}")).ok()?;
        if !url.as_str().starts_with(&base) {
            return None;
        }
        let request = self.http.request(method, url).bearer_auth(KEY).header("x-vapi-secret", KEY);
        let request = request.header("content-type", "application/json").body(body);
        Some(self.runtime.block_on(async {
            let answer = request.send().await.expect("the hub answers");
            let status = answer.status().as_u16();
            (status, answer.text().await.expect("to the end"))
        }))
    }

    async fn stream(&self, said: &[u8]) {
        let mut console = self.attach().await;
        let _ = console.write_all(said).await;
        drop(console);
        // Whatever that was, the next one is served.
        self.attach().await;
    }

    /// A console that has heard the hub's first words.
    async fn attach(&self) -> TcpStream {
        let connected = TcpStream::connect(self.hub.address()).await;
        let mut console = connected.expect("the hub listens");
        // Thousands of closed connections would use up the ports.
        console.set_zero_linger().expect("a socket");
        let upgrade = format!(
            "GET /v1/stream HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {KEY}\r\n\
             connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        console.write_all(upgrade.as_bytes()).await.expect("the hub reads");
        let mut heard = Vec::new();
        let hello = async {
            while !heard.windows(HELLO.len()).any(|part| part == HELLO) {
                let read = console.read_buf(&mut heard).await;
                assert!(read.is_ok_and(|read| read > 0), "{}", String::from_utf8_lossy(&heard));
            }
        };
        timeout(Duration::from_secs(20), hello).await.expect("the hub says hello");
        console
    }
}

fn options(data_dir: &Path) -> hub::Options {
    let vapi = intake::Settings {
        kind: "vapi".to_owned(),
        secrets: vec![SecretRef::given(KEY)],
        ..intake::Settings::default()
    };
    let sources = BTreeMap::from([("vapi".to_owned(), vapi)]);
    let mut operators = Operators::default();
    operators.add(KEY, Operator { name: "Ada".into(), role: OperatorRole::Admin });
    let person = plan::Person { name: "Sam K.".into(), on_call: true, ..plan::Person::default() };
    hub::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: data_dir.to_owned(),
        retain: None,
        store: None,
        sources: Sources::build(&sources, &Region::default())
            .expect("the settings above are right"),
        recorder: None,
        operators,
        door: hub::Door::default(),
        plan: plan::Settings { roster: vec![person], ..plan::Settings::default() },
        call_back: None,
        salesforce: None,
        notice: notice::Settings::default(),
        rules: Rules::shipped(),
        business: "Test Plumbing".into(),
        zone: TimeZone::UTC,
        demo: false,
    }
}
