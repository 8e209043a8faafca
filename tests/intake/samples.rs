//! The example payloads and what belongs to them.

use std::{collections::BTreeMap, fs, path::PathBuf};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use callboard::{
    call::Region,
    intake::{Accepted, Refused, Request, Settings, Source, Sources},
    secret::SecretRef,
};
use jiff::Timestamp;
use serde_json::Value;

/// The examples' folder.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads")
}

/// An example's bytes.
pub fn bytes(file: &str) -> Vec<u8> {
    fs::read(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// 2026-04-14T15:00:00Z, when the examples begin.
pub fn start() -> Timestamp {
    Timestamp::from_second(1_776_178_800).unwrap()
}

/// Headers as `Name: value` lines.
pub fn headers(text: &str) -> HeaderMap {
    let line = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value.trim()).unwrap())
    };
    text.lines().filter(|text| !text.is_empty()).map(line).collect()
}

/// Sources from a config's text; `SECRET` in it stands for the given secret.
pub fn sources(toml: &str, secrets: &[&str]) -> Sources {
    let mut settings: BTreeMap<String, Settings> = toml::from_str(toml).unwrap();
    for settings in settings.values_mut() {
        settings.secrets = secrets.iter().map(|secret| SecretRef::given(secret)).collect();
    }
    Sources::build(&settings, &Region::default()).unwrap()
}

/// A request that owns its parts.
#[derive(Clone, Debug)]
pub struct Sample {
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub now: Timestamp,
}

impl Sample {
    pub fn new(body: &[u8]) -> Self {
        let headers = headers("content-type: application/json");
        Self {
            path: String::new(),
            query: String::new(),
            headers,
            body: body.to_vec(),
            now: start(),
        }
    }

    pub fn request(&self) -> Request<'_> {
        Request {
            method: &Method::POST,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            now: self.now,
        }
    }

    pub fn sent_to(&self, source: &Source) -> Result<Accepted, Refused> {
        source.receive(&self.request())
    }

    /// What the hub makes of its headers alone, while the body is on its way.
    pub fn greeted_by(&self, source: &Source) -> Result<(), Refused> {
        source.greet(&Request { body: b"", ..self.request() })
    }

    /// A form from its members in JSON.
    pub fn into_form(mut self) -> Self {
        let members: BTreeMap<String, String> = serde_json::from_slice(&self.body).unwrap();
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish();
        self.headers = headers("content-type: application/x-www-form-urlencoded");
        self.body = form.into_bytes();
        self
    }

    pub fn signed_for(mut self, source: &Source) -> Self {
        let signature = source.sign(&self.request());
        self.headers.extend(signature);
        self
    }
}

/// What the examples come with.
pub fn manifest() -> Value {
    serde_json::from_slice(&bytes("manifest.json")).unwrap()
}
