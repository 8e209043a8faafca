//! Recorded webhooks: a file that can be replayed, one JSON object a line.
//!
//! ```json
//! {"received_at":"2026-04-14T15:00:00.4Z","source":"vapi","method":"POST","path":"","query":"",
//!  "headers":{"content-type":"application/json"},"body":"{\"message\":…}"}
//! ```
//!
//! `path` is what follows `/hooks/NAME`. Of the headers only the content type and the sender's
//! delivery id are kept, never a signature or a secret: whoever replays signs anew. A body that is
//! no UTF-8 stands in `body_base64` instead. The bodies are callers' words: the file is created
//! readable by its owner only.
//!
//! [`read`] also takes scenarios, whose steps name a body's file relative to the folder above
//! theirs: `{"step":1,"deliver_at_ms":0,"provider":"vapi","body_file":"vapi/….json"}`.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    thread,
};

use axum::http::{HeaderMap, Method, header::CONTENT_TYPE};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::intake::Request;

/// Headers that may be kept: what the body is, and which delivery.
const KEPT: [&str; 4] = ["content-type", "webhook-id", "svix-id", "i-twilio-idempotency-token"];

/// A webhook as it was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// When.
    pub received_at: Timestamp,
    /// By which source.
    pub source: String,
    /// `POST`.
    #[serde(default = "post")]
    pub method: String,
    /// What follows `/hooks/NAME`.
    #[serde(default)]
    pub path: String,
    /// The raw query.
    #[serde(default)]
    pub query: String,
    /// The headers that may be kept.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The bytes.
    #[serde(flatten)]
    pub body: Body,
}

/// A body: text where it is text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// UTF-8.
    #[serde(rename = "body")]
    Text(String),
    /// Anything else.
    #[serde(rename = "body_base64")]
    Base64(String),
}

fn post() -> String {
    Method::POST.to_string()
}

impl Recorded {
    /// What of a request may be kept.
    pub fn of(source: &str, request: &Request<'_>) -> Self {
        let kept = KEPT.into_iter().filter_map(|name| {
            let value = request.headers.get(name)?.to_str().ok()?;
            Some((name.to_owned(), value.to_owned()))
        });
        Self {
            received_at: request.now,
            source: source.to_owned(),
            method: request.method.to_string(),
            path: request.path.to_owned(),
            query: request.query.to_owned(),
            headers: kept.collect(),
            body: match std::str::from_utf8(request.body) {
                Ok(text) => Body::Text(text.to_owned()),
                Err(_) => Body::Base64(BASE64_STANDARD.encode(request.body)),
            },
        }
    }

    /// The body's bytes.
    ///
    /// # Errors
    /// When `body_base64` is no base64.
    pub fn bytes(&self) -> Result<Vec<u8>, base64::DecodeError> {
        match &self.body {
            Body::Text(text) => Ok(text.clone().into_bytes()),
            Body::Base64(text) => BASE64_STANDARD.decode(text),
        }
    }

    /// The headers that were kept.
    pub fn header_map(&self) -> HeaderMap {
        let pairs = self.headers.iter();
        pairs.filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?))).collect()
    }
}

/// Why a recording can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file, or one it names.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line that is no webhook.
    #[error("{path}, line {line}: this is no recorded webhook: {problem}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Appends webhooks to a file, in the background: no request waits for it. Dropping it waits
/// until all are written.
#[derive(Debug)]
pub struct Recorder {
    lines: Option<mpsc::Sender<Recorded>>,
    writer: Option<thread::JoinHandle<()>>,
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing more to write.
            let _ = writer.join();
        }
    }
}

impl Recorder {
    /// So many webhooks may wait for the disk; what comes beyond that is not recorded.
    const WAITING: usize = 1_024;

    /// Opens `path` for appending, readable by its owner only.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let mut options = fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = |source| RecordingError::File { path: path.to_owned(), source };
        let mut out = io::BufWriter::new(options.open(path).map_err(file)?);
        let (lines, mut waiting) = mpsc::channel::<Recorded>(Self::WAITING);
        let writer = thread::spawn(move || {
            while let Some(recorded) = waiting.blocking_recv() {
                let written = serde_json::to_writer(&mut out, &recorded)
                    .map_err(io::Error::from)
                    .and_then(|()| out.write_all(b"\n"))
                    .and_then(|()| if waiting.is_empty() { out.flush() } else { Ok(()) });
                if let Err(error) = written {
                    tracing::warn!(%error, "recording ends: the file can't be written");
                    return;
                }
            }
        });
        Ok(Self { lines: Some(lines), writer: Some(writer) })
    }

    /// Records a request that was accepted. Never one that was not: of those nothing is kept.
    pub fn record(&self, source: &str, request: &Request<'_>) {
        let Some(lines) = &self.lines else { return };
        if lines.try_send(Recorded::of(source, request)).is_err() {
            metrics::counter!("callboard_recordings_dropped_total").increment(1);
            tracing::warn!(source, "a webhook was not recorded: the disk is too slow or full");
        }
    }
}

