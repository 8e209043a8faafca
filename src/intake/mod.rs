//! Webhooks in, events out: one file per source verifies a request and translates it. Pure: no
//! IO, no clock of its own, no state.
//!
//! What holds for every source:
//! - A request is verified over its raw bytes, in constant time, against every secret that is
//!   active, before anything in it is parsed. What can't be verified leaves nothing behind.
//! - What a provider sends late, twice or out of order becomes the same events with the same
//!   keys; the fold of [`crate::call`] does the rest.
//! - What a source does not know is acknowledged and counted, never an error, so that a provider
//!   never switches a webhook off because of us.
//! - Words from outside pass through [`crate::call::Text`], numbers through
//!   [`crate::call::Phone`].
//!
//! A new provider is a file with a [`kind::Kind`] in it, a line in [`kind::KINDS`], its example
//! payloads under `tests/fixtures/payloads`, and a section in `docs/sources.md`. One that signs and
//! speaks like most needs no code at all: see the mappings of `generic`.

mod auth;
mod callrail;
mod decode;
mod duration;
mod flat;
mod form;
mod generic;
mod kind;
mod lenient;
mod mend;
mod metadata;
mod retell;
mod settings;
mod source;
mod surrogates;
mod twilio;
mod vapi;

pub use auth::{Algorithm, AuthSettings, Encoding, HmacSettings, SecretEncoding, TimestampUnit};
pub use generic::{FIELDS, Field, Lines, Mapping, Meaning};
pub use settings::{Settings, SettingsError, Unusable};
pub use source::{Source, Sources, kinds};

use std::fmt;

use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use jiff::Timestamp;

use crate::call::{Event, Text};

/// A request as it came in, not yet trusted.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `POST` for every provider we know; some schemes sign it.
    pub method: &'a Method,
    /// What follows `/hooks/NAME` in the path: empty, or `/pre-call`.
    pub path: &'a str,
    /// The raw query without `?`; empty when there is none.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The raw bytes.
    pub body: &'a [u8],
    /// The hub's clock.
    pub now: Timestamp,
}

/// What a verified request means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// What happened, to be committed before the reply goes out. Empty when nothing of it
    /// concerns a call.
    pub events: Vec<Event>,
    /// What the config says should be there and could not be understood.
    pub unread: Vec<Unread>,
    /// The settings that point to nothing in it, where it is only looked at.
    pub absent: Vec<&'static str>,
    /// Why there are no events: a fixed label for a counter (`unknown-type`, `hang`).
    pub ignored: Option<&'static str>,
    /// What the provider is told, with status 200.
    pub reply: Reply,
}

impl Accepted {
    fn events(events: Vec<Event>) -> Self {
        Self { events, ..Self::default() }
    }

    fn ignored(label: &'static str) -> Self {
        Self { ignored: Some(label), ..Self::default() }
    }

    fn reply(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }
}

/// A place that the config points to and where nothing stands that can be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which setting to look at: `mapping.fields.id`.
    pub setting: &'static str,
    /// What stands there. It may be what a caller said: for the eyes of whoever tries the mapping, and
    /// for no log.
    pub found: Option<Text>,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Some(found) => write!(f, "{}: {:?} is not understood", self.setting, found.as_str()),
            None => write!(f, "{}: nothing stands there", self.setting),
        }
    }
}

/// The body of a 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// `application/json`, or `text/xml` for TwiML.
    pub content_type: &'static str,
    /// The bytes.
    pub body: Bytes,
}

impl Reply {
    fn json(value: &serde_json::Value) -> Self {
        Self { content_type: "application/json", body: value.to_string().into() }
    }
}

impl Default for Reply {
    /// `{}`: the least that everybody takes for an answer.
    fn default() -> Self {
        Self { content_type: "application/json", body: Bytes::from_static(b"{}") }
    }
}

/// Why a request is not accepted. Nothing of it is kept but a count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No signature or secret, or none that fits.
    #[error("the request is not authenticated: {0}")]
    Unauthorized(&'static str),
    /// The signature is too old, or from the future.
    #[error(
        "the request was signed {seconds} s away from this clock, outside the window; \
         if it is no replay, check both clocks"
    )]
    Replayed {
        /// How far the signer's time is from ours.
        seconds: u64,
    },
    /// The body is not what the provider documents. Never repeats what the body holds.
    #[error("the body can't be read: {0}")]
    Malformed(String),
    /// Nested deeper than any provider does.
    #[error("the body is nested deeper than {max} levels", max = decode::DEEPEST)]
    TooDeep,
    /// Larger than [`Source::max_body`].
    #[error("the body has {bytes} bytes, more than the {max} this source takes")]
    TooLarge {
        /// What came.
        bytes: usize,
        /// What is taken.
        max: usize,
    },
}

impl Refused {
    /// The HTTP status to answer with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized(_) | Self::Replayed { .. } => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooDeep => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// A fixed label for a counter.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Unauthorized(_) => "unauthorized",
            Self::Replayed { .. } => "replayed",
            Self::Malformed(_) => "malformed",
            Self::TooDeep => "too-deep",
            Self::TooLarge { .. } => "too-large",
        }
    }
}