/// A step of a scenario.
#[derive(Deserialize)]
struct Step {
    deliver_at_ms: i64,
    provider: String,
    body_file: PathBuf,
    path: Option<String>,
}

/// Reads a recording or a scenario whole, in its order.
///
/// # Errors
/// The first line or file that can't be read.
pub fn read(path: &Path) -> Result<Vec<Recorded>, RecordingError> {
    let failed = |source| RecordingError::File { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(failed)?;
    let mut recorded = Vec::new();
    for (n, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(failed)?;
        if line.trim().is_empty() || line.starts_with("{\"scenario\"") {
            continue;
        }
        let problem =
            |problem: String| RecordingError::Line { path: path.to_owned(), line: n + 1, problem };
        recorded.push(match serde_json::from_str::<Step>(&line) {
            Ok(step) => step.load(path)?,
            Err(_) => serde_json::from_str(&line).map_err(|error| problem(error.to_string()))?,
        });
    }
    Ok(recorded)
}

impl Step {
    fn load(self, scenario: &Path) -> Result<Recorded, RecordingError> {
        let payloads = scenario.parent().and_then(Path::parent).unwrap_or(Path::new(""));
        let path = payloads.join(&self.body_file);
        let body = fs::read_to_string(&path)
            .map_err(|source| RecordingError::File { path: path.clone(), source })?;
        let after = SignedDuration::from_millis(self.deliver_at_ms);
        let event = self.body_file.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let event = event.split('.').next().unwrap_or("");
        // CallRail has an address per event, and the file is named after it.
        let own = (self.provider == "callrail").then(|| format!("/{event}"));
        Ok(Recorded {
            received_at: Timestamp::UNIX_EPOCH.saturating_add(after).unwrap_or_default(),
            source: self.provider,
            method: post(),
            path: self.path.or(own).unwrap_or_default(),
            query: String::new(),
            headers: [(CONTENT_TYPE.to_string(), "application/json".to_owned())].into(),
            body: Body::Text(body),
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn keeps_the_bytes_and_no_secret() {
        let file = tempfile::tempdir().unwrap();
        let path = file.path().join("calls.ndjson");
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json"),
            ("x-vapi-secret", "hunter2"),
            ("webhook-id", "m1"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let request = |body| Request {
            method: &Method::POST,
            path: "/pre-call",
            query: "a=b",
            headers: &headers,
            body,
            now: Timestamp::UNIX_EPOCH,
        };
        let bodies: [&[u8]; 2] = [b"{\"a\":\"\xc3\xa9\"}", b"\xff\x00"];
        let recorder = Recorder::open(&path).unwrap();
        for body in bodies {
            recorder.record("vapi", &request(body));
        }
        drop(recorder);
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("hunter2"));
        let read = read(&path).unwrap();
        for (recorded, body) in read.iter().zip(bodies) {
            assert_eq!(recorded.bytes().unwrap(), body);
            assert_eq!(*recorded, Recorded::of("vapi", &request(body)));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
        }
    }

    /// Onto a disk that takes nothing: a pipe that nobody reads.
    #[cfg(unix)]
    #[test]
    fn a_disk_that_is_too_slow_costs_recordings_and_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let opened = path.clone();
        let reader = thread::spawn(move || fs::File::open(opened).unwrap());
        let recorder = Recorder::open(&path).unwrap();
        let reader = reader.join().unwrap();
        let (headers, body) = (HeaderMap::new(), vec![b'x'; 4096]);
        let posted = 3 * Recorder::WAITING;
        for _ in 0..posted {
            recorder.record(
                "vapi",
                &Request {
                    method: &Method::POST,
                    path: "",
                    query: "",
                    headers: &headers,
                    body: &body,
                    now: Timestamp::UNIX_EPOCH,
                },
            );
        }
        let counting = thread::spawn(move || BufReader::new(reader).lines().count());
        drop(recorder);
        let kept = counting.join().unwrap();
        // What waited, and what the pipe and its writer had taken already.
        assert!((Recorder::WAITING..Recorder::WAITING + 100).contains(&kept), "{kept}");
    }

    #[test]
    fn a_line_that_is_nothing_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "\n{\"source\":1}\n").unwrap();
        let error = read(file.path()).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
